"""2차원 표본을 재는 자: 모드 재현, 좋은 표본의 비율, 잘라 본 바서슈타인 거리."""

import math
from dataclasses import dataclass

import torch

from gan_lesson.base.errors import LessonError

GOOD_RADIUS = 3.0  # 표준편차의 배수. 이 안에 들면 좋은 표본입니다.
COVERED_SHARE = 0.2  # 고르게 나눈 몫의 이만큼은 있어야 그 모드를 만든다고 봅니다.


@dataclass(frozen=True)
class ModeReport:
    """covered: 만들어 낸 모드의 수, modes: 모드의 수, good: 좋은 표본의 비율 [0, 1]."""

    covered: int
    modes: int
    good: float


def mode_report(samples, centers, std):
    """표본이 어느 모드들을 만들고, 얼마나 모드 가까이에 있는지 셉니다.

    가장 가까운 중심에서 3 표준편차 안이면 좋은 표본입니다(Srivastava 2017, VEEGAN §4.1의
    기준). 2차원 정규분포라면 그 비율은 1 - exp(-9/2) ≈ 0.989입니다. 좋은 표본이
    N/M의 20% 이상인 모드를 만든 것으로 칩니다. 하나만 있어도 되는 기준은 표본을 늘리면
    무엇이든 통과하기 때문입니다.

    Args:
        samples: (N, 2). centers: (M, 2). std: 모드의 표준편차.
    """
    samples, centers = _checked(samples), torch.as_tensor(centers).to(torch.float64)
    distance, nearest = torch.cdist(samples, centers).min(1)
    good = distance <= GOOD_RADIUS * std
    counts = torch.bincount(nearest[good], minlength=len(centers))
    needed = max(1.0, COVERED_SHARE * len(samples) / len(centers))
    return ModeReport(int((counts >= needed).sum()), len(centers), float(good.double().mean()))


def sliced_wasserstein(a, b, projections=128):
    """두 표본 사이의 잘라 본 바서슈타인-1 거리(Bonneel 2015의 방식).

    여러 방향에 그림자를 드리워 1차원 거리를 재고 평균합니다. 1차원 거리는 두 누적분포의
    역함수의 차이를 적분한 것이라, 차례로 세운 표본에서 바로 나옵니다. 한쪽을 d만큼 옮기면
    거리는 ``|d|·2/π``입니다. 같은 분포라도 표본이 유한하므로 꼭 0이 되지는 않습니다.

    Args:
        a: (N, 2). b: (M, 2). 수가 달라도 됩니다.
        projections: 방향의 수. 반원을 고르게 나누므로 난수를 쓰지 않습니다.
    """
    a, b = _checked(a), _checked(b)
    angles = (torch.arange(projections, dtype=torch.float64) + 0.5) * (math.pi / projections)
    directions = torch.stack([angles.cos(), angles.sin()])
    left, right = (a @ directions).sort(0).values, (b @ directions).sort(0).values
    # 두 계단 함수가 바뀌는 확률들을 모아, 그 사이마다의 차이에 너비를 곱해 더합니다.
    n, m = len(left), len(right)
    cuts = torch.cat([torch.arange(n + 1) / n, torch.arange(m + 1) / m]).to(torch.float64)
    cuts = cuts.sort().values
    middle, width = (cuts[1:] + cuts[:-1]) / 2, cuts[1:] - cuts[:-1]
    gap = (left[(middle * n).long().clamp(max=n - 1)] - right[(middle * m).long().clamp(max=m - 1)]).abs()
    return float((gap * width[:, None]).sum(0).mean())


def _checked(points):
    points = torch.as_tensor(points).detach().cpu().to(torch.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise LessonError(f"표본의 모양 {tuple(points.shape)}: (1 이상, 2)여야 합니다.")
    if not points.isfinite().all():
        raise LessonError(
            "표본에 수가 아닌 값(NaN이나 무한대)이 있습니다. 학습이 발산했을 때 그렇습니다. "
            "학습률을 낮추고 처음부터 다시 하세요."
        )
    return points
