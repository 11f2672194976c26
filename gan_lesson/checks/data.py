"""04 데이터와 설정값의 연습문제: 픽셀을 [-1, 1]로, 오류 메시지를 읽고 설정값 고치기."""

import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.checks.verdict import ask_value, checker, compare, refuse, require_tensor
from gan_lesson.config import LessonConfig

# 두 장의 밝기 범위가 서로 다르고 0과 255가 없어, 그림마다나 배치마다 따로 맞춘 답이 드러납니다.
OWN_RANGE = " 제 가장 어두운 값과 밝은 값에 맞추었습니다. 그러면 밝기의 차이가 사라지므로 같은 식을 쓰세요."
PIXELS = torch.tensor([[12, 51, 102, 240], [30, 60, 90, 120]], dtype=torch.uint8).view(2, 1, 2, 2)


@checker("0은 -1이, 255는 1이 됩니다.")
def check_to_unit_range(answer):
    """``answer(images)``: uint8 [0, 255] 그림 (N, nc, H, W)을 float [-1, 1]로 바꿉니다."""
    images = PIXELS.clone()
    value = require_tensor(ask_value(answer, images), tuple(PIXELS.shape))
    if not torch.equal(images, PIXELS):
        refuse("받은 그림을 바꾸어 버렸습니다. 이름이 _로 끝나는 연산은 사본에 하세요: images.float()")
    x = PIXELS.double()
    low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
    mistakes = {
        "[0, 1]입니다. 255로 나눈 뒤 두 배 하고 1을 빼세요.": x / 255,
        "[-0.5, 0.5]입니다. 너비가 2가 되도록 두 배 하세요.": x / 255 - 0.5,
        "[0, 2]입니다. 1을 빼서 가운데를 0으로 옮기세요.": x / 127.5,
        "부호가 뒤집혔습니다. 0(검정)이 -1, 255(흰색)가 1이어야 합니다.": 1 - x / 127.5,
        "255가 1에 닿지 않습니다. 가장 큰 값은 256이 아니라 255이므로 127.5로 나누세요.": x / 128 - 1,
        "그림마다" + OWN_RANGE: (x - low) / (high - low) * 2 - 1,
        "배치마다" + OWN_RANGE: (x - x.min()) / (x.max() - x.min()) * 2 - 1,
        "평균과 표준편차로 맞추었습니다. 범위가 [-1, 1]이 되지 않으니 127.5로 나누세요.": (x - x.mean())
        / x.std(),
        "uint8은 255를 넘으면 0부터 다시 셉니다. 곱하기 전에 .float()로 바꾸세요.": PIXELS * 2 / 255 - 1,
        "uint8은 음수를 담지 못해 거꾸로 셉니다. 빼기 전에 .float()로 바꾸세요.": (PIXELS - 127) / 128,
    }
    compare(value, x / 127.5 - 1, mistakes)
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
    off = [f"{name}={found!r} 대신 {wanted!r}" for name, found, wanted in pairs if found != wanted]
    if off:
        refuse(f"고칠 것: {', '.join(off)}. 나머지는 quick 그대로 둡니다.")


def _setting_to_mend(error):
    if isinstance(error, LessonError):
        return f"아직 고칠 것이 있습니다. 메시지를 읽어 보세요.\n{error}"
    return None
