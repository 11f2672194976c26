"""torch나 numpy가 없는 컴퓨터: 도움말과 환경 점검이 바로 그때 필요합니다."""

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
    assert (code, err) == (0, "") and "--batch_size" in out and "quick 32, better 32, paper 128" in out
    code, out, err = run(absent, MAIN, "info")
    assert (code, err) == (0, "")
    for name in absent.split(","):
        assert f"  - {name} 패키지가 없습니다" in out, out


@pytest.mark.parametrize("absent", ABSENT)
def test_training_says_what_to_install(absent):
    code, out, err = run(absent, MAIN, "train")
    assert code == 2 and out == ""
    assert err.count("\n") == 1 and "패키지가 없습니다" in err and "커널" in err


def test_a_notebook_says_it_too():
    code = "from gan_lesson.environment import prepare_notebook\nprepare_notebook()"
    code, _, err = run("torch", code)
    last = err.splitlines()[-1]
    assert code == 1 and "LessonError: torch 패키지가 없습니다" in last and sys.executable in last
