"""설정값: 타입과 범위, 묶음, 저장."""

import json
import re
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_lesson.base.errors import LessonError, quote
from gan_lesson.config import PRESETS, LessonConfig

COURSE_SETTINGS = ["dataroot", "workers", "batch_size", "image_size", "nc", "nz", "ngf", "ndf", "num_epochs", "lr", "beta1", "ngpu"]  # fmt: skip

BAD_VALUES = {
    "dataroot": [1, "", "  ", b"hangul", None, "a\0b"],
    "workers": ["2", -1, 65, 1.0],
    "batch_size": ["64", 1, 8193, 64.0, True],
    "image_size": [28, 65, "64", 64.0],
    "nc": [2, 0, "1", 4],
    "nz": [0, -100, 100.0, 5000],
    "ngf": [0, 513, "64", None],
    "ndf": [0, -1, 10**9, [64]],
    "num_epochs": [0, 100_001, 2.5, "5"],
    "lr": [0, -0.0002, 1.5, float("nan"), float("inf"), "0.0002"],
    "beta1": [1, 1.0, -0.1, float("nan"), None],
    "ngpu": [-1, 65, "0", 0.5],
    "seed": [-1, 2**31, 1.0, "0"],
}


def test_fields_are_the_course_settings_and_a_seed():
    assert [f.name for f in fields(LessonConfig)] == [*COURSE_SETTINGS, "seed"]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD_VALUES.items() for value in values]
)
def test_bad_value_is_one_line_that_names_setting_value_and_remedy(name, value):
    with pytest.raises(LessonError) as caught:
        LessonConfig(**{name: value})
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"설정값 {name} = {quote(value)}: ")
    assert LessonConfig.rules()[name].allowed in message
    example = re.search(rf"예: {name}=(.+)$", message)[1]
    remedied = LessonConfig(**{name: LessonConfig.rules()[name].parse(example)})
    assert str(getattr(remedied, name)) == example


def test_every_bad_value_is_reported_at_once():
    with pytest.raises(LessonError) as caught:
        LessonConfig(lr=-1, nc=2, nz="많이")
    assert [line.split()[1] for line in str(caught.value).splitlines()] == ["nc", "nz", "lr"]


def test_presets():
    quick, paper = LessonConfig.quick(), LessonConfig.paper()
    assert quick == LessonConfig()
    # Radford 2015 §4: 배치 128, 학습률 0.0002, beta1 0.5
    assert (paper.batch_size, paper.lr, paper.beta1) == (128, 0.0002, 0.5)
    assert (paper.nc, paper.image_size, paper.nz) == (3, 64, 100)
    assert LessonConfig.paper(nc=1).nc == 1
    assert set(PRESETS) == {"quick", "better", "large", "paper"}


def test_replace_makes_a_new_one_and_checks_the_values():
    config = LessonConfig.quick()
    assert config.replace(lr=0.001).lr == 0.001 and config.lr == 0.0002
    with pytest.raises(LessonError, match="설정값 lr = 7"):
        config.replace(lr=7)


def test_numpy_integers_and_paths_are_welcome(tmp_path):
    import numpy as np

    config = LessonConfig(nz=np.int64(10), dataroot=tmp_path, lr=1)
    assert (config.nz, config.dataroot, config.lr) == (10, str(tmp_path), 1.0)
    assert type(config.nz) is int and type(config.lr) is float


@given(
    lr=st.floats(1e-300, 1.0),
    beta1=st.floats(0, 1, exclude_max=True),
    nz=st.integers(1, 4096),
    seed=st.integers(0, 2**31 - 1),
    dataroot=st.text(st.characters(blacklist_characters="\0", codec="utf-8"), min_size=1).filter(str.strip),
)
def test_json_round_trip_is_exact(**values):
    config = LessonConfig(**values)
    assert LessonConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"lr": 0.1}', '{"lr": 1e999}'])
def test_broken_json_is_refused(text):
    with pytest.raises(LessonError, match="설정 파일"):
        LessonConfig.from_json(text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)
changes = st.dictionaries(st.sampled_from(sorted(LessonConfig.rules())), anything)


@given(
    text=st.text()
    | anything.map(json.dumps)
    | changes.map(lambda new: json.loads(LessonConfig.quick(ngpu=0).to_json()) | new).map(json.dumps)
)
def test_a_config_file_is_read_or_refused(text):
    """설정 파일에 아무것이나 넣어 봅니다. 다른 예외는 없습니다."""
    try:
        config = LessonConfig.from_json(text)
    except LessonError as error:
        assert "설정" in str(error)
    else:
        assert LessonConfig.from_json(config.to_json()) == config


def test_quote_is_short_and_never_fails():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    assert quote(Broken()) == "<Broken>"
    assert len(quote("가" * 1000)) == 60
    assert "\n" not in quote(type("T", (), {"__repr__": lambda self: "a\nb"})())
