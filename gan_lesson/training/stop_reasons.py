"""학습을 멈추게 하는 일들: 멈추라는 신호를 받고, 오류는 무엇이고 어떻게 할지 한국어로 바꿉니다."""

import signal
import threading
from contextlib import contextmanager

import torch

from gan_lesson.base.errors import LessonError, quote, reason

# 함께 학습하던 프로세스와의 연결이 끊겼을 때 gloo와 NCCL이 하는 말
LOST = ("closed by peer", "reset by peer", "broken pipe", "remote process exited", "timed out")


class DivergedError(LessonError):
    """손실이 수가 아니게 되었습니다. 그 뒤의 가중치는 쓸 수 없습니다."""


@contextmanager
def stop_signals():
    """Ctrl+C(SIGINT)와 끝내라는 신호(SIGTERM)를 예외 대신, 받은 적이 있는지 말하는 ``threading.Event``로 바꿉니다.

    두 번째 신호는 원래대로 바로 끊습니다. 주 스레드가 아니면 신호를 다룰 수 없어 아무것도 바꾸지 않습니다.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def request(signum, frame):
        signal.signal(signum, previous[signum])
        asked.set()

    # 파이썬 밖에서 정한 처리기는 None으로 보입니다.
    both = signal.SIGINT, signal.SIGTERM
    previous = {signum: signal.signal(signum, request) or signal.SIG_DFL for signum in both}
    try:
        yield asked
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)


@contextmanager
def explain_stops(config, iteration=0, saved=None):
    """안에서 난 발산, 메모리 부족, 다른 프로세스의 죽음, 읽지 못한 파일을 ``LessonError``로. 다른 오류는 그대로입니다.

    ``iteration``: 하고 있는 반복의 번호, ``saved``: 마지막으로 남긴 체크포인트의 (폴더, 반복) 또는 ``None``.
    """
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if message := in_korean(error, config):
            raise LessonError(message) from None
        # D의 답이 NaN이면 BCELoss가 내는 오류. GPU에서는 뒤의 것이 됩니다.
        if "should be between 0 and 1" in str(error) or "device-side assert" in str(error):
            raise diverged(config, iteration, saved) from None
        if isinstance(error, OSError):
            raise LessonError(
                f"반복 {iteration:,}: 데이터를 읽지 못했습니다({quote(reason(error), 200)}). 데이터 폴더나 캐시 폴더가 그대로인지, "
                f"디스크를 읽을 수 있는지 확인하고 다시 하세요. {_kept(saved)}"
            ) from None
        raise


def in_korean(error, config=None):
    """메모리 부족과 다른 프로세스의 죽음을 한국어로. 다른 오류면 ``None``. ``config``: 학습하고 있던 설정값."""
    text = str(error)
    # CPU의 메모리 부족은 보통의 RuntimeError입니다.
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in text:
        whose = f"설정값 batch_size = {config.batch_size}: " if config else ""
        return (
            f"{whose}메모리가 모자랍니다. batch_size를 반으로(새 그림을 만들 때는 --count를) 줄이고, 그래도 모자라면 image_size나 "
            "ngf, ndf도 줄이고 메모리를 쓰는 다른 프로그램이나 노트북을 닫으세요."
        )
    # 작업 프로세스 안에서 난 보통의 오류("Caught … in DataLoader worker process")와 가립니다.
    if "DataLoader worker" in text and ("exited unexpectedly" in text or "killed by signal" in text):
        return (
            "데이터를 읽던 작업 프로세스가 갑자기 끝났습니다. 메모리가 모자라 운영체제가 끝냈을 때가 많습니다. workers=0으로 "
            "두거나 수를 줄여 다시 하세요."
        )
    if isinstance(error, RuntimeError) and any(words in text.lower() for words in LOST):
        return (
            "다른 프로세스가 멈추어 함께 멈춥니다. 이유는 먼저 멈춘 프로세스가 알려 줍니다. 고친 뒤에 '--resume 결과폴더'를 같은 "
            "방법으로 띄우면 이어서 합니다."
        )
    return None


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
