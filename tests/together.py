"""여러 프로세스에서 돌릴 함수들. 새로 뜬 파이썬이 import하므로 시험과 따로 둡니다."""

import atexit
import os
import signal
import time
from itertools import islice

import torch
from torch import nn

from gan_lesson.base.errors import LessonError
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import epoch_batches
from gan_lesson.state import GanState
from gan_lesson.training import Trainer
from gan_lesson.training.engine import pick_engine


def gather(group, value):
    """모든 프로세스의 ``value``를 번호의 차례로."""
    found = [None] * group.size
    torch.distributed.all_gather_object(found, value)
    return found


def several(group, path, jobs):
    """``jobs``(이름 → (함수, 인자들))를 차례로 하고, 이름 → 프로세스마다의 결과를 ``path``에 남깁니다.

    새로 뜬 파이썬마다 torch를 import하는 데 몇 초가 걸리므로, 같은 수의 프로세스로 보는 것은 한 번에 봅니다.
    """
    found = {name: gather(group, work(group, *arguments)) for name, (work, arguments) in jobs.items()}
    if group.is_writer:
        torch.save(found, path)


def primitives(group):
    mean = torch.full((2, 3), float(group.rank))
    other = torch.tensor([10.0 * group.rank])
    group.average([mean, other])
    return {
        "mean": mean.tolist(),
        "other": other.tolist(),
        "share": group.share(list(range(8))),
        "nobody": group.anyone(False),
        "last": group.anyone(group.rank == group.size - 1),
        "order": group.one_by_one(time.monotonic),
        "threads": torch.get_num_threads(),
    }


def freeze_batch_norm(state):
    """배치 정규화가 배치의 통계를 쓰지 않게 합니다."""
    for network in (state.generator, state.discriminator):
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


def train_some(group, config, engine, iterations, frozen=False, improve=()):
    """``iterations``번 학습한 뒤의 (상태의 사본, 통계의 목록). 혼자면 ``group``은 ``None``."""
    state = GanState(config, group=group, improve=improve)
    if frozen:
        freeze_batch_norm(state)
    engine = pick_engine(engine)
    engine.prepare(state)
    batches = epoch_batches(load_hangul(count=40), config.batch_size, config.seed, group=group)
    rows = [engine.run(state, [real]).tolist() for real in islice(batches, iterations)]
    return state.snapshot(), rows


def refuse(group, rank):
    if group.rank == rank:
        raise LessonError("설정값 lr = 9: 너무 큽니다.")
    group.wait()


def crash(group, rank):
    if group.rank == rank:
        raise ZeroDivisionError
    group.wait()


def abort_on_the_way_out(group):
    atexit.register(os.abort)
    group.wait()
    return torch.get_num_threads()


def die(group, rank):
    group.wait()
    if group.rank == rank:
        os.kill(os.getpid(), signal.SIGKILL)
    group.wait()


def stop_one(group, config):
    """0번만 멈추라는 신호를 받았을 때 멈춘 반복과 끝까지 했는지."""
    trainer = Trainer(config, data=load_hangul(count=40), group=group)

    def press(trainer):
        if group.rank == 0 and trainer.state.iteration == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    finished = trainer.run(progress=False, on_iteration=press)
    return trainer.state.iteration, finished
