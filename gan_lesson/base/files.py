"""디스크에 쓰고 읽기: 꺼져도 반쪽짜리가 남지 않게, 한 폴더를 한 번에 한 학습만. 가중치는 safetensors입니다."""

import errno
import os
import uuid
from contextlib import contextmanager
from pathlib import Path

from gan_lesson.base.errors import LessonError, quote, reason

# 강제로 꺼진 학습의 작업 프로세스는 5초 안에 스스로 끝나며, 그때까지 자물쇠를 함께 쥐고 있습니다.
LOCK_WAIT = 6.0


def cache_root():
    """캐시 폴더. 환경 변수 ``GAN_LESSON_CACHE``로 바꿀 수 있습니다."""
    import platformdirs

    chosen = os.environ.get("GAN_LESSON_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("gan_lesson")


def write_bytes(path, data):
    """임시 파일에 다 쓴 뒤 이름을 바꿉니다. 도중에 꺼져도, 디스크가 가득 차도 먼저 있던 파일이 남습니다."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            _to_the_disk(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _to_the_disk(handle):
    try:
        os.fsync(handle)
    except OSError as error:
        # 구글 드라이브처럼 fsync를 모르는 곳도 있습니다. 가득 찬 것처럼 정말 쓰지 못했으면 그대로 알립니다.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise


def save_weights(network, path):
    """``network.state_dict()``(배치 정규화의 통계도 함께)를 safetensors로 씁니다."""
    from safetensors.torch import save

    write_bytes(path, save({name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}))


def load_weights(network, path):
    """``save_weights``가 쓴 파일을 ``network``에 넣습니다. ``network``가 meta 장치에 있으면 파일의 텐서를 그대로 씁니다.

    없거나 깨졌거나 다른 모양의 것이면 ``LessonError``입니다.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    on_meta = any(parameter.is_meta for parameter in network.parameters())
    try:
        # 통째로 읽습니다. 메모리 사상으로 읽으면, 쓰는 동안 누가 파일을 잘랐을 때 프로세스가 죽습니다.
        network.load_state_dict(load(Path(path).read_bytes()), assign=on_meta)
    except (OSError, SafetensorError, RuntimeError) as error:
        why = reason(error) if isinstance(error, OSError) else quote(str(error), 200)
        raise LessonError(
            f"가중치 파일 '{path}': 읽을 수 없습니다({why}). 끝까지 한 학습인지(도중에 꺼졌으면 train --resume으로 이어서 "
            "끝내세요), 같은 폴더의 config.json과 함께 학습한 것인지 확인하세요."
        ) from None


@contextmanager
def locked(folder):
    """``folder``를 쓰는 동안 다른 학습이 같은 폴더를 쓰지 못하게 합니다. 이미 쓰고 있으면 ``LessonError``입니다.

    운영체제의 파일 잠금이라, 이 프로세스가 어떻게 끝나든 저절로 풀립니다.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(Path(folder) / ".lock")
    try:
        lock.acquire(timeout=LOCK_WAIT)
    except Timeout:
        raise LessonError(
            f"결과 폴더 '{folder}': 다른 학습이 이 폴더에 쓰고 있습니다. 그 학습이 끝나기를 기다리거나 "
            "다른 폴더를 --out으로 정하세요."
        ) from None
    except NotImplementedError:  # 잠금이 없는 파일 시스템(구글 드라이브)에서는 잠그지 않고 씁니다.
        pass
    try:
        yield
    finally:
        lock.release()
