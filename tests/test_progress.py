"""진도: 노트북과 맞는 문제의 목록, 덧붙이기만 하는 파일, 다음에 풀 문제."""

import ast
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from reader import NOTEBOOKS, read_notebook

from gan_lesson.checks import progress as progress_room
from gan_lesson.checks.exercises import BY_KEY, EXERCISES, LESSONS, find_exercise
from gan_lesson.checks.losses import check_bce, check_loss_d
from gan_lesson.checks.progress import SILENT, progress, progress_file, read_attempts, record
from gan_lesson.checks.training_run import READINGS, check_log_readings

RIGHT = SimpleNamespace(passed=True, message="맞았습니다.")
WRONG = SimpleNamespace(passed=False, message="아직 아닙니다.")


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "쓰는 사람" / "진도.jsonl"
    monkeypatch.setenv("GAN_LESSON_PROGRESS", str(path))
    monkeypatch.setattr(progress_room, "_waiting", [])
    return path


def leave(key, verdict=RIGHT):
    record(BY_KEY[key], verdict, None)


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
    asked = {path.stem.split("_")[0]: list(exercises_called(read_notebook(path))) for path in NOTEBOOKS}
    listed = {lesson: [e.key for e in EXERCISES if e.lesson == lesson] for lesson in LESSONS}
    assert asked == listed
    titles = {
        path.stem.split("_")[0]: read_notebook(path).cells[0].source.split("\n")[0] for path in NOTEBOOKS
    }
    assert titles == {lesson: f"# {lesson}. {title}" for lesson, title in LESSONS.items()}
    assert len(BY_KEY) == len(EXERCISES)
    per_lesson = [(e.lesson, e.title) for e in EXERCISES]
    assert len(set(per_lesson)) == len(per_lesson)


def test_every_checker_leaves_its_verdict(file):
    check_bce(lambda x, y: None)  # 풀지 않은 것은 시도가 아닙니다.
    assert not file.exists()
    check_bce(lambda x, y: 3.0)
    check_log_readings({"가": "없는 답"})
    check_log_readings({name: reading for reading, (name, _) in READINGS.items()})
    attempts, damaged = read_attempts(file)
    assert damaged == 0 and [(a["exercise"], a["passed"]) for a in attempts] == [
        ("check_bce", False),
        ("check_log_readings", False),
        ("check_log_readings", True),
    ]


def test_every_listed_exercise_is_a_decorated_checker():
    """목록의 이름마다, 결과를 알리는 채점 함수가 있습니다."""
    from test_absurd_answers import CHECKERS

    assert {e.check for e in EXERCISES} == set(CHECKERS)
    functions = [getattr(check, "func", check) for check in CHECKERS.values()]
    assert all(hasattr(function, "__wrapped__") for function in functions)


def test_table_and_what_comes_next(file):
    first = progress()
    assert f"{len(EXERCISES)}문제 가운데 0문제" in repr(first) and "01 GAN이란의 '맞힌 비율'" in repr(first)
    leave("check_accuracy")
    leave("check_loss_d", WRONG)
    leave("check_loss_d")
    rows = {name: rest for name, *rest in progress().rows}
    assert rows["03 BCE 손실"] == [1, 3, 2, ("BCE", "Loss_G")]
    assert rows["01 GAN이란"] == [1, 1, 1, ()]
    assert "00 시작하기" not in rows  # 문제가 없는 노트북
    # 02를 건너뛰고 03을 풀던 사람에게는 03의 남은 문제가 먼저입니다.
    assert "다음에 풀 문제: 03 BCE 손실의 'BCE'" in repr(progress())
    for exercise in EXERCISES:
        if exercise.lesson != "02":
            leave(exercise.key)
    assert "다음에 풀 문제: 02 최소최대 게임의 '값 함수'" in repr(progress())  # 끝까지 갔으면 처음으로
    for exercise in EXERCISES:
        leave(exercise.key)
    assert "모두 풀었습니다" in repr(progress())
    page = progress()._repr_html_()
    assert page.count("<tr>") == 1 + len(progress().rows) and "<td" in page


def test_two_kernels_at_once_lose_nothing(file):
    code = (
        "import sys; from types import SimpleNamespace\n"
        "from gan_lesson.checks.exercises import BY_KEY\n"
        "from gan_lesson.checks.progress import record\n"
        "for _ in range(150): record(BY_KEY[sys.argv[1]], SimpleNamespace(passed=False), None)\n"
        "assert 'torch' not in sys.modules\n"
    )
    keys = ("check_bce", "check_d32")
    kernels = [subprocess.Popen([sys.executable, "-c", code, key]) for key in keys]
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    attempts, damaged = read_attempts(file)
    assert damaged == 0
    assert [sum(a["exercise"] == key for a in attempts) for key in keys] == [150, 150]


BROKEN = b'\xff\xfe\x00 {"time": 3}\n[1]\nnull\n{"time": "x", "exercise": "check_bce", "passed": true}\n{"time": "2026'


def test_a_damaged_file_keeps_what_can_be_read(file):
    leave("check_bce")
    file.write_bytes(file.read_bytes() + b"\n" + BROKEN)  # 마지막 줄은 쓰다가 끊겼습니다.
    leave("check_loss_d")
    kept = file.read_bytes()
    attempts, damaged = read_attempts(file)
    assert [a["exercise"] for a in attempts] == ["check_bce", "check_loss_d"] and damaged == 5
    assert "손상된 줄 5개" in repr(progress()) and BROKEN in kept == file.read_bytes()
    with file.open("ab") as end:  # 다른 버전이 남긴 문제는 손상된 것이 아닙니다.
        end.write(b"\n" + json.dumps(attempts[0] | {"exercise": "check_old", "time": "2026-01-01"}).encode())
    assert "손상된 줄 5개" in repr(progress()) and progress().rows[2][1:4] == (2, 3, 2)


def test_where_nothing_can_be_written_the_checkers_still_answer(file):
    file.parent.write_text("폴더가 아니라 파일입니다.", encoding="utf-8")
    assert check_loss_d(lambda r, f: -r.log().mean() - (1 - f).log().mean()).passed
    shown = progress()
    assert "쓰지 못해" in repr(shown) and "GAN_LESSON_PROGRESS" in repr(shown)
    assert dict((row[0], row[1]) for row in shown.rows)["03 BCE 손실"] == 1
    file.parent.unlink()  # 쓸 수 있게 되면 밀린 것부터 씁니다.
    leave("check_bce")
    assert [a["exercise"] for a in read_attempts(file)[0]] == ["check_loss_d", "check_bce"]
    file.unlink()
    file.mkdir()
    assert "읽지 못했습니다" in repr(progress())


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
    monkeypatch.setenv("CI", "false")
    assert progress_file() is not None
    monkeypatch.setenv("GAN_LESSON_PROGRESS", "OFF")
    leave("check_bce")
    assert repr(progress()) == SILENT and progress()._repr_html_() is None
    assert list(tmp_path.iterdir()) == []
