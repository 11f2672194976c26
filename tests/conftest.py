"""모든 시험은 자기만의 캐시 폴더를 씁니다. 쓰는 사람의 캐시를 건드리지 않습니다."""

import pytest

from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_LESSON_CACHE", str(folder))
        yield folder


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    folder = tmp_path / "빈 캐시"
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
