"""캐시: 망가진 것은 알아채고 다시 만들며, 실패해도 부스러기가 남지 않습니다."""

import json
import os
import pickle

import numpy as np
import pytest

from gan_lesson.base.errors import LessonError
from gan_lesson.data import cache
from gan_lesson.data.cache import load_or_build

SHAPE = (1, 2, 2)


class Maker:
    def __init__(self, count=5):
        self.calls = 0
        self.count = count

    def __call__(self, notes):
        self.calls += 1
        for i in range(self.count):
            yield np.full((1, *SHAPE), i), [[i]]
        notes["이름"] = "값"


def build(make, key=None):
    return load_or_build("test", key or {"v": 1}, SHAPE, 1, make)


def test_second_time_reads_instead_of_building(empty_cache):
    make = Maker()
    first, again = build(make), build(make)
    assert make.calls == 1
    assert np.array_equal(first.images, again.images)
    assert again.images[:, 0, 0, 0].tolist() == again.labels[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert again.notes == {"이름": "값"}


def test_another_key_is_another_entry_and_sweeps_what_was_long_unused(empty_cache):
    make = Maker()
    build(make, {"v": 1})
    build(make, {"v": 2})
    build(make, {"v": 1})  # 다른 노트북이 쓰는 것을 지우지 않습니다.
    assert make.calls == 2 and len(list(empty_cache.iterdir())) == 2
    for folder in empty_cache.iterdir():
        os.utime(folder, (0, 0))
    build(make, {"v": 1})  # 쓰면 다시 새것이 됩니다.
    build(make, {"v": 3})
    assert make.calls == 3 and len(list(empty_cache.iterdir())) == 2


def damage_flip(folder):
    data = bytearray((folder / "images.u8").read_bytes())
    data[7] ^= 1
    (folder / "images.u8").write_bytes(data)


DAMAGES = {
    "flipped-bit": damage_flip,
    "cut": lambda folder: (folder / "images.u8").write_bytes(b"\0" * 3),
    "cut-labels": lambda folder: (folder / "labels.i16").write_bytes(b""),
    "no-meta": lambda folder: (folder / "meta.json").unlink(),
    "half-meta": lambda folder: (folder / "meta.json").write_text("{", encoding="utf-8"),
    "strange-meta": lambda folder: (folder / "meta.json").write_text("[]", encoding="utf-8"),
    "no-images": lambda folder: (folder / "images.u8").unlink(),
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_entry_is_rebuilt(empty_cache, damage):
    make = Maker()
    folder = build(make).folder
    damage(folder)
    assert build(make).labels[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert make.calls == 2
    build(make)
    assert make.calls == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, OSError(28, "No space")])
def test_failed_build_leaves_nothing(empty_cache, error):
    def fail(notes):
        yield np.zeros((1, *SHAPE)), [[0]]
        raise error

    expected = LessonError if isinstance(error, OSError) else error
    with pytest.raises(expected) as caught:
        build(fail)
    assert list(empty_cache.iterdir()) == []
    if expected is LessonError:
        assert "디스크에 남은 자리가 없음" in str(caught.value) and "GAN_LESSON_CACHE" in str(caught.value)


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


def test_unwritable_root_falls_back_with_a_notice(tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_text("", encoding="utf-8")
    monkeypatch.setenv("GAN_LESSON_CACHE", str(blocker / "cache"))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    with pytest.warns(UserWarning, match="임시 폴더"):
        entry = build(Maker())
    assert entry.folder.parent == tmp_path / "gan_lesson"


def test_meta_is_plain_json(empty_cache):
    meta = json.loads((build(Maker()).folder / "meta.json").read_text(encoding="utf-8"))
    assert meta["images"] == [5, *SHAPE] and meta["key"] == {"v": 1}


def test_a_big_entry_is_not_read_whole_at_every_opening_but_still_checked_by_size(empty_cache, monkeypatch):
    make = Maker()
    folder = build(make).folder
    monkeypatch.setattr(cache, "CHECKED", 0)
    damage_flip(folder)
    entry = build(make)
    assert make.calls == 1 and not entry.intact()  # 이어서 하는 학습은 이것을 물어봅니다.
    DAMAGES["cut"](folder)
    assert build(make).intact() and make.calls == 2
