"""한 걸음씩 위젯: 누른 것이 몸통에 닿고, 그림이 상태와 같습니다."""

import re

import pytest
from compare import same

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.iteration import PHASES
from gan_lesson.labs.stepper.notes import NOTES
from gan_lesson.labs.stepper.phases import LAST
from gan_lesson.labs.stepper.widget import QUESTIONS, Stepper

TINY = LessonConfig(batch_size=4, nz=4, ngf=2, ndf=2, ngpu=0)


@pytest.fixture
def stepper():
    return Stepper(TINY, load_hangul(32, count=40, syllables="가나다"))


def texts(stepper):
    return re.findall(r"<text[^>]*>([^<]*)</text>", stepper.picture.value)


def test_notes_follow_the_phases_of_the_iteration():
    assert list(NOTES) == list(PHASES) and set(QUESTIONS) <= set(PHASES)


def test_buttons_walk_forward_and_back(stepper):
    assert stepper.back_button.disabled and "처음입니다" in stepper.picture.value
    stepper.next_button.click()
    assert stepper.phases.phase == "real_forward" and not stepper.back_button.disabled
    first = stepper.picture.value
    stepper.next_button.click()
    assert stepper.picture.value != first
    stepper.back_button.click()
    assert stepper.picture.value == first  # 되감으면 그림까지 그대로입니다.


def test_picture_shows_what_the_stepper_saw(stepper):
    for position in range(1, LAST + 1):
        stepper.next()
        shown, stop, name = texts(stepper), stepper.phases.stop, stepper.phases.phase
        assert f"반복 1 · {PHASES[name]}".replace("&", "&amp;") in shown
        assert f'aria-label="반복 1, 단계 {position}/12' in stepper.picture.value
        for answer in [key for key in ("d_real", "d_fake_before", "d_fake_after") if key in stop.seen]:
            assert any(f"평균 {stop.seen[answer].mean():.3f}" in text for text in shown), answer
        assert any(f"‖Δθ_D‖ {stop.moved['D']:.4f}" in text for text in shown)
        # 지금 실행한 줄에만 노란 띠가 있습니다(하나는 단계의 줄).
        assert stepper.picture.value.count("#FFE9A8") >= 2
    assert stepper.picture.value.count("<image") == 4 + 4


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_is_answered_by_measuring(stepper, name):
    while list(PHASES)[stepper.phases.position % LAST] != name:
        stepper.next()
    question = stepper.quiz.question
    visible = [g for g, button in stepper.guesses.items() if button.layout.display != "none"]
    assert visible == list(question.choices) and question.text in stepper.question.value
    before = stepper.phases.state.snapshot() if name == "g_forward" else None
    stepper.predict(question.usual)
    assert stepper.phases.phase == name and stepper.quiz.asked == 1
    numbers = [float(x) for x in re.findall(r"(\d+\.\d{4})", stepper.message.value)]
    # 말한 결과가 찍힌 두 수와 맞습니다.
    right = "맞았습니다" in stepper.message.value
    rises, falls = numbers[1] > numbers[0], numbers[1] < numbers[0]
    assert right == {"up": rises, "down": falls, "yes": rises or falls}[question.usual]
    if before:
        seen = stepper.phases.stop.seen
        means = [seen[key].mean().item() for key in ("d_fake_before", "d_fake_after")]
        assert numbers == pytest.approx(means, abs=1e-4)


def test_asking_does_not_change_the_training(stepper):
    other = Stepper(TINY, stepper.phases.data)
    for _ in range(2 * LAST):
        question = stepper.quiz.question
        stepper.predict(next(iter(question.choices))) if question else stepper.next()
        other.next()
    assert same(stepper.phases.state.snapshot(), other.phases.state.snapshot())
    assert stepper.quiz.asked == 2 * len(QUESTIONS)


def test_no_question_at_this_phase_is_explained(stepper):
    assert all(button.layout.display == "none" for button in stepper.guesses.values())
    with pytest.raises(LessonError, match="물음이 없습니다"):
        stepper.predict("up")
    assert stepper.phases.position == 0


def test_playing_runs_whole_iterations_until_a_button_or_an_error(stepper, monkeypatch):
    stepper.next()
    stepper.clock.start()
    stepper.tick()
    assert stepper.phases.position == LAST and stepper.phases.state.iteration >= 1
    stepper.next_button.click()
    assert not stepper.clock.running and stepper.phases.phase == "real_forward"
    monkeypatch.setattr(stepper.phases.objective, "fake_loss", lambda score: 1 / 0)
    stepper.clock.start()
    stepper.tick()
    assert not stepper.clock.running and "ZeroDivisionError" in stepper.message.value
    assert "마친 자리입니다" in stepper.picture.value


def test_static_picture(stepper):
    stepper.step(2)
    assert stepper.phases.state.iteration == 2 and len(stepper.figure().axes) == 2
