"""2차원 GAN 실험실: 눌러서 한 걸음씩 나아가고, 되감고, 망가뜨리고, 고쳐 봅니다."""

from dataclasses import asdict
from functools import partial

import ipywidgets as w

from gan_lesson.base.errors import LessonError, choose
from gan_lesson.labs.points.gan import LIVE, STEPS_BACK, PointConfig, PointGan
from gan_lesson.labs.points.picture import LAYERS, lab_picture
from gan_lesson.labs.prediction import UP_DOWN, Question, Quiz
from gan_lesson.labs.troubles import TROUBLES
from gan_lesson.labs.widget import PlayingWidget, number_options, pick, side_by_side

SHOW_EVERY = 20  # 망가뜨리는 동안 이만큼 반복할 때마다 그림을 바꿉니다.
LETTER = "letter"
DATA = {
    "여덟 무리의 고리": "ring",
    "5×5 격자": "grid",
    "두 초승달": "moons",
    "소용돌이": "spiral",
    "한글 글자": LETTER,
}
RATES = (0.00002, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
LOSSES = {"비포화": "non-saturating", "포화": "saturating", "최소제곱": "least-squares"}
NOISES = {"정규분포": "normal", "균등분포": "uniform"}
# 설정값 → (이름, 고를 값들, 칸의 너비). LIVE의 것은 학습을 이어 가며 바뀌고, 나머지는 처음부터 다시 시작합니다.
SETTINGS = {
    "loss": ("손실", LOSSES, "130px"),
    "k": ("k(D의 갱신 횟수)", (1, 2, 3, 5, 10, 20), "180px"),
    "lr_d": ("D의 학습률", RATES, "170px"),
    "lr_g": ("G의 학습률", RATES, "170px"),
    "batch_size": ("배치 크기", (2, 8, 32, 128, 512), "140px"),
    "nz": ("z의 차원", (1, 2), "120px"),
    "noise": ("z의 분포", NOISES, "180px"),
    "seed": ("시드", tuple(range(10)), "110px"),
}


STEPS = {"D": "D 한 걸음(Part 1)", "G": "G 한 걸음(Part 2)"}
NAMES = {"d_gz": "D(G(z))", "loss_d": "Loss_D", "loss_g": "Loss_G"}
# 차례 → 번갈아 묻는 것: ``PointGan.probe``의 이름, 흔한 답, 그 이유
QUESTIONS = {
    "D": (
        ("d_gz", "down", "D는 가짜에 0에 가까운 답을 하도록 배웁니다."),
        ("loss_d", "down", "D는 Loss_D가 작아지는 쪽으로 갱신됩니다."),
        ("loss_g", "up", "D가 가짜를 더 잘 가려내면 G의 손실은 커집니다."),
    ),
    "G": (
        ("d_gz", "up", "G는 D의 답이 커지는 쪽으로 가짜를 옮깁니다."),
        ("loss_d", "up", "G가 D를 더 잘 속이면 D의 손실은 커집니다."),
        ("loss_g", "down", "G는 Loss_G가 작아지는 쪽으로 갱신됩니다."),
    ),
}


class PointQuiz(Quiz):
    """``PointGan`` 하나에 묻는 물음들. 다음 차례(D나 G)와 반복 번호로 정해집니다."""

    still = 1e-4
    unusual = "갱신에 쓴 미니 배치와 여기서 잰 점이 다르고, 걸음이 크면 지나치기도 합니다."

    @property
    def question(self):
        turn = self.body.turn
        key, usual, why = QUESTIONS[turn][self.body.state.iteration % len(NAMES)]
        text = f"다음은 {STEPS[turn]}입니다. 같은 점에서 다시 재면 {NAMES[key]}의 값은 어떻게 될까요?"
        return Question(text, UP_DOWN, NAMES[key], lambda gan: gan.probe()[key], usual, why)

    def advance(self):
        self.body.step_d() if self.body.turn == "D" else self.body.step_g()


class Lab2D(PlayingWidget):
    """2차원 GAN 실험실.

    단추로 하는 일을 메서드로도 합니다. 잘못된 값은 ``LessonError``이고, 그때 학습의 상태는 바뀌지 않습니다.
    ``gan``은 몸통인 ``PointGan``, ``layers``는 켜진 층의 이름들입니다.
    """

    title = "2차원 GAN 실험실"

    def __init__(self, config=None):
        super().__init__()
        self.gan = PointGan(config)
        self.quiz = PointQuiz(self.gan)
        self.layers = {name for name, (_, shown) in LAYERS.items() if shown}
        self._broken = None
        buttons = side_by_side(
            self.step_button("D 한 걸음", self.step_d),
            self.step_button("G 한 걸음", self.step_g),
            self.step_button("한 반복", self.step),
            self.clock.view,
            self.step_button("한 걸음 되감기", self.back),
            self.step_button("50걸음 되감기", partial(self.back, 50)),
            self.button("처음부터", self.restart),
        )
        self.panels = {
            "설정값": self._settings_panel(),
            "데이터": self._data_panel(),
            "예측해 보기": self._quiz_panel(),
            "망가뜨려 보기": self._trouble_panel(),
        }
        self.body = w.VBox([self.panels["설정값"]])
        tabs = self.control(
            w.ToggleButtons, "", lambda name: setattr(self.body, "children", [self.panels[name]]),
            options=list(self.panels), style={"button_width": "auto"}, layout={"margin": "2px 14px 2px 2px"},
        )  # fmt: skip
        self.boxes = {name: self._layer(name, words) for name, (words, _) in LAYERS.items()}
        # 넓은 화면에서는 탭과 층이 한 줄에 놓입니다.
        row = side_by_side(tabs, *self.boxes.values(), align_items="center")
        # 글이 길어져도 단추가 달아나지 않게 글은 맨 아래에 나옵니다.
        self.lay_out("lab2d", buttons, self.picture, row, self.body, self.message)

    @property
    def trouble(self):
        """망가뜨려 놓은 것의 이름(``TROUBLES``). 설정을 조금 바꾸어도 고치기 전까지 남습니다. 없으면 ``None``."""
        config, usual = self.gan.config, {name: getattr(PointConfig(), name) for name in LIVE}
        found = (n for n, t in TROUBLES.items() if config == config.replace(**usual | t.settings))
        return next(found, self._broken)

    def step_d(self):
        """D 한 걸음(Part 1)."""
        self.do(self.gan.step_d)

    def step_g(self):
        """G 한 걸음(Part 2)."""
        self.do(self.gan.step_g)

    def back(self, count=1):
        """``count``걸음 되감습니다. 200걸음까지 남아 있습니다."""
        done = self.do(self.gan.back, count)
        if self.gan.state.iteration == 0 and self.gan.turn == "D":
            self.say("처음까지 되감았습니다.")
        elif done < count:
            self.say(f"{done}걸음 되감았습니다. 최근 {STEPS_BACK}걸음까지만 남겨 둡니다.")

    def restart(self, **changes):
        """처음부터 다시 시작합니다. ``changes``는 바꿀 설정값이고, 나머지 설정값은 그대로입니다."""
        self.clock.stop()
        self.do(self.gan.restart, **changes)
        if self.trouble:
            title = TROUBLES[self.trouble].title
            self.say(f"망가뜨린 설정({title}) 그대로 처음부터 시작했습니다. 돌아가려면 '고치기'를 누르세요.")

    def reset(self):
        """학습에 쓰는 설정값을 모두 기본값으로 돌리고 처음부터 시작합니다. 데이터와 시드는 그대로입니다."""
        self._broken, config = None, self.gan.config
        self.restart(**asdict(PointConfig(data=config.data, seed=config.seed)))

    def change(self, **changes):
        """학습을 이어 가며 설정값을 바꿉니다. Adam의 상태는 그대로이고 곡선에 자국이 남습니다."""
        self.do(self.gan.change, **changes)

    def predict(self, guess):
        """``"up"``이나 ``"down"``으로 예측하고 한 걸음 나아갑니다."""
        self.clock.stop()
        self.say(self.do(self.quiz.answer, guess))

    def break_it(self, name):
        """망가뜨리는 설정(``TROUBLES``의 이름)으로 처음부터 시작해, 증상이 보일 때까지 학습합니다."""
        trouble = TROUBLES[choose("망가뜨리는 설정", name, TROUBLES)]
        moved = self.gan.config.data != PointConfig().data
        self._broken = name
        self.restart(**asdict(PointConfig(seed=self.gan.config.seed, **trouble.settings)))
        self.say(f"{trouble.title}: {trouble.iterations}번 반복하는 중입니다…")
        for _ in range(trouble.iterations // SHOW_EVERY):
            self.step(SHOW_EVERY)
        ring = "데이터는 여덟 무리의 고리로 바꾸었습니다. " if moved else ""
        self.say(f"{trouble.title}. {ring}증상: {trouble.symptom}")

    def cure(self):
        """망가뜨린 것을 고칩니다. 그다음 재생하면 낫는 것이 보입니다."""
        if self.trouble is None:
            raise LessonError("고칠 것이 없습니다. 먼저 '망가뜨리기'를 누르세요.")
        trouble, self._broken = TROUBLES[self.trouble], None
        self.restart(**trouble.cure) if trouble.restart else self.change(**trouble.cure)
        self.say(f"고치기: {trouble.remedy} 이제 '재생'을 눌러 보세요.")

    def show(self, **layers):
        """층을 켜고 끕니다. 예: ``lab.show(latent=True, arrows=False)``."""
        for name in layers:
            choose("층", name, LAYERS)
        for name, on in layers.items():
            self.layers = self.layers | {name} if on else self.layers - {name}
        self.refresh()

    def advance(self):
        self.gan.step()

    def draw(self):
        return lab_picture(self.gan, self.layers)

    def sync(self):
        config, marks = self.gan.config, self.gan.marks
        for name, control in self.settings.items():
            pick(control, getattr(config, name))
        for name, box in self.boxes.items():
            box.value = name in self.layers
        self.data.value, _, letter = config.data.partition(":")
        self.letter.value = letter or self.letter.value
        self.letter.layout.display = "" if self.data.value == LETTER else "none"
        self.question.value = self.quiz.question.text
        notes = [f"{n}: 반복 {at:,}에서 {text}" for n, (at, text) in enumerate(marks, 1)]
        self.marks.value = "곡선의 자국 — " + " · ".join(notes[-6:]) if notes else ""

    def _layer(self, name, words):
        layout = {"width": "auto", "margin": "0 14px 0 0"}
        return self.control(
            w.Checkbox, words, lambda on: self.show(**{name: on}), indent=False, layout=layout
        )

    def _setting(self, name, words, choices, width):
        action = self.change if name in LIVE else self.restart
        options = list(choices.items()) if isinstance(choices, dict) else number_options(choices)
        change, layout = lambda value: action(**{name: value}), {"width": width}
        return self.control(w.Dropdown, words, change, options=options, layout=layout)

    def _settings_panel(self):
        self.settings = {name: self._setting(name, *how) for name, how in SETTINGS.items()}
        self.marks = w.HTML()
        live, fresh = ([c for n, c in self.settings.items() if (n in LIVE) == on] for on in (True, False))
        # 넓은 화면에서는 저마다 한 줄에 놓입니다.
        live = side_by_side(w.HTML("<b>이어 가며</b> 바뀌는 것:"), *live)
        reset = self.button("기본값으로", self.reset)
        fresh = side_by_side(w.HTML("<b>처음부터</b> 다시 시작하는 것:"), *fresh, reset)
        return w.VBox([live, fresh, self.marks])

    def _data_panel(self):
        self.data = self.control(w.Dropdown, "데이터", self._choose_data, options=list(DATA.items()))
        typed = dict(value="한", continuous_update=False)
        self.letter = self.control(w.Text, "글자", lambda _: self._choose_data(LETTER), **typed)
        return side_by_side(self.data, self.letter)

    def _choose_data(self, kind):
        self.restart(data=f"letter:{self.letter.value.strip()}" if kind == LETTER else kind)

    def _quiz_panel(self):
        self.question = w.HTML(
            layout={"min_width": "600px"}
        )  # 물음의 길이가 달라도 단추는 제자리에 있습니다.
        guesses = [self.button(words, partial(self.predict, g)) for g, words in UP_DOWN.items()]
        return side_by_side(self.question, *guesses, align_items="center")

    def _trouble_panel(self):
        names = [(trouble.title, name) for name, trouble in TROUBLES.items()]
        self.choice = w.Dropdown(options=names, description="고르기")
        break_it = self.button("망가뜨리기", lambda: self.break_it(self.choice.value))
        return side_by_side(self.choice, break_it, self.button("고치기", self.cure))
