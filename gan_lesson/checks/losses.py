"""03 BCE 손실의 연습문제."""

import math

import torch
from torch.nn import functional as F

from gan_lesson.checks.verdict import ask_tensor, checker, close, compare, refuse

# 항의 크기와 수가 모두 달라, 실수마다 값이 다르게 나옵니다.
ANSWERS = torch.tensor([0.9, 0.6, 0.2, 0.05, 0.7])
LABELS = torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0])
D_REAL = torch.tensor([0.9, 0.8, 0.55, 0.7])
D_FAKE = torch.tensor([0.3, 0.1, 0.25, 0.05])


@checker("nn.BCELoss와 같은 값입니다.")
def check_bce(answer):
    """``answer(x, y)``: 답 x (N,)와 라벨 y (N,)의 BCE 평균. ``nn.BCELoss``처럼 log는 -100에서 자릅니다."""
    x, y = ANSWERS, LABELS
    value = ask_tensor(answer, x, y)
    expected, total = F.binary_cross_entropy(x, y), F.binary_cross_entropy(x, y, reduction="sum")
    mistakes = {
        "음의 부호가 빠졌습니다. 로그는 음수이므로 앞에 -를 붙여야 손실이 됩니다.": -expected,
        "합입니다. nn.BCELoss의 기본값은 평균이므로 .sum() 대신 .mean()을 쓰세요.": total,
        "합인 데다 음의 부호도 빠졌습니다. 앞에 -를 붙이고 .mean()을 쓰세요.": -total,
        "라벨이 서로 바뀌었습니다. 라벨 1이 log x를, 라벨 0이 log(1 - x)를 골라야 합니다.":
            F.binary_cross_entropy(x, 1 - y),
        "(1 - y) log(1 - x) 항이 빠졌습니다. 가짜(라벨 0)에 대한 답도 세어야 합니다.": -(y * x.log()).mean(),
        "y log x 항이 빠졌습니다. 진짜(라벨 1)에 대한 답도 세어야 합니다.": -((1 - y) * (1 - x).log()).mean(),
        "로그의 밑이 2입니다. 자연로그 torch.log를 쓰세요.": expected / math.log(2),
        "로그의 밑이 10입니다. 자연로그 torch.log를 쓰세요.": expected / math.log(10),
        "오차의 제곱입니다. 로그를 쓰는 BCE의 식을 다시 보세요.": (x - y).square().mean(),
    }  # fmt: skip
    compare(value, expected, mistakes)
    at_edge = ask_tensor(answer, torch.tensor([0.0, 1.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 0.0, 1.0]))
    if not close(at_edge, 50.0):
        refuse(
            f"답이 정확히 0이나 1이면 {at_edge.item():.3g}이 나옵니다. log 0은 -무한대이므로 "
            "nn.BCELoss처럼 로그를 -100에서 자르세요: torch.log(x).clamp(min=-100)"
        )


@checker("Loss_D = -V(D, G)입니다.")
def check_loss_d(answer):
    """``answer(d_real, d_fake)``: Part 1의 손실, 즉 진짜 배치와 가짜 배치의 BCE의 합."""
    value = ask_tensor(answer, D_REAL, D_FAKE)
    real, fake = -D_REAL.log().mean(), -(1 - D_FAKE).log().mean()
    expected = real + fake
    mistakes = {
        "음의 부호가 빠졌습니다. 이것은 최대화할 V이고, 손실은 -V입니다.": -expected,
        "라벨이 서로 바뀌었습니다. 진짜에 참 라벨 1, 가짜에 거짓 라벨 0을 붙이세요.":
            -(1 - D_REAL).log().mean() - D_FAKE.log().mean(),
        "가짜에도 참 라벨을 붙였습니다. 그것은 Part 2(생성자)에서 하는 일입니다.": real - D_FAKE.log().mean(),
        "가짜 배치의 손실이 빠졌습니다.": real,
        "진짜 배치의 손실이 빠졌습니다.": fake,
        "두 손실을 평균했습니다. 더하기만 하세요: V는 두 항의 합입니다.": expected / 2,
        "배치 안에서 합했습니다. 기댓값이므로 .mean()을 쓰세요.": expected * len(D_REAL),
    }  # fmt: skip
    compare(value, expected, mistakes)


@checker("가짜에 참 라벨을 붙인 BCE와 같습니다.")
def check_loss_g(answer):
    """``answer(d_fake)``: Part 2의 손실 -E[log D(G(z))]. 변화도가 G까지 흘러야 합니다."""
    d_fake = D_FAKE.clone().requires_grad_()
    value = ask_tensor(answer, d_fake)
    expected, saturating = -D_FAKE.log().mean(), (1 - D_FAKE).log().mean()
    mistakes = {
        "음의 부호가 빠졌습니다. 최대화할 것은 log D(G(z))이고, 손실은 그 음수입니다.": -expected,
        "log(1 - D(G(z)))를 최소화하는 포화 손실입니다. D의 우위가 클 때 변화도가 모자랍니다. "
        "참 라벨을 붙여 log x 쪽을 쓰세요.": saturating,
        "거짓 라벨을 붙였습니다. 그러면 G가 D에게 더 잘 들키는 쪽으로 학습합니다. "
        "가짜에 참 라벨을 붙이세요.": -saturating,
        "합입니다. 기댓값이므로 .mean()을 쓰세요.": expected * len(D_FAKE),
    }
    compare(value, expected, mistakes)
    if not value.requires_grad:
        refuse(
            "값은 맞지만 변화도의 길이 끊겼습니다. .item()이나 .detach()나 torch.no_grad()를 쓰면 "
            "역전파가 G까지 닿지 못합니다. 텐서 그대로 계산하세요."
        )
    (gradient,) = torch.autograd.grad(value, d_fake, allow_unused=True)
    if gradient is None or not close(gradient, -1 / D_FAKE / len(D_FAKE)):
        refuse("값은 맞지만 변화도가 다릅니다. d_fake에서 바로 손실까지 계산했나요?")
