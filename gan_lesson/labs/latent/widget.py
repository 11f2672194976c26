"""잠재공간 탐험기: 두 z 사이의 길, 축 하나, z의 산수, 가장 가까운 진짜. 그림마다 리더가 읽은 글자가 붙습니다."""

import re
from collections import Counter, namedtuple
from functools import cached_property
from itertools import product

import ipywidgets as w
import torch

from gan_lesson.base.errors import LessonError, choose, quote
from gan_lesson.base.seeds import stream_seed
from gan_lesson.data.hangul import compose, decompose
from gan_lesson.data.images import to_unit_range
from gan_lesson.labs import svg
from gan_lesson.labs.charts import thumbnail
from gan_lesson.labs.latent import paths
from gan_lesson.labs.widget import LessonWidget, side_by_side
from gan_lesson.metrics.hangul_reader import CONFIDENT, as_input, read
from gan_lesson.metrics.image_quality import nearest
from gan_lesson.metrics.plots import pictures_with_words
from gan_lesson.models import generate
from gan_lesson.plots import BLUE, ORANGE

WIDTH, HEIGHT, LARGEST, GAP = 1000, 322, 168, 12
MODES = {"두 z 사이의 길": "path", "축 하나": "axis", "z의 산수": "arithmetic", "가까운 진짜": "neighbour"}
# 보는 것 → 그때 보일 조절 장치
CONTROLS = {
    "path": ("start", "end", "kind"), "axis": ("start", "axis"),
    "arithmetic": ("words",), "neighbour": ("start",),
}  # fmt: skip
KINDS = {"slerp": "구면", "lerp": "직선"}
POOL = 600  # 미리 만들어 읽어 두는 그림의 수
STEPS = 9  # 한 줄에 보여 줄 그림의 수
AXIS_RANGE = (-3.0, 3.0)

# 그림 한 줄: 설명, 그림마다 위에 붙는 글, 그림 (N, nc, H, W), 리더가 읽은 글자, 확신이 없으면 물음표를 붙인 것
Row = namedtuple("Row", "title words images syllables readings")


class LatentLab:
    """생성자(평가 모드) 하나의 잠재공간. ``real``: 이웃을 찾을 진짜 그림 (M, nc, H, W), [-1, 1]나 uint8.

    Attributes:
        z: (POOL, nz). reading: 그 그림들을 읽은 ``Reading``.
        start, end: 길의 두 끝(z의 번호). kind: ``"slerp"``나 ``"lerp"``. axis: 움직일 축.
        words: 산수의 세 글자 (A, B, C): A - B + C.
    """

    def __init__(self, generator, real, seed=0):
        self.generator = generator
        self.real = to_unit_range(real) if real.dtype == torch.uint8 else real
        rng = torch.Generator().manual_seed(stream_seed(seed, "latent-lab"))
        self.z = generator.draw_z(POOL, rng)
        self.reading = read(self.make(self.z))
        self._legible = self.reading.confidence >= 0.5
        sure = (self.reading.confidence >= 0.9).nonzero().flatten().tolist() or list(range(POOL))
        self.start, self.end = sure[0], sure[len(sure) // 2]
        self.kind, self.axis = "slerp", 0
        self.words = self._default_words()

    def make(self, z):
        """z (N, nz)로 만든 그림 (N, nc, H, W). 생성자가 어느 장치에 있든 z도 그림도 CPU에 있습니다."""
        return generate(self.generator, z.to(next(self.generator.parameters()).device)).cpu()

    @cached_property
    def _real_features(self):
        return read(self.real).features

    def known(self):
        """평균을 낼 만큼 자주 만들어진 글자들, 많이 나온 차례."""
        read_well = zip(self.reading.syllables, self._legible.tolist(), strict=True)
        counts = Counter(syllable for syllable, legible in read_well if legible)
        return [syllable for syllable, count in counts.most_common() if count >= paths.ENOUGH]

    def mean_of(self, syllable):
        """``syllable``로 읽힌 z들의 평균 (nz,)."""
        if syllable not in (known := self.known()):
            advice = f"{', '.join(known[:8])} 같은 글자를 고르세요" if known else "더 배운 생성자를 쓰세요"
            raise LessonError(
                f"글자 {quote(syllable)}: 이 생성자가 {POOL}장 가운데 몇 장 만들지 않아 평균을 낼 수 없습니다. {advice}."
            )
        labels = torch.tensor(decompose(syllable))
        return paths.mean_z(self.z, (self.reading.labels == labels).all(1) & self._legible)

    def path_row(self):
        """두 끝 사이의 길."""
        z = paths.path(self.z[self.start], self.z[self.end], STEPS, self.kind)
        words = [f"{share:.0%}" for share in torch.linspace(0, 1, STEPS).tolist()]
        return self._row(
            f"{self.start}번 z에서 {self.end}번 z까지({KINDS[self.kind]} 보간)", words, self.make(z)
        )

    def axis_row(self):
        """한 끝의 z에서 원소 하나만 움직인 것."""
        values = torch.linspace(*AXIS_RANGE, STEPS)
        z = paths.along_axis(self.z[self.start], self.axis, values)
        words = [f"{value:+.2f}" for value in values.tolist()]
        return self._row(f"{self.start}번 z의 {self.axis}번 원소만 바꾸기", words, self.make(z))

    def arithmetic_row(self):
        """A - B + C: 초성은 그대로 두고 중성을 바꾸거나, 그 반대."""
        first, minus, plus = self.words
        means = [self.mean_of(word) for word in self.words]
        z = paths.on_shell(torch.stack([*means, means[0] - means[1] + means[2]]))
        words = [first, f"- {minus}", f"+ {plus}", "="]
        return self._row(f"평균 z의 산수: {first} - {minus} + {plus}", words, self.make(z))

    def expected(self):
        """산수가 뜻대로라면 나올 글자. 초성과 중성을 저마다 A - B + C로 따집니다. 정할 수 없으면 ``None``."""
        parts = list(zip(*map(decompose, self.words), strict=True))
        if any(b not in (a, c) for a, b, c in parts):
            return None
        return compose(*(a if b == c else c for a, b, c in parts))

    def neighbour_row(self):
        """한 끝의 그림과, 픽셀과 특징에서 가장 가까운 진짜."""
        made = self.make(self.z[self.start : self.start + 1])
        pixel, _ = nearest(as_input(made), as_input(self.real))
        feature, _ = nearest(read(made).features, self._real_features)
        images = torch.cat([made, self.real[pixel], self.real[feature]])
        return self._row(f"{self.start}번 그림과 가장 가까운 진짜", ["만든 그림", "픽셀", "특징"], images)

    def choose(self, **chosen):
        """두 끝(``start``, ``end``)과 ``axis``, 보간의 ``kind``, 산수의 ``words``("가 고 노")를 고릅니다.

        없는 번호나 이름, 셋이 아니거나 평균을 낼 수 없는 글자는 ``LessonError``이고, 그때는 아무것도 바뀌지 않습니다.
        """
        counts = {"start": POOL, "end": POOL, "axis": self.z.shape[1]}
        for name, value in chosen.items():
            if name == "kind":
                choose("kind =", value, paths.PATHS)
            elif name == "words":
                chosen[name] = words = tuple(re.findall("[가-힣]", value))
                if len(words) != 3:
                    raise LessonError(f"산수의 글자 {quote(value)}: 글자 셋을 적으세요. 예: 가 - 고 + 노")
                for word in words:
                    self.mean_of(word)
            elif type(value) is not int or not 0 <= value < counts[name]:
                last = counts[name] - 1
                raise LessonError(f"{name} = {quote(value)}: 0 이상 {last} 이하의 정수여야 합니다.")
        vars(self).update(chosen)

    def _default_words(self):
        """자주 나온 글자에서 고른 (A, B, C): B와 A는 초성이, B와 C는 중성이 같은 것."""
        found = []
        for b, a, c in product(self.known(), repeat=3):
            (ia, va, _), (ib, vb, _), (ic, vc, _) = map(decompose, (a, b, c))
            if ia == ib and va != vb and vc == vb and ic != ib:
                found.append((a, b, c))
        for self.words in found[:40]:  # 처음 보는 것이 뜻대로 되는 것이게
            if self.arithmetic_row().syllables[-1] == self.expected():
                return self.words
        return found[0] if found else ("가", "고", "노")

    def _row(self, title, words, images):
        found = read(images)
        pairs = zip(found.syllables, found.confidence.tolist(), strict=True)
        readings = [syllable if sure >= CONFIDENT else f"{syllable}?" for syllable, sure in pairs]
        return Row(title, words, images, found.syllables, readings)


class LatentExplorer(LessonWidget):
    """잠재공간 탐험기. 인자는 몸통인 ``lab``(``LatentLab``)의 것입니다.

    단추로 하는 일을 메서드로도 합니다: ``show("axis")``, ``set(axis=3)``.
    """

    title = "잠재공간 탐험기"

    def __init__(self, generator, real, seed=0):
        super().__init__()
        self.lab = LatentLab(generator, real, seed)
        self.mode, self._words = "path", None
        self.modes = self.control(w.ToggleButtons, "", self.show, options=list(MODES.items()))
        kinds, last_axis = [(f"{words} 보간", kind) for kind, words in KINDS.items()], generator.nz - 1
        self.controls = {
            "start": self._choice("start", w.IntSlider, "시작 z의 번호", max=POOL - 1),
            "end": self._choice("end", w.IntSlider, "끝 z의 번호", max=POOL - 1),
            "axis": self._choice("axis", w.IntSlider, "움직일 축", max=last_axis),
            "kind": self._choice("kind", w.ToggleButtons, "", options=kinds),
            "words": self._choice("words", w.Text, "A - B + C", continuous_update=False),
        }
        row = side_by_side(*self.controls.values())
        self.lay_out("latent-explorer", self.modes, row, self.message, self.picture)

    def _choice(self, name, kind, words, **options):
        return self.control(kind, words, lambda value: self.set(**{name: value}), **options)

    def show(self, mode):
        """``mode``를 봅니다. 없는 ``mode``면 ``LessonError``이고, 그때는 아무것도 바뀌지 않습니다."""
        self.mode = choose("mode =", mode, MODES.values())
        self.refresh()

    def set(self, **choice):
        """몸통의 것을 고릅니다(``LatentLab.choose``). 예: ``set(axis=3)``, ``set(words="가 고 노")``는 가 - 고 + 노."""
        self.do(self.lab.choose, **choice)

    def row(self):
        """지금 보는 것의 ``Row``."""
        return getattr(self.lab, f"{self.mode}_row")()

    def figure(self):
        """지금 보는 것의 정지 그림(``matplotlib.figure.Figure``)."""
        row = self.row()
        words = [f"{word}\n{read}" for word, read in zip(row.words, row.readings, strict=True)]
        return pictures_with_words(row.images, words, len(words), title=row.title)

    def sync(self):
        self.modes.value = self.mode
        for name, control in self.controls.items():
            value = getattr(self.lab, name)
            if name != "words":
                control.value = value
            elif value != self._words:  # 잘못 적은 것은 고쳐 적을 수 있게 그대로 둡니다.
                control.value, self._words = "{} - {} + {}".format(*value), value
            control.layout.display = "" if name in CONTROLS[self.mode] else "none"

    def draw(self):
        try:
            row = self.row()
        except LessonError as error:  # 이 생성자로는 볼 수 없는 것. 이유가 그림 자리에 나옵니다.
            return svg.document(WIDTH, HEIGHT, svg.paragraph(10, 30, str(error), 70, 26, 17), str(error))
        size = min(LARGEST, (WIDTH - 20) / len(row.words) - GAP)
        parts = [svg.text(10, 30, row.title, 19, bold=True)]
        for i, (word, said) in enumerate(zip(row.words, row.readings, strict=True)):
            x = 10 + i * (size + GAP)
            center, color = x + size / 2, ORANGE if said.endswith("?") else BLUE
            parts.append(svg.text(center, 62, word, 16, anchor="middle"))
            parts.append(thumbnail((x, 72, size, size), row.images[i]))
            parts.append(svg.text(center, 100 + size, said, 20, color, "middle", bold=True))
        words = (
            f"그림 아래는 리더가 읽은 글자입니다. 확신이 {CONFIDENT:.0%} 미만이면 주황색 물음표가 붙습니다."
        )
        arithmetic = self.mode == "arithmetic"
        last = (self._verdict(row), 17) if arithmetic else (words, 15, svg.GRAY)
        parts.append(svg.text(10, 140 + size, *last))
        return svg.document(WIDTH, HEIGHT, parts, f"{row.title}: {' '.join(row.readings)}")

    def _verdict(self, row):
        wanted, found = self.lab.expected(), row.readings[-1]
        if wanted is None:
            return f"리더는 {found}(으)로 읽었습니다. 세 글자의 초성과 중성이 맞물리지 않아 정답은 정할 수 없습니다."
        same = "뜻대로 되었습니다" if row.syllables[-1] == wanted else "뜻대로 되지 않았습니다"
        return f"뜻대로라면 {wanted}, 리더가 읽은 것은 {found}. {same}."
