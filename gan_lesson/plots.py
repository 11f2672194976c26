"""여러 노트북이 함께 쓰는 그림(figure). 한 방만의 그림은 그 방의 ``plots.py``에 있습니다. 데이터를 받아 ``matplotlib.figure.Figure``를 돌려줍니다.

pyplot을 쓰지 않으므로 어느 스레드에서 불러도 되고, 그림이 전역 상태에 쌓이지 않습니다.
"""

import io
import math

import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from gan_lesson.base.fonts import font_files, setup_matplotlib
from gan_lesson.data.images import to_uint8

# 색각 이상이 있어도 구별되는 색: Okabe-Ito의 셋과, 적색맹에게도 파랑과 다른 보라(시험이 잽니다)
BLUE, ORANGE, GREEN, PURPLE, GRAY = "#0072B2", "#D55E00", "#009E73", "#9024E8", "#555555"
COLORS = (BLUE, ORANGE, GREEN, PURPLE)  # 여러 선을 그릴 때의 차례

LN2 = math.log(2)  # 균형에서의 Loss_G. Loss_D는 그 두 배입니다.


def new_figure(width, height):
    """한글이 나오는 빈 그림. 크기는 인치입니다."""
    setup_matplotlib()
    return Figure(figsize=(width, height), layout="constrained")


def name_axes(axes, xlabel="", ylabel=""):
    """축의 이름과 눈금의 글자를 멀리서도 읽히는 크기로. 옅은 격자도 그립니다."""
    axes.set_xlabel(xlabel, fontsize=13)
    axes.set_ylabel(ylabel, fontsize=13)
    axes.tick_params(labelsize=11)
    axes.grid(alpha=0.25)


def legend_beside(axes, *lines, fontsize=12, x=1.01):
    """선을 가리지 않게 오른쪽 바깥에 범례를 둡니다. ``lines``: 선들과 이름들(기본은 ``axes``의 것)."""
    axes.legend(*lines, loc="center left", bbox_to_anchor=(x, 0.5), fontsize=fontsize, frameon=False)


def to_rgb(images):
    """그림들 (N, nc, H, W)을 화면의 꼴 (N, H, W, 3) uint8로. uint8이거나 [-1, 1]의 float이고, 어느 장치에 있어도 됩니다."""
    images = torch.as_tensor(images).detach().cpu()
    images = images if images.dtype == torch.uint8 else to_uint8(images.clone())
    return images.expand(-1, 3, -1, -1).numpy().transpose(0, 2, 3, 1)


def tile(images, columns):
    """그림들 (N, nc, H, W)을 바둑판으로 이어 붙입니다(``to_rgb``가 받는 그림이면 됩니다).

    나오는 것은 (줄 수 × (H + 2) + 2, columns × (W + 2) + 2, 3) uint8이고, 사이의 틈은 2픽셀 회색입니다.
    """
    images = to_rgb(images)
    count, height, width, _ = images.shape
    rows = math.ceil(count / columns)
    board = np.full((rows * (height + 2) + 2, columns * (width + 2) + 2, 3), 110, np.uint8)
    for i, image in enumerate(images):
        top, left = (i // columns) * (height + 2) + 2, (i % columns) * (width + 2) + 2
        board[top : top + height, left : left + width] = image
    return board


def show_board(axes, board, title=""):
    """``tile``이 돌려준 판을 축 없이 보여 줍니다."""
    axes.imshow(lighter(board), interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=15)


def lighter(board):
    """흑백은 15단계, 컬러는 채널마다 31단계로 줄입니다. 눈에는 같아 보이고, 잡음 그림의 PNG가 작아집니다.

    단계의 수가 홀수라 배우기 전의 고른 회색(127과 128)이 두 단계로 갈라져 얼룩지지 않습니다.
    """
    gray = board.min(2).tobytes() == board.max(2).tobytes()
    step = 255 / (14 if gray else 30)
    return np.rint(np.rint(board / step) * step).astype(np.uint8)


def sample_grid(images, title="", columns=8):
    """그림 여러 장을 바둑판으로 보여 줍니다."""
    return grids_side_by_side({title: images}, columns)


def real_beside_fake(real, fake, columns=8):
    """왼쪽에 진짜, 오른쪽에 만들어 낸 그림."""
    return grids_side_by_side({"진짜 그림": real, "생성자가 만든 그림": fake}, columns)


def grids_side_by_side(groups, columns=8):
    """그림판 여럿을 한 줄에 나란히. ``groups``: 제목 → 그림들 (N, nc, H, W). N은 모두 같습니다."""
    boards = {title: tile(images, columns) for title, images in groups.items()}
    height, width = next(iter(boards.values())).shape[:2]
    across = min(10.0, max(9.0, 3.4 * len(boards))) if len(boards) > 1 else 5.0
    figure = new_figure(across, across / len(boards) * height / width + 0.4)
    axes = np.atleast_1d(figure.subplots(1, len(boards)))
    for place, (title, board) in zip(axes, boards.items(), strict=True):
        show_board(place, board, title)
    return figure


def runs_through_time(runs, moments, count=9):
    """여러 학습의 그림을 같은 순간끼리. 한 줄이 학습 하나, 한 칸이 한 순간의 그림 ``count``(제곱수)장입니다.

    ``runs``: 이름 → ``snapshots``(반복 번호 → (N, nc, H, W) uint8). 모두에 ``moments``의 반복이 있어야 합니다.
    """
    side = math.isqrt(count)
    figure = new_figure(2.1 * len(moments) + 1.2, 2.15 * len(runs) + 0.3)
    grid = figure.subplots(len(runs), len(moments), squeeze=False)
    for i, (row, (name, snapshots)) in enumerate(zip(grid, runs.items(), strict=True)):
        for axes, moment in zip(row, moments, strict=True):
            title = "" if i else f"반복 {moment:,}"
            show_board(axes, tile(snapshots[moment][:count], side), title)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=14)
    return figure


def fixed_noise_through_time(snapshots, moments=6):
    """``snapshots``(반복 번호 → (N, nc, H, W) uint8)에서 고르게 고른 ``moments``개의 순간. 한 줄이 한 순간의 여덟 장입니다."""
    iterations = sorted(snapshots)
    chosen = sorted({iterations[round(i)] for i in np.linspace(0, len(iterations) - 1, moments)})
    figure = new_figure(8, 1.05 * len(chosen))
    for axes, iteration in zip(np.atleast_1d(figure.subplots(len(chosen), 1)), chosen, strict=True):
        show_board(axes, tile(snapshots[iteration][:8], 8))
        axes.set_ylabel(f"반복 {iteration:,}", rotation=0, ha="right", va="center", fontsize=13)
    return figure


def line_chart(axes, series, x=None, xlabel="", ylabel="", levels=(), marks="    ", colors=COLORS):
    """꺾은선 여럿. ``series``: 이름 → 값들, ``x``: 가로의 자리들(기본은 1, 2, 3, …).

    ``levels``: 가로로 그을 점선 (높이, 이름, 색)의 목록. ``marks``, ``colors``: 선마다의 점의 모양과 색.
    """
    for (name, values), color, mark in zip(series.items(), colors, marks, strict=False):
        places = range(1, len(values) + 1) if x is None else x
        axes.plot(places, values, color=color, marker=mark, markersize=8, linewidth=2, label=name)
    for height, name, color in levels:
        axes.axhline(height, color=color, linestyle="--", linewidth=1.3, label=name)
    name_axes(axes, xlabel, ylabel)


def smooth(values):
    """이동 평균. 앞뒤로 같은 폭을 평균하고, 양 끝에서는 있는 것만으로 평균합니다."""
    kernel = np.ones(2 * (max(1, len(values) // 30) // 2) + 1)
    return np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")


def training_curves(history):
    """``History``의 위에는 두 손실, 아래에는 D의 답. 옅은 선은 반복마다의 값, 짙은 선은 이동 평균입니다."""
    figure = new_figure(9, 6.5)
    losses, answers = figure.subplots(2, 1, sharex=True)
    for axes, columns, colors, levels, xlabel, ylabel in (
        (losses, {"Loss_D": "loss_d", "Loss_G": "loss_g"}, (BLUE, ORANGE),
         [(2 * LN2, "균형의 Loss_D = 2 ln 2", BLUE), (LN2, "균형의 Loss_G = ln 2", ORANGE)], "", "손실"),
        (answers, {"D(x): 진짜에 대한 답": "d_x", "D(G(z)): 가짜에 대한 답(D 갱신 전)": "d_gz_before"},
         (GREEN, PURPLE), [(0.5, "균형 = 0.5", GRAY)], "반복", "D의 답(배치 평균)"),
    ):  # fmt: skip
        for column, color in zip(columns.values(), colors, strict=True):
            axes.plot(range(1, len(history) + 1), history[column], color=color, alpha=0.2, linewidth=0.8)
        series = {name: smooth(history[column]) for name, column in columns.items()}
        line_chart(axes, series, None, xlabel, ylabel, levels, colors=colors)
        legend_beside(axes, fontsize=11)
    # 처음의 큰 값 몇 개 때문에 나머지가 눌리지 않게 위 1%는 잘립니다.
    losses.set_ylim(0, max(2.0, 1.1 * np.quantile(history["loss_d"] + history["loss_g"], 0.99)))
    answers.set_ylim(-0.02, 1.02)
    return figure


def losses_of_runs(histories):
    """여러 학습의 두 손실을 나란히. 선은 이동 평균, 점선은 균형입니다. ``histories``: 이름 → ``History``."""
    figure = new_figure(10, 3.8)
    panels = (("loss_d", "Loss_D", 2 * LN2), ("loss_g", "Loss_G", LN2))
    for axes, (column, title, level) in zip(figure.subplots(1, 2), panels, strict=True):
        series = {name: smooth(history[column]) for name, history in histories.items()}
        line_chart(axes, series, None, "반복", levels=[(level, "균형", GRAY)])
        axes.set_ylim(bottom=0)
        axes.set_title(title, fontsize=15)
    legend_beside(axes)
    return figure


def lines_by_layer(series, ylabel, xlabel="층(1이 입력 쪽)"):
    """층마다의 값을 로그 눈금의 꺾은선으로. ``series``: 이름 → 층마다의 양수(길이는 모두 같음)."""
    figure = new_figure(8, 4)
    axes = figure.add_subplot()
    axes.set_yscale("log")
    line_chart(axes, series, None, xlabel, ylabel, marks="osD^")
    axes.set_xticks(range(1, len(next(iter(series.values()))) + 1))
    # 로그 눈금의 기본 표기(10의 거듭제곱)는 한글 글꼴에 없는 빼기 부호를 쓰고, g는 1e-05라고 씁니다.
    axes.yaxis.set_major_formatter(lambda x, _: f"{x:.9f}".rstrip("0").rstrip("."))
    axes.yaxis.set_minor_formatter("")
    low, high = axes.get_ylim()  # 눈금이 둘은 있도록 10의 거듭제곱까지 넓힙니다.
    axes.set_ylim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
    legend_beside(axes)
    return figure


def snapshots_gif(snapshots, total):
    """``snapshots``(반복 번호 → (N, nc, H, W) uint8)의 움직이는 그림(GIF)의 바이트. 위에 "반복 120 / ``total``"을 적습니다."""
    font = ImageFont.truetype(font_files()["bold"], 20)
    frames = []
    for iteration in sorted(snapshots):
        board = Image.fromarray(tile(snapshots[iteration], 8))
        # 정수배로 키워야 같은 픽셀이 이어져 GIF가 작게 줄어듭니다.
        scale = max(1, 400 // board.width)
        board = board.resize((board.width * scale, board.height * scale), Image.Resampling.NEAREST)
        frame = Image.new("RGB", (board.width, board.height + 34), "white")
        frame.paste(board, (0, 34))
        label = f"반복 {iteration:,} / {total:,}"
        ImageDraw.Draw(frame).text((8, 4), label, fill="black", font=font)
        # 흑백 그림은 8단계면 충분하고, 그러면 파일이 반으로 줄어듭니다.
        gray = snapshots[iteration].shape[1] == 1
        frames.append(frame.quantize(8 if gray else 64))
    data = io.BytesIO()
    shown = [150] * (len(frames) - 1) + [2500]  # 밀리초
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=shown, loop=0)
    return data.getvalue()


def png_bytes(figure, dpi=120):
    """그림을 PNG 바이트로."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=dpi)
    return data.getvalue()
