"""2차원 실험실의 화면: 단추마다 하는 일, 그림과 상태의 일치, 오류 줄, 아무렇게나 누르기."""

import html
import re
import threading
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import pytest
import torch
from compare import same
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from test_point_gan import SMALL, everything

from gan_lesson.base.errors import LessonError
from gan_lesson.labs import widget as base
from gan_lesson.labs.points.data import POINT_SETS
from gan_lesson.labs.points.gan import LIVE, STEPS_BACK, PointConfig, PointGan
from gan_lesson.labs.points.picture import ARROW_LIMIT, LAYERS, drawn_arrows, lab_picture
from gan_lesson.labs.points.widget import DATA, LETTER, SETTINGS, Lab2D
from gan_lesson.labs.troubles import TROUBLES


def buttons(widget):
    """화면에 있는 단추들: 적힌 글 → 단추."""
    found = {}
    stack = [widget]
    while stack:
        item = stack.pop()
        stack += getattr(item, "children", ())
        if type(item).__name__ == "Button":
            found[item.description] = item
    return found


def all_buttons(lab):
    found = buttons(lab.view)
    for panel in lab.panels.values():
        found |= buttons(panel)
    return found


def in_step(lab):
    """그림과 조절 장치가 지금 상태와 맞는지."""
    config = lab.gan.config
    assert lab.picture.value == lab_picture(lab.gan, lab.layers)
    for name in SETTINGS:
        assert lab.settings[name].value == getattr(config, name)
    assert lab.data.value == config.data.partition(":")[0]
    assert "예상하지 못한" not in lab.message.value


@pytest.fixture
def lab():
    return Lab2D(SMALL)


@pytest.mark.parametrize(
    ("name", "same_as"),
    [
        ("D 한 걸음", lambda gan: gan.step_d()),
        ("G 한 걸음", lambda gan: gan.step_g()),
        ("한 반복", lambda gan: gan.step()),
        ("한 걸음 되감기", lambda gan: gan.back()),
        ("50걸음 되감기", lambda gan: gan.back(50)),
        ("처음부터", lambda gan: gan.restart()),
    ],
)
def test_each_button_does_what_it_says(lab, name, same_as):
    twin = PointGan(SMALL)
    lab.step(60)
    twin.step(60)
    same_as(twin)
    lab.clock.start()
    all_buttons(lab)[name].click()
    assert same(everything(lab.gan), everything(twin)) and not lab.clock.running
    in_step(lab)


def test_rewinding_further_than_is_kept_says_how_far(lab):
    lab.step(3)
    all_buttons(lab)["50걸음 되감기"].click()
    assert "처음까지 되감았습니다." in lab.message.value and lab.gan.state.iteration == 0
    lab.step(STEPS_BACK + 5)
    lab.run(lab.back, STEPS_BACK + 1)
    assert "200걸음 되감았습니다. 최근 200걸음까지만" in lab.message.value
    assert lab.gan.state.iteration == 5


@pytest.mark.parametrize("name", list(SETTINGS))
def test_settings_change_on_the_way_or_start_over(lab, name):
    lab.step(3)
    moments = lab.gan.state.optimizer_d.state_dict()["state"]
    control = lab.settings[name]
    control.value = next(value for _, value in control.options if value != control.value)
    assert getattr(lab.gan.config, name) == control.value
    if name in LIVE:
        assert same(lab.gan.state.optimizer_d.state_dict()["state"], moments)  # Adam은 그대로
        assert name in lab.marks.value
    assert lab.gan.state.iteration == (3 if name in LIVE else 0)
    in_step(lab)


def test_every_data_set_can_be_chosen(lab):
    assert set(POINT_SETS) == set(DATA.values())
    for kind in DATA.values():
        lab.data.value = kind
        assert lab.gan.config.data.partition(":")[0] == kind
        lab.step(2)
        in_step(lab)
    assert lab.data.value == LETTER and lab.letter.layout.display == ""
    lab.letter.value = "강"
    assert lab.gan.config.data == "letter:강"


def test_mistakes_are_shown_and_change_nothing(lab):
    lab.step(2)
    before = everything(lab.gan)
    lab.letter.value = "ABC"
    assert "점 데이터" in lab.message.value and base.MESSAGE_COLORS["오류"] in lab.message.value
    all_buttons(lab)["고치기"].click()
    assert "망가뜨리기" in lab.message.value and base.MESSAGE_COLORS["오류"] in lab.message.value
    assert same(everything(lab.gan), before)
    in_step(lab)


@pytest.mark.parametrize(
    "call",
    [
        lambda lab: lab.change(data="grid"),
        lambda lab: lab.restart(k=0),
        lambda lab: lab.break_it("모두"),
        lambda lab: lab.cure(),
        lambda lab: lab.predict("옆으로"),
        lambda lab: lab.show(clouds=True),
    ],
)
def test_methods_raise_and_leave_the_state_alone(lab, call):
    lab.step(2)
    before = everything(lab.gan)
    with pytest.raises(LessonError):
        call(lab)
    assert same(everything(lab.gan), before)
    in_step(lab)


def test_unexpected_errors_are_shown_too(lab, monkeypatch):
    monkeypatch.setattr(lab.gan, "step_d", lambda: 1 / 0)
    all_buttons(lab)["D 한 걸음"].click()
    assert "ZeroDivisionError" in lab.message.value


def test_prediction_steps_once_and_tells_what_happened(lab):
    for guess, turn in (("작아집니다", "D"), ("커집니다", "G")) * 3:
        assert lab.gan.turn == turn
        before = lab.gan.probe()
        all_buttons(lab)[guess].click()
        assert lab.gan.turn != turn
        name, old, new = re.search(r"(\S+) (-?[\d.]+) → (-?[\d.]+)", lab.message.value).groups()
        key = {"D(G(z))": "d_gz", "Loss_D": "loss_d", "Loss_G": "loss_g"}[name]
        assert float(old) == pytest.approx(before[key], abs=1e-4)
        assert float(new) == pytest.approx(lab.gan.probe()[key], abs=1e-4)
        verdict = "맞았습니다" in lab.message.value
        risen = lab.gan.probe()[key] > before[key]
        assert verdict == (risen == (guess == "커집니다"))
    assert lab.quiz.asked == 6


def test_breaking_and_curing_by_button():
    lab, name = Lab2D(PointConfig(seed=3, data="moons")), "collapse"
    trouble = TROUBLES[name]
    lab.choice.value = name
    all_buttons(lab)["망가뜨리기"].click()
    assert lab.gan.state.iteration == trouble.iterations and trouble.symptom in lab.message.value
    assert "고리로 바꾸었습니다" in lab.message.value
    assert lab.gan.config == PointConfig(seed=3, **trouble.settings)
    all_buttons(lab)["고치기"].click()
    assert lab.gan.config == PointConfig(seed=3, **trouble.cure) and lab.trouble is None
    lab.tick()  # 읽는 동안 재생해도 알림이 남습니다.
    assert trouble.remedy in lab.message.value and lab.gan.state.iteration > trouble.iterations


def test_a_trouble_lasts_until_it_is_cured():
    lab = Lab2D()
    lab.restart(**TROUBLES["collapse"].settings)
    lab.restart(data="moons")
    assert lab.trouble == "collapse" and "모드 붕괴) 그대로" in lab.message.value
    lab.step(2)
    lab.cure()
    assert lab.trouble is None
    lab.step(1)
    lab.back(2)  # 고치기 전으로 되감으면 다시 망가져 있습니다.
    assert lab.trouble == "collapse"


def test_a_half_mended_trouble_can_still_be_cured():
    lab = Lab2D(SMALL)
    lab.break_it("high-lr")
    lab.change(lr_d=0.002, lr_g=0.002)  # 학습률만 낮춰서는 죽은 ReLU가 되살아나지 않습니다.
    assert lab.trouble == "high-lr"
    lab.cure()
    assert lab.trouble is None and lab.gan.state.iteration == 0


def test_defaults_keep_data_and_seed():
    lab = Lab2D(PointConfig(seed=3, data="moons", **TROUBLES["strong-d"].settings))
    assert lab.trouble == "strong-d"
    lab.step(2)
    all_buttons(lab)["기본값으로"].click()
    assert lab.gan.config == PointConfig(seed=3, data="moons") and lab.gan.state.iteration == 0
    in_step(lab)


def test_picture_is_sound_svg_with_the_layers_asked_for_and_leaves_no_trace(lab):
    lab.step(30)
    before, everything_on = everything(lab.gan), dict.fromkeys(LAYERS, True)
    lab.show(**everything_on)
    full = lab.picture.value
    ElementTree.fromstring(full)
    assert "nan" not in full and "inf" not in full
    for name in LAYERS:
        lab.show(**everything_on | {name: False})
        assert len(lab.picture.value) < len(full)
        assert not lab.boxes[name].value
    lab.boxes["real"].value = False
    assert "real" not in lab.layers and same(everything(lab.gan), before)


@given(st.lists(st.tuples(*[st.floats(-1e4, 1e4, width=32)] * 2), min_size=1, max_size=20))
def test_arrows_point_the_right_way_and_are_never_too_long(gradients):
    gradients = torch.tensor(gradients)
    drawn = drawn_arrows(gradients)
    lengths, sizes = drawn.norm(dim=1), gradients.norm(dim=1)
    assert (lengths <= ARROW_LIMIT * 1.001).all()
    assert torch.allclose((drawn * gradients).sum(1), lengths * sizes, rtol=1e-3, atol=1e-5)
    order = sizes.argsort()
    assert (lengths[order].diff() >= -1e-4).all()  # 변화도가 클수록 길거나 같습니다.


def test_play_is_only_a_clock(lab):
    """재생하는 동안 값이 커지면 한 번 나아갑니다. 값을 되돌리는 것과 멈춘 뒤에 늦게 온 값은 나아가기가 아닙니다."""
    lab.clock.play.value = 1
    assert lab.gan.state.iteration == 0
    setattr(lab.clock.play, base.PLAYING, True)
    lab.clock.play.value = 2
    once = lab.gan.state.iteration
    assert once >= 1
    lab.clock.play.value = 0
    assert lab.gan.state.iteration == once
    lab.clock.play.value = 500  # 값이 얼마나 커졌는지는 상관없습니다.
    assert lab.gan.state.iteration > once
    in_step(lab)


@pytest.mark.skipif(base.IPYWIDGETS_7, reason="ipywidgets 7에서는 Play의 제 단추를 씁니다")
def test_play_button_starts_and_stops_and_errors_stop_it(lab):
    for words, running in (("재생", True), ("멈춤", False), ("재생", True)):
        all_buttons(lab)[words].click()
        assert lab.clock.running == running
    with torch.no_grad():
        next(lab.gan.state.generator.parameters()).fill_(float("nan"))
    lab.tick()
    assert "발산했습니다" in lab.message.value and not lab.clock.running


def test_a_tick_that_meets_a_busy_lab_is_skipped(lab):
    with lab.lock:
        other = threading.Thread(target=lab.tick)
        other.start()
        other.join(timeout=5)
        assert not other.is_alive() and lab.gan.state.iteration == 0


def test_within_budget_steps_at_least_once():
    calls = []
    assert base.within_budget(lambda: calls.append(1), budget=0) == len(calls) == 1
    assert base.within_budget(lambda: calls.append(1), budget=0.01) == len(calls) - 1 > 1


def test_where_no_kernel_answers_the_widget_is_its_picture(lab, monkeypatch):
    shown = []
    monkeypatch.setattr(base, "display", lambda data, raw: shown.append(data))
    lab._ipython_display_()
    still, live = shown
    (picture,) = re.findall(
        "class='gan-lesson-still'.* src='data:image/svg[+]xml,([^']+)'", still["text/html"]
    )
    picture = unquote(html.unescape(picture))
    assert ElementTree.fromstring(picture).get("aria-label") in lab.picture.value and "image/webp" in picture
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == lab.view.model_id
    # 글로 보이는 모습은 늘 같습니다: 저장된 노트북을 GitHub에서 볼 때와 nbval이 비교할 때.
    lab.step()
    lab._ipython_display_()
    assert [data["text/plain"] for data in shown[:2]] == [data["text/plain"] for data in shown[2:]]


class Presses(RuleBasedStateMachine):
    """아무 단추나 200번 눌러도 오류가 없고, 그림은 늘 상태와 맞고, 되감으면 정확히 돌아갑니다."""

    @initialize()
    def start(self):
        self.lab = Lab2D(SMALL)
        self.buttons = all_buttons(self.lab)
        self.trail = [everything(self.lab.gan)]

    @rule(name=st.sampled_from(["D 한 걸음", "G 한 걸음", "한 반복", "커집니다", "작아집니다"]))
    def forward(self, name):
        # 되감기는 바로 앞 걸음의 직전으로 돌아가므로, 걸음 직전의 상태를 적어 둡니다.
        self.trail[-1] = everything(self.lab.gan)
        self.buttons[name].click()
        self.trail.append(everything(self.lab.gan))

    @rule(name=st.sampled_from(["한 걸음 되감기", "50걸음 되감기"]))
    def backward(self, name):
        steps = min(50 if name.startswith("50") else 1, len(self.trail) - 1)
        self.buttons[name].click()
        if steps:
            del self.trail[-steps:]
            assert same(everything(self.lab.gan), self.trail[-1])

    @rule(data=st.data(), name=st.sampled_from(list(SETTINGS)))
    def setting(self, data, name):
        control = self.lab.settings[name]
        old = control.value
        control.value = data.draw(st.sampled_from([value for _, value in control.options]))
        if name not in LIVE and control.value != old:
            self.trail = [everything(self.lab.gan)]

    @rule(name=st.sampled_from(sorted(LAYERS)), on=st.booleans())
    def layer(self, name, on):
        self.lab.boxes[name].value = on

    @rule(kind=st.sampled_from(["ring", "moons", "spiral"]))
    def data(self, kind):
        if self.lab.data.value != kind:
            self.lab.data.value = kind
            self.trail = [everything(self.lab.gan)]

    @rule()
    def restart(self):
        self.buttons["처음부터"].click()
        self.trail = [everything(self.lab.gan)]

    @invariant()
    def in_step(self):
        if hasattr(self, "lab"):
            in_step(self.lab)
            gan = self.lab.gan
            assert gan.state.optimizer_d.param_groups[0]["lr"] == gan.config.lr_d
            assert len(gan.history) == gan.state.iteration


Presses.TestCase.settings = settings(
    max_examples=settings().max_examples // 33, stateful_step_count=200, deadline=None
)
test_pressing_anything_two_hundred_times = Presses.TestCase
