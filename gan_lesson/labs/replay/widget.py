"""학습을 되짚어 보기: 고정된 z의 그림을 시간에 따라 밀어 보고, '내가 구분자'가 되어 봅니다."""

from collections import namedtuple

import ipywidgets
import numpy as np

from gan_lesson.base.errors import LessonError
from gan_lesson.base.seeds import stream_seed
from gan_lesson.iteration import HISTORY_COLUMNS
from gan_lesson.labs import svg
from gan_lesson.labs.charts import history_curves, thumbnail, training_picture
from gan_lesson.labs.widget import LessonWidget, side_by_side

COUNT = 10  # 한 번에 판정할 그림의 수. 반은 진짜입니다.

# 한 번의 결과. person과 discriminator는 맞힌 비율 [0, 1]입니다.
Score = namedtuple("Score", "iteration person discriminator")


class HumanQuiz:
    """``Record``(``Trainer``나 기록)의 순간마다 그림 열 장을 냅니다.

    Attributes:
        iteration: 지금 순간의 반복 번호.
        images: 지금의 열 장 (10, nc, H, W) uint8.
        truth: 진짜인지 (10,) bool.
    """

    def __init__(self, record):
        self._record = record
        self._round, self.scores = 0, []
        self.ask(max(record.snapshots))

    def ask(self, iteration):
        """그림을 남긴 순간인 ``iteration``의 새 열 장을 고릅니다."""
        fakes = self._record.snapshots[iteration]
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
        """열 장마다 진짜라고 보면 ``True``, 모두 다섯. 사람과 D의 ``Score``를 돌려주고 ``scores``에 모읍니다."""
        if (count := sum(guesses)) != COUNT // 2:
            raise LessonError(f"진짜라고 고른 그림 {count}장: 열 장 가운데 다섯 장을 고르세요.")
        person = float(np.mean(np.array(guesses) == self.truth))
        machine = float(np.mean((self.d_answers > 0.5) == self.truth))
        self.scores.append(Score(self.iteration, person, machine))
        return self.scores[-1]


class Scrubber(LessonWidget):
    """학습을 되짚어 보는 위젯. ``trainer``(``Record``)가 남긴 그림(``snapshots``)과 기록(``history``)을 봅니다.

    ``moments``는 그림을 남긴 반복 번호들, ``moment``는 지금 보고 있는 것의 차례(0부터)입니다.
    """

    title = "학습 되짚어 보기"

    def __init__(self, trainer):
        super().__init__()
        self.trainer = trainer
        self.moments = sorted(trainer.snapshots)
        self.moment = len(self.moments) - 1
        self._curves = history_curves(trainer.history)
        self.quiz = HumanQuiz(trainer)
        moments = [(f"반복 {iteration:,}", i) for i, iteration in enumerate(self.moments)]
        self.slider = self.control(
            ipywidgets.SelectionSlider, "순간", self.go, options=moments, layout={"width": "620px"}
        )
        # 막대를 미는 동안은 그림만 바꾸고, 막대가 멈추면 브라우저가 이 단추를 누릅니다(live.html).
        self.settled = self.button("막대가 멈춤", self.ask)
        self.settled.layout.display = "none"
        self.settled.add_class("gan-lesson-settled")
        self.lay_out("scrubber", self.slider, self.picture, self._quiz_panel(), self.message, self.settled)
        self.ask()

    def go(self, moment):
        """``moment``번째 순간의 그림을 봅니다. 열 장은 ``ask``가 바꿉니다."""
        self.moment = int(np.clip(moment, 0, len(self.moments) - 1))
        self.refresh()

    def ask(self):
        """지금 순간의 그림 열 장을 새로 냅니다."""
        self.quiz.ask(self.moments[self.moment])
        for i, (image, pixels) in enumerate(zip(self._images, self.quiz.images, strict=True), 1):
            parts = [svg.text(8, 30, f"{i}", svg.SMALL, anchor="middle"), thumbnail((18, 0, 48, 48), pixels)]
            image.value = svg.document(66, 48, parts, f"{i}번 그림: 진짜일까요, 가짜일까요?")
        for button in self._guesses:
            button.value, button.disabled, button.description = False, False, "가짜"
        self._done.disabled = False
        self.refresh()

    def answer(self, guesses=None):
        """열 장에 답합니다. 기본은 단추들의 지금 값입니다(눌린 것이 진짜)."""
        if guesses is None:
            guesses = [button.value for button in self._guesses]
        score = self.quiz.answer(guesses)
        for button, real, guess in zip(self._guesses, self.quiz.truth, guesses, strict=True):
            button.description = f"{'진짜' if real else '가짜'} {'○' if guess == real else '×'}"
            button.disabled = True
        self._done.disabled = True  # 답을 보았으니 같은 열 장에 다시 답하지는 않습니다.
        rounds, mean = self.quiz.scores, (np.mean([s[1:] for s in self.quiz.scores], 0))
        self.say(
            f"반복 {score.iteration:,}: 나 {score.person:.0%}, 그때의 D {score.discriminator:.0%}. 지금까지 "
            f"{len(rounds)}번의 평균은 나 {mean[0]:.0%}, D {mean[1]:.0%}입니다.\n"
            "단추의 글이 정답이고 ○는 맞힌 것입니다. 더 하려면 '다른 열 장'을 누르세요."
        )

    def draw(self):
        iteration, history, words = self.moments[self.moment], self.trainer.history, ""
        if iteration:
            recent = {n: np.mean(history[n][max(0, iteration - 20) : iteration]) for n in HISTORY_COLUMNS[:4]}
            words = (
                " · Loss_D {loss_d:.3f} · Loss_G {loss_g:.3f} · D(x) {d_x:.2f} · D(G(z)) {d_gz_before:.2f}"
            )
            words = f"{words.format(**recent)} (최근 20번 평균)"
        images = self.trainer.snapshots[iteration]
        return training_picture(f"반복 {iteration:,}{words}", images, self._curves, cursor=iteration)

    def sync(self):
        self.slider.value = self.moment

    def _quiz_panel(self):
        self._images = [ipywidgets.HTML(layout={"width": "66px"}) for _ in range(COUNT)]
        self._guesses = [
            ipywidgets.ToggleButton(description="가짜", tooltip=f"{i + 1}번 그림", layout={"width": "66px"})
            for i in range(COUNT)
        ]
        for button in self._guesses:
            button.observe(_name_guess, names="value")
        self._done = self.button("채점", self.answer, button_style="primary")
        words = ipywidgets.HTML(
            "<b>내가 구분자.</b> 열 장 가운데 다섯 장이 진짜입니다. 진짜라고 생각하는 것을 누르고 채점하세요."
        )
        cells = [ipywidgets.VBox(pair) for pair in zip(self._images, self._guesses, strict=True)]
        row = side_by_side(words, self._done, self.button("다른 열 장", self.ask), align_items="center")
        return ipywidgets.VBox([row, side_by_side(*cells)])


def _name_guess(change):
    change["owner"].description = "진짜" if change["new"] else "가짜"
