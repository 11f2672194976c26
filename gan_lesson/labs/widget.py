"""모든 위젯의 바탕: 그림 하나, 오류 한 줄, 잠금 하나, 그리고 시계.

ipywidgets 7.7(Colab)과 8.1(JupyterLab)에 함께 있는 것만 씁니다.
"""

import html
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

import ipywidgets
import numpy as np
from IPython import get_ipython
from IPython.display import display

from gan_lesson.base.errors import LessonError
from gan_lesson.labs import svg

IPYWIDGETS_7 = ipywidgets.__version__.startswith("7.")
PLAYING = "_playing" if IPYWIDGETS_7 else "playing"  # 재생하고 있는지를 담은 ``Play``의 속성
TICK_BUDGET = 0.15  # 초. 한 번의 똑딱임에 학습하는 시간입니다. 그림 그리는 시간은 따로입니다.
TICK_INTERVAL = 50  # 밀리초. 화면이 다음 똑딱임을 보내기까지 쉬는 시간입니다.

MESSAGE_COLORS = {"알림": "#0072B2", "오류": "#B00020"}

HERE = Path(__file__).parent
LIVE, STILL = ((HERE / name).read_text(encoding="utf-8") for name in ("live.html", "still.html"))


class LessonWidget:
    """위젯 하나. 물려받는 위젯은 ``draw``(지금의 그림인 HTML 글)와 ``sync``(상태를 조절 장치에 옮기기)를 정합니다.

    누르는 것은 모두 ``button``·``control``로 이어, 오류가 오류 줄에 한국어로 나오게 합니다. 메서드로 부르면
    오류는 보통의 예외입니다.
    """

    title = ""
    lock = threading.RLock()  # 모든 위젯이 하나를 씁니다. 두 스레드에서 함께 학습하지 않게.

    def __init__(self):
        self.picture = ipywidgets.HTML()
        # 글이 나타나도 그 아래의 것이 움직이지 않게 자리를 비워 둡니다.
        self.message = ipywidgets.HTML(layout={"min_height": "24px"})
        self.message.add_class("gan-lesson-said")
        self._syncing = self._said = False
        self.view = None

    def lay_out(self, name, *children):
        """화면을 위에서 아래로 짜고 처음 모습을 그립니다. ``gan-lesson-<name>``은 CSS와 시험이 찾는 이름입니다."""
        self.view = ipywidgets.VBox([ipywidgets.HTML(LIVE), *children])
        self.view.add_class("gan-lesson")
        self.view.add_class(f"gan-lesson-{name}")
        self.refresh()

    def refresh(self):
        """그림과 조절 장치를 지금 상태로 다시 맞춥니다."""
        with self.lock:
            self._syncing = True
            try:
                self.sync()
            finally:
                self._syncing = False
            self.picture.value = self.draw()

    def say(self, text, kind="알림"):
        """오류 줄에 글을 보여 줍니다. 빈 글이면 지웁니다."""
        lines = "<br>".join(html.escape(line) for line in text.splitlines())
        look = "background:white;padding:0 6px;font-size:15px;line-height:1.5"
        self.message.value = text and f'<div style="color:{MESSAGE_COLORS[kind]};{look}">{lines}</div>'
        self._said = True

    def button(self, words, action, **options):
        """누르면 ``action()``을 하는 단추."""
        button = ipywidgets.Button(description=words, layout={"width": "auto"}, **options)
        button.on_click(lambda _: self.run(action))
        return button

    def control(self, kind, words, action, width="initial", **options):
        """사람이 값을 바꾸면 ``action(새 값)``을 하는, ipywidgets의 ``kind``. width: 앞에 붙는 글의 너비(CSS)."""
        style = {"description_width": width} | options.pop("style", {})
        control = kind(description=words, style=style, **options)
        control.observe(lambda change: self._syncing or self.run(action, change["new"]), names="value")
        return control

    def do(self, action, *values, **options):
        """``action``을 하고 그 결과를 돌려줍니다. 예외가 나도 그림은 상태와 맞습니다."""
        with self.lock:
            try:
                return action(*values, **options)
            finally:
                self.refresh()

    def run(self, action, *values, quiet=False):
        """누른 일을 하고, 잘되었는지 돌려줍니다. 오류는 오류 줄에 나옵니다.

        ``quiet``이면 먼저 나온 알림을 지우지 않습니다(재생하는 동안 읽을 수 있게).
        """
        with self.lock:
            self._said = quiet
            try:
                self.do(action, *values)
            except KeyboardInterrupt:
                self.say("정지(■)를 눌러 멈추었습니다.")
                raise
            except Exception as error:  # 위젯의 예외는 그냥 두면 아무 데도 보이지 않습니다.
                known = isinstance(error, LessonError)
                self.say(f"{'' if known else f'예상하지 못한 오류: {type(error).__name__}: '}{error}", "오류")
                return False
            if not self._said:  # 먼저 지우면 누르는 동안 화면이 출렁입니다.
                self.say("")
            return True

    def _ipython_display_(self):
        # 커널이 답하지 않는 곳(GitHub, 내보낸 HTML, 다시 연 노트북)에서는 지금의 그림이 위젯을 대신합니다.
        look = f'alt="{self.title}" width="1010" style="max-width:100%"'
        still = f"{STILL}<img class='gan-lesson-still' {look} src='{svg.still(self.draw())}'>"
        display({"text/html": still, "text/plain": f"[{self.title}의 그림]"}, raw=True)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id}
        words = f"[{self.title}: JupyterLab이나 Colab에서 실행하면 여기에 나옵니다]"
        display({"text/plain": words, "application/vnd.jupyter.widget-view+json": view}, raw=True)


CLOCKS = weakref.WeakSet()


def before_cell(*_):
    """셀이 도는 동안에는 위젯이 학습하지 않습니다. ipykernel 7은 똑딱임을 다른 스레드로 보내기도 합니다."""
    LessonWidget.lock.acquire()


def after_cell(result):
    """셀이 정지(■)되었으면 재생도 모두 멈춥니다."""
    with suppress(RuntimeError):  # 이 파일을 처음 가져온 셀
        LessonWidget.lock.release()
    if isinstance(result.error_in_exec, KeyboardInterrupt):
        for clock in CLOCKS:
            clock.stop()


if shell := get_ipython():
    shell.events.register("pre_run_cell", before_cell)
    shell.events.register("post_run_cell", after_cell)


class Clock:
    """화면의 ``Play``가 똑딱일 때마다 ``tick()``을 부릅니다. 스레드의 갱신은 Colab에 보이지 않기 때문입니다.

    ipywidgets 7의 ``Play``는 파이썬에서 켤 수 없어 제 단추를 그대로 보이고, 8에서는 한국어 단추로 켜고 끕니다.
    """

    def __init__(self, tick):
        self._tick = tick
        CLOCKS.add(self)
        # 값이 아니라 똑딱임만 쓰므로 끝이 없는 것처럼 큰 수까지 갑니다.
        self.play = ipywidgets.Play(interval=TICK_INTERVAL, min=0, max=10**9, show_repeat=False)
        self.play.observe(self._on_value, names="value")
        self.button = ipywidgets.Button(description="재생", layout={"width": "auto"})
        self.button.on_click(lambda _: self.stop() if self.running else self.start())
        self.play.observe(self._name_button, names=PLAYING)
        self.play.layout.display = "" if IPYWIDGETS_7 else "none"
        self.view = ipywidgets.HBox(
            [ipywidgets.HTML("재생·멈춤") if IPYWIDGETS_7 else self.button, self.play]
        )

    @property
    def running(self):
        return getattr(self.play, PLAYING)

    def start(self):
        """재생합니다. ipywidgets 7에서는 사람이 단추를 눌러야 합니다."""
        if not IPYWIDGETS_7:
            self.play.playing = True

    def stop(self):
        setattr(self.play, PLAYING, False)

    def _name_button(self, change):
        # 기호(icon)는 단추의 이름에 섞여 읽히므로, 재생하는 동안은 색으로 알립니다.
        self.button.description, self.button.button_style = (
            ("멈춤", "primary") if change["new"] else ("재생", "")
        )

    def _on_value(self, change):
        # ipywidgets 7의 정지 단추는 값을 0으로 되돌립니다. 그것은 똑딱임이 아닙니다. 멈춘 뒤에 늦게 온 것도
        # 아닙니다: 바쁜 동안 화면이 쥐고 있던 값이 단추를 누른 다음에 오기도 합니다.
        if self.running and change["new"] > change["old"]:
            self._tick()


class PlayingWidget(LessonWidget):
    """재생할 수 있는 위젯. 물려받는 위젯은 ``advance``(그림은 두고 한 반복 나아가기)도 정합니다."""

    def __init__(self):
        super().__init__()
        self.clock = Clock(self.tick)

    def lay_out(self, name, *children):
        super().lay_out(name, *children)
        # 화면에서 사라지면(셀을 다시 실행하거나 출력을 지우면) 보이지 않게 계속 돌지 않고 멈춥니다.
        self.view._view_count = 0
        self.view.observe(lambda change: change["new"] or self.clock.stop(), names="_view_count")

    def step(self, count=1):
        """``count``번 반복합니다."""
        self.do(lambda: [self.advance() for _ in range(count)])

    def step_button(self, words, action, **options):
        """누르면 재생을 멈추고 그 자리에서 ``action()``을 하는 단추."""
        return self.button(words, lambda: (self.clock.stop(), action()), **options)

    def tick(self):
        """재생하는 동안의 한 번: 짧은 시간만큼 반복하고 그림을 한 번 바꿉니다."""
        # 앞의 똑딱임이나 단추가 아직 일하고 있으면 이번은 건너뜁니다.
        if not self.lock.acquire(blocking=False):
            return
        done = False
        try:
            done = self.run(within_budget, self.advance, quiet=True)
        finally:
            if not done:  # 오류도, 정지(■) 단추도 재생을 멈춥니다.
                self.clock.stop()
            self.lock.release()


def side_by_side(*children, **layout):
    """한 줄에 늘어놓되, 칸이 좁으면 다음 줄로 넘깁니다."""
    return ipywidgets.HBox(children, layout={"flex_flow": "row wrap", **layout})


def number_options(numbers):
    """고르는 칸의 (글, 값)들, 작은 것부터. 2e-05가 아니라 0.00002처럼 보통의 수로 적습니다."""
    return [(np.format_float_positional(n, trim="-"), n) for n in sorted(set(numbers))]


def pick(control, number):
    """고르는 칸 ``control``을 ``number``로 맞춥니다. 목록에 없으면 끼워 넣습니다."""
    numbers = [value for _, value in control.options]
    if number not in numbers:
        control.options = number_options([*numbers, number])
    control.value = number


def within_budget(step, budget=TICK_BUDGET):
    """``step()``을 적어도 한 번, ``budget``초 안에서 되풀이하고 그 횟수를 돌려줍니다."""
    end = time.monotonic() + budget
    count = 0
    while count == 0 or time.monotonic() < end:
        step()
        count += 1
    return count
