"""학습 하나가 남기는 폴더.

``config.json`` 설정값, ``history.csv`` 반복마다의 통계, ``samples.png`` 만들어 낸 그림,
``curves.png`` 손실과 D의 답, ``training.gif`` 고정된 z의 변화, ``generator.safetensors``와
``discriminator.safetensors`` 가중치. 마지막으로 ``summary.json``을 쓰며, 이것이 있으면
다 쓴 폴더입니다.
"""

import json
from pathlib import Path

from gan_lesson.checkpoint import load_weights, save_weights, write_bytes
from gan_lesson.config import LessonConfig
from gan_lesson.errors import LessonError
from gan_lesson.models import Generator
from gan_lesson.plots import png_bytes, sample_grid, snapshots_gif, training_curves

RUNS = Path("runs")  # --out을 주지 않았을 때 번호를 매긴 폴더가 생기는 곳


def next_run_folder(config, root=RUNS):
    """아직 없는 폴더의 이름: ``runs/hangul-32-001``, ``runs/hangul-32-002``, …"""
    name = Path(config.dataroot).name or "images"
    number = 1
    while (folder := root / f"{name}-{config.image_size}-{number:03d}").exists():
        number += 1
    return folder


def open_run_folder(folder, overwrite=False):
    """학습 결과를 쓸 폴더를 준비합니다. 학습을 시작하기 **전에** 불러 헛수고를 막습니다.

    Raises:
        LessonError: 다른 결과가 이미 있는데 ``overwrite``가 아니거나, 쓸 수 없을 때.
    """
    folder = Path(folder)
    try:
        if folder.is_dir() and any(folder.iterdir()):
            if not (folder / "config.json").is_file():
                raise LessonError(
                    f"결과 폴더 '{folder}': 학습 결과가 아닌 파일이 들어 있습니다. "
                    "빈 폴더나 새 폴더를 --out으로 정하세요."
                )
            if not overwrite:
                raise LessonError(
                    f"결과 폴더 '{folder}': 이전 학습의 결과가 있습니다. 다른 폴더를 --out으로 "
                    "정하거나, 덮어써도 되면 --overwrite를 붙이세요."
                )
            # 새 결과를 다 쓰기 전까지는 "다 쓴 폴더"로 보이지 않아야 합니다.
            (folder / "summary.json").unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / ".probe", b"")
        (folder / ".probe").unlink()
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 파일을 저장할 수 없습니다({error.strerror or error}). "
            "쓸 수 있는 폴더를 --out으로 정하세요."
        ) from None
    return folder


def write_run(folder, trainer):
    """``Trainer``가 지금까지 한 것을 모두 씁니다. 도중에 멈춘 학습도 됩니다."""
    folder, state = Path(folder), trainer.state
    done = state.iteration
    try:
        write_bytes(folder / "config.json", trainer.config.to_json().encode())
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
            "images_per_second": round(done * trainer.config.batch_size / trainer.seconds)
            if done
            else 0,
        }
        write_bytes(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 결과를 모두 저장하지 못했습니다({error.strerror or error}). "
            "디스크에 여유 공간이 있는지, 폴더가 그대로 있는지 확인하세요."
        ) from None
    return summary


def load_generator(folder):
    """결과 폴더의 생성자와 설정값. 장치는 CPU이고 평가(eval) 방식입니다.

    Returns:
        (``LessonConfig``, ``Generator``).
    """
    path = Path(folder) / "config.json"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise LessonError(
            f"결과 폴더 '{folder}': config.json을 읽을 수 없습니다. "
            "'python -m gan_lesson train'이 만든 폴더를 --run으로 정하세요."
        ) from None
    config = LessonConfig.from_json(text)
    generator = Generator(config)
    load_weights(generator, Path(folder) / "generator.safetensors")
    return config, generator.eval()
