"""신경망의 속을 층마다 봅니다: 출력, 모양, 변화도, 구조 그림. 보는 동안 신경망은 바뀌지 않습니다."""

import copy
from itertools import groupby

import torch
from torch.nn.utils import get_total_norm, parameters_to_vector

from gan_lesson.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE, new_figure

# 층의 종류 → 구조 그림에 적는 이름과 색
NAMES = {
    "ConvTranspose2d": ("전치 합성곱", BLUE), "Conv2d": ("합성곱", BLUE),
    "BatchNorm2d": ("배치 정규화", GREEN),
    "ReLU": ("ReLU", ORANGE), "LeakyReLU": ("LeakyReLU", ORANGE),
    "Tanh": ("tanh", PURPLE), "Sigmoid": ("시그모이드", PURPLE),
}  # fmt: skip
GAP = 3.4  # 구조 그림에서 상자 사이


@torch.no_grad()
def layer_outputs(network, example):
    """``example``(미니 배치)이 ``network.main``의 층을 하나씩 지날 때의 (층의 종류 이름, 출력 텐서)의 목록.

    학습 모드는 그대로 두고 사본으로 계산하므로, 학습 모드라도 배치 정규화의 통계가 바뀌지 않습니다.
    """
    twin = copy.deepcopy(network)
    outputs = []
    for layer in twin.main:
        # 제자리(inplace) 활성화 함수가 앞 층의 출력을 덮어쓰기 전에 베껴 둡니다.
        layer.register_forward_hook(
            lambda layer, _, output: outputs.append((type(layer).__name__, output.clone()))
        )
    twin(example)
    return outputs


def layer_shapes(network, example):
    """``example``이 층을 하나씩 지날 때의 (층의 종류 이름, 출력의 모양)."""
    return [(name, tuple(output.shape)) for name, output in layer_outputs(network, example)]


def gradient_norms(network, before=None):
    """역전파한 뒤, 가중치가 있는 층마다 (층의 종류 이름, ‖∂손실/∂W‖(L2 노름))의 목록. 입력 쪽부터.

    변화도가 없는 층(역전파 전이거나 얼린 층)은 0입니다. ``before``(매개변수 → 변화도)를 주면 그 뒤에 더해진 것만 봅니다.
    """

    def norm(weight):
        gradient = weight.grad if before is None else weight.grad - before[weight]
        return 0.0 if gradient is None else gradient.norm().item()

    layers = [layer for layer in network.modules() if getattr(layer, "weight", None) is not None]
    return [(type(layer).__name__, norm(layer.weight)) for layer in layers]


def gradient_norm(network):
    """모든 변화도를 한데 모은 L2 노름(스칼라 텐서). 변화도가 없는 매개변수는 0으로 셉니다."""
    return get_total_norm([p.grad for p in network.parameters() if p.grad is not None])


def weight_vector(network):
    """모든 매개변수를 한 줄로 이은 사본 (P,). 둘을 비교하면 움직인 거리가 나옵니다."""
    return parameters_to_vector(network.parameters()).detach()


def network_picture(network, example, title, start, end):
    """특징 맵을 상자로, 그 사이의 층을 글로 그립니다. ``start``와 ``end``: 입력과 출력의 이름. 예: "z", "G(z)".

    상자의 높이는 특징 맵의 한 변, 앞면의 너비는 채널 수의 제곱근을 따릅니다. 실제 비율로는 한 그림에 담지 못합니다.
    """
    layers = zip(network.main, layer_shapes(network, example), strict=True)
    stages = groupby(layers, key=lambda pair: pair[1][1][1:])  # 같은 모양을 내는 이웃한 층들
    stages = [((*example.shape[1:], 1, 1)[:3], [])] + [
        (shape, [layer for layer, _ in g]) for shape, g in stages
    ]
    figure = new_figure(12.5, 4.8)
    axes = figure.add_subplot()
    left, names = 0.0, {0: start, len(stages) - 1: end}
    for i, (shape, made_by) in enumerate(stages):
        if made_by:
            _draw_layers(axes, left - GAP, left, made_by)
        right = _draw_box(axes, left, shape)
        middle = (left + right) / 2
        axes.text(middle, -4.35, "×".join(map(str, shape)), ha="center", fontsize=15)
        axes.text(middle, -5.15, names.get(i, ""), ha="center", fontsize=16, weight="bold")
        left = right + GAP
    axes.set_title(title, fontsize=18)
    axes.set(xlim=(-1, right + 1.4), ylim=(-5.4, 4.8))
    axes.set_axis_off()
    return figure


def _draw_box(axes, left, shape):
    """직육면체 하나. 오른쪽 끝을 돌려줍니다."""
    half, right = 0.42 * shape[1] ** 0.5, left + 0.07 * shape[0] ** 0.5
    away = 0.35 * half  # 옆면이 오른쪽 위로 멀어지는 정도
    far, top = right + away, half + away
    for color, across, up in (
        ("#9cc3dd", (left, right, right, left), (-half, -half, half, half)),
        ("#cfe3f0", (left, right, far, left + away), (half, half, top, top)),
        ("#e9f3f9", (right, far, far, right), (-half, away - half, top, half)),
    ):
        axes.fill(across, up, facecolor=color, edgecolor=GRAY, linewidth=1)
    return far


def _draw_layers(axes, start, end, layers):
    """``start``에서 ``end``로 가는 화살표, 그 위에 층의 이름들, 아래에 합성곱의 값."""
    arrow = {"arrowstyle": "-|>", "color": GRAY, "lw": 1.6}
    axes.annotate("", (end - 0.1, 0), (start + 0.15, 0), arrowprops=arrow)
    middle = (start + end) / 2
    for i, layer in enumerate(reversed(layers)):
        name, color = NAMES[type(layer).__name__]
        axes.text(middle, 0.4 + 0.62 * i, name, ha="center", fontsize=14, color=color, weight="bold")
    kernel, stride, padding = (getattr(layers[0], name)[0] for name in ("kernel_size", "stride", "padding"))
    detail = f"커널 {kernel}×{kernel}\n보폭 {stride}\n패딩 {padding}"
    axes.text(middle, -0.35, detail, ha="center", va="top", fontsize=11.5, color=GRAY)
