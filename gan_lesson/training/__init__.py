"""한 반복에서 끝난 학습까지."""

from gan_lesson.training.trainer import Trainer, train

__all__ = ["Trainer", "train"]
