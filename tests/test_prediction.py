"""'예측해 보기'의 틀: 잰 대로 답하고, 그대로인 것은 세지 않습니다."""

import pytest

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.prediction import UP_DOWN, YES_NO, Question, Quiz


class Numbers(Quiz):
    """몸통은 수의 목록이고, 한 걸음은 맨 앞의 수를 버리는 것입니다."""

    still = 0.1
    unusual = "드문 일입니다."
    choices = UP_DOWN

    @property
    def question(self):
        if len(self.body) < 2:
            return None
        usual = "up" if self.choices is UP_DOWN else "yes"
        return Question("다음 수는?", self.choices, "수", lambda body: body[0], usual, "늘 커집니다.")

    def advance(self):
        self.body.pop(0)


def test_answers_are_measured_and_counted():
    quiz = Numbers([1.0, 2.0, 1.5])
    assert (
        quiz.answer("up") == "맞았습니다: 수 1.0000 → 2.0000, 커졌습니다. 늘 커집니다. (1번 가운데 1번 맞힘)"
    )
    said = quiz.answer("up")
    assert said.startswith("아닙니다: 수 2.0000 → 1.5000, 작아졌습니다. 흔한 일은 아닙니다. 드문 일입니다.")
    assert (quiz.right, quiz.asked) == (1, 2)


@pytest.mark.parametrize("guess", UP_DOWN)
def test_no_change_is_neither_up_nor_down_and_is_not_counted(guess):
    quiz = Numbers([1.0, 1.05])
    said = quiz.answer(guess)
    assert said.startswith("둘 다 아닙니다") and "세지 않습니다" in said and quiz.asked == 0
    assert quiz.body == [1.05]  # 걸음은 내디뎠습니다.


def test_no_change_is_an_answer_to_yes_or_no(monkeypatch):
    monkeypatch.setattr(Numbers, "choices", YES_NO)
    quiz = Numbers([1.0, 1.05, 0.5])
    assert "맞았습니다" in quiz.answer("no") and "맞았습니다" in quiz.answer("yes")
    assert (quiz.right, quiz.asked) == (2, 2)


def test_a_wrong_word_or_no_question_changes_nothing():
    quiz = Numbers([1.0, 2.0])
    with pytest.raises(LessonError, match="up, down 가운데 하나"):
        quiz.answer("옆으로")
    assert quiz.body == [1.0, 2.0] and quiz.asked == 0
    quiz.answer("up")
    with pytest.raises(LessonError, match="물음이 없습니다"):
        quiz.answer("up")
