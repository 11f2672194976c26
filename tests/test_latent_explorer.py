"""잠재공간 탐험기: 보이는 것은 몸통의 것이고, 잘못 적은 것은 설명합니다."""

import pytest
import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import to_uint8
from gan_lesson.labs.latent.paths import on_shell
from gan_lesson.labs.latent.widget import MODES, POOL, STEPS, LatentExplorer, LatentLab
from gan_lesson.metrics.bundled import load_quick_generator
from gan_lesson.metrics.image_quality import nearest
from gan_lesson.models import Generator


@pytest.fixture(scope="module")
def parts():
    return load_quick_generator(), load_hangul(32, count=300).take(range(300))


@pytest.fixture
def lab(parts):
    return LatentLab(*parts)


@pytest.fixture
def explorer(parts):
    return LatentExplorer(*parts)


def test_rows_are_what_they_say(lab, parts):
    walk = lab.path_row()
    assert walk.images.shape == (STEPS, 1, 32, 32) and len(walk.syllables) == STEPS
    ends = lab.make(lab.z[[lab.start, lab.end]])
    assert torch.allclose(walk.images[[0, -1]], ends, atol=1e-5)
    lab.choose(axis=5)
    moved = lab.z[[lab.start] * 2].clone()
    moved[:, 5] = torch.tensor([-3.0, 3.0])
    assert torch.allclose(lab.axis_row().images[[0, -1]], lab.make(moved), atol=1e-5)
    near = lab.neighbour_row()
    made = lab.make(lab.z[lab.start : lab.start + 1])
    assert torch.equal(near.images[0], made[0])
    assert torch.equal(near.images[1], lab.real[nearest(made, lab.real)[0][0]])
    of_bytes = LatentLab(parts[0], to_uint8(parts[1].clone())).neighbour_row()
    assert torch.allclose(near.images, of_bytes.images, atol=1e-6)


def test_arithmetic_says_what_should_come_out(lab):
    for words, wanted in (("가고노", "나"), ("나노도", "다"), ("가가나", "나"), ("가나다", None)):
        lab.words = tuple(words)
        assert lab.expected() == wanted
    lab.choose(words=" ".join(lab.known()[0] * 3))
    row = lab.arithmetic_row()
    assert row.syllables[-1] == row.syllables[0]  # 가 - 가 + 가 = 가
    assert torch.allclose(row.images, lab.make(on_shell(lab.mean_of(lab.words[0])).repeat(4, 1)), atol=1e-4)


@pytest.mark.parametrize(
    ("words", "message"),
    [("{0} {1}", "글자 셋"), ("", "글자 셋"), ("{0} {1} A", "글자 셋"), ("{0} {1} 뷁", "글자 '뷁'"),
     ("{0} 뷁 {1} {2}", "글자 셋")],
)  # fmt: skip
def test_words_that_cannot_be_are_explained_and_change_nothing(lab, words, message):
    before = lab.words
    with pytest.raises(LessonError, match=message):
        lab.choose(words=words.format(*lab.known()))
    assert lab.words == before


@pytest.mark.parametrize(
    "bad",
    [dict(start=-1), dict(end=POOL), dict(axis=100), dict(axis="셋"), dict(start=True), dict(kind="곡선")],
)
def test_choices_out_of_range_are_explained(lab, bad):
    with pytest.raises(LessonError, match=next(iter(bad))):
        lab.choose(**bad)


def test_buttons_and_methods_do_the_same(explorer, parts):
    twin = LatentExplorer(*parts)
    for mode in MODES.values():
        explorer.modes.value = mode
        twin.show(mode)
        assert explorer.picture.value == twin.picture.value and explorer.mode == mode
        assert twin.modes.value == mode
        assert len(twin.figure().axes) == {"arithmetic": 4, "neighbour": 3}.get(mode, STEPS)
    explorer.modes.value = "axis"
    twin.show("axis")
    explorer.controls["axis"].value = 7
    twin.set(axis=7)
    assert explorer.picture.value == twin.picture.value and twin.controls["axis"].value == 7
    shown = {name for name, c in twin.controls.items() if c.layout.display != "none"}
    assert shown == {"start", "axis"}


def test_a_generator_that_makes_no_letters_is_explained_in_the_picture(parts):
    with torch.random.fork_rng():
        blank = Generator(LessonConfig.quick(ngpu=0)).eval()
    explorer = LatentExplorer(blank, parts[1])
    explorer.modes.value = "arithmetic"
    assert "더 배운 생성자" in explorer.picture.value
    explorer.modes.value = "path"
    assert "더 배운 생성자" not in explorer.picture.value
    with pytest.raises(LessonError, match="mode = '없음'"):
        explorer.show("없음")
    assert explorer.mode == "path"


def test_typing_words_in_the_box(explorer):
    explorer.show("arithmetic")
    before = explorer.picture.value
    explorer.controls["words"].value = "가 나"
    assert "글자 셋" in explorer.message.value and explorer.picture.value == before
    assert explorer.controls["words"].value == "가 나"  # 고쳐 적을 수 있게 그대로 둡니다.
    a, b, c = known = explorer.lab.known()[:3]
    for words in (f"{b} {c} {a}", f"{a}{b}{c}", f"{b}{a}{c}", f"{a} - {b} + {c}"):
        explorer.controls["words"].value = words
        assert explorer.message.value == ""
    assert explorer.lab.words == tuple(known)


def test_the_first_arithmetic_one_sees_comes_out_right(lab):
    assert lab.arithmetic_row().syllables[-1] == lab.expected() is not None
