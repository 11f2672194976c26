"""내장 한글: 바이트까지 같은 재현, 글자의 짜임, 글꼴에 없는 글자."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from legible import ksx1001_syllables
from matplotlib.ft2font import FT2Font

from gan_lesson.base.errors import LessonError
from gan_lesson.base.fonts import font_files
from gan_lesson.data.hangul import (
    BACKGROUND,
    FINALS,
    INITIALS,
    INKS,
    VOWELS,
    basic_syllables,
    compose,
    decompose,
    initials_and_vowels,
    load_hangul,
)


def test_syllable_sets():
    assert len(basic_syllables()) == len(set(basic_syllables())) == 140
    assert (basic_syllables()[0], basic_syllables()[-1]) == ("가", "히")
    assert len(ksx1001_syllables()) == 2350  # KS X 1001의 글자 수
    assert set(basic_syllables()) <= set(ksx1001_syllables())
    assert "뷁" not in ksx1001_syllables()


@given(st.integers(0xAC00, 0xD7A3).map(chr))
def test_compose_and_decompose_are_inverse(syllable):
    assert compose(*decompose(syllable)) == syllable


def test_decompose_known_syllables():
    for syllable, letters in {"한": "ㅎㅏㄴ", "앓": "ㅇㅏㅀ", "가": "ㄱㅏ", "씨": "ㅆㅣ"}.items():
        initial, vowel, final = decompose(syllable)
        assert INITIALS[initial] + VOWELS[vowel] + FINALS[final] == letters


def test_a_word_is_written_by_its_initials_and_vowels():
    assert initials_and_vowels("나무") == [(2, 0), (6, 13)]


def test_same_seed_same_bytes_from_scratch(empty_cache, monkeypatch):
    first = load_hangul(count=30)
    monkeypatch.setenv("GAN_LESSON_CACHE", str(empty_cache / "다른 곳"))
    again, other = load_hangul(count=30), load_hangul(count=30, seed=1)
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.images, other.images)


@pytest.mark.parametrize(("size", "nc"), [(32, 1), (64, 3), (128, 1)])
def test_shapes_ranges_and_labels(size, nc):
    data = load_hangul(size, nc, count=12)
    assert data.images.shape == (12, nc, size, size) and data.images.dtype == np.uint8
    assert data.label_names == ("초성", "중성", "종성")
    assert {compose(*map(int, label)) for label in data.labels} <= set(basic_syllables())
    batch = data.take(range(12))
    assert batch.shape == (12, nc, size, size)
    assert batch.min() >= -1 and batch.max() <= 1


def test_glyph_stays_inside_the_picture():
    """글자가 잘리면 네 변에 획이 닿습니다. 가장 큰 크기와 기울기에서도 닿지 않아야 합니다."""
    images = load_hangul(64, count=400, weights=("bold",)).images[:, 0]
    edges = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    assert max(edge.max() for edge in edges) == 0


def test_the_label_is_the_glyph_that_was_drawn():
    """같은 글자끼리는 다른 글자보다 닮아야 합니다."""
    data = load_hangul(32, count=60, syllables="가호", weights=("regular",))
    is_ga = data.labels[:, 0] == 0
    images = data.images.reshape(60, -1).astype(float)
    mean_ga, mean_ho = images[is_ga].mean(0), images[~is_ga].mean(0)
    nearer_ga = np.linalg.norm(images - mean_ga, axis=1) < np.linalg.norm(images - mean_ho, axis=1)
    assert 10 < is_ga.sum() < 50 and np.array_equal(nearer_ga, is_ga)


def test_colors_stand_out_from_the_background_and_stay_inside_tanh():
    def luminance(color):  # WCAG 2.1의 상대 휘도
        c = np.array(color) / 255
        linear = np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    for color in INKS.values():
        assert (luminance(color) + 0.05) / (luminance(BACKGROUND) + 0.05) >= 4.5, color
    images = load_hangul(32, 3, count=40).images
    assert {tuple(map(int, c)) for c in images[:, :, 0, 0]} == {BACKGROUND}
    assert images.min() >= 20 and images.max() <= 240
    # 획의 한가운데에는 네 색이 그대로 나옵니다.
    brightest = [image.reshape(3, -1).T[image.sum(0).argmax()] for image in images]
    assert {tuple(map(int, color)) for color in brightest} == set(INKS.values())


def test_every_weight_has_the_syllables_of_ksx1001():
    """없는 글자는 네모로 그려집니다. light 말고는 한글 글자 11,172개가 모두 있습니다."""
    for weight, path in font_files().items():
        there = FT2Font(str(path)).get_charmap()
        wanted = ksx1001_syllables() if weight == "light" else map(chr, range(0xAC00, 0xD7A4))
        assert all(ord(syllable) in there for syllable in wanted), weight


WRONG = {
    "굵기 'heavy'": lambda: load_hangul(weights=("heavy",)),
    "굵기, 그림의 수": lambda: load_hangul(weights=()),
    "글자 'A'": lambda: load_hangul(syllables="가A"),
    "' 꽃밭'은 배우지 않은.*예: '나무'": lambda: initials_and_vowels("나비 꽃밭"),
    "초성 ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ, 중성 .*로 된, 받침이 없는 글자 140개": lambda: initials_and_vowels(
        "꽃"
    ),
    "''.*예: '나무'": lambda: initials_and_vowels(""),
    "낱말 3": lambda: initials_and_vowels(3),
}


@pytest.mark.parametrize("told", WRONG)
def test_what_cannot_be_drawn_or_written_is_told_by_its_letters(told):
    with pytest.raises(LessonError, match=told):
        WRONG[told]()
