"""체크포인트로 남기고 되찾아 이어서 하기."""

import errno
import os
import shutil
import time
from types import SimpleNamespace

import pytest
import torch
from compare import everything, same
from mutations import TENSORS, files_of, notes_of, sealed, write
from safetensors.torch import load, save

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.training import Trainer
from gan_lesson.training.saving import resume as resume_room
from gan_lesson.training.saving.checkpoint import FOLDER, FORMAT, load_checkpoint
from gan_lesson.training.saving.resume import PeriodicCheckpoint, resume_trainer, save_trainer
from gan_lesson.training.saving.run_folder import open_run_folder
from gan_lesson.training.stop_reasons import DivergedError


@pytest.fixture
def trainer(tiny, glyphs):
    """두 에폭 가운데 첫 에폭의 가운데(반복 3)에서 멈춘 학습."""
    trainer = Trainer(tiny, data=glyphs)
    trainer.run(until=3, progress=False)
    return trainer


@pytest.mark.parametrize("engine", ["exact", "fast"])
@pytest.mark.parametrize("stops", [(0,), (3,), (5,), (1, 2, 7)])
def test_resumed_training_is_the_uninterrupted_one(tmp_path, tiny, glyphs, engine, stops):
    whole = Trainer(tiny, data=glyphs, engine=engine)
    whole.run(progress=False)
    part = Trainer(tiny, data=glyphs, engine=engine)
    for stop in stops:
        part.run(until=stop, progress=False)
        save_trainer(part, tmp_path)
        part = resume_trainer(tmp_path, data=glyphs)
        assert part.state.iteration == stop == len(part.history)
    assert part.run(progress=False) and part.engine.name == engine
    assert same(everything(part), everything(whole))
    layouts = [
        [p.stride() for p in t.state.generator.parameters()]
        + [s["exp_avg"].stride() for s in t.state.optimizer_d.state.values()]
        for t in (part, whole)
    ]
    assert layouts[0] == layouts[1]


def test_a_folder_on_google_drive(tmp_path, tiny, glyphs, monkeypatch):
    """Colab에 이어 놓은 드라이브처럼: 이름에 빈칸과 한글, 느린 이름 바꾸기, 모르는 fsync와 파일 잠금."""
    import fcntl

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
    with pytest.warns(LessonWarning, match="파일 잠금을 지원하지 않습니다"), open_run_folder(folder, tiny):
        Trainer(tiny, data=glyphs).run(until=6, progress=False, on_iteration=PeriodicCheckpoint(folder, 0))
    with pytest.warns(LessonWarning), open_run_folder(folder):  # 런타임이 끊긴 뒤 다시
        again = resume_trainer(folder, data=glyphs)
        assert again.state.iteration == 6
        again.run(progress=False, on_iteration=PeriodicCheckpoint(folder, 0))
    assert same(everything(again), everything(whole))
    assert resume_trainer(folder, data=glyphs).finished


def test_data_is_opened_again_from_the_settings(tmp_path, trainer, glyphs):
    save_trainer(trainer, tmp_path)
    asked = []

    def load(config):
        asked.append(config.dataroot)
        return glyphs

    resume_trainer(tmp_path, load=load)
    assert asked == ["hangul"]


def test_changed_learning_rates_are_kept(tmp_path, trainer, glyphs):
    trainer.state.set_learning_rates(d=0.001, g=0.003)
    save_trainer(trainer, tmp_path)
    state = resume_trainer(tmp_path, data=glyphs).state
    assert state.optimizer_d.param_groups[0]["lr"] == 0.001
    assert state.optimizer_g.param_groups[0]["lr"] == 0.003


def test_a_checkpoint_of_format_2_resumes_too(tmp_path, trainer, glyphs):
    """그때는 학습률이 (D, G)의 차례로, 순간마다의 그림이 한 덩어리로 들어 있었습니다."""
    trainer.state.set_learning_rates(d=0.001, g=0.003)
    save_trainer(trainer, tmp_path)
    files = files_of(tmp_path)
    moments, tensors = sorted(trainer.snapshots), load(files[TENSORS])
    assert len(moments) > 1
    for name in ("snapshots", "judged_real", "judged_fake"):
        tensors[name] = torch.stack([tensors.pop(f"{name}.{moment}") for moment in moments])
    notes = notes_of(files) | {"learning_rates": [0.001, 0.003], "snapshots": moments}
    write(tmp_path, sealed(files, notes, save(tensors), format=2))
    again = resume_trainer(tmp_path, data=glyphs)
    assert same(everything(again), everything(trainer)) and again.moments == trainer.moments
    save_trainer(again, tmp_path)  # 다시 남기면 지금의 형식입니다.
    assert load_checkpoint(tmp_path).format == FORMAT == 3


def test_more_epochs_go_on_and_take_more_pictures(tmp_path, tiny, glyphs):
    trainer = Trainer(tiny.replace(num_epochs=1), data=glyphs)
    trainer.run(progress=False)
    save_trainer(trainer, tmp_path)
    longer = resume_trainer(tmp_path, data=glyphs, num_epochs=2)
    assert longer.run(progress=False) and longer.state.iteration == 10
    whole = Trainer(tiny, data=glyphs)
    whole.run(progress=False)
    assert same(longer.state.snapshot(), whole.state.snapshot())
    assert max(longer.snapshots) == 10
    with pytest.raises(LessonError, match="num_epochs = 1: 이미 10번"):
        save_trainer(longer, tmp_path)
        resume_trainer(tmp_path, data=glyphs, num_epochs=1)


def test_what_may_not_change(tmp_path, trainer, glyphs):
    save_trainer(trainer, tmp_path)
    with pytest.raises(LessonError, match="설정값 lr, nz: 이어서 하는 학습에서는"):
        resume_trainer(tmp_path, data=glyphs, lr=0.1, nz=3)
    from gan_lesson.data.hangul import load_hangul

    with pytest.raises(LessonError, match="데이터가 달라졌습니다"):
        resume_trainer(tmp_path, data=load_hangul(count=40, seed=1))
    assert resume_trainer(tmp_path, data=load_hangul(count=40)).state.iteration == 3


def test_two_are_kept_and_a_broken_newest_gives_way(tmp_path, trainer, glyphs):
    for until in (3, 4, 5, 6):
        trainer.run(until=until, progress=False)
        save_trainer(trainer, tmp_path)
    place = tmp_path / FOLDER
    assert sorted(path.name for path in place.iterdir()) == [
        "000003.json", "000003.safetensors", "000004.json", "000004.safetensors",
    ]  # fmt: skip
    assert load_checkpoint(tmp_path).notes["iteration"] == 6
    (place / "000004.safetensors").write_bytes(b"cut")
    with pytest.warns(UserWarning, match="000004.json.*내용이 쓸 때와 다릅니다.*000003.json"):
        assert resume_trainer(tmp_path, data=glyphs).state.iteration == 5
    (place / "000003.json").unlink()
    with pytest.raises(LessonError, match="온전한 체크포인트가 없습니다"):
        load_checkpoint(tmp_path)
    shutil.rmtree(place)
    with pytest.raises(LessonError, match="체크포인트가 없어"):
        load_checkpoint(tmp_path)


def test_old_ones_stay_until_the_new_one_is_verified(tmp_path, trainer, monkeypatch):
    save_trainer(trainer, tmp_path)
    save_trainer(trainer, tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / FOLDER).iterdir()}
    monkeypatch.setattr("gan_lesson.training.saving.checkpoint.pack", lambda tensors: b"not what was meant")
    with pytest.raises(LessonError, match="저장하지 못했습니다"):
        save_trainer(trainer, tmp_path)
    assert before.items() <= {p: p.read_bytes() for p in (tmp_path / FOLDER).iterdir()}.items()
    with pytest.warns(UserWarning, match="그 앞의 '000002.json'"):
        assert load_checkpoint(tmp_path).path.name == "000002.json"


def test_unfinished_temporary_files_are_swept(tmp_path, trainer):
    save_trainer(trainer, tmp_path)
    (tmp_path / FOLDER / ".000002.safetensors-1-0123abcd").write_bytes(b"half")
    save_trainer(trainer, tmp_path)
    assert not list((tmp_path / FOLDER).glob(".*"))


def test_deleted_folder_is_explained_and_another_place_works(tmp_path, trainer, glyphs):
    with pytest.raises(LessonError, match="저장하지 못했습니다.*다른 폴더에 저장"):
        save_trainer(trainer, tmp_path / "지워진 폴더")
    save_trainer(trainer, tmp_path)
    assert same(everything(resume_trainer(tmp_path, data=glyphs)), everything(trainer))


def test_full_disk_warns_once_and_training_goes_on(tmp_path, tiny, glyphs, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    trainer = Trainer(tiny, data=glyphs)
    monkeypatch.setattr("gan_lesson.training.saving.checkpoint.write_bytes", full)
    with pytest.warns(UserWarning) as seen:
        assert trainer.run(progress=False, on_iteration=PeriodicCheckpoint(tmp_path, every=0))
    (message,) = [str(w.message) for w in seen]
    assert "디스크에 남은 자리가 없음" in message and "학습은 계속합니다" in message


def test_keeper_saves_at_its_interval(tmp_path, tiny, glyphs, monkeypatch):
    trainer = Trainer(tiny, data=glyphs)
    # 한 반복이 1초 걸리는 시계
    clock = SimpleNamespace(monotonic=lambda: trainer.state.iteration)
    monkeypatch.setattr(resume_room, "time", clock)
    saved = []
    monkeypatch.setattr(resume_room, "save_trainer", lambda t, f: saved.append(t.state.iteration))
    trainer.run(progress=False, on_iteration=PeriodicCheckpoint(tmp_path, every=3))
    assert saved == [3, 6, 9]


@pytest.mark.parametrize("where", ["loss", "weights"])
def test_divergence_names_the_iteration_and_the_last_good_checkpoint(tmp_path, trainer, glyphs, where):
    save_trainer(trainer, tmp_path)
    with torch.no_grad():
        next(trainer.state.generator.parameters())[0] = float("nan")
    with pytest.raises(DivergedError, match="lr을 10분의 1로") as refused:
        if where == "loss":
            trainer.run(progress=False)
        else:
            save_trainer(trainer, tmp_path)
    at = 4 if where == "loss" else 3
    assert f"반복 {at}: 손실이 수가 아닌 값" in str(refused.value)
    assert f"'{tmp_path}'에 있습니다(반복 3)" in str(refused.value)
    with pytest.raises(DivergedError):
        save_trainer(trainer, tmp_path)  # 온전한 것을 덮어쓰지 않습니다.
    assert resume_trainer(tmp_path, data=glyphs).state.iteration == 3


def test_divergence_without_a_checkpoint(tiny, glyphs):
    trainer = Trainer(tiny, data=glyphs)
    with torch.no_grad():
        next(trainer.state.discriminator.parameters()).fill_(float("inf"))
    with pytest.raises(DivergedError, match="반복 1: .*체크포인트를 남기지 않았으므로"):
        trainer.run(progress=False)


def test_another_device_torch_or_core_count_is_said(tmp_path, trainer, glyphs, monkeypatch):
    save_trainer(trainer, tmp_path)
    files = files_of(tmp_path)
    other = notes_of(files) | {"torch": "1.0", "threads": 10_000, "device": "cuda"}
    write(tmp_path, sealed(files, notes=other))
    with pytest.warns(UserWarning, match="장치.cuda → cpu., torch.'1.0'.*비트까지 같지는 않습니다"):
        resumed = resume_trainer(tmp_path, data=glyphs)
    assert resumed.run(progress=False)
    write(tmp_path, sealed(files, notes=other | {"device": "cpu"}))
    with pytest.warns(UserWarning, match="스레드의 수.10000"):
        resume_trainer(tmp_path, data=glyphs)


def test_thread_count_of_the_run_is_restored(tmp_path, trainer, glyphs, monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    save_trainer(trainer, tmp_path)
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    resume_trainer(tmp_path, data=glyphs)
    assert asked == [1]


def test_workers_and_a_folder_of_pictures_resume_too(tmp_path, tiny):
    from PIL import Image

    folder = tmp_path / "내 그림"
    folder.mkdir()
    for i in range(24):
        Image.new("L", (40, 40), 10 * i).save(folder / f"{i}.png")
    config = tiny.replace(dataroot=str(folder), workers=1)
    whole = Trainer(config)
    whole.run(progress=False)
    part = Trainer(config)
    part.run(until=2, progress=False)
    save_trainer(part, tmp_path)
    part = resume_trainer(tmp_path)
    part.run(progress=False)
    assert same(everything(part), everything(whole))


def test_names_that_are_not_utf8_are_kept(tmp_path, trainer, glyphs):
    """윈도의 압축을 리눅스에서 풀면 CP949로 적힌 이름이 남습니다."""
    import os

    name = os.fsdecode("사진".encode("cp949"))
    trainer.config = trainer.config.replace(dataroot=name)
    save_trainer(trainer, tmp_path)
    assert resume_trainer(tmp_path, data=glyphs).config.dataroot == name


def test_out_of_memory_while_saving_is_a_failed_save(tmp_path, tiny, glyphs, monkeypatch):
    def no_room(tensors):
        raise MemoryError

    monkeypatch.setattr("gan_lesson.training.saving.checkpoint.pack", no_room)
    trainer = Trainer(tiny, data=glyphs)
    with pytest.warns(UserWarning, match="학습은 계속합니다"):
        assert trainer.run(progress=False, on_iteration=PeriodicCheckpoint(tmp_path, every=0))
