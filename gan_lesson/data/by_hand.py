"""손으로 내려받아 둔 공개 데이터: MNIST, Fashion-MNIST, CelebA의 학습용 부분.

파일의 이름은 배포하는 곳마다 조금씩 다릅니다(train-images-idx3-ubyte, train-images.idx3-ubyte, …gz). 학습에 쓰지 않는
시험용 부분이나 CelebA의 속성 파일은 없어도 됩니다.
"""

import gzip
import io
import os
import re
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import cache_root
from gan_lesson.config import DOWNLOADS

IDX = re.compile(r"-(images|labels)[.-]idx[13][.-]ubyte", re.IGNORECASE)  # MNIST의 파일 형식
IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
CELEBA_FILE = re.compile(r"(?:.*/)?(\d{6})\.(?:jpg|png)")
CELEBA_TRAIN = 162_770  # list_eval_partition.txt: 000001.jpg부터 이 번호까지가 학습용
LARGEST_IDX = 2**28  # 바이트. 원본은 47 MB입니다.


def download_root():
    """공개 데이터의 파일을 두는 폴더. torchvision도 여기에 내려받습니다."""
    return cache_root() / "torchvision"


def place_of(name):
    """``name``의 파일을 손으로 둘 폴더."""
    return download_root() / DOWNLOADS[name][2]


def find(name):
    """손으로 두었거나 전에 내려받은 ``name``의 학습용 부분. 없거나 모자라면 ``None``입니다.

    Returns:
        ``len()``이 그림의 수이고, 번호로 꺼내면 (Pillow 그림, 라벨)인 것.
    """
    if name == "celeba":
        return _find_celeba(download_root() / "celeba")
    if name in ("mnist", "fashion-mnist"):
        found = _find_idx(download_root() / DOWNLOADS[name][0])
        return None if None in found else IdxPair(*found)
    return None


def missing(name):
    """없는 파일의 이름들."""
    if name == "celeba":
        return ["img_align_celeba.zip이나 그것을 푼 폴더"]
    if name == "cifar10":
        wanted = [*(f"data_batch_{i}" for i in range(1, 6)), "batches.meta"]
        return [file for file in wanted if not (place_of(name) / file).is_file()]
    found = _find_idx(download_root() / DOWNLOADS[name][0])
    return [file for file, path in zip(IDX_FILES, found, strict=True) if path is None]


class IdxPair:
    """MNIST의 그림 파일과 라벨 파일."""

    def __init__(self, images, labels):
        self._images, self._labels = read_idx(images, 3), read_idx(labels, 1)
        if len(self._images) != len(self._labels):
            raise LessonError(
                f"데이터 파일 '{images}': 그림은 {len(self._images):,}장인데 '{labels}'의 라벨은 "
                f"{len(self._labels):,}개입니다. 같은 데이터의 짝인지 확인하세요."
            )

    def __len__(self):
        return len(self._images)

    def __getitem__(self, index):
        return Image.fromarray(self._images[index]), int(self._labels[index])


class CelebA:
    """정렬된 얼굴 사진의 폴더나 zip. 라벨은 없어 0입니다."""

    def __init__(self, place, names):
        self._place, self._names = place, names
        self._zip = None if place.is_dir() else zipfile.ZipFile(place)

    def __len__(self):
        return len(self._names)

    def __getitem__(self, index):
        name = self._names[index]
        if self._zip is None:
            return Image.open(self._place / name), 0
        return Image.open(io.BytesIO(self._zip.read(name)), formats=("JPEG", "PNG")), 0


def read_idx(path, axes):
    """IDX 파일의 uint8 배열(``axes``차원). 압축되어 있어도 됩니다.

    형식은 MNIST를 배포한 쪽의 설명(0, 0, 8(uint8), 차원의 수, 크기들, 값들)을 따릅니다.
    """
    try:
        with open(path, "rb") as file:
            # 브라우저가 .gz를 풀어 주고 이름은 그대로 두기도 하므로 내용을 보고 압축을 풉니다.
            packed = file.read(2) == b"\x1f\x8b"
        with (gzip.open if packed else open)(path, "rb") as file:
            data = file.read(LARGEST_IDX)
        shape = np.frombuffer(data, ">u4", axes, offset=4).tolist()
        if data[:4] != bytes((0, 0, 8, axes)) or len(data) != 4 + 4 * axes + np.prod(shape, dtype=np.int64):
            raise ValueError
    except (OSError, EOFError, ValueError):
        raise LessonError(
            f"데이터 파일 '{path}': MNIST의 파일이 아니거나 잘렸습니다. 지우고 다시 내려받으세요."
        ) from None
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _find_idx(folder):
    """``IDX_FILES``마다 찾은 경로 또는 ``None``. 점과 빼기, 대소문자, .gz를 가리지 않습니다."""
    found = {}
    for path in sorted(folder.rglob("*"), reverse=True):  # 푼 것이 .gz보다 먼저이게
        if path.is_file():  # Kaggle의 zip을 풀면 같은 이름의 폴더 안에 있습니다.
            found[path.name.lower().removesuffix(".gz").replace(".", "-")] = path
    return [found.get(name) for name in IDX_FILES]


def _find_celeba(folder):
    for place, _, names in os.walk(folder):
        if chosen := _training_part(names):
            return CelebA(Path(place), chosen)
    for path in sorted(folder.glob("*.zip")):
        try:
            with zipfile.ZipFile(path) as file:
                chosen = _training_part(file.namelist())
        except (OSError, zipfile.BadZipFile):
            raise LessonError(
                f"데이터 파일 '{path}': zip으로 열 수 없습니다. 내려받기가 끊긴 것이니 지우고 다시 받으세요."
            ) from None
        if chosen:
            return CelebA(path, chosen)
    return None


def _training_part(names):
    numbers = {name: match[1] for name in names if (match := CELEBA_FILE.fullmatch(name))}
    return sorted((name for name in numbers if int(numbers[name]) <= CELEBA_TRAIN), key=numbers.get)
