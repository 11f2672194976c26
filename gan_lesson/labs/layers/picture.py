"""생성자와 구분자의 구조 그림(``matplotlib.figure.Figure``). 모양과 층을 실제 신경망에서 읽어 그립니다."""

from itertools import groupby

import torch
from matplotlib.patches import Polygon
from torch import nn

from gan_lesson.labs.layers.inspection import layer_shapes
from gan_lesson.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE, new_figure

NAMES = {
    nn.ConvTranspose2d: ("전치 합성곱", BLUE),
    nn.Conv2d: ("합성곱", BLUE),
    nn.BatchNorm2d: ("배치 정규화", GREEN),
    nn.ReLU: ("ReLU", ORANGE),
    nn.LeakyReLU: ("LeakyReLU", ORANGE),
    nn.Tanh: ("tanh", PURPLE),
    nn.Sigmoid: ("시그모이드", PURPLE),
}


def network_picture(network, example, title, start, end):
    """특징 맵을 상자로, 그 사이의 층을 글로 그립니다.

    상자의 높이는 특징 맵의 한 변, 앞면의 너비는 채널 수에 따라 커집니다. 실제 비율로는 4×4와 64×64를
    한 그림에 담을 수 없어 둘 다 제곱근으로 줄였습니다.

    Args:
        network: ``Generator``나 ``Discriminator``.
        example: 입력 하나. 모양만 씁니다.
        start, end: 입력과 출력의 이름. 예: "z", "G(z)".
    """
    stages = _stages(network, example)
    gap = 3.4
    figure = new_figure(12.5, 4.8)
    axes = figure.add_subplot()
    left, edges = 0.0, []
    for shape, _ in stages:
        width = _draw_box(axes, left, shape)
        edges.append((left, left + width))
        left += width + gap
    for i, (shape, layers) in enumerate(stages):
        middle = sum(edges[i]) / 2
        channels, height, columns = shape
        name = {0: start, len(stages) - 1: end}.get(i, "")
        axes.text(middle, -4.35, f"{channels}×{height}×{columns}", ha="center", fontsize=15)
        axes.text(middle, -5.15, name, ha="center", fontsize=16, weight="bold")
        if layers:
            _draw_layers(axes, edges[i - 1][1], edges[i][0], layers)
    axes.set_title(title, fontsize=18)
    axes.set(xlim=(-1, left - gap + 1.4), ylim=(-5.4, 4.8))
    axes.set_axis_off()
    return figure


def _stages(network, example):
    """(특징 맵의 모양 (C, H, W), 그 모양을 만든 층들)의 목록. 처음은 입력이고 층이 없습니다."""
    first = tuple(example.shape[1:])
    stages = [((*first, 1, 1)[:3], [])]
    layers = zip(network.main, layer_shapes(network, torch.zeros_like(example)), strict=True)
    for shape, group in groupby(layers, key=lambda pair: pair[1][1][1:]):
        stages.append((shape, [layer for layer, _ in group]))
    return stages


def _draw_box(axes, left, shape):
    """직육면체 하나: 앞면의 너비가 채널, 비스듬한 옆면이 특징 맵. 가로로 차지하는 너비를 돌려줍니다."""
    channels, height, _ = shape
    half = 0.42 * height**0.5
    depth = 0.07 * channels**0.5
    away = 0.35 * half  # 옆면이 오른쪽 위로 멀어지는 정도
    right = left + depth
    faces = {
        "#9cc3dd": [(left, -half), (right, -half), (right, half), (left, half)],
        "#cfe3f0": [(left, half), (right, half), (right + away, half + away), (left + away, half + away)],
        "#e9f3f9": [(right, -half), (right + away, away - half), (right + away, half + away), (right, half)],
    }  # fmt: skip
    for color, corners in faces.items():
        axes.add_patch(Polygon(corners, closed=True, facecolor=color, edgecolor=GRAY))
    return depth + away


def _draw_layers(axes, start, end, layers):
    middle = (start + end) / 2
    axes.annotate(
        "", (end - 0.1, 0), (start + 0.15, 0), arrowprops={"arrowstyle": "-|>", "color": GRAY, "lw": 1.6}
    )  # fmt: skip
    y = 0.4
    for layer in reversed(layers):
        name, color = NAMES[type(layer)]
        axes.text(middle, y, name, ha="center", fontsize=14, color=color, weight="bold")
        y += 0.62
    convolution = layers[0]
    kernel, stride, padding = (
        value[0] for value in (convolution.kernel_size, convolution.stride, convolution.padding)
    )
    detail = f"커널 {kernel}×{kernel}\n보폭 {stride}\n패딩 {padding}"
    axes.text(middle, -0.35, detail, ha="center", va="top", fontsize=11.5, color=GRAY)
