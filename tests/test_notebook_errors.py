"""노트북에서 난 오류에 붙는 한국어."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from gan_lesson.environment import MEMORY, RERUN, TORCHVISION, explain_errors


@pytest.fixture
def run():
    """셀을 실행해 화면에 나온 오류의 글을 돌려주는 함수."""
    shell = InteractiveShell()
    shown = []
    shell._showtraceback = lambda kind, error, lines: shown.append("\n".join(lines))
    explain_errors(shell)
    explain_errors(shell)

    def run(cell):
        shown.clear()
        result = shell.run_cell(cell)
        assert not result.success and len(shown) == 1  # 오류는 오류로 남고, 한 번만 보입니다.
        return shown[0]

    return run


def test_our_errors_are_one_line(run):
    shown = run("from gan_lesson.config import LessonConfig\nLessonConfig(nz=0)")
    assert shown.startswith("LessonError: 설정값 nz = 0") and "\n" not in shown


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("G(z)", RERUN),
        ("raise RuntimeError('operator torchvision::nms does not exist')", TORCHVISION),
        ("raise MemoryError", MEMORY),
        ("raise RuntimeError('CUDA out of memory. Tried to allocate')", MEMORY),
        ("raise ModuleNotFoundError(name='ipywidgets')", ".venv를 고르세요."),
    ],
)
def test_common_errors_say_what_to_do(run, cell, hint):
    shown = run(cell)
    assert shown.endswith(hint) and "Traceback" in shown


@pytest.mark.parametrize("cell", ["1 / 0", "raise RuntimeError('모양이 다름')", "import 없는것"])
def test_other_errors_are_left_alone(run, cell):
    shown = run(cell)
    assert "Traceback" in shown and not any(h in shown for h in (RERUN, TORCHVISION, MEMORY, ".venv를"))
