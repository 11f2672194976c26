"""01과 02의 연습문제: 맞힌 비율, 값 함수, 젠슨-섀넌 발산의 하한, 젠슨-섀넌 발산."""

import math
from functools import partial

import torch
from torch import tensor
from torch.special import xlogy

from gan_lesson.checks.verdict import checker, compare_all

LN2 = math.log(2)

# 실수마다 값이 다르게 나오도록 고른 수들입니다.
ANSWERS = [
    (tensor([0.9, 0.4, 0.7, 0.45, 0.6]), tensor([0.3, 0.6, 0.1, 0.35, 0.2])),
    (tensor([0.5, 0.8, 0.2]), tensor([0.9, 0.5, 0.7])),
]
UNEQUAL = [ANSWERS[0], (tensor([0.5, 0.8, 0.2]), tensor([0.9, 0.6]))]  # 진짜와 가짜의 수가 다를 때도
LOSSES = [(0.6,), (1.0,), (2.5,)]  # 균형의 log 4보다 작은 것과 큰 것
DISTRIBUTIONS = [
    (tensor([0.5, 0.3, 0.2, 0.0]), tensor([0.1, 0.5, 0.0, 0.4])),
    (tensor([0.6, 0.3, 0.1]), tensor([0.2, 0.2, 0.6])),
]


def _shares(r, f):
    return (r > 0.5).double().mean(), (f < 0.5).double().mean()


@checker("진짜와 가짜를 모두 센 비율입니다.")
def check_accuracy(answer):
    """``answer(d_real, d_fake)``: D가 맞힌 비율. 진짜에 0.5보다 크게, 가짜에 작게 답하면 맞힌 것입니다."""
    mistakes = {
        "진짜에 대한 답만 세었습니다. 가짜를 가짜라고 한 것도 맞힌 것입니다.": lambda r, f: _shares(r, f)[0],
        "가짜에 대한 답만 세었습니다. 진짜를 진짜라고 한 것도 맞힌 것입니다.": lambda r, f: _shares(r, f)[1],
        "틀린 비율입니다. 진짜는 0.5보다 클 때, 가짜는 작을 때 맞힌 것입니다.":
            lambda r, f: ((r < 0.5).double().mean() + (f > 0.5).double().mean()) / 2,
        "가짜에도 0.5보다 클 때 맞혔다고 세었습니다. 가짜는 0.5보다 작아야 맞힌 것입니다.":
            lambda r, f: torch.cat([r, f]).gt(0.5).double().mean(),
        "정확히 0.5인 답까지 맞힌 것으로 세었습니다. 진짜는 0.5보다 커야, 가짜는 작아야 합니다.":
            lambda r, f: torch.cat([r >= 0.5, f <= 0.5]).double().mean(),
        "짝지은 진짜와 가짜를 둘 다 맞힌 비율입니다. 진짜와 가짜를 따로 세어 합친 전체로 나누세요.":
            lambda r, f: ((r > 0.5) & (f < 0.5)).double().mean(),
        "맞힌 수입니다. 전체의 수로 나누어 비율로 만드세요.": lambda r, f: (r > 0.5).sum() + (f < 0.5).sum(),
    }  # fmt: skip
    compare_all(answer, lambda r, f: sum(_shares(r, f)) / 2, mistakes, *ANSWERS)


def _value(r, f):
    return r.log().mean() + (1 - f).log().mean()


@checker("D는 이 값을 최대화하고 G는 둘째 항을 최소화합니다.")
def check_value(answer):
    """``answer(d_real, d_fake)``: 값 함수 V(D, G) = E[log D(x)] + E[log(1 - D(G(z)))]."""
    mistakes = {
        "둘째 항이 빠졌습니다. 가짜에 대한 log(1 - D(G(z)))도 더하세요.": lambda r, f: r.log().mean(),
        "첫째 항이 빠졌습니다. 진짜에 대한 log D(x)도 더하세요.": lambda r, f: (1 - f).log().mean(),
        "둘째 항이 log D(G(z))입니다. 가짜에서는 1에서 뺀 log(1 - D(G(z)))입니다.":
            lambda r, f: r.log().mean() + f.log().mean(),
        "진짜와 가짜가 바뀌었습니다. log D는 진짜에, log(1 - D)는 가짜에 씁니다.": lambda r, f: _value(f, r),
        "합입니다. 기댓값이므로 .sum() 대신 .mean()을 쓰세요.": lambda r, f: r.log().sum() + (1 - f).log().sum(),
        "로그가 없습니다. V는 확률이 아니라 확률의 로그를 평균합니다.": lambda r, f: r.mean() + (1 - f).mean(),
        "평균한 뒤에 로그를 씌웠습니다. 로그를 먼저 씌우고 평균하세요.":
            lambda r, f: r.mean().log() + (1 - f).mean().log(),
    }  # fmt: skip
    compare_all(answer, _value, mistakes, *UNEQUAL)


def _bound(loss, sign=-1, log=2 * LN2, lowest=0.0):
    """``loss``에서 아는 JSD의 하한. 인자로 실수를 흉내 냅니다."""
    return max((log + sign * loss) / 2, lowest)


@checker("V는 최댓값 2·JSD - log 4를 넘지 못하므로, D가 덜 배웠어도 하한은 참입니다.")
def check_jsd_bound(answer):
    """``answer(loss_d)``: 로그에 적힌 Loss_D(수)에서 아는 JSD의 하한, 곧 max(0, (log 4 - Loss_D) / 2)."""
    mistakes = {
        "Loss_D는 -V입니다. 부호를 보세요.": partial(_bound, sign=1),
        "JSD는 0보다 작지 않습니다. Loss_D가 커서 음수가 나오면 아는 하한은 0입니다.": partial(_bound, lowest=-math.inf),
        "V의 최댓값은 -log 4 + 2·JSD입니다. log 2가 아니라 log 4입니다.": partial(_bound, log=LN2),
        "log 4를 더하지 않았습니다. 두 분포가 같으면 V의 최댓값은 0이 아니라 -log 4입니다.": partial(_bound, log=0),
        "균형의 Loss_D는 log 4입니다. V로 바꾸지 않고 반만 냈습니다.": lambda loss: loss / 2,
    }  # fmt: skip
    compare_all(answer, _bound, mistakes, *LOSSES, where="Loss_D {}: ")


def _kl(p, q):
    return (xlogy(p, p) - xlogy(p, q)).sum()


def _jsd(p, q, half=0.5):
    m = half * (p + q)
    return (_kl(p, m) + _kl(q, m)) / 2


@checker("두 분포가 같으면 0, 전혀 겹치지 않으면 log 2입니다.")
def check_jsd(answer):
    """``answer(p, q)``: 합이 1인 두 분포 (N,)의 젠슨-섀넌 발산. 두 분포 모두 확률이 0인 자리가 있습니다."""
    mistakes = {
        "KL(p‖m)만 구했습니다. KL(q‖m)도 구해 평균하세요.": lambda p, q: _kl(p, (p + q) / 2),
        "KL(q‖m)만 구했습니다. KL(p‖m)도 구해 평균하세요.": lambda p, q: _kl(q, (p + q) / 2),
        "m을 p + q로 두었습니다. 2로 나누어야 m도 합이 1인 분포입니다.": lambda p, q: _jsd(p, q, half=1),
    }  # fmt: skip
    unfinite = (
        "확률이 0인 자리의 0 · log 0은 NaN이므로 0으로 세는 torch.special.xlogy를 쓰세요. KL(p‖q)는 상대가 0이면 "
        "무한대이므로, 상대 분포가 아니라 한가운데 m = (p + q)/2와의 KL을 구하세요."
    )
    compare_all(answer, _jsd, mistakes, *DISTRIBUTIONS, unfinite=unfinite)
