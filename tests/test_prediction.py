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
    said = quiz.answer("up")
    assert said.startswith("맞았습니다: 수 1.0000 → 2.0000") and "늘 커집니다." in said
    said = quiz.answer("up")
    assert said.startswith("아닙니다: 수 2.0000 → 1.5000") and "드문 일입니다." in said
    assert (quiz.right, quiz.asked) == (1, 2)


def test_no_change_is_neither_up_nor_down_and_is_not_counted():
    quiz = Numbers([1.0, 1.05])
    assert quiz.answer("up").startswith("둘 다 아닙니다") and quiz.asked == 0
    assert quiz.body == [1.05]  # 걸음은 내디뎠습니다.


def test_no_change_is_an_answer_to_yes_or_no(monkeypatch):
    monkeypatch.setattr(Numbers, "choices", YES_NO)
    quiz = Numbers([1.0, 1.05, 0.5])
    assert "맞았습니다" in quiz.answer("no") and "맞았습니다" in quiz.answer("yes")
    assert (quiz.right, quiz.asked) == (2, 2)


def test_a_wrong_word_or_no_question_changes_nothing():
    for numbers, guess, words in (([1.0, 2.0], "옆으로", "up, down"), ([1.0], "up", "물음이 없습니다")):
        quiz = Numbers(list(numbers))
        with pytest.raises(LessonError, match=words):
            quiz.answer(guess)
        assert quiz.body == numbers and quiz.asked == 0
