"""학습의 한 반복을 그림 하나로: python scripts/assets/iteration_picture.py → images/iteration.png"""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from gan_lesson.base.files import write_bytes
from gan_lesson.plots import BLUE, GRAY, GREEN, ORANGE, new_figure, png_bytes
from images import IMAGES

INK, BACK = "#222222", "#B00020"
WIDE, HIGH = 12.4, 0.96  # 상자 하나의 높이는 HIGH입니다.


def box(axes, x, y, words, color, width=1.5):
    """(x, y)가 가운데인 둥근 상자."""
    corner = (x - width / 2, y - HIGH / 2)
    shape = FancyBboxPatch(corner, width, HIGH, boxstyle="round,pad=0.02,rounding_size=0.12",
                           facecolor=color + "22", edgecolor=color, linewidth=2)  # fmt: skip
    axes.add_patch(shape)
    axes.text(x, y, words, ha="center", va="center", fontsize=13, color=INK, linespacing=1.5)


def arrow(axes, start, end, color=INK, back=False):
    """앞으로 가는 화살표. ``back``이면 역전파를 뜻하는 붉은 점선입니다."""
    style = dict(color=BACK, linestyle=(0, (4, 2))) if back else dict(color=color)
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=15, linewidth=2, **style))


def row(axes, y, items):
    """왼쪽에서 오른쪽으로 상자들을 놓고 잇습니다. items: (x, 글, 색, 너비)의 목록."""
    for (x1, _, _, w1), (x2, _, _, w2) in zip(items, items[1:], strict=False):
        arrow(axes, (x1 + w1 / 2, y + 0.12), (x2 - w2 / 2, y + 0.12))
    for x, words, color, width in items:
        box(axes, x, y, words, color, width)


def iteration_picture():
    figure = new_figure(WIDE, 7.6)
    axes = figure.add_subplot()
    axes.set(xlim=(0, WIDE), ylim=(0, 7.6))
    axes.set_axis_off()
    axes.text(0.2, 7.25, "Part 1: D를 갱신합니다", fontsize=16, weight="bold", color=INK)
    loss = (10.9, "손실\n$-\\log D(x)$", GRAY, 2.3)
    row(axes, 6.3, [(1.0, "진짜 x", BLUE, 1.5), (6.6, "D", GREEN, 1.2), (8.4, "D(x)", GREEN, 1.3), loss])
    loss = (10.9, "손실\n$-\\log(1-D(G(z)))$", GRAY, 2.6)
    row(axes, 4.9, [(1.0, "z", ORANGE, 1.1), (2.6, "G", ORANGE, 1.1), (4.4, "가짜 G(z)", ORANGE, 1.5),
                    (6.6, "D", GREEN, 1.2), (8.2, "D(G(z))", GREEN, 1.4), loss])  # fmt: skip
    axes.text(10.9, 6.93, "참 라벨 1", ha="center", fontsize=12, color=INK)
    axes.text(10.9, 5.53, "거짓 라벨 0", ha="center", fontsize=12, color=INK)
    for y in (6.3, 4.9):
        arrow(axes, (9.6 if y < 6 else 9.75, y - 0.22), (7.2, y - 0.22), back=True)
    axes.plot([5.55, 5.55], [4.35, 5.45], color=BACK, lw=3)
    axes.text(
        5.55, 4.08, "detach: 역전파가\n여기서 멈춥니다", ha="center", va="center", fontsize=12, color=BACK
    )
    axes.text(8.2, 4.1, "두 변화도를 D에 축적한 뒤 D만 한 번 갱신", ha="left", fontsize=12, color=BACK)
    axes.axhline(3.55, color=GRAY, lw=1)
    axes.text(0.2, 3.1, "Part 2: G를 갱신합니다", fontsize=16, weight="bold", color=INK)
    loss = (10.9, "손실\n$-\\log D(G(z))$", GRAY, 2.3)
    row(axes, 2.0, [(1.0, "z", ORANGE, 1.1), (2.6, "G", ORANGE, 1.1), (4.4, "같은 가짜 G(z)", ORANGE, 1.7),
                    (6.6, "갱신된 D", GREEN, 1.4), (8.4, "D(G(z))", GREEN, 1.4), loss])  # fmt: skip
    axes.text(10.9, 2.63, "참 라벨 1", ha="center", fontsize=12, color=INK)
    for start, end in ((9.75, 7.3), (5.9, 5.25), (3.55, 3.15)):
        arrow(axes, (start, 1.78), (end, 1.78), back=True)
    axes.text(
        6.6, 1.2, "변화도가 D를 거슬러 G까지 갑니다. G만 한 번 갱신", ha="center", fontsize=12, color=BACK
    )
    axes.text(0.2, 0.35, "검은 화살표는 순전파, 붉은 점선은 역전파입니다. 진짜 그림은 G에 들어가지 않습니다.",
              fontsize=12, color=INK)  # fmt: skip
    return figure


if __name__ == "__main__":
    write_bytes(IMAGES / "iteration.png", png_bytes(iteration_picture(), dpi=110))
