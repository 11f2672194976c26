"""'예측해 보기'의 틀: 한 걸음 앞에서 묻고, 그 걸음의 앞뒤에 잰 값으로 답합니다."""

from typing import NamedTuple

from gan_lesson.base.errors import LessonError, choose

UP_DOWN = {"up": "커집니다", "down": "작아집니다"}
YES_NO = {"yes": "바뀝니다", "no": "그대로입니다"}
HAPPENED = {"up": "커졌습니다", "down": "작아졌습니다", "same": "거의 그대로입니다"}


class Question(NamedTuple):
    """choices: 답의 이름 → 단추의 글, name: 재는 것의 이름, measure: 몸통을 받아 재는 함수, usual: 흔한 답."""

    text: str
    choices: dict
    name: str
    measure: callable
    usual: str
    why: str


class Quiz:
    """몸통 하나에 묻는 물음들.

    물려받는 것은 ``question``(다음 걸음 앞에서 물을 ``Question``, 물을 것이 없으면 ``None``)과
    ``advance``(한 걸음 나아가기)를 정합니다.
    """

    still = 0.0  # 이보다 적게 바뀌면 그대로라고 봅니다.
    unusual = ""  # 흔하지 않은 일이 일어난 이유

    def __init__(self, body):
        self.body = body
        self.right = self.asked = 0

    def answer(self, guess):
        """예측을 적고 한 걸음 나아간 뒤, 무슨 일이 있었는지 돌려줍니다."""
        question = self.question
        if question is None:
            raise LessonError("이 단계에는 물음이 없습니다. '다음'을 누르세요.")
        choose("예측", guess, question.choices)
        before = question.measure(self.body)
        self.advance()
        after = question.measure(self.body)
        same = abs(after - before) <= self.still
        moved = "same" if same else "up" if after > before else "down"
        seen = f"{question.name} {before:.4f} → {after:.4f}, {HAPPENED[moved]}."
        happened = moved if question.choices is UP_DOWN else "no" if same else "yes"
        if happened not in question.choices:
            return f"둘 다 아닙니다: {seen} 변화도가 0에 가깝거나 학습률이 아주 작습니다. (세지 않습니다)"
        self.asked += 1
        self.right += guess == happened
        why = question.why if happened == question.usual else f"흔한 일은 아닙니다. {self.unusual}"
        return (
            f"{'맞았습니다' if guess == happened else '아닙니다'}: {seen} {why} "
            f"({self.asked}번 가운데 {self.right}번 맞힘)"
        )
