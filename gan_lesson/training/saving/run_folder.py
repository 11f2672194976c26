"""학습 하나가 남기는 폴더.

``config.json`` 설정값, ``history.csv`` 반복마다의 통계, ``samples.png`` 만들어 낸 그림,
``curves.png`` 손실과 D의 답, ``training.gif`` 고정된 z의 변화, ``generator.safetensors``와
``discriminator.safetensors`` 가중치. 마지막으로 ``summary.json``을 쓰며, 이것이 있으면
다 쓴 폴더입니다. 학습하는 동안과 그 뒤에는 이어서 할 수 있는 상태가 ``checkpoint/``에 있습니다.
"""

import shutil
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import torch

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import is_litter, locked, read_file, write_bytes
from gan_lesson.base.tensor_files import load_weights
from gan_lesson.config import LessonConfig
from gan_lesson.data.folder import folder_name
from gan_lesson.models import Generator
from gan_lesson.training.saving.checkpoint import FOLDER, has_checkpoint

LARGEST_CONFIG = 2**20  # 바이트
RUNS = Path("runs")  # --out을 주지 않았을 때 번호를 매긴 폴더가 생기는 곳


def next_run_folder(config, root=RUNS):
    """아직 없는 폴더의 이름: ``runs/hangul-32-001``, ``runs/hangul-32-002``, …"""
    name = folder_name(config.dataroot)
    folders = (root / f"{name}-{config.image_size}-{number:03d}" for number in count(1))
    return next(folder for folder in folders if not folder.exists())


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
                refuse_to_overwrite(folder, overwrite)
                folder.mkdir(parents=True, exist_ok=True)
            else:
                refuse_without_checkpoint(folder)
            stack.enter_context(locked(folder))
            if config is not None:
                # 기다리는 사이에 다른 학습이 결과를 남겼을 수 있습니다.
                refuse_to_overwrite(folder, overwrite)
                # 새 설정값 옆에 이전 학습의 가중치나 "다 썼다"는 표시가 남지 않게 합니다.
                for name in ("summary.json", "generator.safetensors", "discriminator.safetensors"):
                    (folder / name).unlink(missing_ok=True)
                if has_checkpoint(folder):
                    shutil.rmtree(folder / FOLDER)
                write_config(folder, config)
        except OSError as error:
            raise not_writable(folder, error, resuming=config is None) from None
        yield folder


def not_writable(folder, error, resuming=False):
    """결과 폴더에 쓸 수 없다는 ``LessonError``. ``error``: 그 ``OSError``."""
    remedy = "쓸 수 있는 폴더를 --out으로 정하세요"
    if resuming:  # 캐글의 입력 폴더처럼 읽기만 되는 곳
        remedy = f"'--resume {folder} --out 새폴더'로 하면 이 폴더는 읽기만 하고 새 폴더에서 이어서 합니다"
    return LessonError(f"결과 폴더 '{folder}': 파일을 저장할 수 없습니다({reason(error)}). {remedy}.")


def refuse_without_checkpoint(folder):
    """``folder``에 이어서 할 체크포인트가 없으면 ``LessonError``."""
    if has_checkpoint(folder):
        return
    has_weights = folder.is_file() or (folder / "generator.safetensors").is_file()
    remedy = f"'python -m gan_lesson train'이 만든 결과 폴더({FOLDER} 폴더가 들어 있음)를 정하세요"
    if has_weights:
        remedy += (
            f". 가중치에서 새로 시작하려면 'python -m gan_lesson train --netG {folder} --out 새폴더'를 쓰세요"
        )
    raise LessonError(f"--resume = '{folder}': 이어서 할 체크포인트가 없습니다. {remedy}.")


def refuse_to_overwrite(folder, overwrite):
    """``folder``에 덮어쓰면 안 될 것이 있으면 ``LessonError``. 아무것도 바꾸지 않습니다."""
    if not folder.is_dir() or all(path.name == ".lock" or is_litter(path) for path in folder.iterdir()):
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


def write_config(folder, config):
    """``config.json``을 씁니다. 폴더의 이름은 UTF-8이 아닐 수도 있습니다."""
    write_bytes(folder / "config.json", config.to_json().encode(errors="backslashreplace"))


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
