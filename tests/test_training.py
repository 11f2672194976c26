"""학습: 기록, 멈춤과 이어 가기, 고정된 z의 그림."""

import math
import os
import signal
import threading

import pytest
import torch

from gan_lesson.iteration import HISTORY_COLUMNS
from gan_lesson.training import Trainer, train
from gan_lesson.training.history import History
from gan_lesson.training.trainer import sample_moments


@pytest.mark.parametrize("total", [1, 5, 40, 3125])
def test_sample_moments_start_at_zero_end_at_the_end_and_thin_out(total):
    moments = sample_moments(total)
    gaps = [b - a for a, b in zip(moments, moments[1:], strict=False)]
    assert (moments[0], moments[-1]) == (0, total) and len(moments) <= 40
    assert gaps[0] <= gaps[-1] and min(gaps) >= 1


@pytest.fixture
def interruptible():
    """뒤에서(&) 돌리는 셸은 SIGINT를 무시하게 해 두므로, 파이썬의 보통 처리로 되돌려 놓고 시험합니다."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_stop_during(trainer, at, times=1):
    """``at``번째 반복 도중에 SIGINT를 받는 것처럼 합니다."""
    engine = trainer.engine

    class Pressed:
        name = engine.name

        def run(self, state, reals):
            if state.iteration == at - 1:
                for _ in range(times):
                    os.kill(os.getpid(), signal.SIGINT)
            return engine.run(state, reals)

    trainer.engine = Pressed()


def test_stop_button_finishes_the_iteration_and_keeps_everything(tiny, glyphs):
    trainer = Trainer(tiny, data=glyphs)
    handler = signal.getsignal(signal.SIGINT)
    press_stop_during(trainer, at=4)
    assert trainer.run(progress=False) is False
    assert trainer.state.iteration == len(trainer.history) == 4
    assert signal.getsignal(signal.SIGINT) is handler
    assert trainer.run(progress=False) is True  # 다시 부르면 이어서 갑니다.
    assert trainer.history.rows == train(tiny, data=glyphs, progress=False).history.rows


def test_second_interrupt_stops_at_once(tiny, glyphs, interruptible):
    trainer = Trainer(tiny, data=glyphs)
    press_stop_during(trainer, at=3, times=2)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(progress=False)
    assert trainer.state.iteration == len(trainer.history) == 2


def test_training_off_the_main_thread(tiny, glyphs):
    trainer = Trainer(tiny, data=glyphs)
    thread = threading.Thread(target=trainer.run, kwargs={"progress": False})
    thread.start()
    thread.join()
    assert trainer.finished


def test_bar_shows_the_figures(tiny, glyphs, capsys):
    Trainer(tiny.replace(num_epochs=4), data=glyphs).run()
    shown = capsys.readouterr().err
    assert "20/20" in shown
    assert all(name in shown for name in ("에폭 4/4", "Loss_D", "Loss_G", "D(x)", "D(G(z))"))


def history_of(*rows):
    history = History()
    for row in rows:
        history.append(torch.tensor(row))
    return history


def test_history_columns_and_averages():
    history = history_of(*[[float(i + k) for k in range(5)] for i in range(45)])
    assert len(history) == 45 and history["loss_d"][:3] == [0, 1, 2]
    assert history["d_gz_after"][-1] == 48
    assert history.last(3) == dict(zip(HISTORY_COLUMNS, [43, 44, 45, 46, 47], strict=True))


def test_history_csv_round_trip_is_exact():
    history = history_of([0.1, 1 / 3, math.pi, 1e-30, float("nan")], [float("inf"), 2, 3, 4, 5])
    again = History.from_csv(history.to_csv())
    assert repr(again.rows) == repr(history.rows)
    assert history.to_csv().startswith("iteration,loss_d,loss_g,d_x,d_gz_before,d_gz_after\n1,")


def test_workers_do_not_change_the_training(tiny, glyphs):
    config = tiny.replace(num_epochs=1)
    alone = train(config, data=glyphs, progress=False)
    helped = train(config.replace(workers=1), data=glyphs, progress=False)
    assert alone.history.rows == helped.history.rows


def test_live_picture_is_called_at_the_start_and_at_each_moment(monkeypatch, tiny, glyphs):
    import IPython.display

    from gan_lesson.labs.live_picture import LivePicture

    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(("바꿈", data["text/plain"]))

    def display(data, raw, display_id):
        shown.append(("처음", data["text/plain"]))
        return Handle()

    monkeypatch.setattr(IPython.display, "display", display)
    trainer = Trainer(tiny, data=glyphs, moments=(0, 3, 10))
    live = LivePicture()
    trainer.run(until=4, progress=False, on_snapshot=live)
    trainer.run(progress=False, on_snapshot=live)
    moments = [(how, text.split(" / ")[0]) for how, text in shown]
    assert moments == [("처음", "반복 0"), ("바꿈", "반복 3"), ("바꿈", "반복 3"), ("바꿈", "반복 10")]
    assert 'alt="반복 10 / 10' in live.bundle(trainer)["text/html"]


def test_the_progress_bar_is_in_the_line_of_the_picture(monkeypatch, capsys, tiny, glyphs):
    import IPython.display

    from gan_lesson.labs.live_picture import LivePicture

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, **_: shown.append(data) or Handle())

    class Handle:
        def update(self, data, raw):
            shown.append(data)

    Trainer(tiny, data=glyphs, moments=(0,)).run(on_snapshot=LivePicture())
    assert "100%|" in shown[-1]["text/html"] and "10/10" in shown[-1]["text/html"]
    assert capsys.readouterr() == ("", "")  # 막대가 따로 나오지 않습니다.
