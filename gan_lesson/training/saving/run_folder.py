"""학습 하나가 남기는 폴더: 설정값, 통계, 그림들, 두 가중치, 이어서 할 수 있는 상태(``checkpoint/``).

마지막으로 ``summary.json``을 쓰며, 이것이 있으면 다 쓴 폴더입니다.
"""

import json
import shutil
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import load_weights, locked, save_weights, write_bytes
from gan_lesson.config import LessonConfig
from gan_lesson.data.folder import folder_name
from gan_lesson.models import Discriminator, Generator
from gan_lesson.plots import png_bytes, sample_grid, snapshots_gif, training_curves
from gan_lesson.training.saving.resume import FOLDER

RUNS = Path("runs")  # --out을 주지 않았을 때 번호를 매긴 폴더가 생기는 곳


def next_run_folder(config, root=RUNS):
    """아직 없는 폴더의 이름: ``runs/hangul-32-001``, ``runs/hangul-32-002``, …"""
    name = folder_name(config.dataroot)
    folders = (root / f"{name}-{config.image_size}-{number:03d}" for number in count(1))
    return next(folder for folder in folders if not folder.exists())


@contextmanager
def open_run_folder(folder, config=None, overwrite=False):
    """학습 결과를 쓸 폴더를 준비하고, 쓰는 동안 다른 학습을 막습니다. 학습을 시작하기 **전에** 불러 헛수고를 막습니다.

    ``config``(새로 시작하는 학습의 설정값)가 ``None``이면 이미 있는 학습을 이어서 합니다. 다른 결과가 이미 있는데
    ``overwrite``가 아니거나, 쓸 수 없거나, 다른 학습이 쓰고 있으면 ``LessonError``입니다.
    """
    folder = Path(folder)
    with _saving_to(folder):
        if config is not None:
            refuse_to_overwrite(folder, overwrite)
            folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            if config is not None:
                # 기다리는 사이에 다른 학습이 결과를 남겼을 수 있습니다.
                refuse_to_overwrite(folder, overwrite)
                # 새 설정값 옆에 이전 학습의 가중치나 "다 썼다"는 표시가 남지 않게 합니다.
                for name in ("summary.json", "generator.safetensors", "discriminator.safetensors"):
                    (folder / name).unlink(missing_ok=True)
                shutil.rmtree(folder / FOLDER, ignore_errors=True)
                _write_config(folder, config)
            yield folder


@contextmanager
def _saving_to(folder):
    """안에서 ``folder``에 쓰지 못하면 ``LessonError``로."""
    try:
        yield
    except BrokenPipeError:  # 화면의 출력을 받던 쪽이 닫았습니다.
        raise
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 파일을 저장할 수 없습니다({reason(error)}). 디스크에 자리를 만들거나 쓸 수 있는 폴더를 "
            f"--out으로 정하세요. 이미 있는 학습이면 '--resume {folder} --out 새폴더'로 이어서 할 수 있습니다."
        ) from None


def refuse_to_overwrite(folder, overwrite):
    """``folder``에 덮어쓰면 안 될 것이 있으면 ``LessonError``. 아무것도 바꾸지 않습니다."""
    # 점으로 시작하는 것은 자물쇠이거나 운영체제와 편집기가 남긴 것입니다.
    if not folder.is_dir() or all(path.name.startswith(".") for path in folder.iterdir()):
        return
    if not (folder / "config.json").is_file():
        raise LessonError(
            f"결과 폴더 '{folder}': 학습 결과가 아닌 파일이 들어 있습니다. 빈 폴더나 새 폴더를 --out으로 정하세요."
        )
    if not overwrite:
        raise LessonError(
            f"결과 폴더 '{folder}': 이전 학습의 결과가 있습니다. 다른 폴더를 --out으로 정하거나, 덮어써도 되면 --overwrite를, "
            "도중에 꺼진 학습을 이어서 하려면 --resume을 쓰세요."
        )


def _write_config(folder, config):
    # 데이터 폴더의 이름은 UTF-8이 아닐 수도 있습니다.
    write_bytes(folder / "config.json", config.to_json().encode(errors="backslashreplace"))


def read_config(folder):
    """결과 폴더의 ``LessonConfig``."""
    try:
        text = (Path(folder) / "config.json").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise LessonError(
            f"결과 폴더 '{folder}': config.json을 읽을 수 없습니다. 'python -m gan_lesson train'이 만든 폴더를 정하세요."
        ) from None
    return LessonConfig.from_json(text)


def load_generator(folder):
    """결과 폴더의 (``LessonConfig``, ``Generator``). 장치는 CPU이고 평가(eval) 방식이며, z는 그 학습처럼 뽑습니다."""
    config = read_config(folder)
    generator = Generator(config)
    load_weights(generator, Path(folder) / "generator.safetensors")
    summary = Path(folder) / "summary.json"  # 옮겨 온 생성자의 폴더에는 없습니다. 그때는 표준정규분포입니다.
    if summary.is_file() and "mixture" in json.loads(summary.read_bytes()).get("improve", ()):
        generator.mix(config.seed)
    return config, generator.eval()


def load_discriminator(folder):
    """``load_generator``와 같은 폴더의 ``Discriminator``. 장치는 CPU이고 평가(eval) 방식입니다."""
    path = Path(folder) / "discriminator.safetensors"
    if not path.exists():
        raise LessonError(
            f"--pick: 결과 폴더 '{folder}'에 구분자(discriminator.safetensors)가 없어 그림을 고를 수 없습니다. --pick을 빼거나, "
            "이 강의에서 학습한 결과 폴더를 --run으로 정하세요."
        )
    discriminator = Discriminator(read_config(folder))
    load_weights(discriminator, path)
    return discriminator.eval()


def write_run(folder, trainer):
    """``Trainer``가 지금까지 한 것을 모두 쓰고 요약을 돌려줍니다. 도중에 멈춘 학습도 됩니다."""
    folder, state = Path(folder), trainer.state
    done = state.iteration
    with _saving_to(folder):
        (folder / "summary.json").unlink(missing_ok=True)  # 다 쓸 때까지는 "다 쓴 폴더"가 아닙니다.
        _write_config(folder, trainer.config)
        save_weights(state.shown_generator, folder / "generator.safetensors")
        save_weights(state.discriminator, folder / "discriminator.safetensors")
        write_bytes(folder / "history.csv", trainer.history.to_csv().encode())
        grid = sample_grid(state.sample(), f"고정된 z 64개에서 만든 그림 (반복 {done:,})")
        write_bytes(folder / "samples.png", png_bytes(grid))
        write_bytes(folder / "training.gif", snapshots_gif(trainer.snapshots, trainer.total))
        if done:
            write_bytes(folder / "curves.png", png_bytes(training_curves(trainer.history)))
        summary = {
            "iterations": done,
            "total": trainer.total,
            "finished": trainer.finished,
            "engine": trainer.engine.name,
            "improve": list(state.improvements.names),
            "device": str(state.device),
            "seconds": round(trainer.seconds, 1),
            "images_per_second": round(done * trainer.config.batch_size / trainer.seconds) if done else 0,
        }
        write_bytes(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    return summary
