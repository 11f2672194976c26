"""10의 연습문제: 프로세스들의 변화도를 평균하기, 합성곱의 FLOP 세기."""

from functools import partial

import torch
from torch import tensor

from gan_lesson.checks.verdict import ask_list, checker, compare_all

# 프로세스 셋의 변화도(텐서 둘씩)와, 둘의 변화도(셋씩). 흔한 실수들이 모두 다른 값을 냅니다.
GRADIENTS = [
    [
        [tensor([7.0, 1.0]), tensor([[3.0], [-1.0]])],
        [tensor([5.0, -4.0]), tensor([[0.0], [2.0]])],
        [tensor([0.0, 9.0]), tensor([[6.0], [5.0]])],
    ],
    [[tensor([1.0]), tensor([2.0, 5.0]), tensor(4.0)], [tensor([3.0]), tensor([4.0, 8.0]), tensor(1.0)]],
]


@checker("모든 프로세스가 이 평균으로 갱신하므로, 가중치가 늘 같습니다.")
def check_average_gradients(answer):
    """``answer(gradients)``: 프로세스마다의 변화도 목록을 받아, 갱신에 쓸 변화도의 목록 하나를 돌려줍니다."""
    wrong = {
        "더하기만 했습니다. 프로세스의 수로 나누어야 학습률의 뜻이 그대로입니다.": lambda parts: sum(parts),
        "한 프로세스의 것만 썼습니다. 나머지가 본 그림은 버려집니다.": lambda parts: parts[0],
        "마지막 프로세스의 것만 남았습니다.": lambda parts: parts[-1],
    }
    mistakes = {why: partial(_each, combine) for why, combine in wrong.items()}
    right = partial(_each, lambda parts: torch.stack(parts).mean(0))

    def averages(gradients):
        return ask_list(answer, gradients, shapes=[tuple(part.shape) for part in gradients[0]])

    compare_all(averages, right, mistakes, *((g,) for g in GRADIENTS))


def _each(combine, gradients):
    """매개변수마다의 변화도들을 ``combine``으로 모아 한 줄로 이은 것."""
    return torch.cat([combine(parts).flatten() for parts in zip(*gradients, strict=True)])


# (입력 채널, 출력 채널, 커널의 한 변, 출력의 세로, 출력의 가로)
CONVOLUTIONS = [(3, 5, 4, 6, 7), (2, 7, 3, 5, 4)]


@checker("출력의 칸마다 kernel² × 입력 채널 번의 곱셈-덧셈을, 출력 채널마다 합니다.")
def check_conv_flops(answer):
    """``answer(in_channels, out_channels, kernel, height, width)``: 합성곱 한 번(그림 한 장)의 FLOP.

    height, width는 **출력**의 크기입니다. 곱셈과 덧셈을 하나씩 셉니다.
    """
    mistakes = {
        "곱셈만 셌습니다. 덧셈까지 2를 곱하세요.": lambda i, o, k, h, w: i * o * k * k * h * w,
        "커널의 넓이는 kernel × kernel입니다.": lambda i, o, k, h, w: 2 * i * o * k * h * w,
        "입력 채널이 빠졌습니다. 칸 하나를 구하려면 모든 입력 채널을 더합니다.": lambda i, o, k, h, w: 2 * o * k * k * h * w,
        "출력 채널이 빠졌습니다. 출력 채널마다 커널이 따로 있습니다.": lambda i, o, k, h, w: 2 * i * k * k * h * w,
        "출력의 칸 수(height × width)가 빠졌습니다.": lambda i, o, k, h, w: 2 * i * o * k * k,
        "가중치의 수입니다. 커널이 출력의 칸마다 한 번씩 쓰입니다.": lambda i, o, k, h, w: i * o * k * k,
    }  # fmt: skip
    compare_all(answer, lambda i, o, k, h, w: 2 * i * o * k * k * h * w, mistakes, *CONVOLUTIONS)
