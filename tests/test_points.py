"""점 데이터: 범위, 재현, 모드."""

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


@pytest.mark.parametrize(("data", "std"), [(ring(), 0.08), (grid(), 0.05)], ids=["ring", "grid"])
def test_modes_are_equally_likely_with_the_stated_spread(data, std):
    modes, count = len(data.centers), 80_000
    distance, nearest = torch.cdist(data.sample(count, rng()), data.centers).min(1)
    counts = torch.bincount(nearest, minlength=modes)
    assert (counts - count / modes).abs().max() < 5 * math.sqrt(count / modes)
    # 2차원 정규분포에서 중심까지 거리의 제곱의 평균은 2σ²입니다.
    assert distance.square().mean().sqrt() == pytest.approx(std * math.sqrt(2), rel=0.02)
    assert data.std == std


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
