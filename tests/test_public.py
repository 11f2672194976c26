"""공개 데이터: 이미 있는 파일은 그대로 쓰고, 없으면 무엇을 할지 알려 줍니다."""

import gzip
import pickle
import struct
import urllib.error
from pathlib import Path

import numpy as np
import pytest
import torchvision

from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import cache_root
from gan_lesson.config import DOWNLOADS, LessonConfig
from gan_lesson.data.load import load_images

pytestmark = pytest.mark.usefixtures("empty_cache")


def place_of(name):
    return cache_root() / "torchvision" / DOWNLOADS[name][2]


def write_idx(path, array):
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
@pytest.mark.parametrize("dash", "-.")  # Kaggle의 이름은 점입니다.
def test_the_training_part_alone_is_enough(name, dash):
    place_of(name).mkdir(parents=True)
    pixels = np.arange(3)[:, None, None] * 100 * np.ones((3, 28, 28))
    write_idx(place_of(name) / f"train-images{dash}idx3-ubyte", pixels)
    write_idx(place_of(name) / f"train-labels{dash}idx1-ubyte", np.array([7, 8, 9]))
    data = load_images(LessonConfig(dataroot=name))
    assert data.images[:, 0, 16, 16].tolist() == [0, 100, 200] and data.labels[:, 0].tolist() == [7, 8, 9]


def test_cifar10_files_already_there_are_used(monkeypatch):
    kind = torchvision.datasets.CIFAR10
    place_of("cifar10").mkdir(parents=True)
    pixels = np.zeros((2, 3, 32, 32), np.uint8)
    pixels[:, 0] = 255  # 빨강
    contents = {name: {"data": pixels.reshape(2, -1), "labels": [3, 4]} for name, _ in kind.train_list}
    for name, content in (contents | {kind.meta["filename"]: {"label_names": list("abcdefghij")}}).items():
        (place_of("cifar10") / name).write_bytes(pickle.dumps(content))
    # 작은 가짜 파일이므로 원본의 MD5는 보지 않게 합니다.
    monkeypatch.setattr(kind, "train_list", [(name, None) for name, _ in kind.train_list])
    monkeypatch.setattr(kind, "meta", kind.meta | {"md5": None})
    data = load_images(LessonConfig(dataroot="cifar10", nc=3))
    assert len(data) == 10 and data.images[0, :, 5, 5].tolist() == [255, 0, 0]


@pytest.mark.parametrize("name", DOWNLOADS)
def test_without_a_network_the_message_says_what_to_do(name, monkeypatch):
    def offline(*args, **options):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(getattr(torchvision.datasets, DOWNLOADS[name][0]), "download", offline)
    with pytest.raises(LessonError) as caught:
        load_images(LessonConfig(dataroot=name))
    message = str(caught.value)
    assert "\n" not in message and message.startswith(f"설정값 dataroot = '{name}'")
    where = "img_align_celeba" if name == "celeba" else str(place_of(name))
    assert where in message and "dataroot=hangul" in message


def test_mismatched_torchvision_is_explained(monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(torchvision.datasets.MNIST, "__init__", broken)
    with pytest.raises(LessonError, match="force-reinstall torch torchvision"):
        load_images(LessonConfig(dataroot="mnist"))


def test_gzip_download_of_the_real_code_path(monkeypatch):
    """내려받기를 흉내 내어, torchvision의 진짜 코드가 압축을 푸는 것까지 봅니다."""

    def fetch(url, download_root, filename=None, md5=None, **options):
        plain = Path(download_root) / filename.removesuffix(".gz")
        write_idx(plain, np.full((2, 28, 28), 50) if "idx3" in filename else np.array([1, 2]))
        (Path(download_root) / filename).write_bytes(gzip.compress(plain.read_bytes()))

    monkeypatch.setattr(torchvision.datasets.mnist, "download_and_extract_archive", fetch)
    data = load_images(LessonConfig(dataroot="mnist"))
    assert len(data) == 2 and data.images.mean() == 50
