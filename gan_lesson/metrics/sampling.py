"""결과 폴더의 생성자로 새 그림을 만들어 파일로 씁니다: 그림판 하나로, 또는 한 장에 파일 하나씩."""

import io
from pathlib import Path

import torch
from PIL import Image
from tqdm import tqdm

from gan_lesson.base.errors import LessonError, quote, reason
from gan_lesson.base.files import write_bytes
from gan_lesson.data.images import to_uint8
from gan_lesson.metrics.evaluation import evaluation_z
from gan_lesson.models import generate
from gan_lesson.plots import tile
from gan_lesson.training.saving.run_folder import load_generator

# 확장자 → Pillow가 쓰는 형식과 옵션. JPEG은 작은 그림의 색이 번지지 않는 값들입니다.
JPEG = ("JPEG", {"quality": 95, "subsampling": 0})
FORMATS = {".png": ("PNG", {}), ".jpg": JPEG, ".jpeg": JPEG, ".webp": ("WEBP", {"lossless": True}),
           ".bmp": ("BMP", {}), ".tif": ("TIFF", {}), ".tiff": ("TIFF", {})}  # fmt: skip
# 그림판 하나의 픽셀 수와 한 변의 한계. 넘으면 여러 프로그램이 열지 않습니다(WebP의 한 변은 16,383까지).
LARGEST_BOARD, LONGEST_SIDE = 64_000_000, 16_000
TOGETHER = 256  # 한 번에 만드는 그림의 수


def write_samples(run, out=None, count=64, seed=0):
    """``run``(결과 폴더)의 생성자로 그림 ``count``장을 만들어 씁니다. ``evaluate``가 같은 시드로 재는 그림들입니다.

    Args:
        out: 그림 파일이면 그림판 하나(1픽셀이 그대로 1픽셀, 한 장이면 틈도 없는 그 그림), 폴더면 한 장에 PNG 하나씩.
            없는 폴더는 만듭니다. 기본은 ``run``의 new_samples.png.

    Returns:
        무엇을 어디에 썼는지 말하는 한 문장.

    Raises:
        LessonError: 쓸 수 없는 곳이거나, 쓸 수 없는 형식이거나, 그림판 하나에 너무 많을 때.
    """
    config, generator = load_generator(run)
    path = Path(run) / "new_samples.png" if out is None else Path(out)
    into_folder = path.is_dir() or str(out or "").endswith(("/", "\\")) or not path.suffix
    pictures = _pictures(generator, config.nz, count, seed)
    try:
        if into_folder:
            return _write_each(path, pictures, count, seed, config.image_size)
        return _write_board(path, pictures, count, config)
    except OSError as error:
        raise LessonError(
            f"--out = '{path}': 그림을 저장할 수 없습니다({reason(error)}). 쓸 수 있는 곳의 그림 파일이나 폴더를 정하세요."
        ) from None


def _pictures(generator, nz, count, seed):
    """(N, nc, H, W) uint8 텐서를 ``TOGETHER``장씩. 많아도 메모리에 한꺼번에 두지 않습니다."""
    for z in evaluation_z(nz, count, seed).split(TOGETHER):
        yield to_uint8(generate(generator, z))


def _write_each(folder, pictures, count, seed, size):
    names = [f"seed{seed}-{number:0{max(4, len(str(count)))}d}.png" for number in range(1, count + 1)]
    if there := next((name for name in names if (folder / name).exists()), None):
        raise LessonError(
            f"--out = '{folder}': '{there}'이 이미 있습니다. 먼저 만든 그림을 덮어쓰지 않으니 새 폴더나 다른 --seed를 정하세요."
        )
    folder.mkdir(parents=True, exist_ok=True)
    made = (picture for some in pictures for picture in some)
    made = tqdm(made, desc="그림 저장", unit="장", total=count, delay=2, leave=False)
    for name, picture in zip(names, made, strict=True):
        # 수천 개를 하나씩 디스크까지 내려보내면 몇 분이 걸리므로 보통의 파일로 씁니다.
        with open(folder / name, "xb") as file:
            file.write(_encoded(picture, ".png"))
    return f"{size}×{size} 그림 {count:,}장을 {folder} 폴더에 하나씩 저장했습니다({names[0]}부터)."


def _write_board(path, pictures, count, config):
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise LessonError(
            f"--out = '{path}': 확장자 {quote(path.suffix)}의 그림은 쓸 수 없습니다. {' '.join(FORMATS)} 가운데 하나로 적거나, "
            "폴더로 하려면 끝에 /를 붙이세요."
        )
    columns = min(count, max(8, round(count**0.5)))
    cell = config.image_size + 2
    width, height = columns * cell + 2, -(-count // columns) * cell + 2
    if width * height > LARGEST_BOARD or max(width, height) > LONGEST_SIDE:
        raise LessonError(
            f"--count = {count}: 그림판 하나({width:,}×{height:,}픽셀)에 담기에는 너무 많습니다. '--out 폴더/'로 정하면 한 장에 "
            "파일 하나씩 저장합니다."
        )
    made = [picture for some in pictures for picture in some]
    path.parent.mkdir(parents=True, exist_ok=True)
    if count == 1:
        write_bytes(path, _encoded(made[0], ending))
        return f"{config.image_size}×{config.image_size} 그림 한 장을 {path}에 저장했습니다."
    board = Image.fromarray(tile(torch.stack(made), columns))
    write_bytes(path, _as_bytes(board, ending))
    return f"그림 {count:,}장을 {board.width:,}×{board.height:,}픽셀 그림판 하나로 {path}에 저장했습니다."


def _encoded(picture, ending):
    """그림 하나 (nc, H, W) uint8의 파일 바이트. 흑백은 흑백으로."""
    pixels = picture.numpy()
    return _as_bytes(Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)), ending)


def _as_bytes(image, ending):
    data = io.BytesIO()
    kind, options = FORMATS[ending]
    image.save(data, kind, **options)
    return data.getvalue()
