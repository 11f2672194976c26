"""2차원 실험실의 그림: 왼쪽에 평면, 오른쪽에 곡선들."""

from contextlib import suppress

import numpy as np
import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.labs import svg
from gan_lesson.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE

# 1280×720의 화면에 단추와 함께 들어가는 높이입니다. 평면을 크게 두려고 글은 모두 오른쪽에 놓습니다.
WIDTH, HEIGHT = 1010, 400
PLANE = (8, 8, 384, 384)
RIGHT = 412  # 오른쪽 반이 시작하는 자리
CURVES = {"loss": (452, 108, 546, 100), "covered": (452, 240, 546, 54), "distance": (452, 326, 546, 54)}
HALF = 2.4  # 평면에 보이는 범위(-에서 +까지)
SHOWN, PUSHED = 250, 110  # 보여 주는 점의 수, 화살표를 붙이는 가짜의 수
ARROW_SCALE, ARROW_LIMIT = 0.15, 0.6  # 변화도 1이 평면의 0.15칸, 아무리 커도 0.6칸
SURFACE = 48  # D의 답을 재는 격자의 한 변
CURVE_POINTS = 250

# 켜고 끌 수 있는 층. 이름 → (설명, 처음에 켜져 있는지)
LAYERS = {
    "real": ("진짜 점", True),
    "fake": ("가짜 점", True),
    "answer": ("D의 답(밝으면 진짜)", True),
    "arrows": ("화살표 -∂L_G/∂x", True),
    "latent": ("z의 격자", False),
}
# 범례: 층의 이름, 글, 차지하는 너비, 한 자리(1, 2)에 그리는 표시
LEGEND = (
    ("real", "진짜", 66, lambda spot: svg.dots(spot, 6, BLUE, 1.0)),
    ("fake", "가짜", 66, lambda spot: svg.triangles(spot, 6, ORANGE, 1.0)),
    ("arrows", "G가 옮기고 싶은 쪽(-∂L_G/∂x)", 252,
     lambda spot: svg.arrows(spot - [6, 0], np.array([[16.0, 0.0]]), "black")),
    ("latent", "G를 지난 z의 격자", 160, lambda spot: svg.lines([spot + [[-6, 0], [10, 0]]], GREEN, 2)),
)  # fmt: skip


def lab_picture(gan, layers):
    """``PointGan``의 지금 모습인 SVG 글. ``layers``는 켜진 층(``LAYERS``)의 이름들입니다."""
    scores = list(gan.scores)
    with suppress(LessonError):  # 발산해 잴 수 없으면 마지막으로 잰 것까지만
        scores.append((gan.state.iteration, gan.quality()))
    # 늘 같은 점에서 재므로 D만, 또는 G만 나아가도 그 한 걸음이 숫자에 보입니다.
    probe = gan.probe()
    names = {"loss_d": "Loss_D", "loss_g": "Loss_G", "d_x": "D(x)", "d_gz": "D(G(z))"}
    values = "  ".join(f"{label} {svg.plain(probe[name], 3):.3f}" for name, label in names.items())
    head = f"반복 {gan.state.iteration:,}  다음 차례: {'D (Part 1)' if gan.turn == 'D' else 'G (Part 2)'}"
    parts = [svg.text(RIGHT, 26, head, 20, bold=True), svg.text(RIGHT, 50, values, 17)]
    parts += [*_legend(layers), _plane(gan, layers), *_curves(gan, scores)]
    found = scores[-1][1]
    modes = f", 만든 모드 {found['covered']}" if "covered" in found else ""
    label = f"2차원 GAN 실험실, {head}, {values}{modes}, 거리 {found['distance']:.2f}"
    return svg.document(WIDTH, HEIGHT, parts, label)


def _legend(layers):
    x = RIGHT + 6
    for name, words, width, mark in LEGEND:
        if name in layers:
            yield mark(np.array([[x, 71.0]])) + svg.text(x + 14, 76, words, 15)
            x += width


def _plane(gan, layers):
    real, fake = gan.real(SHOWN), gan.state.sample(gan.state.fixed_noise[:SHOWN])
    seen = fake[(fake.abs() <= HALF).all(1)]
    axes = svg.Axes(PLANE, (-HALF, HALF), (-HALF, HALF))
    parts = []
    if "answer" in layers:
        # 가장 어두운 곳도 회색에 그쳐야 그 위의 점과 화살표가 보입니다.
        parts.append(svg.image(PLANE, (110 + 145 * _answers(gan)).astype(np.uint8)))
    if "latent" in layers:
        groups = [axes.pixels(line) for line in latent_grid(gan)]
        parts.append(svg.lines(groups, GREEN, 1.3, 0.9))
    if "real" in layers:
        parts.append(svg.dots(axes.pixels(real), 3.2, BLUE, 0.75))
    if "fake" in layers:
        parts.append(svg.triangles(axes.pixels(seen), 4.6, ORANGE))
    if "arrows" in layers:
        starts = fake[:PUSHED]
        moves = axes.pixels(starts + drawn_arrows(gan.arrows(starts))) - axes.pixels(starts)
        parts.append(svg.arrows(axes.pixels(starts), moves, "black"))
    note = f"화면 밖의 가짜 {SHOWN - len(seen)}개" if len(seen) < SHOWN else ""
    parts.append(svg.text(18, PLANE[1] + PLANE[3] - 8, note, 15, bold=True))
    return axes.clipped(parts)


def drawn_arrows(gradients):
    """-∂L_G/∂x (N, 2)를 그릴 길이로. 길이는 변화도에 비례하되 끝을 넘지 않습니다."""
    lengths = gradients.norm(dim=1, keepdim=True)
    return gradients * (ARROW_LIMIT / lengths.clamp(min=1e-12)).clamp(max=ARROW_SCALE)


def latent_grid(gan):
    """z의 격자선을 G로 보낸 선들, (N, 2)의 목록. z가 1차원이면 선 하나입니다."""
    half = 2.5 if gan.config.noise == "normal" else 1.0
    fine = torch.linspace(-half, half, 40)
    if gan.config.nz == 1:
        return [gan.state.sample(torch.linspace(-half, half, 300)[:, None])]
    columns = torch.cartesian_prod(torch.linspace(-half, half, 13), fine)
    return list(gan.state.sample(torch.cat([columns, columns.flip(1)])).split(len(fine)))


def _answers(gan):
    line = torch.linspace(-HALF, HALF, SURFACE)
    y, x = torch.meshgrid(line.flip(0), line, indexing="ij")
    points = torch.stack([x, y], -1).reshape(-1, 2)
    with torch.no_grad():
        answers = gan.objective.probability(gan.objective.score(gan.state.discriminator, points))
    return answers.nan_to_num(0.5).reshape(SURFACE, SURFACE).numpy()


def _curves(gan, scores):
    """오른쪽: 두 손실, 만든 모드의 수, p_data와의 거리."""
    rows, scores, equilibrium = _thin(gan.history), _thin(scores), gan.objective.equilibrium
    # D만 건너뛴 반복처럼 없는 값은 NaN입니다.
    losses = [[(row["iteration"], row.get(key, np.nan)) for row in rows] for key in ("loss_d", "loss_g")]
    values = np.array([value for points in losses for _, value in points])
    values = values[np.isfinite(values)]
    # 드물게 튄 값 때문에 나머지가 눌리지 않게 양 끝의 2%는 잘립니다.
    low, high = np.quantile(values, [0.02, 0.98]) if len(values) else (0, 0)
    series = list(zip(("Loss_D", "Loss_G"), losses, (BLUE, ORANGE), equilibrium, strict=True))
    bottom, top = min(0.0, 1.1 * low, 1.2 * min(equilibrium)), max(2.0, 1.15 * high)  # 균형의 점선도 틀 안에
    charts = {"loss": ((bottom, top), series)}
    score, modes = scores[-1][1], gan.data.centers
    if modes is None:
        charts["covered"] = (0, 1), [("모드가 없는 데이터입니다", [], GRAY, None)]
    else:
        words = f"만든 모드 {score['covered']} / {len(modes)}   좋은 표본 {score['good']:.0%}"
        points = [(iteration, found["covered"]) for iteration, found in scores]
        charts["covered"] = (0, len(modes)), [(words, points, GREEN, None)]
    words = f"p_data와의 거리 {score['distance']:.3f} (점선: 진짜끼리 {gan.floor:.3f})"
    points = [(iteration, found["distance"]) for iteration, found in scores]
    top = max(1.0, 1.1 * float(np.quantile([distance for _, distance in points], 0.98)))
    charts["distance"] = (0, top), [(words, points, PURPLE, gan.floor)]
    for name, (y_range, series) in charts.items():
        # 자국의 번호와 균형의 값은 손실의 곡선에만 적습니다.
        first = name == "loss"
        marks = [(iteration, f"{n}" if first else "") for n, (iteration, _) in enumerate(gan.marks, 1)]
        note = "점선은 균형: {:.3f}, {:.3f}".format(*equilibrium) if first else ""
        x_range = 0, max(100, gan.state.iteration)
        yield svg.chart(CURVES[name], x_range, y_range, series, marks, note=note)


def _thin(rows):
    """길어지면 고르게 솎되 마지막은 남깁니다."""
    step = max(1, len(rows) // CURVE_POINTS)
    return rows[::-1][::step][::-1]
