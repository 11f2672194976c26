"""10의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import copy

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from gan_lesson.checks.scale import check_average_gradients, check_conv_flops


def average_by_stack(gradients):
    return [torch.stack(parts).mean(0) for parts in zip(*gradients, strict=True)]


def average_in_place(gradients):
    """all_reduce처럼 처음 것에 더해 가는 답."""
    first, *others = copy.deepcopy(gradients)
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


RIGHT = {
    check_average_gradients: [
        average_by_stack,
        average_in_place,
        lambda g: (sum(p) / len(p) for p in zip(*g, strict=True)),
    ],
    check_conv_flops: [
        flops_by_formula,
        flops_by_counting,
        lambda i, o, k, h, w: 2 * np.prod([i, o, k, k, h, w]),
    ],
}

WRONG = [
    (
        check_average_gradients,
        lambda g: [sum(p) for p in zip(*g, strict=True)],
        "더하기만 했습니다. 프로세스의 수로 나누어야 학습률",
    ),
    (check_average_gradients, lambda g: g[0], "한 프로세스의 것만"),
    (check_average_gradients, lambda g: g[-1], "마지막 프로세스"),
    (check_average_gradients, lambda g: [sum(p) / len(g[0]) for p in zip(*g, strict=True)], "이어야 하는데"),
    (
        check_average_gradients,
        lambda g: [torch.stack(p).median(0).values for p in zip(*g, strict=True)],
        "이어야 하는데",
    ),
    (check_average_gradients, lambda g: [torch.stack(p).mean() for p in zip(*g, strict=True)], "모양이 (2,)"),
    (
        check_average_gradients,
        lambda g: [torch.stack(p).mean(0) * 2 for p in zip(*g, strict=True)],
        "두 배입니다",
    ),
    (check_average_gradients, lambda g: [(a + b + c) / 3 for a, b, c in zip(*g, strict=True)], "ValueError"),
    (
        check_average_gradients,
        lambda g: [a.add_(b) / len(g) for a, b, *_ in zip(*g, strict=True)],
        "바꾸어 버렸",
    ),
    (
        check_average_gradients,
        lambda g: [torch.stack(p).mean(0).flatten() for p in zip(*g, strict=True)],
        "(2, 1)인 텐서",
    ),
    (check_average_gradients, lambda g: torch.zeros(3), "텐서 2개의 목록"),
    (check_average_gradients, lambda g: 1 / 0, "ZeroDivisionError"),
    (check_average_gradients, 3, "함수를 넘겨주세요"),
    (check_conv_flops, lambda i, o, k, h, w: i * o * k * k * h * w, "곱셈만"),
    (check_conv_flops, lambda i, o, k, h, w: 2 * i * o * k * h * w, "kernel × kernel"),
    (check_conv_flops, lambda i, o, k, h, w: 2 * o * k * k * h * w, "입력 채널이 빠졌습니다"),
    (check_conv_flops, lambda i, o, k, h, w: 2 * i * k * k * h * w, "출력 채널이 빠졌습니다"),
    (check_conv_flops, lambda i, o, k, h, w: 2 * i * o * k * k, "칸 수"),
    (check_conv_flops, lambda i, o, k, h, w: i * o * k * k, "가중치의 수"),
    (check_conv_flops, lambda i, o, k, h, w: 7, "20160이어야"),
]
