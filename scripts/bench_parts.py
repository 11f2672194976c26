"""``bench.py``가 학습의 속도 말고 재는 것들: 데이터, 여러 프로세스, 위젯, 노트북, 메모리, 시작."""

import io
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from gan_lesson.base.devices import pick_device, synchronize
from gan_lesson.config import LessonConfig
from gan_lesson.data.folder import load_folder
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import Batches
from gan_lesson.state import GanState
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.scaling.processes import launch
from gan_lesson.training.scaling.speed import Steps, alternate, seconds_together

ROOT = Path(__file__).resolve().parent.parent


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


def data_path(count=4_000):
    """데이터를 꺼내는 속도(초당 그림): 파일을 풀어 읽기, 처음 캐시를 만들며 읽기, 캐시에서 읽기."""
    config = LessonConfig.quick(ngpu=0)
    data = load_hangul(count=count)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(folder, data)
        started = time.perf_counter()
        load_folder(folder, config.image_size, config.nc, workers=2)
        built = time.perf_counter() - started
        batches = {"폴더": folder_batches(folder, config), "캐시": cached_batches(data, config)}
        steps = count // config.batch_size
        times = alternate({n: (lambda b=b: sum(1 for _ in islice(b, steps))) for n, b in batches.items()}, 3)
    speed = {n: steps * config.batch_size / statistics.median(t) for n, t in times.items()}
    return {"폴더를 풀어 읽기": speed["폴더"], "캐시를 만들며": count / built, "캐시에서": speed["캐시"]}


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
        "from gan_lesson.config import LessonConfig; from gan_lesson.training.trainer import Trainer;"
        "t = Trainer(LessonConfig.quick(ngpu=0), engine='fast');"
        "t.run(until=50, progress=False)\n"
    )
    return {"50번 반복": (int(fresh(train + peak)[1]) - base) / 2**20}


def start_up():
    """새 프로세스가 뜨는 시간(초). 다섯 번의 중앙값."""
    codes = {
        "python": "pass",
        "import gan_lesson": "import gan_lesson",
        "import torch": "import torch",
        "학습에 필요한 것 모두": "import gan_lesson.training.trainer, gan_lesson.training.saving.report",
    }
    return {n: statistics.median(fresh(c)[0] for _ in range(5)) for n, c in codes.items()}


def growth():
    """그림 한 장에 드는 시간(ms)이 그림의 크기와 배치에 따라 어떻게 느는지."""
    found = {}
    for size, batch in ((32, 16), (32, 32), (32, 64), (32, 128), (64, 32), (128, 16)):
        run = Steps(LessonConfig.quick(image_size=size, batch_size=batch), pick_engine("fast"))
        (seconds,) = alternate({"fast": lambda r=run: r(2)}, 3).values()
        found[f"{size}픽셀, 배치 {batch}"] = 1000 * statistics.median(seconds) / (2 * batch)
    return found


def scaling(processes=2):
    """초당 그림: 한 프로세스에 스레드 하나와 둘, 그리고 스레드가 하나인 프로세스 둘(같은 배치, 두 배의 배치)."""
    cases = {
        "프로세스 1, 스레드 1": (1, 1, 32),
        f"프로세스 1, 스레드 {processes}": (1, processes, 32),
        f"프로세스 {processes}, 스레드 1, 같은 배치(strong)": (processes, 1, 32),
        f"프로세스 {processes}, 스레드 1, 배치 {processes}배(weak)": (processes, 1, 32 * processes),
    }
    found = {}
    for name, (count, threads, batch) in cases.items():
        config = LessonConfig.quick(batch_size=batch, ngpu=0)
        speeds = [batch / launch(seconds_together, count, config, "fast", 30, threads) for _ in range(3)]
        found[name] = statistics.median(speeds)
    return found


def widgets():
    """사람이 누른 뒤 새 화면이 준비되기까지(ms, 다섯 번의 중앙값). 브라우저가 그리는 시간은 뺐습니다."""
    from gan_lesson.labs.convolution.widget import ConvExplorer
    from gan_lesson.labs.dashboard import Dashboard
    from gan_lesson.labs.latent.widget import LatentExplorer
    from gan_lesson.labs.points.widget import Lab2D
    from gan_lesson.labs.replay.widget import Scrubber
    from gan_lesson.labs.stepper.widget import Stepper
    from gan_lesson.metrics.bundled import load_quick_generator
    from gan_lesson.training import Trainer

    config = LessonConfig.quick()
    data = load_hangul(count=2_000)
    trainer = Trainer(config, data=data, engine="fast")
    trainer.run(until=40, progress=False)
    lab, stepper, dashboard = Lab2D(), Stepper(config, data), Dashboard(trainer)
    explorer, scrubber = ConvExplorer(), Scrubber(trainer)
    latent = LatentExplorer(load_quick_generator(), data.take(range(1_000)))
    moments = sorted(trainer.snapshots)
    turn = iter(range(10**9))
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
    found = {}
    for name, act in actions.items():
        seconds = []
        for _ in range(6):
            started = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - started)
        found[name] = 1000 * statistics.median(seconds[1:])
    return found


def big_epoch(count=200_000):
    """큰 데이터의 한 에폭: 장치에 올리는 시간(초), 한 에폭의 시간(초), 초당 그림."""
    config = LessonConfig.paper()

    class Noise:
        """값은 아무래도 좋은 그림들. 크기만 64픽셀 컬러 ``count``장입니다."""

        images = np.random.default_rng(0).integers(0, 256, (count, 3, 64, 64), np.uint8)

        def __len__(self):
            return count

    data, state = Noise(), GanState(config)
    engine = pick_engine("graph" if state.device.type == "cuda" else "fast")
    engine.prepare(state)
    started = time.perf_counter()
    batches = Batches(data, config, device=state.device)
    synchronize(state.device)
    uploaded = time.perf_counter()
    for real in batches.epoch():
        row = engine.run(state, [real])
    row.tolist()
    seconds = time.perf_counter() - uploaded
    return {"올리기(초)": uploaded - started, "한 에폭(초)": seconds, "초당 그림": count / seconds}


def notebooks():
    """노트북마다 처음부터 끝까지 실행하는 시간(초)."""
    import nbformat

    from notebooks import execute

    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        started = time.perf_counter()
        with redirect_stdout(io.StringIO()):
            execute(notebook, path.parent)
        found[path.stem] = time.perf_counter() - started
    return found
