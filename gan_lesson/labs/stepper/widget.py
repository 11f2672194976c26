"""한 걸음씩: 진짜 DCGAN의 한 반복을 단계마다 멈추고, 되감고, 예측하고, 이어서 돌립니다."""

import ipywidgets

from gan_lesson.labs.stepper.phases import PhaseStepper
from gan_lesson.labs.stepper.picture import stepper_picture
from gan_lesson.labs.stepper.quiz import UP_DOWN, YES_NO, PhaseQuiz
from gan_lesson.labs.widget import PlayingWidget
from gan_lesson.plots import real_beside_fake

WIDE = {"width": "auto"}


class Stepper(PlayingWidget):
    """한 걸음씩 위젯.

    단추로 하는 일을 메서드로도 합니다: ``next()``, ``back()``, ``step()``, ``predict("up")``.

    Args:
        config, data, device: ``PhaseStepper``에 그대로 넘깁니다.

    Attributes:
        phases: 몸통인 ``PhaseStepper``.
        quiz: '예측해 보기'의 몸통인 ``PhaseQuiz``.
    """

    title = "한 걸음씩"

    def __init__(self, config=None, data=None, device=None):
        super().__init__()
        self.phases = PhaseStepper(config, data, device)
        self.quiz = PhaseQuiz(self.phases)
        self.back_button = self._button("이전", self.back)
        self.next_button = self._button("다음", self.next, "primary")
        step_button = self._button("한 반복", self.step)
        self.question = ipywidgets.HTML()
        self.guesses = {
            guess: self._button(words, lambda guess=guess: self.predict(guess))
            for guess, words in (UP_DOWN | YES_NO).items()
        }
        buttons = [self.back_button, self.next_button, step_button, self.clock.view]
        wrap = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        self.lay_out(
            "stepper",
            ipywidgets.HBox(buttons, layout=wrap),
            ipywidgets.HBox([self.question, *self.guesses.values()], layout=wrap),
            self.message,
            self.picture,
        )
        self.refresh()

    def next(self):
        """다음 단계 하나."""
        self._do(self.phases.next)

    def back(self):
        """한 단계 되감기."""
        self._do(self.phases.back)

    def step(self, count=1):
        """지금 반복을 끝까지, 그리고 모두 ``count``번."""
        self._do(lambda: [self.phases.step() for _ in range(count)])

    def predict(self, guess):
        """지금 물음에 답하고 다음 단계로 나아갑니다. 답의 이름은 ``quiz.question.choices``에 있습니다."""
        self.say(self._do(self.quiz.answer, guess))

    def advance(self):
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

    def _button(self, words, action, style=""):
        button = ipywidgets.Button(description=words, button_style=style, layout=dict(WIDE))
        # 사람이 단추를 누르면 재생을 멈추고 그 자리에서 시작합니다.
        self.on_click(button, lambda: (self.clock.stop(), action()))
        return button

    def _do(self, action, *values):
        with self.lock:
            try:
                return action(*values)
            finally:
                self.refresh()
