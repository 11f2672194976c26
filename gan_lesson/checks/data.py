"""04 데이터와 설정값의 연습문제: 픽셀을 [-1, 1]로, 오류 메시지를 읽고 설정값 고치기."""

import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.checks.verdict import ask_value, checker, compare_all, refuse
from gan_lesson.config import LessonConfig

# 밝기의 범위가 서로 다르고 0과 255가 없어, 그림마다나 배치마다 따로 맞춘 답이 드러납니다.
OWN_RANGE = " 제 가장 어두운 값과 밝은 값에 맞추었습니다. 그러면 밝기의 차이가 사라지므로 같은 식을 쓰세요."
UINT8 = " 0에서 255까지를 넘어 다시 세었습니다. uint8은 계산하기 전에 .float()로 바꾸세요."
PIXELS = torch.tensor([[12, 51, 102, 240], [30, 60, 90, 120]], dtype=torch.uint8).view(2, 1, 2, 2)


def _stretched(x, *of):
    low, high = x.double().amin(of, keepdim=True), x.double().amax(of, keepdim=True)
    return (x - low) / (high - low) * 2 - 1


@checker("0은 -1이, 255는 1이 됩니다.")
def check_to_unit_range(answer):
    """``answer(images)``: uint8 [0, 255] 그림 (N, nc, H, W)을 float [-1, 1]로 바꿉니다."""
    mistakes = {
        "[0, 1]입니다. [-1, 1]은 너비가 2이고 가운데가 0입니다.": lambda x: x / 255,
        "[-0.5, 0.5]입니다. 너비가 2가 되도록 두 배 하세요.": lambda x: x / 255 - 0.5,
        "[0, 2]입니다. 1을 빼서 가운데를 0으로 옮기세요.": lambda x: x / 127.5,
        "255가 1에 닿지 않습니다. 가장 큰 값은 256이 아니라 255입니다.": lambda x: x / 128 - 1,
        "그림마다" + OWN_RANGE: lambda x: _stretched(x, 1, 2, 3),
        "배치마다" + OWN_RANGE: _stretched,
        "평균과 표준편차로 맞추었습니다. 범위가 [-1, 1]이 되지 않습니다.":
            lambda x: (x - x.double().mean()) / x.double().std(),
        "곱한 것이" + UINT8: lambda x: x * 2 / 255 - 1,
        "뺀 것이" + UINT8: lambda x: (x - 127) / 128,
        "곱하고 뺀 것이" + UINT8: lambda x: (x * 2 - 255) / 255,
    }  # fmt: skip
    compare_all(answer, lambda x: x / 127.5 - 1, mistakes, (PIXELS,))
    value = ask_value(answer, PIXELS.clone())
    if not value.is_floating_point():
        refuse(f"값은 맞지만 실수 텐서가 아니라 {value.dtype}입니다.")


@checker("메시지가 말한 이름과 값을 모두 고쳤습니다.")
def check_settings(answer):
    """``answer()``: 그림이 64픽셀이고 배치가 64인 ``LessonConfig.quick``."""
    config = ask_value(answer, explain=_setting_to_mend)
    if not isinstance(config, LessonConfig):
        refuse(f"LessonConfig를 돌려주어야 하는데 {type(config).__name__}입니다.")
    expected = LessonConfig.quick(ngpu=config.ngpu, image_size=64, batch_size=64)
    pairs = ((name, getattr(config, name), getattr(expected, name)) for name in LessonConfig.rules())
    if off := [f"{name}={found!r}" for name, found, wanted in pairs if found != wanted]:
        refuse(f"문제나 quick과 다른 것: {', '.join(off)}. 문제에 적힌 것만 바꾸고 나머지는 그대로 둡니다.")


def _setting_to_mend(error):
    if isinstance(error, LessonError):
        return f"아직 고칠 것이 있습니다. 메시지를 읽어 보세요.\n{error}"
    return None
