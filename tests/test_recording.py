"""학습 기록: 쓰고 읽으면 같고, 깨진 파일은 한국어로 설명하며, 함께 든 것은 제 설정값의 학습입니다."""

import zipfile

import numpy as np
import pytest
import torch
from compare import same
from record import RECORDED, RECORDED_IMPROVEMENTS, save_recording

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.replay.recording import FOLDER, load_recording
from gan_lesson.labs.replay.widget import Scrubber
from gan_lesson.training import Trainer
from gan_lesson.training.diagnosis import FAR, ahead, diagnose, vitals
from gan_lesson.training.improvements import real_label

CONFIG = LessonConfig(batch_size=4, nz=4, ngf=2, ndf=2, num_epochs=1, ngpu=0)


def recorded(path, nc=1, count=24):
    data = load_hangul(32, nc, count=count, syllables="가나다")
    trainer = Trainer(CONFIG.replace(nc=nc), data=data, moments=(0, 2, 5))
    trainer.run(progress=False)
    save_recording(trainer, path, "시험용 장치")
    return trainer


@pytest.mark.parametrize(("nc", "count"), [(1, 24), (3, 21), (1, 80)])
def test_round_trip(nc, count, tmp_path):
    first = recorded(tmp_path / "quick.zip", nc, count)
    again = load_recording("quick", tmp_path)
    assert again.config == first.config and again.device == "시험용 장치"
    assert again.history.rows == first.history.rows
    assert sorted(again.snapshots) == [0, 2, 5] and same(again.snapshots, first.snapshots)
    assert np.array_equal(again.reals, first.reals) and len(again.reals) == min(count, 64)
    for moment, pair in first.judgements.items():
        for mine, theirs in zip(pair, again.judgements[moment], strict=True):
            assert torch.allclose(mine, theirs, atol=5.1e-5)
    save_recording(first, tmp_path / "again.zip", "시험용 장치")
    assert (tmp_path / "quick.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()


def test_broken_missing_and_unknown_recordings_are_explained(tmp_path):
    recorded(path := tmp_path / "quick.zip")
    whole = path.read_bytes()
    path.write_bytes(whole[:-200])
    with pytest.raises(LessonError, match="기록 파일 .*quick.zip"):
        load_recording("quick", tmp_path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("recording.json", b"{}")
    with pytest.raises(LessonError, match="기록 파일 .*quick.zip"):
        load_recording("quick", tmp_path)
    with pytest.raises(LessonError, match="'없는 기록': .*quick"):
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
    [("quick", True, None), ("beta1-high", True, None), ("lr-low", True, None), ("large", False, None),
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
