"""학습하는 동안 노트북의 한자리에서 바뀌는 그림."""

import html
import io

from gan_lesson.labs.svg import png_url
from gan_lesson.plots import lighter, tile

COLUMNS = 8
WIDTH = 560  # 화면의 픽셀(이보다 넓어지지 않게 키웁니다)


class LivePicture(io.TextIOBase):
    """고정된 z의 그림을 그 자리에서 바꿉니다: ``trainer.run(on_snapshot=LivePicture())``.

    위젯이 아니라서 학습이 셀을 붙들고 있는 동안에도 바뀌고, 저장한 노트북에 마지막 그림이 남습니다.
    """

    _handle = _trainer = None
    _bar = ""

    def __call__(self, trainer):
        from IPython.display import display

        self._trainer = trainer
        data = self.bundle(trainer)
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def write(self, text):
        """진행 막대(tqdm)가 적는 글을 그림의 제목 줄에 보여 줍니다. 막대가 그림과 함께 보이는 하나가 됩니다."""
        self._bar = text.strip() or self._bar
        if text.strip() and self._handle:
            self(self._trainer)

    def bundle(self, trainer):
        """마지막으로 남긴 그림의 {MIME: 글}."""
        moment = max(trainer.snapshots)
        title = f"반복 {moment:,} / {trainer.total:,}: 고정된 z로 만든 그림"
        board = lighter(tile(trainer.snapshots[moment], COLUMNS))
        # 노트북 파일이 작도록 원래 크기로 담고, 브라우저가 흐리지 않게 정수배로 키웁니다.
        width = board.shape[1] * max(1, WIDTH // board.shape[1])
        picture = (
            f'<img alt="{title}" width="{width}" style="image-rendering: pixelated" '
            f'src="{png_url(board, optimize=True)}">'
        )
        bar = f'<pre style="margin: 0">{html.escape(self._bar)}</pre>' if self._bar else ""
        return {"text/plain": title, "text/html": f"<p>{title}</p>{bar}{picture}"}
