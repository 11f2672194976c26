"""한 걸음씩: 진짜 DCGAN의 한 반복을 단계마다 멈추고, 되감고, 예측하고, 이어서 돌립니다."""

import copy
from functools import partial

import ipywidgets
import torch

from gan_lesson.iteration import PHASES
from gan_lesson.labs.layers import gradient_norm
from gan_lesson.labs.prediction import UP_DOWN, YES_NO, Question, Quiz
from gan_lesson.labs.stepper.phases import LAST, PhaseStepper
from gan_lesson.labs.stepper.picture import stepper_picture
from gan_lesson.labs.widget import PlayingWidget, side_by_side
from gan_lesson.plots import real_beside_fake

# 재는 함수들. 사본으로 재므로 배치 정규화의 통계도, 학습도 건드리지 않습니다.


def _d_gradient(stepper):
    return gradient_norm(stepper.state.discriminator).item()


@torch.no_grad()
def _loss_d(stepper):
    D = copy.deepcopy(stepper.state.discriminator)
    seen, objective = stepper.stop.seen, stepper.objective
    real, fake = (objective.score(D, seen[name]) for name in ("real", "fake"))
    return (objective.real_loss(real) + objective.fake_loss(fake)).item()


def _d_of_fakes(stepper):
    """지금 화면에 보이는 D(G(z)): D를 갱신하기 전의 것, 있으면 후의 것."""
    seen = stepper.stop.seen
    return seen.get("d_fake_after", seen["d_fake_before"]).mean().item()


@torch.no_grad()
def _d_of_remade_fakes(stepper):
    D, G = copy.deepcopy(stepper.state.discriminator), copy.deepcopy(stepper.state.generator)
    return D(G(stepper.stop.seen["z"])).mean().item()


# 다음에 할 단계 → 물음
QUESTIONS = {
    "fake_backward": Question(
        "가짜 배치의 변화도를 축적하면 D의 .grad는 바뀔까요? 아니면 다음 갱신까지 그대로일까요?",
        YES_NO, "D의 .grad의 크기", _d_gradient, "yes",
        "backward()는 .grad를 덮어쓰지 않고 더합니다.",
    ),
    "d_step": Question(
        "D를 갱신한 뒤 같은 진짜와 같은 가짜로 Loss_D를 다시 재면 어떻게 될까요?",
        UP_DOWN, "Loss_D", _loss_d, "down",
        "바로 그 두 배치의 손실이 작아지는 쪽으로 갱신했기 때문입니다.",
    ),
    "g_forward": Question(
        "같은 가짜를 갱신된 D에 다시 넣으면 D(G(z))의 평균은 어떻게 될까요?",
        UP_DOWN, "D(G(z))의 평균", _d_of_fakes, "down",
        "D가 방금 이 가짜를 가짜라고 하도록 배웠기 때문입니다.",
    ),
    "g_backward": Question(
        "G를 위한 역전파입니다. D의 .grad도 바뀔까요?",
        YES_NO, "D의 .grad의 크기", _d_gradient, "yes",
        "변화도가 D를 거쳐 가므로 D의 .grad에도 더해집니다. 쓰지 않고 다음 반복에서 지웁니다.",
    ),
    "g_step": Question(
        "G를 갱신한 뒤 같은 z로 가짜를 다시 만들면 D(G(z))의 평균은 어떻게 될까요?",
        UP_DOWN, "D(G(z))의 평균", _d_of_remade_fakes, "up",
        "G는 D의 답이 커지는 쪽으로 갱신됩니다.",
    ),
}  # fmt: skip


class PhaseQuiz(Quiz):
    """``PhaseStepper`` 하나에 묻는 물음들. 다음 단계가 정합니다."""

    unusual = "한 걸음이 커서 지나치면 이럴 수 있습니다."

    @property
    def question(self):
        return QUESTIONS.get(list(PHASES)[self.body.position % LAST])

    def advance(self):
        self.body.next()


class Stepper(PlayingWidget):
    """한 걸음씩 위젯.

    단추로 하는 일을 메서드로도 합니다: ``next()``, ``back()``, ``step()``, ``predict("up")``. 인자는 몸통인
    ``phases``(``PhaseStepper``)의 것입니다.
    """

    title = "한 걸음씩"

    def __init__(self, config=None, data=None):
        super().__init__()
        self.phases = PhaseStepper(config, data)
        self.quiz = PhaseQuiz(self.phases)
        self.back_button = self.step_button("이전", self.back)
        self.next_button = self.step_button("다음", self.next, button_style="primary")
        self.question = ipywidgets.HTML()
        self.guesses = {
            guess: self.step_button(words, partial(self.predict, guess))
            for guess, words in (UP_DOWN | YES_NO).items()
        }
        self.message.layout.min_height = "48px"  # 답이 두 줄일 때도 그림이 움직이지 않게
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
