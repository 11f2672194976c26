"""05a의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import torch
from torch import nn
from torch.nn import functional as F

from gan_lesson.checks.convolution import check_output_size, check_stamp


def stamp(x, kernel, stride, write="add", flip=False, scale=True):
    out = torch.zeros((len(x) - 1) * stride + len(kernel))
    kernel = kernel.flip(0) if flip else kernel
    for i in range(len(x)):
        piece = out[i * stride : i * stride + len(kernel)]
        mark = kernel * (x[i] if scale else 1)
        piece.copy_(piece + mark if write == "add" else mark)
    return out


def zero_insertion(x, kernel, stride):
    spread = torch.zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x
    return F.conv1d(spread[None, None], kernel.flip(0)[None, None], padding=len(kernel) - 1)[0, 0]


def only_zeros(x, kernel, stride):
    out = torch.zeros((len(x) - 1) * stride + len(kernel))
    out[: len(x) * stride : stride] = x
    return out


RIGHT = {
    check_output_size: [
        lambda n, k, s, p: (n - 1) * s - 2 * p + k,
        lambda n, k, s, p: nn.ConvTranspose2d(1, 1, k, s, p)(torch.zeros(1, 1, n, n)).shape[-1],
        lambda n, k, s, p: torch.tensor([n * s - s + k - 2 * p]),
    ],
    check_stamp: [
        stamp,
        zero_insertion,
        lambda x, k, s: x @ torch.stack([F.pad(k, (i * s, (len(x) - 1 - i) * s)) for i in range(len(x))]),
    ],
}

WRONG = [
    (check_output_size, lambda n, k, s, p: (n + 2 * p - k) // s + 1, "합성곱의 식"),
    (check_output_size, lambda n, k, s, p: n * s - 2 * p + k, "1을 빼지"),
    (check_output_size, lambda n, k, s, p: (n - 1) * s + 2 * p + k, "패딩을 더했"),
    (check_output_size, lambda n, k, s, p: (n - 1) * s - p + k, "한 번만"),
    (check_output_size, lambda n, k, s, p: (n - 1) * s + k, "패딩을 빼지 않"),
    (check_output_size, lambda n, k, s, p: (n - 1) * s - 2 * p, "커널의 크기를"),
    # 4×4 커널, 보폭 2, 패딩 1에서는 우연히 맞는 답
    (check_output_size, lambda n, k, s, p: n * s, "곱하기만"),
    (check_output_size, lambda n, k, s, p: 7, "18이어야"),
    (check_output_size, lambda n: n, "TypeError"),
    (check_stamp, lambda x, k, s: stamp(x, k, s, write="replace"), "덮어썼"),
    (check_stamp, lambda x, k, s: stamp(x, k, s, flip=True), "뒤집었"),
    (check_stamp, lambda x, k, s: stamp(x, k, s, scale=False), "값을 곱하지"),
    (check_stamp, only_zeros, "0만 끼워"),
    (check_stamp, lambda x, k, s: stamp(x, k, 1), "모양이 (6,)"),
    (check_stamp, lambda x, k, s: stamp(x, k, 2), "모양이 (9,)"),
    (check_stamp, lambda x, k, s: stamp(x, torch.cat([k, k[:1]]), s), "모양이"),
    (check_stamp, lambda x, k, s: stamp(x, k, s) + 1, "나온 값은 2입니다"),
    (check_stamp, lambda x, k, s: stamp(x, k, s)[None, None], "모양이 (1, 1, 9)"),
    (
        check_stamp,
        lambda x, k, s: F.conv_transpose1d(x[None, None], k[None, None], stride=s)[0, 0],
        "conv_transpose1d 없이",
    ),
    (check_stamp, lambda x, k, s: stamp(torch.cat([x[:-1], 0 * x[-1:]]), k, s), "마지막 도장"),
    (check_stamp, lambda x, k, s: stamp(torch.cat([x[:1], 0 * x[1:]]), k, s), "첫 도장만"),
]
