"""설정 파일에 아무것이나 넣어 봅니다. 읽히거나, 한국어로 거절됩니다. 다른 예외는 없습니다."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)
changes = st.dictionaries(st.sampled_from(sorted(LessonConfig.rules())), anything)


@given(text=st.text() | anything.map(json.dumps) | changes.map(lambda new: _whole() | new).map(json.dumps))
def test_a_config_file_is_read_or_refused(text):
    try:
        config = LessonConfig.from_json(text)
    except LessonError as error:
        assert "설정" in str(error)
    else:
        assert LessonConfig.from_json(config.to_json()) == config


def _whole():
    return json.loads(LessonConfig.quick(ngpu=0).to_json())
