"""그림의 규칙을 지키는지 보는 눈이 어긴 것을 알아보는지, 색들이 색각 이상이 있어도 구별되는지."""

import os
import re
import shutil
from itertools import combinations

import nbformat
import pytest
from figure_rules import BLINDNESS, PALETTE, READABLE_BIG, contrast, distance, problems
from nbclient import NotebookClient
from reader import ROOT

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


CELLS = (
    "%matplotlib inline\nfrom matplotlib.figure import Figure",
    "figure = Figure()\nfigure.text(0.98, 0.5, 'clipped words')\nfigure",
    "1",
    "[name for name in dir() if 'figure' in name and name not in ('figure', 'Figure')]",
)


def test_nbval_watches_the_figures_it_draws(tmp_path):
    """Makefile이 nbval에 주는 IPYTHONDIR로 커널을 띄우면, 규칙을 어긴 그림이 그 셀과 다음 셀에서 드러납니다."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (place,) = re.findall(r'^NBVAL := IPYTHONDIR="\$\(CURDIR\)/(\S+)" .* --nbval', makefile, re.MULTILINE)
    shutil.copytree(ROOT / place, tmp_path / place)  # 기록이 저장소에 남지 않게
    shutil.copy(ROOT / "tests" / "figure_rules.py", tmp_path / "tests")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    NotebookClient(notebook, timeout=60).execute(env=os.environ | {"IPYTHONDIR": str(tmp_path / place)})
    said = [
        "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")
        for cell in notebook.cells
    ]
    assert said[0] == ""
    assert all("그림의 규칙을 어김: 잘린 글: 'clipped words'" in text for text in said[1:])
    assert notebook.cells[3].outputs[0].data["text/plain"] == "[]"  # 노트북의 이름과 섞이지 않습니다.


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
