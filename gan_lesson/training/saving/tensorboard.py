"""학습의 기록을 TensorBoard로도 봅니다. ``pip install tensorboard``를 했을 때만 쓸 수 있습니다."""

from gan_lesson.base.errors import LessonError
from gan_lesson.iteration import HISTORY_COLUMNS
from gan_lesson.plots import tile


def tensorboard(folder):
    """``Trainer.run(on_snapshot=tensorboard(폴더))``: 그림을 남길 때마다 그림과 그때까지의 통계를 씁니다."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise LessonError("--tensorboard: 'pip install tensorboard'로 설치하거나 이 옵션을 빼세요.") from None
    writer, last = None, -1

    def write(trainer):
        nonlocal writer, last
        # 이어서 하면 처음부터의 것을 다시 쓰고, 먼저 쓴 것은 TensorBoard가 보이지 않게 합니다.
        writer = writer or SummaryWriter(f"{folder}/tensorboard", purge_step=0)
        for moment in range(last + 1, trainer.state.iteration + 1):
            row = trainer.history.rows[moment - 1] if moment else ()
            for name, value in zip(HISTORY_COLUMNS, row, strict=False):
                writer.add_scalar(f"{'손실' if name.startswith('loss') else 'D의_답'}/{name}", value, moment)
            if moment in trainer.snapshots:
                board = tile(trainer.snapshots[moment], 8)
                writer.add_image("고정된_z의_그림", board, moment, dataformats="HWC")
        writer.flush()
        last = trainer.state.iteration

    return write
