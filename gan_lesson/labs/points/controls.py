"""2차원 실험실의 조절 장치. 누른 것을 ``Lab2D``의 메서드로 옮기기만 합니다."""

import ipywidgets as w

from gan_lesson.labs.points.data import custom, parse_points
from gan_lesson.labs.points.failures import TROUBLES
from gan_lesson.labs.points.picture import LAYERS
from gan_lesson.labs.points.quiz import WORDS

LETTER, PASTED = "letter", "points"
DATA = {
    "여덟 무리의 고리": "ring",
    "5×5 격자": "grid",
    "두 초승달": "moons",
    "소용돌이": "spiral",
    "한글 글자": LETTER,
    "내가 넣은 점": PASTED,
}
RATES = (0.00002, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
# 설정값 → (이름, 고를 값들). LIVE는 학습을 이어 가며 바뀌고, FRESH는 처음부터 다시 시작합니다.
LIVE = {
    "loss": ("손실", {"비포화": "non-saturating", "포화": "saturating", "최소제곱": "least-squares"}),
    "k": ("k(D의 갱신 횟수)", (1, 2, 3, 5, 10, 20)),
    "lr_d": ("D의 학습률", RATES),
    "lr_g": ("G의 학습률", RATES),
    "batch_size": ("배치 크기", (2, 8, 32, 128, 512)),
}
FRESH = {
    "nz": ("z의 차원", (1, 2)),
    "noise": ("z의 분포", {"정규분포": "normal", "균등분포": "uniform"}),
    "seed": ("시드", tuple(range(10))),
}
WRAP = w.Layout(flex_flow="row wrap")


class Lab2DControls:
    """단추와 고르는 칸들. ``top``은 그림 위에, ``bottom``은 그림 아래에 놓습니다."""

    def __init__(self, lab):
        self.lab = lab
        self.settings, self.layers = {}, {}
        self._shown = {}  # 마지막으로 조절 장치에 옮긴 값들
        self.top = self._steps()
        self.panels = {
            "설정값": self._settings_panel(),
            "데이터": self._data_panel(),
            "예측해 보기": self._quiz_panel(),
            "망가뜨려 보기": self._trouble_panel(),
            "공유 코드": self._code_panel(),
        }
        self.tabs = w.ToggleButtons(options=list(self.panels), style={"button_width": "auto"})
        lab.on_change(self.tabs, self._turn_to)
        self.body = w.VBox([self.panels[self.tabs.value]])
        self.bottom = w.VBox([self._layer_row(), self.tabs, self.body])

    def sync(self):
        """상태에서 조절 장치로. 사람이 적고 있는 칸은, 그 값이 바뀌었을 때만 건드립니다."""
        lab, config = self.lab, self.lab.gan.config
        for name, (_, choices) in {**LIVE, **FRESH}.items():
            value, control = getattr(config, name), self.settings[name]
            options = _options(choices, value)
            if list(control.options) != options:
                control.options = options
            control.value = value
        for name, box in self.layers.items():
            box.value = name in lab.layers
        if self._changed("data", config.data):
            kind, _, rest = config.data.partition(":")
            self.data.value = kind
            if kind == LETTER and rest:
                self.letter.value = rest
            if kind == PASTED:
                self.pasted.value = rest.replace(";", "\n")
        if self._changed("code", lab.code):
            self.code.value = lab.code
        self.question.value = lab.quiz.question()
        notes = [f"{n}: 반복 {at:,}에서 {text}" for n, (at, text) in enumerate(lab.gan.marks, 1)]
        self.marks.value = "곡선의 자국 — " + " · ".join(notes[-6:]) if notes else ""

    def _changed(self, name, value):
        if self._shown.get(name) == value:
            return False
        self._shown[name] = value
        return True

    def _button(self, words, action):
        button = w.Button(description=words, layout=w.Layout(width="auto"))
        self.lab.on_click(button, action)
        return button

    def _steps(self):
        lab = self.lab
        row = [
            self._step_button("D 한 걸음", lab.step_d),
            self._step_button("G 한 걸음", lab.step_g),
            self._step_button("한 반복", lab.step),
            lab.clock.view,
            self._step_button("한 걸음 되감기", lab.back),
            self._step_button("50걸음 되감기", lambda: lab.back(50)),
            self._button("처음부터", lab.restart),
        ]
        return w.HBox(row, layout=WRAP)

    def _step_button(self, words, action):
        """재생하고 있었으면 멈추고 한 걸음만 나아갑니다."""

        def stop_and_step():
            self.lab.clock.stop()
            action()

        return self._button(words, stop_and_step)

    def _layer_row(self):
        for name, (words, shown) in LAYERS.items():
            box = w.Checkbox(
                value=shown,
                description=words,
                indent=False,
                layout=w.Layout(width="auto", margin="0 14px 0 0"),
            )
            self.lab.on_change(box, lambda on, name=name: self.lab.show(**{name: on}))
            self.layers[name] = box
        return w.HBox(list(self.layers.values()), layout=WRAP)

    def _turn_to(self, name):
        self.body.children = [self.panels[name]]

    def _settings_panel(self):
        for name, (words, choices) in {**LIVE, **FRESH}.items():
            value = getattr(self.lab.gan.config, name)
            control = w.Dropdown(
                options=_options(choices, value),
                value=value,
                description=words,
                style={"description_width": "initial"},
                layout=w.Layout(width="220px"),
            )
            action = self.lab.change if name in LIVE else self.lab.restart
            self.lab.on_change(control, lambda new, n=name, act=action: act(**{n: new}))
            self.settings[name] = control
        self.marks = w.HTML()
        return w.VBox(
            [
                w.HTML("학습을 이어 가며 바뀌는 것(곡선에 자국이 남습니다)"),
                w.HBox([self.settings[name] for name in LIVE], layout=WRAP),
                w.HTML("바꾸면 처음부터 다시 시작하는 것"),
                w.HBox(
                    [*(self.settings[name] for name in FRESH), self._button("기본값으로", self.lab.reset)],
                    layout=WRAP,
                ),
                self.marks,
            ]
        )

    def _data_panel(self):
        self.data = w.Dropdown(options=list(DATA.items()), description="데이터")
        self.letter = w.Text(value="한", description="글자", continuous_update=False)
        self.pasted = w.Textarea(
            placeholder="0.5, -1.2\n0.3, 1.0", description="점 목록", rows=5, continuous_update=False
        )
        self.lab.on_change(self.data, self._choose_data)
        self.lab.on_change(self.letter, lambda _: self._choose_data(LETTER))
        return w.VBox([self.data, self.letter, self.pasted, self._button("이 점으로 시작", self._use_points)])

    def _choose_data(self, kind):
        if kind == PASTED:
            self.lab.say("점 목록에 한 줄에 하나씩 x, y를 쓰고 '이 점으로 시작'을 누르세요.")
        elif kind == LETTER:
            self.lab.restart(data=f"letter:{self.letter.value.strip()}")
        else:
            self.lab.restart(data=kind)

    def _use_points(self):
        self.lab.restart(data=custom(parse_points(self.pasted.value)).name)

    def _quiz_panel(self):
        self.question = w.HTML()
        guesses = [
            self._button(words, lambda guess=guess: self.lab.predict(guess)) for guess, words in WORDS.items()
        ]
        return w.VBox([self.question, w.HBox(guesses)])

    def _trouble_panel(self):
        names = [(trouble.title, name) for name, trouble in TROUBLES.items()]
        self.trouble = w.Dropdown(options=names, description="고르기")
        break_it = self._button("망가뜨리기", lambda: self.lab.break_it(self.trouble.value))
        return w.HBox([self.trouble, break_it, self._button("고치기", self.lab.cure)], layout=WRAP)

    def _code_panel(self):
        self.code = w.Text(description="공유 코드", continuous_update=False, layout=w.Layout(width="95%"))
        return w.VBox(
            [
                self.code,
                self._button("이 코드로 시작", lambda: self.lab.load(self.code.value)),
                w.HTML("이 글을 복사해 보내면, 받은 사람도 같은 설정과 시드로 같은 학습을 봅니다."),
            ]
        )


def _options(choices, value):
    """고를 값들의 (보이는 글, 값) 목록. 지금 값이 목록에 없으면 끼워 넣습니다."""
    if isinstance(choices, dict):
        return list(choices.items())
    return [(_words(choice), choice) for choice in sorted({*choices, value})]


def _words(number):
    """0.00002를 2e-05가 아니라 그대로 적습니다."""
    return f"{number:.8f}".rstrip("0") if isinstance(number, float) else str(number)
