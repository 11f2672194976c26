"""학습 하나가 남기는 폴더.

``config.json`` 설정값, ``history.csv`` 반복마다의 통계, ``samples.png`` 만들어 낸 그림,
``curves.png`` 손실과 D의 답, ``training.gif`` 고정된 z의 변화, ``generator.safetensors``와
``discriminator.safetensors`` 가중치. 마지막으로 ``summary.json``을 쓰며, 이것이 있으면
다 쓴 폴더입니다. 학습하는 동안과 그 뒤에는 이어서 할 수 있는 상태가 ``checkpoint/``에 있습니다.
"""

import json
import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import locked, read_file, write_bytes
from gan_lesson.base.tensor_files import load_weights, read_pytorch_tensors, save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Generator
from gan_lesson.plots import png_bytes, sample_grid, snapshots_gif, training_curves
from gan_lesson.training.saving.checkpoint import FOLDER, has_checkpoint

LARGEST_CONFIG = 2**20  # 바이트
RUNS = Path("runs")  # --out을 주지 않았을 때 번호를 매긴 폴더가 생기는 곳


def next_run_folder(config, root=RUNS):
    """아직 없는 폴더의 이름: ``runs/hangul-32-001``, ``runs/hangul-32-002``, …"""
    name = Path(config.dataroot).name or "images"
    number = 1
    while (folder := root / f"{name}-{config.image_size}-{number:03d}").exists():
        number += 1
    return folder


@contextmanager
def open_run_folder(folder, config=None, overwrite=False):
    """학습 결과를 쓸 폴더를 준비하고, 쓰는 동안 다른 학습을 막습니다. 학습을 시작하기 **전에** 불러 헛수고를 막습니다.

    Args:
        config: 새로 시작하는 학습의 ``LessonConfig``. ``None``이면 이미 있는 학습을 이어서 합니다.
        overwrite: 이전 학습의 결과를 덮어쓸지.

    Raises:
        LessonError: 다른 결과가 이미 있는데 ``overwrite``가 아니거나, 쓸 수 없거나, 다른 학습이 쓰고 있을 때.
    """
    folder = Path(folder)
    with ExitStack() as stack:
        try:
            if config is not None:
                text = config.to_json().encode(errors="backslashreplace")
                refuse_to_overwrite(folder, overwrite)
                folder.mkdir(parents=True, exist_ok=True)
            elif not has_checkpoint(folder):
                raise LessonError(
                    f"--resume = '{folder}': 이어서 할 체크포인트가 없습니다. 'python -m gan_lesson train'이 "
                    f"만든 결과 폴더({FOLDER} 폴더가 들어 있음)를 정하세요."
                )
            stack.enter_context(locked(folder))
            if config is not None:
                # 기다리는 사이에 다른 학습이 결과를 남겼을 수 있습니다.
                refuse_to_overwrite(folder, overwrite)
                # 새 설정값 옆에 이전 학습의 가중치나 "다 썼다"는 표시가 남지 않게 합니다.
                for name in ("summary.json", "generator.safetensors", "discriminator.safetensors"):
                    (folder / name).unlink(missing_ok=True)
                if has_checkpoint(folder):
                    shutil.rmtree(folder / FOLDER)
                write_bytes(folder / "config.json", text)
        except OSError as error:
            raise LessonError(
                f"결과 폴더 '{folder}': 파일을 저장할 수 없습니다({reason(error)}). "
                "쓸 수 있는 폴더를 --out으로 정하세요."
            ) from None
        yield folder


def refuse_to_overwrite(folder, overwrite):
    """``folder``에 덮어쓰면 안 될 것이 있으면 ``LessonError``. 아무것도 바꾸지 않습니다."""
    if not folder.is_dir() or all(path.name == ".lock" for path in folder.iterdir()):
        return
    if not (folder / "config.json").is_file():
        raise LessonError(
            f"결과 폴더 '{folder}': 학습 결과가 아닌 파일이 들어 있습니다. "
            "빈 폴더나 새 폴더를 --out으로 정하세요."
        )
    if not overwrite:
        unfinished = has_checkpoint(folder) and not (folder / "summary.json").is_file()
        hint = " 도중에 꺼진 학습이니 --resume으로 이어서 할 수도 있습니다." if unfinished else ""
        raise LessonError(
            f"결과 폴더 '{folder}': 이전 학습의 결과가 있습니다. 다른 폴더를 --out으로 "
            f"정하거나, 덮어써도 되면 --overwrite를 붙이세요.{hint}"
        )


def write_run(folder, trainer):
    """``Trainer``가 지금까지 한 것을 모두 씁니다. 도중에 멈춘 학습도 됩니다."""
    folder, state = Path(folder), trainer.state
    done = state.iteration
    try:
        (folder / "summary.json").unlink(missing_ok=True)  # 다 쓸 때까지는 "다 쓴 폴더"가 아닙니다.
        text = trainer.config.to_json().encode(errors="backslashreplace")
        write_bytes(folder / "config.json", text)
        save_weights(state.generator, folder / "generator.safetensors")
        save_weights(state.discriminator, folder / "discriminator.safetensors")
        write_bytes(folder / "history.csv", trainer.history.to_csv().encode())
        grid = sample_grid(state.sample(), f"고정된 z 64개에서 만든 그림 (반복 {done:,})")
        write_bytes(folder / "samples.png", png_bytes(grid))
        write_bytes(folder / "training.gif", snapshots_gif(trainer.snapshots, trainer.total))
        if done:
            curves = training_curves(trainer.history)
            write_bytes(folder / "curves.png", png_bytes(curves))
        summary = {
            "iterations": done,
            "total": trainer.total,
            "finished": trainer.finished,
            "engine": trainer.engine.name,
            "device": str(state.device),
            "seconds": round(trainer.seconds, 1),
            "images_per_second": round(done * trainer.config.batch_size / trainer.seconds) if done else 0,
        }
        write_bytes(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 결과를 모두 저장하지 못했습니다({reason(error)}). "
            "디스크에 여유 공간이 있는지, 폴더가 그대로 있는지 확인하세요."
        ) from None
    return summary


def read_config(folder):
    """결과 폴더의 ``LessonConfig``."""
    try:
        text = read_file(Path(folder) / "config.json", LARGEST_CONFIG).decode()
    except (OSError, ValueError):
        raise LessonError(
            f"결과 폴더 '{folder}': config.json을 읽을 수 없습니다. "
            "'python -m gan_lesson train'이 만든 폴더를 --run으로 정하세요."
        ) from None
    return LessonConfig.from_json(text)


def load_generator(folder):
    """결과 폴더의 생성자와 설정값. 장치는 CPU이고 평가(eval) 방식입니다.

    Returns:
        (``LessonConfig``, ``Generator``).
    """
    config = read_config(folder)
    path = Path(folder) / "generator.safetensors"
    if not path.is_file() and has_checkpoint(folder):
        raise LessonError(
            f"결과 폴더 '{folder}': 도중에 꺼져 결과를 쓰지 못한 학습입니다. 'python -m gan_lesson train "
            f"--resume {folder}'로 이어서 끝낸 뒤에 쓰세요."
        )
    with torch.device("meta"):
        generator = Generator(config)
    load_weights(generator, path)
    return config, generator.eval()


def import_generator(weights, folder, dataroot):
    """PyTorch의 DCGAN 예제가 남긴 생성자의 가중치로 새 결과 폴더를 만듭니다. 크기는 텐서의 모양에서 알아냅니다.

    Args:
        weights: ``torch.save(netG.state_dict(), ...)``로 쓴 .pth 파일.
        folder: 새 결과 폴더.
        dataroot: 그 학습의 데이터.

    Returns:
        ``LessonConfig``.
    """
    tensors = read_pytorch_tensors(weights)
    kernels = [t for t in tensors.values() if t.ndim == 4]
    try:
        config = LessonConfig(
            dataroot=dataroot, nz=kernels[0].shape[0], ngf=kernels[-1].shape[0],
            nc=kernels[-1].shape[1], image_size=4 * 2 ** (len(kernels) - 1), ngpu=0,
        )  # fmt: skip
    except (IndexError, LessonError):
        raise LessonError(
            f"가중치 파일 '{weights}': DCGAN 생성자의 가중치가 아닙니다. 생성자(netG)의 파일인지 확인하세요."
        ) from None
    with torch.device("meta"):
        generator = Generator(config)
    load_weights(generator, weights, tensors)
    with open_run_folder(folder, config) as place:
        save_weights(generator, place / "generator.safetensors")
    return config
