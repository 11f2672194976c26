"""실패 모음: 망가뜨리면 진단이 맞히고, 고치면 회복합니다. 시드 셋에서 확인합니다."""

import math

import pytest
import torch

from gan_lesson.data.images import to_uint8
from gan_lesson.labs.image_failures import HEALTHY, IMAGE_TROUBLES, advance, cured, fail, small_data, start
from gan_lesson.training.diagnosis import ALIKE, HUGE, Vitals, advice, diagnose, examine, vitals
from gan_lesson.training.history import History

# 시드 하나는 make test에서, 나머지는 make soak에서 봅니다.
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (1, 2)))


@pytest.fixture(scope="module")
def data():
    return small_data()


def far_from_real(trainer):
    """가짜에서 가장 가까운 진짜까지의 거리를 진짜끼리의 그것으로 나눈 값. 1이 진짜의 수준."""
    reals = torch.from_numpy(trainer.reals).flatten(1).float()
    fakes = to_uint8(trainer.state.sample()).flatten(1).float()
    among = torch.cdist(reals, reals).fill_diagonal_(math.inf).min(1).values.mean()
    return (torch.cdist(fakes, reals).min(1).values.mean() / among).item()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", IMAGE_TROUBLES)
def test_failure_is_diagnosed_and_its_cure_recovers(name, seed, data):
    broken = fail(name, data, seed)
    signs, distance = examine(broken), far_from_real(broken)
    assert diagnose(signs) == name, signs
    if name == "collapse":  # 손실만 보면 균형입니다.
        assert abs(signs.loss_d - 2 * math.log(2)) < 0.3
        assert abs(signs.loss_g - math.log(2)) < 0.3
    well = cured(broken, name)
    assert diagnose(examine(well)) is None, examine(well)
    if IMAGE_TROUBLES[name].restart:  # 아무 일도 없었던 것처럼 처음부터
        fresh = advance(start(data, seed), IMAGE_TROUBLES[name].cure, HEALTHY)
        assert well is not broken and examine(well) == examine(fresh)
    else:
        assert well is broken and far_from_real(well) < 0.85 * distance


@pytest.mark.parametrize("seed", SEEDS)
def test_default_recipe_is_healthy(seed, data):
    assert diagnose(examine(advance(start(data, seed), {}, HEALTHY))) is None


def test_divergence_stays_when_only_the_learning_rate_is_lowered(data):
    broken = fail("divergence", data)
    advance(broken, IMAGE_TROUBLES["divergence"].cure, HEALTHY)
    assert diagnose(examine(broken)) is not None and far_from_real(broken) > 1.3


def signs(loss_d=0.7, loss_g=2.0, d_x=0.8, d_gz=0.2, diversity=0.9):
    return Vitals(loss_d, loss_g, d_x, d_gz, diversity)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (signs(), None),
        (signs(loss_g=math.nan), "divergence"),
        (signs(loss_d=math.nan), "divergence"),
        (signs(loss_d=math.inf, d_x=1.0, d_gz=0.0), "divergence"),
        (signs(loss_g=HUGE * 1.01), "divergence"),
        (signs(loss_d=0.0, loss_g=9.0, d_x=0.999, d_gz=0.001, diversity=0.1), "strong-d"),
        (signs(d_x=0.999, d_gz=0.3), None),
        (signs(loss_d=1.386, loss_g=0.693, d_x=0.5, d_gz=0.5, diversity=ALIKE / 2), "collapse"),
    ],
)
def test_diagnosis(found, expected):
    assert diagnose(found) == expected


def test_diversity_of_equal_and_of_real_pictures():
    reals = torch.randint(0, 256, (30, 1, 8, 8), dtype=torch.uint8)
    history = History()
    history.append(torch.tensor([1.0, 2.0, 0.7, 0.3, 0.2]))
    assert vitals(history, reals, reals).diversity == pytest.approx(1)
    assert vitals(history, reals[:1].expand(30, -1, -1, -1), reals).diversity < 0.01
    # 두 그림이 반씩이면, 서로 다른 짝이 30·30/(2·30·29)이고 나머지 짝의 거리는 0입니다.
    half = reals[:2].repeat(15, 1, 1, 1)
    pair = (reals[0].float() - reals[1].float()).norm()
    among = torch.pdist(reals.flatten(1).float()).mean()
    expected = (pair * 15 / 29 / among).item()
    assert vitals(history, half, reals).diversity == pytest.approx(expected, rel=1e-3)


def test_advice_names_the_numbers(data):
    assert advice(start(data)) is None  # 아직 한 번도 반복하지 않았습니다.
    assert "Loss_G" in advice(fail("divergence", data))
    assert "구분자가 거의 다 맞혀" in advice(fail("strong-d", data))
    assert "다양성 0." in advice(fail("collapse", data))
