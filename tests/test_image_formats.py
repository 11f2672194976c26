"""Pillow가 쓸 수 있는 모든 방식과 형식의 그림을, 사람이 보는 대로 읽습니다. 망가진 것은 이름을 알립니다."""

import io
import random
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from image_files import LEFT, RIGHT, halves, png_chunk, write_png, write_tiff
from PIL import Image, ImageCms

from gan_lesson.base.errors import LessonError
from gan_lesson.data.folder import load_folder
from gan_lesson.data.formats import EXTENSIONS, FORMATS

pytestmark = pytest.mark.usefixtures("empty_cache")

GRAY = Image.fromarray(halves())
COLOR = Image.merge("RGB", [Image.fromarray(halves(*pair)) for pair in ((200, 30), (40, 90), (60, 220))])
DEEP = ("I", "F", "I;16", "I;16B")
# Pillow가 이 형식에 깊은 그림을 담을 때는 255에서 자르므로, 파일에 남은 값이 처음과 다릅니다.
SHALLOW = ("AVIF", "GIF", "WEBP", "JPEG", "MPO")


def in_mode(mode):
    """(그 방식의 그림, 사람이 보는 왼쪽과 오른쪽의 (R, G, B))."""
    gray = [(LEFT,) * 3, (RIGHT,) * 3]
    if mode == "1":
        return GRAY.point(lambda value: 255 * (value > 100)).convert("1"), [(0,) * 3, (255,) * 3]
    if mode in DEEP:
        values = np.asarray(GRAY)
        if mode == "F":
            return Image.fromarray(values.astype(np.float32) / 255), gray
        if mode == "I;16B":
            return Image.frombytes(mode, GRAY.size, (values.astype(">u2") * 257).tobytes()), gray
        return Image.fromarray((values.astype(np.int32 if mode == "I" else np.uint16)) * 257), gray
    if mode in ("LA", "La"):
        return GRAY.convert("LA").convert(mode), gray
    if mode == "L":
        return GRAY, gray
    seen = [COLOR.getpixel((x, 16)) for x in (5, 26)]
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(COLOR, *profiles, outputMode="LAB"), seen
    if mode in ("P", "PA"):
        return COLOR.convert("P", palette=Image.Palette.ADAPTIVE).convert(mode), seen
    return COLOR.convert("RGBA").convert(mode) if mode == "RGBa" else COLOR.convert(mode), seen


MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "LAB", "HSV", *DEEP)
# ICNS는 256색을 1024픽셀로 늘려 담아 느리고, Pillow가 다시 읽지 못하는 방식이 있습니다.
ONLY = {"ICNS": ("RGBA",)}
LOSSY = {"JPEG": 12, "MPO": 12, "AVIF": 12, "WEBP": 12, "GIF": 8, "JPEG2000": 4}


def write_all(folder, **options):
    """쓸 수 있는 것을 모두 쓰고 파일 이름 → (기대하는 색, 허용하는 차이)."""
    expected = {}
    ends = {name: end for end, name in reversed(Image.registered_extensions().items())}
    for form in FORMATS:
        for mode in ONLY.get(form, MODES):
            if form in SHALLOW and mode in DEEP:
                continue
            image, seen = in_mode(mode)
            try:
                content = io.BytesIO()
                image.save(content, form, **options)
            except (OSError, ValueError, KeyError, TypeError):
                continue  # Pillow가 이 방식으로는 쓰지 못합니다.
            name = f"{form}-{mode.replace(';', '_')}{ends[form]}"
            (folder / name).write_bytes(content.getvalue())
            expected[name] = seen, max(LOSSY.get(form, 2), 4 * (mode in ("LAB", "YCbCr", "HSV")))
    return expected


def loaded(folder, nc):
    """(파일 이름 → (nc, H, W) uint8, 알림을 모두 이은 글). 그림은 이름의 차례대로입니다."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = load_folder(folder, 32, nc)
    dropped = " ".join(data.notes["unreadable"])
    names = [name for name in sorted(p.name for p in folder.iterdir()) if name not in dropped]
    return dict(zip(names, data.images, strict=True)), " ".join(str(w.message) for w in caught)


def wrong_ones(found, expected):
    """기대한 색과 다르거나 읽지 못한 파일들."""
    wrong = {}
    for name, (seen, within) in expected.items():
        image = found.get(name)
        if image is None:
            wrong[name] = "읽지 못함"
            continue
        for x, color in zip((5, 26), seen, strict=True):
            wanted = color if len(image) == 3 else np.dot(color, (0.299, 0.587, 0.114))
            if np.abs(image[:, 16, x].astype(int) - wanted).max() > within:
                wrong[name] = image[:, 16, x].tolist(), color
    return wrong


@pytest.mark.parametrize("nc", [1, 3])
def test_every_mode_in_every_format_that_pillow_writes(tmp_path, nc):
    folder = tmp_path / "그림"
    folder.mkdir()
    expected = write_all(folder)
    assert len(expected) > 70 and {"PNG-P", "TIFF-LAB", "ICO-I_16"} <= {Path(name).stem for name in expected}
    found, told = loaded(folder, nc)
    assert not wrong_ones(found, expected)
    assert "읽지 못해" not in told and "읽지 않는" not in told
    assert ("nc=1이어서 흑백으로" in told) == (nc == 1)


def test_the_usual_endings_are_known():
    wanted = ".jpg .jpeg .jfif .jpe .png .gif .webp .bmp .tif .tiff .pgm .ppm .pbm .jp2 .tga .ico .qoi .psd"
    assert set(wanted.split()) <= set(EXTENSIONS)
    assert (".avif" in EXTENSIONS) == ("AVIF" in Image.OPEN)
    assert not {"EPS", "WMF"} & set(FORMATS)  # 다른 프로그램을 부릅니다.


def png_pixels(bits):
    """왼쪽은 0, 오른쪽은 가장 큰 값인 32픽셀의 줄."""
    return bytes(bits * 2) + b"\xff" * (bits * 2)


def test_depths_of_png_that_pillow_only_reads(tmp_path):
    folder = tmp_path / "그림"
    folder.mkdir()
    black, white = (0, 0, 0), (255, 255, 255)
    expected = {}
    for bits in (1, 2, 4, 8, 16):
        write_png(folder / f"gray{bits}.png", [png_pixels(bits)] * 32, 32, 32, bits, 0)
        expected[f"gray{bits}.png"] = (black, white), 0
    for bits in (1, 2, 4, 8):  # 번호 0은 투명한 빨강, 가장 큰 번호는 파랑
        palette = b"\xff\0\0" + bytes(3) * (2**bits - 2) + b"\0\0\xff"
        extra = png_chunk(b"PLTE", palette) + png_chunk(b"tRNS", b"\0")
        write_png(folder / f"palette{bits}.png", [png_pixels(bits)] * 32, 32, 32, bits, 3, extra)
        expected[f"palette{bits}.png"] = (white, (0, 0, 255)), 0
    for channels, color in ((3, 2), (4, 6), (2, 4)):
        row = np.repeat(halves().astype(">u2")[0] * 257, channels).reshape(32, channels)
        row[:, -1] = 65535 if channels != 3 else row[:, -1]
        write_png(folder / f"deep{channels}.png", [row.tobytes()] * 32, 32, 32, 16, color)
        expected[f"deep{channels}.png"] = ((LEFT,) * 3, (RIGHT,) * 3), 1
    row = (halves().astype(">u2")[0] * 257).tobytes()
    clear = png_chunk(b"tRNS", struct.pack(">H", LEFT * 257))  # 이 값은 투명합니다.
    write_png(folder / "clear16.png", [row] * 32, 32, 32, 16, 0, clear)
    expected["clear16.png"] = (white, (RIGHT,) * 3), 1
    text = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b" " * (3 * 2**20))
    write_png(folder / "xmp.png", [halves()[0].tobytes()] * 32, 32, 32, 8, 0, text)
    expected["xmp.png"] = ((LEFT,) * 3, (RIGHT,) * 3), 0
    found, told = loaded(folder, 3)
    assert not wrong_ones(found, expected) and "읽지 못해" not in told


ORIENTED = {  # EXIF의 Orientation → 저장된 배열을 바로 세우는 법
    1: lambda a: a, 2: np.fliplr, 3: lambda a: a[::-1, ::-1], 4: np.flipud,
    5: np.transpose, 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].T, 8: np.rot90,
}  # fmt: skip


def test_orientation_in_every_format_that_has_it(tmp_path):
    folder = tmp_path / "그림"
    folder.mkdir()
    stored = np.full((32, 32), 40, np.uint8)
    stored[:16, :16], stored[:16, 16:], stored[16:, :16] = 250, 180, 110
    expected = {}
    for turn, upright in ORIENTED.items():
        exif = Image.Exif()
        exif[0x0112] = turn
        for end in (".jpg", ".png", ".webp", ".tif"):
            Image.fromarray(stored).save(folder / f"8비트{turn}{end}", exif=exif)
            expected[f"8비트{turn}{end}"] = upright(stored)
        Image.fromarray(stored * np.uint16(257)).save(folder / f"깊음{turn}.png", exif=exif)
        write_tiff(folder / f"깊음{turn}.tif", stored * np.uint16(257), orientation=turn)
        expected |= {f"깊음{turn}{end}": upright(stored) for end in (".png", ".tif")}
    found, _ = loaded(folder, 1)
    corners = np.ix_([5, 26], [5, 26])
    wrong = {
        name: found[name][0][corners].tolist()
        for name, wanted in expected.items()
        if np.abs(found[name][0][corners].astype(int) - wanted[corners]).max() > 12
    }
    assert len(expected) == 48 and not wrong


def odd_exif(rng):
    """그럴듯하지만 어딘가 이상한 EXIF의 바이트들."""
    exif = Image.Exif()
    exif[0x010F], exif[0x011A], exif[0x0112] = "카메라", 300.0, 1
    exif.get_ifd(0x8769).update({0x9003: "2020:01:01 00:00:00", 0x829A: 0.01, 0x927C: b"maker" * 9})
    data = bytearray(exif.tobytes())
    how = rng.randrange(3)
    if how == 0:
        for _ in range(rng.randrange(1, 12)):
            data[rng.randrange(6, len(data))] = rng.randrange(256)
    elif how == 1:
        del data[rng.randrange(6, len(data)) :]
    else:
        data[14:] = rng.randbytes(len(data) - 14)
    return bytes(data)


@pytest.mark.parametrize("count", [40, pytest.param(3_000, marks=pytest.mark.soak)])
def test_odd_exif_does_not_lose_the_picture(tmp_path, count):
    folder, rng = tmp_path / "그림", random.Random(0)
    folder.mkdir()
    for i in range(count):
        for end in (".jpg", ".png", ".webp"):
            COLOR.save(folder / f"{i:04d}{end}", exif=odd_exif(rng))
    found, told = loaded(folder, 3)
    assert len(found) == 3 * count and "읽지 못해" not in told
    # 돌아갔더라도 두 색은 그대로 있습니다.
    for image in found.values():
        assert abs(int(image[0].max()) - 200) < 30 and abs(int(image[0].min()) - 30) < 30


@pytest.mark.parametrize("rounds", [1, pytest.param(60, marks=pytest.mark.soak)])
def test_damaged_files_are_read_or_named(tmp_path, rounds):
    """잘리거나 비트가 바뀐 파일은 그림이 되거나 이름이 적힙니다. 빠진 것도, 다른 오류도 없습니다."""
    whole, rng = tmp_path / "성한 것", random.Random(1)
    whole.mkdir()
    files = [whole / name for name in write_all(whole) if not name.startswith("ICNS")]
    for number in range(rounds):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        for path in files:
            data = bytearray(path.read_bytes())
            if rng.random() < 0.4:
                del data[rng.randrange(len(data)) :]
            for _ in range(rng.randrange(6)):
                if data:
                    data[rng.randrange(len(data))] = rng.randrange(256)
            (folder / path.name).write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                data = load_folder(folder, 32, rng.choice((1, 3)))
            except LessonError as error:
                raise AssertionError(error) from error
        named = {text.split(" (")[0] for text in data.notes["unreadable"]}
        assert len(data) + len(named) == len(files) and named <= {path.name for path in files}


def test_several_pages_are_told(tmp_path):
    folder = tmp_path / "그림"
    folder.mkdir()
    for end in (".gif", ".tif", ".webp", ".png"):
        COLOR.save(folder / f"여럿{end}", save_all=True, append_images=[GRAY.convert("RGB")])
    COLOR.save(folder / "휴대전화.jpg", "MPO", save_all=True, append_images=[GRAY])
    found, told = loaded(folder, 3)
    assert "여러 장이 든 파일 4개" in told and len(found) == 5
    assert all(abs(int(image[0, 16, 5]) - 200) < 12 for image in found.values())


@pytest.mark.parametrize(("content", "meaning"), [
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    (b"\n<!DOCTYPE html><html>Sign in</html>", "웹 페이지"),
    (b"../../blobs/0000000000", "다른 파일의 자리를 적은 글"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC 사진"),
    (b"", "빈 파일"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
])  # fmt: skip
def test_what_is_not_a_picture_is_called_by_its_name(tmp_path, content, meaning):
    Path(tmp_path / "0.jpg").write_bytes(content)
    if "HEIF" in FORMATS and "HEIC" in meaning:
        meaning = "잘림"
    with pytest.raises(LessonError, match=meaning):
        load_folder(tmp_path, 32, 1)


def test_tiff_that_pillow_cannot_read_is_named(tmp_path):
    write_tiff(tmp_path / "0.tif", halves(0.2, 0.7, dtype="<f8"))
    with pytest.raises(LessonError, match="0.tif .Pillow가 읽지 못하는 방식의 TIFF"):
        load_folder(tmp_path, 32, 1)
