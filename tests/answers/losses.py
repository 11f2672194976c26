"""03의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import torch
from torch import nn
from torch.nn import functional as F

from gan_lesson.checks.losses import check_bce, check_loss_d, check_loss_g


def log100(x):
    return torch.log(x).clamp(min=-100)


RIGHT = {
    check_bce: [
        lambda x, y: -(y * log100(x) + (1 - y) * log100(1 - x)).mean(),
        lambda x, y: -log100(torch.stack([1 - x, x])[y.long(), torch.arange(len(x))]).mean(),
        lambda x, y: torch.where(y == 1, -log100(x), -log100(1 - x)).sum() / len(x),
    ],
    check_loss_d: [
        lambda r, f: -r.log().mean() - (1 - f).log().mean(),
        lambda r, f: (
            F.binary_cross_entropy(r, torch.ones_like(r)) + F.binary_cross_entropy(f, torch.zeros_like(f))
        ),
        lambda r, f: -float((r.log() + torch.log1p(-f)).sum()) / len(r),
    ],
    check_loss_g: [
        lambda f: -f.log().mean(),
        lambda f: F.binary_cross_entropy(f, torch.ones_like(f)),
        lambda f: torch.stack([-a.log() for a in f]).sum() / len(f),
    ],
}

WRONG = [
    (check_bce, lambda x, y: (y * x.log() + (1 - y) * (1 - x).log()).mean(), "음의 부호"),
    (check_bce, lambda x, y: -(y * x.log() + (1 - y) * (1 - x).log()).sum(), "합입니다"),
    (check_bce, lambda x, y: -(y * x.log() + (1 - y) * (1 - x).log()), "모양이 (5,)"),
    (check_bce, lambda x, y: -((1 - y) * x.log() + y * (1 - x).log()).mean(), "서로 바뀌었"),
    (check_bce, lambda x, y: -(y * x.log()).mean(), "(1 - y) log(1 - x) 항이 빠졌"),
    (check_bce, lambda x, y: -((1 - y) * (1 - x).log()).mean(), "y log x 항이 빠졌"),
    (check_bce, lambda x, y: -(y * x.log2() + (1 - y) * (1 - x).log2()).mean(), "밑이 2"),
    (check_bce, lambda x, y: nn.MSELoss()(x, y), "오차의 제곱"),
    (check_bce, lambda x, y: -(y * x.log() + (1 - y) * (1 - x).log()).mean(), "log 0은"),
    (check_bce, lambda x, y: torch.tensor(7.0), "나온 값은 7입니다"),
    (check_bce, lambda x: x, "TypeError"),
    (check_bce, lambda x, y: "손실", "str"),
    (check_bce, lambda x, y: nn.BCELoss()(x, y), "binary_cross_entropy 없이"),
    (check_bce, lambda x, y: print(x), "return을 빠뜨리지"),
    (check_bce, lambda x, y: undefined(x), "undefined(x), "),  # noqa: F821  오류가 난 줄
    (check_loss_g, lambda f: (f.log().mean().backward(), -f.log().mean())[1], "backward 없이"),
    (check_loss_d, lambda r, f: 0.521, "이어야 하는데"),
    (check_bce, 3, "함수를 넘겨주세요"),
    (check_loss_d, lambda r, f: r.log().mean() + (1 - f).log().mean(), "부호가 뒤집혔"),
    (check_loss_d, lambda r, f: -(1 - r).log().mean() - f.log().mean(), "서로 바뀌었"),
    (check_loss_d, lambda r, f: -r.log().mean() - f.log().mean(), "Part 2"),
    (check_loss_d, lambda r, f: -r.log().mean(), "가짜 배치의 손실이 빠졌"),
    (check_loss_d, lambda r, f: -(1 - f).log().mean(), "진짜 배치의 손실이 빠졌"),
    (check_loss_d, lambda r, f: (-r.log() - (1 - f).log()).mean() / 2, "절반입니다"),
    (check_loss_d, lambda r, f: (-r.log() - (1 - f).log()).sum(), "합입니다"),
    (check_loss_d, lambda r, f: nn.BCELoss()(r**0, r) + nn.BCELoss()(0 * f, f), "인자가 바뀌었"),
    (
        check_loss_d,
        lambda r, f: nn.BCEWithLogitsLoss()(r, r**0) + nn.BCEWithLogitsLoss()(f, 0 * f),
        "한 번 더",
    ),
    (check_loss_g, lambda f: f.log().mean(), "음의 부호"),
    (check_loss_g, lambda f: (1 - f).log().mean(), "포화 손실"),
    (check_loss_g, lambda f: -(1 - f).log().mean(), "거짓 라벨"),
    (check_loss_g, lambda f: -f.log().sum(), "합입니다"),
    (check_loss_g, lambda f: -f.detach().log().mean(), "끊겼습니다"),
    (check_loss_g, lambda f: -f.log().mean().item(), "끊겼습니다"),
    (check_loss_g, lambda f: -f.log().mean().to(torch.complex64), "채점하지 못했습니다: RuntimeError"),
    (check_loss_g, lambda f: f.log().mean().abs().detach() + 0 * f.sum(), "변화도가 다릅니다"),
]
