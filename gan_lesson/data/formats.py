"""어떤 그림 파일을 여는지, 열지 못한 파일이 무엇인지."""

import os
from contextlib import contextmanager, suppress

from PIL import Image, PngImagePlugin, UnidentifiedImageError

with suppress(ImportError):  # 있으면 아이폰의 HEIC 사진도 읽습니다.
    import pillow_heif

    pillow_heif.register_heif_opener()

# 확장자와 내용이 달라도 읽지만, EPS나 WMF처럼 다른 프로그램을 부르는 형식은 읽지 않습니다.
# TGA는 알아볼 만한 머리글이 없어, 다른 무엇도 아닐 때 맨 나중에 봅니다.
FORMATS = ("AVIF", "BMP", "CUR", "DDS", "DIB", "GIF", "HEIF", "ICNS", "ICO", "JPEG", "JPEG2000", "MPO", "PCX",
           "PNG", "PPM", "PSD", "QOI", "SGI", "SUN", "TIFF", "WEBP", "XBM", "XPM", "TGA")  # fmt: skip
Image.init()  # 설치된 Pillow가 아는 형식을 모두 불러옵니다.
FORMATS = tuple(name for name in FORMATS if name in Image.OPEN)
EXTENSIONS = tuple(sorted(end for end, name in Image.registered_extensions().items() if name in FORMATS))
COMMON = ".jpg .png .webp .gif .bmp .tif .avif .jp2"  # 메시지에 보여 줄 것
HEIC = (".heic", ".heif", ".hif")
HEIC_ADVICE = "HEIC 사진은 'pip install pillow-heif'로 설치하거나 JPEG으로 바꾸면 읽습니다."
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
# 그림에 딸린 설명이라, 있어도 알리지 않습니다.
COMPANIONS = (".txt", ".csv", ".tsv", ".json", ".jsonl", ".md", ".xml", ".htm", ".html", ".yaml", ".yml",
              ".py", ".ipynb", ".log", ".ini", ".db", ".url")  # fmt: skip

# 파일의 첫머리 → 그것이 무엇인지
SIGNS = (
    (b"version https://git-lfs", "그림이 아니라 Git LFS의 표시. 'git lfs pull'로 그림을 받으세요"),
    (b"<!doctype html", "그림이 아니라 웹 페이지. 다시 내려받으세요"),
    (b"<html", "그림이 아니라 웹 페이지. 다시 내려받으세요"),
    (b"<?xml", "SVG나 XML 글"),
    (b"<svg", "SVG는 점이 아니라 선으로 그린 그림"),
    (b"%pdf", "PDF 문서"),
    (b"pk\3\4", "zip 압축 파일"),
    (b"ii*\0", "Pillow가 읽지 못하는 방식의 TIFF. 8비트나 16비트 PNG로 바꾸세요"),
    (b"mm\0*", "Pillow가 읽지 못하는 방식의 TIFF. 8비트나 16비트 PNG로 바꾸세요"),
    (b"../", "그림이 아니라 다른 파일의 자리를 적은 글(풀린 링크). 진짜 파일을 받으세요"),
)


class NotFinite(ValueError):
    """실수 그림에 NaN이나 무한대가 있습니다."""


@contextmanager
def long_texts():
    """그림에 딸린 글(XMP, 색 프로필)이 1 MB를 넘는 PNG도 엽니다. Pillow는 그런 그림을 거절합니다."""
    usual, PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
    try:
        yield
    finally:
        PngImagePlugin.MAX_TEXT_CHUNK = usual


def why_unreadable(error, path):
    """``path``를 풀다 난 ``error``의 이유를 짧은 한국어로."""
    if isinstance(error, NotFinite):
        return "값에 NaN이나 무한대가 있음"
    if isinstance(error, UnidentifiedImageError):
        return _what_it_is(path)
    if isinstance(error, Image.DecompressionBombError):
        return "픽셀이 너무 많음"
    if isinstance(error, PermissionError):
        return "읽기 권한이 없음"
    if isinstance(error, OSError | SyntaxError):
        return "파일이 깨졌거나 잘림"
    return f"읽을 수 없음: {type(error).__name__}"


def _what_it_is(path):
    with suppress(OSError), open(path, "rb") as file:
        head = file.read(64).lower()
        if not head:
            return "빈 파일"
        if head[4:8] == b"ftyp" and head[8:11] in (b"hei", b"hev", b"mif"):
            return f"HEIC 사진. {HEIC_ADVICE}"
        for start, meaning in SIGNS:
            if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(start):
                return meaning
    return "그림 파일이 아님"


def ending(name):
    """파일 이름의 확장자(작은 글자). 없으면 빈 글."""
    return os.path.splitext(name)[1].lower()
