"""강제로 꺼짐, 두 학습의 충돌, 가득 찬 디스크, 메모리 부족, 작업 프로세스의 죽음, 사라진 데이터."""

import io
import os
import random
import signal
import sys
import time

import pytest
from killing import (
    SETTINGS,
    finish,
    kept_iteration,
    kill_and_resume,
    results,
    start,
    wait_for_iteration,
    whole_run,
)
from reader import run_python

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.training import Trainer

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="리눅스의 기능을 씁니다")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    seconds = whole_run(folder)
    return results(folder), seconds


@pytest.mark.parametrize("kills", [1, pytest.param(50, marks=pytest.mark.soak)])
def test_killed_training_resumes_bit_for_bit(tmp_path, whole, kills):
    expected, seconds = whole
    rng, done, trial = random.Random(7), 0, 0
    started = time.perf_counter()
    while done < kills:
        trial += 1
        folder = tmp_path / str(trial)
        # 한 학습을 한 번에서 세 번까지 끕니다.
        moments = [rng.uniform(0, seconds) for _ in range(rng.randint(1, min(3, kills)))]
        done += kill_and_resume(folder, moments)
        assert results(folder) == expected, f"{trial}번째, 끈 때 {moments}"
    print(f"학습 {trial}개를 {done}번 끔: 모두 비트까지 같음, {time.perf_counter() - started:.0f}초")


def test_terminate_signal_saves_and_can_go_on(tmp_path, whole, capsys):
    folder = tmp_path / "r"
    process = start(*SETTINGS, "--out", str(folder))
    wait_for_iteration(folder, 3, process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert f"이어서 하려면: python -m gan_lesson train --resume {folder}" in out and "Traceback" not in err
    assert (folder / "generator.safetensors").is_file() and (folder / "history.csv").is_file()
    out, _ = finish(start("--resume", str(folder)))
    assert "에서 이어서 합니다" in out
    assert results(folder) == whole[0]
    # 끝난 학습을 다시 이어서 하면 할 일이 없다고 말하고, 결과는 그대로입니다.
    assert main(["train", "--resume", str(folder)]) == 0
    assert "이미 끝까지 학습했습니다" in capsys.readouterr().out
    assert results(folder) == whole[0]


def test_second_training_into_the_same_folder_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("gan_lesson.base.files.LOCK_WAIT", 0.2)
    folder = tmp_path / "r"
    first = start(*SETTINGS, "--num_epochs=1000", "--out", str(folder))
    first.stdout.readline()
    try:
        for arguments in (["--resume", str(folder)], ["--out", str(folder), "--overwrite"]):
            assert main(["train", *arguments]) == 2
            assert "다른 학습이 이 폴더에 쓰고 있습니다" in capsys.readouterr().err
    finally:
        first.kill()
        first.communicate()
    # 강제로 꺼진 학습의 자물쇠는 저절로 풀립니다. 결과는 아직 없으므로 이어서 끝내라고 합니다.
    assert main(["train", "--resume", str(folder), "--num_epochs", "1000", "--lr", "1"]) == 2
    assert "설정값 lr: " in capsys.readouterr().err
    assert main(["sample", "--run", str(folder)]) == 2 and main(["train", "--out", str(folder)]) == 2
    assert capsys.readouterr().err.count("--resume") == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="언제나 가득 찬 장치가 없습니다")
def test_training_into_a_full_disk_goes_on_once_there_is_room(tmp_path, whole, capsys, monkeypatch):
    folder = tmp_path / "r"

    def open_until_full(path, mode):  # 세 번째 체크포인트부터는 자리가 없습니다.
        full = len(list(folder.glob("checkpoint/*.safetensors"))) == 2
        return io.FileIO("/dev/full", "w") if full else open(path, mode)

    with monkeypatch.context() as patch:
        patch.setattr("gan_lesson.base.files.open", open_until_full, raising=False)
        assert main(["train", *SETTINGS, "--save-every=0", "--out", str(folder)]) == 2
        out, err = capsys.readouterr()
    assert "디스크에 남은 자리가 없음" in err and not (folder / "summary.json").exists()
    assert kept_iteration(folder) == 1
    assert main(["train", "--resume", str(folder)]) == 0
    assert results(folder) == whole[0]


@on_linux
def test_out_of_memory_names_a_batch_size(tmp_path):
    code = """
import resource, sys
import torch
from gan_lesson.__main__ import main
from gan_lesson.data.hangul import load_hangul
import gan_lesson.data.load, gan_lesson.training.engine, gan_lesson.training.trainer
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + 900 * 2**20,) * 2)
sys.exit(main(["train", "--ngf=64", "--ndf=64", "--batch_size=8000", "--ngpu=0", "--num_epochs=1",
               "--out", sys.argv[1]]))
"""
    code, out, err = run_python(code, tmp_path / "r")
    assert code == 2, err
    assert "설정값 batch_size = 8000: 메모리가 모자랍니다" in err
    assert "반복 0까지의 학습은" in out and "Traceback" not in err


@on_linux
def test_dead_worker_is_reported(tmp_path):
    code = """
import os, signal, sys, threading, time
from pathlib import Path
from gan_lesson.__main__ import main

def kill_a_child():
    while not list(Path(sys.argv[1]).glob("checkpoint/*.safetensors")):  # 한 반복을 마칠 때까지
        time.sleep(0.05)
    children = []
    while not children:  # 에폭이 바뀔 때 작업 프로세스도 새로 시작합니다.
        children = open(f"/proc/self/task/{os.getpid()}/children").read().split()
    os.kill(int(children[0]), signal.SIGKILL)

threading.Thread(target=kill_a_child, daemon=True).start()
sys.exit(main(["train", "--ngf=2", "--ndf=2", "--batch_size=100", "--workers=1", "--ngpu=0",
               "--num_epochs=10", "--save-every=0", "--out", sys.argv[1]]))
"""
    code, _, err = run_python(code, tmp_path / "r")
    assert code == 2, err
    assert "데이터를 읽던 작업 프로세스가 갑자기 끝났습니다" in err


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_that_vanished_is_not_told_as_a_dead_worker(tiny, glyphs, workers, monkeypatch):
    def vanished(data, index):
        raise FileNotFoundError(2, "No such file or directory")

    trainer = Trainer(tiny.replace(workers=workers), data=glyphs)
    monkeypatch.setattr(type(glyphs), "__getitem__", vanished)
    with pytest.raises(LessonError, match="데이터를 읽지 못했습니다"):
        trainer.run(progress=False)
