"""진도: 노트북과 맞는 문제의 목록, 덧붙이기만 하는 파일, 다음에 풀 문제."""

import ast
import json
import subprocess
import sys

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from reader import NOTEBOOKS, read_notebook

from gan_lesson.checks.choices import READINGS, check_log_readings
from gan_lesson.checks.exercises import BY_KEY, EXERCISES, LESSONS, find_exercise
from gan_lesson.checks.losses import check_bce, check_loss_d
from gan_lesson.checks.progress import SILENT, progress, progress_file, read_attempts


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "쓰는 사람" / "진도.jsonl"
    monkeypatch.setenv("GAN_LESSON_PROGRESS", str(path))
    return path


def leave(file, key, passed=True):
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as end:
        end.write(json.dumps({"exercise": key, "passed": passed}) + "\n")


def exercises_called(notebook):
    """노트북의 코드가 부르는 연습문제의 이름들, 나오는 차례대로."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(TransformerManager().transform_cell(cell.source))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    first = node.args[0] if node.args else None
                    case = first.value if isinstance(first, ast.Constant) else None
                    if exercise := find_exercise(node.func.id, case):
                        yield exercise.key
                    else:
                        assert not node.func.id.startswith("check_"), node.func.id


def test_the_list_is_what_the_notebooks_ask():
    for path in NOTEBOOKS:
        lesson, notebook = path.stem.split("_")[0], read_notebook(path)
        assert list(exercises_called(notebook)) == [e.key for e in EXERCISES if e.lesson == lesson], lesson
        assert notebook.cells[0].source.split("\n")[0] == f"# {lesson}. {LESSONS[lesson]}"
    assert len(BY_KEY) == len(EXERCISES) == len({(e.lesson, e.title) for e in EXERCISES})
    assert len(NOTEBOOKS) == len(LESSONS)


def test_every_checker_leaves_its_verdict(file):
    check_bce(lambda x, y: None)  # 풀지 않은 것은 시도가 아닙니다.
    assert not file.exists()
    verdicts = [
        check_bce(lambda x, y: 3.0),
        check_log_readings({"가": "없는 답\u2028"}),
        check_log_readings({name: reading for reading, (name, _) in READINGS.items()}),
    ]
    expected = zip(("check_bce", "check_log_readings", "check_log_readings"), verdicts, strict=True)
    found = [(a["exercise"], a["passed"], a["message"]) for a in read_attempts(file)]
    assert found == [(key, verdict.passed, verdict.message) for key, verdict in expected]


def test_table_and_what_comes_next(file):
    first = progress()
    assert f"{len(EXERCISES)}문제 가운데 0문제" in repr(first) and "01 GAN이란의 '맞힌 비율'" in repr(first)
    leave(file, "check_accuracy")
    leave(file, "check_loss_d", False)
    leave(file, "check_loss_d")
    rows = {name: rest for name, *rest in progress().rows}
    assert rows["03 BCE 손실"] == ["1/3", "2번", "BCE, Loss_G"]
    assert rows["01 GAN이란"] == ["1/1", "1번", ""]
    assert "00 시작하기" not in rows  # 문제가 없는 노트북
    # 02를 건너뛰고 03을 풀던 사람에게는 03의 남은 문제가 먼저입니다.
    assert "다음에 풀 문제: 03 BCE 손실의 'BCE'" in repr(progress())
    for exercise in EXERCISES:
        if exercise.lesson != "02":
            leave(file, exercise.key)
    assert "다음에 풀 문제: 02 최소최대 게임의 '값 함수'" in repr(progress())  # 끝까지 갔으면 처음으로
    for exercise in EXERCISES:
        leave(file, exercise.key)
    assert "모두 풀었습니다" in repr(progress())
    assert progress()._repr_html_().count("<tr>") == len(progress().rows)


def test_two_kernels_at_once_lose_nothing(file):
    code = (
        "import sys; from types import SimpleNamespace as Box\n"
        "from gan_lesson.checks.progress import announce\n"
        "for _ in range(150): announce(Box(__name__=sys.argv[1]), (), Box(passed=False, message='아직'))\n"
        "assert 'torch' not in sys.modules\n"
    )
    keys = ("check_bce", "check_d32")
    kernels = [subprocess.Popen([sys.executable, "-c", code, key]) for key in keys]
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    assert [sum(a["exercise"] == key for a in read_attempts(file)) for key in keys] == [150, 150]


def test_a_damaged_file_keeps_what_can_be_read(file):
    leave(file, "check_bce")
    broken = (
        b'\xff\xfe\x00 {"time": 3}\n[1]\nnull\n{"exercise": "check_old", "passed": true}\n{"exercise": "che\n'
    )
    file.write_bytes(file.read_bytes() + broken)
    leave(file, "check_loss_d")
    assert [a["exercise"] for a in read_attempts(file)] == ["check_bce", "check_loss_d"]
    assert progress().rows[3][1:3] == ("2/3", "2번") and broken in file.read_bytes()


def test_where_nothing_can_be_written_the_checkers_still_answer(file):
    file.mkdir(parents=True)
    assert check_loss_d(lambda r, f: -r.log().mean() - (1 - f).log().mean()).passed
    assert "0문제를 풀었습니다" in repr(progress())


def test_where_nothing_is_left(monkeypatch, tmp_path):
    import platformdirs

    monkeypatch.setattr(platformdirs, "user_state_path", lambda name: tmp_path / name)
    monkeypatch.delenv("GAN_LESSON_PROGRESS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    assert progress_file() is None  # pytest
    monkeypatch.delenv("PYTEST_VERSION")
    assert progress_file() == tmp_path / "gan_lesson" / "progress.jsonl"
    monkeypatch.setenv("CI", "true")
    assert progress_file() is None
    monkeypatch.setenv("GAN_LESSON_PROGRESS", "OFF")
    check_bce(lambda x, y: 3.0)
    assert repr(progress()) == SILENT and progress()._repr_html_() is None
    assert list(tmp_path.iterdir()) == []
