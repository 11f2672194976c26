"""04의 채점: 두 가지로 쓴 바른 답은 통과하고, 흔한 실수는 저마다 맞는 말로 거절합니다."""

import pytest
import torch

from gan_lesson.checks.data import check_settings, check_to_unit_range
from gan_lesson.config import LessonConfig
from gan_lesson.data.images import to_unit_range


def stretched(x):
    x = x.float()
    low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
    return (x - low) / (high - low) * 2 - 1


RIGHT = [
    lambda x: x / 127.5 - 1,
    lambda x: (x.float() / 255 - 0.5) / 0.5,  # torchvision의 ToTensor와 Normalize(0.5, 0.5)
    to_unit_range,
]

WRONG = [
    (lambda x: x / 255, "[0, 1]입니다"),
    (lambda x: x / 255 - 0.5, "[-0.5, 0.5]"),
    (lambda x: x / 127.5, "[0, 2]"),
    (lambda x: 1 - x / 127.5, "뒤집혔"),
    (lambda x: x / 128 - 1, "256이 아니라"),
    (lambda x: x / 256 * 2 - 1, "256이 아니라"),
    (stretched, "그림마다"),
    (lambda x: (x.float() - x.float().mean()) / x.float().std(), "표준편차로"),
    (lambda x: x * 2 / 255 - 1, "다시 셉니다"),
    (lambda x: (x - 127) / 128, "거꾸로"),
    (lambda x: x.float()[0], "모양이 (2, 1, 2, 2)"),
    (lambda x: x.float().mul_(3), "이 나왔습니다"),
    (lambda x: x.sub_(1) / 127.5 - 1, "받은 그림을 바꾸어"),
    (lambda x: x.div_(127.5), "RuntimeError"),
]


@pytest.mark.parametrize("answer", RIGHT)
def test_right_answers_pass(answer):
    assert check_to_unit_range(answer).passed is True


@pytest.mark.parametrize(("answer", "message"), WRONG)
def test_wrong_answers_are_told_apart(answer, message):
    verdict = check_to_unit_range(answer)
    assert verdict.passed is False and message in repr(verdict), verdict


def test_an_empty_stub_is_not_a_mistake():
    assert check_to_unit_range(lambda x: None).passed is None


def test_a_right_value_of_integer_type_is_told():
    # 0과 255만 있는 그림이라면 정수로도 값이 맞을 수 있지만, 채점하는 그림에서는 맞을 수 없습니다.
    assert check_to_unit_range(lambda x: (x / 127.5 - 1).to(torch.int8)).passed is False


@pytest.mark.parametrize(
    "answer",
    [
        lambda: LessonConfig.quick(ngpu=0, image_size=64, batch_size=64),
        lambda: LessonConfig.quick().replace(batch_size=64, image_size=64),
    ],
)
def test_mended_settings_pass(answer):
    assert check_settings(answer).passed is True


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda: LessonConfig.quick(imagesize=96), "설정값 imagesize: 없는 이름"),
        (lambda: LessonConfig.quick(image_size=96), "32, 64, 128 가운데"),
        (lambda: LessonConfig.quick(batch_size="64"), "설정값 batch_size"),
        (lambda: LessonConfig.quick(batch_size=64), "image_size=32 대신 64"),
        (lambda: LessonConfig.paper(batch_size=64), "nc=3 대신 1"),
        (lambda: dict(image_size=64), "LessonConfig를 돌려주어야"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (LessonConfig.quick(), "함수를 넘겨"),
    ],
)
def test_settings_still_wrong_are_told(answer, message):
    verdict = check_settings(answer)
    assert verdict.passed is False and message in verdict.message, verdict


def test_untouched_settings_are_unsolved():
    assert check_settings(lambda: None).passed is None
