"""글에 적은 수는 같은 노트북의 출력이나 코드에 있어야 합니다. 손으로 옮겨 적은 수가 그것을 낳은 실행보다 오래 살지 않게.

소수, 퍼센트, '몇 배'를 봅니다. 컴퓨터마다 다른 출력(비교하지 않는 셀)은 아무것도 확인해 주지 않으므로 세지 않습니다.
"""

import ast
import re

import pytest
from reader import NOTEBOOKS, read_notebook
from test_notebooks_static import IGNORED

# 재지 않아도 아는 수와, 다른 글에서 가져온 수
KNOWN = {
    0.0002: "DCGAN의 학습률(Radford 2015 §4)",
    0.00002: "잘못 알려진 학습률(R2)",
    0.001: "Adam의 권장 학습률(Kingma 2014 §2)",
    0.5: "DCGAN의 beta1, 균형에서 D의 답",
    0.9: "Adam의 권장 beta1",
    0.02: "DCGAN의 가중치 초기화의 표준편차",
    1.386: "2 ln 2",
    0.693: "ln 2",
    127.5: "255의 절반",
}
MEASURED = re.compile(r"(?<![\w.§–])(\d[\d,]*\.\d+|\d[\d,]*(?=\s?(?:\\?%|배)))(?!\d)")
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")


def nodes(cell):
    """코드 셀의 구문 나무의 마디들. ``%matplotlib inline`` 같은 줄은 파이썬이 아니므로 뺍니다."""
    return ast.walk(ast.parse(re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)))


def held_numbers(notebook):
    """출력과 코드가 확인하는 수들."""
    found = set(KNOWN)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        constants = (n.value for n in nodes(cell) if isinstance(n, ast.Constant))
        found |= {float(value) for value in constants if type(value) in (int, float)}
        if IGNORED & set(cell.metadata.get("tags", [])):
            continue
        for output in cell.outputs:
            text = output.get("text", output.get("data", {}).get("text/plain", ""))
            found |= {float(number.replace(",", "")) for number in NUMBER.findall(text)}
    return found


def stray_numbers(notebook):
    """아무것도 붙들지 않는 수: (셀의 번호, 수와 그 둘레)의 목록."""
    held, strays = held_numbers(notebook), []
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        prose = re.sub(r"```.*?```|`[^`\n]*`", " ", cell.source, flags=re.DOTALL)
        for match in MEASURED.finditer(prose):
            value = float(match[1].replace(",", ""))
            share = value / 100 if re.match(r"\s?\\?%", prose[match.end() :]) else value
            if not {value, round(share, 8)} & held:
                around = prose[max(0, match.start() - 30) : match.end() + 12]
                strays.append((i, " ".join(around.split())))
    return strays


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_number_in_prose_is_printed_or_asserted(path):
    assert stray_numbers(read_notebook(path)) == []
