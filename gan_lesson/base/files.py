"""꺼져도 잃지 않게 디스크에 쓰고, 한 폴더를 한 번에 한 학습만 쓰게 합니다."""

import errno
import os
import stat
import time
import uuid
import warnings
from contextlib import contextmanager
from pathlib import Path

from gan_lesson.base.errors import LessonError, LessonWarning

# 강제로 꺼진 학습의 작업 프로세스는 5초 안에 스스로 끝나며, 그때까지 자물쇠를 함께 쥐고 있습니다.
LOCK_WAIT = 6.0
# 운영체제와 편집기가 제멋대로 남기는 것(소문자로). 이것만 들었으면 빈 폴더입니다.
LITTER = {".ds_store", ".ipynb_checkpoints", "thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx",
          ".directory", ".gitkeep"}  # fmt: skip


def cache_root():
    """캐시 폴더. 환경 변수 ``GAN_LESSON_CACHE``로 바꿀 수 있습니다."""
    import platformdirs

    chosen = os.environ.get("GAN_LESSON_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("gan_lesson")


def is_litter(path):
    """사람이 넣은 것이 아닌, 운영체제나 편집기가 남긴 것인지."""
    name = Path(path).name.lower()
    return name in LITTER or name.startswith("._")  # ._이름: 맥이 다른 디스크에 남기는 짝


def write_bytes(path, data):
    """임시 파일에 다 쓴 뒤 이름을 바꿉니다. 도중에 꺼져도 먼저 있던 파일이 남습니다."""
    path = Path(path)
    # tempfile은 자기만 읽을 수 있는 파일을 만들므로, 보통의 권한으로 직접 엽니다.
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            _to_the_disk(file.fileno())
        _replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder):
    """바뀐 이름까지 디스크에 내려보냅니다. 전원이 꺼져도 새 이름이 남습니다."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        _to_the_disk(handle)
    finally:
        os.close(handle)


def _to_the_disk(handle):
    try:
        os.fsync(handle)
    except OSError as error:
        # 구글 드라이브처럼 fsync를 모르는 파일 시스템도 있습니다. 정말 쓰지 못한 것은 그대로 알립니다.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise


def _replace(temporary, path):
    # 윈도에서는 백신이나 동기화 프로그램이 파일을 잠깐 쥐고 있을 때가 있습니다.
    for wait in (0.05, 0.1, 0.2, 0.4):
        try:
            return os.replace(temporary, path)
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(wait)
    return os.replace(temporary, path)


def read_file(path, largest):
    """보통의 파일을 통째로 읽습니다. 남이 준 폴더의 파이프나 장치에서 기다리지 않습니다.

    Raises:
        OSError: 열거나 읽을 수 없을 때.
        ValueError: 보통의 파일이 아니거나 ``largest``바이트보다 클 때.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags), "rb") as file:
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode):
            raise ValueError("보통의 파일이 아님")
        if info.st_size > largest:
            raise ValueError(f"너무 큼: {info.st_size:,}바이트, {largest:,}바이트까지 읽음")
        return file.read(info.st_size)


@contextmanager
def locked(folder):
    """``folder``를 쓰는 동안 다른 학습이 같은 폴더를 쓰지 못하게 합니다. 이미 쓰고 있으면 ``LessonError``입니다.

    운영체제의 파일 잠금이라, 이 프로세스가 어떻게 끝나든 저절로 풀립니다.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(Path(folder) / ".lock")
    try:
        with warnings.catch_warnings(record=True) as notices:  # 잠금이 없는 곳이라는 영어 알림
            warnings.simplefilter("always")
            lock.acquire(timeout=LOCK_WAIT)
        unsupported = bool(notices)
    except Timeout:
        raise LessonError(
            f"결과 폴더 '{folder}': 다른 학습이 이 폴더에 쓰고 있습니다. 그 학습이 끝나기를 기다리거나 "
            "다른 폴더를 --out으로 정하세요."
        ) from None
    except NotImplementedError:
        unsupported = True
    if unsupported:
        warnings.warn(
            f"결과 폴더 '{folder}': 이 저장 장치는 파일 잠금을 지원하지 않습니다. 두 학습이 같은 폴더를 "
            "쓰지 않도록 주의하세요.",
            LessonWarning,
            stacklevel=3,
        )
    try:
        yield
    finally:
        lock.release()
