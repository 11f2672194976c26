"""06의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import torch
from torch import nn

from gan_lesson.checks.weights import check_weights_init
from gan_lesson.models import weights_init


def init(conv=lambda w: nn.init.normal_(w, 0, 0.02), gamma=lambda w: nn.init.normal_(w, 1, 0.02),
         beta=nn.init.zeros_, convs=(nn.Conv2d, nn.ConvTranspose2d)):  # fmt: skip
    def answer(module):
        if isinstance(module, convs):
            conv(module.weight)
        elif isinstance(module, nn.BatchNorm2d):
            if gamma:
                gamma(module.weight)
            if beta:
                beta(module.bias)

    return answer


def by_class_name(module):
    """널리 쓰이는 꼴: 클래스 이름에서 찾고 .data에 씁니다."""
    name = module.__class__.__name__
    if name.find("Conv") != -1:
        module.weight.data.normal_(0.0, 0.02)
    elif name.find("BatchNorm") != -1:
        module.weight.data.normal_(1.0, 0.02)
        module.bias.data.fill_(0)


def assigned(module):
    if isinstance(module, nn.Conv2d):
        module.weight = torch.randn_like(module.weight) * 0.02


RIGHT = {check_weights_init: [weights_init, by_class_name, init()]}

WRONG = [
    (check_weights_init, init(conv=lambda w: nn.init.normal_(w, 0, 0.02**0.5)), "분산으로 읽고"),
    (check_weights_init, init(conv=lambda w: nn.init.normal_(w, 0, 0.02**2)), "분산을 std에"),
    (check_weights_init, init(conv=lambda w: nn.init.normal_(w, 0, 0.2)), "0.199입니다. 0.02여야"),
    (check_weights_init, init(conv=lambda w: nn.init.normal_(w, 0.02, 0.02)), "평균이 0.02"),
    (check_weights_init, init(conv=lambda w: nn.init.uniform_(w, -0.02, 0.02)), "균등분포"),
    (check_weights_init, init(conv=lambda w: nn.init.uniform_(w, -0.0346, 0.0346)), "정규분포가 아닙"),
    (check_weights_init, init(convs=nn.Conv2d), "전치 합성곱의 가중치가 그대로"),
    (check_weights_init, init(convs=nn.ConvTranspose2d), "합성곱의 가중치가 그대로"),
    (check_weights_init, init(gamma=lambda w: nn.init.normal_(w, 0, 0.02)), "0 근처"),
    (check_weights_init, init(gamma=nn.init.ones_), "모두 똑같"),
    (check_weights_init, init(gamma=lambda w: nn.init.normal_(w, 1, 0.02**0.5)), "0.141입니다. 0.02여야"),
    (check_weights_init, init(gamma=lambda w: nn.init.normal_(w, 2, 0.02)), "평균이 2.00"),
    (check_weights_init, init(gamma=None), "γ(weight)가 그대로"),
    (check_weights_init, init(beta=None), "β(bias)가 그대로"),
    (check_weights_init, init(beta=lambda b: nn.init.normal_(b, 0, 0.02)), "정확히 0"),
    (check_weights_init, init(gamma=None, beta=None), "γ(weight), 배치 정규화의 β(bias)가 그대로"),
    (check_weights_init, assigned, "TypeError"),
    (check_weights_init, "초기화", "함수를 넘겨"),
]
