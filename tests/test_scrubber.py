"""학습 되짚어 보기와 '내가 구분자'."""

import numpy as np
import pytest
import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import to_unit_range
from gan_lesson.labs.charts import POINTS, history_curves
from gan_lesson.labs.replay.widget import HumanQuiz, Scrubber
from gan_lesson.training import Trainer
from gan_lesson.training.history import History

TINY = LessonConfig(batch_size=4, nz=4, ngf=2, ndf=2, ngpu=0)


@pytest.fixture(scope="module")
def trainer():
    trainer = Trainer(TINY, data=load_hangul(32, count=40, syllables="가나다"), moments=(0, 3, 9))
    trainer.run(until=9, progress=False)
    return trainer


def test_trainer_keeps_what_d_answered_at_each_moment(trainer):
    assert set(trainer.judgements) == set(trainer.snapshots) == {0, 3, 9}
    D, (d_real, d_fake) = trainer.state.discriminator, trainer.judgements[9]
    with torch.no_grad():
        before = {k: v.clone() for k, v in D.state_dict().items()}
        assert torch.equal(d_fake, D(to_unit_range(trainer.snapshots[9])))
        assert torch.equal(d_real, D(to_unit_range(torch.from_numpy(trainer.reals))))
        D.load_state_dict(before)
    assert len(trainer.reals) == 40 and np.array_equal(trainer.reals, trainer.data.images[:40])


def test_judging_does_not_disturb_the_training(trainer):
    plain = Trainer(TINY, data=trainer.data, moments=())
    plain.run(until=9, progress=False)
    a, b = (t.state.discriminator.state_dict() for t in (plain, trainer))
    assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("iteration", [0, 3, 9])
def test_ten_pictures_five_of_them_real(trainer, iteration):
    quiz = HumanQuiz(trainer)
    quiz.ask(iteration)
    assert quiz.images.shape == (10, 1, 32, 32) and quiz.truth.sum() == 5
    d_real, d_fake = trainer.judgements[iteration]
    for image, real, answer in zip(quiz.images, quiz.truth, quiz.d_answers, strict=True):
        pool, answers = (trainer.reals, d_real) if real else (trainer.snapshots[iteration].numpy(), d_fake)
        found = [i for i, other in enumerate(pool) if np.array_equal(other, image)]
        assert any(answers[i] == answer for i in found)  # 그림과 D의 답이 짝입니다.


def test_scores_of_person_and_discriminator(trainer):
    quiz = HumanQuiz(trainer)
    assert quiz.answer(quiz.truth.tolist()).person == 1.0
    score = quiz.answer((~quiz.truth).tolist())
    assert score.person == 0.0
    assert score.discriminator == np.mean((quiz.d_answers > 0.5) == quiz.truth)
    first = quiz.images.copy()
    quiz.ask(9)
    assert not np.array_equal(first, quiz.images)  # 다시 물으면 다른 열 장


def test_five_of_the_ten_must_be_chosen(trainer):
    for bad in ([True] * 4 + [False] * 6, [True] * 10):
        with pytest.raises(LessonError, match=f"고른 그림 {sum(bad)}장"):
            HumanQuiz(trainer).answer(bad)


def test_slider_moves_pictures_cursor_and_quiz(trainer):
    scrubber = Scrubber(trainer)
    assert scrubber.moment == 2 and "반복 9" in scrubber.picture.value
    last = scrubber.picture.value
    scrubber.slider.value = 1
    assert scrubber.moment == 1 and ">반복 3 ·" in scrubber.picture.value and scrubber.picture.value != last
    assert scrubber.quiz.iteration == 9  # 미는 동안 열 장은 그대로이고, 막대가 멈추면 바뀝니다.
    scrubber.settled.click()
    assert scrubber.quiz.iteration == 3
    scrubber.go(99)
    assert scrubber.slider.value == 2 and scrubber.picture.value == last


def test_buttons_answer_and_ask_again(trainer):
    scrubber = Scrubber(trainer)
    truth, before = scrubber.quiz.truth.tolist(), scrubber.quiz.images.copy()
    for button, real in zip(scrubber._guesses, truth, strict=True):
        button.value = real
        assert button.description == ("진짜" if real else "가짜")
    _, done, fresh = scrubber.view.children[3].children[0].children
    done.click()
    assert (
        "나 100%" in scrubber.message.value
        and "1번의 평균은 나 100%" in scrubber.message.value
        and done.disabled
    )
    # 채점한 열 장이 그대로 있고, 단추가 정답을 말합니다.
    assert np.array_equal(before, scrubber.quiz.images)
    assert [b.description for b in scrubber._guesses] == ["진짜 ○" if real else "가짜 ○" for real in truth]
    fresh.click()
    assert scrubber.message.value == "" and not done.disabled
    assert not np.array_equal(before, scrubber.quiz.images)
    assert {(b.value, b.disabled, b.description) for b in scrubber._guesses} == {(False, False, "가짜")}


def test_curves_keep_the_mean_and_stay_short(trainer):
    history = History([(float(i),) * 5 for i in range(1000)])
    points = history_curves(history)["loss_d"]
    assert len(points) <= POINTS and points[:, 1].mean() == pytest.approx(499.5, abs=2)
    assert np.allclose(points[:, 0], points[:, 1] + 1)
    assert "반복 0" in Scrubber(Trainer(TINY, data=trainer.data, moments=(0,))).picture.value
