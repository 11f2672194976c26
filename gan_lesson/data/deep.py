"""8비트보다 깊은 흑백 그림(16·32비트 정수, 실수)을 8비트로.

그런 파일은 검정과 흰색이 얼마인지 적어 두지 않을 때가 많습니다. 그림마다 따로 정하면 밝은 그림과 어두운 그림이 같아지므로,
폴더 전체의 값을 보고 한 번 정합니다.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image

from gan_lesson.base.errors import LessonError

# TIFF의 BitsPerSample, PhotometricInterpretation, SampleFormat
BITS_TAG, INVERTED_TAG, SIGN_TAG = 258, 262, 339
# Pillow의 방식, 비트 수, SampleFormat(1은 부호 없음, 2는 부호 있음) → Pillow가 부호를 거꾸로 읽는 것의 참뜻
VIEWS = {("I", 32, 1): np.uint32, ("L", 8, 2): np.int8}
OVERSHOOT = 0.1  # 크기를 바꾸며 조금 넘친 실수는 잘라 냅니다.


class Deep(NamedTuple):
    """깊은 그림 하나.

    image: 값이 그대로 든 실수(F) 그림. kind: "정수" 또는 "실수". span: 값의 (최소, 최대, 모두 정수인지).
    white: 파일이 정해 놓은 흰색의 값. 모르면 ``None``. inverted: 0이 흰색인지.
    """

    image: Image.Image
    kind: str
    span: tuple
    white: float | None
    inverted: bool


def deep_image(image):
    """Pillow 그림의 ``Deep``. 8비트면 ``None``. 그림을 풀기 전에 불러야 합니다(풀고 나면 파일의 방식을 잊습니다)."""
    tile = getattr(image, "tile", None)
    decoder = tile[0][0] if tile else ""
    image.load()  # ICO에 든 그림의 방식은 풀어야 압니다.
    tags = getattr(image, "tag_v2", {})
    bits, sign = (int(np.ravel(tags.get(tag, usual))[0]) for tag, usual in ((BITS_TAG, 16), (SIGN_TAG, 1)))
    view = VIEWS.get((image.mode, bits, sign)) if tags else None
    if not (image.mode.startswith("I") or image.mode == "F" or view):
        return None
    values = np.asarray(image)
    values = values.view(view) if view else values
    if not np.isfinite(values).all():
        raise LessonError("값에 NaN이나 무한대가 있음")
    span = float(values.min()), float(values.max()), bool((values == np.rint(values)).all())
    white = 4095.0 if bits == 12 else None
    # Pillow는 흰색이 65535가 아닌 PGM과 JPEG 2000을 65535에 맞추어 늘려 줍니다.
    if image.format == "JPEG2000" or (image.format == "PPM" and decoder != "raw"):
        white = 65535.0
    values = values.astype(np.float32)
    if isinstance(clear := image.info.get("transparency"), int):
        values[values == clear] = 65535  # 투명한 곳은 흰 종이
    kind = "실수" if image.mode == "F" else "정수"
    return Deep(Image.fromarray(values), kind, span, white, tags.get(INVERTED_TAG) == 0)


def pick_scale(kind, spans):
    """값의 범위가 ``spans``인 ``kind`` 그림들이 함께 쓸 (검정, 흰색의 값, 왜 그렇게 정했는지 알려 줄 말이나 빈 글)."""
    lows, highs, wholes = zip(*spans, strict=True)
    low, high, whole = min(lows), max(highs), all(wholes)
    if kind == "실수":
        if low >= -1 - OVERSHOOT and high <= 1 + OVERSHOOT:
            return (0 if low >= -OVERSHOOT else -1), 1, ""
        if not whole and low >= -255 * OVERSHOOT and 255 / 2 < high <= 255 * (1 + OVERSHOOT):
            return 0, 255, ""
    if low >= 0 and whole and high < 2**16:
        bits = next(bits for bits in (8, 10, 12, 14, 16) if high < 2**bits)
        told = f"가장 큰 값이 {high:,.0f}이라 {bits}비트(흰색이 {2**bits - 1:,})로 읽었습니다"
        return 0, 2**bits - 1, told if kind == "정수" and bits < 16 else ""
    told = f"값이 {low:,.6g}에서 {high:,.6g}까지라 그 둘을 검정과 흰색으로 삼았습니다"
    return low, max(high, np.nextafter(low, np.inf)), told


def eight_bit(values, scale, inverted):
    """값들(배열이나 F 그림)을 ``scale``의 검정에서 흰색까지 0–255인 8비트 흑백 그림으로."""
    low, high, *_ = scale
    unit = np.clip((np.asarray(values, np.float64) - low) / (high - low), 0, 1)
    return Image.fromarray(np.rint((1 - unit if inverted else unit) * 255).astype(np.uint8))
