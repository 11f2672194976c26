"""채점의 시험이 함께 쓰는, 지어낸 제출물."""

import re

import nbformat
from handout import hand_out

BCE = """
import torch
from torch import nn
from gan_lesson.checks.losses import check_bce, check_loss_d, check_loss_g


def my_bce(x, y):
    return -(y * x.log().clamp(min=-100) + (1 - y) * (1 - x).log().clamp(min=-100)).mean()


check_bce(my_bce)
"""
LOSS_D = """
def my_loss_d(d_real, d_fake):
    return {}


check_loss_d(my_loss_d)
"""
LOSS_G = """
def my_loss_g(d_fake):
    return {}


check_loss_g(my_loss_g)
"""
RIGHT_D, WRONG_D = "-d_real.log().mean() - (1 - d_fake).log().mean()", "-d_real.log().mean()"


def notebook(*sources, title="# 03. BCE 손실", **metadata):
    """코드 셀들의 소스로 만든 노트북 파일의 내용."""
    cells = [nbformat.v4.new_markdown_cell(title)] if title else []
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # 내용이 같으면 파일도 같게
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=metadata)).encode()


ANSWER = re.compile(r"<summary>답[^<]*</summary>\s*```python\n(.*?)```", re.DOTALL)


def filled(path, but=()):
    """나누어 준 노트북에 강의의 답을 채운 것. ``but``의 채점 함수를 부르는 셀은 빈칸으로 둡니다.

    답은 나누어 주지 않은 원본 ``path``의, 그 셀 바로 아래의 접힌 답입니다.
    """
    original = nbformat.read(path, as_version=4)
    answers = {}
    for at, cell in enumerate(original.cells):
        found = ANSWER.search(cell.source) if cell.cell_type == "markdown" else None
        # 답의 앞에는 문제의 셀이 하나 있습니다(08b는 답 하나에 셀 셋이고 여기서 채우지 않습니다).
        if found and "TODO" in original.cells[at - 1].source:
            answers[original.cells[at - 1].id] = found[1].rstrip()
    given = hand_out(nbformat.read(path, as_version=4))
    for cell in given.cells:
        if cell.id in answers and not any(f"{name}(" in cell.source for name in but):
            lines = cell.source.split("\n")
            first = next(i for i, line in enumerate(lines) if line.startswith(("def ", "my_", "readings")))
            last = next(i for i, line in enumerate(lines) if line.startswith("check_"))
            cell.source = "\n".join([*lines[:first], answers[cell.id], "", *lines[last:]])
    return given
