"""계기판: 끝난 학습을 이어받아, 재생하고 멈추고 학습률을 바꾸며 지켜봅니다."""

import ipywidgets

from gan_lesson.config import LessonConfig
from gan_lesson.labs.charts import history_curves, training_picture
from gan_lesson.labs.widget import PlayingWidget, number_options, pick, side_by_side

BEFORE = 200  # 이어받은 자리의 앞으로 보여 줄 반복의 수
RATES = (0.00002, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.02)


class Dashboard(PlayingWidget):
    """``Trainer``의 계기판.

    단추로 하는 일을 메서드로도 합니다: ``step(20)``, ``set_lr(d=0.001)``. 학습의 상태는 모두 ``trainer``에
    있으므로, 보통의 셀에서 ``trainer.run()``을 부른 뒤에도, ``num_epochs``를 넘어서도 그대로 이어집니다.
    """

    title = "학습 계기판"

    def __init__(self, trainer):
        super().__init__()
        self.trainer = trainer
        self.marks = []  # 학습률을 바꾼 자리, (반복, 글)
        # 이어받은 뒤의 변화가 보이게, 곡선은 그 조금 앞에서 시작합니다.
        self._first = max(0, len(trainer.history) - BEFORE)
        self._stream = trainer.stream()
        self.rates = {
            name: self.control(
                ipywidgets.Dropdown, f"{name.upper()}의 학습률", lambda rate, name=name: self.set_lr(**{name: rate}),
                options=number_options(RATES), layout={"width": "190px"},
            )
            for name in ("d", "g")
        }  # fmt: skip
        once = self.step_button("한 반복", self.step)
        controls = side_by_side(self.clock.view, once, *self.rates.values(), align_items="center")
        self.lay_out("dashboard", controls, self.message, self.picture)

    def set_lr(self, d=None, g=None):
        """학습을 이어 가며 학습률을 바꿉니다. Adam의 상태는 그대로이고 곡선에 자국이 남습니다."""
        rule, state = LessonConfig.rules()["lr"], self.trainer.state
        wanted = {name: rate for name, rate in (("d", d), ("g", g)) if rate not in (None, self._lr(name))}
        changes = {name: rule.check("lr", rate) for name, rate in wanted.items()}
        with self.lock:
            state.set_learning_rates(**changes)
            if changes:
                words = ", ".join(f"{name.upper()} {rate:g}" for name, rate in changes.items())
                self.marks.append((state.iteration, f"lr: {words}"))
            self.refresh()

    def draw(self):
        state, history = self.trainer.state, self.trainer.history
        words = f"반복 {state.iteration:,}"
        if len(history):
            now = history.last(20)
            words += (
                f" · Loss_D {now['loss_d']:.3f} · Loss_G {now['loss_g']:.3f} · D(x) {now['d_x']:.2f}"
                f" · D(G(z)) {now['d_gz_before']:.2f} / {now['d_gz_after']:.2f} (최근 20번 평균)"
            )
        return training_picture(words, state.sample(), history_curves(history, self._first), marks=self.marks)

    def sync(self):
        for name, control in self.rates.items():
            pick(control, self._lr(name))

    def advance(self):
        try:
            next(self._stream)
        except BaseException:
            # 예외가 난 파이썬의 제너레이터는 끝나 버리므로, 고친 뒤에 이어 갈 새것을 준비합니다.
            self._stream = self.trainer.stream()
            raise

    def _lr(self, name):
        return getattr(self.trainer.state, f"optimizer_{name}").param_groups[0]["lr"]
