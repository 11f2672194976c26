"""``torchrun``이 띄우는 프로세스들이 하는 일: torchrun … tests/together.py 결과파일

모든 프로세스가 한 일의 결과를 번호의 차례로 ``결과파일``에 남깁니다. 새로 뜬 파이썬마다 torch를 import하는 데 몇
초가 걸리므로 한 번에 여럿을 봅니다.
"""

import os
import signal
import sys
import time
from itertools import islice

import torch
from torch import nn

from gan_lesson.config import IMPROVEMENTS, LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import epoch_batches
from gan_lesson.training import Trainer
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.processes import joined
from gan_lesson.training.state import GanState

TINY = LessonConfig(batch_size=8, nz=8, ngf=4, ndf=4, num_epochs=2, ngpu=0)


def train_some(group, engine, iterations, frozen=False, improve=()):
    """``iterations``번 학습한 뒤의 (상태의 사본, 통계의 목록). 혼자면 ``group``은 ``None``.

    ``frozen``이면 배치 정규화가 배치의 통계를 쓰지 않게 합니다.
    """
    state, engine = GanState(TINY, group=group, improve=improve), pick_engine(engine)
    for module in (*state.generator.modules(), *state.discriminator.modules()):
        if frozen and isinstance(module, nn.BatchNorm2d):
            module.eval()
    engine.prepare(state)
    batches = epoch_batches(load_hangul(count=40), TINY.batch_size, TINY.seed, group=group)
    rows = [engine.run(state, [real]).tolist() for real in islice(batches, iterations)]
    return state.snapshot(), rows


def stop_one(group):
    """0번만 멈추라는 신호를 받았을 때 멈춘 반복과 끝까지 했는지."""
    trainer = Trainer(TINY, data=load_hangul(count=40), group=group)

    def press(trainer):
        if group.rank == 0 and trainer.state.iteration == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    finished = trainer.run(progress=False, on_iteration=press)
    return trainer.state.iteration, finished


def main(path):
    with joined(on_gpu=False) as group:
        mine = {
            "order": group.one_by_one(time.monotonic),
            "exact": train_some(group, "exact", 5, frozen=True),
            "fast": train_some(group, "fast", 5, frozen=True),
            "improved": train_some(group, "exact", 5, frozen=True, improve=tuple(IMPROVEMENTS)),
            "alive": train_some(group, "fast", 5),
            "stopped": stop_one(group),
        }
        found = [None] * group.size
        torch.distributed.all_gather_object(found, mine)
        if group.is_writer:
            torch.save(found, path)


if __name__ == "__main__":
    main(sys.argv[1])
