"""진짜 학습 프로세스를 아무 때나 강제로 끄고(SIGKILL) 이어서 합니다."""

import subprocess
import sys
import time
import warnings

from gan_lesson.base.errors import LessonError
from gan_lesson.training.saving.resume import load_checkpoint

# 반복마다 저장하므로, 끄는 순간이 저장하는 도중일 때가 많습니다.
TRAIN = [sys.executable, "-u", "-m", "gan_lesson", "train", "--save-every=0"]
SETTINGS = ["--ngf=2", "--ndf=2", "--nz=4", "--batch_size=400", "--num_epochs=1", "--ngpu=0"]
TOTAL = 20_000 // 400
RESULTS = ("generator.safetensors", "discriminator.safetensors", "history.csv", "samples.png",
           "training.gif", "config.json")  # fmt: skip


def results(folder):
    """마지막 가중치와 기록과 그림의 바이트."""
    return {name: (folder / name).read_bytes() for name in RESULTS}


def start(*arguments):
    return subprocess.Popen(
        [*TRAIN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8",
    )  # fmt: skip


def kept_iteration(folder):
    """``folder``에 남은 체크포인트의 반복."""
    return load_checkpoint(folder)[3]["iteration"]


def wait_for_iteration(folder, iteration, process):
    """``process``가 ``folder``에 ``iteration``번째 반복을 남길 때까지 기다립니다. 컴퓨터가 빠르든 느리든 같습니다."""
    while process.poll() is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 지금 쓰고 있는 것을 열어 보았을 수 있습니다.
            try:
                if kept_iteration(folder) >= iteration:
                    return
            except LessonError:
                pass
        time.sleep(0.01)
    raise AssertionError((process.returncode, *process.communicate()))


def finish(process):
    """끝까지 기다린 뒤 (출력, 오류 출력). 실패했으면 AssertionError."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err
    assert "Traceback" not in err
    return out, err


def whole_run(folder):
    """한 번도 끄지 않은 학습. 학습이 시작된 뒤 걸린 시간(초)을 돌려줍니다."""
    process = start(*SETTINGS, "--out", str(folder))
    process.stdout.readline()
    started = time.perf_counter()
    finish(process)
    return time.perf_counter() - started


def kill_and_resume(folder, moments):
    """``moments``(초)마다 한 번씩 강제로 끄고 이어서 끝까지 갑니다. 꺼진 횟수를 돌려줍니다."""
    arguments, kills, kept = [*SETTINGS, "--out", str(folder)], 0, None
    for moment in moments:
        process = start(*arguments)
        resumed_at(process, kept)
        time.sleep(moment)
        process.kill()
        process.communicate()
        if process.returncode == 0:  # 끄기 전에 끝났습니다.
            break
        kills += 1
        arguments = ["--resume", str(folder)]
        kept = kept_iteration(folder)
    else:
        process = start(*arguments)
        resumed_at(process, kept)
        _, err = finish(process)
        assert "그 앞의" not in err  # 마지막에 남긴 것이 온전했습니다.
    return kills


def resumed_at(process, kept):
    """시작의 첫 줄을 읽습니다. 이어서 하는 것이면 남긴 데서부터(처음부터가 아니라) 가는지 봅니다."""
    line = process.stdout.readline()
    if kept is not None:
        expected = f"반복 {kept:,}에서 이어서" if kept < TOTAL else "이미 끝까지"
        assert line.startswith(expected), line
