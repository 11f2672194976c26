"""얼마나 빠른지 재는 방법과 그 그림: 번갈아 재기, FLOP 세기, 프로세스의 수에 따른 예측.

컴퓨터의 시간은 다른 일 때문에 몇 배씩 흔들립니다. 비교할 것들을 한 프로세스에서 번갈아 돌리고 짝마다의 비를 보면 훨씬
덜 흔들립니다.
"""

import time
from functools import cache

import numpy as np
import torch

from gan_lesson.base.devices import synchronize
from gan_lesson.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE, new_figure
from gan_lesson.training.state import GanState


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


def ladder_bars(times):
    """처음 것보다 몇 배 빠른지. ``times``: ``alternate``의 값. 가는 선은 짝마다의 비의 사분위수입니다."""
    base, names = next(iter(times)), list(times)[::-1]
    figure = new_figure(9, 0.5 * len(times) + 1.2)
    axes = figure.add_subplot()
    for name in names:
        middle, (low, high) = ratio(times, base, name)
        axes.barh(name, middle, color=GRAY if name == base else BLUE,
                  xerr=[[middle - low], [high - middle]], ecolor="black", capsize=3)  # fmt: skip
        axes.text(high + 0.03, name, f"{middle:.2f}배", va="center")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlim(0, 1.25 * max(ratio(times, base, name)[1][1] for name in names))
    axes.set_xlabel(f"{base}보다 몇 배 빠른지")
    return figure


def two_loss_curves(histories):
    """두 길의 손실을 겹쳐서. ``histories``: 길의 이름 → (loss_d, loss_g)의 목록."""
    figure = new_figure(10, 3.4)
    panels = figure.subplots(1, 2)
    for index, (axes, title) in enumerate(zip(panels, ("Loss_D", "Loss_G"), strict=True)):
        for (name, rows), style in zip(histories.items(), ("-", "--"), strict=True):
            color = BLUE if style == "-" else ORANGE
            values = [row[index] for row in rows]
            axes.plot(range(1, len(values) + 1), values, style, color=color, label=name)
        axes.set_title(title)
        axes.set_xlabel("반복")
        axes.grid(alpha=0.3)
    panels[0].legend()
    return figure


def efficiency_curves(efficiencies, counts, title=""):
    """프로세스의 수에 따른 효율. ``efficiencies``: 이름 → 효율(0–1)의 목록."""
    figure = new_figure(9, 3.6)
    axes = figure.add_subplot()
    marks = zip(efficiencies.items(), (BLUE, ORANGE, GREEN, PURPLE), "os^D", strict=False)
    for (name, values), color, mark in marks:
        axes.plot(counts, [100 * v for v in values], marker=mark, color=color, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_ylim(0, 105)
    axes.set_xlabel("프로세스(GPU)의 수")
    axes.set_ylabel("효율(%)")
    axes.grid(alpha=0.3)
    axes.set_title(title, fontsize=14)
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.55))  # 선이 지나지 않는 자리
    return figure
