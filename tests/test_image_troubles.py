"""실패 모음: 망가뜨리면 진단이 맞히고, 고치면 회복합니다. 시드 셋에서 확인합니다."""

import math
import re
from collections import Counter

import pytest
import torch

from gan_lesson.config import PRESET_IMPROVEMENTS
from gan_lesson.labs.troubles import (
    CONFIG,
    HEALTHY,
    IMAGE_TROUBLES,
    SYLLABLES,
    advance,
    cured,
    fail,
    small_data,
    start,
)
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.training import Trainer, diagnosis
from gan_lesson.training.diagnosis import ALIKE, ENOUGH, HUGE, Vitals, advice, diagnose, examine, vitals
from gan_lesson.training.history import History
from gan_lesson.training.improvements import SOFT_LABEL

# 시드 하나는 make test에서, 나머지는 make soak에서 봅니다.
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (1, 2)))


@pytest.fixture(scope="module")
def data():
    return small_data()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", IMAGE_TROUBLES)
def test_failure_is_diagnosed_and_its_cure_recovers(name, seed, data):
    broken = fail(name, data, seed)
    signs = examine(broken)
    assert diagnose(signs) == name, signs
    if name == "collapse":  # 손실만 보면 균형이고, 그림은 읽히는데 거의 모두 한 글자입니다.
        assert abs(signs.loss_d - 2 * math.log(2)) < 0.3
        assert abs(signs.loss_g - math.log(2)) < 0.3
        assert sum(kinds(broken)) > 64 / 3 and kinds(broken)[0] > 0.6 * sum(kinds(broken))
    well = cured(broken, name)
    assert diagnose(examine(well)) is None, examine(well)
    if IMAGE_TROUBLES[name].restart:  # 아무 일도 없었던 것처럼 처음부터
        fresh = advance(start(data, seed), IMAGE_TROUBLES[name].cure, HEALTHY)
        assert well is not broken and examine(well) == examine(fresh)
    else:
        assert well is broken and examine(well).diversity > 1.5 * signs.diversity
        assert name == "collapse" or examine(well).distance < 0.85 * signs.distance


def kinds(trainer):
    """읽히는 그림을 글자마다 센 수, 많은 것부터."""
    reading = read(trainer.state.sample())
    sure = reading.readable(SYLLABLES).tolist()
    counts = Counter(s for s, known in zip(reading.syllables, sure, strict=True) if known)
    return sorted(counts.values(), reverse=True)


def test_a_collapse_is_left_by_waiting_too(data):
    """처방은 빠를 뿐입니다. 08b가 그렇게 말합니다."""
    broken = fail("collapse", data)
    rates = IMAGE_TROUBLES["collapse"].settings
    assert any(examine(advance(broken, rates, 100)).diversity > ALIKE for _ in range(12))


@pytest.mark.parametrize("seed", SEEDS)
def test_default_recipe_is_healthy(seed, data):
    assert diagnose(examine(advance(start(data, seed), {}, HEALTHY))) is None


def test_divergence_stays_when_only_the_learning_rate_is_lowered(data):
    broken = fail("divergence", data)
    advance(broken, IMAGE_TROUBLES["divergence"].cure, HEALTHY)
    assert diagnose(examine(broken)) is not None


def signs(loss_d=0.7, loss_g=2.0, d_x=0.8, d_gz=0.2, diversity=0.9, distance=1.2, real_label=1.0):
    return Vitals(loss_d, loss_g, d_x, d_gz, diversity, distance, real_label)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (signs(), None),
        (signs(loss_g=math.nan), "divergence"),
        (signs(loss_d=math.nan), "divergence"),
        (signs(loss_d=math.inf, d_x=1.0, d_gz=0.0), "divergence"),
        (signs(loss_g=HUGE * 1.01), "divergence"),
        (signs(loss_d=0.0, loss_g=9.0, d_x=0.999, d_gz=0.001, diversity=0.1, distance=2.1), "strong-d"),
        (signs(loss_d=0.0, loss_g=9.0, d_x=0.999, d_gz=0.001, distance=2.1), "strong-d"),  # 잡음
        (signs(loss_d=0.0, loss_g=9.0, d_x=0.999, d_gz=0.001), None),  # 앞선 것뿐입니다.
        # 도형 600장을 quick으로 2,160번: D를 더 빠르게 하는 모드 붕괴의 처방이면 나빠집니다.
        (signs(loss_d=0.017, loss_g=5.8, d_x=0.997, d_gz=0.014, diversity=0.24, distance=2.74), "strong-d"),
        # 진짜 같은 그림 하나, 또는 회색. 그림이 서로 비슷해도 D가 다 맞히면 D를 더 빠르게 해서는 안 됩니다.
        (signs(d_x=0.999, d_gz=0.001, diversity=0.1), "strong-d"),
        # 한쪽 라벨 스무딩: 정답이 0.9라서 D(x)는 0.9를 넘지 못합니다.
        (signs(d_x=0.89, d_gz=0.01, diversity=0.1, real_label=0.9), "strong-d"),
        (signs(d_x=0.89, d_gz=0.01, diversity=0.1), "collapse"),
        (signs(d_x=0.999, d_gz=0.3), None),
        (signs(d_x=0.999, d_gz=0.3, diversity=0.1), "collapse"),
        (signs(loss_d=1.386, loss_g=0.693, d_x=0.5, d_gz=0.5, diversity=ALIKE / 2), "collapse"),
    ],
)
def test_diagnosis(found, expected):
    assert diagnose(found) == expected


@pytest.fixture
def history():
    """한 번 반복한 기록."""
    history = History()
    history.append(torch.tensor([1.0, 2.0, 0.7, 0.3, 0.2]))
    return history


def test_diversity_of_equal_and_of_real_pictures(history):
    reals = torch.randint(0, 256, (30, 1, 8, 8), dtype=torch.uint8)
    assert vitals(history, reals, reals).diversity == pytest.approx(1)
    assert vitals(history, reals[:1].expand(30, -1, -1, -1), reals).diversity < 0.01
    # 두 그림이 반씩이면, 서로 다른 짝이 30·30/(2·30·29)이고 나머지 짝의 거리는 0입니다.
    half = reals[:2].repeat(15, 1, 1, 1)
    pair = (reals[0].float() - reals[1].float()).norm()
    among = torch.pdist(reals.flatten(1).float()).mean()
    expected = (pair * 15 / 29 / among).item()
    assert vitals(history, half, reals).diversity == pytest.approx(expected, rel=1e-3)


def test_distance_is_to_the_nearest_real_picture_whatever_copies_there_are(history):
    reals = torch.tensor([0, 10, 30], dtype=torch.uint8).view(3, 1, 1, 1)  # 가장 가까운 다른 진짜: 10, 10, 20
    fakes = torch.tensor([0, 12, 40], dtype=torch.uint8).view(3, 1, 1, 1)  # 가장 가까운 진짜: 0, 2, 10
    for real in (reals, torch.cat([reals, reals[:2]])):
        assert vitals(history, fakes, real).distance == pytest.approx(12 / 40)
    assert math.isfinite(vitals(history, fakes, reals[:1].expand(9, -1, -1, -1)).distance)


def test_advice_names_the_numbers(data):
    assert advice(start(data)) is None  # 아직 한 번도 반복하지 않았습니다.
    assert re.search("손실이 NaN.*Loss_G .*lr을 0.0002", advice(fail("divergence", data)))
    assert "구분자가 거의 다 맞히고" in advice(fail("strong-d", data))
    assert "다양성 0." in advice(fail("collapse", data))


def test_advice_is_first_to_train_longer(data, monkeypatch):
    short = Trainer(CONFIG.replace(num_epochs=1, lr=0.0002), data=data)
    short.run(progress=False)
    told = advice(short)
    (epochs,) = map(int, re.findall(r"--num_epochs (\d+)'", told))
    per_epoch = len(data) // CONFIG.batch_size
    assert (epochs - 1) * per_epoch < ENOUGH <= epochs * per_epoch
    stopped = Trainer(CONFIG.replace(lr=0.0002), data=data)  # 모두 4,000번
    stopped.run(until=40, progress=False)
    assert f"--num_epochs {CONFIG.num_epochs}'" in advice(stopped)  # 하려던 것보다 줄이지 않습니다.
    monkeypatch.setattr(diagnosis, "ENOUGH", 30)
    assert "--preset better" in advice(stopped) and "--num_epochs" not in advice(stopped)


def test_the_label_that_smoothing_gives_is_seen(data):
    better = Trainer(CONFIG.replace(num_epochs=1), data=data, improve=PRESET_IMPROVEMENTS["better"])
    better.run(progress=False)
    assert examine(better).real_label == SOFT_LABEL


def test_a_discriminator_that_is_only_ahead_gets_no_advice(data, monkeypatch):
    monkeypatch.setattr(diagnosis, "examine", lambda trainer: signs(d_x=0.999, d_gz=0.001))
    assert advice(advance(start(data), {}, 1)) is None
