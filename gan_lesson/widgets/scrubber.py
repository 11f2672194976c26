"""학습을 되짚어 보기: 고정된 z의 그림을 시간에 따라 밀어 보고, '내가 구분자'가 되어 봅니다."""

import ipywidgets
import numpy as np

from gan_lesson.human_quiz import COUNT, HumanQuiz
from gan_lesson.plots import BLUE, GREEN, LN2, ORANGE, PURPLE, fixed_noise_through_time, tile
from gan_lesson.widgets import svg
from gan_lesson.widgets.base import LessonWidget

WIDTH, HEIGHT = 1000, 470
GRID = (20, 44, 410, 410)
LOSSES, ANSWERS = (500, 62, 470, 160), (500, 280, 470, 160)
POINTS = 400  # 곡선에 그릴 점의 수. 더 많으면 이웃을 평균합니다.


class Scrubber(LessonWidget):
    """학습을 되짚어 보는 위젯.

    Args:
        trainer: ``training.Trainer``. 남긴 그림(``snapshots``)과 기록(``history``)을 봅니다.

    Attributes:
        moments: 그림을 남긴 반복 번호들.
        moment: 지금 보고 있는 것의 차례(0부터).
        quiz: '내가 구분자'의 몸통인 ``HumanQuiz``.
    """

    title = "학습 되짚어 보기"

    def __init__(self, trainer):
        super().__init__()
        self.trainer = trainer
        self.moments = sorted(trainer.snapshots)
        self.moment = len(self.moments) - 1
        self._curves = _curves(trainer.history)
        self.quiz = HumanQuiz(trainer)
        self.slider = ipywidgets.SelectionSlider(
            options=[(f"반복 {iteration:,}", i) for i, iteration in enumerate(self.moments)],
            value=self.moment, description="순간", layout={"width": "620px"},
        )  # fmt: skip
        self.on_change(self.slider, self.go)
        self.view = ipywidgets.VBox([self.slider, self.picture, self._quiz_panel(), self.message])
        self.view.add_class("gan-lesson-scrubber")
        self.ask()

    def go(self, moment):
        """``moment``번째 순간으로 갑니다."""
        self.moment = int(np.clip(moment, 0, len(self.moments) - 1))
        self.ask()

    def ask(self):
        """지금 순간의 그림 열 장을 새로 냅니다."""
        self.quiz.ask(self.moments[self.moment])
        for image, pixels in zip(self._images, self.quiz.images, strict=True):
            image.value = svg.document(
                64, 64, [svg.image((0, 0, 64, 64), tile(pixels[None], 1)[2:-2, 2:-2], sharp=True)],
                "진짜일까요, 가짜일까요?",
            )  # fmt: skip
        for button in self._guesses:
            button.value = False
        self.refresh()

    def answer(self, guesses=None):
        """열 장에 답합니다. 기본은 단추들의 지금 값입니다(눌린 것이 진짜)."""
        if guesses is None:
            guesses = [button.value for button in self._guesses]
        score = self.quiz.answer(guesses)
        marks = " ".join(
            f"{i + 1}:{'진짜' if real else '가짜'}{'○' if guess == real else '×'}"
            for i, (real, guess) in enumerate(zip(self.quiz.truth, guesses, strict=True))
        )
        self.ask()
        self.say(
            f"반복 {score.iteration:,}: 나 {score.person:.0%}, 그때의 D {score.discriminator:.0%}\n{marks}"
        )

    def figure(self):
        """여섯 순간의 정지 그림(``matplotlib.figure.Figure``)."""
        return fixed_noise_through_time(self.trainer.snapshots)

    def draw(self):
        iteration = self.moments[self.moment]
        board = tile(self.trainer.snapshots[iteration], 8)
        parts = [
            svg.text(20, 30, f"반복 {iteration:,}", 20, bold=True),
            svg.image(GRID, np.ascontiguousarray(board), sharp=True),
            *_chart(LOSSES, self._curves, {"Loss_D": ("loss_d", BLUE, 2 * LN2), "Loss_G": ("loss_g", ORANGE, LN2)},
                    (0, self._curves["top"]), iteration),
            *_chart(ANSWERS, self._curves, {"D(x)": ("d_x", GREEN, 0.5), "D(G(z))": ("d_gz_before", PURPLE, 0.5)},
                    (0, 1), iteration),
        ]  # fmt: skip
        return svg.document(WIDTH, HEIGHT, parts, f"반복 {iteration}의 고정된 z의 그림과 학습 곡선")

    def sync(self):
        self.slider.value = self.moment

    def _quiz_panel(self):
        self._images = [ipywidgets.HTML(layout={"width": "66px"}) for _ in range(COUNT)]
        self._guesses = []
        for i in range(COUNT):
            button = ipywidgets.ToggleButton(
                description="가짜", tooltip=f"{i + 1}번 그림", layout={"width": "66px"}
            )
            button.observe(
                lambda change: setattr(
                    change["owner"], "description", "진짜" if change["new"] else "가짜"
                ),
                names="value",
            )
            self._guesses.append(button)
        cells = [ipywidgets.VBox(pair) for pair in zip(self._images, self._guesses, strict=True)]
        done = ipywidgets.Button(
            description="채점", button_style="primary", layout={"width": "auto"}
        )
        fresh = ipywidgets.Button(description="다른 열 장", layout={"width": "auto"})
        self.on_click(done, self.answer)
        self.on_click(fresh, self.ask)
        words = ipywidgets.HTML(
            "<b>내가 구분자.</b> 열 장 가운데 다섯 장이 진짜입니다. 진짜라고 생각하는 것을 누르고 채점하세요."
        )
        wrap = ipywidgets.Layout(flex_flow="row wrap")
        return ipywidgets.VBox(
            [words, ipywidgets.HBox(cells, layout=wrap), ipywidgets.HBox([done, fresh])]
        )


def _curves(history):
    """곡선마다 (반복, 값)의 점 (≤ POINTS, 2)과 손실 축의 위 끝."""
    count = len(history)
    size = max(1, -(-count // POINTS))  # 한 점에 평균할 반복의 수
    groups = [np.arange(start, min(start + size, count)) for start in range(0, count, size)]
    curves = {}
    for column in ("loss_d", "loss_g", "d_x", "d_gz_before"):
        values = np.asarray(history[column])
        points = [(group.mean() + 1, values[group].mean()) for group in groups]
        curves[column] = np.array(points).reshape(-1, 2)
    losses = np.concatenate([curves["loss_d"][:, 1], curves["loss_g"][:, 1], [2.0]])
    curves["top"] = float(np.quantile(losses, 0.99)) * 1.1
    curves["last"] = max(1, count)
    return curves


def _chart(box, curves, lines, y_range, iteration):
    axes = svg.Axes(box, (0, curves["last"]), y_range)
    left, top, width, height = box
    parts, x = [axes.frame()], left
    inside = []
    for name, (column, color, level) in lines.items():
        parts.append(svg.text(x, top - 8, name, 14, color, bold=True))
        x += 80
        inside.append(svg.lines([axes.pixels(curves[column])], color, 1.8))
        inside.append(axes.level(level, color))
    cursor = axes.pixels([(iteration, y_range[0]), (iteration, y_range[1])])
    inside.append(svg.lines([cursor], svg.INK, 2))
    parts.append(svg.text(left + width, top - 8, "점선은 이론의 균형", 12, "#555555", "end"))
    parts.append(axes.clipped(f"chart{top}", inside))
    parts += [
        svg.text(left - 6, top + 5 + height * (1 - share), f"{y_range[1] * share:.3g}", 12, "#555555", "end")
        for share in (0, 0.5, 1)
    ]  # fmt: skip
    return parts
