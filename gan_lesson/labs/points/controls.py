"""2차원 실험실의 조절 장치. 누른 것을 ``Lab2D``의 메서드로 옮기기만 합니다."""

from functools import partial

import ipywidgets as w

from gan_lesson.labs.points.picture import LAYERS
from gan_lesson.labs.prediction import UP_DOWN
from gan_lesson.labs.troubles import TROUBLES
from gan_lesson.labs.widget import number_options, pick, side_by_side

LETTER = "letter"
DATA = {
    "여덟 무리의 고리": "ring",
    "5×5 격자": "grid",
    "두 초승달": "moons",
    "소용돌이": "spiral",
    "한글 글자": LETTER,
}
RATES = (0.00002, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
# 설정값 → (이름, 고를 값들, 칸의 너비). LIVE는 학습을 이어 가며 바뀌고, FRESH는 처음부터 다시 시작합니다.
# 넓은 화면에서는 LIVE와 FRESH가 저마다 한 줄에 놓입니다.
LOSSES = {"비포화": "non-saturating", "포화": "saturating", "최소제곱": "least-squares"}
LIVE = {
    "loss": ("손실", LOSSES, "130px"),
    "k": ("k(D의 갱신 횟수)", (1, 2, 3, 5, 10, 20), "180px"),
    "lr_d": ("D의 학습률", RATES, "170px"),
    "lr_g": ("G의 학습률", RATES, "170px"),
    "batch_size": ("배치 크기", (2, 8, 32, 128, 512), "140px"),
}
FRESH = {
    "nz": ("z의 차원", (1, 2), "120px"),
    "noise": ("z의 분포", {"정규분포": "normal", "균등분포": "uniform"}, "180px"),
    "seed": ("시드", tuple(range(10)), "110px"),
}


class Lab2DControls:
    """단추와 고르는 칸들. ``top``은 그림 위에, ``bottom``은 그림 아래에 놓습니다."""

    def __init__(self, lab):
        self.lab = lab
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
        }
        layout = {"margin": "2px 14px 2px 2px"}
        tabs = w.ToggleButtons(options=list(self.panels), style={"button_width": "auto"}, layout=layout)
        lab.on_change(tabs, self._turn_to)
        self.body = w.VBox([self.panels[tabs.value]])
        self.layers = {name: self._layer(name, words) for name, (words, _) in LAYERS.items()}
        # 넓은 화면에서는 탭과 층이 한 줄에 놓입니다.
        self.bottom = w.VBox([side_by_side(tabs, *self.layers.values(), align_items="center"), self.body])

    def sync(self):
        """상태에서 조절 장치로."""
        config, layers, marks = self.lab.gan.config, self.lab.layers, self.lab.gan.marks
        for name, control in self.settings.items():
            pick(control, getattr(config, name))
        for name, box in self.layers.items():
            box.value = name in layers
        self.data.value, _, letter = config.data.partition(":")
        self.letter.value = letter or self.letter.value
        self.letter.layout.display = "" if self.data.value == LETTER else "none"
        self.question.value = self.lab.quiz.question.text
        notes = [f"{n}: 반복 {at:,}에서 {text}" for n, (at, text) in enumerate(marks, 1)]
        self.marks.value = "곡선의 자국 — " + " · ".join(notes[-6:]) if notes else ""

    def _layer(self, name, words):
        layout = {"width": "auto", "margin": "0 14px 0 0"}
        box = w.Checkbox(description=words, indent=False, layout=layout)
        return self.lab.on_change(box, lambda on: self.lab.show(**{name: on}))

    def _turn_to(self, name):
        self.body.children = [self.panels[name]]

    def _setting(self, name, words, choices, width):
        action = self.lab.change if name in LIVE else self.lab.restart
        options = list(choices.items()) if isinstance(choices, dict) else number_options(choices)
        return self.lab.dropdown(words, options, lambda value: action(**{name: value}), width)

    def _settings_panel(self):
        self.settings = {name: self._setting(name, *how) for name, how in (LIVE | FRESH).items()}
        self.marks = w.HTML()
        live, fresh = ([self.settings[name] for name in names] for names in (LIVE, FRESH))
        reset = self.lab.button("기본값으로", self.lab.reset)
        live = side_by_side(w.HTML("<b>이어 가며</b> 바뀌는 것:"), *live)
        fresh = side_by_side(w.HTML("<b>처음부터</b> 다시 시작하는 것:"), *fresh, reset)
        return w.VBox([live, fresh, self.marks])

    def _data_panel(self):
        self.data = w.Dropdown(options=list(DATA.items()), description="데이터")
        self.letter = w.Text(value="한", description="글자", continuous_update=False)
        self.lab.on_change(self.data, self._choose_data)
        self.lab.on_change(self.letter, lambda _: self._choose_data(LETTER))
        return side_by_side(self.data, self.letter)

    def _choose_data(self, kind):
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
