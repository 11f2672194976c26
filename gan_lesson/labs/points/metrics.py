"""2차원 표본을 재는 자: 모드 재현, 좋은 표본의 비율, 잘라 본 바서슈타인 거리."""

import math

import torch

from gan_lesson.base.errors import LessonError

GOOD_RADIUS = 3.0  # 표준편차의 배수. 이 안에 들면 좋은 표본입니다.
COVERED_SHARE = 0.2  # 고르게 나눈 몫의 이만큼은 있어야 그 모드를 만든다고 봅니다.


def mode_report(samples, centers, std):
    """표본이 어느 모드들을 만들고, 얼마나 모드 가까이에 있는지 셉니다.

    가장 가까운 중심에서 3 표준편차 안이면 좋은 표본입니다(Srivastava 2017, VEEGAN §4.1의
    기준). 2차원 정규분포라면 그 비율은 1 - exp(-9/2) ≈ 0.989입니다. 좋은 표본이
    N/M의 20% 이상인 모드를 만든 것으로 칩니다. 하나만 있어도 되는 기준은 표본을 늘리면
    무엇이든 통과하기 때문입니다.

    Args:
        samples: (N, 2). centers: (M, 2). std: 모드의 표준편차.

    Returns:
        ``covered``: 만든 모드의 수, ``good``: 좋은 표본의 비율 [0, 1].
    """
    samples = _checked(samples)
    distance, nearest = torch.cdist(samples, centers.double()).min(1)
    good = distance <= GOOD_RADIUS * std
    counts = torch.bincount(nearest[good], minlength=len(centers))
    needed = max(1.0, COVERED_SHARE * len(samples) / len(centers))
    return {"covered": int((counts >= needed).sum()), "good": float(good.double().mean())}


def sliced_wasserstein(a, b, projections=128):
    """두 표본 사이의 잘라 본 바서슈타인-1 거리(Bonneel 2015의 방식).

    여러 방향에 그림자를 드리워 1차원 거리를 재고 평균합니다. 수가 같은 두 표본의 1차원 거리는 차례로
    세워 짝지은 차이의 평균입니다. 한쪽을 d만큼 옮기면 거리는 ``|d|·2/π``입니다. 같은 분포라도 표본이
    유한하므로 꼭 0이 되지는 않습니다.

    Args:
        a, b: (N, 2).
        projections: 방향의 수. 반원을 고르게 나누므로 난수를 쓰지 않습니다.
    """
    a, b = _checked(a), _checked(b)
    angles = (torch.arange(projections, dtype=torch.float64) + 0.5) * (math.pi / projections)
    directions = torch.stack([angles.cos(), angles.sin()])
    return float(((a @ directions).sort(0).values - (b @ directions).sort(0).values).abs().mean())


def _checked(points):
    points = points.detach().cpu().double()
    if not points.isfinite().all():
        raise LessonError(
            "표본에 수가 아닌 값(NaN이나 무한대)이 있습니다. 학습이 발산했을 때 그렇습니다. "
            "학습률을 낮추고 처음부터 다시 하세요."
        )
    return points
