"""한 걸음씩: 진짜 DCGAN의 한 반복을 단계마다 멈추고, 되감고, 예측하고, 이어서 돌립니다."""

from functools import partial

import ipywidgets

from gan_lesson.labs.prediction import UP_DOWN, YES_NO
from gan_lesson.labs.stepper.phases import PhaseStepper
from gan_lesson.labs.stepper.picture import stepper_picture
from gan_lesson.labs.stepper.quiz import PhaseQuiz
from gan_lesson.labs.widget import PlayingWidget, side_by_side
from gan_lesson.plots import real_beside_fake


class Stepper(PlayingWidget):
    """한 걸음씩 위젯.

    단추로 하는 일을 메서드로도 합니다: ``next()``, ``back()``, ``step()``, ``predict("up")``. 인자는 몸통인
    ``phases``(``PhaseStepper``)의 것입니다.
    """

    title = "한 걸음씩"

    def __init__(self, config=None, data=None, improve=()):
        super().__init__()
        self.phases = PhaseStepper(config, data, improve=improve)
        self.quiz = PhaseQuiz(self.phases)
        self.back_button = self.step_button("이전", self.back)
        self.next_button = self.step_button("다음", self.next, button_style="primary")
        self.question = ipywidgets.HTML()
        self.guesses = {
            guess: self.step_button(words, partial(self.predict, guess))
            for guess, words in (UP_DOWN | YES_NO).items()
        }
        step_button = self.step_button("한 반복", self.step)
        self.lay_out(
            "stepper",
            side_by_side(
                self.back_button, self.next_button, step_button, self.clock.view,
                side_by_side(self.question, *self.guesses.values(), align_items="center"),
                align_items="center",
            ),
            self.message,
            self.picture,
        )  # fmt: skip

    def next(self):
        """다음 단계 하나."""
        self.do(self.phases.next)

    def back(self):
        """한 단계 되감기."""
        self.do(self.phases.back)

    def predict(self, guess):
        """지금 물음에 답하고 다음 단계로 나아갑니다. 답의 이름은 ``quiz.question.choices``에 있습니다."""
        self.say(self.do(self.quiz.answer, guess))

    def advance(self):
        """지금 반복을 끝까지."""
        self.phases.step()

    def figure(self):
        """진짜와 지금의 가짜를 나란히 놓은 정지 그림(``matplotlib.figure.Figure``)."""
        real = self.phases.data.take(range(16))
        return real_beside_fake(real, self.phases.state.sample()[:16].cpu(), columns=4)

    def draw(self):
        return stepper_picture(self.phases)

    def sync(self):
        self.back_button.disabled = not self.phases.steps_back
        question = self.quiz.question
        self.question.value = f"<b>예측해 보기.</b> {question.text}" if question else ""
        for guess, button in self.guesses.items():
            shown = question is not None and guess in question.choices
            button.layout.display = "" if shown else "none"
