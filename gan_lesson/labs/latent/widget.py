"""잠재공간 탐험기: 두 z 사이의 길, 축 하나, z의 산수, 가장 가까운 진짜. 그림마다 리더가 읽은 글자가 붙습니다."""

import ipywidgets as w

from gan_lesson.base.errors import LessonError, choose
from gan_lesson.labs import svg
from gan_lesson.labs.charts import thumbnail
from gan_lesson.labs.latent.space import POOL, LatentLab
from gan_lesson.labs.widget import LessonWidget, side_by_side
from gan_lesson.metrics.hangul_reader import CONFIDENT
from gan_lesson.metrics.plots import pictures_with_words
from gan_lesson.plots import BLUE, ORANGE

WIDTH, PICTURE, GAP = 1000, 96, 12
MODES = {"두 z 사이의 길": "path", "축 하나": "axis", "z의 산수": "arithmetic", "가까운 진짜": "neighbour"}
# 보는 것 → 그때 보일 조절 장치
CONTROLS = {
    "path": ("start", "end", "kind"), "axis": ("start", "axis"),
    "arithmetic": ("words",), "neighbour": ("start",),
}  # fmt: skip
BROAD = {"description_width": "initial"}


class LatentExplorer(LessonWidget):
    """잠재공간 탐험기.

    단추로 하는 일을 메서드로도 합니다: ``show("axis")``, ``set(axis=3)``, ``set_words("가 고 노")``. 인자는
    ``LatentLab``의 것입니다.

    Attributes:
        lab: 몸통인 ``LatentLab``.
        mode: 지금 보는 것. ``"path"``, ``"axis"``, ``"arithmetic"``, ``"neighbour"`` 가운데 하나.
    """

    title = "잠재공간 탐험기"

    def __init__(self, generator, real, seed=0):
        super().__init__()
        self.lab = LatentLab(generator, real, seed)
        self.mode = "path"
        self.modes = w.ToggleButtons(options=list(MODES.items()), description="보기", style=BROAD)
        self.words = w.Text(description="A - B + C", continuous_update=False, style=BROAD)
        self.controls = {
            "start": self.int_slider("시작 z의 번호", 0, POOL - 1, lambda start: self.set(start=start)),
            "end": self.int_slider("끝 z의 번호", 0, POOL - 1, lambda end: self.set(end=end)),
            "axis": self.int_slider("움직일 축", 0, generator.nz - 1, lambda axis: self.set(axis=axis)),
            "kind": w.ToggleButtons(options=[("구면", "slerp"), ("직선", "lerp")], description="보간"),
            "words": self.words,
        }
        self.on_change(self.modes, self.show)
        self.on_change(self.words, self.set_words)
        self.on_change(self.controls["kind"], lambda kind: self.set(kind=kind))
        row = side_by_side(*self.controls.values())
        self.lay_out("latent-explorer", self.modes, row, self.message, self.picture)

    def show(self, mode):
        """``mode``를 봅니다. 없는 ``mode``면 ``LessonError``이고, 그때는 아무것도 바뀌지 않습니다."""
        self.mode = choose("mode =", mode, MODES.values())
        self.refresh()

    def set(self, **choice):
        """``start``, ``end``, ``axis``, ``kind``를 바꿉니다."""
        self.do(self.lab.choose, **choice)

    def set_words(self, words):
        """산수의 세 글자를 정합니다. 예: ``"가 고 노"``는 가 - 고 + 노."""
        self.do(self.lab.set_words, words)

    def row(self):
        """지금 보는 것의 ``Row``."""
        return getattr(self.lab, f"{self.mode}_row")()

    def figure(self):
        """지금 보는 것의 정지 그림(``matplotlib.figure.Figure``)."""
        row = self.row()
        words = [f"{word}\n{read}" for word, read in zip(row.words, _readings(row), strict=True)]
        return pictures_with_words(row.images, words, len(words), title=row.title)

    def sync(self):
        self.modes.value = self.mode
        for name, control in self.controls.items():
            control.value = " ".join(self.lab.words) if name == "words" else getattr(self.lab, name)
            control.layout.display = "" if name in CONTROLS[self.mode] else "none"

    def draw(self):
        try:
            row = self.row()
        except LessonError as error:  # 이 생성자로는 볼 수 없는 것. 이유가 그림 자리에 나옵니다.
            return svg.document(WIDTH, 250, svg.paragraph(10, 30, str(error), 70, 26, 17), str(error))
        parts = [svg.text(10, 30, row.title, 19, bold=True)]
        readings = _readings(row)
        for i, (word, said, sure) in enumerate(zip(row.words, readings, row.confidence, strict=True)):
            x = 10 + i * (PICTURE + GAP)
            center = x + PICTURE / 2
            parts.append(svg.text(center, 62, word, 16, anchor="middle"))
            parts.append(thumbnail((x, 72, PICTURE, PICTURE), row.images[i]))
            color = BLUE if sure >= CONFIDENT else ORANGE
            parts.append(svg.text(center, 196, said, 20, color, "middle", bold=True))
        if self.mode == "arithmetic":
            parts.append(svg.text(10, 236, self._verdict(row), 17))
        else:
            words = f"그림 아래는 리더가 읽은 글자입니다. 확신이 {CONFIDENT:.0%} 미만이면 주황색 물음표가 붙습니다."
            parts.append(svg.text(10, 236, words, 15, svg.GRAY))
        return svg.document(WIDTH, 250, parts, f"{row.title}: {' '.join(readings)}")

    def _verdict(self, row):
        wanted, found = self.lab.expected(), _readings(row)[-1]
        if wanted is None:
            return f"리더는 {found}(으)로 읽었습니다. 세 글자의 초성과 중성이 맞물리지 않아 정답은 정할 수 없습니다."
        same = "뜻대로 되었습니다" if row.syllables[-1] == wanted else "뜻대로 되지 않았습니다"
        return f"뜻대로라면 {wanted}, 리더가 읽은 것은 {found}. {same}."


def _readings(row):
    return [
        f"{syllable}{'' if sure >= CONFIDENT else '?'}"
        for syllable, sure in zip(row.syllables, row.confidence, strict=True)
    ]
