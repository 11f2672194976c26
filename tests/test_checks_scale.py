"""10의 채점: 두 가지로 쓴 바른 답은 통과하고, 흔한 실수는 저마다 맞는 말로 거절합니다."""

import re

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from gan_lesson.checks.scale import check_average_gradients, check_conv_flops


def average_by_stack(gradients):
    return [torch.stack(parts).mean(0) for parts in zip(*gradients, strict=True)]


def average_in_place(gradients):
    """all_reduce처럼 처음 것에 더해 가는 답."""
    first, *others = gradients
    for other in others:
        for mine, theirs in zip(first, other, strict=True):
            mine += theirs
    return [tensor / len(gradients) for tensor in first]


def flops_by_formula(into, out, kernel, height, width):
    return 2 * into * out * kernel * kernel * height * width


def flops_by_counting(into, out, kernel, height, width):
    layer = nn.Conv2d(into, out, kernel, bias=False)
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(1, into, height + kernel - 1, width + kernel - 1))
    return counter.get_total_flops()


@pytest.mark.parametrize("answer", [average_by_stack, average_in_place])
def test_right_averages(answer):
    assert check_average_gradients(answer).passed


@pytest.mark.parametrize("answer", [flops_by_formula, flops_by_counting])
def test_right_flops(answer):
    assert check_conv_flops(answer).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda g: [sum(p) for p in zip(*g, strict=True)], "더하기만.*학습률"),
        (lambda g: g[0], "한 프로세스의 것만"),
        (lambda g: g[-1], "마지막 프로세스"),
        (lambda g: [sum(p) / 2 for p in zip(*g, strict=True)], "텐서의 수로"),
        (lambda g: [torch.stack(p).median(0).values for p in zip(*g, strict=True)], "중앙값"),
        (lambda g: [torch.stack(p).mean() for p in zip(*g, strict=True)], "모양이 \\(2,\\)"),
        (lambda g: [torch.stack(p).mean(0) * 2 for p in zip(*g, strict=True)], "0번 텐서: 4.0000"),
        (lambda g: torch.zeros(3), "텐서 2개의 목록"),
        (lambda g: 1 / 0, "ZeroDivisionError"),
        (3, "함수를 넘겨주세요"),
    ],
)
def test_wrong_averages(answer, words):
    verdict = check_average_gradients(answer)
    assert verdict.passed is False
    assert re.search(words, verdict.message), verdict.message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda i, o, k, h, w: i * o * k * k * h * w, "곱셈만"),
        (lambda i, o, k, h, w: 2 * i * o * k * h * w, "kernel × kernel"),
        (lambda i, o, k, h, w: 2 * o * k * k * h * w, "입력 채널이 빠졌습니다"),
        (lambda i, o, k, h, w: 2 * i * k * k * h * w, "출력 채널이 빠졌습니다"),
        (lambda i, o, k, h, w: 2 * i * o * k * k, "칸 수"),
        (lambda i, o, k, h, w: i * o * k * k, "가중치의 수"),
        (lambda i, o, k, h, w: 7, "20160.0000이어야"),
    ],
)
def test_wrong_flops(answer, words):
    verdict = check_conv_flops(answer)
    assert verdict.passed is False and words in verdict.message, verdict.message


@pytest.mark.parametrize("check", [check_average_gradients, check_conv_flops])
def test_stubs(check):
    def stub(*inputs):
        return None

    assert check(stub).passed is None
