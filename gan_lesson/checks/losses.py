"""03 BCE 손실의 연습문제."""

import torch
from torch import tensor
from torch.nn.functional import binary_cross_entropy as _bce

from gan_lesson.checks.verdict import ask_tensor, checker, close, compare_all, refuse, without

# 항의 크기와 수가 모두 달라, 실수마다 값이 다르게 나옵니다.
LABELED = [
    (tensor([0.9, 0.6, 0.2, 0.05, 0.7]), tensor([1.0, 1.0, 0.0, 0.0, 0.0])),
    (tensor([0.3, 0.8, 0.4]), tensor([0.0, 1.0, 1.0])),
]
ANSWERS = [
    (tensor([0.9, 0.8, 0.55, 0.7]), tensor([0.3, 0.1, 0.25, 0.05])),
    (tensor([0.6, 0.35]), tensor([0.4, 0.75])),
]


@checker("nn.BCELoss와 같은 값입니다.")
def check_bce(answer):
    """``answer(x, y)``: 답 x (N,)와 라벨 y (N,)의 BCE 평균. ``nn.BCELoss``처럼 log는 -100에서 자릅니다."""
    bce = _bce
    mistakes = {
        "라벨이 서로 바뀌었습니다. 라벨 1이 log x를, 라벨 0이 log(1 - x)를 골라야 합니다.":
            lambda x, y: bce(x, 1 - y),
        "(1 - y) log(1 - x) 항이 빠졌습니다. 가짜(라벨 0)에 대한 답도 세어야 합니다.":
            lambda x, y: -(y * x.log()).mean(),
        "y log x 항이 빠졌습니다. 진짜(라벨 1)에 대한 답도 세어야 합니다.":
            lambda x, y: -((1 - y) * (1 - x).log()).mean(),
        "오차의 제곱입니다. 로그를 쓰는 BCE의 식을 다시 보세요.": lambda x, y: (x - y).square().mean(),
    }  # fmt: skip
    answer = without(answer, "binary_cross_entropy", "binary_cross_entropy_with_logits")
    compare_all(answer, bce, mistakes, *LABELED)
    at_edge = ask_tensor(answer, tensor([0.0, 1.0, 1.0, 0.0]), tensor([0.0, 1.0, 0.0, 1.0]))
    if not close(at_edge, tensor(50.0), 1e-3):
        refuse(
            f"답이 정확히 0이나 1일 때 나온 값은 {at_edge.item():.6g}입니다. log 0은 -무한대이므로 "
            "nn.BCELoss처럼 로그를 -100에서 자르세요."
        )


def _loss_d(r, f):
    return -r.log().mean() - (1 - f).log().mean()


@checker("Loss_D = -V(D, G)입니다.")
def check_loss_d(answer):
    """``answer(d_real, d_fake)``: Part 1의 손실, 즉 진짜 배치와 가짜 배치의 BCE의 합."""
    mistakes = {
        "라벨이 서로 바뀌었습니다. 진짜에 참 라벨 1, 가짜에 거짓 라벨 0을 붙이세요.": lambda r, f: _loss_d(f, r),
        "가짜에도 참 라벨을 붙였습니다. 그것은 Part 2(생성자)에서 하는 일입니다.":
            lambda r, f: -r.log().mean() - f.log().mean(),
        "가짜 배치의 손실이 빠졌습니다.": lambda r, f: -r.log().mean(),
        "진짜 배치의 손실이 빠졌습니다.": lambda r, f: -(1 - f).log().mean(),
        "BCE의 인자가 바뀌었습니다. 답이 먼저, 라벨이 다음입니다.": lambda r, f: _bce(r**0, r) + _bce(0 * f, f),
        "이미 확률인 답에 시그모이드를 한 번 더 씌웠습니다. BCEWithLogitsLoss가 아니라 BCELoss입니다.":
            lambda r, f: _loss_d(r.sigmoid(), f.sigmoid()),
    }  # fmt: skip
    compare_all(answer, _loss_d, mistakes, *ANSWERS)


@checker("가짜에 참 라벨을 붙인 BCE와 같습니다.")
def check_loss_g(answer):
    """``answer(d_fake)``: Part 2의 손실 -E[log D(G(z))]. 변화도가 G까지 흘러야 합니다."""
    answer, d_fake = without(answer, "backward"), ANSWERS[0][1].clone().requires_grad_()
    mistakes = {
        "log(1 - D(G(z)))를 최소화하는 포화 손실입니다. D의 우위가 클 때 변화도가 모자랍니다. "
        "참 라벨을 붙여 log x 쪽을 쓰세요.": lambda f: (1 - f).log().mean(),
        "거짓 라벨을 붙였습니다. 그러면 G가 D에게 더 잘 들키는 쪽으로 학습합니다. "
        "가짜에 참 라벨을 붙이세요.": lambda f: -(1 - f).log().mean(),
    }
    compare_all(answer, lambda f: -f.log().mean(), mistakes, (d_fake,), *((f,) for _, f in ANSWERS[1:]))
    value = ask_tensor(answer, d_fake)
    if not value.requires_grad:
        refuse(
            "값은 맞지만 변화도의 길이 끊겼습니다. .item()이나 .detach()나 torch.no_grad()를 쓰면 "
            "역전파가 G까지 닿지 못합니다. 텐서 그대로 계산하세요."
        )
    (gradient,) = torch.autograd.grad(value, d_fake, allow_unused=True)
    if gradient is None or not close(gradient, -1 / d_fake / len(d_fake)):
        refuse("값은 맞지만 변화도가 다릅니다. d_fake에서 바로 손실까지 계산했나요?")
