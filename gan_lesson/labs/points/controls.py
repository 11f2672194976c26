"""2차원 실험실의 조절 장치. 누른 것을 ``Lab2D``의 메서드로 옮기기만 합니다."""

from functools import partial

import ipywidgets as w

from gan_lesson.labs.points.data import custom, parse_points
from gan_lesson.labs.points.failures import TROUBLES
from gan_lesson.labs.points.picture import LAYERS
from gan_lesson.labs.prediction import UP_DOWN
from gan_lesson.labs.widget import number_options, side_by_side

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
# 칸의 너비. 넓은 화면에서는 LIVE와 FRESH가 저마다 한 줄에 놓입니다.
WIDTHS = {
    "loss": "130px", "k": "180px", "lr_d": "170px", "lr_g": "170px", "batch_size": "140px",
    "nz": "120px", "noise": "180px", "seed": "110px",
}  # fmt: skip


class Lab2DControls:
    """단추와 고르는 칸들. ``top``은 그림 위에, ``bottom``은 그림 아래에 놓습니다."""

    def __init__(self, lab):
        self.lab = lab
        self._shown = {}  # 마지막으로 조절 장치에 옮긴 글들
        self.top = side_by_side(
            lab.step_button("D 한 걸음", lab.step_d),
            lab.step_button("G 한 걸음", lab.step_g),
            lab.step_button("한 반복", lab.step),
            lab.clock.view,
            lab.step_button("한 걸음 되감기", lab.back),
            lab.step_button("50걸음 되감기", partial(lab.back, 50)),
            lab.button("처음부터", lab.restart),
        )
        self.panels = {
            "설정값": self._settings_panel(),
            "데이터": self._data_panel(),
            "예측해 보기": self._quiz_panel(),
            "망가뜨려 보기": self._trouble_panel(),
            "공유 코드": self._code_panel(),
        }
        layout = {"margin": "2px 14px 2px 2px"}
        tabs = w.ToggleButtons(options=list(self.panels), style={"button_width": "auto"}, layout=layout)
        lab.on_change(tabs, self._turn_to)
        self.body = w.VBox([self.panels[tabs.value]])
        self.layers = {name: self._layer(name, words) for name, (words, _) in LAYERS.items()}
        # 넓은 화면에서는 탭과 층이 한 줄에 놓입니다.
        self.bottom = w.VBox([side_by_side(tabs, *self.layers.values(), align_items="center"), self.body])

    def sync(self, config, layers, marks, question):
        """상태에서 조절 장치로. 사람이 적고 있는 칸은, 그 값이 바뀌었을 때만 건드립니다."""
        for name, (_, choices) in (LIVE | FRESH).items():
            value, control = getattr(config, name), self.settings[name]
            options = _options(choices, value)
            if list(control.options) != options:
                control.options = options
            control.value = value
        for name, box in self.layers.items():
            box.value = name in layers
        if self._shown.get("data") != config.data:
            kind, _, rest = config.data.partition(":")
            self.data.value = kind
            if kind == LETTER and rest:
                self.letter.value = rest
            if kind == PASTED:
                self.pasted.value = rest.replace(";", "\n")
        code = config.to_code()
        if self._shown.get("code") != code:
            self.code.value = code
        self._shown = {"data": config.data, "code": code}
        self.question.value = question.text
        notes = [f"{n}: 반복 {at:,}에서 {text}" for n, (at, text) in enumerate(marks, 1)]
        self.marks.value = "곡선의 자국 — " + " · ".join(notes[-6:]) if notes else ""

    def _layer(self, name, words):
        layout = {"width": "auto", "margin": "0 14px 0 0"}
        box = w.Checkbox(description=words, indent=False, layout=layout)
        return self.lab.on_change(box, lambda on: self.lab.show(**{name: on}))

    def _turn_to(self, name):
        self.body.children = [self.panels[name]]

    def _setting(self, name, words, choices):
        action = self.lab.change if name in LIVE else self.lab.restart
        return self.lab.dropdown(
            words, _options(choices), lambda value: action(**{name: value}), WIDTHS[name]
        )

    def _settings_panel(self):
        self.settings = {
            name: self._setting(name, words, choices) for name, (words, choices) in (LIVE | FRESH).items()
        }
        self.marks = w.HTML()
        live, fresh = ([self.settings[name] for name in names] for names in (LIVE, FRESH))
        reset = self.lab.button("기본값으로", self.lab.reset)
        return w.VBox(
            [
                side_by_side(w.HTML("<b>이어 가며</b> 바뀌는 것:"), *live),
                side_by_side(w.HTML("<b>처음부터</b> 다시 시작하는 것:"), *fresh, reset),
                self.marks,
            ]
        )

    def _data_panel(self):
        self.data = w.Dropdown(options=list(DATA.items()), description="데이터")
        self.letter = w.Text(value="한", description="글자", continuous_update=False)
        self.pasted = w.Textarea(
            placeholder="0.5, -1.2\n0.3, 1.0", description="점 목록", rows=3, continuous_update=False
        )
        self.lab.on_change(self.data, self._choose_data)
        self.lab.on_change(self.letter, lambda _: self._choose_data(LETTER))
        pasted = self.pasted
        self._use = self.lab.button(
            "이 점으로 시작", lambda: self.lab.restart(data=custom(parse_points(pasted.value)).name)
        )
        self.data.observe(self._show_data_fields, names="value")
        self._show_data_fields()
        return side_by_side(self.data, self.letter, self.pasted, self._use)

    def _show_data_fields(self, _=None):
        """고른 데이터에 쓰는 칸만 보입니다."""
        for control, kind in ((self.letter, LETTER), (self.pasted, PASTED), (self._use, PASTED)):
            control.layout.display = "" if self.data.value == kind else "none"

    def _choose_data(self, kind):
        if kind == PASTED:
            self.lab.say("점 목록에 한 줄에 하나씩 x, y를 쓰고 '이 점으로 시작'을 누르세요.")
        else:
            self.lab.restart(data=f"letter:{self.letter.value.strip()}" if kind == LETTER else kind)

    def _quiz_panel(self):
        self.question = w.HTML()
        guesses = [self.lab.button(words, partial(self.lab.predict, g)) for g, words in UP_DOWN.items()]
        return side_by_side(self.question, *guesses, align_items="center")

    def _trouble_panel(self):
        names = [(trouble.title, name) for name, trouble in TROUBLES.items()]
        self.trouble = w.Dropdown(options=names, description="고르기")
        break_it = self.lab.button("망가뜨리기", lambda: self.lab.break_it(self.trouble.value))
        return side_by_side(self.trouble, break_it, self.lab.button("고치기", self.lab.cure))

    def _code_panel(self):
        self.code = w.Text(description="공유 코드", continuous_update=False, layout={"flex": "1 1 auto"})
        start = self.lab.button("이 코드로 시작", lambda: self.lab.load(self.code.value))
        words = w.HTML("이 글을 복사해 보내면, 받은 사람도 같은 설정과 시드로 같은 학습을 봅니다.")
        return w.VBox([w.HBox([self.code, start]), words])


def _options(choices, *more):
    """고를 값들의 (보이는 글, 값) 목록. 수의 목록에 없는 값 ``more``는 끼워 넣습니다."""
    return list(choices.items()) if isinstance(choices, dict) else number_options([*choices, *more])
