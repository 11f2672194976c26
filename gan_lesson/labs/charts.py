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


def training_picture(heading, images, iteration, curves, cursor=None, marks=()):
    """왼쪽에 ``iteration``의 고정된 z의 그림, 오른쪽에 두 손실과 D의 답. 점선은 이론의 균형입니다.

    Args:
        heading: 그림 위에 놓을 SVG 글.
        curves: ``history_curves``의 결과.
        cursor: 굵은 세로줄을 그을 반복.
        marks: (반복, 글)의 목록. 설정값을 바꾼 자리입니다.
    """
    board = svg.image(GRID, tile(images, 8), sharp=True)
    losses = _chart(LOSS_BOX, curves, LOSSES, curves["top"], cursor, marks)
    answers = _chart(ANSWER_BOX, curves, ANSWERS, 1.0, cursor, ())
    label = f"반복 {iteration}의 고정된 z의 그림과 학습 곡선"
    return svg.document(WIDTH, HEIGHT, [heading, board, losses, answers], label)


def history_curves(history, first=0):
    """``History``를, ``first``번째 반복의 다음부터 그릴 점들로 줄입니다.

    Returns:
        열 이름 → (반복, 값)의 (≤ POINTS, 2) 배열. 그리고 "top"은 손실 축의 위 끝, "first"와
        "last"는 가로축의 두 끝(반복).
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


def _chart(box, curves, lines, highest, cursor, marks):
    left, top, width, height = box
    axes = svg.Axes(box, (curves["first"], curves["last"]), (0, highest))
    inside, outside = [], [axes.frame()]
    for i, (name, (column, color, level)) in enumerate(lines.items()):
        outside.append(svg.text(left + 90 * i, top - 8, name, 15, color, bold=True))
        inside.append(svg.lines([axes.pixels(curves[column])], color, 1.8))
        inside.append(axes.level(level, color))
    for i, (iteration, words) in enumerate(marks):
        ends = axes.pixels([(iteration, 0), (iteration, highest)])
        inside.append(svg.lines([ends], svg.INK, 1.2, dash="2 3"))
        # 오른쪽 끝에서 잘리지 않게 왼쪽에 적고, 잇달아 바꾼 것이 겹치지 않게 줄을 나눕니다.
        late = ends[0][0] > left + width / 2
        x, anchor = (ends[0][0] - 4, "end") if late else (ends[0][0] + 4, "start")
        inside.append(svg.text(x, top + 15 + 17 * (i % 4), words, svg.SMALL, anchor=anchor))
    if cursor is not None:
        inside.append(svg.lines([axes.pixels([(cursor, 0), (cursor, highest)])], svg.INK, 2))
    outside.append(svg.text(left + width, top - 8, "점선은 이론의 균형", svg.SMALL, svg.GRAY, "end"))
    for x, anchor, end in ((left, "start", "first"), (left + width, "end", "last")):
        y = top + height + 16
        outside.append(svg.text(x, y, f"반복 {curves[end]:,}", svg.SMALL, svg.GRAY, anchor))
    for share in (0, 0.5, 1):
        y = top + 5 + height * (1 - share)
        outside.append(svg.text(left - 6, y, f"{highest * share:.3g}", svg.SMALL, svg.GRAY, "end"))
    return "".join(outside) + axes.clipped(f"chart{top}", inside)
