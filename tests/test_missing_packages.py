"""torch나 numpy가 없는 컴퓨터: 도움말과 환경 점검이 바로 그때 필요합니다."""

import os
import subprocess
import sys

import pytest
from reader import run_python

# 이름들을 import하지도, 설치된 것으로 보이지도 않게 합니다.
WITHOUT = """
import importlib.metadata, sys
names = set(sys.argv.pop(1).split(","))
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
sys.modules |= dict.fromkeys(names)
version = importlib.metadata.version
def absent(name):
    if name in names:
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
importlib.metadata.version = absent
"""
ABSENT = ["torch", "numpy", "platformdirs", "torch,numpy,platformdirs,torchvision,matplotlib"]


def run(absent, code, *arguments):
    return run_python(WITHOUT + code, absent, *arguments)


MAIN = "from gan_lesson.__main__ import main\nsys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize("absent", ABSENT)
def test_help_and_info_come_up(absent):
    code, out, err = run(absent, MAIN, "train", "--help")
    assert (
        (code, err) == (0, "") and "--batch_size" in out and "quick 32, better 32, large 32, paper 128" in out
    )
    code, out, err = run(absent, MAIN, "info")
    assert (code, err) == (0, "")
    for name in absent.split(","):
        assert f"  - {name} 패키지가 없습니다" in out, out


@pytest.mark.parametrize("absent", ABSENT)
def test_training_says_what_to_install(absent):
    code, out, err = run(absent, MAIN, "train")
    assert code == 2 and out == ""
    assert err.count("\n") == 1 and "패키지가 없습니다" in err and "커널" in err


@pytest.mark.parametrize("name", ["torch", "numpy", "random", "types"])
def test_a_file_of_the_students_own_does_not_hide_the_real_one(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("print('내 실습')", encoding="utf-8")
    command = [sys.executable, "-X", "utf8", "-m", "gan_lesson", "sample", "--run", "없음"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 2 and not done.stdout and "결과 폴더 '없음'" in done.stderr, done.stderr


def test_packages_of_another_python_are_named_with_their_place(tmp_path):
    """ROS나 옛 강의가 PYTHONPATH에 둔 numpy."""
    broken = tmp_path / "numpy"
    broken.mkdir()
    missing = "raise ModuleNotFoundError('없음', name='numpy._core._multiarray_umath')"
    (broken / "__init__.py").write_text(missing, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "gan_lesson", "sample", "--run", "없음"], capture_output=True, text=True,
        encoding="utf-8", env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )  # fmt: skip
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and f"{broken}" in line and "unset PYTHONPATH" in line


def test_a_notebook_says_it_too():
    code = "from gan_lesson.environment import prepare_notebook\nprepare_notebook()"
    code, _, err = run("torch", code)
    last = err.splitlines()[-1]
    assert code == 1 and "LessonError: torch 패키지가 없습니다" in last and sys.executable in last
