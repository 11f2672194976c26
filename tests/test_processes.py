"""여러 프로세스가 나누어 하는 학습. GPU 없이 gloo로 봅니다."""

import copy
import os
import re
import signal
import subprocess
import sys
import warnings

import pytest
import together
import torch
from compare import everything, flat, same
from killing import RESULTS, wait_for_iteration

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.config import IMPROVEMENTS, LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import epoch_batches
from gan_lesson.objectives import ProbabilityBCE
from gan_lesson.state import GanState
from gan_lesson.training.saving.checkpoint import load_checkpoint
from gan_lesson.training.saving.resume import resume_trainer
from gan_lesson.training.scaling.processes import ProcessGroup, launch
from gan_lesson.training.scaling.together import train_together

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc와 SIGKILL을 씁니다")
CHOSEN = {"ngf": 2, "ndf": 2, "nz": 4, "batch_size": 400, "num_epochs": 1, "ngpu": 0}
CONFIG = LessonConfig(**CHOSEN)
SETTINGS = [f"--{name}={value}" for name, value in CHOSEN.items()]


def done_by(processes, folder, **jobs):
    launch(together.several, processes, folder / "found.pt", jobs)
    return torch.load(folder / "found.pt")


@pytest.fixture(scope="module")
def by_two(tmp_path_factory, tiny):
    """프로세스 둘이 한 일: 이름 → 프로세스마다의 결과."""
    frozen = {engine: (together.train_some, (tiny, engine, 5, True)) for engine in ("exact", "fast")}
    frozen["improved"] = (together.train_some, (tiny, "exact", 5, True, tuple(IMPROVEMENTS)))
    once, stopped = (together.train_some, (tiny, "exact", 1)), (together.stop_one, (tiny,))
    return done_by(2, tmp_path_factory.mktemp("two"), **frozen, once=once, stopped=stopped)


@pytest.fixture(scope="module")
def by_four(tmp_path_factory, tiny):
    primitives, trained = (together.primitives, ()), (together.train_some, (tiny, "fast", 5))
    return done_by(4, tmp_path_factory.mktemp("four"), primitives=primitives, trained=trained)


@pytest.fixture(scope="module")
def threads_alone():
    """혼자인 프로세스가 쓰는 스레드의 수. 그 프로세스는 일을 마치고 나가다가 죽습니다."""
    return launch(together.abort_on_the_way_out, 1)


@pytest.fixture(scope="module")
def trained_together(tmp_path_factory):
    """(결과 폴더, ``Trainer``, 그동안의 경고들): 노트북에서 프로세스 둘로 한 학습."""
    folder = tmp_path_factory.mktemp("together") / "r"
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        trainer = train_together(CONFIG, folder, processes=2)
    return folder, trainer, warned


def test_primitives(by_four, threads_alone):
    found = by_four["primitives"]
    for rank, seen in enumerate(found):
        assert seen["mean"] == [[1.5] * 3] * 2 and seen["other"] == [15.0]
        assert seen["share"] == [2 * rank, 2 * rank + 1]
        assert (seen["nobody"], seen["last"]) == (False, True)
        assert seen["threads"] == max(1, threads_alone // 4)
    assert found[0]["order"] < min(seen["order"] for seen in found[1:])


@pytest.mark.parametrize("engine", ["exact", "fast", "improved"])
def test_two_processes_are_one_with_the_joined_batch_when_batch_norm_is_frozen(by_two, tiny, engine):
    """배치 정규화가 배치를 보지 않으면, 나눈 평균의 평균은 전체의 평균입니다.

    더하는 차례만 달라 float32의 마지막 비트들이 다르고, Adam이 그것을 갱신 한 번(lr = 2e-4)의 몇 %까지 키웁니다.
    """
    first, second = by_two[engine]
    improve = tuple(IMPROVEMENTS) if engine == "improved" else ()
    alone, rows = together.train_some(None, tiny, "exact" if improve else engine, 5, True, improve)
    assert same(first, second)
    assert torch.allclose(torch.tensor(first[1]), torch.tensor(rows), atol=1e-4)
    for ours, theirs in zip(flat(first[0]["generator"]), flat(alone["generator"]), strict=True):
        assert torch.allclose(ours.float(), theirs.float(), atol=1e-5)
    assert torch.equal(first[0]["rng"], alone["rng"]) and first[0].keys() == alone.keys()


def test_gradient_of_two_processes_is_the_mean_of_the_halves(by_two, tiny):
    """배치 정규화가 살아 있으면 반쪽마다 자기 통계로 정규화한 변화도의 평균입니다. 한 반복을 손으로 합니다."""
    (found, rows), _ = by_two["once"]
    state, loss = GanState(tiny), ProbabilityBCE()
    real = next(iter(epoch_batches(load_hangul(count=40), tiny.batch_size, tiny.seed)))
    z = state.sample_z(tiny.batch_size)
    halves = list(zip(real.chunk(2), z.chunk(2), strict=True))
    networks = [(copy.deepcopy(state.generator), copy.deepcopy(state.discriminator))
                for _ in halves]  # fmt: skip
    fakes = [g(noise) for (g, _), (_, noise) in zip(networks, halves, strict=True)]
    for (_, d), (x, _), fake in zip(networks, halves, fakes, strict=True):
        (loss.real_loss(d(x)) + loss.fake_loss(d(fake.detach()))).backward()
    step(state.optimizer_d, state.discriminator, [d for _, d in networks])
    for (_, d), fake in zip(networks, fakes, strict=True):
        d.load_state_dict(state.discriminator.state_dict())
        loss.generator_loss(d(fake)).backward()
    step(state.optimizer_g, state.generator, [g for g, _ in networks])
    for name, wanted in (("generator", state.generator), ("discriminator", state.discriminator)):
        for key, value in wanted.named_parameters():
            assert torch.allclose(found[name][key], value, atol=1e-6), key
    # 나누지 않은 배치의 학습과는 다릅니다: 배치 정규화가 본 배치가 다르기 때문입니다.
    alone, _ = together.train_some(None, tiny, "exact", 1)
    apart = zip(found["generator"].values(), alone["generator"].values(), strict=True)
    assert max((a - b).abs().max() for a, b in apart) > 1e-5 and len(rows) == 1


def step(optimizer, network, parts):
    for p, *grads in zip(network.parameters(), *(n.parameters() for n in parts), strict=True):
        p.grad = torch.stack([g.grad for g in grads]).mean(0)
    optimizer.step()


def test_every_process_holds_the_same_state_bit_for_bit(by_four):
    found = by_four["trained"]
    assert all(same(found[0], other) for other in found[1:])
    buffers = [v for k, v in found[0][0]["discriminator"].items() if "running" in k]
    assert buffers and not any(torch.equal(b, torch.zeros_like(b)) for b in buffers)


def test_shares_are_the_batch(tiny, glyphs):
    whole = list(epoch_batches(glyphs, 8, seed=3, epoch=2))
    shares = [
        list(epoch_batches(glyphs, 8, seed=3, epoch=2, group=ProcessGroup(rank, 2, rank, "cpu")))
        for rank in range(2)
    ]
    for batch, *parts in zip(whole, *shares, strict=True):
        assert torch.equal(torch.cat(parts), batch)


def test_a_stop_request_to_one_stops_all_at_the_same_iteration(by_two):
    assert by_two["stopped"] == [(3, False)] * 2


def test_errors_of_one_process_end_all_and_are_told():
    with pytest.raises(LessonError, match="^설정값 lr = 9: 너무 큽니다.$"):
        launch(together.refuse, 2, 1)
    with pytest.raises(LessonError, match="2개 가운데 1번이 갑자기 끝나.SIGKILL.*batch_size"):
        launch(together.die, 2, 1)
    with pytest.raises(RuntimeError, match=r"(?s)프로세스 1번.*ZeroDivisionError"):
        launch(together.crash, 2, 1)


def test_a_process_that_dies_after_its_work_does_not_lose_the_result(threads_alone):
    assert threads_alone >= 1


def test_batch_that_cannot_be_shared(tiny):
    group = ProcessGroup(0, 3, 0, "cpu")
    with pytest.raises(LessonError, match="batch_size = 8: 프로세스 3개가.*3의 배수"):
        GanState(tiny, group=group)


def test_notebooks_train_together_and_get_a_trainer(trained_together):
    folder, trainer, warned = trained_together
    assert trainer.finished and trainer.state.iteration == len(trainer.history) == 50
    assert trainer.config == CONFIG and not warned
    threads = torch.get_num_threads()
    with pytest.raises(LessonError, match="이전 학습의 결과가 있습니다"):
        train_together(CONFIG, folder, processes=2)
    assert torch.get_num_threads() == threads  # 다음 셀이 느려지지 않습니다.


def torchrun(*arguments, processes=2):
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--standalone",
         f"--nproc-per-node={processes}", "-m", "gan_lesson", "train", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=os.environ | {"GLOO_SOCKET_IFNAME": "lo"},
    )  # fmt: skip


def test_torchrun_killed_process_ends_the_rest_and_the_run_resumes(tmp_path, trained_together):
    folder, whole, _ = trained_together
    assert load_checkpoint(folder).notes["processes"] == 2
    killed = tmp_path / "killed"
    process = torchrun(*SETTINGS, "--save-every=0", "--out", str(killed))
    wait_for_iteration(killed, 3, process)
    workers = children(process.pid)
    assert len(workers) == 2
    os.kill(workers[1], signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode != 0 and not any(alive(pid) for pid in workers)
    assert "다른 프로세스가 멈추어" in err
    assert 0 < load_checkpoint(killed).notes["iteration"] < 50

    out, err = torchrun("--resume", str(killed)).communicate(timeout=300)
    assert re.search("반복 [0-9]+에서 이어서 합니다", out), out + err
    assert "프로세스 2개가 함께" in out and out.count("학습을 마쳤습니다") == 1, out + err
    assert set(RESULTS) <= {path.name for path in killed.iterdir()}

    # 혼자서도 이어서 할 수 있고, 다르다는 것을 알려 줍니다.
    with pytest.warns(LessonWarning, match="프로세스의 수.2 → 1"):
        trainer = resume_trainer(killed, num_epochs=2)
    assert same(everything(trainer), everything(whole))
    assert trainer.run(until=trainer.state.iteration + 1, progress=False)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().split()[2] != "Z"
    except OSError:
        return False
