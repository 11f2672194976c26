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
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
WITH_ANSWERS = [path for path in NOTEBOOKS if not path.stem.startswith("00")]


def in_lesson(path):
    return [each for each in EXERCISES if each.lesson == path.stem.split("_")[0]]


def verdicts(path):
    """답을 채운 노트북의 문제마다의 판정. 문제가 아닌 셀에서는 import와 함수와 클래스만 얻고 계산은 하지 않습니다."""
    names = {"__name__": "__main__"}

    def run(nodes):
        exec(compile(ast.Module(nodes, []), path.name, "exec"), names)

    run(ast.parse("import torch\nfrom torch import nn\ncriterion = nn.BCELoss()").body)
    for cell in filled(path).cells:
        if cell.cell_type != "code" or "source_hidden" in cell.metadata.get("jupyter", {}):
            continue
        nodes = ast.parse(re.sub(r"^[%!].*$", "", cell.source, flags=re.MULTILINE)).body
        call = getattr(nodes[-1], "value", None)
        check = getattr(getattr(call, "func", None), "id", "")
        if check.startswith("check_"):
            run(nodes[:-1])
            yield check, eval(compile(ast.Expression(call), path.name, "eval"), names)
        else:
            run([node for node in nodes if isinstance(node, DEFINITIONS)])


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
