"""08b의 고치기: 책의 처방과 다른 처방이 통과하고, 듣지 않는 처방은 저마다 맞는 말로 거절합니다."""

import pytest

from gan_lesson.checks.cures import check_cure
from gan_lesson.labs.troubles import IMAGE_TROUBLES


def cure(d, g, restart=False):
    return dict(d=d, g=g, restart=restart)


@pytest.mark.parametrize("name", IMAGE_TROUBLES)
def test_the_books_cure_and_another_pass(name):
    trouble = IMAGE_TROUBLES[name]
    assert check_cure(name, cure(**trouble.cure, restart=trouble.restart)).passed
    again = check_cure(name, cure(0.005, 0.005, restart=True))
    assert again.passed and ("이어서 고칠" in again.message) != trouble.restart


@pytest.mark.parametrize(("name", "d", "g"), [("strong-d", 0.001, 0.005), ("collapse", 0.001, 0.001)])
def test_rates_of_ones_own_cure_without_a_new_start(name, d, g):
    assert check_cure(name, cure(d, g)).passed


def test_a_low_rate_cures_a_divergence_though_the_pictures_are_not_learned_yet():
    verdict = check_cure("divergence", cure(0.0002, 0.0002, restart=True))
    assert verdict.passed and "덜 배웠으니" in verdict.message


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("strong-d", None, "아직 풀지 않았습니다"),
        ("strong-d", cure(0.005, 0.00002), "D가 여전히 다 맞힙니다"),
        ("strong-d", cure(0.02, 0.00002), "D가 여전히 다 맞힙니다"),
        ("strong-d", cure(0.00002, 0.00002), "아직"),
        ("strong-d", cure(0.00002, 0.02), "D가 너무 느립니다"),
        ("collapse", cure(0.0001, 0.005), "망가뜨린 값 그대로"),
        ("collapse", cure(0.0001, 0.0001), "그림이 여전히 서로 비슷합니다"),
        ("divergence", cure(0.0002, 0.0002), "돌아오지 않습니다"),
        ("divergence", cure(0.002, 0.002), "돌아오지 않습니다"),
        ("divergence", cure(0.5, 0.5, restart=True), "진단이 '발산'"),
        ("divergence", cure(0.1, 0.1, restart=True), "가중치가 처음의"),
        ("strong-d", cure(0, 0.001), "설정값 d = 0"),
        ("strong-d", cure(0.001, "크게"), "설정값 g"),
        ("strong-d", cure(0.001, 0.001, restart="예"), "True나 False"),
        ("strong-d", dict(d=0.001), "dict(d="),
        ("strong-d", 3, "dict(d="),
        ("모름", cure(0.1, 0.1), "collapse"),
    ],
)
def test_wrong_cures_are_told_apart(name, answer, words):
    verdict = check_cure(name, answer)
    assert not verdict.passed and words in verdict.message, verdict
