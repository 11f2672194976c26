"""'내가 구분자': 학습의 한 순간에서 고른 그림 열 장을 사람이 판정하고, 그때의 D와 비교합니다."""

from collections import namedtuple

import numpy as np

from gan_lesson.base.errors import LessonError
from gan_lesson.base.seeds import stream_seed

COUNT = 10  # 한 번에 판정할 그림의 수. 반은 진짜입니다.

# 한 번의 결과. person과 discriminator는 맞힌 비율 [0, 1]입니다.
Score = namedtuple("Score", "iteration person discriminator")


class HumanQuiz:
    """``Record``(``Trainer``나 ``Recording``)의 순간마다 그림 열 장을 냅니다.

    Attributes:
        iteration: 지금 순간의 반복 번호.
        images: 지금의 열 장 (10, nc, H, W) uint8.
        truth: 진짜인지 (10,) bool. 답하기 전에는 보지 않기로 합니다.
        scores: 지금까지의 ``Score``들.
    """

    def __init__(self, record):
        self._record = record
        self._round, self.scores = 0, []
        self.ask(max(record.snapshots))

    def ask(self, iteration):
        """``iteration`` 순간의 새 열 장을 고릅니다."""
        fakes = self._record.snapshots.get(iteration)
        if fakes is None:
            kept = ", ".join(map(str, sorted(self._record.snapshots)[:5]))
            raise LessonError(f"반복 {iteration}: 그림을 남긴 순간만 고를 수 있습니다. 예: {kept}, …")
        self._round += 1
        rng = np.random.default_rng([stream_seed(0, "human-quiz"), self._round])
        half = COUNT // 2
        pools, judged = (self._record.reals, fakes.numpy()), self._record.judgements[iteration]
        chosen = [rng.choice(len(pool), half, replace=False) for pool in pools]
        order = rng.permutation(COUNT)
        self.iteration = iteration
        self.images = np.concatenate([pool[i] for pool, i in zip(pools, chosen, strict=True)])[order]
        self.d_answers = np.concatenate([d.numpy()[i] for d, i in zip(judged, chosen, strict=True)])[order]
        self.truth = (np.arange(COUNT) < half)[order]

    def answer(self, guesses):
        """열 장마다 진짜라고 보면 ``True``. 사람과 D의 ``Score``를 돌려주고 적어 둡니다."""
        guesses = list(guesses)
        if len(guesses) != COUNT or not all(isinstance(guess, bool) for guess in guesses):
            raise LessonError(
                f"답 {len(guesses)}개: 그림 {COUNT}장마다 하나씩, 진짜는 True, 가짜는 False로 답하세요."
            )
        person = float(np.mean(np.array(guesses) == self.truth))
        machine = float(np.mean((self.d_answers > 0.5) == self.truth))
        score = Score(self.iteration, person, machine)
        self.scores.append(score)
        return score
