"""얼마나 빠른지 재는 방법: 번갈아 재기와 FLOP 세기.

컴퓨터의 시간은 다른 일 때문에 몇 배씩 흔들립니다. 비교할 것들을 한 프로세스에서 번갈아 돌리고 짝마다의 비를 보면 훨씬
덜 흔들립니다.
"""

import time
from functools import cache

import numpy as np
import torch

from gan_lesson.base.devices import synchronize
from gan_lesson.state import GanState


def alternate(contenders, rounds=7):
    """이름 → 걸린 시간(초)의 목록. ``contenders``: 이름 → 한 번 돌리는 함수. 한 번씩 번갈아 돌립니다."""
    times = {name: [] for name in contenders}
    for run in contenders.values():
        run()  # 처음 한 번은 메모리를 잡고 커널을 고르느라 느립니다.
    for _ in range(rounds):
        for name, run in contenders.items():
            started = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started)
    return times


def ratio(times, base, other):
    """``base``의 시간 ÷ ``other``의 시간: 번갈아 잰 짝마다의 비의 (중앙값, (작은 쪽, 큰 쪽의 사분위수))."""
    pairs = [b / o for b, o in zip(times[base], times[other], strict=True)]
    low, middle, high = np.percentile(pairs, [25, 50, 75])
    return float(middle), (float(low), float(high))


class Steps:
    """``engine``으로 같은 진짜 배치를 되풀이해 학습하는 것. ``steps(수)``로 그만큼 반복합니다."""

    def __init__(self, config, engine, group=None):
        self.state, self.engine = GanState(config, group=group), engine
        shape = config.nc, config.image_size, config.image_size
        self.real = torch.zeros(config.batch_size // self.state.group.size, *shape, device=self.state.device)
        engine.prepare(self.state)

    def __call__(self, iterations=1):
        for _ in range(iterations):
            self.engine.run(self.state, [self.real])
        synchronize(self.state.device)


@cache
def flops_per_image(config, engine):
    """학습에서 그림 한 장에 드는 FLOP(곱셈과 덧셈을 하나씩 셈). 두 장으로 한 반복을 돌려 셉니다.

    합성곱과 행렬곱만 셉니다. 나머지는 1%도 되지 않습니다.
    """
    from torch.utils.flop_counter import FlopCounterMode

    steps = Steps(config.replace(batch_size=2, ngpu=0), engine)
    with FlopCounterMode(display=False) as counter:
        steps()
    return counter.get_total_flops() // 2
