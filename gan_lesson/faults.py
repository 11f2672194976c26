"""학습을 멈추게 하는 일들을, 무엇이고 어떻게 할지 한국어로 바꿉니다."""

from contextlib import contextmanager

import torch

from gan_lesson.errors import LessonError


class DivergedError(LessonError):
    """손실이 수가 아니게 되었습니다. 그 뒤의 가중치는 쓸 수 없습니다."""


# D의 답이 NaN이면 BCELoss가 내는 오류. GPU에서는 뒤의 것이 되고 그 프로세스는 GPU를 더 쓸 수 없습니다.
_NOT_A_PROBABILITY = ("should be between 0 and 1", "device-side assert")


@contextmanager
def explained(config, iteration, saved):
    """안에서 난 발산, 메모리 부족, 작업 프로세스의 죽음을 ``LessonError``로 바꿉니다. 다른 오류는 그대로입니다.

    Args:
        iteration: 하고 있는 반복의 번호.
        saved: 마지막으로 남긴 체크포인트의 (폴더, 반복) 또는 ``None``.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError):
        raise out_of_memory(config) from None
    except RuntimeError as error:
        text = str(error)
        if "can't allocate memory" in text:  # CPU의 메모리 부족은 보통의 RuntimeError입니다.
            raise out_of_memory(config) from None
        if "DataLoader worker" in text:
            raise worker_died(config) from None
        if any(words in text for words in _NOT_A_PROBABILITY):
            raise diverged(config, iteration, saved) from None
        raise


def out_of_memory(config):
    where = "GPU의 메모리" if config.ngpu else "메모리"
    smaller = max(2, config.batch_size // 2)
    if smaller < config.batch_size:
        remedy = f"batch_size={smaller}로 줄여 다시 하세요. 그래도 모자라면 image_size나 ngf, ndf를 줄이세요"
    else:
        remedy = "image_size나 ngf, ndf를 줄여 다시 하세요"
    return LessonError(
        f"설정값 batch_size = {config.batch_size}: {where}가 모자랍니다. {remedy}. 다른 프로그램이나 "
        "노트북이 메모리를 쓰고 있으면 먼저 닫으세요."
    )


def worker_died(config):
    return LessonError(
        f"설정값 workers = {config.workers}: 데이터를 읽던 작업 프로세스가 갑자기 끝났습니다. 메모리가 모자라 "
        "운영체제가 끝냈을 때가 많습니다. workers=0으로 두거나 수를 줄여 다시 하세요."
    )


def diverged(config, iteration, saved):
    """saved: 마지막으로 남긴 (폴더, 반복) 또는 ``None``."""
    if saved is None:
        kept = "체크포인트를 남기지 않았으므로 처음부터 다시 합니다."
    else:
        folder, at = saved
        kept = f"발산하기 전의 체크포인트가 '{folder}'에 있습니다(반복 {at:,})."
    return DivergedError(
        f"반복 {iteration:,}: 손실이 수가 아닌 값(NaN이나 무한대)이 되어 멈추었습니다. 대개 학습률이 너무 크거나"
        f"(지금 lr={config.lr:g}) 데이터에 이상한 값이 있을 때 그렇습니다. lr을 10분의 1로 낮추어 다시 하세요. "
        f"{kept}"
    )
