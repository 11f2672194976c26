"""평면 위의 점 데이터와, 만든 점을 재는 자.

좌표는 [-2, 2] × [-2, 2] 안팎이고, 표본은 끝없이 새로 뽑을 수 있습니다.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch

from gan_lesson.base.errors import LessonError, choose, quote

GOOD_RADIUS = 3.0  # 표준편차의 배수. 이 안에 들면 좋은 표본입니다.
COVERED_SHARE = 0.2  # 고르게 나눈 몫의 이만큼은 있어야 그 모드를 만든다고 봅니다.


@dataclass(frozen=True)
class PointSet:
    """점을 뽑는 곳. 모드가 없는 모양이면 ``centers``와 ``std``가 ``None``입니다."""

    sample: callable  # sample(count, generator) → (count, 2) float32
    centers: torch.Tensor | None = None  # 모드의 중심 (M, 2)
    std: float | None = None  # 모드마다의 표준편차


def gaussians(centers, std):
    """``centers``에 똑같은 정규분포를 놓고 고르게 섞은 데이터."""
    centers = torch.as_tensor(centers, dtype=torch.float32)

    def draw(count, generator):
        chosen = torch.randint(len(centers), (count,), generator=generator)
        return centers[chosen] + std * torch.randn(count, 2, generator=generator)

    return PointSet(draw, centers, std)


def ring():
    """고리 위에 놓인 정규분포 여덟."""
    angles = torch.arange(8) * (2 * math.pi / 8)
    return gaussians(1.6 * torch.stack([angles.cos(), angles.sin()], 1), std=0.08)


def grid():
    """5×5 격자에 놓인 정규분포."""
    line = (torch.arange(5) - 2) * 0.8
    return gaussians(torch.cartesian_prod(line, line), std=0.05)


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

    return PointSet(draw)


POINT_SETS = {
    "ring": ring,
    "grid": grid,
    "moons": lambda: PointSet(draw_moons),
    "spiral": lambda: PointSet(draw_spiral),
    "letter": letter,
}


@lru_cache(maxsize=32)
def point_set(name):
    """이름으로 점 데이터를 엽니다. ``letter:한``처럼 글자를 정할 수 있습니다. 모르는 이름은 ``LessonError``입니다."""
    kind, colon, rest = str(name).partition(":")
    if kind == "letter" and colon:
        if len(rest) != 1:
            raise LessonError(f"점 데이터의 글자 {quote(rest)}: 글자는 하나만 적으세요. 예: 한")
        return letter(rest)
    return POINT_SETS[choose("점 데이터", name, POINT_SETS, "글자를 고르려면 letter:한 처럼 씁니다.")]()


def mode_report(samples, centers, std):
    """표본 (N, 2)이 어느 모드들(``centers`` (M, 2))을 만들고, 얼마나 모드 가까이에 있는지 셉니다.

    가장 가까운 중심에서 3 표준편차 안이면 좋은 표본입니다(Srivastava 2017, VEEGAN §4.1의 기준). 2차원
    정규분포라면 그 비율은 1 - exp(-9/2) ≈ 0.989입니다. 좋은 표본이 N/M의 20% 이상인 모드를 만든 것으로 칩니다.

    Returns:
        ``covered``: 만든 모드의 수, ``good``: 좋은 표본의 비율 [0, 1].
    """
    distance, nearest = torch.cdist(finite(samples), centers.double()).min(1)
    good = distance <= GOOD_RADIUS * std
    counts = torch.bincount(nearest[good], minlength=len(centers))
    needed = max(1.0, COVERED_SHARE * len(samples) / len(centers))
    return {"covered": int((counts >= needed).sum()), "good": float(good.double().mean())}


def sliced_wasserstein(a, b, projections=128):
    """두 표본 (N, 2) 사이의 잘라 본 바서슈타인-1 거리(Bonneel 2015의 방식).

    반원을 고르게 나눈 ``projections``개의 방향에 그림자를 드리워, 차례로 세워 짝지은 차이를 평균합니다.
    한쪽을 d만큼 옮기면 거리는 ``|d|·2/π``입니다. 표본이 유한하므로 같은 분포라도 꼭 0이 되지는 않습니다.
    """
    angles = (torch.arange(projections, dtype=torch.float64) + 0.5) * (math.pi / projections)
    directions = torch.stack([angles.cos(), angles.sin()])
    shadows = [(finite(points) @ directions).sort(0).values for points in (a, b)]
    return float((shadows[0] - shadows[1]).abs().mean())


def finite(points):
    """점 (N, 2)을 CPU의 float64로. 수가 아닌 값이 있으면 ``LessonError``입니다."""
    points = points.detach().cpu().double()
    if not points.isfinite().all():
        raise LessonError("표본에 수가 아닌 값이 있습니다: 학습이 발산했습니다. 학습률을 낮추고 다시 하세요.")
    return points
