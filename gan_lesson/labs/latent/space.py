"""잠재공간을 눌러 보는 실험의 몸통. 화면은 ``widget.py``입니다."""

from collections import Counter, namedtuple
from functools import cached_property
from itertools import product

import torch

from gan_lesson.base.errors import LessonError, choose, quote
from gan_lesson.base.seeds import stream_seed
from gan_lesson.data.hangul import compose, decompose
from gan_lesson.data.images import to_unit_range
from gan_lesson.labs.latent import paths
from gan_lesson.metrics.hangul_reader import as_input, read
from gan_lesson.metrics.image_quality import nearest
from gan_lesson.models import generate

POOL = 600  # 미리 만들어 읽어 두는 그림의 수
STEPS = 9  # 한 줄에 보여 줄 그림의 수
AXIS_RANGE = (-3.0, 3.0)

# 그림 한 줄: 설명, 그림마다 위에 붙는 글, z (N, nz) 또는 None(진짜), 그림 (N, nc, H, W), 읽은 글자와 확신
Row = namedtuple("Row", "title words z images syllables confidence")


class LatentLab:
    """생성자 하나의 잠재공간.

    Args:
        generator: 평가 모드의 ``Generator``.
        real: 진짜 그림 (M, nc, H, W), [-1, 1]. 이웃을 찾을 곳입니다.
        seed: 미리 뽑는 z의 시드.

    Attributes:
        z: (POOL, nz). reading: 그 그림들을 읽은 ``Reading``.
        start, end: 길의 두 끝(z의 번호). kind: ``"slerp"``나 ``"lerp"``. axis: 움직일 축.
        words: 산수의 세 글자 (A, B, C): A - B + C.
    """

    def __init__(self, generator, real, seed=0):
        self.generator = generator
        self.real = to_unit_range(real) if real.dtype == torch.uint8 else real
        rng = torch.Generator().manual_seed(stream_seed(seed, "latent-lab"))
        self.z = torch.randn(POOL, generator.nz, generator=rng)
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
        chosen = (self.reading.labels == torch.tensor(decompose(syllable))).all(1) & self._legible
        if (count := int(chosen.sum())) < paths.ENOUGH:
            known = ", ".join(self.known()[:8])
            advice = f"{known} 같은 글자를 고르세요" if known else "더 배운 생성자를 쓰세요"
            raise LessonError(
                f"글자 {quote(syllable)}: 이 생성자가 {POOL}장 가운데 {count}장만 만들어 평균을 낼 수 없습니다. {advice}."
            )
        return self.z[chosen].mean(0)

    def path_row(self):
        """두 끝 사이의 길."""
        z = paths.path(self.z[self.start], self.z[self.end], STEPS, self.kind)
        words = [f"{share:.0%}" for share in torch.linspace(0, 1, STEPS).tolist()]
        return self._row(f"{self.start}번 z에서 {self.end}번 z까지({self.kind})", words, z)

    def axis_row(self):
        """한 끝의 z에서 원소 하나만 움직인 것."""
        values = torch.linspace(*AXIS_RANGE, STEPS)
        z = paths.along_axis(self.z[self.start], self.axis, values)
        words = [f"{value:+.2f}" for value in values.tolist()]
        return self._row(f"{self.start}번 z의 {self.axis}번 원소만 바꾸기", words, z)

    def arithmetic_row(self):
        """A - B + C: 초성은 그대로 두고 중성을 바꾸거나, 그 반대."""
        first, minus, plus = self.words
        means = [self.mean_of(word) for word in self.words]
        z = torch.stack([*means, means[0] - means[1] + means[2]])
        words = [first, f"- {minus}", f"+ {plus}", "="]
        return self._row(f"평균 z의 산수: {first} - {minus} + {plus}", words, paths.on_shell(z))

    def expected(self):
        """산수가 뜻대로라면 나올 글자. 초성과 중성을 저마다 A - B + C로 따집니다. 정할 수 없으면 ``None``."""
        a, b, c = (decompose(word) for word in self.words)
        parts = []
        for x, y, w in zip(a, b, c, strict=True):
            if y == w:
                parts.append(x)
            elif x == y:
                parts.append(w)
            else:
                return None
        return compose(*parts)

    def neighbour_row(self):
        """한 끝의 그림과, 픽셀과 특징에서 가장 가까운 진짜."""
        made = self.make(self.z[self.start : self.start + 1])
        pixel, _ = nearest(as_input(made), as_input(self.real))
        feature, _ = nearest(read(made).features, self._real_features)
        images = torch.cat([made, self.real[pixel], self.real[feature]])
        words = ["만든 그림", "픽셀", "특징"]
        return self._row(f"{self.start}번 그림과 가장 가까운 진짜", words, None, images)

    def set_words(self, words):
        """산수의 세 글자를 정합니다. 글자가 아니거나 평균을 낼 수 없으면 ``LessonError``."""
        words = tuple(words.split())
        if len(words) != 3 or max(map(len, words)) > 1:
            raise LessonError(
                f"산수의 글자 {quote(' '.join(words))}: 글자 셋을 빈칸으로 나누어 적으세요. "
                f"예: {' '.join(self._default_words())}"
            )
        for word in words:
            self.mean_of(word)
        self.words = words

    def choose(self, start=None, end=None, axis=None, kind=None):
        """두 끝과 축, 보간의 종류를 고릅니다."""
        counts = {"start": POOL, "end": POOL, "axis": self.z.shape[1]}
        chosen = dict(start=start, end=end, axis=axis, kind=kind)
        chosen = {name: value for name, value in chosen.items() if value is not None}
        for name, value in chosen.items():
            if name == "kind":
                choose("kind =", value, paths.PATHS)
            elif type(value) is not int or not 0 <= value < counts[name]:
                raise LessonError(
                    f"{name} = {quote(value)}: 0 이상 {counts[name] - 1} 이하의 정수여야 합니다."
                )
        vars(self).update(chosen)

    def _default_words(self):
        """자주 나온 글자에서 고른 (A, B, C): B와 A는 초성이, B와 C는 중성이 같은 것."""
        for b, a, c in product(self.known(), repeat=3):
            (ia, va, _), (ib, vb, _), (ic, vc, _) = map(decompose, (a, b, c))
            if ia == ib and va != vb and vc == vb and ic != ib:
                return a, b, c
        return ("가", "고", "노")

    def _row(self, title, words, z, images=None):
        images = self.make(z) if images is None else images
        reading = read(images)
        return Row(title, words, z, images, reading.syllables, reading.confidence.tolist())
