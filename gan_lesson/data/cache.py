"""한 번 만든 그림을 uint8 그대로 디스크에 두고 메모리 사상(memory map)으로 읽습니다.

항목 하나는 폴더 하나입니다: ``images.npy``(N, C, H, W), ``labels.npy``(N, L), ``meta.json``. 임시 폴더에 다 쓴 뒤 이름을
바꾸므로 쓰다가 꺼져도 반쪽짜리 항목이 생기지 않습니다.
"""

import hashlib
import json
import os
import shutil
import uuid
import zlib
from contextlib import suppress

import numpy as np
from tqdm import tqdm

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import cache_root
from gan_lesson.data.images import ImageSet

DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError)


def load_or_build(source, key, label_names, produce, name=None):
    """캐시에 있으면 읽고, 없거나 망가졌으면 만든 ``ImageSet``. 디스크에 쓸 수 없으면 ``LessonError``입니다.

    Args:
        source: 항목의 이름 앞에 붙일 짧은 말. name: ``ImageSet``의 이름(기본은 ``source``).
        key: 바이트를 정하는 모든 것(JSON으로 쓸 수 있는 dict). ``image_size``와 ``nc``는 꼭, 그림의 수 ``count``는 알면.
        label_names: 그림마다 딸린 라벨들의 이름.
        produce: ``produce(notes)``는 (그림 (C, H, W), 라벨들 (L,))을 하나씩 내고, 남길 기록을 dict ``notes``에 적습니다.
    """
    root, size, nc, name = cache_root(), key["image_size"], key["nc"], name or source
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    folder = root / f"{source}{size}-nc{nc}-{digest}"
    building = root / f".{source}-{uuid.uuid4().hex[:12]}"
    with suppress(*DAMAGED):
        return ImageSet(folder, name, label_names)
    try:
        building.mkdir(parents=True)
        _write(building, (nc, size, size), produce, key.get("count"))
        with suppress(*DAMAGED):
            return ImageSet(folder, name, label_names)  # 그사이 다른 프로세스가 같은 것을 만들었습니다.
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
        return ImageSet(folder, name, label_names)
    except OSError as error:
        raise LessonError(
            f"캐시 폴더 {root}: 그림을 저장하지 못했습니다({reason(error)}). 디스크에 여유 공간을 만들거나 환경 변수 "
            "GAN_LESSON_CACHE로 쓸 수 있는 다른 폴더를 정하세요."
        ) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write(folder, image_shape, produce, count):
    notes, labels, crc = {}, [], 0
    with open(folder / "images.npy", "xb") as file:
        _write_header(file, (0, *image_shape))
        # 터미널에서만 보입니다. 노트북의 붉은 줄은 오류처럼 읽힙니다.
        how = dict(desc="데이터 준비", unit="장", delay=1, leave=False, disable=None)
        for image, row in tqdm(produce(notes), total=count, **how):
            block = np.ascontiguousarray(image, np.uint8)
            file.write(block)
            crc = zlib.crc32(block, crc)
            labels.append(np.asarray(row, np.int32))
        labels = np.stack(labels)
        _write_header(file, (len(labels), *image_shape))
        file.flush()
        with suppress(OSError):  # 구글 드라이브는 fsync를 모릅니다.
            os.fsync(file.fileno())
    np.save(folder / "labels.npy", labels)
    meta = json.dumps({"notes": notes, "crc": [crc, zlib.crc32(labels)]})
    (folder / "meta.json").write_text(meta, encoding="utf-8")


def _write_header(file, shape):
    """.npy의 머리글. NumPy가 첫 차원이 늘어날 자리를 두므로, 그림을 다 쓴 뒤에 수를 고쳐 적을 수 있습니다."""
    file.seek(0)
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
