"""점 데이터: 범위, 재현, 밀도의 식."""

import math

import pytest
import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.points.data import POINT_SETS, grid, point_set, ring


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", [*POINT_SETS, "letter:쀍"])
def test_every_set_draws_repeatable_points_in_the_square(name):
    points = point_set(name).sample(2000, rng())
    assert points.shape == (2000, 2) and points.dtype == torch.float32
    assert points.abs().max() < 2.3 and points.std(0).min() > 0.3
    assert torch.equal(points, point_set(name).sample(2000, rng()))
    assert not torch.equal(points, point_set(name).sample(2000, rng(1)))
    before = torch.get_rng_state()
    point_set(name).sample(5, rng())
    assert torch.equal(torch.get_rng_state(), before)


def test_ring_modes_are_equally_likely_with_the_stated_spread():
    data = ring()
    points = data.sample(80_000, rng())
    distance, nearest = torch.cdist(points, data.centers).min(1)
    counts = torch.bincount(nearest, minlength=8)
    assert (counts - 10_000).abs().max() < 5 * math.sqrt(80_000 / 8 * 7 / 8)
    # 2차원 정규분포에서 중심까지 거리의 제곱의 평균은 2σ²입니다.
    assert distance.square().mean().sqrt() == pytest.approx(0.08 * math.sqrt(2), rel=0.02)
    assert torch.allclose(data.centers.norm(dim=1), torch.tensor(1.6))


def log_density(data, points):
    """모드마다 똑같은 정규분포를 고르게 섞은 것의 log p(x), (N,)."""
    squared = (points[:, None] - data.centers.to(points)).square().sum(-1)
    each = -squared / (2 * data.std**2) - math.log(2 * math.pi * data.std**2)
    return each.logsumexp(1) - math.log(len(data.centers))


@pytest.mark.parametrize("data", [ring(), grid()], ids=lambda d: d.name)
def test_density_is_that_of_the_samples(data):
    line = torch.linspace(-3, 3, 1201, dtype=torch.float64)
    cells = torch.cartesian_prod(line, line)
    density = log_density(data, cells).exp()
    assert (density.sum() * 0.005**2).item() == pytest.approx(1, abs=1e-6)
    # 분포의 음의 엔트로피 E[log p]는 격자 적분과 표본 평균이 같아야 합니다.
    by_grid = torch.nan_to_num(density * density.log()).sum() * 0.005**2
    by_sample = log_density(data, data.sample(50_000, rng())).mean()
    assert by_sample.item() == pytest.approx(by_grid.item(), abs=0.03)


def test_letter_is_the_letter_upright():
    """'ㄱ' 자 모양 '그'가 아니라 '고': 아래쪽 가로획이 가장 넓습니다."""
    points = point_set("letter:고").sample(20_000, rng())
    bottom, top = points[points[:, 1] < -1.0], points[points[:, 1] > 0.8]
    spread = bottom[:, 0].max() - bottom[:, 0].min()
    assert spread > 2.5 > top[:, 0].max() - top[:, 0].min() > 1


@pytest.mark.parametrize("name", ["circle", "ring:가", "letter:", "letter:가나", "letter:A", None])
def test_unknown_sets_are_explained(name):
    with pytest.raises(LessonError):
        point_set(name)
