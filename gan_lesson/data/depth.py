"""8비트보다 깊은 흑백 그림(16·32비트 정수, 실수)을 8비트로.

그런 파일은 검정과 흰색이 얼마인지 적어 두지 않을 때가 많습니다: 12비트 사진기의 값을 16비트 파일에 담고, 실수는 [0, 1]이거나
[-1, 1]이거나 잰 값 그대로입니다. 그림마다 따로 정하면 밝은 그림과 어두운 그림이 같아지므로, 폴더 전체의 값을 보고 한 번 정합니다.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image

from gan_lesson.data.formats import NotFinite

# Pillow의 방식, 비트 수, SampleFormat(1은 부호 없음, 2는 부호 있음) → Pillow가 부호를 거꾸로 읽는 것의 참뜻
VIEWS = {("I", 32, 1): np.uint32, ("L", 8, 2): np.int8}
BITS = (8, 10, 12, 14, 16)
OVERSHOOT = 0.1  # 크기를 바꾸며 조금 넘친 실수는 잘라 냅니다.
_BITS_TAG, _INVERTED_TAG, _SIGN_TAG = (
    258,
    262,
    339,
)  # TIFF의 BitsPerSample, PhotometricInterpretation, SampleFormat


class Depth(NamedTuple):
    """깊은 그림 하나가 스스로 말하는 것.

    kind: "정수" 또는 "실수". top: 파일이 정해 놓은 흰색의 값. 모르면 ``None``. view: Pillow가 읽은 비트들의 참뜻(부호
    없는 32비트, 부호 있는 8비트). 읽은 그대로면 ``None``. inverted: 0이 흰색인지.
    """

    kind: str
    top: float | None = None
    view: type | None = None
    inverted: bool = False


class Span(NamedTuple):
    """값의 범위. whole: 모든 값이 정수인지."""

    low: float
    high: float
    whole: bool = True

    def joined(self, other):
        return Span(min(self.low, other.low), max(self.high, other.high), self.whole and other.whole)


class Scale(NamedTuple):
    """``low``를 검정, ``high``를 흰색으로. told: 왜 그렇게 정했는지 알려 줄 말(당연하면 빈 글)."""

    low: float
    high: float
    told: str = ""


def depth_of(image):
    """Pillow 그림의 ``Depth``. 8비트면 ``None``. 풀기 전에 물어야 합니다(풀고 나면 방식을 잊습니다)."""
    if image.format in ("ICO", "CUR", "ICNS"):
        image.load()  # 안에 든 그림의 방식은 풀어야 압니다.
    tags = getattr(image, "tag_v2", {})
    bits, sign = (int(np.ravel(tags.get(tag, usual))[0]) for tag, usual in ((_BITS_TAG, 16), (_SIGN_TAG, 1)))
    view = VIEWS.get((image.mode, bits, sign)) if tags else None
    if not (image.mode.startswith("I") or image.mode == "F" or view):
        return None
    inverted = tags.get(_INVERTED_TAG) == 0
    return Depth("실수" if image.mode == "F" else "정수", _own_top(image, bits), view, inverted)


def _own_top(image, bits):
    if bits == 12:
        return 2.0**bits - 1  # 12비트로 채워 담은 TIFF
    if image.format == "PPM":
        # PGM은 흰색의 값(maxval)을 적습니다. Pillow가 16비트에 맞추어 늘려 주며, 이미 65535라고 적혀 있으면 그대로입니다.
        decoder, *_, arguments = image.tile[0]
        return None if decoder == "raw" or arguments[-1] == 65535 else 65535.0
    if image.format == "JPEG2000":
        return None if _jpeg2000_bits(image.fp) == 16 else 65535.0  # 역시 늘려 줍니다.
    return None


def _jpeg2000_bits(file):
    """ISO/IEC 15444-1 A.5.1의 SIZ 표시에 적힌 첫 채널의 비트 수."""
    place = file.tell()
    file.seek(0)
    head = file.read(4096)
    file.seek(place)
    start = head.find(b"\xff\x4f\xff\x51")
    return (head[start + 42] & 0x7F) + 1 if 0 <= start < len(head) - 42 else 16


def values_of(image, depth):
    """그림의 값들 (H, W) float64.

    Raises:
        NotFinite: NaN이나 무한대가 있을 때.
    """
    values = np.asarray(image)
    values = (values.view(depth.view) if depth.view else values).astype(np.float64)
    if not np.isfinite(values).all():
        raise NotFinite
    return values


def span_of(values):
    """값들의 ``Span``."""
    return Span(float(values.min()), float(values.max()), bool((values == np.rint(values)).all()))


def pick_scale(kind, span):
    """폴더의 ``kind`` 그림들이 모두 함께 쓸 ``Scale``. ``span``: 그 그림들의 값 전체의 범위."""
    low, high, whole = span
    if kind == "실수":
        if low >= -1 - OVERSHOOT and high <= 1 + OVERSHOOT:
            return Scale(0 if low >= -OVERSHOOT else -1, 1)
        if not whole and low >= -255 * OVERSHOOT and 255 / 2 < high <= 255 * (1 + OVERSHOOT):
            return Scale(0, 255)
    if low >= 0 and (kind == "정수" or whole):
        bits = next((bits for bits in BITS if high < 2**bits), None)
        if bits:
            told = f"가장 큰 값이 {high:,.0f}이라 {bits}비트(흰색이 {2**bits - 1:,})로 읽었습니다"
            return Scale(0, 2**bits - 1, told if kind == "정수" and bits < 16 else "")
    why = "음수가 있어" if low < 0 else "16비트를 넘어"
    why = "[0, 1]도 [-1, 1]도 아니어서" if kind == "실수" else why
    told = f"값이 {low:,.6g}에서 {high:,.6g}까지로 {why} 그 둘을 검정과 흰색으로 삼았습니다"
    return Scale(low, max(high, np.nextafter(low, np.inf)), told)


def eight_bit(values, depth, scale):
    """값들을 8비트 흑백 Pillow 그림으로. 파일이 흰색의 값을 정해 놓았으면 ``scale`` 대신 그것을 씁니다."""
    low, high = (0.0, depth.top) if depth.top else scale[:2]
    unit = np.clip((values - low) / (high - low), 0, 1)
    return Image.fromarray(np.rint((1 - unit if depth.inverted else unit) * 255).astype(np.uint8))
