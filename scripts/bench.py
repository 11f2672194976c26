"""얼마나 빠른지 잽니다: python scripts/bench.py [--paper] [--json 파일]   (make bench)

견주는 것들을 한 프로세스에서 번갈아 돌리고, 비(ratio)를 먼저 봅니다. 이 컴퓨터의 시간은 몇 배씩 흔들려도
번갈아 잰 것의 비는 덜 흔들리기 때문입니다. 기준은 ``tests/reference.py``의 교과서 루프를, PyTorch의 DCGAN
예제처럼 그림 폴더를 에폭마다 다시 풀어 읽으며(ImageFolder, 작업 프로세스 2개) 돌린 것입니다.

FLOP은 torch.utils.flop_counter로 셉니다. 곱셈-덧셈 하나를 2 FLOP으로 칩니다. 한 반복은 D의 순전파 3번(진짜,
가짜, G의 차례), D의 역전파 3번, G의 순전파와 역전파 1번씩입니다. ``fast``는 G의 차례에 D의 가중치 변화도를
구하지 않으므로 덜 하고, 여기의 몫은 실제로 한 것만 셉니다.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from reference import textbook_iteration  # noqa: E402

from gan_lesson.config import LessonConfig  # noqa: E402
from gan_lesson.data.hangul import load_hangul  # noqa: E402
from gan_lesson.data.images import epoch_batches  # noqa: E402
from gan_lesson.engine import ENGINES  # noqa: E402
from gan_lesson.state import GanState  # noqa: E402

ROUNDS = 7


def alternate(contenders, rounds=ROUNDS):
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
    """``base``의 시간 ÷ ``other``의 시간: 번갈아 잰 짝마다의 비의 중앙값과, 작은 쪽과 큰 쪽의 사분위수."""
    pairs = [b / o for b, o in zip(times[base], times[other], strict=True)]
    low, middle, high = np.percentile(pairs, [25, 50, 75])
    return round(float(middle), 2), (round(float(low), 2), round(float(high), 2))


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


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
        self.state, self.batches, self.engine = GanState(config), batches, ENGINES[engine]
        self.engine.prepare(self.state)

    def __call__(self, iterations):
        for real in islice(self.batches, iterations):
            statistics_ = self.engine.run(self.state, [real])
        statistics_.tolist()
        synchronize(self.state.device)


def cached_batches(data, config):
    """캐시에서 꺼내는 미니 배치를 끝없이."""
    epoch = 0
    while True:
        yield from epoch_batches(data, config.batch_size, config.seed, epoch)
        epoch += 1


def folder_batches(folder, config, workers=2):
    """PyTorch의 예제처럼 그림 파일을 에폭마다 다시 풀어 읽는 미니 배치를 끝없이."""
    from torchvision import datasets, transforms

    steps = [transforms.Resize(config.image_size), transforms.CenterCrop(config.image_size)]
    if config.nc == 1:
        steps.append(transforms.Grayscale())
    steps += [transforms.ToTensor(), transforms.Normalize([0.5] * config.nc, [0.5] * config.nc)]
    dataset = datasets.ImageFolder(folder, transform=transforms.Compose(steps))
    loader = torch.utils.data.DataLoader(
        dataset, config.batch_size, shuffle=True, num_workers=workers, drop_last=True
    )
    while True:
        for images, _ in loader:
            yield images


def write_folder(folder, data):
    """데이터를 PNG 파일로 풀어 놓습니다."""
    from PIL import Image

    place = Path(folder) / "한글"
    place.mkdir()
    for i, image in enumerate(data.images):
        Image.fromarray(image.squeeze(0) if len(image) == 1 else image.transpose(1, 2, 0)).save(
            place / f"{i:06d}.png"
        )


def training(name, config, iterations, count):
    """한 설정에서의 학습 속도. (표의 줄, 결과)."""
    data = load_hangul(config.image_size, config.nc, count=count)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(folder, data)
        runs = {
            "교과서(폴더)": Textbook(config, folder_batches(folder, config)),
            "교과서(캐시)": Textbook(config, cached_batches(data, config)),
            "exact": Ours(config, cached_batches(data, config), "exact"),
            "fast": Ours(config, cached_batches(data, config), "fast"),
        }
        times = alternate({n: (lambda r=run: r(iterations)) for n, run in runs.items()})
    images = iterations * config.batch_size
    flops = {engine: flops_per_image(config, engine) for engine in ("exact", "fast")}
    rows, result = [], {}
    for run, seconds in times.items():
        speed = images / statistics.median(seconds)
        times_faster, quartiles = ratio(times, "교과서(폴더)", run)
        work = flops["fast" if run == "fast" else "exact"] * speed / 1e9
        result[run] = {"images_per_second": round(speed, 1), "ratio": times_faster,
                       "quartiles": quartiles, "gflops": round(work, 1)}  # fmt: skip
        rows.append([name, run, f"{speed:,.0f}", f"{times_faster:.2f}",
                     f"{quartiles[0]:.2f}–{quartiles[1]:.2f}", f"{work:.1f}"])  # fmt: skip
    return rows, result


def flops_per_image(config, engine):
    """그림 한 장에 드는 FLOP. 한 반복을 실제로 돌려 셉니다."""
    config = config.replace(batch_size=4, ngpu=0)
    state = GanState(config)
    ENGINES[engine].prepare(state)
    real = torch.zeros(4, config.nc, config.image_size, config.image_size)
    with FlopCounterMode(display=False) as counter:
        ENGINES[engine].run(state, [real])
    return counter.get_total_flops() / 4


def machine(device):
    """이 컴퓨터의 한계: 행렬곱(GFLOP/s)과 메모리 대역폭(GB/s)."""
    a, b = (torch.randn(2048, 2048, device=device) for _ in range(2))
    source = torch.zeros(2**26, device=device)  # 256 MB
    target = torch.empty_like(source)

    def product():
        torch.mm(a, b)
        synchronize(device)

    def copy():
        target.copy_(source)
        synchronize(device)

    times = alternate({"곱": product, "복사": copy}, rounds=9)
    return {
        "matmul_gflops": round(2 * 2048**3 / min(times["곱"]) / 1e9, 1),
        "bandwidth_gb": round(2 * source.nbytes / min(times["복사"]) / 1e9, 1),
    }


def data_path(count=4_000):
    """데이터를 꺼내는 속도(초당 그림): 파일을 풀어 읽기, 처음 캐시를 만들며 읽기, 캐시에서 읽기."""
    config = LessonConfig.quick(ngpu=0)
    data = load_hangul(count=count)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(folder, data)
        from gan_lesson.data.folder import load_folder

        started = time.perf_counter()
        load_folder(folder, config.image_size, config.nc)
        built = time.perf_counter() - started
        batches = {"폴더": folder_batches(folder, config), "캐시": cached_batches(data, config)}
        steps = count // config.batch_size
        times = alternate(
            {n: (lambda b=b: sum(1 for _ in islice(b, steps))) for n, b in batches.items()}, 3
        )
    speed = {n: steps * config.batch_size / statistics.median(t) for n, t in times.items()}
    return {
        "폴더를 풀어 읽기": speed["폴더"],
        "캐시를 만들며": count / built,
        "캐시에서": speed["캐시"],
    }


def fresh(code):
    """새 프로세스에서 ``code``를 돌린 (걸린 시간(초), 표준 출력)."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return time.perf_counter() - started, done.stdout


def memory():
    """``import torch``보다 더 쓰는 메모리의 최댓값(GB): quick을 50번 반복할 때."""
    # getrusage의 최댓값은 부모의 것을 물려받으므로, exec 뒤부터 다시 재는 VmHWM을 봅니다(리눅스).
    peak = "print(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])"
    base = int(fresh(f"import torch; {peak}")[1])
    train = (
        "from gan_lesson.config import LessonConfig; from gan_lesson.training import Trainer;"
        "t = Trainer(LessonConfig.quick(ngpu=0), engine='fast');"
        "t.run(until=50, progress=False)\n"
    )
    return round((int(fresh(train + peak)[1]) - base) / 2**20, 2)


def start_up():
    """새 프로세스가 뜨는 시간(초). 다섯 번의 중앙값."""
    codes = {
        "python": "pass",
        "import gan_lesson": "import gan_lesson",
        "import torch": "import torch",
        "학습에 필요한 것 모두": "import gan_lesson.training, gan_lesson.run_folder",
    }
    return {n: statistics.median(fresh(c)[0] for _ in range(5)) for n, c in codes.items()}


def growth():
    """그림 한 장에 드는 시간(ms)이 그림의 크기와 배치에 따라 어떻게 느는지."""
    found = {}
    for size, batch in ((32, 16), (32, 32), (32, 64), (32, 128), (64, 32), (128, 16)):
        config = LessonConfig.quick(image_size=size, batch_size=batch, ngpu=0)
        real = torch.zeros(batch, 1, size, size)
        run = Ours(config, iter(lambda r=real: r, None), "fast")
        (seconds,) = alternate({"fast": lambda r=run: r(2)}, 3).values()
        found[f"{size}픽셀, 배치 {batch}"] = 1000 * statistics.median(seconds) / (2 * batch)
    return found


def table(head, rows):
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paper", action="store_true", help="paper의 크기도(CPU에서 몇 분)")
    parser.add_argument("--json", help="잰 값을 쓸 파일")
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.device_count() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else platform.processor()
    result = {
        "device": f"{device.type} {name}".strip(), "cores": os.cpu_count(),
        "threads": torch.get_num_threads(), "torch": torch.__version__, "machine": machine(device),
    }  # fmt: skip
    print(json.dumps(result, ensure_ascii=False))
    settings = {"quick": (LessonConfig.quick(), 20, 4_000)}
    if options.paper:
        settings["paper"] = (LessonConfig.paper(batch_size=64), 2, 400)
    rows = []
    for preset, (config, iterations, count) in settings.items():
        found, result[preset] = training(preset, config, iterations, count)
        rows += found
    head = ["설정", "길", "초당 그림", "교과서(폴더)의 몇 배", "사분위", "GFLOP/s"]
    print(table(head, rows), flush=True)
    for title, measure, unit in (
        ("데이터(초당 그림)", data_path, ",.0f"),
        ("새 프로세스(초)", start_up, ".2f"),
        ("그림 한 장(ms)", growth, ".2f"),
    ):
        result[title] = measure()
        print(
            table([title, ""], [[n, format(v, unit)] for n, v in result[title].items()]), flush=True
        )
    result["memory_gb"] = memory()
    print(f"quick의 메모리: import torch보다 {result['memory_gb']} GB 더")
    if options.json:
        Path(options.json).write_text(
            json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
