"""얼마나 빠른지 잽니다: python scripts/bench.py [--paper] [--notebooks] [--only 이름 …] [--json 파일]   (make bench)

비교하는 것들을 한 프로세스에서 번갈아 돌리고, 비(ratio)를 먼저 봅니다. 기준은 ``tests/reference.py``의 교과서 루프를,
PyTorch의 DCGAN 예제처럼 그림 폴더를 에폭마다 다시 풀어 읽으며(ImageFolder, 작업 프로세스 2개) 돌린 것입니다.

FLOP은 torch.utils.flop_counter로 셉니다. 곱셈-덧셈 하나를 2 FLOP으로 칩니다. 한 반복은 D의 순전파 3번(진짜,
가짜, G의 차례), D의 역전파 3번, G의 순전파와 역전파 1번씩입니다. ``fast``는 G의 차례에 D의 가중치 변화도를
구하지 않으므로 덜 하고, 여기의 몫은 실제로 한 것만 셉니다. ``paper``의 그림 한 장은 2.48 GFLOP(곱셈-덧셈
1.24 G번), ``fast``로는 2.27 GFLOP입니다.
"""

import argparse
import json
import os
import statistics
import tempfile
from itertools import islice
from pathlib import Path

import bench_parts as parts
import torch

from gan_lesson.base.devices import accelerator, describe, pick_device, synchronize
from gan_lesson.config import LessonConfig, default_ngpu
from gan_lesson.data.hangul import load_hangul
from gan_lesson.state import GanState
from gan_lesson.textbook import iteration as textbook_iteration
from gan_lesson.training.engine import ENGINES, pick_engine
from gan_lesson.training.scaling.speed import alternate, flops_per_image, machine_limits, ratio


class Textbook:
    """기준: 즉시 실행, float32, 연속 메모리, BCELoss, 반복마다 .item() 다섯 번."""

    def __init__(self, config, batches):
        self.state, self.batches = GanState(config), batches

    def __call__(self, iterations):
        state = self.state
        for real in islice(self.batches, iterations):
            real = real.to(state.device)
            noise = torch.randn(len(real), state.config.nz, device=state.device)
            textbook_iteration(
                state.generator, state.discriminator, state.optimizer_g, state.optimizer_d,
                real, noise,
            )  # fmt: skip


class Ours:
    """``engine``으로 돌리는 우리의 학습."""

    def __init__(self, config, batches, engine):
        self.state, self.batches, self.engine = GanState(config), batches, pick_engine(engine)
        self.engine.prepare(self.state)

    def __call__(self, iterations):
        for real in islice(self.batches, iterations):
            statistics_ = self.engine.run(self.state, [real])
        statistics_.tolist()
        synchronize(self.state.device)


def training(name, config, iterations, count):
    """한 설정에서의 학습 속도. (표의 줄, 결과)."""
    data = load_hangul(config.image_size, config.nc, count=count)
    engines = [name for name in ENGINES if accelerator() == "cuda" or name in ("exact", "fast")]
    with tempfile.TemporaryDirectory() as folder:
        parts.write_folder(folder, data)
        runs = {
            "교과서(폴더)": Textbook(config, parts.folder_batches(folder, config)),
            "교과서(캐시)": Textbook(config, parts.cached_batches(data, config)),
            **{e: Ours(config, parts.cached_batches(data, config), e) for e in engines},
        }
        times = alternate({n: (lambda r=run: r(iterations)) for n, run in runs.items()})
    images = iterations * config.batch_size
    exact, fast = (flops_per_image(config, pick_engine(name)) for name in ("exact", "fast"))
    rows, result = [], {}
    for run, seconds in times.items():
        speed = images / statistics.median(seconds)
        times_faster, quartiles = ratio(times, "교과서(폴더)", run)
        work = (exact if run not in ENGINES or run == "exact" else fast) * speed / 1e9
        result[run] = {"images_per_second": round(speed, 1), "ratio": round(times_faster, 3),
                       "quartiles": [round(q, 3) for q in quartiles], "gflops": round(work, 1)}  # fmt: skip
        rows.append([name, run, f"{speed:,.0f}", f"{times_faster:.2f}",
                     f"{quartiles[0]:.2f}–{quartiles[1]:.2f}", f"{work:.1f}"])  # fmt: skip
    return rows, result


def table(head, rows):
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines) + "\n"


# 잴 것의 이름 → (제목, 재는 함수, 수의 꼴). epoch과 notebooks는 이름을 적어야 잽니다.
OTHERS = {
    "data": ("데이터(초당 그림)", parts.data_path, ",.0f"),
    "start": ("새 프로세스(초)", parts.start_up, ".2f"),
    "growth": ("그림 한 장(ms)", parts.growth, ".2f"),
    "scaling": ("나누어 하기(초당 그림, CPU)", parts.scaling, ",.0f"),
    "widgets": ("위젯(ms)", parts.widgets, ",.0f"),
    "memory": ("quick의 메모리(import torch보다 더 쓰는 GB)", parts.memory, ".2f"),
    "epoch": ("64픽셀 컬러 200,000장의 한 에폭", parts.big_epoch, ",.1f"),
    "notebooks": ("노트북(초)", parts.notebooks, ",.0f"),
}
USUAL = ("training", "data", "start", "growth", "scaling", "widgets", "memory")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = ("training", "paper", *OTHERS)
    parser.add_argument("--only", nargs="*", choices=names, default=USUAL, help="잴 것(기본은 앞의 것들)")
    parser.add_argument("--paper", action="store_true", help="paper의 크기도(CPU에서 몇 분)")
    parser.add_argument("--notebooks", action="store_true", help="노트북의 실행 시간도(8분쯤)")
    parser.add_argument("--json", help="잰 값을 쓸 파일")
    options = parser.parse_args()
    wanted = {*options.only, *(n for n in ("paper", "notebooks") if getattr(options, n))}
    device = pick_device(default_ngpu())
    result = {
        "device": describe(device), "cores": os.cpu_count(), "threads": torch.get_num_threads(),
        "torch": torch.__version__, "machine": machine_limits(device),
    }  # fmt: skip
    print(json.dumps(result, ensure_ascii=False), flush=True)
    longer = 20 if device.type == "cuda" else 1
    settings = {
        "training": ("quick", LessonConfig.quick(), 20 * longer, 4_000),
        "paper": ("paper", LessonConfig.paper(batch_size=64), 2 * longer, 400 * longer),
    }
    head = ["설정", "길", "초당 그림", "교과서(폴더)의 몇 배", "사분위", "GFLOP/s"]
    for part in sorted(wanted & set(settings), reverse=True):
        preset, *setting = settings[part]
        rows, result[preset] = training(preset, *setting)
        print(table(head, rows), flush=True)
    for name, (title, measure, unit) in OTHERS.items():
        if name in wanted:
            result[name] = measure()
            rows = [[what, format(value, unit)] for what, value in result[name].items()]
            print(table([title, ""], rows), flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
