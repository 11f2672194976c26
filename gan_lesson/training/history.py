"""학습의 기록: 반복마다의 손실과 D의 답(``History``), 거기에 그림까지 모은 것(``Record``)."""

import csv
import io
import math
from dataclasses import dataclass, field

import numpy as np
import torch

from gan_lesson.config import LessonConfig
from gan_lesson.iteration import HISTORY_COLUMNS

# 장치에 모아 둔 통계를 이만큼의 반복마다 한 번 읽습니다. 반복마다 읽으면 GPU가 기다립니다.
READ_EVERY = 20


class History:
    """반복마다의 통계. ``history["loss_d"]``처럼 열의 이름으로 꺼내면 반복 수만큼의 float 목록입니다.

    열은 ``loss_d``, ``loss_g``, ``d_x``(진짜 배치의 평균 D(x)), ``d_gz_before``와 ``d_gz_after``(D 갱신 전과 후의 평균
    D(G(z)))입니다. ``diverged``는 처음으로 수가 아닌 값(NaN이나 무한대)이 나온 반복의 번호이거나 ``None``입니다.
    """

    def __init__(self, rows=()):
        self.diverged = None
        self._rows, self._pending = list(rows), []

    def __len__(self):
        return len(self._rows) + len(self._pending)

    def __getitem__(self, column):
        index = HISTORY_COLUMNS.index(column)
        return [row[index] for row in self.rows]

    @property
    def rows(self):
        """(loss_d, loss_g, d_x, d_gz_before, d_gz_after)의 목록."""
        self.read()
        return self._rows

    def append(self, statistics):
        """``engine.run``이 돌려준 (5,) 텐서를 더합니다. 아직 수로 바꾸지 않습니다."""
        self._pending.append(statistics)
        if len(self._pending) >= READ_EVERY:
            self.read()

    def read(self):
        """장치에 모아 둔 통계를 마저 읽습니다."""
        if self._pending:
            new = torch.stack(self._pending).tolist()
            self._pending.clear()
            if self.diverged is None:
                rows = enumerate(new, len(self._rows) + 1)
                self.diverged = next((i for i, row in rows if not all(map(math.isfinite, row))), None)
            self._rows += new

    def last(self, count=1):
        """마지막 ``count``번 반복의 열마다의 평균. 열 이름 → float."""
        rows = self.rows[-count:]
        return {name: sum(row[i] for row in rows) / len(rows) for i, name in enumerate(HISTORY_COLUMNS)}

    def to_csv(self):
        """첫 줄이 열 이름이고, ``iteration``이 1부터 세는 CSV 글."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["iteration", *HISTORY_COLUMNS])
        for i, row in enumerate(self.rows, start=1):
            writer.writerow([i, *map(repr, row)])
        return text.getvalue()

    @classmethod
    def from_csv(cls, text):
        """``to_csv``가 쓴 글에서 다시 만듭니다. 값이 비트까지 같습니다."""
        _, *rows = csv.reader(io.StringIO(text))
        return cls([[float(value) for value in values] for _, *values in rows])


@dataclass(eq=False)
class Record:
    """학습 하나가 남긴 것. ``Trainer``가 늘려 가고, 체크포인트와 기록 파일이 담고, 되짚어 보는 위젯이 봅니다.

    Attributes:
        config: 학습한 ``LessonConfig``.
        reals: 판정에 쓰는 진짜 그림 (M, nc, H, W) uint8. 데이터의 처음 64장(적으면 그만큼)입니다.
        history: ``History``.
        snapshots: 반복 번호 → 고정된 z의 그림 (64, nc, H, W) uint8 텐서.
        judgements: 반복 번호 → (진짜 ``reals``, 그 순간의 가짜)에 대한 D의 답, 둘 다 (M,) float32 텐서.
        seconds: 학습에 쓴 시간(초). 이어서 돌리면 더해집니다.
    """

    config: LessonConfig
    reals: np.ndarray
    history: History = field(default_factory=History)
    snapshots: dict = field(default_factory=dict)
    judgements: dict = field(default_factory=dict)
    seconds: float = 0.0
