"""그림의 규칙을 지키는지 보는 눈이 nbval에서 켜져 있는지, 색들이 색각 이상이 있어도 구별되는지."""

import os
import re
import shutil
from itertools import combinations

import nbformat
import pytest
from figure_rules import BLINDNESS, PALETTE, READABLE_BIG, contrast, distance
from nbclient import NotebookClient
from reader import ROOT

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


@pytest.mark.parametrize("blindness", [None, *BLINDNESS])
def test_the_palette_can_be_told_apart(blindness):
    for one, two in combinations(PALETTE, 2):
        assert distance(one, two, blindness) > 15, (one, two)
    assert all(contrast(color, "white") >= READABLE_BIG for color in PALETTE)
