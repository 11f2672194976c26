"""잠재공간의 보간과 산수: 닫힌 식과 성질."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.latent.paths import along_axis, lerp, mean_z, on_shell, path, slerp


def vector(seed, nz=100):
    return torch.randn(nz, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(st.integers(0, 2**31), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_slerp_turns_by_an_equal_angle_and_keeps_equal_lengths(seed, share):
    a, b = (on_shell(vector(seed + i)) for i in range(2))
    z = slerp(a, b, share)
    assert z.norm().item() == pytest.approx(10.0, abs=1e-6)

    def angle(x, y):
        return math.acos(max(-1.0, min(1.0, (torch.dot(x, y) / x.norm() / y.norm()).item())))

    assert angle(a, z) == pytest.approx(share * angle(a, b), abs=1e-5)


def test_ends_and_the_quarter_turn():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    assert torch.allclose(slerp(a, b, 0), a) and torch.allclose(slerp(a, b, 1), b)
    assert torch.allclose(slerp(a, b, 0.5), torch.full((2,), math.sqrt(2)))
    assert torch.equal(slerp(a, a, 0.3), a)  # 같은 벡터
    for seed in range(200):  # 정반대는 float32에서도 놓치지 않습니다.
        v = torch.randn(100, generator=torch.Generator().manual_seed(seed))
        with pytest.raises(LessonError, match="정반대"):
            slerp(v, -1.7 * v, 0.25)
    with pytest.raises(LessonError, match="영벡터"):
        slerp(a, torch.zeros(2), 0.5)


def test_the_middle_of_a_straight_path_is_shorter_by_the_root_of_half():
    z = torch.randn(400, 2, 100, generator=torch.Generator().manual_seed(0))
    middle = torch.stack([lerp(a, b, 0.5).norm() for a, b in z])
    assert middle.mean().item() == pytest.approx(10 * math.sqrt(0.5), rel=0.01)
    shell = torch.stack([slerp(a, b, 0.5).norm() for a, b in z])
    assert shell.mean().item() == pytest.approx(10, rel=0.02)


def test_path_axis_and_mean():
    a, b = vector(0), vector(1)
    for kind in ("lerp", "slerp"):
        walk = path(a, b, 5, kind)
        assert walk.shape == (5, 100)
        assert torch.allclose(walk[0], a) and torch.allclose(walk[-1], b)
    with pytest.raises(LessonError, match="lerp, slerp"):
        path(a, b, 5, "곡선")
    moved = along_axis(a, 7, [-1.0, 0.0, 2.0])
    assert moved[:, 7].tolist() == [-1, 0, 2]
    assert torch.equal(moved[:, :7], a[:7].repeat(3, 1)) and torch.equal(a, vector(0))
    with pytest.raises(LessonError, match="축 100"):
        along_axis(a, 100, [0.0])
    z = torch.stack([a, b, a + 2, b - 2])
    chosen = torch.tensor([True, False, True, True])
    assert torch.allclose(mean_z(z, chosen), (a + a + 2 + b - 2) / 3)
    with pytest.raises(LessonError, match="고른 z 1개"):
        mean_z(z, torch.arange(4) == 2)
