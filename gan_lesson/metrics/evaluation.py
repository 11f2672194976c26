"""생성자 하나의 성적표: 만든 그림을 진짜와 비교해 잰 것과 그림 하나."""

from dataclasses import dataclass

import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.base.seeds import stream_seed
from gan_lesson.data.hangul import LABEL_NAMES, compose
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.metrics.image_quality import Judge, Scores, apart, distinct, memorized, nearest
from gan_lesson.metrics.plots import beside_neighbours, reading_board
from gan_lesson.models import generate
from gan_lesson.training.diagnosis import ALIKE, spread

SAMPLES = 1000  # 성적을 잴 때의 그림 수
SHOWN = 40  # 그림에 보여 줄 수
FEW = 30  # 서로 다른 진짜가 이보다 적으면 값이 표본마다 크게 달라진다고 알립니다.


def evaluation_z(generator, count=SAMPLES, seed=0):
    """성적을 재고 ``sample``이 그리는 z (count, nz): ``generator``가 배운 분포의 것이고, 학습의 난수와는 따로입니다.

    ``count``를 늘려도 앞의 것은 그대로입니다. torch.randn은 모두 몇 개를 뽑는지에 따라 마지막 16개가 달라지므로
    16줄씩 뽑습니다.
    """
    rng = torch.Generator().manual_seed(stream_seed(seed, "evaluate"))
    return torch.cat([generator.draw_z(16, rng) for _ in range(0, count, 16)])[:count]


@dataclass(frozen=True)
class Evaluation:
    """평가 하나.

    Attributes:
        data, count, seed: 비교한 데이터의 이름, 그림의 수, z를 뽑은 시드.
        scores: 한글이면 ``Scores``, 아니면 ``None``. notes: 값을 읽을 때 알아야 할 것.
        memorized: ``Scores.memorized``와 같은 것. 잴 수 없으면 ``None``.
        diversity: 만든 그림끼리의 평균 픽셀 거리 ÷ 진짜끼리의 것. 잴 수 없으면 ``None``.
    """

    data: str
    count: int
    seed: int
    scores: Scores | None
    memorized: float | None
    diversity: float | None
    notes: tuple = ()

    def report(self):
        """사람이 읽는 성적표."""
        lines = [f"{self.data}, 그림 {self.count:,}장(시드 {self.seed})"]
        if s := self.scores:
            lines += [
                f"  읽히는 비율   {s.readable:6.1%}   데이터의 글자 하나로 자신 있게 읽히는 그림",
                f"  글자의 종류   {s.covered:6.1%}   데이터의 글자 가운데 한 번이라도 나온 것",
                f"  고른 정도     {s.balance:6.2f}   1이면 글자들이 고르게, 0이면 하나만",
                f"  FID           {s.fid:6.2f}   리더의 특징에서, 작을수록 좋음",
                f"  KID           {s.kid:6.3f}   리더의 특징에서, 작을수록 좋음",
                f"  정밀도        {s.precision:6.2f}   그럴듯함",
                f"  재현율        {s.recall:6.2f}   다양함",
            ]
        if self.memorized is not None:
            lines.append(f"  진짜와의 거리 {self.memorized:6.2f}   0이면 베낀 것, 1이면 진짜끼리만큼")
        if self.diversity is not None:
            lines.append(f"  다양성        {self.diversity:6.2f}   0이면 모두 같은 그림, 1이면 진짜만큼")
        return "\n".join(lines + [f"  ({note})" for note in self.notes])


def evaluate(generator, data, count=SAMPLES, seed=0):
    """``generator``(CPU의 ``Generator``)를 ``data``(``ImageSet``)와 비교한 (``Evaluation``, 그림 하나(Figure)).

    ``count``가 진짜의 수를 넘으면 진짜의 수로 줄입니다.
    """
    count = min(count, len(data))
    fake = generate(generator, evaluation_z(generator, count, seed))
    real = data.take(range(count))
    if not fake.isfinite().all():
        raise LessonError(
            "생성자가 만든 그림에 수가 아닌 값(NaN이나 무한대)이 있어 잴 수 없습니다. 발산한 학습이니 lr을 낮추어 다시 "
            "학습하세요."
        )
    different = distinct(real)
    diversity = spread(fake) / spread(different) if len(different) > 1 else None
    notes = []
    if data.label_names == LABEL_NAMES:
        syllables = sorted({compose(*map(int, label)) for label in data.labels})
        scores = Judge(real, syllables).score(fake)
        distance = scores.memorized
        title = f"만든 그림과 리더가 읽은 글자: {scores.readable:.0%}를 읽음"
        picture = reading_board(fake[:SHOWN], read(fake[:SHOWN]), syllables, 10, title)
    else:
        scores, distance = None, memorized(fake, real, apart(real))
        notes.append("한글이 아니어서 글자를 읽는 성적은 재지 않았습니다")
        picture = beside_neighbours(fake, real, nearest(fake, real)[0], columns=10)
    if scores and count < SAMPLES:
        notes.append(f"FID는 그림이 적을수록 크게 나옵니다. {count:,}장으로 잰 것끼리만 비교하세요")
    if len(different) < max(count, FEW):
        notes.append(
            f"비교한 진짜 {count:,}장 가운데 서로 다른 것은 {len(different):,}장입니다. 적으면 값을 크게 믿을 수 없습니다"
        )
    if diversity is not None and diversity < ALIKE:
        notes.append("만든 그림이 서로 비슷합니다. 흐린 그림이면 진짜와의 거리가 작아도 베낀 것이 아닙니다")
    name = f"{data.name} {'×'.join(map(str, fake.shape[1:]))}"
    return Evaluation(name, count, seed, scores, distance, diversity, tuple(notes)), picture
