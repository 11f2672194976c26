"""체크포인트로 남기고 되찾아 이어서 하기."""

import errno
import io
import json
import os
import shutil
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from compare import everything, same
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.config import IMPROVEMENTS
from gan_lesson.training import Trainer
from gan_lesson.training.saving import resume as resume_room
from gan_lesson.training.saving.resume import (
    FOLDER,
    PeriodicCheckpoint,
    load_checkpoint,
    resume_trainer,
    save_trainer,
)
from gan_lesson.training.saving.run_folder import open_run_folder
from gan_lesson.training.stop_reasons import DivergedError


@pytest.fixture
def trainer(tiny, glyphs):
    """두 에폭 가운데 첫 에폭의 가운데(반복 3)에서 멈춘 학습."""
    trainer = Trainer(tiny, data=glyphs)
    trainer.run(until=3, progress=False)
    return trainer


def saved_files(folder):
    return sorted(path.name for path in (folder / FOLDER).iterdir())


def change_notes(folder, change):
    """가장 새 체크포인트의 노트를 ``change(notes)``로 고쳐 다시 적습니다."""
    path = max((folder / FOLDER).iterdir())
    with safe_open(path, "pt") as file:
        notes = json.loads(file.metadata()["notes"])
    change(notes)
    save_file(load_file(path), path, {"notes": json.dumps(notes)})


@pytest.mark.parametrize("improve", [(), tuple(IMPROVEMENTS)])
@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_resumed_training_is_the_uninterrupted_one(tmp_path, tiny, glyphs, engine, improve):
    whole, part = (Trainer(tiny, data=glyphs, engine=engine, improve=improve) for _ in range(2))
    whole.run(progress=False)
    for stop in (0, 1, 3, 5, 8):  # 학습 전, 에폭의 가운데, 에폭의 끝
        part.run(until=stop, progress=False)
        save_trainer(part, tmp_path)
        part = resume_trainer(tmp_path, data=glyphs)
        assert part.state.iteration == stop == len(part.history)
    assert part.run(progress=False) and part.engine.name == engine and part.moments == whole.moments
    assert same(everything(part), everything(whole)) and part.state.improvements.names == improve
    layouts = [
        [p.stride() for p in t.state.generator.parameters()]
        + [s["exp_avg"].stride() for s in t.state.optimizer_d.state.values()]
        for t in (part, whole)
    ]
    assert layouts[0] == layouts[1]


def test_a_folder_on_google_drive(tmp_path, tiny, glyphs, monkeypatch):
    """Colab에 이어 놓은 드라이브처럼: 이름에 빈칸과 한글, 느린 이름 바꾸기, 모르는 fsync와 파일 잠금."""
    fcntl = pytest.importorskip("fcntl")

    def unknown(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    def slow(source, target, replace=os.replace):
        time.sleep(0.02)
        replace(source, target)

    monkeypatch.setattr(os, "fsync", unknown)
    monkeypatch.setattr(fcntl, "flock", unknown)
    monkeypatch.setattr(os, "replace", slow)
    whole = Trainer(tiny, data=glyphs)
    whole.run(progress=False)
    folder = tmp_path / "MyDrive" / "내 드라이브" / "GAN 실습 (1)"
    with open_run_folder(folder, tiny):
        Trainer(tiny, data=glyphs).run(until=6, progress=False, on_iteration=PeriodicCheckpoint(folder, 0))
    with open_run_folder(folder):  # 런타임이 끊긴 뒤 다시
        again = resume_trainer(folder, data=glyphs)
        assert again.state.iteration == 6
        again.run(progress=False, on_iteration=PeriodicCheckpoint(folder, 0))
    assert same(everything(again), everything(whole))


def test_changed_learning_rates_and_a_name_that_is_not_utf8_are_kept(tmp_path, trainer, glyphs):
    """윈도의 압축을 리눅스에서 풀면 CP949로 적힌 이름이 남습니다."""
    name = os.fsdecode("사진".encode("cp949"))
    trainer.state.set_learning_rates(d=0.001, g=0.003)
    trainer.config = trainer.config.replace(dataroot=name)
    save_trainer(trainer, tmp_path)
    again = resume_trainer(tmp_path, data=glyphs)
    rates = [getattr(again.state, f"optimizer_{which}").param_groups[0]["lr"] for which in "dg"]
    assert rates == [0.001, 0.003] and again.config.dataroot == name


def test_more_epochs_go_on_and_take_more_pictures(tmp_path, tiny, glyphs):
    trainer = Trainer(tiny.replace(num_epochs=1), data=glyphs)
    trainer.run(progress=False)
    save_trainer(trainer, tmp_path)
    longer = resume_trainer(tmp_path, data=glyphs, num_epochs=2)
    assert longer.run(progress=False) and longer.state.iteration == 10
    whole = Trainer(tiny, data=glyphs)
    whole.run(progress=False)
    assert same(longer.state.snapshot(), whole.state.snapshot()) and max(longer.snapshots) == 10


def test_two_are_kept_and_a_broken_newest_gives_way(tmp_path, trainer, glyphs):
    place = tmp_path / FOLDER
    for until in (3, 4, 5, 6):
        trainer.run(until=until, progress=False)
        save_trainer(trainer, tmp_path)
        (place / ".000009.safetensors-0123abcd").write_bytes(b"half")  # 쓰다가 꺼진 것
    save_trainer(trainer, tmp_path)
    assert saved_files(tmp_path) == ["000004.safetensors", "000005.safetensors"]
    newest = place / "000005.safetensors"
    (place / "메모.safetensors").write_bytes(b"1")  # 사람이 둔 것은 보지 않습니다.
    for broken in (b"", b"cut", newest.read_bytes()[:-1], b"\xff" * 200):
        newest.write_bytes(broken)
        with pytest.warns(LessonWarning, match="000005.safetensors.*그 앞의 '000004.safetensors'"):
            assert same(everything(resume_trainer(tmp_path, data=glyphs)), everything(trainer))
    (place / "000004.safetensors").unlink()
    with pytest.raises(LessonError, match="온전한 체크포인트가 없습니다"):
        load_checkpoint(tmp_path)
    shutil.rmtree(place)
    with pytest.raises(LessonError, match="체크포인트가 없습니다.*--netG"):
        load_checkpoint(tmp_path)


def test_another_version_or_a_changed_content_is_refused(tmp_path, trainer, glyphs):
    save_trainer(trainer, tmp_path)
    change_notes(tmp_path, lambda notes: notes["config"].update(ngf=8))
    with pytest.raises(LessonError, match="000001.safetensors': 내용이 맞지 않습니다"):
        resume_trainer(tmp_path, data=glyphs)
    change_notes(tmp_path, lambda notes: notes["config"].pop("ngf"))
    change_notes(tmp_path, lambda notes: notes.pop("others"))
    with pytest.raises(LessonError, match="온전한 체크포인트가 없습니다.*others"):
        resume_trainer(tmp_path, data=glyphs)


# ---- 쓸 수 없을 때


def fill_the_disk(monkeypatch, where):
    """``where``부터 디스크가 가득 찼습니다: 쓰다가, 디스크로 내려보내다가, 이름을 바꾸다가."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if where == "write":
        monkeypatch.setattr(
            "gan_lesson.base.files.open", lambda *_: io.FileIO("/dev/full", "w"), raising=False
        )
    else:
        monkeypatch.setattr(os, where, full)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="언제나 가득 찬 장치가 없습니다")
@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_a_full_disk_never_loses_the_last_good_checkpoint(tmp_path, tiny, glyphs, monkeypatch, where):
    trainer = Trainer(tiny, data=glyphs)
    for until in (1, 2):
        trainer.run(until=until, progress=False)
        save_trainer(trainer, tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / FOLDER).iterdir()}
    with monkeypatch.context() as patch:
        fill_the_disk(patch, where)
        with pytest.warns(LessonWarning) as seen:  # 학습은 끝까지 갑니다.
            assert trainer.run(progress=False, on_iteration=PeriodicCheckpoint(tmp_path, every=0))
    (message,) = {str(warning.message) for warning in seen}  # 명령줄에는 한 번만 보입니다.
    assert "디스크에 남은 자리가 없음" in message and "학습은 계속합니다" in message
    assert {path: path.read_bytes() for path in (tmp_path / FOLDER).iterdir()} == before
    assert trainer.saved == (tmp_path, 2) and resume_trainer(tmp_path, data=glyphs).state.iteration == 2
    save_trainer(trainer, tmp_path)  # 자리가 나면 다시 남깁니다.
    assert same(everything(resume_trainer(tmp_path, data=glyphs)), everything(trainer))


def test_an_old_file_that_cannot_be_deleted_is_not_a_failed_save(tmp_path, trainer, monkeypatch):
    def held(self, missing_ok=False):
        if FOLDER in self.parts and not self.name.startswith("."):
            raise PermissionError(13, "다른 프로그램이 쥐고 있음")

    monkeypatch.setattr("pathlib.Path.unlink", held)
    for _ in range(3):
        save_trainer(trainer, tmp_path)
    assert trainer.saved == (tmp_path, 3) and len(saved_files(tmp_path)) == 3


def test_keeper_saves_at_its_interval_and_survives_a_lack_of_memory(tmp_path, tiny, glyphs, monkeypatch):
    trainer = Trainer(tiny, data=glyphs)
    # 한 반복이 1초 걸리는 시계
    clock = SimpleNamespace(monotonic=lambda: trainer.state.iteration)
    monkeypatch.setattr(resume_room, "time", clock)
    saved = []

    def no_room(tensors, notes):
        saved.append(trainer.state.iteration)
        raise MemoryError

    monkeypatch.setattr(resume_room, "save", no_room)
    with pytest.warns(LessonWarning, match="메모리가 모자람.*학습은 계속합니다"):
        assert trainer.run(progress=False, on_iteration=PeriodicCheckpoint(tmp_path, every=3))
    assert saved == [3, 6, 9]


@pytest.mark.parametrize("where", ["loss", "weights"])
def test_divergence_names_the_iteration_and_the_last_good_checkpoint(tmp_path, trainer, glyphs, where):
    save_trainer(trainer, tmp_path)
    with torch.no_grad():
        next(trainer.state.generator.parameters())[0] = float("nan")
    with pytest.raises(DivergedError) as refused:
        if where == "loss":
            trainer.run(progress=False)
        else:
            save_trainer(trainer, tmp_path)
    assert f"반복 {4 if where == 'loss' else 3}: " in str(refused.value)
    assert f"'{tmp_path}'에 있습니다(반복 3)" in str(refused.value)
    with pytest.raises(DivergedError):
        save_trainer(trainer, tmp_path)  # 온전한 것을 덮어쓰지 않습니다.
    assert resume_trainer(tmp_path, data=glyphs).state.iteration == 3


# ---- 다른 컴퓨터에서


def test_threads_are_restored_and_another_device_torch_or_core_count_is_said(
    tmp_path, trainer, glyphs, monkeypatch
):
    save_trainer(trainer, tmp_path)
    change_notes(tmp_path, lambda notes: notes["machine"].update({"스레드의 수": 1}))
    asked = []
    with monkeypatch.context() as patch:
        patch.setattr(torch, "get_num_threads", lambda: 1)
        patch.setattr(torch, "set_num_threads", asked.append)
        resume_trainer(tmp_path, data=glyphs)
    assert asked == [1]
    machine = {"torch": "1.0", "스레드의 수": 10_000}
    change_notes(tmp_path, lambda notes: notes["machine"].update(machine))
    with pytest.warns(LessonWarning, match="스레드의 수.10000.*torch.1.0 .*비트까지 같지는 않습니다"):
        resume_trainer(tmp_path, data=glyphs)
    change_notes(tmp_path, lambda notes: notes["machine"].update({"장치": "cuda", "프로세스의 수": 2}))
    with pytest.warns(LessonWarning, match="장치.cuda → cpu., 프로세스의 수.2 → 1., .*torch"):
        assert resume_trainer(tmp_path, data=glyphs).run(progress=False)


def test_noise_of_another_device_flows_anew_from_where_it_stopped(trainer):
    kept = trainer.state.snapshot() | {"rng": torch.from_numpy(np.zeros(16, np.uint8))}  # GPU의 난수의 크기
    drawn = []
    for _ in range(2):
        trainer.state.restore(kept)
        drawn.append(trainer.state.sample_z(4))
    trainer.state.restore(kept | {"iteration": 4})
    assert torch.equal(*drawn) and not torch.equal(drawn[0], trainer.state.sample_z(4))
