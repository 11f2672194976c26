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
from pathlib import Path

import numpy as np

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import cache_root

DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError)


class Entry:
    """읽기 전용 항목.

    Attributes:
        images: (N, C, H, W) uint8, 디스크에 사상된 배열.
        labels: (N, L) int32.
        notes: 만들 때 남긴 기록(JSON으로 쓸 수 있는 dict).
        crc: 그림과 라벨의 CRC-32. 다른 컴퓨터에서도 같은 데이터인지 알아봅니다.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        meta = json.loads((self.folder / "meta.json").read_text(encoding="utf-8"))
        self.notes, self.crc = meta["notes"], meta["crc"]
        self.images = np.load(self.folder / "images.npy", mmap_mode="r")
        self.labels = np.load(self.folder / "labels.npy")

    def __reduce__(self):
        # 작업 프로세스에는 배열 대신 폴더 이름만 보냅니다. 받은 쪽이 다시 사상합니다.
        return Entry, (self.folder,)


def load_or_build(source, key, image_shape, label_width, produce):
    """캐시에 있으면 읽고, 없거나 망가졌으면 만듭니다.

    Args:
        source: 항목의 이름 앞에 붙일 짧은 말.
        key: 바이트를 정하는 모든 것(JSON으로 쓸 수 있는 dict). 하나라도 다르면 다른 항목입니다.
        image_shape: 그림 하나의 모양 (C, H, W).
        label_width: 그림마다 딸린 라벨 정수의 수.
        produce: ``produce(notes)``는 (그림들 (B, C, H, W), 라벨들 (B, L))을 한 묶음씩 내고, 남길 기록을 dict ``notes``에
            적습니다.

    Raises:
        LessonError: 디스크에 쓸 수 없을 때.
    """
    root = cache_root()
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    folder, building = root / f"{source}-{digest}", root / f".{source}-{uuid.uuid4().hex[:12]}"
    with suppress(*DAMAGED):
        return Entry(folder)
    try:
        building.mkdir(parents=True)
        _write(building, image_shape, label_width, produce)
        with suppress(*DAMAGED):
            return Entry(folder)  # 그사이 다른 프로세스가 같은 것을 만들었습니다.
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
        return Entry(folder)
    except OSError as error:
        raise LessonError(
            f"캐시 폴더 {root}: 그림을 저장하지 못했습니다({reason(error)}). 디스크에 여유 공간을 만들거나 환경 변수 "
            "GAN_LESSON_CACHE로 쓸 수 있는 다른 폴더를 정하세요."
        ) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write(folder, image_shape, label_width, produce):
    notes, labels, crc = {}, [], 0
    with open(folder / "images.npy", "xb") as file:
        _write_header(file, (0, *image_shape))
        for images, rows in produce(notes):
            block = np.ascontiguousarray(images, np.uint8)
            labels.append(np.asarray(rows, np.int32))
            if block.shape != (len(rows), *image_shape) or labels[-1].shape != (len(rows), label_width):
                raise ValueError(f"모양이 다름: {block.shape}, {labels[-1].shape}")
            file.write(block)
            crc = zlib.crc32(block, crc)
        labels = np.concatenate(labels)
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
