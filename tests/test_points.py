"""점 데이터와 자: 범위, 재현, 모드. 자는 답을 아는 문제로 확인합니다."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.points.data import POINT_SETS, grid, mode_report, point_set, ring, sliced_wasserstein


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


@pytest.mark.parametrize("data", [ring(), grid()], ids=["ring", "grid"])
def test_perfect_generator_covers_everything(data):
    report = mode_report(data.sample(4000, rng()), data.centers, data.std)
    assert report["covered"] == len(data.centers)
    assert report["good"] == pytest.approx(1 - math.exp(-4.5), abs=0.006)


def test_collapsed_and_lost_generators_are_far_off():
    data = ring()
    one = data.centers[3] + data.std * torch.randn(1000, 2, generator=rng())
    report = mode_report(one, data.centers, data.std)
    assert report["covered"] == 1 and report["good"] > 0.97
    nowhere = mode_report(torch.zeros(1000, 2), data.centers, data.std)
    assert nowhere == {"covered": 0, "good": 0.0}
    for count in range(1, 9):
        samples = data.centers[:count].repeat(50, 1)
        assert mode_report(samples, data.centers, data.std)["covered"] == count
    # 한 모드에 표본 하나씩 흘린 것은 그 모드를 만든 것이 아닙니다.
    leaked = torch.cat([one, data.centers])
    assert mode_report(leaked, data.centers, data.std)["covered"] == 1


def test_distance_of_a_shift_is_its_length_times_two_over_pi():
    points = ring().sample(500, rng())
    for shift in ((1.0, 0.0), (0.0, -0.3), (3.0, 4.0)):
        expected = math.hypot(*shift) * 2 / math.pi
        moved = sliced_wasserstein(points, points + torch.tensor(shift))
        assert moved == pytest.approx(expected, rel=1e-3)


def test_perfect_generator_sits_at_the_finite_sample_floor():
    data = ring()
    floors = [sliced_wasserstein(data.sample(n, rng(1)), data.sample(n, rng(2))) for n in (250, 1000, 4000)]
    assert floors[0] > floors[1] > floors[2] > 0  # 표본을 늘리면 바닥이 내려갑니다.
    collapsed = data.centers[:1].repeat(1000, 1)
    assert sliced_wasserstein(data.sample(1000, rng()), collapsed) > 10 * floors[1]


@given(st.integers(1, 30), st.integers(0, 10**6))
@settings(deadline=None)
def test_each_slice_agrees_with_scipy(count, seed):
    a, b = (torch.randn(count, 2, generator=rng(seed + k), dtype=torch.float64) for k in (0, 1))
    angles = (torch.arange(16, dtype=torch.float64) + 0.5) * math.pi / 16
    directions = torch.stack([angles.cos(), angles.sin()])
    slices = [
        wasserstein_distance(*pair) for pair in zip((a @ directions).T, (b @ directions).T, strict=True)
    ]
    assert sliced_wasserstein(a, b, 16) == pytest.approx(sum(slices) / 16, rel=1e-4, abs=1e-6)
    assert sliced_wasserstein(a, b) == pytest.approx(sliced_wasserstein(b, a))
    assert sliced_wasserstein(a, a) == 0


def test_diverged_samples_are_explained():
    bad = torch.tensor([[math.nan, 0]])
    with pytest.raises(LessonError, match="표본"):
        sliced_wasserstein(bad, torch.zeros(1, 2))
    with pytest.raises(LessonError, match="표본"):
        mode_report(bad, torch.zeros(1, 2), 1.0)
