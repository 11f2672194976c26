"""``dataroot`` 설정값이 가리키는 데이터를 엽니다."""

import warnings
from pathlib import Path

from gan_lesson.base.errors import LessonWarning
from gan_lesson.config import BUILTIN_DATA, DOWNLOADS
from gan_lesson.data.faces import load_faces
from gan_lesson.data.folder import MADE_GRAY, load_folder
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.public import load_public


def load_images(config):
    """``config.dataroot``의 그림을 ``image_size``와 ``nc``에 맞춘 ``ImageSet``."""
    name, size, nc = config.dataroot, config.image_size, config.nc
    if name in BUILTIN_DATA and Path(name).is_dir():
        warnings.warn(
            f"설정값 dataroot = '{name}': 내장 데이터의 이름이라 그것을 엽니다. 여기 있는 '{name}' 폴더의 그림을 쓰려면 "
            f"dataroot=./{name}로 적으세요.",
            LessonWarning,
            stacklevel=2,
        )
    if nc == 1 and name in ("faces", "cifar10", "celeba"):
        warnings.warn(f"데이터 {name}: {MADE_GRAY}", LessonWarning, stacklevel=2)
    if name == "hangul":
        return load_hangul(size, nc)
    if name == "faces":
        return load_faces(size, nc)
    if name in DOWNLOADS:
        return load_public(name, size, nc)
    return load_folder(name, size, nc, config.workers)
