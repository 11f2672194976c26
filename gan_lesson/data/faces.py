"""코드로 그린 동그란 얼굴. 아홉 가지(``FACTORS``)를 따로따로 골라 그리고, 고른 것이 라벨입니다."""

from itertools import cycle
from math import cos, radians, sin

import numpy as np
import PIL
from PIL import Image, ImageDraw

from gan_lesson.base.errors import LessonError
from gan_lesson.data.cache import load_or_build

VERSION = 1  # 같은 시드에서 나오는 그림이 달라지면 올립니다.
DEFAULT_COUNT = 20_000

# 밝기는 tanh의 끝(0과 255)에서 조금 떨어뜨렸습니다.
FACTORS = {
    "바탕": {"하늘": (150, 205, 235), "풀": (165, 215, 160), "귤": (245, 190, 120), "보라": (190, 170, 225), "모래": (228, 214, 190)},
    "옷": {"빨강": (205, 70, 70), "남색": (55, 75, 140), "초록": (50, 130, 95), "노랑": (235, 200, 80), "하양": (238, 236, 230)},
    "피부": {"밝음": (250, 222, 200), "살구": (238, 190, 150), "갈색": (190, 130, 90), "짙음": (120, 78, 56)},
    "머리색": {"검정": (35, 32, 38), "밤색": (105, 66, 40), "금색": (225, 185, 95), "주황": (205, 100, 45), "은색": (190, 192, 198)},
    "머리 모양": {name: name for name in ("없음", "짧음", "단발", "긺", "묶음", "곱슬")},
    "눈": {name: name for name in ("점", "큰 눈", "웃는 눈", "찡긋")},
    "눈썹": {name: name for name in ("편함", "놀람", "화남")},
    "입": {name: name for name in ("미소", "크게 웃음", "다묾", "놀람", "시무룩")},
    "안경": {name: name for name in ("없음", "있음")},
}  # fmt: skip
LABEL_NAMES = tuple(FACTORS)

LINE = (52, 40, 42)  # 눈썹, 눈, 입의 선
WHITE, BLUSH, MOUTH = (246, 246, 244), (232, 120, 110), (150, 45, 52)
RADIUS = 0.29  # 그림의 한 변에 대한 얼굴의 반지름
# 얼굴의 크기, 가운데에서 옮긴 거리(그림의 한 변에 대한 비), 기운 각도(도), 눈동자가 쏠린 거리(반지름에 대한 비)
SIZE_RANGE, SHIFT, TILT, GAZE = (0.88, 1.1), 0.05, 11.0, 0.07


def load_faces(image_size=32, nc=3, count=DEFAULT_COUNT, seed=0):
    """얼굴 그림의 ``ImageSet``을 만들거나 캐시에서 읽습니다. 라벨은 ``FACTORS``에서 몇 번째 것인지입니다.

    Args:
        nc: 3이면 컬러, 1이면 흑백으로 바꾼 것.
        seed: 같은 시드면 같은 바이트가 나옵니다. 학습의 시드와는 따로입니다.
    """
    if count < 1:
        raise LessonError(f"얼굴 데이터: 그림의 수 count = {count}은 1 이상이어야 합니다. 예: count=1000")

    def produce(notes):
        rng = np.random.default_rng([seed, VERSION])
        for _ in range(count):
            yield _anyone(rng, image_size, nc)

    key = dict(version=VERSION, pillow=PIL.__version__, image_size=image_size, nc=nc, count=count, seed=seed)
    return load_or_build("faces", key, LABEL_NAMES, produce)


def _anyone(rng, image_size, nc):
    """아무나 그린 (그림 (nc, H, W) uint8, 라벨)."""
    label = [int(rng.integers(len(values))) for values in FACTORS.values()]
    chosen = [list(values.values())[i] for values, i in zip(FACTORS.values(), label, strict=True)]
    x, y = rng.uniform(-SHIFT, SHIFT, 2)
    size, tilt, gaze = rng.uniform(*SIZE_RANGE), rng.uniform(-TILT, TILT), rng.uniform(-GAZE, GAZE)
    scale = 4 if image_size < 64 else 2  # 크게 그린 뒤 줄여서 가장자리를 매끄럽게 합니다.
    side = image_size * scale
    picture, middle = Image.new("RGB", (side, side), chosen[0]), ((0.5 + x) * side, (0.48 + y) * side)
    _draw(ImageDraw.Draw(picture), middle, RADIUS * size * side, *chosen[1:], gaze)
    turned = picture.rotate(tilt, Image.Resampling.BILINEAR, center=middle, fillcolor=chosen[0])
    array = np.asarray(turned.reduce(scale).convert("RGB" if nc == 3 else "L"))
    return array.reshape(image_size, image_size, nc).transpose(2, 0, 1), label


def _draw(canvas, middle, radius, clothes, skin, hair_color, hair, eyes, brows, mouth, glasses, gaze):
    """얼굴의 반지름을 1로 하고 얼굴의 가운데 ``middle``을 (0, 0)으로 하는 자리에 그립니다. y는 아래로 커집니다."""

    def at(*xy):
        return [start + radius * place for start, place in zip(cycle(middle), xy, strict=False)]

    def box(*corners, color):
        canvas.rectangle(at(*corners), color)

    def oval(x, y, width, height, color, *angles, thick=None):
        """가운데가 (x, y)인 타원. 각도 둘을 주면 그 사이의 활꼴, ``thick``도 주면 그 사이의 선입니다."""
        bounds = at(x - width, y - height, x + width, y + height)
        if thick:
            canvas.arc(bounds, *angles, color, max(1, round(thick * radius)))
        elif angles:
            canvas.chord(bounds, *angles, color)
        else:
            canvas.ellipse(bounds, color)

    def line(*ends, thick):
        canvas.line(at(*ends), LINE, max(1, round(thick * radius)))

    if hair in ("단발", "긺"):
        oval(0, -0.15, 1.28, 1.22, hair_color)
        box(-1.28, -0.15, 1.28, 0.75 if hair == "단발" else 1.75, color=hair_color)
    elif hair == "묶음":
        oval(0, -1.3, 0.48, 0.46, hair_color)
    elif hair == "곱슬":
        for turn in map(radians, range(170, 371, 25)):
            oval(1.05 * cos(turn), 1.02 * sin(turn) - 0.1, 0.42, 0.42, hair_color)
    oval(0, 2.2, 1.5, 1.0, clothes)
    oval(0, 1.15, 0.36, 0.5, _mix(skin, LINE, 0.12))  # 목
    for side in (-1, 1):
        oval(side * 0.98, 0.05, 0.2, 0.24, skin)
    oval(0, 0, 1, 1.08, skin)
    for side in (-1, 1):
        oval(side * 0.6, 0.36, 0.2, 0.13, _mix(skin, BLUSH, 0.45))  # 볼
    if hair != "없음":  # 이마를 덮는 머리. 얼굴보다 조금 큰 동그라미의 윗부분입니다.
        low = {"짧음": 205, "단발": 198, "긺": 198, "묶음": 208, "곱슬": 210}[hair]
        oval(0, 0, 1.06, 1.14, hair_color, low, 540 - low)
    for side in (-1, 1):
        x, y = side * 0.42, -0.06
        if eyes == "큰 눈":
            oval(x, y, 0.22, 0.25, WHITE)
            oval(x + gaze, y + 0.02, 0.13, 0.15, LINE)
        elif eyes == "웃는 눈" or (eyes == "찡긋" and side > 0):
            oval(x, y + 0.07, 0.19, 0.17, LINE, 195, 345, thick=0.1)
        else:
            oval(x + gaze / 2, y, 0.12, 0.14, LINE)
        inner, outer = {"편함": (-0.42, -0.4), "놀람": (-0.54, -0.5), "화남": (-0.3, -0.46)}[brows]
        line(side * 0.24, inner, side * 0.62, outer, thick=0.09)
        if glasses == "있음":
            oval(x, -0.08, 0.32, 0.3, LINE, 0, 360, thick=0.07)
            line(-0.12, -0.1, 0.12, -0.1, thick=0.07)
    oval(0, 0.2, 0.1, 0.08, _mix(skin, LINE, 0.5), 20, 160, thick=0.07)  # 코
    if mouth == "미소":
        oval(0, 0.4, 0.34, 0.26, LINE, 20, 160, thick=0.1)
    elif mouth == "크게 웃음":
        oval(0, 0.46, 0.36, 0.36, MOUTH, 0, 180)
        oval(0, 0.46, 0.3, 0.12, WHITE, 0, 180)
    elif mouth == "다묾":
        line(-0.24, 0.6, 0.24, 0.6, thick=0.1)
    elif mouth == "놀람":
        oval(0, 0.62, 0.15, 0.19, MOUTH)
    else:
        oval(0, 0.78, 0.3, 0.24, LINE, 200, 340, thick=0.1)


def _mix(color, other, share):
    return tuple(round(a + share * (b - a)) for a, b in zip(color, other, strict=True))
