"""평가의 그림: 경고 없이 그려지고 잘리지 않으며, 말하는 값이 그대로입니다."""

import pytest
import torch
from figure_rules import draw_whole

from gan_lesson.data.hangul import decompose
from gan_lesson.metrics import plots as quality_plots
from gan_lesson.metrics.hangul_reader import Reading
from gan_lesson.metrics.image_quality import Scores

PICTURES = torch.linspace(-1, 1, 6 * 32 * 32).reshape(6, 1, 32, 32)
READING = Reading(
    torch.tensor([decompose(s) for s in "가나다라힣가"]),
    torch.tensor([0.9, 0.5, 0.99, 0.85, 0.99, 0.1]),
    torch.zeros(6, 64),
)
SCORES = [Scores(s / 4, s / 5, 0.9, 30.0 - 5 * s, 3.0, s / 6, s / 7, 1.0, 100) for s in range(4)]

FIGURES = {
    "reading": lambda: quality_plots.reading_board(PICTURES, READING, "가나다라", 4, "제목"),
    "coverage": lambda: quality_plots.coverage_table({"가": 3, "갸": 0, "나": 1, "냐": 9}, "제목"),
    "calibration": lambda: quality_plots.calibration_curve([[0.0, 9, 0.02, 0.03], [0.9, 9, 0.97, 0.95]]),
    "time": lambda: quality_plots.scores_over_time([1, 10, 100, 300], SCORES, [1.0, 2.0, 3.0, 4.0]),
    "time-without-loss": lambda: quality_plots.scores_over_time([1, 10, 100, 300], SCORES),
    "neighbours": lambda: quality_plots.beside_neighbours(PICTURES, PICTURES, torch.arange(6)),
}  # fmt: skip


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES.keys())
def test_figures_draw_without_warnings_and_nothing_is_cut_off(make):
    draw_whole(make)


def test_unsure_and_unknown_letters_are_question_marks():
    words = [text.get_text() for axes in FIGURES["reading"]().axes for text in axes.texts]
    assert words == ["가 90%", "? 50%", "다 99%", "라 85%", "? 99%", "? 10%"]


def test_coverage_table_names_every_letter_with_its_count():
    words = [text.get_text() for text in FIGURES["coverage"]().axes[0].texts]
    assert words == ["가 3", "갸", "나 1", "냐 9"]
