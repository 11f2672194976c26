"""체크포인트 파일을 아무리 망가뜨려도, 그대로 읽히거나 한국어 한 줄로 거절됩니다."""

import os
import random
import subprocess
import sys
import warnings
from collections import Counter
from contextlib import suppress

import pytest
from compare import everything, same
from mutations import MUTATIONS, NEVER, files_of, other_network, write

from gan_lesson.base.errors import LessonError
from gan_lesson.training import Trainer
from gan_lesson.training.saving.resume import resume_trainer, save_trainer
from gan_lesson.training.stop_reasons import DivergedError


@pytest.fixture(scope="module")
def trainer(tiny, glyphs):
    trainer = Trainer(tiny, data=glyphs, moments=(0, 2))
    trainer.run(until=3, progress=False)
    return trainer


@pytest.fixture
def files(tmp_path, trainer):
    save_trainer(trainer, tmp_path)
    return files_of(tmp_path)


@pytest.mark.parametrize("rounds", [15, pytest.param(834, marks=pytest.mark.soak)])
def test_mutations_load_identically_or_are_refused(tmp_path, trainer, glyphs, files, rounds):
    rng, seen, accepted = random.Random(3), Counter(), Counter()
    expected = everything(trainer)
    (tmp_path / "다시").mkdir()
    for number in range(rounds * len(MUTATIONS)):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        write(tmp_path, files | mutate(files, rng))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch의 판이나 장치가 다르다는 알림
                resumed = resume_trainer(tmp_path, data=glyphs)
        except LessonError as error:
            assert "\n" not in str(error) and str(tmp_path) in str(error), error
            seen[mutate.__name__] += 1
        else:
            accepted[mutate.__name__] += 1
            assert mutate not in NEVER, mutate.__name__
            if mutate.__name__ not in ("absurd_note", "absurd_setting", "other_values"):
                assert same(everything(resumed), expected)
            # 받아들인 것은 이어서 하고 다시 남길 수도 있습니다. 발산했으면 그렇다고 말합니다.
            with suppress(DivergedError):
                resumed.run(until=4, progress=False)
                save_trainer(resumed, tmp_path / "다시")
    write(tmp_path, files)
    assert same(everything(resume_trainer(tmp_path, data=glyphs)), expected)
    print(f"\n{sum(seen.values()):,}개 거절, {sum(accepted.values())}개 그대로 읽음: {dict(accepted)}")


@pytest.mark.skipif(sys.platform != "linux", reason="리눅스의 메모리 한도를 씁니다")
def test_settings_that_lie_about_the_size_do_not_take_memory(tmp_path, files):
    class First:
        def choice(self, options):
            return options[0]

    write(tmp_path, other_network(files, First()))
    code = """
import resource, sys
from gan_lesson.base.errors import LessonError
from gan_lesson.training.saving.resume import resume_trainer
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + 200 * 2**20,) * 2)
try:
    resume_trainer(sys.argv[1])
except LessonError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert "내용이 맞지 않습니다('fixed_noise'의 모양이" in done.stdout, done.stdout + done.stderr


def test_odd_files_under_the_names_do_not_hang_or_fill_the_memory(tmp_path, trainer, glyphs):
    """파이프, 장치로 가는 링크, 속이 빈 1 TB 파일, 폴더."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("파이프가 없는 운영체제")
    for name in ("json", "safetensors"):
        for odd in ("파이프", "장치", "1 TB", "폴더"):
            run = tmp_path / f"{name} {odd}"
            run.mkdir()
            save_trainer(trainer, run)
            path = run / "checkpoint" / f"000001.{name}"
            path.unlink()
            if odd == "파이프":
                os.mkfifo(path)
            elif odd == "장치":
                path.symlink_to("/dev/zero")
            elif odd == "폴더":
                path.mkdir()
            else:
                with path.open("wb") as file:
                    file.truncate(2**40)
            with pytest.raises(LessonError, match="보통의 파일이 아님|너무 큼|폴더"):
                resume_trainer(run, data=glyphs)


def test_a_linked_checkpoint_folder_is_refused(tmp_path, trainer, glyphs):
    """남에게 받은 폴더의 링크를 따라가 남의 폴더에 쓰거나 지우지 않습니다."""
    home = tmp_path / "집"
    home.mkdir()
    (home / ".중요").write_text("중요", encoding="utf-8")
    (tmp_path / "checkpoint").symlink_to(home)
    with pytest.raises(LessonError, match="폴더가 아니라 링크"):
        save_trainer(trainer, tmp_path)
    assert [path.name for path in home.iterdir()] == [".중요"]


def test_other_files_in_the_folder_are_left_alone(tmp_path, trainer):
    save_trainer(trainer, tmp_path)
    place = tmp_path / "checkpoint"
    (place / ".ipynb_checkpoints").mkdir()
    (place / "메모.json").write_text("{}", encoding="utf-8")
    (place / "1.json").write_text("{}", encoding="utf-8")
    for _ in range(3):
        save_trainer(trainer, tmp_path)
    names = {path.name for path in place.iterdir()}
    assert {".ipynb_checkpoints", "메모.json", "1.json"} < names and len(names) == 3 + 4


def test_the_previous_whole_one_is_kept_even_behind_a_broken_one(tmp_path, trainer):
    for _ in range(2):
        save_trainer(trainer, tmp_path)
    place = tmp_path / "checkpoint"
    (place / "000002.safetensors").write_bytes(b"broken")
    (place / "000009.safetensors").write_bytes(b"orphan")
    save_trainer(trainer, tmp_path)
    assert {path.stem for path in place.iterdir()} == {"000001", "000003"}


def test_an_old_file_that_cannot_be_deleted_is_not_a_failed_save(tmp_path, trainer, monkeypatch):
    def held(self, missing_ok=False):
        raise PermissionError(13, "다른 프로그램이 쥐고 있음")

    for _ in range(2):
        save_trainer(trainer, tmp_path)
    monkeypatch.setattr("pathlib.Path.unlink", held)
    save_trainer(trainer, tmp_path)
    assert trainer.saved == (tmp_path, 3)
