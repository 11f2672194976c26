"""여러 위젯이 함께 쓰는 그림: 한 장, 고정된 z의 그림판, 학습 곡선."""

import numpy as np

from gan_lesson.labs import svg
from gan_lesson.plots import BLUE, GREEN, LN2, ORANGE, PURPLE, tile, to_rgb

WIDTH, HEIGHT = 1000, 390
# 고정된 z의 그림판, 두 손실, D의 답의 자리: (왼쪽, 위, 너비, 높이) 픽셀
GRID, LOSS_BOX, ANSWER_BOX = (20, 38, 346, 346), (420, 58, 560, 124), (420, 234, 560, 124)
POINTS = 400  # 곡선에 그릴 점의 수. 더 많으면 이웃을 평균합니다.
LOSSES = {"Loss_D": ("loss_d", BLUE, 2 * LN2), "Loss_G": ("loss_g", ORANGE, LN2)}
ANSWERS = {"D(x)": ("d_x", GREEN, 0.5), "D(G(z))": ("d_gz_before", PURPLE, 0.5)}


def thumbnail(box, image):
    """그림 한 장 (nc, H, W)의 SVG 글. box: (왼쪽, 위, 너비, 높이) 픽셀."""
    return svg.image(box, to_rgb(image[None])[0], sharp=True)


def training_picture(heading, images, curves, cursor=None, marks=()):
    """왼쪽에 고정된 z의 그림, 오른쪽에 두 손실과 D의 답(``history_curves``의 ``curves``).

    ``heading``은 그림 위에 적을 글, ``cursor``와 ``marks``는 ``svg.chart``의 것입니다.
    """
    parts = [svg.text(20, 30, heading, 18, bold=True), svg.image(GRID, tile(images, 8), sharp=True)]
    for box, lines, top, marked in ((LOSS_BOX, LOSSES, curves["top"], marks), (ANSWER_BOX, ANSWERS, 1.0, ())):
        series = [(name, curves[column], color, level) for name, (column, color, level) in lines.items()]
        ends = curves["first"], curves["last"]
        parts.append(svg.chart(box, ends, (0, top), series, marked, cursor, "점선은 이론의 균형"))
    return svg.document(WIDTH, HEIGHT, parts, f"{heading}: 고정된 z의 그림과 학습 곡선")


def history_curves(history, first=0):
    """``History``의 ``first``번째 반복 다음부터를, 열 이름 → (반복, 값)의 (≤ POINTS, 2) 배열로 줄입니다.

    함께 담는 "top"은 손실 축의 위 끝, "first"와 "last"는 가로축의 두 끝(반복)입니다.
    """
    count = len(history)
    size = max(1, -(-(count - first) // POINTS))  # 한 점에 평균할 반복의 수
    groups = [np.arange(start, min(start + size, count)) for start in range(first, count, size)]
    curves = {}
    for column, *_ in (LOSSES | ANSWERS).values():
        values = np.asarray(history[column])
        points = [(group.mean() + 1, values[group].mean()) for group in groups]
        curves[column] = np.array(points).reshape(-1, 2)
    losses = np.concatenate([curves["loss_d"][:, 1], curves["loss_g"][:, 1]])
    losses = losses[np.isfinite(losses)]
    # 튀어 오른 순간 몇 개 때문에 나머지가 눌리지 않게 위 1%는 잘립니다.
    curves["top"] = max(2.0, float(np.quantile(losses, 0.99)) * 1.1) if len(losses) else 2.0
    curves["first"], curves["last"] = first, max(first + 1, count)
    return curves
