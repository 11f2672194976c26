"""아무것이나 넣어 봅니다: 설정 파일, 학습 기록, 체크포인트의 내용.

읽히거나, 한국어로 거절됩니다. 다른 예외는 없습니다.
"""

import json
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import files_of, notes_of, sealed, write

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.training import Trainer
from gan_lesson.training.history import History
from gan_lesson.training.saving.resume import resume_trainer, save_trainer

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)  # fmt: skip
settings_of_lesson = st.dictionaries(st.sampled_from(sorted(LessonConfig.rules())), anything)
texts = st.text() | anything.map(json.dumps)


@pytest.mark.parametrize("read", [LessonConfig.from_json, History.from_csv], ids=["설정 파일", "학습 기록"])
@given(text=texts)
def test_texts_are_read_or_refused(read, text):
    try:
        read(text)
    except LessonError as error:
        assert str(error)


@given(changes=settings_of_lesson)
def test_a_whole_config_file_with_strange_values(changes):
    values = json.loads(LessonConfig.quick(ngpu=0).to_json()) | changes
    try:
        config = LessonConfig.from_json(json.dumps(values))
    except LessonError as error:
        assert "설정값" in str(error)
    else:
        assert LessonConfig.from_json(config.to_json()) == config


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, tiny, glyphs):
    folder = tmp_path_factory.mktemp("fuzz")
    trainer = Trainer(tiny, data=glyphs, moments=(0,))
    trainer.run(until=2, progress=False)
    save_trainer(trainer, folder)
    return folder, files_of(folder), glyphs


NOTES = ("iteration", "config", "engine", "learning_rates", "seconds", "moments", "data",
          "device", "threads", "processes", "torch", "cpu")  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=st.dictionaries(st.sampled_from(NOTES), anything, min_size=1))
def test_checkpoints_with_strange_notes(checkpoint, changes):
    folder, files, glyphs = checkpoint
    assert set(NOTES) == set(notes_of(files))
    write(folder, sealed(files, notes=notes_of(files) | changes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            resume_trainer(folder, data=glyphs)
        except LessonError as error:
            assert str(folder) in str(error) and "\n" not in str(error)
