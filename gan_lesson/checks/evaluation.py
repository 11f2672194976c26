"""09a와 09b의 연습문제: 두 정규분포의 FID, 글자의 종류, 구면 보간."""

import torch
from torch import tensor

from gan_lesson.checks.verdict import checker, compare_all
from gan_lesson.labs.latent.paths import lerp, slerp

# 평균, 표준편차, 평균, 표준편차. 흔한 실수들이 모두 다른 값을 냅니다.
NORMALS = [
    (tensor([0.0, 1.0, -2.0]), tensor([1.0, 2.0, 0.5]), tensor([3.0, 1.0, 0.5]), tensor([2.0, 0.5, 3.0])),
    (tensor([0.5, 2.0]), tensor([0.25, 1.5]), tensor([1.5, -1.0]), tensor([1.0, 4.0])),
]


def _frechet(gap=torch.square, wide=lambda s, t: (s - t).square()):
    """축마다의 평균의 차이에 ``gap``을, 표준편차들에 ``wide``를 한 것의 합. 인자로 실수를 흉내 냅니다."""
    return lambda m, s, n, t: (gap(m - n) + wide(s, t)).sum()


@checker("‖μ₁ - μ₂‖² + Σ(σ₁ - σ₂)²입니다.")
def check_frechet(answer):
    """``answer(mean1, std1, mean2, std2)``: 축끼리 독립인 두 정규분포 (d,)의 FID(스칼라)."""
    right = _frechet()
    mistakes = {
        "평균의 차이만 있습니다. 퍼진 정도가 다른 것도 더하세요.": _frechet(wide=lambda s, t: 0),
        "퍼진 정도만 있습니다. 평균의 차이도 더하세요.": _frechet(gap=lambda m: 0),
        "평균의 차이를 제곱하지 않았습니다.": _frechet(gap=torch.abs),
        "표준편차가 아니라 분산의 차이를 제곱했습니다.": _frechet(wide=lambda s, t: (s**2 - t**2) ** 2),
        "교차항이 빠졌습니다. tr(Σ₁ + Σ₂)에서 2·tr((Σ₁Σ₂)^½), 곧 2Σσ₁σ₂를 빼야 합니다.":
            _frechet(wide=lambda s, t: s**2 + t**2),
        "차이의 길이(norm)를 제곱하지 않았습니다.": lambda m, s, n, t: (m - n).norm() + (s - t).norm(),
        "인자의 차례는 (mean1, std1, mean2, std2)입니다. 평균끼리, 표준편차끼리 비교하세요.": lambda m, s, n, t: right(m, n, s, t),
        "표준편차의 차이를 제곱하지 않았습니다.": _frechet(wide=lambda s, t: (s - t).abs()),
    }  # fmt: skip
    compare_all(answer, right, mistakes, *NORMALS)


# 흔한 실수들이 모두 다른 값을 내는 경우와, 확신한 것이 하나도 없는 경우입니다.
SURE = [True, True, True, True, False, True, True, False, False, True, False]
READ = [(list("가가나힣다가라뷁마가나"), SURE, "가나다라마바"), (["가"], [False], "가나")]


def _kinds(read, sure, allowed):
    """확신하며 읽은 것 가운데 ``allowed``에 든 글자들."""
    return [syllable for syllable, known in zip(read, sure, strict=True) if known and syllable in allowed]


@checker("서로 다른 글자만 세어 데이터의 글자 수로 나누었습니다.")
def check_coverage(answer):
    """``answer(read, confident, allowed)``: 자신 있게 읽힌 글자의 종류 ÷ 데이터의 글자 수."""
    mistakes = {
        "데이터에 없는 글자까지 세었습니다. allowed에 든 것만 셉니다.":
            lambda r, c, a: len(set(_kinds(r, c, r))) / len(a),
        "자신 없게 읽힌 것까지 세었습니다.": lambda r, c, a: len(set(r) & set(a)) / len(a),
        "같은 글자를 여러 번 세었습니다. 서로 다른 글자의 수를 셉니다: set": lambda *case: len(_kinds(*case)) / len(case[2]),
        "읽히는 비율입니다. 종류를 세어 데이터의 글자 수로 나누세요.": lambda *case: len(_kinds(*case)) / len(case[0]),
        "그림의 수로 나누었습니다. 데이터의 글자 수로 나누세요.": lambda *case: len(set(_kinds(*case))) / len(case[0]),
        "나누지 않고 수만 세었습니다.": lambda *case: len(set(_kinds(*case))),
    }  # fmt: skip
    compare_all(answer, lambda *case: len(set(_kinds(*case))) / len(case[2]), mistakes, *READ)


START, END = tensor([3.0, 0.0, 0.0]), tensor([1.0, 2.0, 0.0])
PATHS = [(START, END, share) for share in (0.25, 0.0, 0.5, 1.0)]


@checker("양 끝을 지나며, 길이가 같으면 각을 고르게 나눕니다.")
def check_slerp(answer):
    """``answer(start, end, share)``: 구면 보간 (nz,)."""

    def angle(a, b):
        return (torch.dot(a, b) / (a.norm() * b.norm())).arccos()

    def by_cosine(a, b, t):
        cosine = angle(a, b).cos()
        return (torch.sin((1 - t) * cosine) * a + torch.sin(t * cosine) * b) / cosine.sin()

    mistakes = {
        "선형 보간입니다. 각을 나누는 sin의 비를 쓰세요.": lerp,
        "두 끝이 바뀌었습니다. share=0이면 start여야 합니다.": lambda a, b, t: slerp(b, a, t),
        "sin(각)으로 나누지 않았습니다.": lambda a, b, t: slerp(a, b, t) * angle(a, b).sin(),
        "각의 코사인을 각으로 썼습니다. torch.arccos로 바꾸세요.": by_cosine,
        "길이를 1로 맞추었습니다. 두 벡터의 길이를 살려야 합니다.": lambda a, b, t: slerp(a / a.norm(), b / b.norm(), t),
    }  # fmt: skip
    unfinite = "arccos에는 -1과 1 사이만 넣을 수 있습니다. 내적을 두 길이의 곱으로 나누었나요?"
    compare_all(answer, slerp, mistakes, *PATHS, where="share={2}: ", unfinite=unfinite)
