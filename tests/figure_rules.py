"""그림(matplotlib)이 지킬 것: 글자가 모두 있고, 잘리거나 겹치지 않고, 흐리지 않고, 색각 이상이 있어도 구별됩니다."""

import warnings
from itertools import combinations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from gan_lesson import plots

PALETTE = (plots.BLUE, plots.ORANGE, plots.GREEN, plots.PURPLE, plots.GRAY)
READABLE, READABLE_BIG = 4.5, 3.0  # 글자와 바탕의 대비, 큰 글자는 3(WCAG 2.1 §1.4.3)
BIG = 18  # 포인트. 굵으면 14부터 큰 글자입니다.
TOUCHING = 1.5  # 픽셀. 이만큼은 글자의 상자끼리 닿아도 겹쳐 보이지 않습니다.
# Machado 외(2009)의 색각 이상 시뮬레이션(가장 심한 정도). 선형 RGB에 곱합니다.
BLINDNESS = {
    "적색맹": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "녹색맹": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "청색맹": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def draw_whole(make):
    """그림을 만들어 경고 없이 그려지는지, 잘린 곳이 없는지 봅니다. (그림, PNG 바이트)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = make()
        data = plots.png_bytes(figure)
    used = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())  # 인치
    assert used.x0 >= 0 and used.y0 >= 0
    assert used.x1 <= figure.get_figwidth() and used.y1 <= figure.get_figheight()
    return figure, data


def problems(figure):
    """그림이 어긴 규칙들의 글. 없으면 빈 목록."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    found = [str(w.message) for w in caught if "missing from" in str(w.message)]
    renderer = canvas.get_renderer()
    shown = [(text, text.get_window_extent(renderer)) for text in _shown_texts(figure)]
    for text, box in shown:
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1:
            found.append(f"잘린 글: {text.get_text()!r}")
        big = text.get_fontsize() >= (14 if text.get_fontweight() in ("bold", 700) else BIG)
        on_picture = text.axes is not None and text.axes.images
        needed = READABLE_BIG if big else READABLE
        if not on_picture and contrast(text.get_color(), "white") < needed:
            found.append(f"흐린 글: {text.get_text()!r} {text.get_color()}")
    for (one, a), (two, b) in combinations(shown, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > TOUCHING and high > TOUCHING:
            found.append(f"겹친 글: {one.get_text()!r}와 {two.get_text()!r}")
    return found


def _shown_texts(figure):
    """화면에 그려지는 글. 축의 범위를 벗어난 눈금의 글은 만들어져 있어도 그려지지 않습니다."""
    hidden = set()
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted(limits)
            slack = 1e-9 * (high - low)
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                inside = low - slack <= tick.get_loc() <= high + slack
                if not inside or not axes.axison:
                    hidden |= {tick.label1, tick.label2}
        if not axes.axison:
            hidden |= {axes.xaxis.label, axes.yaxis.label}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden
    ]


def contrast(one, two):
    """두 색의 대비 1~21(WCAG 2.1의 정의)."""
    bright, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def distance(one, two, blindness=None):
    """두 색이 얼마나 달라 보이는지(CIELAB의 ΔE). ``blindness``는 ``BLINDNESS``의 이름입니다."""
    labs = []
    for color in (one, two):
        linear = _linear(color)
        if blindness:
            linear = np.clip(np.array(BLINDNESS[blindness]) @ linear, 0, 1)
        labs.append(_lab(linear))
    return float(np.linalg.norm(labs[0] - labs[1]))


def _linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _luminance(color):
    return float(_linear(color) @ (0.2126, 0.7152, 0.0722))


def _lab(linear):
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = np.array(matrix) @ linear / (0.9505, 1.0, 1.089)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
