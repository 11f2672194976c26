"""캐시: 망가진 것은 알아채고 다시 만들며, 실패해도 부스러기가 남지 않습니다."""

import pickle

import numpy as np
import pytest

from gan_lesson.base.errors import LessonError
from gan_lesson.data.cache import load_or_build

SHAPE = (1, 2, 2)


class Maker:
    def __init__(self, count=5):
        self.calls, self.count = 0, count

    def __call__(self, notes):
        self.calls += 1
        for i in range(self.count):
            yield np.full(SHAPE, i), [i]
        notes["이름"] = "값"


def build(make, key=None):
    return load_or_build("test", {"image_size": 2, "nc": 1} | (key or {}), ("번호",), make)


def test_second_time_reads_instead_of_building(empty_cache):
    make = Maker()
    first, again, other = build(make), build(make), build(make, {"v": 2})
    assert make.calls == 2 and len(list(empty_cache.iterdir())) == 2
    assert (
        np.array_equal(first.images, again.images)
        and first.fingerprint == again.fingerprint == other.fingerprint
    )
    assert again.images[:, 0, 0, 0].tolist() == again.labels[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert again.notes == {"이름": "값"} and not again.images.flags.writeable


DAMAGES = {
    "cut": lambda folder: (folder / "images.npy").write_bytes((folder / "images.npy").read_bytes()[:-3]),
    "cut-labels": lambda folder: (folder / "labels.npy").write_bytes(b""),
    "no-meta": lambda folder: (folder / "meta.json").unlink(),
    "half-meta": lambda folder: (folder / "meta.json").write_text("{", encoding="utf-8"),
    "strange-meta": lambda folder: (folder / "meta.json").write_text("[]", encoding="utf-8"),
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_entry_is_rebuilt(empty_cache, damage):
    make = Maker()
    damage(build(make).folder)
    for _ in range(2):
        assert build(make).labels[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert make.calls == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, OSError(28, "No space")])
def test_failed_build_leaves_nothing(empty_cache, error):
    def fail(notes):
        yield np.zeros(SHAPE), [0]
        raise error

    with pytest.raises(LessonError if isinstance(error, OSError) else error) as caught:
        build(fail)
    assert list(empty_cache.iterdir()) == []
    if isinstance(error, OSError):
        assert "디스크에 남은 자리가 없음" in str(caught.value) and "GAN_LESSON_CACHE" in str(caught.value)


def test_unusable_place_is_one_clear_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("GAN_LESSON_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(LessonError, match="캐시 폴더 .*file.cache: .*GAN_LESSON_CACHE"):
        build(Maker())


def test_two_builders_at_once_agree(empty_cache):
    inner = Maker()

    def slow(notes):
        yield from Maker()(notes)
        build(inner)  # 만드는 동안 다른 프로세스가 같은 것을 끝냈습니다.

    entry = build(slow)
    assert inner.calls == 1 and entry.images.shape == (5, *SHAPE)
    assert [path.name for path in empty_cache.iterdir()] == [entry.folder.name]


def test_entry_travels_to_workers_by_name(empty_cache):
    entry = build(Maker(count=2000))
    sent = pickle.dumps(entry)
    assert len(sent) < 500  # 그림을 담지 않고 폴더 이름만 보냅니다.
    assert np.array_equal(pickle.loads(sent).images, entry.images)
