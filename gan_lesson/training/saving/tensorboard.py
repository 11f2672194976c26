"""학습의 기록을 TensorBoard가 읽는 파일로도 남깁니다. ``tensorboard`` 패키지가 있을 때만 쓸 수 있습니다."""

from pathlib import Path

import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.iteration import HISTORY_COLUMNS
from gan_lesson.plots import tile
from gan_lesson.training.history import READ_EVERY

FOLDER = "tensorboard"
# 같은 그래프에 함께 보일 것끼리 묶은 이름
NAMES = {name: f"{'손실' if name.startswith('loss') else 'D의_답'}/{name}" for name in HISTORY_COLUMNS}


def summary_writer():
    """torch의 ``SummaryWriter``. ``tensorboard`` 패키지가 없으면 ``LessonError``."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise LessonError(
            "--tensorboard: tensorboard 패키지가 없습니다. 'pip install tensorboard'로 설치하거나, 이 옵션을 빼고 "
            "결과 폴더의 history.csv와 samples.png를 보세요."
        ) from None
    return SummaryWriter


class TensorBoard:
    """``Trainer.run(on_iteration=TensorBoard(폴더, trainer))``: 반복마다의 통계와 고정된 z의 그림을 씁니다.

    먼저 쓴 것이 있는 폴더에서 이어서 하면 그 뒤에 이어 쓰고, 없으면 처음부터의 것을 모두 씁니다.

    Args:
        folder: 결과 폴더. 그 안의 ``tensorboard/``에 씁니다.
        trainer: 이제 학습할 ``Trainer``.
    """

    def __init__(self, folder, trainer):
        place = Path(folder) / FOLDER
        start = trainer.state.iteration if any(place.glob("events*")) else 0
        self._rows = start
        self._shown = {moment for moment in trainer.snapshots if 0 < start >= moment}
        # 앞선 실행이 이 반복보다 뒤에 쓴 것(덮어쓰는 학습이면 모두)은 TensorBoard가 보이지 않게 합니다.
        self._writer = summary_writer()(str(place), purge_step=start + 1 if start else 0)
        self._write(trainer)

    def __call__(self, trainer):
        # 통계를 반복마다 읽으면 GPU가 기다리므로, 기록이 스스로 읽는 때에 맞춥니다.
        if trainer.state.iteration % READ_EVERY == 0:
            self._write(trainer)

    def close(self, trainer):
        """남은 것을 마저 쓰고 닫습니다."""
        self._write(trainer)
        self._writer.close()

    def _write(self, trainer):
        rows = trainer.history.rows
        for iteration, row in enumerate(rows[self._rows :], start=self._rows + 1):
            for name, value in zip(HISTORY_COLUMNS, row, strict=True):
                self._writer.add_scalar(NAMES[name], value, iteration)
        self._rows = len(rows)
        for moment in sorted(trainer.snapshots.keys() - self._shown):
            board = torch.from_numpy(tile(trainer.snapshots[moment], 8))
            self._writer.add_image("고정된_z의_그림", board, moment, dataformats="HWC")
            self._shown.add(moment)
