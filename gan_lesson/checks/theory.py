"""01과 02의 연습문제: 맞힌 비율, 값 함수, 가장 좋은 구분자, 젠슨-섀넌 발산."""

import math

import torch
from torch.special import xlogy

from gan_lesson.checks.verdict import ask_tensor, checker, compare, refuse

LN2 = math.log(2)

# 실수마다 값이 다르게 나오도록 고른 수들입니다.
D_REAL = torch.tensor([0.9, 0.4, 0.7, 0.45, 0.6])
D_FAKE = torch.tensor([0.3, 0.6, 0.1, 0.35, 0.2])
P_DATA = torch.tensor([0.6, 0.1, 0.05, 1.2])
P_G = torch.tensor([0.2, 0.4, 0.5, 0.3])
P = torch.tensor([0.5, 0.3, 0.2, 0.0])
Q = torch.tensor([0.1, 0.25, 0.25, 0.4])


@checker("진짜와 가짜를 모두 센 비율입니다.")
def check_accuracy(answer):
    """``answer(d_real, d_fake)``: D가 맞힌 비율. 진짜에 0.5보다 크게, 가짜에 작게 답하면 맞힌 것입니다."""
    value = ask_tensor(answer, D_REAL, D_FAKE)
    on_real, on_fake = (D_REAL > 0.5).float().mean(), (D_FAKE < 0.5).float().mean()
    expected = (on_real + on_fake) / 2
    mistakes = {
        "진짜에 대한 답만 세었습니다. 가짜를 가짜라고 한 것도 맞힌 것입니다.": on_real,
        "가짜에 대한 답만 세었습니다. 진짜를 진짜라고 한 것도 맞힌 것입니다.": on_fake,
        "틀린 비율입니다. 진짜는 0.5보다 클 때, 가짜는 작을 때 맞힌 것입니다.": 1 - expected,
        "가짜에도 0.5보다 클 때 맞혔다고 세었습니다. 가짜는 0.5보다 작아야 맞힌 것입니다.":
            (on_real + 1 - on_fake) / 2,
        "맞힌 수입니다. 전체의 수로 나누어 비율로 만드세요.": expected * 10,
        "두 비율을 더했습니다. 진짜와 가짜를 합친 전체로 나누세요.": expected * 2,
        "답의 평균입니다. 답이 0.5보다 큰지(작은지)를 먼저 따지세요.":
            (D_REAL.mean() + 1 - D_FAKE.mean()) / 2,
    }  # fmt: skip
    compare(value, expected, mistakes)


@checker("D는 이 값을 최대화하고 G는 둘째 항을 최소화합니다.")
def check_value(answer):
    """``answer(d_real, d_fake)``: 값 함수 V(D, G) = E[log D(x)] + E[log(1 - D(G(z)))]."""
    value = ask_tensor(answer, D_REAL, D_FAKE)
    first, second = D_REAL.log().mean(), (1 - D_FAKE).log().mean()
    expected = first + second
    mistakes = {
        "음의 부호가 붙었습니다. 그것은 최소화할 손실이고, V에는 음의 부호가 없습니다.": -expected,
        "둘째 항이 빠졌습니다. 가짜에 대한 log(1 - D(G(z)))도 더하세요.": first,
        "첫째 항이 빠졌습니다. 진짜에 대한 log D(x)도 더하세요.": second,
        "둘째 항이 log D(G(z))입니다. 가짜에서는 1에서 뺀 log(1 - D(G(z)))입니다.":
            first + D_FAKE.log().mean(),
        "진짜와 가짜가 바뀌었습니다. log D는 진짜에, log(1 - D)는 가짜에 씁니다.":
            D_FAKE.log().mean() + (1 - D_REAL).log().mean(),
        "합입니다. 기댓값이므로 .sum() 대신 .mean()을 쓰세요.": expected * len(D_REAL),
        "두 항을 평균했습니다. V는 두 항을 더한 것입니다.": expected / 2,
        "로그가 없습니다. V는 확률이 아니라 확률의 로그를 평균합니다.": D_REAL.mean() + (1 - D_FAKE).mean(),
        "평균한 뒤에 로그를 씌웠습니다. 로그를 먼저 씌우고 평균하세요.":
            D_REAL.mean().log() + (1 - D_FAKE).mean().log(),
        "로그의 밑이 2입니다. 자연로그 torch.log를 쓰세요.": expected / LN2,
    }  # fmt: skip
    compare(value, expected, mistakes)


@checker("두 밀도가 같은 자리에서는 1/2입니다.")
def check_best_d(answer):
    """``answer(p_data, p_g)``: 자리마다의 D* = p_data / (p_data + p_g), 입력과 같은 모양."""
    value = ask_tensor(answer, P_DATA, P_G, shape=(4,))
    expected = P_DATA / (P_DATA + P_G)
    mistakes = {
        "진짜와 가짜가 바뀌었습니다. 진짜가 많은 자리일수록 커야 합니다.": 1 - expected,
        "p_data / p_g입니다. 확률이 되려면 두 밀도의 합으로 나누어야 합니다.": P_DATA / P_G,
        "밀도 그대로입니다. 두 밀도의 합으로 나누어야 합니다.": P_DATA,
        "늘 1/2입니다. 그것은 p_g = p_data일 때의 답이고, 자리마다 비율이 다릅니다.": torch.full((4,), 0.5),
        "많은 쪽을 골라 0과 1로 답했습니다. 가장 좋은 답은 비율 그대로입니다.": (P_DATA > P_G).float(),
        "한가운데의 밀도 m = (p_data + p_g)/2로 나누었습니다. 2로 나누지 않은 합으로 나누세요.": 2 * expected,
        "모든 자리의 합으로 나누었습니다. 자리마다 따로 나누세요.": P_DATA / (P_DATA + P_G).sum(),
        "로그를 씌웠습니다. 로그 없이 비율만 답하세요.": expected.log(),
    }
    compare(value, expected, mistakes)


def _kl(p, q):
    return (xlogy(p, p) - xlogy(p, q)).sum()


@checker("두 분포가 같으면 0, 전혀 겹치지 않으면 log 2입니다.")
def check_jsd(answer):
    """``answer(p, q)``: 합이 1인 두 분포 (N,)의 젠슨-섀넌 발산. 확률이 0인 자리가 있습니다."""
    value = ask_tensor(answer, P, Q)
    if value.isnan():
        refuse(
            "NaN이 나왔습니다. 확률이 0인 자리의 0 · log 0 때문입니다. 0으로 세는 torch.special.xlogy를 쓰세요."
        )
    if value.isinf():
        refuse(
            "무한대가 나왔습니다. 한쪽 확률이 0이면 KL(p‖q)는 무한대입니다. 상대 분포가 아니라 "
            "한가운데 m = (p + q)/2와의 KL을 구하세요."
        )
    m = (P + Q) / 2
    from_p, from_q = _kl(P, m), _kl(Q, m)
    expected = (from_p + from_q) / 2
    mistakes = {
        "두 KL을 더하기만 했습니다. 2로 나누어 평균하세요.": 2 * expected,
        "KL(p‖m)만 구했습니다. KL(q‖m)도 구해 평균하세요.": from_p,
        "KL(q‖m)만 구했습니다. KL(p‖m)도 구해 평균하세요.": from_q,
        "부호가 뒤집혔습니다. KL은 Σ p log(p / m)이고 늘 0 이상입니다.": -expected,
        "m을 p + q로 두었습니다. 2로 나누어야 m도 합이 1인 분포입니다.":
            (_kl(P, P + Q) + _kl(Q, P + Q)) / 2,
        "제곱근을 씌웠습니다. 그것은 젠슨-섀넌 거리이고, 발산에는 제곱근이 없습니다.": expected.sqrt(),
        "로그의 밑이 2입니다. 자연로그를 쓰세요.": expected / LN2,
        "평균했습니다. 분포에 대한 합이므로 .mean() 대신 .sum()을 쓰세요.": expected / len(P),
        "m의 쪽에서 잰 KL(m‖p)입니다. p에서 잰 Σ p log(p / m)을 쓰세요.": (_kl(m, P) + _kl(m, Q)) / 2,
    }  # fmt: skip
    compare(value, expected, mistakes)
