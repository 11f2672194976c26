"""합성곱 탐험기: 커널, 보폭, 패딩을 바꾸며 출력의 크기와 겹침과 수용 영역을 봅니다.

계산은 모두 ``nn.Conv2d``와 ``nn.ConvTranspose2d``가 합니다. 여기 있는 식은 크기를 미리 말하는 것뿐이고,
시험이 모든 조합에서 PyTorch와 비교합니다.
"""

from dataclasses import asdict, dataclass

import ipywidgets as w
import numpy as np
import torch
from torch import nn

from gan_lesson.base.errors import LessonError
from gan_lesson.base.settings import Settings, setting
from gan_lesson.labs import svg
from gan_lesson.labs.widget import LessonWidget, side_by_side
from gan_lesson.plots import ORANGE

TRANSPOSED, PLAIN = "transposed", "plain"
WIDTH, HEIGHT = 1000, 446
INPUT, OUTPUT = (20, 100, 340), (480, 100, 340)  # 왼쪽, 위, 가장 큰 변(픽셀)
LARGEST_CELL = 44.0
NUMBERED = svg.SMALL / 0.75  # 칸이 이보다 작으면 수를 적어도 읽히지 않습니다.
KINDS = {"전치 합성곱": TRANSPOSED, "합성곱": PLAIN}
NAMES = {
    "size": "입력의 크기",
    "kernel": "커널",
    "stride": "보폭",
    "padding": "패딩",
    "output_padding": "output_padding",
}
FORMULAS = {
    TRANSPOSED: "({size} - 1) × {stride} - 2 × {padding} + {kernel} + {output_padding}",
    PLAIN: "⌊({size} + 2 × {padding} - {kernel}) / {stride}⌋ + 1",
}


@dataclass(frozen=True)
class Convolution(Settings):
    """정사각형 입력 하나에 대한 합성곱 한 층. 할 수 없는 조합도 만들 수 있고, ``problem``이 이유를 말합니다."""

    kind: str = setting(TRANSPOSED, str, "합성곱의 종류", choices=(TRANSPOSED, PLAIN))
    size: int = setting(4, int, "입력의 한 변", low=1, high=8)
    kernel: int = setting(4, int, "커널의 한 변", low=1, high=6)
    stride: int = setting(2, int, "보폭", low=1, high=4)
    padding: int = setting(1, int, "패딩", low=0, high=3)
    output_padding: int = setting(0, int, "출력 쪽에 더하는 줄의 수", low=0, high=3)

    @property
    def output_size(self):
        """출력의 한 변을 ``FORMULAS``의 식(torch.nn의 문서)으로 구한 값. 할 수 없는 조합이면 1보다 작을 수 있습니다."""
        if self.kind == TRANSPOSED:
            return (self.size - 1) * self.stride - 2 * self.padding + self.kernel + self.output_padding
        return (self.size + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def formula(self):
        """수를 넣은 식."""
        return f"{FORMULAS[self.kind].format(**asdict(self))} = {self.output_size}"

    @property
    def problem(self):
        """할 수 없는 이유와 고치는 법. 할 수 있으면 ``None``."""
        room = self.size + 2 * self.padding
        if self.kind == PLAIN and self.output_padding:
            return "합성곱에는 output_padding이 없습니다. 0으로 두세요."
        if self.kind == PLAIN and self.kernel > room:
            return f"커널({self.kernel})이 패딩까지 더한 입력({room})보다 큽니다. 커널을 줄이거나 패딩을 늘리세요."
        if self.kind == TRANSPOSED and self.output_padding and self.output_padding >= self.stride:
            return f"output_padding({self.output_padding})은 보폭({self.stride})보다 작아야 합니다."
        if self.output_size < 1:
            return f"출력의 크기가 {self.output_size}이 됩니다. 패딩을 줄이거나 커널을 키우세요."
        return None

    def layer(self):
        """채널이 하나이고 bias가 없는 PyTorch의 층. 가중치는 모두 1입니다. 할 수 없는 조합이면 ``LessonError``."""
        if self.problem:
            raise LessonError(self.problem)
        kind, more = nn.Conv2d, {}
        if self.kind == TRANSPOSED:
            kind, more = nn.ConvTranspose2d, {"output_padding": self.output_padding}
        layer = kind(1, 1, self.kernel, self.stride, self.padding, bias=False, **more)
        nn.init.ones_(layer.weight)
        return layer

    @torch.no_grad()
    def overlaps(self):
        """출력의 자리마다 더해지는 입력의 수 (출력, 출력). 고르지 않으면 바둑판무늬가 생깁니다(Odena 2016)."""
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


class ConvExplorer(LessonWidget):
    """합성곱 한 층(``case``)을 눈으로 봅니다. ``chosen``은 고른 출력의 자리 (줄, 칸)입니다."""

    title = "합성곱 탐험기"

    def __init__(self):
        super().__init__()
        self.case = Convolution()
        self.chosen = (max(0, self.case.output_size // 2),) * 2
        self.kind = self.control(w.Dropdown, "종류", lambda kind: self.set(kind=kind), options=KINDS.items())
        self.sliders = {
            name: self._slider(words, lambda value, name=name: self.set(**{name: value}), *LIMITS[name])
            for name, words in NAMES.items()
        }
        self.row = self._slider("출력의 줄", lambda row: self.choose(row, self.chosen[1]))
        self.column = self._slider("출력의 칸", lambda column: self.choose(self.chosen[0], column))
        settings, place = side_by_side(self.kind, *self.sliders.values()), side_by_side(self.row, self.column)
        self.lay_out("conv-explorer", settings, place, self.picture, self.message)

    def _slider(self, words, action, low=0, high=0):
        # 글의 너비를 같게 해 줄을 맞춥니다.
        return self.control(w.IntSlider, words, action, "110px", value=low, min=low, max=high)

    def set(self, **values):
        """값을 바꿉니다. 할 수 없는 조합이면 그림 자리에 이유가 나옵니다. 모르는 이름과 값은 ``LessonError``입니다."""
        if values.get("kind") == PLAIN:
            values = {"output_padding": 0} | values  # 합성곱에는 없는 값입니다.
        self.case = self.case.replace(**values)
        # 출력이 작아져도 고른 자리는 출력 안에 있습니다.
        last = max(0, self.case.output_size - 1)
        self.chosen = tuple(min(place, last) for place in self.chosen)
        self.say("")
        self.refresh()

    def choose(self, row, column):
        """수용 영역을 볼 출력의 자리를 고릅니다."""
        self.case.receptive_field(row, column)  # 없는 자리나 할 수 없는 조합은 여기서 거절됩니다.
        self.chosen = (row, column)
        self.refresh()

    def sync(self):
        self.kind.value = self.case.kind
        for name, slider in self.sliders.items():
            slider.value = getattr(self.case, name)
        self.sliders["output_padding"].disabled = self.case.kind == PLAIN
        last = max(0, self.case.output_size - 1)
        for slider, place in zip((self.row, self.column), self.chosen, strict=True):
            slider.max = max(last, place)
            slider.value = place
            slider.max = last
            slider.disabled = self.case.problem is not None

    def draw(self):
        return explorer_picture(self.case, self.chosen)


def explorer_picture(case, chosen):
    """``Convolution`` 하나의 SVG 글. ``chosen``은 출력의 (줄, 칸)입니다."""
    in_words = f"출력 = {FORMULAS[case.kind].format(**NAMES | {'size': '입력'})}"
    parts = [svg.text(20, 26, in_words, 18, bold=True), svg.text(20, 52, case.formula, 18)]
    if case.problem:
        parts += _grid(INPUT, np.zeros((case.size, case.size)), "입력")
        parts.append(svg.text(OUTPUT[0], 130, "만들 수 없는 조합입니다.", 20, "#B00020", bold=True))
        parts += svg.paragraph(OUTPUT[0], 165, case.problem, 34, 28, 17)
        return svg.document(WIDTH, HEIGHT, parts, case.problem)
    field, counts = case.receptive_field(*chosen).numpy(), case.overlaps().numpy()
    inner, spread = counts[np.ix_(case.inner, case.inner)], _spread(counts)
    if inner.size:
        spread += f"(가장자리를 뺀 안쪽은 {_spread(inner)})"
    parts += _grid(INPUT, field, f"입력 {case.size}×{case.size}: 주황은 고른 자리에 닿는 {field.sum()}칸")
    title = f"출력 {len(counts)}×{len(counts)}: 더해지는 입력의 수 {spread}"
    parts += _grid(OUTPUT, counts, title, chosen)
    kind = next(words for words, kind in KINDS.items() if kind == case.kind)
    label = f"{kind}, {case.formula}, 더해지는 입력의 수 {spread}, 출력 {chosen}에 닿는 입력 {field.sum()}칸"
    return svg.document(WIDTH, HEIGHT, parts, label)


def _spread(counts):
    return f"{counts.min()}–{counts.max()}" if counts.min() < counts.max() else f"{counts.max()}"


def _grid(place, values, title, chosen=None):
    """바둑판. ``chosen``이 있으면 수가 클수록 짙은 파랑으로 칠하고 수를 적고, 없으면 참인 칸을 주황으로 칠합니다."""
    left, top, limit = place
    cell, highest = min(LARGEST_CELL, limit / len(values)), max(1, values.max())
    yield svg.text(left, top - 14, title, 16)
    for (i, j), value in np.ndenumerate(values):
        x, y = left + j * cell, top + i * cell
        fill = _blue(value / highest) if chosen else ORANGE if value else "#EEEEEE"
        # 수가 0인 칸은 흰색이므로 테가 있어야 보입니다.
        yield svg.rect((x, y, cell, cell), fill, svg.FAINT if chosen else "white")
        if chosen and cell >= NUMBERED:
            ink = "white" if value > highest / 2 else svg.INK
            size = int(min(16, cell * 0.75))
            yield svg.text(x + cell / 2, y + cell / 2 + size * 0.36, f"{value}", size, ink, "middle")
    if chosen and cell < NUMBERED:
        yield svg.text(
            left, top - 34, f"칸마다의 수: 흰색 0, 가장 짙은 파랑 {values.max()}", svg.SMALL, svg.GRAY
        )
    if chosen:
        x, y = left + chosen[1] * cell, top + chosen[0] * cell
        yield svg.path(f"M{x:.1f} {y:.1f}h{cell:.1f}v{cell:.1f}h{-cell:.1f}z", stroke=ORANGE, width=4)


def _blue(share):
    """0은 흰색, 1은 짙은 파랑."""
    red, green, blue = (round(255 - share * (255 - full)) for full in (0, 82, 138))
    return f"#{red:02X}{green:02X}{blue:02X}"
