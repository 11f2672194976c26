"""04의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import torch

from gan_lesson.checks.data import check_settings, check_to_unit_range
from gan_lesson.config import LessonConfig
from gan_lesson.data.images import to_unit_range


def stretched(x):
    x = x.float()
    low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
    return (x - low) / (high - low) * 2 - 1


RIGHT = {
    check_to_unit_range: [
        lambda x: x / 127.5 - 1,
        lambda x: (x.float() / 255 - 0.5) / 0.5,  # torchvision의 ToTensor와 Normalize(0.5, 0.5)
        to_unit_range,
    ],
    check_settings: [
        lambda: LessonConfig.quick(ngpu=0, image_size=64, batch_size=64),
        lambda: LessonConfig.quick().replace(batch_size=64, image_size=64),
        lambda: LessonConfig.quick(**dict.fromkeys(("image_size", "batch_size"), 64)),
    ],
}

WRONG = [
    (check_to_unit_range, lambda x: x / 255, "[0, 1]입니다"),
    (check_to_unit_range, lambda x: x / 255 - 0.5, "[-0.5, 0.5]"),
    (check_to_unit_range, lambda x: x / 127.5, "[0, 2]"),
    (check_to_unit_range, lambda x: 1 - x / 127.5, "부호가 뒤집혔"),
    (check_to_unit_range, lambda x: x / 128 - 1, "256이 아니라"),
    (check_to_unit_range, lambda x: x / 256 * 2 - 1, "256이 아니라"),
    (check_to_unit_range, stretched, "그림마다"),
    (
        check_to_unit_range,
        lambda x: stretched(x.float().flatten()[None, None, None]).view(x.shape),
        "배치마다",
    ),
    (check_to_unit_range, lambda x: (x.float() - x.float().mean()) / x.float().std(), "표준편차로"),
    (check_to_unit_range, lambda x: x * 2 / 255 - 1, "곱한 것이 0에서 255"),
    (check_to_unit_range, lambda x: (x - 127) / 128, "뺀 것이 0에서 255"),
    (check_to_unit_range, lambda x: (x * 2 - 255) / 255, "곱하고 뺀 것이"),
    (check_to_unit_range, lambda x: (x / 127.5 - 1).flatten(), "모양이 (8,)"),
    (check_to_unit_range, lambda x: (x / 127.5 - 1).permute(0, 2, 3, 1), "모양이 (2, 2, 2, 1)"),
    (check_to_unit_range, lambda x: x.std(), "먼저 .float()로"),
    (check_to_unit_range, lambda x: x.float()[0], "모양이 (2, 1, 2, 2)"),
    (check_to_unit_range, lambda x: x.float().mul_(3), "나온 값은"),
    (check_to_unit_range, lambda x: x.sub_(1) / 127.5 - 1, "받은 것을 바꾸어"),
    (check_to_unit_range, lambda x: x.div_(127.5), "RuntimeError"),
    # 0과 255만 있는 그림이라면 정수로도 값이 맞을 수 있지만, 채점하는 그림에서는 맞을 수 없습니다.
    (check_to_unit_range, lambda x: (x / 127.5 - 1).to(torch.int8), "나온 값은"),
    (check_settings, lambda: LessonConfig.quick(imagesize=96), "설정값 imagesize: 없는 이름"),
    (check_settings, lambda: LessonConfig.quick(image_size=96), "32, 64, 128 가운데"),
    (check_settings, lambda: LessonConfig.quick(batch_size="64"), "설정값 batch_size"),
    (check_settings, lambda: LessonConfig.quick(batch_size=64), "image_size=32."),
    (check_settings, lambda: LessonConfig.paper(batch_size=64), "nc=3"),
    (check_settings, lambda: dict(image_size=64), "LessonConfig를 돌려주어야"),
    (check_settings, lambda: 1 / 0, "ZeroDivisionError"),
    (check_settings, LessonConfig.quick(), "함수를 넘겨"),
]
