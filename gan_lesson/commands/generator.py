"""결과 폴더의 생성자를 쓰는 명령: 새 그림을 만드는 ``sample``과, 재서 성적표와 그림을 남기는 ``evaluate``."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from PIL import Image

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import write_bytes
from gan_lesson.data.images import to_uint8
from gan_lesson.data.load import load_images
from gan_lesson.metrics.evaluation import SAMPLES, evaluate, evaluation_z
from gan_lesson.models import evaluating, generate
from gan_lesson.plots import png_bytes, tile
from gan_lesson.training.saving.run_folder import load_discriminator, load_generator


def write_samples(run, out=None, count=64, seed=0, pick=1):
    """``run``(결과 폴더)의 생성자로 그림 ``count``장을 만들어 쓰고, 무엇을 어디에 썼는지 한 문장을 돌려줍니다.

    ``evaluate``가 같은 시드로 재는 그림들입니다. ``pick``이 1보다 크면 ``pick``배를 만들어, 차례로 ``pick``장마다 D가 가장
    진짜로 보는 하나만 남깁니다(Azadi 2019처럼 D로 고르되, 확률로 버리지 않고 하나를 고르는 더 단순한 길입니다). ``out``이 그림 파일이면 그림판 하나(한 장이면 그 그림만), 폴더면 하나씩.
    """
    config, generator = load_generator(run)
    path = Path(run) / "new_samples.png" if out is None else Path(out)
    critic = load_discriminator(run) if pick > 1 else None
    parts = evaluation_z(generator, count * pick, seed).split(256 * pick)  # uint8로 줄여 가며 모읍니다.
    made = torch.cat([to_uint8(best_of(critic, generate(generator, z), pick)) for z in parts])
    pictures = [Image.fromarray(pixels) for pixels in made.permute(0, 2, 3, 1).squeeze(-1).numpy()]
    try:
        if not path.suffix or path.is_dir() or str(out).endswith(("/", "\\")):
            path.mkdir(parents=True, exist_ok=True)
            for number, picture in enumerate(pictures, 1):
                picture.save(path / f"seed{seed}-{number:05d}.png")
            size = config.image_size
            return f"{size}×{size} 그림 {count:,}장을 {path} 폴더에 하나씩 저장했습니다(seed{seed}-00001.png부터)."
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = min(count, max(8, round(count**0.5)))
        board = pictures[0] if count == 1 else Image.fromarray(tile(made, columns))
        board.save(path, quality=95, subsampling=0, lossless=True)  # 형식마다 아는 것만 씁니다.
        return f"그림 {count:,}장을 {board.width:,}×{board.height:,}픽셀 그림판 하나로 {path}에 저장했습니다."
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else error
        raise LessonError(
            f"--out = '{path}': 그림을 저장할 수 없습니다({why}). 쓸 수 있는 곳의 .png .jpg .webp 파일을 정하거나, 한 장에 파일 "
            "하나씩 저장하려면 끝에 /를 붙여 폴더를 정하세요."
        ) from None


@torch.no_grad()
def best_of(discriminator, images, pick):
    """``images`` (N·pick, …)를 차례로 ``pick``장씩 묶어, 묶음마다 로짓이 가장 큰 것 (N, …)."""
    if pick == 1:
        return images
    with evaluating(discriminator):
        groups = torch.cat([discriminator.logits(part) for part in images.split(256)]).view(-1, pick)
    return images[torch.arange(len(groups)) * pick + groups.argmax(1)]


def evaluate_run(folder, dataroot=None, count=SAMPLES, seed=0):
    """결과 폴더의 생성자를 ``dataroot``(기본은 학습한 데이터)와 비교한 (``Evaluation``, PNG 바이트)."""
    config, generator = load_generator(folder)
    config = config.replace(ngpu=0, **({} if dataroot is None else {"dataroot": dataroot}))
    result, picture = evaluate(generator, load_images(config), count, seed)
    return result, png_bytes(picture)


def write_evaluation(folder, result, picture):
    """``evaluation.json``과 ``evaluation.png``를 ``folder``에 씁니다."""
    folder = Path(folder)
    text = json.dumps(asdict(result), ensure_ascii=False, indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / "evaluation.json", text.encode())
        write_bytes(folder / "evaluation.png", picture)
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 평가를 저장할 수 없습니다({reason(error)}). 쓸 수 있는 폴더를 --out으로 정하세요."
        ) from None
