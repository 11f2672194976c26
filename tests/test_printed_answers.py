"""노트북에 적힌 답이 그 노트북의 채점을 통과하고, 문제의 수와 목록이 맞는지."""

import ast
import re

import pytest
from reader import NOTEBOOKS, read_notebook
from submitted import filled
from test_checks import ANSWERS

from gan_lesson.checks.exercises import EXERCISES

# 표를 받는 채점이라 tests/answers 밖에서 시험하는 것들
ELSEWHERE = {"check_bugs", "check_cure", "check_log_readings", "check_predictions", "check_score_sheets"}
COUNTED = re.compile(r"\b(한|두|세|네|다섯|여섯) 문제, \d+분")
COUNTS = {"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6}
WITH_ANSWERS = [path for path in NOTEBOOKS if not path.stem.startswith("00")]


def in_lesson(path):
    return [each for each in EXERCISES if each.lesson == path.stem.split("_")[0]]


def definitions(source):
    """셀에서 import와 함수와 클래스만: 답이 기대는 것을, 셀의 계산은 하지 않고 얻습니다."""
    lines = [line for line in source.split("\n") if not line.startswith(("%", "!"))]
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    nodes = [node for node in ast.parse("\n".join(lines)).body if isinstance(node, kept)]
    return compile(ast.Module(nodes, []), "<정의>", "exec")


def verdicts(path):
    """답을 채운 노트북의 문제마다의 판정."""
    names = {"__name__": "__main__"}
    exec("import torch\nfrom torch import nn\ncriterion = nn.BCELoss()", names)
    for cell in filled(path).cells:
        if cell.cell_type != "code" or "source_hidden" in cell.metadata.get("jupyter", {}):
            continue
        *before, last = ast.parse(re.sub(r"^[%!].*$", "", cell.source, flags=re.MULTILINE)).body or [None]
        called = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
        if called and getattr(last.value.func, "id", "").startswith("check_"):
            exec(compile(ast.Module(before, []), "<답>", "exec"), names)
            yield last.value.func.id, eval(compile(ast.Expression(last.value), "<채점>", "eval"), names)
        else:
            exec(definitions(cell.source), names)


# 08b의 답은 셀 셋에 하나이고 학습을 세 번 하므로, 같은 처방을 test_image_troubles가 봅니다.
@pytest.mark.parametrize(
    "path", [path for path in WITH_ANSWERS if path.stem != "08b_failures"], ids=lambda path: path.stem
)
def test_printed_answers_pass(path):
    found = dict(verdicts(path))
    assert found.keys() == {each.check for each in in_lesson(path)}
    for check, verdict in found.items():
        assert verdict.passed is True, (check, verdict)


@pytest.mark.parametrize("path", WITH_ANSWERS, ids=lambda path: path.stem)
def test_the_number_of_exercises_is_the_number_in_the_list(path):
    text = "\n".join(cell.source for cell in read_notebook(path).cells if cell.cell_type == "markdown")
    said = [COUNTS[word] for word in COUNTED.findall(text)]
    listed = [each for each in in_lesson(path) if each.check != "check_bugs"]  # 07의 버그 찾기는 따로 셉니다.
    assert not said or sum(said) == len(listed)


def test_every_checker_in_the_list_is_tried_with_right_answers():
    assert {each.check for each in EXERCISES} <= {check.__name__ for check in ANSWERS} | ELSEWHERE
