"""체크포인트 파일을 아무리 망가뜨려도, 그대로 읽히거나 한국어 한 줄로 거절됩니다."""

import random
import subprocess
import sys
import warnings
from collections import Counter

import pytest
from compare import same
from mutations import MUTATIONS, NEVER, files_of, other_network, write

from gan_lesson.errors import LessonError
from gan_lesson.resume import resume_trainer, save_trainer
from gan_lesson.training import Trainer


@pytest.fixture(scope="module")
def trainer(tiny, glyphs):
    trainer = Trainer(tiny, data=glyphs, moments=(0, 2))
    trainer.run(until=3, progress=False)
    return trainer


@pytest.fixture
def files(tmp_path, trainer):
    save_trainer(trainer, tmp_path)
    return files_of(tmp_path)


def everything(trainer):
    return [trainer.state.snapshot(), trainer.history.rows, trainer.snapshots, trainer.judgements]


@pytest.mark.parametrize("rounds", [15, pytest.param(1053, marks=pytest.mark.soak)])
def test_mutations_load_identically_or_are_refused(tmp_path, trainer, glyphs, files, rounds):
    rng, seen, accepted = random.Random(3), Counter(), Counter()
    expected = everything(trainer)
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
            if mutate.__name__ not in ("absurd_note", "absurd_setting"):
                assert same(everything(resumed), expected)
    write(tmp_path, files)
    assert same(everything(resume_trainer(tmp_path, data=glyphs)), expected)
    print(
        f"\n{sum(seen.values()):,}개 거절, {sum(accepted.values())}개 그대로 읽음: {dict(accepted)}"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="리눅스의 메모리 한도를 씁니다")
def test_settings_that_lie_about_the_size_do_not_take_memory(tmp_path, files):
    class First:
        def choice(self, options):
            return options[0]

    write(tmp_path, other_network(files, First()))
    code = """
import resource, sys
from gan_lesson.errors import LessonError
from gan_lesson.resume import resume_trainer
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + 200 * 2**20,) * 2)
try:
    resume_trainer(sys.argv[1])
except LessonError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
    )
    assert "내용이 맞지 않습니다(generator:" in done.stdout, done.stdout + done.stderr
