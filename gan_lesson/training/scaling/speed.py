"""얼마나 빠른지 재는 방법: 번갈아 재기, FLOP 세기, 시간이 쓰인 곳.

컴퓨터의 시간은 다른 일 때문에 몇 배씩 흔들립니다. 비교할 것들을 한 프로세스에서 번갈아 돌리고 짝마다의 비를 보면 훨씬
덜 흔들립니다.
"""

import os
import sys
import time
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch

from gan_lesson.base.devices import synchronize
from gan_lesson.objectives import LogitBCE, ProbabilityBCE
from gan_lesson.state import GanState
from gan_lesson.training.engine import FAST, Engine, pick_engine

# 교과서의 길에서 fast까지, 손잡이를 하나씩 더한 길들
LADDER = (
    Engine("교과서", ProbabilityBCE()),
    Engine("+ channels-last", ProbabilityBCE(), channels_last=True),
    Engine("+ fused Adam", ProbabilityBCE(), channels_last=True, fused=True),
    Engine("+ 안 쓸 변화도", ProbabilityBCE(), **FAST),
    Engine("+ 로짓", LogitBCE(), **FAST),
)

# 시간이 쓰인 곳의 이름 → PyTorch의 연산 이름에 든 말. 위에서부터 처음 맞는 것입니다.
KINDS = {
    "갱신(Adam)": ("Optimizer.step", "adam", "lerp", "addcdiv", "addcmul", "sqrt", "foreach"),
    "합성곱": ("convolution", "conv_"),
    "배치 정규화": ("batch_norm",),
    "활성화와 손실": ("relu", "threshold", "tanh", "sigmoid", "softplus", "cross_entropy"),
    "복사와 나머지": ("",),
}


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
        count = config.batch_size // self.state.group.size
        self.real = torch.zeros(
            count, config.nc, config.image_size, config.image_size, device=self.state.device
        )
        engine.prepare(self.state)

    def __call__(self, iterations=1):
        for _ in range(iterations):
            self.engine.run(self.state, [self.real])
        synchronize(self.state.device)


def seconds_together(group, config, engine, iterations, threads):
    """``processes.launch``가 부릅니다: 프로세스마다 스레드 ``threads``개로 함께 돌린 한 반복의 시간(초)."""
    torch.set_num_threads(threads)
    steps = Steps(config, pick_engine(engine), group)
    steps(3)
    group.wait()
    started = time.perf_counter()
    steps(iterations)
    return (time.perf_counter() - started) / iterations


@cache
def flops_per_image(config, engine):
    """학습에서 그림 한 장에 드는 FLOP(곱셈과 덧셈을 하나씩 셈). 두 장으로 한 반복을 돌려 셉니다.

    합성곱과 행렬곱만 셉니다. 나머지는 1%도 되지 않습니다.
    """
    from torch.utils.flop_counter import FlopCounterMode

    count = 2
    steps = Steps(config.replace(batch_size=count, ngpu=0), engine)
    with FlopCounterMode(display=False) as counter:
        steps()
    return counter.get_total_flops() // count


def time_by_kind(config, engine, iterations=5):
    """한 반복에 쓰인 시간(초)을 ``KINDS``별로. torch.profiler로 잽니다."""
    from torch.profiler import ProfilerActivity, profile

    steps = Steps(config, engine)
    steps(3)
    on_gpu = steps.state.device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with _quiet_stderr(), profile(activities=activities) as seen:
        steps(iterations)
    found = dict.fromkeys(KINDS, 0.0)
    for event in seen.key_averages():
        # GPU의 시간은 그것을 시킨 연산의 줄에 이미 들어 있습니다.
        if event.device_type != torch.autograd.DeviceType.CPU:
            continue
        spent = event.self_device_time_total if on_gpu else event.self_cpu_time_total
        kind = next(k for k, words in KINDS.items() if any(word in event.key for word in words))
        found[kind] += spent / 1e6 / iterations
    return found


@contextmanager
def _quiet_stderr():
    """프로파일러의 C++ 쪽이 GPU가 없다는 따위를 영어로 알리는 것을 잠시 끕니다."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def machine_limits(device, rounds=9):
    """이 장치의 한계: {"gflops": float32 행렬곱의 GFLOP/s, "gigabytes": 복사의 GB/s}.

    GPU에서는 합성곱처럼 TF32를 허락합니다.
    """
    size = 8192 if device.type == "cuda" else 2048
    a, b = (torch.randn(size, size, device=device) for _ in range(2))
    source = torch.zeros(2**26, device=device)  # 256 MB
    target = torch.empty_like(source)
    contenders = {
        "product": lambda: (torch.mm(a, b), synchronize(device)),
        "copy": lambda: (target.copy_(source), synchronize(device)),
    }
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32
    try:
        times = alternate(contenders, rounds)
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
    return {
        "gflops": 2 * size**3 / min(times["product"]) / 1e9,
        "gigabytes": 2 * source.nbytes / min(times["copy"]) / 1e9,
    }
