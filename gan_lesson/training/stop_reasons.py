"""학습을 멈추게 하는 일들: 멈추라는 신호를 받고, 오류는 무엇이고 어떻게 할지 한국어로 바꿉니다."""

import signal
import sys
import threading
from contextlib import contextmanager

import torch

from gan_lesson.base.errors import LessonError, quote, reason


class DivergedError(LessonError):
    """손실이 수가 아니게 되었습니다. 그 뒤의 가중치는 쓸 수 없습니다."""


# D의 답이 NaN이면 BCELoss가 내는 오류. GPU에서는 뒤의 것이 되고 그 프로세스는 GPU를 더 쓸 수 없습니다.
_NOT_A_PROBABILITY = ("should be between 0 and 1", "device-side assert")


# 작업 프로세스 안에서 난 보통의 오류("Caught … in DataLoader worker process")와 가립니다.
_DIED = ("exited unexpectedly", "killed by signal")
FEWER_WORKERS = "workers=0으로 두거나 수를 줄여 다시 하세요."
WORKER_DIED = (
    "데이터를 읽던 작업 프로세스가 갑자기 끝났습니다. 메모리가 모자라 운영체제가 끝냈을 때가 많습니다. "
    + FEWER_WORKERS
)


def is_out_of_memory(error):
    """메모리가 모자라 난 오류인지. CPU의 것은 보통의 ``RuntimeError``입니다."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


@contextmanager
def stop_signals(then):
    """Ctrl+C(SIGINT)와 끝내라는 신호(SIGTERM)를 예외 대신, 받은 적이 있는지 말하는 ``threading.Event``로 바꿉니다.

    신호마다 ``then(신호, 원래의 처리기)``도 부릅니다. 주 스레드가 아니면 신호를 다룰 수 없어 아무것도 바꾸지 않습니다.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    # 파이썬 밖에서 정한 처리기는 None으로 보입니다.
    previous = {
        signum: signal.getsignal(signum) or default
        for signum, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL))
    }

    def request(signum, frame):
        then(signum, previous[signum])
        asked.set()

    for signum in previous:
        signal.signal(signum, request)
    try:
        yield asked
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)


@contextmanager
def explain_stops(config, iteration=0, saved=None, starting=False):
    """안에서 난 발산, 메모리 부족, 작업 프로세스의 죽음, 읽지 못한 파일을 ``LessonError``로. 다른 오류는 그대로입니다.

    Args:
        iteration: 하고 있는 반복의 번호.
        saved: 마지막으로 남긴 체크포인트의 (폴더, 반복) 또는 ``None``.
        starting: 작업 프로세스를 띄우는 동안인지. 메모리나 프로세스의 수가 모자라면 그때 ``OSError``가 납니다.
    """
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if is_out_of_memory(error):
            raise _out_of_memory(config) from None
        if _is_worker_death(error):
            _hush_late_worker_death()
            raise LessonError(f"설정값 workers = {config.workers}: {WORKER_DIED}") from None
        if any(words in str(error) for words in _NOT_A_PROBABILITY):
            raise diverged(config, iteration, saved) from None
        if starting and isinstance(error, OSError):
            raise LessonError(
                f"설정값 workers = {config.workers}: 작업 프로세스를 띄우지 못했습니다({quote(reason(error), 200)}). {FEWER_WORKERS}"
            ) from None
        if isinstance(error, OSError):
            raise LessonError(
                f"반복 {iteration:,}: 데이터를 읽지 못했습니다({quote(reason(error), 200)}). 데이터 폴더나 캐시 폴더가 지워지지 "
                f"않았는지, 디스크를 읽을 수 있는지 확인하고 다시 하세요. {_kept(saved)}"
            ) from None
        raise


def _out_of_memory(config):
    where = "GPU의 메모리" if config.ngpu else "메모리"
    smaller = max(2, config.batch_size // 2)
    if smaller < config.batch_size:
        remedy = f"{smaller} 이하로 줄여 다시 하세요. 그래도 모자라면 image_size나 ngf, ndf를 줄이세요"
    else:
        remedy = "image_size나 ngf, ndf를 줄여 다시 하세요"
    return LessonError(
        f"설정값 batch_size = {config.batch_size}: {where}가 모자랍니다. {remedy}. 다른 프로그램이나 "
        "노트북이 메모리를 쓰고 있으면 먼저 닫으세요."
    )


def in_korean(error):
    """학습 밖에서 난 오류를 한국어로. 모르는 오류면 ``None``."""
    if is_out_of_memory(error):
        return (
            "메모리가 모자랍니다. 만들 그림의 수(--count)나 신경망(ngf, ndf, image_size)을 줄이거나, 메모리를 쓰는 "
            "다른 프로그램을 닫으세요."
        )
    if not _is_worker_death(error):
        return None
    _hush_late_worker_death()
    return WORKER_DIED


def _hush_late_worker_death():
    """같은 죽음의 신호가 읽던 것을 치우는 도중(``__del__``)에 또 와도, 이미 알렸으므로 영어로 늘어놓지 않게 합니다."""
    previous = sys.unraisablehook
    if getattr(previous, "hushes_worker_death", False):
        return

    def quiet(seen):
        if not _is_worker_death(seen.exc_value):
            previous(seen)

    quiet.hushes_worker_death = True
    sys.unraisablehook = quiet


def _is_worker_death(error):
    text = str(error)
    return "DataLoader worker" in text and any(words in text for words in _DIED)


def diverged(config, iteration, saved):
    """saved: 마지막으로 남긴 (폴더, 반복) 또는 ``None``."""
    return DivergedError(
        f"반복 {iteration:,}: 손실이 수가 아닌 값(NaN이나 무한대)이 되어 멈추었습니다. 대개 학습률이 너무 크거나"
        f"(지금 lr={config.lr:g}) 데이터에 이상한 값이 있을 때 그렇습니다. lr을 10분의 1로 낮추어 다시 하세요. "
        f"{_kept(saved, '발산하기 전의 ')}"
    )


def _kept(saved, which=""):
    if saved is None:
        return "체크포인트를 남기지 않았으므로 처음부터 다시 합니다."
    folder, at = saved
    return f"{which}체크포인트가 '{folder}'에 있습니다(반복 {at:,})."
