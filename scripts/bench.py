"""얼마나 빠른지 잽니다: python scripts/bench.py [--only 이름 …] [--json 파일]   (make bench)

GPU가 있는 컴퓨터에서 할 것을 한 번에: python scripts/bench.py --gpu-check [--only 이름 …] [--dry-run]

비교하는 것들을 한 프로세스에서 번갈아 돌리고, 비(ratio)를 먼저 봅니다. 기준은 ``textbook.py``의 루프를, PyTorch의 DCGAN
예제처럼 그림 폴더를 에폭마다 다시 풀어 읽으며(ImageFolder, 작업 프로세스 2개) 돌린 것입니다. FLOP은 곱셈-덧셈 하나를 2로,
실제로 한 것만 셉니다(``fast``는 G의 차례에 D의 가중치 변화도를 구하지 않아, ``paper``의 그림 한 장이 2.48이 아니라 2.27 GFLOP).

``--gpu-check``는 GPU 시험부터 노트북까지 차례로 하고 표 하나로 끝냅니다(10분쯤). 하나하나를 시간의 한도가 있는 프로세스에서
하므로, 하나가 멈추거나 실패해도 나머지를 마저 합니다. ``--dry-run``은 GPU 없이 작은 크기로 이 명령 자체를 시험합니다.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from gan_lesson.__main__ import main as gan_lesson
from gan_lesson.base.devices import accelerator, describe, pick_device, synchronize
from gan_lesson.config import LessonConfig, default_ngpu
from gan_lesson.data.folder import load_folder
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import Batches
from gan_lesson.textbook import iteration as textbook_iteration
from gan_lesson.training import Trainer
from gan_lesson.training.engine import ENGINES, pick_engine
from gan_lesson.training.processes import joined
from gan_lesson.training.speed import Steps, alternate, flops_per_image, ratio
from gan_lesson.training.state import GanState

HERE = str(Path(__file__).resolve())
ROOT = Path(HERE).parent.parent
LONGER = 20 if accelerator() == "cuda" else 1  # GPU에서는 더 많이 돌려야 시계로 잴 만합니다.

# 학습: 교과서의 루프와 번갈아


class Textbook:
    """기준: 즉시 실행, float32, 연속 메모리, BCELoss, 반복마다 .item() 다섯 번."""

    def __init__(self, config, batches):
        self.state, self.batches = GanState(config), batches

    def __call__(self, iterations):
        state = self.state
        networks = state.generator, state.discriminator, state.optimizer_g, state.optimizer_d
        for real in islice(self.batches, iterations):
            z = torch.randn(len(real), state.config.nz, device=state.device)
            textbook_iteration(*networks, real.to(state.device), z)


class Ours:
    """``engine``으로 돌리는 우리의 학습."""

    def __init__(self, config, batches, engine):
        self.state, self.batches, self.engine = GanState(config), batches, pick_engine(engine)
        self.engine.prepare(self.state)

    def __call__(self, iterations):
        for real in islice(self.batches, iterations):
            row = self.engine.run(self.state, [real])
        row.tolist()
        synchronize(self.state.device)


def cached_batches(data, config):
    """캐시에서(GPU면 그 메모리에 올려 두고) 꺼내는 미니 배치를 끝없이."""
    return Batches(data, config, device=pick_device(config.ngpu)).endless()


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
        yield from (images for images, _ in loader)


def write_folder(folder, data):
    """데이터를 PNG 파일로 풀어 놓습니다."""
    from PIL import Image

    place = Path(folder) / "한글"
    place.mkdir()
    for i, image in enumerate(data.images):
        pixels = image.squeeze(0) if len(image) == 1 else image.transpose(1, 2, 0)
        Image.fromarray(pixels).save(place / f"{i:06d}.png")


def training(config, iterations, count):
    """한 설정에서의 학습 속도: 길 → (초당 그림, 교과서의 몇 배, 사분위수들, GFLOP/s)."""
    data = load_hangul(config.image_size, config.nc, count=count)
    engines = [name for name in ENGINES if name != "graph" or accelerator() == "cuda"]
    with tempfile.TemporaryDirectory() as folder:
        write_folder(folder, data)
        runs = {
            "교과서(폴더)": Textbook(config, folder_batches(folder, config)),
            "교과서(캐시)": Textbook(config, cached_batches(data, config)),
            **{name: Ours(config, cached_batches(data, config), name) for name in engines},
        }
        times = alternate({name: (lambda run=run: run(iterations)) for name, run in runs.items()})
    found = {}
    for name, seconds in times.items():
        speed = iterations * config.batch_size / statistics.median(seconds)
        faster, quartiles = ratio(times, "교과서(폴더)", name)
        flops = flops_per_image(config, pick_engine("fast" if name in ("fast", "graph") else "exact"))
        work = flops * speed / 1e9
        found[name] = {"초당 그림": speed, "몇 배": faster, "사분위": quartiles, "GFLOP/s": work}
    return found


# 나머지: 이름 → 값


def limits():
    """이 장치의 한계: 행렬곱의 GFLOP/s와 복사의 GB/s. GPU에서는 합성곱처럼 TF32를 허락합니다."""
    device = pick_device(default_ngpu())
    torch.backends.cuda.matmul.allow_tf32 = True
    size = 8192 if device.type == "cuda" else 2048
    a, b = (torch.randn(size, size, device=device) for _ in range(2))
    source = torch.zeros(2**26, device=device)
    target = torch.empty_like(source)
    works = {
        "행렬곱": lambda: (torch.mm(a, b), synchronize(device)),
        "복사": lambda: (target.copy_(source), synchronize(device)),
    }
    product, copying = (min(seconds) for seconds in alternate(works).values())
    return {"행렬곱(GFLOP/s)": 2 * size**3 / product / 1e9, "복사(GB/s)": 2 * source.nbytes / copying / 1e9}


def data(count=4_000):
    """데이터를 꺼내는 속도(초당 그림): 파일을 풀어 읽기, 처음 캐시를 만들며 읽기, 캐시에서 읽기."""
    config, images = LessonConfig.quick(ngpu=0), load_hangul(count=count)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(folder, images)
        started = time.perf_counter()
        load_folder(folder, config.image_size, config.nc, workers=2)
        built = time.perf_counter() - started
        batches = {"폴더": folder_batches(folder, config), "캐시": cached_batches(images, config)}
        steps = count // config.batch_size
        reading = {name: (lambda b=b: sum(1 for _ in islice(b, steps))) for name, b in batches.items()}
        folder_time, cache_time = (statistics.median(seconds) for seconds in alternate(reading, 3).values())
    read = steps * config.batch_size
    return {"폴더를 풀어": read / folder_time, "캐시를 만들며": count / built, "캐시에서": read / cache_time}


def torchrun(processes, *command):
    """``command``를 프로세스 ``processes``개로 돌리는 명령."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*launcher, f"--nproc-per-node={processes}", *command]


def processes():
    """CPU에서 초당 그림: 프로세스 하나, 둘(같은 배치), 둘(두 배의 배치). 스레드는 프로세스마다 하나입니다."""
    cases = {"하나": (1, 32), "둘, 같은 배치(strong)": (2, 32), "둘, 배치 2배(weak)": (2, 64)}
    found = {}
    for name, (count, batch) in cases.items():
        how, _, said = do(torchrun(count, HERE, "--part", "speed_together", str(batch)), 600)
        if how != "됨":
            sys.exit(said)
        found[name] = float(said.split("초당 그림")[1].split()[0])
    return found


def speed_together(batch, iterations=30):
    """``torchrun``이 띄운 프로세스마다 합니다. 초당 그림을 대장만 찍습니다."""
    with joined(on_gpu=False) as group:
        torch.set_num_threads(1)
        steps = Steps(LessonConfig.quick(batch_size=int(batch), ngpu=0), pick_engine("fast"), group)
        steps(3)
        group.anyone(False)  # 모두가 여기에 올 때까지 기다립니다.
        started = time.perf_counter()
        steps(iterations)
        print("초당 그림", iterations * int(batch) / (time.perf_counter() - started))


def widgets():
    """사람이 누른 뒤 새 화면이 준비되기까지(ms, 다섯 번의 중앙값). 브라우저가 그리는 시간은 뺐습니다."""
    from gan_lesson.labs.convolution import ConvExplorer
    from gan_lesson.labs.dashboard import Dashboard
    from gan_lesson.labs.latent.widget import LatentExplorer
    from gan_lesson.labs.points.widget import Lab2D
    from gan_lesson.labs.replay.widget import Scrubber
    from gan_lesson.labs.stepper.widget import Stepper
    from gan_lesson.metrics.bundled import load_quick_generator

    images = load_hangul(count=2_000)
    trainer = Trainer(LessonConfig.quick(), data=images, engine="fast")
    trainer.run(until=40, progress=False)
    lab, stepper, dashboard = Lab2D(), Stepper(LessonConfig.quick(), images), Dashboard(trainer)
    explorer, scrubber = ConvExplorer(), Scrubber(trainer)
    latent = LatentExplorer(load_quick_generator(), images.take(range(1_000)))
    moments, turn = sorted(trainer.snapshots), iter(range(10**9))
    actions = {
        "2차원 실험실: 한 반복": lab.step,
        "한 걸음씩: 다음 단계": stepper.next,
        "한 걸음씩: 되감기": stepper.back,
        "계기판: 한 반복": dashboard.step,
        "합성곱 탐험기: 칸 고르기": lambda: explorer.choose(next(turn) % 2, 0),
        "되짚어 보기: 다른 순간": lambda: scrubber.go(moments[next(turn) % len(moments)]),
        "잠재공간 탐험기: 다른 길": lambda: latent.set(start=next(turn) % 8),
    }
    stepper.next()
    return {name: 1000 * statistics.median(alternate({name: act}, 5)[name]) for name, act in actions.items()}


def epoch(count=200_000):
    """64픽셀 컬러 ``count``장의 한 에폭: 장치에 올리는 시간(초), 한 에폭의 시간(초), 초당 그림."""
    config = LessonConfig.paper()

    class Noise:
        """값은 아무래도 좋은 그림들."""

        images = np.random.default_rng(0).integers(0, 256, (count, 3, 64, 64), np.uint8)

        def __len__(self):
            return count

    state, engine = GanState(config), pick_engine("graph" if accelerator() == "cuda" else "fast")
    engine.prepare(state)
    started = time.perf_counter()
    batches = Batches(Noise(), config, device=state.device)
    synchronize(state.device)
    uploaded = time.perf_counter()
    for real in batches.epoch():
        row = engine.run(state, [real])
    row.tolist()
    seconds = time.perf_counter() - uploaded
    return {"올리기(초)": uploaded - started, "한 에폭(초)": seconds, "초당 그림": count / seconds}


# 이름 → (무엇을 재는지, 재는 함수)
MEASURES = {
    "limits": ("이 장치의 한계", limits),
    "quick": ("quick의 학습", lambda: training(LessonConfig.quick(), 20 * LONGER, 4_000)),
    "paper": (
        "paper의 학습(배치 64)",
        lambda: training(LessonConfig.paper(batch_size=64), 2 * LONGER, 400 * LONGER),
    ),
    "data": ("데이터(초당 그림)", data),
    "processes": ("나누어 하기(초당 그림, CPU)", processes),
    "widgets": ("위젯(ms)", widgets),
    "epoch": ("64픽셀 컬러 200,000장의 한 에폭", epoch),
}
USUAL = ("limits", "quick", "data", "processes", "widgets")


def bench(only, path):
    result = {"device": describe(pick_device(default_ngpu())), "torch": torch.__version__,
              "cores": os.cpu_count(), "threads": torch.get_num_threads()}  # fmt: skip
    print(json.dumps(result, ensure_ascii=False), flush=True)
    for name in only or USUAL:
        title, measure = MEASURES[name]
        result[name] = found = measure()
        print(f"\n{title}")
        for what, value in found.items():
            parts = value if isinstance(value, dict) else {"": value}
            said = ", ".join(f"{k} {shown(v)}".strip() for k, v in parts.items())
            print(f"- {what}: {said}", flush=True)
    if path:
        Path(path).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")


def shown(value):
    if isinstance(value, tuple):
        return "–".join(map(shown, value))
    return f"{value:,.0f}" if value > 100 else f"{value:.2f}"


# GPU가 있는 컴퓨터에서. 하나하나를 저마다의 프로세스에서 합니다.


def train_and_score(engine, out, size=""):
    """논문 크기의 학습을 끝까지 하고 성적을 잽니다. 명령줄과 같은 길입니다."""
    small = ["--image_size=32", "--nc=1", "--batch_size=4000", "--num_epochs=1", "--ngf=4", "--ndf=4"]
    folder = str(Path(out) / f"paper-{engine}")
    train = ["train", "--preset=paper", "--engine", engine, "--out", folder, "--overwrite"]
    assert gan_lesson(train + (small if size else [])) == 0
    assert gan_lesson(["evaluate", "--run", folder, "--count", "100" if size else "1000"]) == 0


def gpu_parts(out, dry):
    """차례로 할 것들: 이름 → (시간의 한도(초), 명령)."""
    python, size = sys.executable, ["tiny"] if dry else []
    own, pytest = [python, HERE], [python, "-m", "pytest", "-q", "-rs"]
    # 가속기마다 프로세스 하나로(NCCL, SyncBatchNorm). 가속기가 없으면 CPU를 둘로 나눕니다.
    count = torch.cuda.device_count() or 2
    together = [
        "train",
        f"--batch_size={32 * count}",
        "--num_epochs=1",
        "--out",
        str(out / "together"),
        "--overwrite",
    ]
    together += ["--engine=fast", *(["--ngf=4", "--ndf=4"] if dry else [])]
    measured = ["limits"] if dry else ["limits", "quick", "paper", "epoch", "widgets"]
    return {
        "시험": (300, [*pytest, "-m", "gpu", "tests/test_engine.py"]),
        "여러 프로세스": (90, torchrun(count, "-m", "gan_lesson", *together)),
        "속도": (240, [*own, "--json", str(out / "bench.json"), "--only", *measured]),
        **{f"paper({engine})": (150, [*own, "--part", "train_and_score", engine, str(out), *size])
           for engine in (("fast",) if dry else ("fast", "graph"))},
        **{f"노트북 {name}": (300, [*pytest, "--nbval-lax", f"notebooks/{name}.ipynb"])
           for name in ("07_training_step", "08a_train", "10_scale")[: 1 if dry else 3]},
    }  # fmt: skip


def gpu_check(only, out, dry):
    if not torch.accelerator.is_available() and not dry:
        print("이 컴퓨터에는 쓸 수 있는 GPU가 없습니다. GPU가 있는 컴퓨터에서 다시 하세요.")
        return 2
    out.mkdir(parents=True, exist_ok=True)
    rows = [f"# {describe(pick_device(default_ngpu()))}, torch {torch.__version__}", "",
            "| 할 것 | 결과 | 초 | 마지막 줄 |", "| --- | --- | --- | --- |"]  # fmt: skip
    well = True
    with (out / "log.txt").open("w", encoding="utf-8") as log:
        for name, (limit, command) in gpu_parts(out, dry).items():
            if not name.startswith(tuple(only or ("",))):
                continue
            how, seconds, said = do(command, 5 * limit if dry else limit)
            log.write(f"\n===== {name}: {how}, {seconds:.0f}초\n{said}")
            last = (said.strip().splitlines() or [""])[-1][-160:].replace("|", "/")
            print(f"{name}: {how}, {seconds:.0f}초. {last if how == '됨' else said[-3000:]}", flush=True)
            rows.append(f"| {name} | {how} | {seconds:.0f} | {last} |")
            well &= how == "됨"
    (out / "report.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"표는 {out / 'report.md'}에, 나온 글은 모두 log.txt에 있습니다.")
    return 0 if well else 1


def do(command, limit):
    """(어떻게 되었는지, 걸린 시간(초), 나온 글). 한도를 넘기면 띄운 프로세스와 커널까지 끝냅니다."""
    started = time.perf_counter()
    environment = os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": str(ROOT), "GAN_LESSON_PROGRESS": "off"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        errors="replace", cwd=ROOT, env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=limit)
        how = "됨" if process.returncode == 0 else "실패"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, how = process.communicate()[0], f"{limit}초를 넘김"
    return how, time.perf_counter() - started, said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help=f"잴 것. 기본은 {', '.join(USUAL)}. 더: paper, epoch")
    parser.add_argument("--json", help="잰 값을 쓸 파일")
    parser.add_argument("--gpu-check", action="store_true", help="GPU가 있는 컴퓨터에서 할 것을 모두")
    parser.add_argument(
        "--dry-run", action="store_true", help="GPU 없이 작은 크기로 --gpu-check를 시험합니다"
    )
    parser.add_argument("--out", default="gpu-check", help="--gpu-check의 결과를 쓸 폴더")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        return globals()[options.part[0]](*options.part[1:])
    if options.gpu_check or options.dry_run:
        return gpu_check(options.only, Path(options.out).resolve(), options.dry_run)
    if unknown := set(options.only or ()) - set(MEASURES):
        parser.error(f"--only {', '.join(sorted(unknown))}: {', '.join(MEASURES)} 가운데서 고르세요")
    return bench(options.only, options.json)


if __name__ == "__main__":
    sys.exit(main())
