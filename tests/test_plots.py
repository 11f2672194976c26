"""그림과 글꼴: 모양과 범위, 잘리거나 빠진 글자가 없는지, 색들이 색각 이상이 있어도 구별되는지."""

import importlib.util
import io
from itertools import combinations

import numpy as np
import pytest
import torch
from figure_rules import BLINDNESS, PALETTE, READABLE_BIG, contrast, distance, draw_whole, problems
from PIL import Image
from reader import run_python

from gan_lesson import plots
from gan_lesson.base.errors import LessonError
from gan_lesson.base.fonts import font_files
from gan_lesson.data.hangul import decompose
from gan_lesson.labs.points.plots import point_panels
from gan_lesson.metrics import plots as quality_plots
from gan_lesson.metrics.hangul_reader import Reading
from gan_lesson.metrics.image_quality import Scores
from gan_lesson.training.history import History
from images import svg_bytes

POINTS = torch.linspace(-1, 1, 64).reshape(32, 2)
PICTURES = torch.linspace(-1, 1, 10 * 32 * 32).reshape(10, 1, 32, 32)

READING = Reading(
    torch.tensor([decompose(s) for s in "가나다라힣가"]),
    torch.tensor([0.9, 0.5, 0.99, 0.85, 0.99, 0.1]),
    torch.zeros(6, 64),
)
SCORES = [Scores(s / 4, s / 5, 0.9, 30.0 - 5 * s, 3.0, s / 6, s / 7, 1.0, 100) for s in range(4)]


def history(count=60):
    made = History()
    for i in range(count):
        made.append(torch.tensor([2 / (i + 1), 3.0, 0.9, 0.1, 0.05]))
    return made


def written(text):
    figure = plots.new_figure(2, 1)
    figure.text(0.1, 0.5, text)
    return figure


def judge(points):
    return points[:, 0].sigmoid()


FIGURES = {
    "글자": lambda: written("한글 −1.5 뷁 θ"),
    "grid": lambda: plots.sample_grid(PICTURES, "제목"),
    "color-grid": lambda: plots.sample_grid(PICTURES.expand(-1, 3, -1, -1)),
    "beside": lambda: plots.real_beside_fake(PICTURES, PICTURES),
    "three-grids": lambda: plots.grids_side_by_side(dict.fromkeys("가나다", PICTURES), 5),
    "runs": lambda: plots.runs_through_time(
        {"학습률 0.0002": {0: PICTURES, 1_000: PICTURES}, "나": {0: PICTURES, 1_000: PICTURES}}, (0, 1_000)
    ),
    "losses": lambda: plots.losses_of_runs({"학습률 0.0002": history(), "나": history(40)}),
    "curves": lambda: plots.training_curves(history()),
    "one-iteration": lambda: plots.training_curves(history(1)),
    "time": lambda: plots.fixed_noise_through_time({0: PICTURES, 12_345: PICTURES}),
    "points": lambda: point_panels([("하나", POINTS, None, None), ("둘", POINTS, POINTS, judge)], 2),
    "one-points": lambda: point_panels([("하나", POINTS, POINTS, judge)], 1),
    "latent": lambda: point_panels([("G(z)", POINTS, POINTS, judge)], 2, latent=("z", 3 * POINTS)),
    "one-moment": lambda: plots.fixed_noise_through_time({0: PICTURES}),
    "reading": lambda: quality_plots.reading_board(PICTURES[:6], READING, "가나다라", 4, "제목"),
    "coverage": lambda: quality_plots.coverage_table({"가": 3, "갸": 0, "나": 1, "냐": 9}, "제목"),
    "calibration": lambda: quality_plots.calibration_curve([[0.0, 9, 0.02, 0.03], [0.9, 9, 0.97, 0.95]]),
    "scores": lambda: quality_plots.scores_over_time([1, 10, 100, 300], SCORES, [1.0, 2.0, 3.0, 4.0]),
    "neighbours": lambda: quality_plots.beside_neighbours(PICTURES[:6], PICTURES[:6], torch.arange(6)),
}  # fmt: skip


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES.keys())
def test_figures_draw_without_warnings_and_nothing_is_cut_off(make):
    figure, _ = draw_whole(make)
    assert problems(figure) == []


def test_boards_get_lighter_and_look_the_same():
    gray = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    light = plots.lighter(gray)
    assert len(np.unique(light)) == 15 and light[0, 0, 0] == 0 and light[0, -1, 0] == 255
    assert np.abs(light.astype(int) - gray).max() <= 9
    assert light[0, 127, 0] == light[0, 128, 0]  # 고른 회색이 얼룩지지 않습니다.
    color = gray.copy()
    color[..., 2] = 7
    light = plots.lighter(color)
    assert len(np.unique(light[..., 0])) == 31 and np.abs(light.astype(int) - color).max() <= 5


def test_tile_places_every_picture_and_leaves_its_input_alone():
    images = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 1, 4, 4) * 10
    board = plots.tile(images, columns=3)
    assert board.shape == (2 * 6 + 2, 3 * 6 + 2, 3) and board.dtype == np.uint8
    found = [board[(i // 3) * 6 + 3, (i % 3) * 6 + 3, 0] for i in range(5)]
    assert found == [0, 10, 20, 30, 40]
    before = PICTURES.clone()
    assert plots.tile(PICTURES, 5).max() == 255 and plots.tile(PICTURES, 5).min() == 0
    assert torch.equal(before, PICTURES)


def test_pixels_are_the_same_from_floats_bytes_and_arrays():
    color = torch.linspace(-1, 1, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    pixels = plots.to_rgb(color)
    assert pixels.shape == (2, 4, 5, 3) and pixels.dtype == np.uint8
    raw = ((color + 1) * 127.5).round().to(torch.uint8)
    assert np.array_equal(plots.to_rgb(raw), pixels) and np.array_equal(plots.to_rgb(raw.numpy()), pixels)
    assert np.array_equal(pixels[..., 1], raw[:, 1].numpy())
    assert np.array_equal(plots.to_rgb(color[:, :1]), pixels[..., [0, 0, 0]])


def test_levels_are_the_equilibrium_values():
    losses, answers = plots.training_curves(history()).axes
    heights = {line.get_label(): line.get_ydata()[0] for line in [*losses.lines, *answers.lines]}
    assert heights["균형의 Loss_D = 2 ln 2"] == pytest.approx(1.3863, abs=1e-4)
    assert heights["균형의 Loss_G = ln 2"] == pytest.approx(0.6931, abs=1e-4)
    assert heights["균형 = 0.5"] == 0.5
    constant = next(line for line in losses.lines if line.get_label() == "Loss_G")
    assert np.allclose(constant.get_ydata(), 3.0)  # 고른 값은 평균해도 그대로입니다.


def test_gif_has_a_frame_per_moment_and_stays_small():
    noise = torch.randint(0, 256, (64, 1, 32, 32), dtype=torch.uint8)
    data = plots.snapshots_gif({0: noise, 5: noise, 9: noise.flip(0)}, total=9)
    with Image.open(io.BytesIO(data)) as gif:
        assert gif.n_frames in (2, 3) and gif.info["loop"] == 0
    assert len(data) < 300_000


def test_svg_is_the_same_every_time_and_needs_no_font():
    first, second = (svg_bytes(plots.training_curves(history())) for _ in range(2))
    assert first == second and b"<path" in first and b"<text" not in first


def test_lines_by_layer_need_no_sign_that_the_korean_font_lacks(caplog):
    # 눈금이 10의 거듭제곱에 걸리지 않는 좁은 범위에서도
    plots.png_bytes(plots.lines_by_layer({"좁음": [2.3, 3.1]}, "변화도"))
    series = {"있음": [1e-5, 1.0, 3.0], "없음": [2.0, 2e-4, 1.0]}
    figure = plots.lines_by_layer(series, "변화도")
    plots.png_bytes(figure)
    assert not caplog.records
    drawn = {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}
    assert drawn == series and figure.axes[0].get_yscale() == "log"


def test_pictures_tell_letters_counts_and_doubts():
    words = [text.get_text() for axes in FIGURES["reading"]().axes for text in axes.texts]
    assert words == ["가 90%", "? 50%", "다 99%", "라 85%", "? 99%", "? 10%"]
    words = [text.get_text() for text in FIGURES["coverage"]().axes[0].texts]
    assert words == ["가 3", "갸", "나 1", "냐 9"]


def test_four_weights_are_found_without_importing_the_package():
    code = (
        "import sys; from gan_lesson.base.fonts import font_files; files = font_files();"
        "assert list(files) == ['light', 'regular', 'bold', 'extrabold'];"
        "assert all(path.is_file() for path in files.values());"
        "assert 'koreanize_matplotlib' not in sys.modules"
    )
    assert run_python(code) == (0, "", "")


def test_missing_font_package_says_how_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LessonError, match="pip install koreanize-matplotlib"):
        font_files()


@pytest.mark.parametrize("blindness", [None, *BLINDNESS])
def test_the_palette_can_be_told_apart(blindness):
    for one, two in combinations(PALETTE, 2):
        assert distance(one, two, blindness) > 15, (one, two)
    assert all(contrast(color, "white") >= READABLE_BIG for color in PALETTE)
