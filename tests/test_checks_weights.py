"""06의 채점: 두 가지로 쓴 바른 답은 통과하고, 흔한 실수는 저마다 맞는 말로 거절합니다."""

import pytest
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


RIGHT = [weights_init, by_class_name, init()]

WRONG = [
    (init(conv=lambda w: nn.init.normal_(w, 0, 0.02**0.5)), "분산으로 읽고"),
    (init(conv=lambda w: nn.init.normal_(w, 0, 0.02**2)), "분산을 std에"),
    (init(conv=lambda w: nn.init.normal_(w, 0, 0.2)), "0.199입니다. 0.02여야"),
    (init(conv=lambda w: nn.init.normal_(w, 0.02, 0.02)), "평균이 0.02"),
    (init(conv=lambda w: nn.init.uniform_(w, -0.02, 0.02)), "균등분포"),
    (init(conv=lambda w: nn.init.uniform_(w, -0.0346, 0.0346)), "정규분포가 아닙"),
    (init(convs=nn.Conv2d), "전치 합성곱의 가중치가 그대로"),
    (init(convs=nn.ConvTranspose2d), "합성곱의 가중치가 그대로"),
    (init(gamma=lambda w: nn.init.normal_(w, 0, 0.02)), "0 둘레"),
    (init(gamma=nn.init.ones_), "모두 똑같"),
    (init(gamma=lambda w: nn.init.normal_(w, 1, 0.02**0.5)), "0.141입니다. 0.02여야"),
    (init(gamma=lambda w: nn.init.normal_(w, 2, 0.02)), "평균이 2.00"),
    (init(gamma=None), "γ(weight)가 그대로"),
    (init(beta=None), "β(bias)가 그대로"),
    (init(beta=lambda b: nn.init.normal_(b, 0, 0.02)), "정확히 0"),
    (init(gamma=None, beta=None), "배치 정규화가 그대로"),
    (assigned, "TypeError"),
    ("초기화", "함수를 넘겨"),
]


@pytest.mark.parametrize("answer", RIGHT)
def test_right_answers_pass(answer):
    verdict = check_weights_init(answer)
    assert verdict.passed is True, verdict


@pytest.mark.parametrize(("answer", "message"), WRONG)
def test_wrong_answers_are_told_apart(answer, message):
    verdict = check_weights_init(answer)
    assert verdict.passed is False and message in repr(verdict), verdict


def test_an_empty_stub_is_not_a_mistake_and_no_random_number_is_used():
    state = torch.get_rng_state()
    assert check_weights_init(lambda module: None).passed is None
    assert torch.equal(torch.get_rng_state(), state)
