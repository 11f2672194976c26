"""여러 에폭에 걸친 학습: 반복을 돌리고, 기록하고, 고정된 z의 그림을 남깁니다."""

import copy
import signal
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import torch

from gan_lesson.data.images import batches_per_epoch, epoch_batches, hold_on, to_uint8, to_unit_range
from gan_lesson.data.load import load_images
from gan_lesson.state import GanState
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.history import READ_EVERY, History
from gan_lesson.training.stop_reasons import diverged, explained, starting_workers


class Trainer:
    """학습 하나. 멈추었다가 이어서 돌릴 수 있습니다.

    Args:
        config: ``LessonConfig``.
        data: ``ImageSet``. 기본은 ``config.dataroot``가 가리키는 데이터입니다.
        engine: ``"exact"``(교과서와 비트까지 같음), ``"fast"``, GPU에서는 ``"bf16"``과 ``"graph"``도.
        moments: 고정된 z의 그림을 남길 반복의 번호들(0은 학습 전). 기본은
            ``sample_moments(전체 반복 수)``.
        group: 여러 프로세스가 함께 학습할 때의 ``ProcessGroup``. 모두가 같은 인자로 만들어 함께 ``run()``합니다.

    Attributes:
        state: ``GanState``.
        history: ``History``.
        snapshots: 반복 번호 → 고정된 z의 그림 (64, nc, H, W) uint8.
        judgements: 반복 번호 → (진짜 ``reals``, 그 순간의 가짜)에 대한 D의 답, 둘 다 (M,) float32.
        reals: 판정에 쓰는 진짜 그림 (M, nc, H, W) uint8. 데이터의 처음 64장(적으면 그만큼)입니다.
        total: 끝까지의 반복 수.
        seconds: 학습에 쓴 시간(초). 이어서 돌리면 더해집니다.
        saved: 마지막으로 남긴 체크포인트의 (결과 폴더, 반복). 남기지 않았으면 ``None``
            (``saving.resume.save_trainer``가 적습니다).
    """

    def __init__(self, config, data=None, engine="exact", moments=None, group=None):
        self.config = config
        self.engine = pick_engine(engine)
        with explained(config, 0, None):
            self.state = GanState(config, group=group)
        self.data = load_images(config) if data is None else data
        self.per_epoch = batches_per_epoch(self.data, config.batch_size)
        self.total = self.per_epoch * config.num_epochs
        self.moments = set(sample_moments(self.total) if moments is None else moments)
        self.history = History()
        self.snapshots, self.judgements = {}, {}
        self.reals = np.array(self.data.images[: len(self.state.fixed_noise)])
        self.seconds = 0.0
        self.saved = None
        self.engine.prepare(self.state)
        with explained(config, 0, None):
            self._held = hold_on(self.data, self.state.device)
            self._take_snapshot()

    @property
    def finished(self):
        return self.state.iteration >= self.total

    def run(self, until=None, progress=True, on_snapshot=None, on_iteration=None):
        """``until``번째 반복까지(기본은 끝까지) 학습합니다.

        터미널의 Ctrl+C나 노트북의 정지 버튼을 누르면 하던 반복을 마치고 멈춥니다. 그때까지의
        것은 모두 남아 있고, 다시 ``run()``을 부르면 이어서 갑니다.

        Args:
            until: 멈출 반복의 번호.
            progress: 진행 막대를 보일지.
            on_snapshot: 시작할 때와 그림을 남길 때마다 ``Trainer``를 넘겨 부르는 함수. 예를 들어
                ``labs.live_picture.LivePicture()``.
            on_iteration: 한 반복이 끝날 때마다 ``Trainer``를 넘겨 부르는 함수. 예를 들어
                ``saving.resume.Keeper(folder)``.

        Returns:
            끝까지 갔으면 ``True``, 도중에 멈추었으면 ``False``.

        Raises:
            DivergedError: 손실이 NaN이나 무한대가 되었을 때.
            LessonError: 메모리가 모자라거나 데이터를 읽던 작업 프로세스가 죽었을 때.
        """
        until = self.total if until is None else min(until, self.total)
        state = self.state
        bar = _progress_bar(self.total, state.iteration, progress)
        started = time.perf_counter()
        try:
            with _stop_request() as stop:
                stream = self.stream()
                if on_snapshot:
                    on_snapshot(self)
                while state.iteration < until and not self._should_stop(stop):
                    self._report(bar, next(stream))
                    if on_snapshot and state.iteration in self.snapshots:
                        on_snapshot(self)
                    if on_iteration:
                        on_iteration(self)
            self.check_finite()
        finally:
            self.seconds += time.perf_counter() - started
            bar.close()
        return state.iteration >= until

    def stream(self):
        """한 반복씩 끝없이 이어 가는 파이썬의 제너레이터. 끝낸 반복의 번호를 냅니다.

        ``num_epochs``를 넘어서도 갑니다. 사이에 ``run()``이나 다른 ``stream()``이 나아갔으면
        거기서부터 이어집니다.
        """
        config, state = self.config, self.state
        while True:
            epoch, done = divmod(state.iteration, self.per_epoch)
            batches = epoch_batches(
                self.data, config.batch_size, config.seed, epoch, done, config.workers,
                state.group, self._held,
            )  # fmt: skip
            expected = state.iteration
            with explained(config, expected + 1, self.saved), starting_workers(config):
                batches = iter(batches)  # 작업 프로세스가 여기서 뜹니다.
            while state.iteration == expected:
                with explained(config, expected + 1, self.saved):
                    real = next(batches, None)
                    if real is None:
                        break
                    self.history.append(self.engine.run(state, [real]))
                    expected += 1
                    self._raise_if_diverged()
                    if state.iteration in self.moments:
                        self._take_snapshot()
                yield state.iteration

    def check_finite(self):
        """지금까지의 통계를 모두 읽어, 수가 아닌 값이 있었으면 ``DivergedError``를 냅니다."""
        self.history.read()
        self._raise_if_diverged()

    def _should_stop(self, stop):
        return self.state.group.anyone(stop.is_set())

    def _raise_if_diverged(self):
        if self.history.diverged is not None:
            raise diverged(self.config, self.history.diverged, self.saved)

    def _report(self, bar, iteration):
        if iteration % READ_EVERY == 0 or iteration == self.total:
            epoch = (iteration - 1) // self.per_epoch
            bar.set_description_str(self._figures(epoch), refresh=False)
        bar.update(1)

    def _figures(self, epoch):
        now = self.history.last(READ_EVERY)
        return (
            f"에폭 {epoch + 1}/{self.config.num_epochs} "
            f"Loss_D {now['loss_d']:.3f} Loss_G {now['loss_g']:.3f} D(x) {now['d_x']:.3f} "
            f"D(G(z)) {now['d_gz_before']:.3f} / {now['d_gz_after']:.3f}"
        )

    def _take_snapshot(self):
        # GIF를 만들 만큼 많이 남기므로 uint8로 줄여 CPU에 둡니다.
        iteration, pictures = self.state.iteration, to_uint8(self.state.sample()).cpu()
        self.snapshots[iteration] = pictures
        self.judgements[iteration] = tuple(
            self._judge(images) for images in (torch.from_numpy(self.reals), pictures)
        )

    @torch.no_grad()
    def _judge(self, images):
        # 학습할 때처럼 그 배치의 통계로 판정하되, 사본이라 D의 실행 중 통계는 그대로입니다.
        judge = copy.deepcopy(self.state.discriminator)
        return judge(to_unit_range(images.to(self.state.device))).cpu()


def train(config, data=None, engine="exact", progress=True):
    """``config``대로 처음부터 끝까지 학습한 ``Trainer``를 돌려줍니다."""
    trainer = Trainer(config, data=data, engine=engine)
    trainer.run(progress=progress)
    return trainer


def sample_moments(total, count=40):
    """0에서 ``total``까지 ``count``개쯤의 반복 번호. 그림이 빨리 바뀌는 앞쪽이 촘촘합니다."""
    return sorted({round(total * (i / (count - 1)) ** 2) for i in range(count)})


def _progress_bar(total, initial, progress):
    from tqdm import tqdm

    # 노트북에서 stderr는 붉은 바탕으로 보여 오류처럼 읽힙니다.
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    in_notebook = hasattr(shell, "kernel")
    file = sys.stdout if in_notebook else sys.stderr
    # 파일로 보낼 때는 막대가 줄마다 쌓이므로 드물게 그립니다.
    live = in_notebook or file.isatty()
    return tqdm(
        total=total,
        initial=initial,
        disable=not progress,
        mininterval=0.5 if live else 30,
        file=file,
        bar_format="{percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}] {desc}",
    )


@contextmanager
def _stop_request():
    """Ctrl+C(SIGINT)와 끝내라는 신호(SIGTERM)를 예외 대신 "이번 반복까지만"이라는 부탁으로 바꿉니다.

    두 번째 신호는 원래대로 바로 끊습니다. 주 스레드가 아니면 신호를 다룰 수 없으므로
    아무것도 바꾸지 않습니다.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    # 파이썬 밖에서 정한 처리기는 None으로 보입니다.
    previous = {
        signum: signal.getsignal(signum) or default
        for signum, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL))
    }

    def request(signum, frame):
        signal.signal(signum, previous[signum])
        stop.set()

    for signum in previous:
        signal.signal(signum, request)
    try:
        yield stop
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)
