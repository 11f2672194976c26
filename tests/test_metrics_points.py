"""2차원의 자: 답을 아는 문제로 확인합니다."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.points.data import grid, ring
from gan_lesson.labs.points.metrics import mode_report, sliced_wasserstein


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("data", [ring(), grid()], ids=lambda d: d.name)
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
