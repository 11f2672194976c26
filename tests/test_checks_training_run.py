"""08의 채점: 그림 남기기, 로그 읽기, 고치기."""

import copy
import math

import pytest
import torch

from gan_lesson.checks.cures import check_cure
from gan_lesson.checks.training_run import LOGS, READINGS, check_keep_picture, check_log_readings
from gan_lesson.labs.image_failures import IMAGE_TROUBLES

RIGHT = {line: reading for reading, (line, _) in READINGS.items()}


def keep(noise=None, no_grad=True, evaluate=True, back=True, scale=1.0):
    def answer(G, fixed_noise):
        z = noise(fixed_noise) if noise else fixed_noise
        if evaluate:
            G.eval()
        with torch.set_grad_enabled(not no_grad):
            fake = G(z) * scale
        if evaluate and back:
            G.train()
        return fake

    return answer


@torch.no_grad()
def keep_by_a_copy(G, fixed_noise):
    """사본에서 만드는 답."""
    return copy.deepcopy(G).eval()(fixed_noise)


def keep_frozen(G, fixed_noise):
    G.requires_grad_(False)
    return keep()(G, fixed_noise)


def keep_grad_off(G, fixed_noise):
    torch.set_grad_enabled(False)
    fake = G.eval()(fixed_noise)
    G.train()
    return fake


@torch.no_grad()
def keep_of_the_crowd(G, fixed_noise):
    """사본이라 G는 그대로지만, 학습 방식으로 만든 그림."""
    return copy.deepcopy(G)(fixed_noise)


def test_two_right_ways_to_keep_a_picture():
    assert check_keep_picture(keep()).passed
    assert check_keep_picture(keep_by_a_copy).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda G, z: None, "아직 풀지 않았습니다"),
        (keep(no_grad=False), "torch.no_grad()"),
        (keep(evaluate=False), "G.eval()"),
        (keep(back=False), "G.train()"),
        (keep(noise=torch.randn_like), "받은 fixed_noise"),
        (keep(noise=lambda z: z.flip(0)), "받은 fixed_noise"),
        (keep(scale=0.5), "[-1, 1]을 그대로"),
        (keep_frozen, "얼어 있습니다"),
        (keep_grad_off, "with torch.no_grad()"),
        (keep_of_the_crowd, "그 배치의 통계"),
        (lambda G, z: 1 / 0, "ZeroDivisionError"),
        (lambda G, z: keep()(G, z)[:2], "(5, 1, 32, 32)"),
        ("그림", "함수를 넘겨주세요"),
    ],
)
def test_wrong_ways_to_keep_a_picture(answer, words):
    verdict = check_keep_picture(answer)
    assert not verdict.passed and words in verdict.message, verdict
    assert torch.is_grad_enabled()


def test_log_lines_are_what_training_could_print():
    for line, log in LOGS.items():
        # 옌센 부등식: -log는 볼록하므로, 손실의 평균은 평균의 손실보다 작지 않습니다.
        possible = log.loss_d >= -math.log(log.d_x) - math.log(1 - log.d_gz_before)
        assert possible == (RIGHT[line] != "Loss_D를 잘못 계산함")
        assert log.loss_g >= -math.log(log.d_gz_after) or not possible


def test_log_readings():
    assert check_log_readings(RIGHT).passed
    assert check_log_readings(dict.fromkeys(LOGS)).passed is None
    part = check_log_readings({"가": RIGHT["가"]})
    assert not part.passed and "남은 줄: 나" in part.message
    for line in LOGS:
        for reading in set(READINGS) - {RIGHT[line]}:
            verdict = check_log_readings(RIGHT | {line: reading})
            assert not verdict.passed and f"줄 {line}이 '{reading}'이라면" in verdict.message


@pytest.mark.parametrize(
    ("answers", "words"),
    [(None, "dict"), ({"바": "발산"}, "dict"), ({"가": "모름"}, "모름"), ({"가": [1]}, "가운데서")],
)
def test_odd_log_readings(answers, words):
    verdict = check_log_readings(answers)
    assert not verdict.passed and words in verdict.message


def cure(d, g, restart=False):
    return dict(d=d, g=g, restart=restart)


@pytest.mark.parametrize("name", IMAGE_TROUBLES)
def test_the_books_cure_and_another_pass(name):
    trouble = IMAGE_TROUBLES[name]
    assert check_cure(name, cure(**trouble.cure, restart=trouble.restart)).passed
    again = check_cure(name, cure(0.005, 0.005, restart=True))
    assert again.passed and ("이어서 고칠" in again.message) != trouble.restart


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("strong-d", None, "아직 풀지 않았습니다"),
        ("strong-d", cure(0.005, 0.00002), "D가 여전히 다 맞힙니다"),
        ("strong-d", cure(0.02, 0.00002), "D가 여전히 다 맞힙니다"),
        ("strong-d", cure(0.00002, 0.00002), "아직"),
        ("collapse", cure(0.0001, 0.005), "그림이 여전히 서로 비슷합니다"),
        ("collapse", cure(0.0001, 0.0001), "그림이 여전히 서로 비슷합니다"),
        ("divergence", cure(0.0002, 0.0002), "돌아오지 않습니다"),
        ("divergence", cure(0.002, 0.002), "돌아오지 않습니다"),
        ("divergence", cure(0.5, 0.5, restart=True), "진단이 '발산'"),
        ("strong-d", cure(0, 0.001), "lr(d) = 0"),
        ("strong-d", cure(0.001, "크게"), "lr(g)"),
        ("strong-d", cure(0.001, 0.001, restart="예"), "True나 False"),
        ("strong-d", dict(d=0.001), "dict(d="),
        ("strong-d", 3, "dict(d="),
        ("모름", cure(0.1, 0.1), "collapse"),
    ],
)
def test_wrong_cures_are_told_apart(name, answer, words):
    verdict = check_cure(name, answer)
    assert not verdict.passed and words in verdict.message, verdict
