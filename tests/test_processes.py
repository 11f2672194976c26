"""여러 프로세스가 나누어 하는 학습. GPU 없이 gloo로, ``torchrun``으로 띄워 봅니다."""

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import together
import torch
from compare import flat, same
from killing import RESULTS, wait_for_iteration

from gan_lesson.base.errors import LessonError
from gan_lesson.config import IMPROVEMENTS
from gan_lesson.data.images import epoch_batches
from gan_lesson.training.processes import ProcessGroup, start_again_by_torchrun
from gan_lesson.training.saving.resume import resume_trainer
from gan_lesson.training.state import GanState

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc와 SIGKILL을 씁니다")
SETTINGS = ["--ngf=2", "--ndf=2", "--nz=4", "--batch_size=400", "--num_epochs=1", "--ngpu=0"]


def torchrun(*command):
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.Popen(
        [*launcher, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=os.environ | {"GLOO_SOCKET_IFNAME": "lo"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def by_two(tmp_path_factory, cache_folder):
    """프로세스 둘이 한 일: 이름 → 프로세스마다의 결과."""
    path = tmp_path_factory.mktemp("two") / "found.pt"
    process = torchrun(str(Path(together.__file__)), str(path))
    assert process.wait(300) == 0, process.stderr.read()
    found = torch.load(path)
    return {name: [one[name] for one in found] for name in found[0]}


@pytest.mark.parametrize("engine", ["exact", "fast", "improved"])
def test_two_processes_are_one_with_the_joined_batch_when_batch_norm_is_frozen(by_two, engine):
    """배치 정규화가 배치를 보지 않으면, 나눈 평균의 평균은 전체의 평균입니다.

    더하는 차례만 달라 float32의 마지막 비트들이 다르고, Adam이 그것을 갱신 한 번(lr = 2e-4)의 몇 %까지 키웁니다.
    """
    first, second = by_two[engine]
    improve = tuple(IMPROVEMENTS) if engine == "improved" else ()
    alone, rows = together.train_some(None, "exact" if improve else engine, 5, True, improve)
    assert same(first, second)
    assert torch.allclose(torch.tensor(first[1]), torch.tensor(rows), atol=1e-4)
    for ours, theirs in zip(flat(first[0]["generator"]), flat(alone["generator"]), strict=True):
        assert torch.allclose(ours.float(), theirs.float(), atol=1e-5)
    assert torch.equal(first[0]["rng"], alone["rng"]) and first[0].keys() == alone.keys()


def test_every_process_holds_the_same_state_and_all_stop_together(by_two):
    first, second = by_two["alive"]  # 실행 중 통계까지 비트 하나도 다르지 않습니다.
    assert same(first, second)
    assert by_two["stopped"] == [(3, False)] * 2
    assert by_two["order"] == sorted(by_two["order"])


def test_shares_are_the_batch(glyphs):
    whole = epoch_batches(glyphs, 8, seed=3, epoch=2)
    groups = [ProcessGroup(rank, 2, rank, "cpu") for rank in range(2)]
    shares = [epoch_batches(glyphs, 8, seed=3, epoch=2, group=group) for group in groups]
    for batch, *parts in zip(whole, *shares, strict=True):
        assert torch.equal(torch.cat(parts), batch)


def test_what_cannot_be_done_together_is_told(tiny, monkeypatch):
    with pytest.raises(LessonError, match="batch_size = 8: 프로세스 3개"):
        GanState(tiny, group=ProcessGroup(0, 3, 0, "cpu"))
    monkeypatch.setattr(os, "execv", None)
    assert start_again_by_torchrun(2) is None  # 노트북의 커널을 갈아치우지 않습니다.
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)
    monkeypatch.setattr("gan_lesson.base.devices.accelerator", lambda: "cuda")
    with pytest.raises(LessonError, match="ngpu = 2.*python -m gan_lesson train --ngpu"):
        GanState(tiny.replace(ngpu=2))


def test_a_killed_process_ends_the_rest_and_the_run_resumes(tmp_path):
    process = torchrun("-m", "gan_lesson", "train", *SETTINGS, "--save-every=0", "--out", str(tmp_path / "r"))
    wait_for_iteration(tmp_path / "r", 3, process)
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
    os.kill(int(workers[1]), signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode != 0 and len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    assert "다른 프로세스가 멈추어" in err

    out, err = torchrun("-m", "gan_lesson", "train", "--resume", str(tmp_path / "r")).communicate(timeout=300)
    assert "프로세스 2개가 함께" in out and out.count("학습을 마쳤습니다") == 1, out + err
    assert set(RESULTS) <= {path.name for path in (tmp_path / "r").iterdir()}
    with warnings.catch_warnings(action="ignore"):  # 혼자서도 이어서 할 수 있습니다.
        trainer = resume_trainer(tmp_path / "r", num_epochs=2)
    assert trainer.run(until=trainer.state.iteration + 1, progress=False)
