"""09c의 기록과 연습문제: 기록이 말이 되는지, 예측을 잰 것과 바르게 비교하는지."""

import pytest

from gan_lesson.checks.improving import (
    MOMENT,
    OUTCOMES,
    UNSEEN,
    check_predictions,
    measured,
    outcome,
    seed_range,
)
from gan_lesson.commands.generator import best_of
from gan_lesson.data.hangul import basic_syllables
from gan_lesson.metrics.bundled import load_better, load_changes, load_quick_scores
from gan_lesson.metrics.evaluation import evaluation_z
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.models import generate


@pytest.fixture(scope="module")
def changes():
    return load_changes()


@pytest.fixture(scope="module")
def right():
    """바꾼 것마다, 재어 보니 맞는 예측."""
    return {name: measured(name) for name in UNSEEN}


def test_the_unchanged_run_is_the_scored_one(changes):
    """none은 quick이므로, 따로 학습해 잰 성적의 앞뒤 순간 사이에 있습니다(다른 컴퓨터의 반올림만큼 다를 수 있습니다)."""
    scored = load_quick_scores()[0]
    for moment, row in changes["none"].rows.items():
        after = next(i for i, m in enumerate(scored.iterations) if m >= moment)
        around = [scored.scores[i].readable for i in (after - 1, after)]
        assert min(around) - 0.08 < row["readable"] < max(around) + 0.08, moment


def test_pictures_are_of_their_run(changes):
    for name, run in changes.items():
        assert MOMENT in run.pictures and set(run.pictures) <= set(run.rows), name
        for moment, pictures in run.pictures.items():
            assert pictures.shape == (16, 1, 32, 32)
            share = read(pictures).readable(basic_syllables()).float().mean()
            # 그림 16장에서 본 비율은 1,000장에서 잰 비율에서 표준편차의 네 배쯤 안에 있습니다.
            assert abs(share - run.rows[moment]["readable"]) < 4 * 0.5 / 16**0.5, name


def test_averaging_changes_no_training(changes):
    for moment, row in changes["none"].rows.items():
        other = changes["ema"].rows[moment]
        assert {key for key in row if row[key] != other[key]} <= {"readable", "covered", "fid"}


def test_bundled_networks_are_those_of_the_record(changes):
    """함께 들어 있는 better의 두 신경망은 기록의 성적을 냅니다. D로 고르면 기록처럼 더 읽힙니다."""
    generator, discriminator = load_better()
    row = changes["better"].rows[4375]
    made = generate(generator, evaluation_z(generator, 2000))
    for images, name in ((made[:1000], "readable"), (best_of(discriminator, made, 2), "picked_readable")):
        share = read(images).readable(basic_syllables()).float().mean().item()
        assert abs(share - row[name]) < 0.02, name  # 16비트로 줄여 남긴 가중치


def test_outcomes_are_what_the_records_say(changes):
    assert [outcome(0.2, 0.4, after) for after in (0.5, 0.42, 0.3, 0.18, 0.1)] == [
        "늘어남",
        *["비슷함"] * 3,
        "줄어듦",
    ]
    low, high = seed_range()
    assert 0 < low < high < 1
    assert changes["ngf"].rows[MOMENT]["readable"] < low - 0.03 and measured("ngf") == "줄어듦"


def test_measured_predictions_pass(right):
    assert check_predictions(right).passed is True
    for left_out in UNSEEN:
        verdict = check_predictions(right | {left_out: None})
        assert verdict.passed is True and UNSEEN[left_out] not in verdict.message


def test_other_predictions_are_told_what_was_measured(right):
    for name, word in right.items():
        for other in set(OUTCOMES) - {word}:
            verdict = check_predictions(right | {name: other})
            assert verdict.passed is False and UNSEEN[name] in verdict.message
            assert f"'{other}'" in verdict.message and verdict.message.count(f"{name}의") == 1


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (3, "dict"),
        ({"rates": "늘어남"}, "바꾼 것의 이름(ndf, ngf, batch)"),
        ({"ndf": "커짐"}, "가운데서 고르세요"),
        ({"ndf": ["늘어남"]}, "가운데서 고르세요"),
        ({"ndf": "늘어남"}, "2개를 골라"),
    ],
)
def test_odd_answers(answers, words):
    verdict = check_predictions(answers)
    assert verdict.passed is False and words in verdict.message
    assert check_predictions(dict.fromkeys(UNSEEN)).passed is None
