"""망가뜨리는 설정마다: 증상이 정말 나타나고, 적어 둔 대로 고치면 정말 낫는지. 시드 셋에서 봅니다."""

import pytest
import torch

from gan_lesson.labs.points.gan import PointConfig, PointGan
from gan_lesson.labs.troubles import TROUBLES

# 시드 하나는 make test에서, 나머지는 make soak에서 봅니다.
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (1, 2)))
COLLAPSED, RECOVERED = 3, 7  # 여덟 무리 가운데


@pytest.fixture(scope="module")
def broken():
    """(이름, 시드) → 증상이 나타난 PointGan. 오래 걸리므로 한 번씩만 만듭니다."""
    made = {}

    def make(name, seed):
        if (name, seed) not in made:
            trouble = TROUBLES[name]
            made[name, seed] = PointGan(PointConfig(seed=seed, **trouble.settings))
            made[name, seed].step(trouble.iterations)
        return made[name, seed]

    return make


def arrow_length(gan):
    return gan.arrows(gan.samples(300)).norm(dim=1).mean().item()


@torch.no_grad()
def dead_units(gan):
    """G의 둘째 ReLU에서, 어떤 z에도 0인 자리의 비율."""
    return (gan.state.generator.main[:4](gan.state.fixed_noise) == 0).all(0).float().mean().item()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TROUBLES)
def test_symptom_is_there(broken, name, seed):
    gan = broken(name, seed)
    assert gan.quality()["covered"] < COLLAPSED
    now = gan.history[-1]
    if name in ("strong-d", "saturating"):
        assert now["d_x"] > 0.95 and now["d_gz_before"] < 0.05 and now["loss_d"] < 0.1
    if name == "strong-d":
        assert now["loss_g"] > 10 and arrow_length(gan) > 1
    if name == "saturating":
        weak = arrow_length(gan)
        gan.change(loss="non-saturating")
        strong = arrow_length(gan)
        gan.change(loss="saturating")
        assert weak < 0.01 and strong > 100 * weak
    if name == "high-lr":
        # 손실이 치솟았고, 둘째 층이 거의 죽었습니다. 건강한 학습에서는 둘 다 아닙니다.
        healthy = PointGan(PointConfig(seed=seed))
        healthy.step(TROUBLES[name].iterations)
        assert max(row["loss_d"] for row in gan.history) > 10 and dead_units(gan) > 0.9
        assert max(row["loss_d"] for row in healthy.history) < 3 and dead_units(healthy) < 0.6
    if name == "collapse":
        # 가짜는 진짜보다 훨씬 좁은 곳에 뭉쳐 있는데 손실은 균형의 값에 가깝습니다.
        assert gan.samples().std(0).norm() < 0.3 * gan.real().std(0).norm()
        assert abs(now["loss_d"] - 1.386) < 0.2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TROUBLES)
def test_cure_brings_the_modes_back(broken, name, seed):
    trouble, gan = TROUBLES[name], broken(name, seed)
    gan.restart(**trouble.cure) if trouble.restart else gan.change(**trouble.cure)
    best = 0
    for _ in range(40):  # 대개 천 번 남짓이면 낫지만, 반올림만 달라도 수백 번씩 달라집니다.
        gan.step(100)
        best = max(best, gan.quality()["covered"])
        if best >= RECOVERED:
            break
    assert best >= RECOVERED


def test_the_cure_is_what_cures():
    """고치지 않고 그만큼 더 학습하면 낫지 않습니다."""
    gan = PointGan(PointConfig(**TROUBLES["collapse"].settings))
    gan.step(TROUBLES["collapse"].iterations + 600)
    assert gan.quality()["covered"] < RECOVERED


@pytest.mark.parametrize("name", TROUBLES)
def test_cure_undoes_every_setting_that_broke(name):
    trouble = TROUBLES[name]
    assert set(trouble.cure) == set(trouble.settings)
    assert PointConfig(**trouble.settings) != PointConfig(**trouble.cure)
