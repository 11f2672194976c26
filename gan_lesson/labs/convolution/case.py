"""합성곱과 전치 합성곱의 모양: 출력의 크기, 겹치는 횟수, 수용 영역.

계산은 모두 ``nn.Conv2d``와 ``nn.ConvTranspose2d``가 합니다. 여기 있는 식은 크기를 미리 말하는 것뿐이고,
시험이 모든 조합에서 PyTorch와 비교합니다.
"""

from dataclasses import dataclass

import torch
from torch import nn

from gan_lesson.base.errors import LessonError
from gan_lesson.base.settings import Settings, setting

TRANSPOSED, PLAIN = "transposed", "plain"


@dataclass(frozen=True)
class Convolution(Settings):
    """정사각형 입력 하나에 대한 합성곱 한 층. 할 수 없는 조합도 만들 수 있고, ``problem``이 이유를 말합니다."""

    kind: str = setting(
        TRANSPOSED, str, "합성곱의 종류", "transposed(전치 합성곱)와 plain(합성곱)",
        choices=(TRANSPOSED, PLAIN),
    )  # fmt: skip
    size: int = setting(4, int, "입력의 한 변", low=1, high=8)
    kernel: int = setting(4, int, "커널의 한 변", low=1, high=6)
    stride: int = setting(2, int, "보폭", low=1, high=4)
    padding: int = setting(1, int, "패딩", low=0, high=3)
    output_padding: int = setting(0, int, "출력 쪽에 더하는 줄의 수", low=0, high=3)

    @property
    def output_size(self):
        """출력의 한 변을 식으로 구한 값. 할 수 없는 조합이면 1보다 작을 수 있습니다.

        전치 합성곱은 (입력 - 1) · 보폭 - 2 · 패딩 + 커널 + output_padding, 합성곱은
        ⌊(입력 + 2 · 패딩 - 커널) / 보폭⌋ + 1입니다(torch.nn의 문서).
        """
        if self.kind == TRANSPOSED:
            return (self.size - 1) * self.stride - 2 * self.padding + self.kernel + self.output_padding  # fmt: skip
        return (self.size + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def formula(self):
        """수를 넣은 식."""
        n, k, s, p = self.size, self.kernel, self.stride, self.padding
        if self.kind == TRANSPOSED:
            return f"({n} - 1) × {s} - 2 × {p} + {k} + {self.output_padding} = {self.output_size}"
        return f"⌊({n} + 2 × {p} - {k}) / {s}⌋ + 1 = {self.output_size}"

    @property
    def problem(self):
        """할 수 없는 이유와 고치는 법. 할 수 있으면 ``None``."""
        if self.kind == PLAIN and self.output_padding:
            return "합성곱에는 output_padding이 없습니다. 0으로 두세요."
        if self.kind == PLAIN and self.kernel > self.size + 2 * self.padding:
            return (
                f"커널({self.kernel})이 패딩까지 더한 입력({self.size + 2 * self.padding})보다 큽니다. "
                "커널을 줄이거나 패딩을 늘리세요."
            )
        if self.output_padding >= self.stride and self.kind == TRANSPOSED and self.output_padding:
            return (
                f"output_padding({self.output_padding})은 보폭({self.stride})보다 작아야 합니다. "
                "보폭 때문에 정해지지 않는 크기를 고르는 값이기 때문입니다."
            )
        if self.output_size < 1:
            return (
                f"출력의 크기가 {self.output_size}이 됩니다. 패딩은 출력의 양쪽을 잘라 내므로 "
                "패딩을 줄이거나 커널을 키우세요."
            )
        return None

    def layer(self):
        """채널이 하나이고 bias가 없는 PyTorch의 층. 가중치는 모두 1입니다. 할 수 없는 조합이면 ``LessonError``."""
        if self.problem:
            raise LessonError(self.problem)
        options = dict(stride=self.stride, padding=self.padding, bias=False)
        if self.kind == TRANSPOSED:
            layer = nn.ConvTranspose2d(1, 1, self.kernel, output_padding=self.output_padding, **options)
        else:
            layer = nn.Conv2d(1, 1, self.kernel, **options)
        nn.init.ones_(layer.weight)
        return layer

    @torch.no_grad()
    def overlaps(self):
        """출력의 자리마다 더해지는 입력의 수 (출력, 출력). 1로 찬 입력을 지나게 해서 셉니다.

        전치 합성곱에서 이 수가 고르지 않으면 바둑판무늬가 생깁니다(Odena 2016, "Deconvolution and
        Checkerboard Artifacts").
        """
        ones = torch.ones(1, 1, self.size, self.size)
        return self.layer()(ones)[0, 0].round().int()

    @property
    def inner(self):
        """가장자리의 영향을 받지 않는 출력의 자리 ``range(처음, 끝 + 1)``. 없으면 비어 있습니다.

        전치 합성곱은 입력이 끝없이 이어져도 찍히는 도장이 더 늘지 않는 자리, 합성곱은 창이 입력 안에 다 든 자리입니다.
        """
        if self.kind == TRANSPOSED:
            # 패딩을 자르기 전에, 왼쪽으로 한 칸 밖의 도장은 (커널 - 보폭 - 1)까지, 오른쪽의 것은 (입력 · 보폭)부터 덮습니다.
            first, last = self.kernel - self.stride, self.size * self.stride - 1
            return range(max(0, first - self.padding), min(last - self.padding + 1, self.output_size))
        first = -(-self.padding // self.stride)
        return range(first, (self.size + self.padding - self.kernel) // self.stride + 1)

    def receptive_field(self, row, column):
        """출력의 (row, column)에 닿는 입력의 자리 (입력, 입력) bool. 변화도가 흐르는 곳입니다."""
        image = torch.ones(1, 1, self.size, self.size, requires_grad=True)
        output = self.layer()(image)[0, 0]
        if not (0 <= row < len(output) and 0 <= column < len(output)):
            raise LessonError(f"출력의 자리 ({row}, {column}): 0부터 {len(output) - 1}까지만 있습니다.")
        (gradient,) = torch.autograd.grad(output[row, column], image)
        return gradient[0, 0] > 0


LIMITS = {n: (rule.low, rule.high) for n, rule in Convolution.rules().items() if rule.kind is int}
