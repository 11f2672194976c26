"""torch나 numpy가 없는 컴퓨터: 도움말과 환경 점검이 바로 그때 필요합니다."""

import subprocess
import sys

import pytest

from gan_lesson.environment import missing_package

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
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", WITHOUT + code, absent, *arguments],
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


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
    assert err.count("\n") == 1 and "패키지가 없습니다" in err and "pip install" in err


def test_a_notebook_says_it_too():
    code = "from gan_lesson.environment import prepare_notebook\nprepare_notebook()"
    code, _, err = run("torch", code)
    assert code == 1 and "LessonError: torch 패키지가 없습니다" in err.splitlines()[-1]


def test_any_import_by_the_lessons_says_it_in_korean(monkeypatch):
    """준비 셀을 건너뛰었거나, VS Code에서 다른 커널을 고른 때."""
    last = sys.meta_path[-1]
    assert last.__module__ == "gan_lesson"
    monkeypatch.setattr(sys, "meta_path", [last])  # 아무것도 설치되지 않은 곳
    for name, shown in (("platformdirs", "platformdirs"), ("torch", "torch"), ("PIL", "pillow")):
        monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.raises(ModuleNotFoundError, match=f"^{shown} 패키지가 없습니다.*커널") as refused:
            exec(f"import {name}", {"__name__": "gan_lesson.data.load"})
        assert refused.value.name == name and sys.executable in str(refused.value)
        assert missing_package(refused.value) == str(refused.value)
        # 강의가 아닌 코드의 오류와, 있는지 물어보는 것은 그대로입니다.
        with pytest.raises(ModuleNotFoundError, match="No module named"):
            exec(f"import {name}", {"__name__": "my_script"})
        exec(
            f"from importlib.util import find_spec\nassert find_spec({name!r}) is None",
            {"__name__": "gan_lesson.x"},
        )
