"""05a 전치 합성곱의 연습문제: 출력의 크기와, 손으로 하는 전치 합성곱."""

import torch
from torch.nn import functional as F

from gan_lesson.checks.verdict import ask_tensor, checker, compare

CASES = [
    (6, 5, 3, 1),
    (4, 4, 2, 1),
    (1, 4, 1, 0),
    (6, 5, 2, 2),
]  # 입력, 커널, 보폭, 패딩. 흔한 실수가 먼저 갈립니다.
LINE, KERNEL = torch.tensor([1.0, -2.0, 3.0, 5.0]), torch.tensor([1.0, 10.0, 100.0])
STRIDES = (2, 1, 3)  # 2가 먼저입니다. 흔한 실수들이 거기서 서로 다른 값을 냅니다.


@checker("nn.ConvTranspose2d의 크기와 같습니다.")
def check_output_size(answer):
    """``answer(size, kernel, stride, padding)``: 전치 합성곱의 출력의 한 변."""
    for n, k, s, p in CASES:
        mistakes = {
            "합성곱의 식입니다. 전치 합성곱은 보폭으로 나누지 않고 곱합니다.": (n + 2 * p - k) // s + 1,
            "입력에서 1을 빼지 않았습니다. 도장 n개 사이의 간격은 n - 1개입니다.": n * s - 2 * p + k,
            "패딩을 더했습니다. 전치 합성곱의 패딩은 양쪽을 잘라 내므로 뺍니다.": (n - 1) * s + 2 * p + k,
            "패딩을 한 번만 뺐습니다. 양쪽에서 자르므로 두 배를 뺍니다.": (n - 1) * s - p + k,
            "패딩을 빼지 않았습니다. 양쪽에서 패딩만큼 잘라 냅니다.": (n - 1) * s + k,
            "커널의 크기를 더하지 않았습니다. 마지막 도장의 너비도 세어야 합니다.": (n - 1) * s - 2 * p,
            "입력에 보폭을 곱하기만 했습니다. 커널과 패딩도 세어야 합니다.": n * s,
        }
        where = f"입력 {n}, 커널 {k}, 보폭 {s}, 패딩 {p}: "
        compare(ask_tensor(answer, n, k, s, p), (n - 1) * s - 2 * p + k, mistakes, where=where)


@checker("F.conv_transpose1d와 같습니다.")
def check_stamp(answer):
    """``answer(x, kernel, stride)``: 한 줄 x (N,)의 전치 합성곱(패딩 0), ((N - 1) · stride + K,)."""
    for stride in STRIDES:
        expected = _transposed(KERNEL, stride)
        value = ask_tensor(answer, LINE, KERNEL, stride, shape=(len(expected),))
        compare(value, expected, _stamp_mistakes(stride, len(expected)), where=f"보폭 {stride}: ")


def _transposed(kernel, stride):
    return F.conv_transpose1d(LINE[None, None], kernel[None, None], stride=stride)[0, 0]


def _stamp_mistakes(stride, length):
    replaced, unscaled, zeros = torch.zeros(3, length)
    for i, x in enumerate(LINE):
        place = slice(i * stride, i * stride + len(KERNEL))
        replaced[place] = x * KERNEL
        unscaled[place] += KERNEL
    zeros[: len(LINE) * stride : stride] = LINE
    return {
        "겹친 자리를 덮어썼습니다. 도장이 겹치면 더해야 합니다: = 대신 +=를 쓰세요.": replaced,
        "커널을 뒤집었습니다. 도장은 뒤집지 않고 그대로 찍습니다.": _transposed(KERNEL.flip(0), stride),
        "입력의 값을 곱하지 않았습니다. 도장은 입력의 값만큼 진하게 찍힙니다.": unscaled,
        "0만 끼워 넣었습니다. 그다음 커널로 도장을 찍어야 합니다.": zeros,
    }
