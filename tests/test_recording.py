"""학습 기록: 쓰고 읽으면 같고, 깨진 파일은 한국어로 설명합니다."""

import json
import zipfile

import numpy as np
import pytest
import torch
from compare import same

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.improvements import real_label
from gan_lesson.labs.replay.recording import (
    FOLDER,
    LARGEST,
    RECORDED,
    RECORDED_IMPROVEMENTS,
    Recording,
    load_recording,
)
from gan_lesson.labs.replay.widget import Scrubber
from gan_lesson.training import Trainer
from gan_lesson.training.diagnosis import FAR, ahead, diagnose, vitals

CONFIG = LessonConfig(batch_size=4, nz=4, ngf=2, ndf=2, num_epochs=1, ngpu=0)


def recorded(nc, count=24):
    data = load_hangul(32, nc, count=count, syllables="가나다")
    trainer = Trainer(CONFIG.replace(nc=nc), data=data, moments=(0, 2, 5))
    trainer.run(progress=False)
    return Recording.of(trainer, "시험용 장치")


@pytest.mark.parametrize(("nc", "count"), [(1, 24), (3, 21), (1, 80)])
def test_round_trip(nc, count, tmp_path):
    first = recorded(nc, count)
    first.save(tmp_path / "a.zip")
    again = Recording.load(tmp_path / "a.zip")
    assert again.config == first.config and again.device == "시험용 장치"
    assert again.history.rows == first.history.rows
    assert sorted(again.snapshots) == [0, 2, 5] and same(again.snapshots, first.snapshots)
    assert np.array_equal(again.reals, first.reals) and len(again.reals) == min(count, 64)
    for moment, pair in first.judgements.items():
        for mine, theirs in zip(pair, again.judgements[moment], strict=True):
            assert torch.allclose(mine, theirs, atol=5.1e-5)
    first.save(tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_lossy_pictures_are_smaller_and_nearly_the_same(tmp_path):
    first = recorded(3)
    first.save(tmp_path / "exact.zip")
    first.save(tmp_path / "lossy.zip", quality=90)
    assert (tmp_path / "lossy.zip").stat().st_size < (tmp_path / "exact.zip").stat().st_size
    again = Recording.load(tmp_path / "lossy.zip")
    assert np.abs(again.reals.astype(int) - first.reals.astype(int)).mean() < 16


def rewritten(path, change):
    """``path``의 파일들을 {이름: 바이트}로 풀어 ``change``로 바꾸고 다시 묶습니다."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def with_notes(**changes):
    def change(files):
        notes = json.loads(files["recording.json"]) | changes
        files["recording.json"] = json.dumps(notes).encode()

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.pop("recording.json"),
        lambda files: files.pop("moments/2.webp"),
        lambda files: files.update({"reals.webp": files["reals.webp"][:40]}),
        lambda files: files.update({"reals.webp": b"\x89PNG"}),
        lambda files: files.update({"recording.json": b"[]"}),
        lambda files: files.update({"history.csv": b"a,b\n1,2\n"}),
        with_notes(format=2),
        with_notes(judgements={"0": 3}),
        with_notes(judgements={}),
        with_notes(config={}),
        lambda files: files.update({"huge": bytes(LARGEST + 1)}),
    ],
)
def test_broken_recordings_are_explained(change, tmp_path):
    path = tmp_path / "기록.zip"
    recorded(1).save(path)
    rewritten(path, change)
    with pytest.raises(LessonError):
        Recording.load(path)


def test_missing_cut_and_unknown_files(tmp_path):
    with pytest.raises(LessonError, match="파일이 없습니다"):
        Recording.load(tmp_path / "없음.zip")
    recorded(1).save(path := tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(LessonError, match="읽을 수 없습니다"):
        Recording.load(path)
    with pytest.raises(LessonError, match="quick"):
        load_recording("없는 기록")


@pytest.mark.parametrize("name", RECORDED)
def test_shipped_recordings(name):
    recording = load_recording(name)
    assert recording.config == RECORDED[name]
    assert len(recording.history) == max(recording.snapshots)
    assert Scrubber(recording).moments == sorted(recording.snapshots)


def test_shipped_recordings_are_small():
    assert {path.stem for path in FOLDER.glob("*.zip")} == set(RECORDED)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 12e6


@pytest.mark.parametrize(
    ("name", "far_ahead", "expected"),
    [("quick", True, None), ("beta1-high", True, None), ("lr-low", True, None), ("paper", True, None),
     ("lr-high", True, "strong-d")],
)  # fmt: skip
def test_a_discriminator_far_ahead_is_a_failure_only_when_the_pictures_are_far_from_real(
    name, far_ahead, expected
):
    recording = load_recording(name)
    last = max(recording.snapshots)
    label = real_label(RECORDED_IMPROVEMENTS.get(name, ()))
    signs = vitals(recording.history, recording.snapshots[last], recording.reals, label)
    assert ahead(signs) == far_ahead and diagnose(signs) == expected
    assert signs.distance < FAR - 0.2 or signs.distance > FAR + 0.3  # 어느 쪽이든 문턱에서 멉니다.
