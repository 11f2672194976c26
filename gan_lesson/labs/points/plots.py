"""평면의 점을 그립니다. 데이터를 받아 ``matplotlib.figure.Figure``를 돌려줍니다."""

import math

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.patches import Patch

from gan_lesson.plots import BLUE, GREEN, ORANGE, new_figure

PLANE, LATENT = 2.2, 4.0  # 평면과 z를 보여 주는 범위(-에서 +까지)
SHADE = 0.6  # 바탕의 옅기. 점이 잘 보이게 합니다.
STYLES = {
    "z": dict(s=14, color=GREEN, marker="x", linewidths=1),
    "진짜": dict(s=9, color=BLUE),
    "가짜": dict(s=12, color=ORANGE, marker="^"),
}


def point_panels(panels, columns=3, latent=None):
    """평면의 점들을 나란히 보여 줍니다.

    Args:
        panels: (제목, 진짜 점 (N, 2), 가짜 점 (M, 2) 또는 None, D 또는 None)의 목록.
            D는 점 (K, 2)를 받아 확률 (K,)를 돌려주는 함수이고, 바탕의 밝기로 그립니다(밝을수록 1).
        columns: 한 줄에 놓을 수.
        latent: 맨 앞에 그릴 (제목, z (N, 2)). 데이터가 아니므로 색과 모양과 범위가 다릅니다.
    """
    drawn = [(title, PLANE, {"진짜": real, "가짜": fake}, judge) for title, real, fake, judge in panels]
    if latent is not None:
        drawn.insert(0, (latent[0], LATENT, {"z": latent[1]}, None))
    rows = math.ceil(len(drawn) / columns)
    figure = new_figure(3.6 * columns, 4 * rows + (0.8 if columns == 1 else 0.4))
    marks, places = {}, np.atleast_1d(figure.subplots(rows, columns)).flat
    for axes, (title, half, groups, judge) in zip(places, drawn, strict=False):
        if judge is not None:
            _surface(axes, judge)
            marks |= {f"D의 답 {answer:g}": _shade(answer) for answer in (0, 0.5, 1)}
        for name, points in groups.items():
            if points is not None:
                marks[name] = axes.scatter(*np.asarray(points).T, **STYLES[name])
        axes.set(xlim=(-half, half), ylim=(-half, half), aspect="equal", xticks=[], yticks=[])
        axes.set_title(title, fontsize=14)
    # 점을 가리지 않게 범례 하나를 그림 아래에 둡니다.
    words = sorted(marks, key=lambda word: word.startswith("D"))
    figure.legend(
        [marks[word] for word in words], words, loc="outside lower center", fontsize=12,
        ncols=3 if columns == 1 else 6, frameon=False, columnspacing=0.8, handletextpad=0.4,
    )  # fmt: skip
    return figure


def _shade(answer):
    return Patch(facecolor=colormaps["Greys_r"](float(answer)), alpha=SHADE, edgecolor="black")


def _surface(axes, judge, resolution=60):
    line = torch.linspace(-PLANE, PLANE, resolution)
    y, x = torch.meshgrid(line, line, indexing="ij")
    with torch.no_grad():
        answers = judge(torch.stack([x, y], -1).reshape(-1, 2))
    # 흑백의 밝기만 쓰므로 점의 색과 헷갈리지 않고, 인쇄해도 보입니다.
    axes.imshow(
        answers.numpy().reshape(resolution, resolution), cmap="Greys_r", vmin=0, vmax=1, alpha=SHADE,
        origin="lower", extent=(-PLANE, PLANE, -PLANE, PLANE), interpolation="bilinear",
    )  # fmt: skip
