"""여러 에폭에 걸친 학습: 반복을 돌리고, 기록하고, 고정된 z의 그림을 남깁니다."""

import copy
import sys
import time

import numpy as np
import torch

from gan_lesson.data.images import Batches, to_uint8, to_unit_range
from gan_lesson.data.load import load_images
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.history import READ_EVERY, Record
from gan_lesson.training.state import GanState
from gan_lesson.training.stop_reasons import diverged, explain_stops, stop_signals


class Trainer(Record):
    """학습 하나: 멈추었다가 이어서 돌릴 수 있는 ``Record``입니다.

    Args:
        data: ``ImageSet``. 기본은 ``config.dataroot``가 가리키는 데이터입니다.
        engine: ``config.ENGINE_MEANINGS``의 이름.
        moments: 고정된 z의 그림을 남길 반복의 번호들(0은 학습 전). 기본은 ``sample_moments(전체 반복 수)``.
        group, improve: ``GanState``의 것. 프로세스마다 같은 인자로 만들어 함께 ``run()``합니다.
        weights: 이미 배운 가중치에서 시작할 신경망: ``"generator"``나 ``"discriminator"`` → ``state_dict``.
        so_far: 이어서 할 학습이 지금까지 남긴 것(``Record``의 ``history``, ``snapshots``, …).

    Attributes:
        state: ``GanState``. data: ``ImageSet``. batches: ``Batches``. total: 끝까지의 반복 수.
        saved: 마지막으로 남긴 체크포인트의 (결과 폴더, 반복). 남기지 않았으면 ``None``.
    """

    def __init__(
        self, config, data=None, engine="exact", moments=None, group=None, weights=None, improve=(), **so_far
    ):
        self.engine = pick_engine(engine)
        with explain_stops(config):
            self.state = GanState(config, group=group, improve=improve)
        for name, tensors in (weights or {}).items():
            getattr(self.state, name).load_state_dict(tensors)
        self.state.improvements.restart_average()
        self.data = load_images(config) if data is None else data
        super().__init__(config, np.array(self.data.images[: len(self.state.fixed_noise)]), **so_far)
        self.saved = None
        self.engine.prepare(self.state)
        with explain_stops(config):
            self.batches = Batches(self.data, config, self.state.group, self.state.device)
            self.total = self.state.total = self.batches.per_epoch * config.num_epochs
            self.moments = set(sample_moments(self.total) if moments is None else moments)
            if not self.snapshots:
                self._take_snapshot()

    @property
    def finished(self):
        return self.state.iteration >= self.total

    def run(self, until=None, progress=True, on_snapshot=None, on_iteration=None):
        """``until``번째 반복까지(기본은 끝까지) 학습합니다. 끝까지 갔으면 ``True``, 도중에 멈추었으면 ``False``입니다.

        터미널의 Ctrl+C나 노트북의 정지 버튼을 누르면 하던 반복을 마치고 멈추고, 다시 부르면 이어서 갑니다.

        손실이 NaN이나 무한대가 되면 ``DivergedError``, 메모리가 모자라거나 데이터를 읽지 못하면 ``LessonError``입니다.

        Args:
            on_snapshot: 시작할 때와 그림을 남길 때마다 ``Trainer``를 넘겨 부르는 함수(``LivePicture()`` 등).
            on_iteration: 한 반복이 끝날 때마다 ``Trainer``를 넘겨 부르는 함수(``PeriodicCheckpoint(폴더)`` 등).
        """
        until = self.total if until is None else min(until, self.total)
        state = self.state
        bar = _progress_bar(self.total, state.iteration, progress, on_snapshot)
        started = time.perf_counter()
        try:
            with stop_signals() as stop:
                stream = self.stream()
                if on_snapshot:
                    on_snapshot(self)
                while state.iteration < until and not state.group.anyone(stop.is_set()):
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
        """한 반복씩 ``num_epochs``를 넘어서도 끝없이 이어 가는 파이썬의 제너레이터. 끝낸 반복의 번호를 냅니다.

        사이에 ``run()``이나 다른 ``stream()``이 나아갔으면 거기서부터 이어집니다.
        """
        config, state = self.config, self.state
        while True:
            expected = state.iteration
            with explain_stops(config, expected + 1, self.saved):
                batches = iter(self.batches.epoch(*divmod(expected, self.batches.per_epoch)))
            while state.iteration == expected:
                with explain_stops(config, expected + 1, self.saved):
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

    def _raise_if_diverged(self):
        if self.history.diverged is not None:
            raise diverged(self.config, self.history.diverged, self.saved)

    def _report(self, bar, iteration):
        if iteration % READ_EVERY == 0 or iteration == self.total:
            epoch, now = (iteration - 1) // self.batches.per_epoch + 1, self.history.last(READ_EVERY)
            figures = (
                f"에폭 {epoch}/{self.config.num_epochs} "
                f"Loss_D {now['loss_d']:.3f} Loss_G {now['loss_g']:.3f} D(x) {now['d_x']:.3f} "
                f"D(G(z)) {now['d_gz_before']:.3f} / {now['d_gz_after']:.3f}"
            )
            bar.set_description_str(figures, refresh=False)
        bar.update(1)

    @torch.no_grad()
    def _take_snapshot(self):
        state = self.state
        # 학습할 때처럼 그 배치의 통계로 판정하되, 사본이라 D의 실행 중 통계는 그대로입니다.
        judge = copy.deepcopy(state.discriminator)
        # GIF를 만들 만큼 많이 남기므로 uint8로 줄여 CPU에 둡니다.
        pictures = self.snapshots[state.iteration] = to_uint8(state.sample()).cpu()
        self.judgements[state.iteration] = tuple(
            judge(to_unit_range(images.to(state.device))).cpu()
            for images in (torch.from_numpy(self.reals), pictures)
        )


def train(config, data=None, engine="exact", progress=True, improve=()):
    """``config``대로, ``improve``의 변화를 켜고 처음부터 끝까지 학습한 ``Trainer``를 돌려줍니다."""
    trainer = Trainer(config, data=data, engine=engine, improve=improve)
    trainer.run(progress=progress)
    return trainer


def sample_moments(total, count=40):
    """0에서 ``total``까지 ``count``개쯤의 반복 번호. 그림이 빨리 바뀌는 앞쪽이 촘촘합니다."""
    return sorted({round(total * (i / (count - 1)) ** 2) for i in range(count)})


def _progress_bar(total, initial, progress, picture):
    from tqdm import tqdm

    # 노트북에서 stderr는 붉은 바탕으로 보여 오류처럼 읽힙니다. 글을 받는 그림(LivePicture)이 있으면 거기에 적습니다.
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    in_notebook = hasattr(shell, "kernel")
    file = picture if hasattr(picture, "write") else sys.stdout if in_notebook else sys.stderr
    return tqdm(
        total=total,
        initial=initial,
        disable=not progress,
        # 파일로 보낼 때는 막대가 줄마다 쌓이므로 드물게 그립니다.
        mininterval=0.5 if in_notebook or file.isatty() else 30,
        file=file,
        bar_format="{percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}] {desc}",
    )
