"""학습하는 동안 노트북의 한자리에서 바뀌는 그림."""

from gan_lesson.labs.svg import png_url
from gan_lesson.plots import lighter, tile

COLUMNS = 8
WIDTH = 560  # 화면의 픽셀(이보다 넓어지지 않게 키웁니다)


class LivePicture:
    """고정된 z의 그림을 그 자리에서 바꿉니다: ``trainer.run(on_snapshot=LivePicture())``.

    위젯이 아니라서 학습이 셀을 붙들고 있는 동안에도 바뀌고, 저장한 노트북에 마지막 그림이 남습니다.
    """

    _handle = None

    def __call__(self, trainer):
        from IPython.display import display

        data = self.bundle(trainer)
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    @staticmethod
    def bundle(trainer):
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
        return {"text/plain": title, "text/html": f"<p>{title}</p>{picture}"}
