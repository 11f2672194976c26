"""한 번 만든 그림을 uint8 그대로 디스크에 두고 메모리 사상(memory map)으로 읽습니다.

항목 하나는 폴더 하나입니다: ``images.u8``(N×C×H×W 바이트), ``labels.i16``(N×L, 종류가 많으면
``labels.i32``), ``meta.json``.
임시 폴더에 다 쓴 뒤 이름을 바꾸므로 쓰다가 꺼져도 반쪽짜리 항목이 생기지 않습니다.
열 때 크기와 CRC-32(작은 항목만)를 확인하고, 맞지 않으면 항목을 버리고 다시 만듭니다.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
import uuid
import warnings
import zlib
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np

from gan_lesson.base.errors import LessonError, LessonWarning, reason
from gan_lesson.base.files import cache_root

FORMAT = 1
UNUSED = 30 * 24 * 3600  # 초. 이만큼 쓰지 않은 항목은 지웁니다.
REMEDY = "디스크에 여유 공간을 만들거나 환경 변수 GAN_LESSON_CACHE로 다른 폴더를 정하세요."
LABELS = {"i16": np.int16, "i32": np.int32}
CHECKED = 256 * 2**20  # 바이트. 이보다 작은 항목은 열 때마다 CRC를 확인합니다.


class Entry:
    """읽기 전용 항목.

    Attributes:
        images: (N, C, H, W) uint8, 디스크에 사상된 배열.
        labels: (N, L) int16 또는 int32. 라벨이 없으면 L = 0.
        notes: 만들 때 남긴 기록(JSON으로 쓸 수 있는 dict).
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        meta = json.loads((self.folder / "meta.json").read_text(encoding="utf-8"))
        self.key = meta["key"]
        self.crc = meta["crc"]
        self.notes = meta["notes"]
        self.images = _open(self.folder / "images.u8", np.uint8, meta["images"])
        kind = meta.get("label_type", "i16")
        self.labels = _open(self.folder / f"labels.{kind}", LABELS[kind], meta["labels"])
        self._intact = None
        if meta["format"] != FORMAT:
            raise ValueError("다른 형식의 캐시")

    def intact(self):
        """내용이 기록된 CRC-32와 같은지. 처음 물을 때 전부 읽습니다."""
        if self._intact is None:
            self._intact = self.crc == [zlib.crc32(self.images), zlib.crc32(self.labels)]
        return self._intact

    def __reduce__(self):
        # 작업 프로세스에는 배열 대신 폴더 이름만 보냅니다. 받은 쪽이 다시 사상합니다.
        return (Entry, (self.folder,))


def load_or_build(source, key, image_shape, label_width, produce, label_type="i16"):
    """캐시에 있으면 읽고, 없거나 망가졌으면 만듭니다.

    Args:
        source: 어디에서 온 데이터인지 나타내는 짧은 이름. 같은 ``source``의 항목은
            한 달 넘게 쓰지 않았으면, 새 항목을 만들 때 지웁니다.
        key: 바이트를 정하는 모든 것(JSON으로 쓸 수 있는 dict). 하나라도 다르면 다른 항목입니다.
        image_shape: 그림 하나의 모양 (C, H, W).
        label_width: 그림마다 딸린 라벨 정수의 수.
        produce: ``produce(notes)``는 (그림들 (B, C, H, W), 라벨들 (B, L))을 한 묶음씩 내고, 남길 기록을 dict ``notes``에
            적습니다.
        label_type: 라벨의 정수. ``LABELS``의 이름입니다.

    Raises:
        LessonError: 디스크에 쓸 수 없을 때.
    """
    root = _writable_root()
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    folder = root / f"{source}-{digest}"
    if entry := _read(folder, key):
        with suppress(OSError):
            os.utime(folder)  # 마지막으로 쓴 때
        return entry
    shutil.rmtree(folder, ignore_errors=True)
    building = root / f".{source}-{uuid.uuid4().hex[:12]}"
    try:
        building.mkdir()
        _write(building, key, tuple(image_shape), label_width, produce, label_type)
    except BaseException as error:
        shutil.rmtree(building, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise LessonError(
            f"캐시 폴더 {root}: 그림을 저장하지 못했습니다({reason(error)}). {REMEDY}"
        ) from None
    try:
        building.rename(folder)
    except OSError:
        # 다른 프로세스가 같은 항목을 먼저 만들었습니다. 그것이 온전하면 그대로 씁니다.
        if entry := _read(folder, key):
            shutil.rmtree(building, ignore_errors=True)
            return entry
        folder = building
    for old in root.glob(f"{source}-{'?' * len(digest)}"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > UNUSED:
                shutil.rmtree(old, ignore_errors=True)
    return Entry(folder)


def _write(folder, key, image_shape, label_width, produce, label_type):
    notes, count, crc = {}, 0, [0, 0]
    with ExitStack() as stack:
        files = [
            stack.enter_context((folder / name).open("wb")) for name in ("images.u8", f"labels.{label_type}")
        ]
        for images, labels in produce(notes):
            blocks = np.ascontiguousarray(images, np.uint8), np.ascontiguousarray(labels, LABELS[label_type])
            if blocks[0].shape[1:] != image_shape or blocks[1].shape != (len(images), label_width):
                raise ValueError(f"모양이 다름: {blocks[0].shape}, {blocks[1].shape}")
            for i, block in enumerate(blocks):
                files[i].write(block)
                crc[i] = zlib.crc32(block, crc[i])
            count += len(images)
        for file in files:
            file.flush()
            os.fsync(file.fileno())
    shapes = {"images": [count, *image_shape], "labels": [count, label_width]}
    meta = {"format": FORMAT, "key": key, "crc": crc, "notes": notes, "label_type": label_type} | shapes
    # 이 파일이 있으면 온전한 항목입니다. 파일 이름에는 UTF-8로 쓸 수 없는 바이트도 있어 아스키로 풀어 적습니다.
    (folder / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")


def _writable_root():
    root, temporary = cache_root(), Path(tempfile.gettempdir()) / "gan_lesson"
    try:
        return _made_writable(root)
    except OSError as error:
        why = reason(error)
    try:
        _made_writable(temporary)
    except OSError:
        raise LessonError(
            f"캐시 폴더 {root}와 임시 폴더 {temporary}에 모두 쓸 수 없습니다({why}). {REMEDY}"
        ) from None
    warnings.warn(
        f"캐시 폴더 {root}에 쓸 수 없어({why}) 임시 폴더를 대신 씁니다: {temporary}. "
        "환경 변수 GAN_LESSON_CACHE로 다른 폴더를 정할 수 있습니다.",
        LessonWarning,
        stacklevel=2,
    )
    return temporary


def _made_writable(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return folder


def _read(folder, key):
    try:
        entry = Entry(folder)
        # 커다란 항목까지 열 때마다 모두 읽지는 않습니다. 크기는 위에서 보았고, 이어서 하는 학습은 CRC를 다시 봅니다.
        whole = entry.images.nbytes > CHECKED or entry.intact()
        return entry if entry.key == key and whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _open(path, dtype, shape):
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if path.stat().st_size != size:
        raise ValueError(f"{path.name}: 크기가 다름")
    if size == 0:
        return np.zeros(shape, dtype)
    return np.memmap(path, dtype, mode="r", shape=tuple(shape))
