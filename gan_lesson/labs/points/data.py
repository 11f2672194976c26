"""평면 위의 점 데이터.

좌표는 [-2, 2] × [-2, 2] 안팎입니다. 표본은 끝없이 새로 뽑을 수 있어 데이터가 모자라지 않습니다.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch

from gan_lesson.base.errors import choose


@dataclass(frozen=True)
class PointSet:
    """점을 뽑는 곳. 모드가 없는 모양이면 ``centers``와 ``std``가 ``None``입니다."""

    name: str
    sample: callable  # sample(count, generator) → (count, 2) float32
    centers: torch.Tensor | None = None  # 모드의 중심 (M, 2)
    std: float | None = None  # 모드마다의 표준편차


def gaussians(name, centers, std):
    """``centers``에 똑같은 정규분포를 놓고 고르게 섞은 데이터."""
    centers = torch.as_tensor(centers, dtype=torch.float32)

    def draw(count, generator):
        chosen = torch.randint(len(centers), (count,), generator=generator)
        return centers[chosen] + std * torch.randn(count, 2, generator=generator)

    return PointSet(name, draw, centers, std)


def ring():
    """고리 위에 놓인 정규분포 여덟. 모드 붕괴를 보는 데 씁니다."""
    angles = torch.arange(8) * (2 * math.pi / 8)
    return gaussians("ring", 1.6 * torch.stack([angles.cos(), angles.sin()], 1), std=0.08)


def grid():
    """5×5 격자에 놓인 정규분포."""
    line = (torch.arange(5) - 2) * 0.8
    return gaussians("grid", torch.cartesian_prod(line, line), std=0.05)


def draw_moons(count, generator):
    """맞물린 두 초승달."""
    angle = math.pi * torch.rand(count, generator=generator)
    upper = torch.rand(count, generator=generator) < 0.5
    x = torch.where(upper, angle.cos(), 1 - angle.cos())
    y = torch.where(upper, angle.sin(), 0.5 - angle.sin())
    points = torch.stack([x - 0.5, y - 0.25], 1) * 1.2
    return points + 0.06 * torch.randn(count, 2, generator=generator)


def draw_spiral(count, generator):
    """두 팔이 한 바퀴와 4분의 3을 도는 소용돌이."""
    # 제곱근을 씌우면 팔을 따라 점이 고르게 놓입니다.
    t = torch.rand(count, generator=generator).sqrt()
    arm = torch.randint(2, (count,), generator=generator) * math.pi
    angle = 2 * math.pi * 1.75 * t + arm
    points = 1.8 * t[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    return points + 0.04 * torch.randn(count, 2, generator=generator)


def letter(syllable="한"):
    """한글 글자의 획을 확률밀도로 삼은 데이터."""
    from gan_lesson.data.hangul import draw_syllable

    ink = torch.from_numpy(draw_syllable(syllable, 64).copy()).float()
    weights = ink.flatten() / ink.sum()

    def draw(count, generator):
        pixel = torch.multinomial(weights, count, replacement=True, generator=generator)
        row, column = pixel // 64, pixel % 64
        # 픽셀 안의 아무 자리에나 놓아 격자무늬가 남지 않게 합니다.
        jitter = torch.rand(count, 2, generator=generator)
        x = (column + jitter[:, 0]) / 64 * 4 - 2
        y = 2 - (row + jitter[:, 1]) / 64 * 4
        return torch.stack([x, y], 1)

    return PointSet(f"letter:{syllable}", draw)


POINT_SETS = {
    "ring": ring,
    "grid": grid,
    "moons": lambda: PointSet("moons", draw_moons),
    "spiral": lambda: PointSet("spiral", draw_spiral),
    "letter": letter,
}


@lru_cache(maxsize=32)
def point_set(name):
    """이름으로 점 데이터를 엽니다. ``letter:한``처럼 글자를 정할 수 있습니다. 모르는 이름은 ``LessonError``입니다."""
    kind, _, rest = str(name).partition(":")
    if kind == "letter" and len(rest) == 1:
        return letter(rest)
    return POINT_SETS[choose("점 데이터", name, POINT_SETS, "글자를 고르려면 letter:한 처럼 씁니다.")]()
