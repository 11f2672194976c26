"""모든 시험은 자기만의 캐시 폴더를 씁니다. 쓰는 사람의 캐시를 건드리지 않습니다."""

import os
import runpy
from pathlib import Path

import pytest
from hypothesis import settings

from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul

# 같은 커밋은 언제나 같은 시험을 받습니다. 새로운 경우를 더 찾을 때는 HYPOTHESIS_PROFILE=search로 돌립니다.
settings.register_profile("steady", derandomize=True)
settings.register_profile("search", max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# 쓰는 사람이 정해 둔 진도 파일에 시험의 채점 결과가 남거나, 노트북의 진도표가 달라지지 않게 합니다.
os.environ["GAN_LESSON_PROGRESS"] = "off"

# GAN_LESSON_ROUNDING을 주면 노트북에서처럼 여기서도 다른 컴퓨터인 척합니다.
runpy.run_path(Path(__file__).parent / "ipython" / "profile_default" / "startup" / "round_differently.py")


# 이 노트북들은 make test에서 다른 컴퓨터인 척 돌립니다. 나머지 노트북과 다른 컴퓨터들은 scripts/elsewhere.py에서 봅니다.
ROUNDED = {"02_minimax", "03_bce", "05b_architecture", "07_training_step"}


class KernelsElsewhere:
    """노트북의 커널이 시작되기 전에 반올림을 흔들지를 정합니다(``tests/ipython``의 시작 파일이 읽습니다)."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if item.path.suffix == ".ipynb" and item.path.stem in ROUNDED:
            os.environ["GAN_LESSON_ROUNDING"] = "1"
        else:
            os.environ.pop("GAN_LESSON_ROUNDING", None)


def pytest_configure(config):
    if "GAN_LESSON_ROUNDING" not in os.environ:
        config.pluginmanager.register(KernelsElsewhere())


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_LESSON_CACHE", str(folder))
        yield folder


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    folder = tmp_path / ".빈 캐시"  # tmp_path를 그림 폴더로 쓰는 시험도 있습니다.
    monkeypatch.setenv("GAN_LESSON_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny():
    """1초 안에 몇 반복을 도는 작은 설정."""
    return LessonConfig(batch_size=8, nz=8, ngf=4, ndf=4, num_epochs=2, ngpu=0)


@pytest.fixture(scope="session")
def glyphs(cache_folder):
    """한글 그림 40장."""
    return load_hangul(count=40)
