"""Pillow 그림 하나를 학습에 쓰는 크기와 색으로 맞춥니다."""

from contextlib import suppress

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps

from gan_lesson.data.depth import depth_of, eight_bit, pick_scale, span_of, values_of

# EXIF의 Orientation 값 → 바로 세우는 방법(EXIF 2.3, 4.6.4 A)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
MADE_GRAY = "컬러 그림이지만 nc=1이어서 흑백으로 바꾸었습니다. 컬러로 학습하려면 nc=3(명령줄에서는 --nc 3)으로 정하세요."
TINT = 20  # 채널 사이의 차이가 이보다 큰 점은 색이 있는 점


def fit_image(image, image_size, nc, scales=None):
    """Pillow 그림 하나를 (nc, image_size, image_size) uint8로 맞춥니다.

    Args:
        scales: 8비트보다 깊은 그림의 종류 → ``Scale``. 없으면 이 그림의 값만 보고 정합니다.
    """
    image = _upright(_eight_bit(image, scales))
    if image.has_transparency_data:
        # 투명한 곳의 색은 아무 값이나 들어 있으므로 흰 종이 위에 놓습니다.
        image = image.convert("LA" if image.mode == "La" else "RGBA").convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    image = _plain(image, "L" if nc == 1 else "RGB")
    image = ImageOps.fit(image, (image_size, image_size), Image.Resampling.BICUBIC)
    return np.asarray(image).reshape(image_size, image_size, nc).transpose(2, 0, 1)


def is_colored(image):
    """컬러 그림인지. 흑백을 컬러로 저장한 것은 세 채널이 (거의) 같습니다."""
    if image.mode in ("1", "L", "LA", "La") or depth_of(image):
        return False
    image.draft("RGB", (64, 64))
    pixels = fit_image(image, 32, 3).astype(int)
    return bool((np.ptp(pixels, axis=0) > TINT).mean() > 0.01)


def _eight_bit(image, scales):
    depth = depth_of(image)
    if not depth:
        return image
    turned = _orientation(image)
    values = values_of(image, depth)
    if depth.top is None and not (scales and depth.kind in scales):
        scales = {depth.kind: pick_scale(depth.kind, span_of(values))}
    result = eight_bit(values, depth, scales and scales.get(depth.kind))
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        result.paste(255, mask=Image.fromarray(values == transparent))
    return result if turned is None else result.transpose(turned)


def _upright(image):
    turn = _orientation(image)
    return image if turn is None else image.transpose(turn)


def _orientation(image):
    """휴대전화 사진처럼 돌려서 보여 주는 그림이면 바로 세우는 방법. 아니거나 알 수 없으면 ``None``.

    ``ImageOps.exif_transpose``는 이상한 EXIF를 다시 쓰다가 멈추기도 하므로 필요한 값만 읽습니다.
    """
    image.load()  # 그림보다 뒤에 적힌 EXIF도 있습니다.
    with suppress(Exception):
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return None


def _plain(image, mode):
    if image.mode == "LAB":  # Pillow의 convert가 모르는 방식
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    return image.convert(mode)
