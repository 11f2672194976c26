"""집의 짜임: 방의 차례, 파일의 크기, 인코딩, 의존성의 범위."""

import ast
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from reader import ROOT, text_files

PACKAGE = ROOT / "gan_lesson"

# 위에서 아래로. 방은 자기보다 위에 있는 방만 가져다 씁니다. "data/"는 폴더 안의 차례입니다.
ROOMS = [
    "__init__",
    "errors",
    "files",
    "settings",
    "config",
    "fonts",
    "seeds",
    "processes",
    "weights",
    "data/__init__",
    "data/cache",
    "data/images",
    "data/listing",
    "data/folder",
    "data/hangul",
    "data/torchvision_sets",
    "data/sources",
    "data/points",
    "objectives",
    "models",
    "inspection",
    "convolution",
    "metrics/__init__",
    "metrics/points",
    "state",
    "iteration",
    "point_config",
    "point_gan",
    "point_quiz",
    "troubles",
    "broken_loops",
    "phase_stepper",
    "phase_notes",
    "phase_quiz",
    "engine",
    "speed",
    "checkpoint",
    "metrics/perturb",
    "metrics/hangul_reader",
    "metrics/image_quality",
    "latent",
    "quick_run",
    "latent_lab",
    "history",
    "faults",
    "training",
    "resume",
    "diagnosis",
    "image_troubles",
    "recording",
    "human_quiz",
    "plots",
    "point_plots",
    "live_picture",
    "network_picture",
    "quality_plots",
    "speed_plots",
    "run_folder",
    "train_together",
    "evaluation",
    "notebook_errors",
    "environment",
    "checks/__init__",
    "checks/verdict",
    "checks/choices",
    "checks/losses",
    "checks/theory",
    "checks/convolution",
    "checks/modules",
    "checks/architecture",
    "checks/data",
    "checks/weights",
    "checks/training_loop",
    "checks/bug_hunt",
    "checks/training_run",
    "checks/cures",
    "checks/evaluation",
    "checks/scale",
    "widgets/__init__",
    "widgets/base",
    "widgets/svg",
    "widgets/conv_explorer",
    "widgets/charts",
    "widgets/scrubber",
    "widgets/dashboard",
    "widgets/latent_explorer",
    "widgets/stepper_picture",
    "widgets/stepper",
    "widgets/lab2d_picture",
    "widgets/lab2d_controls",
    "widgets/lab2d",
    "command_line",
    "train_command",
    "__main__",
]

# Colab(2026-08)에 이미 있는 판. 범위 안이어야 설치할 때 그대로 남습니다.
COLAB = {"torch": "2.11.0", "torchvision": "0.26.0", "ipywidgets": "7.7.1",
         "matplotlib": "3.10.0", "numpy": "2.1.3"}  # fmt: skip


def room_of(path):
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def python_files():
    return sorted(PACKAGE.rglob("*.py"))


def imported_rooms(path):
    """파일이 가져다 쓰는 이 패키지의 방들(함수 안의 import도)."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gan_lesson"):
            assert all(alias.name != "*" for alias in node.names)
            room = node.module.removeprefix("gan_lesson").lstrip(".").replace(".", "/")
            # 폴더에서 가져온 이름은 그 안의 방입니다.
            inside = room and (PACKAGE / room).is_dir()
            rooms |= {f"{room}/{alias.name}" for alias in node.names} if inside else {room}
        elif isinstance(node, ast.Import):
            rooms |= {a.name.removeprefix("gan_lesson.").replace(".", "/")
                      for a in node.names if a.name.startswith("gan_lesson.")}  # fmt: skip
    return rooms - {""}


def test_every_room_has_its_place():
    assert {room_of(path) for path in python_files()} == set(ROOMS)


@pytest.mark.parametrize("path", python_files(), ids=room_of)
def test_rooms_import_only_rooms_above(path):
    above = ROOMS[: ROOMS.index(room_of(path))]
    assert imported_rooms(path) <= set(above)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


def test_constraints_pin_what_the_tests_run_with():
    pins = {
        (r := Requirement(line)).name.lower(): r
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    for requirement in requirements():
        pin = pins[requirement.name.lower()]
        (version,) = pin.specifier
        assert version.operator == "==" and requirement.specifier.contains(version.version)


def requirements():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    texts = [line.split("#")[0].strip() for line in lines]
    return [Requirement(text) for text in texts if text and not text.startswith("-e")]


def test_requirements_are_ranges_with_reasons_that_leave_colab_alone():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert text.startswith("# -*- coding: utf-8 -*-\n") and "\n-e ." in text
    for line in text.splitlines():
        assert line.startswith("#") or "#" in line, f"까닭이 없음: {line}"
    for requirement in requirements():
        operators = {s.operator for s in requirement.specifier}
        assert operators == {">=", "<"}, requirement
        if version := COLAB.get(requirement.name):
            assert requirement.specifier.contains(Version(version)), requirement


def test_extras_are_ranges_too():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in project["optional-dependencies"].values():
        for text in extra:
            assert {s.operator for s in Requirement(text).specifier} == {">=", "<"}
    assert project["requires-python"] == ">=3.11" and sys.version_info >= (3, 11)


def test_text_files_are_utf8_without_carriage_returns():
    for path in text_files(".py", ".md", ".txt", ".toml", ".ipynb", ".cfg", ".yml"):
        data = path.read_bytes()
        data.decode("utf-8")
        assert b"\r" not in data, path


def calls(path):
    """파일이 부르는 것들: ("torch.load", 이름으로 준 인자들) 꼴."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: ast.unparse(k.value) for k in node.keywords}


def test_no_pickle_in_the_package():
    for path in python_files():
        for name, options in calls(path):
            assert name != "torch.save" and not name.startswith("pickle."), path
            assert "allow_pickle" not in options, path
            if name == "torch.load":
                # 남이 만든 .pth를 읽을 때만, 텐서가 아닌 것을 거절하는 방식으로 엽니다.
                assert room_of(path) == "weights" and options["weights_only"] == "True"
