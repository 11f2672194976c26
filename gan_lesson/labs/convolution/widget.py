"""합성곱 탐험기: 커널, 보폭, 패딩을 바꾸며 출력의 크기와 겹침을 봅니다."""

import ipywidgets as w
import numpy as np

from gan_lesson.labs import svg
from gan_lesson.labs.convolution.case import LIMITS, PLAIN, TRANSPOSED, Convolution
from gan_lesson.labs.widget import LessonWidget, side_by_side
from gan_lesson.plots import ORANGE

WIDTH, HEIGHT = 1000, 446
INPUT, OUTPUT = (20, 100, 340), (480, 100, 340)  # 왼쪽, 위, 가장 큰 변(픽셀)
LARGEST_CELL = 44.0
NUMBERED = svg.SMALL / 0.75  # 칸이 이보다 작으면 수를 적어도 읽히지 않습니다.
BROAD = "110px"  # 막대마다 글의 너비를 같게 해 줄을 맞춥니다.
KINDS = {"전치 합성곱": TRANSPOSED, "합성곱": PLAIN}
NAMES = {
    "size": "입력의 크기",
    "kernel": "커널",
    "stride": "보폭",
    "padding": "패딩",
    "output_padding": "output_padding",
}
FORMULAS = {
    TRANSPOSED: "출력 = (입력 - 1) × 보폭 - 2 × 패딩 + 커널 + output_padding",
    PLAIN: "출력 = ⌊(입력 + 2 × 패딩 - 커널) / 보폭⌋ + 1",
}


class ConvExplorer(LessonWidget):
    """합성곱 한 층을 눈으로 봅니다. 결과는 늘 ``nn.ConvTranspose2d``와 ``nn.Conv2d``가 계산합니다.

    Attributes:
        case: 지금의 ``Convolution``. ``set``으로 바꿉니다.
        chosen: 고른 출력의 자리 (줄, 칸).
    """

    title = "합성곱 탐험기"

    def __init__(self):
        super().__init__()
        self.case = Convolution()
        self.chosen = (max(0, self.case.output_size // 2),) * 2
        self.kind = self.on_change(
            w.Dropdown(options=list(KINDS.items()), description="종류"), lambda kind: self.set(kind=kind)
        )
        self.sliders = {
            name: self.int_slider(
                words, *LIMITS[name], lambda value, name=name: self.set(**{name: value}), BROAD
            )
            for name, words in NAMES.items()
        }
        self.row = self.int_slider("출력의 줄", 0, 0, lambda row: self.choose(row, self.chosen[1]), BROAD)
        self.column = self.int_slider(
            "출력의 칸", 0, 0, lambda place: self.choose(self.chosen[0], place), BROAD
        )
        settings, place = side_by_side(self.kind, *self.sliders.values()), side_by_side(self.row, self.column)
        self.lay_out("conv-explorer", settings, place, self.message, self.picture)

    def set(self, **values):
        """값을 바꿉니다. 할 수 없는 조합이면 그림 자리에 이유가 나옵니다.

        모르는 이름이나 범위 밖의 값은 ``LessonError``이고, 그때는 아무것도 바뀌지 않습니다.
        """
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
    parts = [svg.text(20, 26, FORMULAS[case.kind], 18, bold=True), svg.text(20, 52, case.formula, 18)]
    if case.problem:
        parts += [
            _grid(INPUT, np.zeros((case.size, case.size)), "입력", None),
            svg.text(OUTPUT[0], 130, "만들 수 없는 조합입니다.", 20, "#B00020", bold=True),
            *svg.paragraph(OUTPUT[0], 165, case.problem, 34, 28, 17),
        ]
        return svg.document(WIDTH, HEIGHT, parts, case.problem)
    row, column = chosen
    field = case.receptive_field(row, column).numpy()
    counts = case.overlaps().numpy()
    spread = _spread(counts)
    inner = counts[np.ix_(case.inner, case.inner)]
    if inner.size:
        spread += f"(가장자리를 뺀 안쪽은 {_spread(inner)})"
    parts += [
        _grid(INPUT, field, f"입력 {case.size}×{case.size}: 주황은 고른 자리에 닿는 {field.sum()}칸", ORANGE),
        _grid(OUTPUT, counts, f"출력 {len(counts)}×{len(counts)}: 더해지는 입력의 수 {spread}", None, chosen),
    ]  # fmt: skip
    label = f"{case.kind}, 출력의 크기 {len(counts)}, 겹치는 수 {spread}"
    return svg.document(WIDTH, HEIGHT, parts, label)


def _spread(counts):
    return f"{counts.min()}–{counts.max()}" if counts.min() < counts.max() else f"{counts.max()}"


def _grid(place, values, title, color, chosen=None):
    """바둑판. ``chosen``이 있으면 수가 클수록 짙은 파랑으로 칠하고 수를 적고, 없으면 참인 칸을 ``color``로 칠합니다."""
    left, top, limit = place
    cell = min(LARGEST_CELL, limit / len(values))
    highest = max(1, values.max())
    parts = [svg.text(left, top - 14, title, 16)]
    for (i, j), value in np.ndenumerate(values):
        x, y = left + j * cell, top + i * cell
        fill = _blue(value / highest) if chosen else color if value else "#EEEEEE"
        parts.append(svg.rect((x, y, cell, cell), fill, "white"))
        if chosen and cell >= NUMBERED:
            ink = "white" if value > highest / 2 else svg.INK
            size = int(min(16, cell * 0.75))
            parts.append(svg.text(x + cell / 2, y + cell / 2 + size * 0.36, f"{value}", size, ink, "middle"))
    if chosen:
        x, y = left + chosen[1] * cell, top + chosen[0] * cell
        parts.append(svg.path(f"M{x:.1f} {y:.1f}h{cell:.1f}v{cell:.1f}h{-cell:.1f}z", stroke=ORANGE, width=4))
    return "".join(parts)


def _blue(share):
    """0은 흰색, 1은 짙은 파랑."""
    red, green, blue = (round(255 - share * (255 - full)) for full in (0, 82, 138))
    return f"#{red:02X}{green:02X}{blue:02X}"
