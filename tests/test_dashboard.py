"""학습 계기판: 학습을 이어받고, 이어 간 것은 멈추지 않은 학습과 같습니다."""

import copy

import pytest
from compare import same

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.dashboard import Dashboard
from gan_lesson.labs.points.widget import Lab2D
from gan_lesson.labs.stepper.widget import Stepper
from gan_lesson.labs.widget import IPYWIDGETS_7, number_options
from gan_lesson.training import Trainer

TINY = LessonConfig(batch_size=4, nz=4, ngf=2, ndf=2, num_epochs=1, ngpu=0)


@pytest.fixture
def data():
    return load_hangul(32, count=40, syllables="가나다")


def trained(data, until, epochs=1):
    trainer = Trainer(TINY.replace(num_epochs=epochs), data=data, moments=(0,))
    trainer.run(until=until, progress=False)
    return trainer


def test_taking_over_equals_never_having_stopped(data):
    """계기판과 보통의 셀에서 번갈아 학습해도, 에폭(10반복)의 끝을 넘어가도."""
    trainer = trained(data, 3)
    dashboard = Dashboard(trainer)
    dashboard.step(2)
    trainer.run(until=8, progress=False)
    dashboard.step(4)
    trainer.run(progress=False)  # 정해진 끝은 이미 지났으므로 아무 일도 없습니다.
    assert trainer.state.iteration == 12 == len(trainer.history)
    assert same(trainer.state.snapshot(), trained(data, 12, epochs=2).state.snapshot())


def test_learning_rate_changes_live_and_leaves_a_mark(data):
    dashboard = Dashboard(trained(data, 4))
    state = dashboard.trainer.state
    moments = copy.deepcopy(state.optimizer_d.state_dict()["state"])
    dashboard.rates["d"].value = 0.001
    rates = [optimizer.param_groups[0]["lr"] for optimizer in (state.optimizer_d, state.optimizer_g)]
    assert rates == [0.001, 0.0002]
    assert same(moments, state.optimizer_d.state_dict()["state"])  # Adam은 그대로
    assert dashboard.marks == [(4, "lr: D 0.001")] and "lr: D 0.001" in dashboard.picture.value
    dashboard.set_lr(d=0.001)  # 같은 값이면 자국도 없습니다.
    assert len(dashboard.marks) == 1
    dashboard.set_lr(g=0.0007)  # 목록에 없는 값도 됩니다.
    assert dashboard.rates["g"].value == 0.0007 and len(dashboard.marks) == 2


@pytest.mark.parametrize("bad", [0, -1, 2.0, "빠르게"])
def test_bad_learning_rate_is_explained_and_changes_nothing(data, bad):
    dashboard = Dashboard(trained(data, 1))
    with pytest.raises(LessonError, match="설정값 lr"):
        dashboard.set_lr(d=0.01, g=bad)
    assert [control.value for control in dashboard.rates.values()] == [0.0002] * 2 and not dashboard.marks


def test_an_error_stops_playing_and_the_training_goes_on_once_mended(data, monkeypatch):
    dashboard = Dashboard(trained(data, 1))
    dashboard.clock.start()
    dashboard.tick()
    started = dashboard.clock.running  # ipywidgets 7에서는 사람이 눌러야 켜집니다.
    now = dashboard.trainer.state.iteration
    assert now > 1 and started is not IPYWIDGETS_7
    with monkeypatch.context() as broken:
        broken.setattr(dashboard.trainer.engine, "run", lambda *_: 1 / 0)
        dashboard.tick()
    assert not dashboard.clock.running and "ZeroDivisionError" in dashboard.message.value
    dashboard.tick()
    assert dashboard.trainer.state.iteration > now


@pytest.mark.parametrize("make", [lambda data: Dashboard(trained(data, 1)),
                                  lambda data: Stepper(TINY, data), lambda data: Lab2D()])  # fmt: skip
def test_the_stop_button_stops_playing_too(data, monkeypatch, make):
    widget = make(data)
    widget.clock.start()

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(widget, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        widget.tick()
    assert not widget.clock.running


def test_the_curves_start_shortly_before_the_hand_over(data):
    trainer = Trainer(TINY.replace(num_epochs=30), data=data, moments=(0,))
    trainer.run(progress=False)
    dashboard = Dashboard(trainer)
    assert ">반복 100<" in dashboard.picture.value and ">반복 300<" in dashboard.picture.value
    dashboard.set_lr(d=0.001, g=0.001)
    # 오른쪽 끝의 자국은 왼쪽에 적혀 잘리지 않습니다.
    assert 'text-anchor="end">lr: D 0.001, G 0.001<' in dashboard.picture.value


def test_rates_are_written_as_plain_numbers():
    assert [words for words, _ in number_options((1.0, 1e-9, 0.0002))] == ["0.000000001", "0.0002", "1"]


def test_looking_changes_nothing(data):
    dashboard = Dashboard(trained(data, 5))
    assert "반복 5" in dashboard.picture.value and "점선은 이론의 균형" in dashboard.picture.value
    before = dashboard.trainer.state.snapshot()  # 배치 정규화의 통계도
    dashboard.refresh()
    assert same(dashboard.trainer.state.snapshot(), before)
