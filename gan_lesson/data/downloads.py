"""공개 데이터: MNIST, Fashion-MNIST, CIFAR-10, CelebA.

이미 있는 파일은 그대로 쓰고(``by_hand``), 없으면 torchvision으로 내려받습니다. 네트워크가 없을 때는 어디에
무엇을 두면 되는지 알려 줍니다.
"""

import pickle
import socket
import urllib.error
import warnings

import numpy as np

from gan_lesson.base.errors import TORCHVISION_MISMATCH, LessonError, LessonWarning
from gan_lesson.config import DOWNLOADS
from gan_lesson.data import by_hand
from gan_lesson.data.by_hand import download_root, place_of
from gan_lesson.data.cache import load_or_build
from gan_lesson.data.fitting import MADE_GRAY, fit_image
from gan_lesson.data.images import ImageSet

VERSION = 1
# 학습용 부분의 그림 수
WHOLE = {"mnist": 60_000, "fashion-mnist": 60_000, "cifar10": 50_000, "celeba": by_hand.CELEBA_TRAIN}
_BATCH = 256


def load_torchvision(name, image_size, nc, progress=None):
    """``DOWNLOADS``의 데이터를 ``image_size``로 맞추어 읽습니다. 학습용(train) 부분만 씁니다.

    Raises:
        LessonError: 파일이 없고 내려받을 수도 없을 때, 또는 torchvision을 쓸 수 없을 때.
    """
    root = download_root()
    key = {"version": VERSION, "name": name, "image_size": image_size, "nc": nc, "root": str(root)}
    found = by_hand.find(name)
    if found and len(found) != WHOLE[name]:
        key["count"] = len(found)  # 나중에 더 넣으면 다시 읽게

    def produce(notes):
        dataset = found or _open(name, root)
        for start in range(0, len(dataset), _BATCH):
            items = [dataset[i] for i in range(start, min(start + _BATCH, len(dataset)))]
            images = np.stack([fit_image(image, image_size, nc) for image, _ in items])
            # CelebA의 표적은 속성 40개짜리라 여기서는 쓰지 않습니다.
            yield images, [[label if isinstance(label, int) else 0] for _, label in items]
            if progress:
                progress(start + len(items), len(dataset))

    source = f"{name}{image_size}-nc{nc}"
    entry = load_or_build(source, key, (nc, image_size, image_size), 1, produce)
    if len(entry.images) != WHOLE[name]:
        warnings.warn(
            f"데이터 {name}: 학습용은 모두 {WHOLE[name]:,}장인데 '{place_of(name)}'에서 "
            f"{len(entry.images):,}장만 찾았습니다. 그것만 씁니다.",
            LessonWarning,
            stacklevel=2,
        )
    if nc == 1 and name in ("cifar10", "celeba"):
        warnings.warn(f"데이터 {name}: {MADE_GRAY}", LessonWarning, stacklevel=2)
    return ImageSet(entry, name=name, label_names=("종류",))


def is_downloaded(name):
    """파일이 이미 있는지. 읽을 수 없으면 ``False``입니다."""
    try:
        return bool(by_hand.find(name) or _construct(name, download_root(), download=False))
    except Exception:
        return False


def _construct(name, root, download):
    import torchvision

    kind = getattr(torchvision.datasets, DOWNLOADS[name][0])
    if name == "cifar10":  # 시험용 파일(test_batch)은 쓰지 않으므로 없어도 됩니다.
        kind = type(kind.__name__, (kind,), {"test_list": []})
    part = {"split": "train"} if name == "celeba" else {"train": True}
    return kind(str(root), download=download, **part)


def _open(name, root):
    kind, size, _ = DOWNLOADS[name]
    try:
        return _construct(name, root, download=False)
    except (ImportError, AttributeError, RuntimeError, OSError, pickle.UnpicklingError) as error:
        if isinstance(error, ImportError | AttributeError) or "torchvision::nms" in str(error):
            raise LessonError(
                f"설정값 dataroot = '{name}': torchvision을 쓸 수 없습니다({' '.join(str(error).split())}). "
                f"{TORCHVISION_MISMATCH} 네트워크도 torchvision도 필요 없는 dataroot=hangul을 쓸 수도 있습니다."
            ) from None
    try:
        root.mkdir(parents=True, exist_ok=True)
        return _construct(name, root, download=True)
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        absent = ", ".join(by_hand.missing(name))
        raise LessonError(
            f"설정값 dataroot = '{name}': {_download_problem(name, error)} 없는 것: {absent}. "
            f"네트워크가 되는 곳에서 {kind}({size})를 내려받아 '{place_of(name)}'에 두거나, 네트워크가 필요 없는 "
            "dataroot=hangul을 쓰세요."
        ) from None


def _download_problem(name, error):
    if "gdown" in str(error):
        return "CelebA를 내려받으려면 gdown 패키지가 필요합니다. 'pip install gdown'으로 설치하세요."
    if name == "celeba" and not _is_offline(error):
        return (
            "CelebA를 내려받지 못했습니다. 구글 드라이브의 하루 내려받기 한도를 넘었을 때 "
            "흔히 이렇습니다. 내일 다시 해 보거나 브라우저로 직접 받으세요."
        )
    return "파일이 없고 내려받지도 못했습니다."


def _is_offline(error):
    while error is not None:
        if isinstance(error, urllib.error.URLError | socket.gaierror | ConnectionError):
            return True
        error = error.__cause__ or error.__context__
    return False
