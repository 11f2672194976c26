"""한 걸음씩의 '예측해 보기': 뜻밖의 단계 앞에서 묻고, 그 단계를 한 뒤 잰 값으로 답합니다."""

import copy
from dataclasses import dataclass

import torch

from gan_lesson.base.errors import LessonError, quote
from gan_lesson.iteration import PHASES
from gan_lesson.labs.stepper.phases import LAST

UP_DOWN = {"up": "커집니다", "down": "작아집니다"}
YES_NO = {"yes": "바뀝니다", "no": "그대로입니다"}


@dataclass(frozen=True)
class Question:
    """물음 하나.

    text: 묻는 글, choices: 답의 이름 → 단추의 글, name: 재는 것의 이름, measure: 재는 함수의 이름,
    usual: 흔한 답, why: 그 까닭.
    """

    text: str
    choices: dict
    name: str
    measure: str
    usual: str
    why: str


# 다음에 할 단계 → 물음
QUESTIONS = {
    "fake_backward": Question(
        "가짜 배치의 변화도를 축적하면 D의 .grad는 바뀔까요? 아니면 다음 갱신까지 그대로일까요?",
        YES_NO, "D의 .grad의 크기", "_d_gradient", "yes",
        "backward()는 .grad를 덮어쓰지 않고 더합니다.",
    ),
    "d_step": Question(
        "D를 갱신한 뒤 같은 진짜와 같은 가짜로 Loss_D를 다시 재면 어떻게 될까요?",
        UP_DOWN, "Loss_D", "_loss_d", "down",
        "바로 그 두 배치의 손실이 작아지는 쪽으로 갱신했기 때문입니다.",
    ),
    "g_forward": Question(
        "같은 가짜를 갱신된 D에 다시 넣으면 D(G(z))의 평균은 어떻게 될까요?",
        UP_DOWN, "D(G(z))의 평균", "_d_of_fakes", "down",
        "D가 방금 이 가짜를 가짜라고 하도록 배웠기 때문입니다.",
    ),
    "g_backward": Question(
        "G를 위한 역전파입니다. D의 .grad도 바뀔까요?",
        YES_NO, "D의 .grad의 크기", "_d_gradient", "yes",
        "변화도가 D를 거쳐 가므로 D의 .grad에도 더해집니다. 쓰지 않고 다음 반복에서 지웁니다.",
    ),
    "g_step": Question(
        "G를 갱신한 뒤 같은 z로 가짜를 다시 만들면 D(G(z))의 평균은 어떻게 될까요?",
        UP_DOWN, "D(G(z))의 평균", "_d_of_remade_fakes", "up",
        "G는 D의 답이 커지는 쪽으로 갱신됩니다.",
    ),
}  # fmt: skip


class PhaseQuiz:
    """``PhaseStepper`` 하나에 묻는 물음들.

    Attributes:
        stepper: ``PhaseStepper``. ``answer``가 다음 단계로 나아가게 합니다.
        right, asked: 맞힌 수와 답한 수.
    """

    def __init__(self, stepper):
        self.stepper = stepper
        self.right = self.asked = 0

    @property
    def question(self):
        """다음 단계 앞에서 물을 ``Question``. 물을 것이 없는 단계면 ``None``."""
        return QUESTIONS.get(list(PHASES)[self.stepper.position % LAST])

    def answer(self, guess):
        """예측을 적고 다음 단계로 나아간 뒤, 무슨 일이 있었는지 돌려줍니다."""
        question = self.question
        if question is None:
            raise LessonError("이 단계에는 물음이 없습니다. '다음'을 누르세요.")
        if guess not in question.choices:
            raise LessonError(f"예측 {quote(guess)}: {', '.join(question.choices)} 가운데 하나여야 합니다.")
        measure = getattr(self, question.measure)
        before = measure()
        self.stepper.next()
        after = measure()
        if question.choices is YES_NO:
            happened = "no" if before == after else "yes"
        else:
            happened = "up" if after > before else "down"
        correct = guess == happened
        self.right += correct
        self.asked += 1
        why = (
            question.why
            if happened == question.usual
            else "흔한 일은 아닙니다. 한 걸음이 커서 지나치면 이럴 수 있습니다."
        )
        return (
            f"{'맞았습니다' if correct else '아닙니다'}: {question.name} {before:.4f} → {after:.4f}. {why} "
            f"({self.asked}번 가운데 {self.right}번 맞힘)"
        )

    # 재는 함수들. 사본으로 재므로 배치 정규화의 통계도, 학습도 건드리지 않습니다.

    def _d_gradient(self):
        """D의 .grad 전체의 크기."""
        gradients = [p.grad for p in self.stepper.state.discriminator.parameters()]
        return torch.cat([g.flatten() for g in gradients if g is not None]).norm().item()

    @torch.no_grad()
    def _loss_d(self):
        D = copy.deepcopy(self.stepper.state.discriminator)
        seen, objective = self.stepper.stop.seen, self.stepper.objective
        real, fake = (objective.score(D, seen[name]) for name in ("real", "fake"))
        return (objective.real_loss(real) + objective.fake_loss(fake)).item()

    @torch.no_grad()
    def _d_of_fakes(self):
        """지금 화면에 보이는 D(G(z)): D를 갱신하기 전의 것, 있으면 후의 것."""
        seen = self.stepper.stop.seen
        return seen.get("d_fake_after", seen["d_fake_before"]).mean().item()

    @torch.no_grad()
    def _d_of_remade_fakes(self):
        state = self.stepper.state
        D, G = copy.deepcopy(state.discriminator), copy.deepcopy(state.generator)
        return D(G(self.stepper.stop.seen["z"])).mean().item()
