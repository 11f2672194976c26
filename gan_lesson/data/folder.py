"""내 그림 폴더를 학습 데이터로 읽습니다.

두 가지 짜임을 모두 받습니다: 종류마다 하위 폴더가 있는 것(torchvision의 ``ImageFolder``)과
그림이 바로 들어 있는 것. 그림은 한 번만 풀어서 uint8 캐시에 둡니다.
"""

import hashlib
import os
import warnings
from bisect import bisect_left

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch.utils.data import DataLoader, Dataset

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.data.cache import load_or_build
from gan_lesson.data.folder_listing import find_folder, list_images, manifest
from gan_lesson.data.images import ImageSet

# 확장자와 내용이 달라도 읽지만, EPS처럼 다른 프로그램을 부르는 형식은 읽지 않습니다.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
VERSION = 2  # 같은 파일에서 나오는 바이트가 달라지면 올립니다.
BIG = 20 * 2**20  # 바이트. 파일이 모두 이보다 크면 코어마다 작업 프로세스를 띄워 풉니다.
_BATCH = 256
_NAMED = 5  # 경고에서 이름을 적어 줄 파일의 수


def load_folder(dataroot, image_size, nc, progress=None):
    """폴더의 그림을 모두 ``image_size``로 맞추어 읽습니다.

    짧은 변을 ``image_size``로 줄이고 가운데를 잘라 냅니다. 어떤 크기와 색 방식이든 됩니다.
    읽지 못한 파일은 세어서 경고하고 ``notes["unreadable"]``에 남깁니다.

    Args:
        dataroot: 그림 폴더.
        image_size: 한 변의 픽셀 수.
        nc: 1이면 흑백, 3이면 컬러로 바꿉니다.
        progress: ``progress(done, total)``.

    Returns:
        ``ImageSet``. 라벨은 첫 하위 폴더의 번호이고, 이름은 ``notes["classes"]``에 있습니다.
        하위 폴더가 없으면 모두 0입니다.

    Raises:
        LessonError: 폴더가 없거나, 읽을 수 있는 그림이 하나도 없을 때.
    """
    root = find_folder(dataroot)
    files = list_images(root)
    decoder = _Decoder(str(root), files, image_size, nc)
    place = str(root.resolve())
    key = dict(version=VERSION, root=place, image_size=image_size, nc=nc, manifest=manifest(files))
    kind = f"{place}|{image_size}|{nc}".encode(errors="surrogateescape")
    source = f"folder-{hashlib.sha256(kind).hexdigest()[:12]}"

    def produce(notes):
        unreadable, done = [], 0
        for images, labels, failed in decoder.parts():
            unreadable += failed
            done += len(labels) + len(failed)
            if labels:
                yield images, labels
            if progress:
                progress(done, len(files))
        if len(unreadable) == len(files):
            raise LessonError(
                f"설정값 dataroot = '{root}': 그림 파일 {len(files)}개를 하나도 읽지 못했습니다. "
                f"처음 것: {unreadable[0]}. 그림판 같은 프로그램에서 열리는 그림을 이 폴더에 직접 넣으세요."
            )
        notes |= {"classes": decoder.kinds, "files": len(files), "unreadable": unreadable}

    entry = load_or_build(source, key, (nc, image_size, image_size), 1, produce)
    if unreadable := entry.notes["unreadable"]:
        shown = ", ".join(unreadable[:_NAMED])
        more = f" 외 {len(unreadable) - _NAMED}개" if len(unreadable) > _NAMED else ""
        warnings.warn(
            f"폴더 '{root}': 파일 {len(files)}개 가운데 {len(unreadable)}개를 읽지 못해 "
            f"빼고 씁니다: {shown}{more}",
            LessonWarning,
            stacklevel=2,
        )
    return ImageSet(entry, name=root.name, label_names=("종류",))


class _Decoder(Dataset):
    """파일을 ``_BATCH``개씩 풉니다. 작업 프로세스에서도 돕니다."""

    def __init__(self, root, files, image_size, nc):
        self._root, self._files = root, files
        self._image_size, self._nc = image_size, nc
        self.kinds = sorted({file.kind for file in files})

    def __len__(self):
        return -(-len(self._files) // _BATCH)

    def __getitem__(self, part):
        """(풀린 그림 (B, nc, H, W) uint8, 라벨 [[종류], …], 풀지 못한 파일의 이름과 까닭들)."""
        images, labels, failed = [], [], []
        with warnings.catch_warnings():
            # 너무 큰 그림에 대한 Pillow의 경고 대신, 다 풀면 약 9천만 픽셀을 넘는 것은 읽지 않습니다.
            warnings.simplefilter("ignore")
            for file in self._files[part * _BATCH : (part + 1) * _BATCH]:
                if file.skipped:
                    failed.append(f"{file.name} ({file.skipped})")
                    continue
                try:
                    path = os.path.join(self._root, file.name)
                    images.append(_decode(path, self._image_size, self._nc))
                    labels.append([bisect_left(self.kinds, file.kind)])
                except Exception as error:
                    # Pillow는 깨진 파일에서 OSError 말고도 여러 오류를 냅니다.
                    failed.append(f"{file.name} ({_reason(error)})")
        return np.stack(images) if images else None, labels, failed

    def parts(self):
        """모든 부분을 차례대로. 크면 작업 프로세스들이 나누어 풉니다.

        스레드로 나누면 오히려 느립니다: 작은 그림을 푸는 시간의 대부분은 한 번에 한 스레드만 도는 파이썬입니다.
        """
        big = sum(file.size for file in self._files) >= BIG
        return DataLoader(
            self,
            batch_size=None,
            num_workers=min(16, os.cpu_count() or 1) if big else 0,
            collate_fn=tuple,  # 텐서로 바꾸지 않고 그대로
            # 전역 난수를 소비하지 않게 합니다.
            generator=torch.Generator().manual_seed(0),
        )


def fit_image(image, image_size, nc):
    """Pillow 그림 하나를 (nc, image_size, image_size) uint8로 맞춥니다."""
    image = ImageOps.exif_transpose(image)  # 휴대전화 사진은 돌아간 정도가 따로 적혀 있습니다.
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bit(image)
    elif image.has_transparency_data:
        # 투명한 곳의 색은 아무 값이나 들어 있으므로 흰 종이 위에 놓습니다.
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    image = image.convert("L" if nc == 1 else "RGB")
    image = ImageOps.fit(image, (image_size, image_size), Image.Resampling.BICUBIC)
    return np.asarray(image).reshape(image_size, image_size, nc).transpose(2, 0, 1)


def _decode(path, image_size, nc):
    with Image.open(path, formats=FORMATS) as image:
        # JPEG은 필요한 크기 가까이까지만 풀 수 있어 큰 사진이 훨씬 빨라집니다.
        image.draft("L" if nc == 1 else "RGB", (image_size * 2, image_size * 2))
        if image.width * image.height > Image.MAX_IMAGE_PIXELS:
            raise Image.DecompressionBombError
        return fit_image(image, image_size, nc)


def _eight_bit(image):
    """16비트·32비트 흑백을 8비트로. 그냥 바꾸면 255에서 잘려 온통 하얗게 됩니다."""
    values = np.asarray(image, dtype=np.float64)
    top = 65535.0 if values.max() > 255 else 255.0
    return Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))


def _reason(error):
    if isinstance(error, UnidentifiedImageError):
        return "그림 파일이 아님"
    if isinstance(error, Image.DecompressionBombError):
        return "픽셀이 너무 많음"
    if isinstance(error, PermissionError):
        return "읽기 권한이 없음"
    if isinstance(error, OSError | SyntaxError):
        return "파일이 깨졌거나 잘림"
    return f"읽을 수 없음: {type(error).__name__}"
