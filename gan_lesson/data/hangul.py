"""글꼴에서 그려 낸 한글 글자. 만들어진 것을 읽어서 확인할 수 있어, 얼굴 사진보다 GAN을 배우기에 좋습니다."""

from functools import cache, lru_cache

import numpy as np
import PIL
from PIL import Image, ImageDraw, ImageFont

from gan_lesson.base.errors import LessonError, choose, quote
from gan_lesson.base.fonts import font_files
from gan_lesson.data.cache import load_or_build

VERSION = {1: 2, 3: 3}  # 채널 수 → 판. 같은 시드에서 나오는 그림이 달라지면 올립니다.
DEFAULT_COUNT = 20_000
# 가장 가는 굵기는 32픽셀에서 획이 흐려져, 같은 시간에 배운 글자가 눈에 띄게 나빠집니다.
DEFAULT_WEIGHTS = ("regular", "bold")

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
BASIC_INITIALS, BASIC_VOWELS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ", "ㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
LABEL_NAMES = ("초성", "중성", "종성")

# 컬러는 오방색: 흑 바탕에 나머지 네 색의 글자, tanh의 끝(0과 255)에서 조금 떨어진 밝기. 바탕까지 여러 색이면 평평한
# 색면을 흉내 내지 못하는 동안 D가 이겨 버려, 64픽셀에서 600번을 반복해도 잡음에 머물렀습니다.
BACKGROUND = (30, 30, 36)
INKS = {"청": (80, 150, 230), "적": (230, 90, 90), "황": (235, 195, 70), "백": (232, 228, 216)}

# 그림의 한 변에 대한 글자의 크기와 기울인 각도(도)의 범위. 좁히면 D가 몇 안 되는 모양을 외워 이깁니다:
# 같은 시간에 읽히는 글자가, 모양을 하나로 고정하면 30%, ±3도 0.78~0.86이면 50%, 지금은 65%쯤이었습니다.
SIZE_RANGE = (0.72, 0.92)
SLANT_RANGE = (-10.0, 10.0)


def compose(initial, vowel, final=0):
    """초성·중성·종성 번호를 글자로 합칩니다(유니코드 표준 3.12절의 식).

    >>> compose(0, 0), compose(18, 0, 4)
    ('가', '한')
    """
    return chr(0xAC00 + (initial * len(VOWELS) + vowel) * len(FINALS) + final)


def decompose(syllable):
    """글자를 (초성, 중성, 종성) 번호로 나눕니다. ``compose``의 반대입니다."""
    code = ord(syllable) - 0xAC00
    if not 0 <= code < len(INITIALS) * len(VOWELS) * len(FINALS):
        raise LessonError(f"글자 {quote(syllable)}: 한글 글자(가~힣)만 쓸 수 있습니다. 예: '가나다'")
    rest, final = divmod(code, len(FINALS))
    return *divmod(rest, len(VOWELS)), final


@cache
def basic_syllables():
    """기본 자음 14개 × 기본 모음 10개 = 140글자(가, 갸, …, 히). 기본 데이터입니다."""
    return "".join(
        compose(INITIALS.index(initial), VOWELS.index(vowel))
        for initial in BASIC_INITIALS
        for vowel in BASIC_VOWELS
    )


def initials_and_vowels(word):
    """낱말의 글자마다 (초성, 중성) 번호. ``basic_syllables()``의 글자만 됩니다.

    >>> initials_and_vowels("나무")
    [(2, 0), (6, 13)]
    """
    if not isinstance(word, str) or not word:
        raise LessonError(f"낱말 {quote(word)}: 글자가 하나 이상인 글이어야 합니다. 예: '나무'")
    if missing := "".join(dict.fromkeys(c for c in word if c not in basic_syllables())):
        raise LessonError(
            f"낱말 {quote(word)}: {quote(missing)}은 배우지 않은 글자입니다. 초성 {BASIC_INITIALS}, 중성 {BASIC_VOWELS}로 된, "
            "받침이 없는 글자 140개만 쓸 수 있습니다. 그 글자를 바꾸거나 빼세요. 예: '나무'"
        )
    return [decompose(syllable)[:2] for syllable in word]


def load_hangul(image_size=32, nc=1, count=DEFAULT_COUNT, syllables=None, weights=DEFAULT_WEIGHTS, seed=0):
    """한글 글자 그림의 ``ImageSet``. 라벨은 (초성, 중성, 종성) 번호이고, 종성 0은 받침 없음입니다.

    Args:
        nc: 1이면 검은 바탕에 흰 글자, 3이면 먹빛 바탕에 네 색의 글자.
        syllables: 쓸 글자들. 기본은 ``basic_syllables()``.
        weights: 글꼴 굵기의 이름들(``fonts.WEIGHTS``). light에는 KS X 1001의 2,350자만 있습니다.
        seed: 같은 시드면 같은 바이트가 나옵니다. 학습의 시드와는 따로입니다.
    """
    syllables = basic_syllables() if syllables is None else "".join(syllables)
    files = font_files()
    weights = [choose("글꼴 굵기", weight, files) for weight in weights]
    if not syllables or not weights or count < 1:
        raise LessonError("한글 데이터: 글자, 굵기, 그림의 수는 하나 이상이어야 합니다. 빈 것을 채우세요.")
    for syllable in syllables:
        decompose(syllable)  # 한글이 아니면 여기서 알려 줍니다.
    # 글꼴이나, 글자를 그리는 FreeType을 담은 Pillow가 바뀌면 캐시도 바뀝니다.
    drawing = dict(pillow=PIL.__version__, weights=[[name, files[name].stat().st_size] for name in weights])
    asked = dict(image_size=image_size, nc=nc, count=count, syllables=syllables, seed=seed)
    key = {"version": VERSION[nc]} | drawing | asked

    def produce(notes):
        available = [(syllable, weight) for weight in weights for syllable in syllables]
        rng = np.random.default_rng([seed, VERSION[nc]])
        for _ in range(count):
            yield _draw(rng, available, files, image_size, nc)

    return load_or_build("hangul", key, LABEL_NAMES, produce)


def _draw(rng, available, files, image_size, nc):
    """``available`` 가운데 아무것이나 그린 (그림 (nc, H, W) uint8, 라벨)."""
    syllable, weight = available[rng.integers(len(available))]
    size, slant = rng.uniform(*SIZE_RANGE), rng.uniform(*SLANT_RANGE)
    ink = _ink(syllable, str(files[weight]), image_size, size, slant)
    if nc == 1:
        return ink[None], decompose(syllable)
    color = list(INKS.values())[rng.integers(len(INKS))]
    background, foreground = (np.array(rgb)[:, None, None] for rgb in (BACKGROUND, color))
    painted = background + ink / 255.0 * (foreground - background)
    return np.rint(painted).astype(np.uint8), decompose(syllable)


def draw_syllable(syllable, image_size, weight="bold"):
    """글자 하나를 반듯하게 그린 (image_size, image_size) uint8. 0은 바탕, 255는 글자입니다."""
    decompose(syllable)
    return _ink(syllable, str(font_files()[weight]), image_size, sum(SIZE_RANGE) / 2, 0.0)


@lru_cache(maxsize=256)
def _font(path, pixels):
    # RAQM이 있고 없고에 따라 자리가 달라지지 않도록 기본 배치를 씁니다.
    return ImageFont.truetype(path, pixels, layout_engine=ImageFont.Layout.BASIC)


def _ink(syllable, font_path, image_size, size_ratio, slant_degrees):
    """글자 하나를 (image_size, image_size) uint8로 그립니다. 0은 바탕, 255는 글자입니다."""
    scale = 4 if image_size < 64 else 2  # 크게 그린 뒤 줄여서 가장자리를 매끄럽게 합니다.
    canvas = image_size * scale
    big = Image.new("L", (canvas, canvas))
    font = _font(font_path, round(size_ratio * canvas))
    # "mm"은 글자마다 다른 획이 아니라 글꼴의 몸통을 가운데에 놓습니다. 한글 활자의 자리 그대로입니다.
    ImageDraw.Draw(big).text((canvas / 2, canvas / 2), syllable, fill=255, font=font, anchor="mm")
    shear = np.tan(np.radians(slant_degrees))
    slant = (1, shear, -shear * canvas / 2, 0, 1, 0)
    slanted = big.transform(big.size, Image.Transform.AFFINE, slant, Image.Resampling.BILINEAR)
    return np.asarray(slanted.reduce(scale))
