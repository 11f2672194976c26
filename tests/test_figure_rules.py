"""그림의 규칙을 지키는지 보는 눈이 어긴 것을 알아보는지, 색들이 색각 이상이 있어도 구별되는지."""

from itertools import combinations

import pytest
from figure_rules import BLINDNESS, PALETTE, READABLE_BIG, contrast, distance, problems

from gan_lesson.plots import new_figure


def plain():
    figure = new_figure(6, 4)
    axes = figure.add_subplot()
    axes.plot([0, 1, 2], [0, 1, 4], label="곡선")
    axes.set_title("제목")
    axes.set_xlabel("가로")
    axes.legend()
    return figure, axes


def test_a_plain_figure_is_fine():
    figure, _ = plain()
    assert problems(figure) == []


BREAKS = {
    "글리프": (lambda figure, axes: axes.set_title("한글 𒀀"), "missing from"),
    "잘림": (lambda figure, axes: figure.text(0.98, 0.5, "밖으로 나가는 글"), "잘린 글: '밖으로"),
    "겹침": (lambda figure, axes: (axes.text(1, 2, "하나"), axes.text(1, 2.05, "둘둘")), "겹친 글: '하나'"),
    "눈금": (lambda figure, axes: axes.set_xticks([0.5, 0.52], ["긴 눈금", "또 긴 눈금"]), "겹친 글: '긴 눈금'"),
    "흐림": (lambda figure, axes: axes.set_xlabel("흐린 글", color="#AAAAAA"), "흐린 글: '흐린 글'"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_each_rule_notices_its_violation(name):
    figure, axes = plain()
    breaking, words = BREAKS[name]
    breaking(figure, axes)
    assert any(words in problem for problem in problems(figure)), problems(figure)


def test_ticks_out_of_view_and_hidden_axes_are_not_counted():
    figure, axes = plain()
    axes.set_xticks([0, 1, 1.001], ["영", "일", "보이지 않음"])
    axes.set_xlim(0, 1)
    other = figure.add_axes((0.3, 0.3, 0.2, 0.2))
    other.set_xlabel("없음")
    other.set_axis_off()
    assert problems(figure) == []


def test_known_contrasts():
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)  # WCAG의 널리 알려진 경계


@pytest.mark.parametrize("blindness", [None, *BLINDNESS])
def test_the_palette_can_be_told_apart(blindness):
    for one, two in combinations(PALETTE, 2):
        assert distance(one, two, blindness) > 15, (one, two)
    # 예전의 보라는 적색맹에게 파랑과 거의 같았습니다.
    assert distance("#0072B2", "#AA4499", "적색맹") < 10


def test_the_palette_stands_out_from_paper():
    assert all(contrast(color, "white") >= READABLE_BIG for color in PALETTE)
