"""집의 짜임: 방의 차례, 파일의 크기, 인코딩, 의존성의 범위."""

import ast
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from reader import ROOT, text_files

import gan_lesson
from gan_lesson.environment import PACKAGES

PACKAGE = ROOT / "gan_lesson"

# 위에서 아래로. 층마다 자기 층과 그 위만 가져다 씁니다.
LAYERS = [
    {"base"},
    {"config", "objectives", "models"},
    {"iteration", "data"},
    {"plots", "environment"},
    {"training"},
    {"metrics"},
    {"labs"},
    {"checks", "textbook"},
    {"commands"},
    {"__main__"},
]
# 실험실들이 함께 쓰는 파일. labs의 나머지 파일은 저마다 하나의 실험실입니다.
SHARED_BY_LABS = {"charts", "layers", "prediction", "svg", "troubles", "widget"}
FLOOR = {name: floor for floor, names in enumerate(LAYERS) for name in names}

# Colab(2026-08)에 이미 있는 판. 범위 안이어야 설치할 때 그대로 남습니다.
COLAB = dict(torch="2.11.0", torchvision="0.26.0", ipywidgets="7.7.1", matplotlib="3.10.0", numpy="2.1.3")


def room_of(path):
    room = path.relative_to(PACKAGE).with_suffix("").as_posix()
    return room.removesuffix("/__init__") if "/" in room else room


def python_files():
    return sorted(PACKAGE.rglob("*.py"))


ROOMS = {room_of(path): path for path in python_files()}


def imported_rooms(path):
    """파일이 가져다 쓰는 이 패키지의 방들(함수 안의 import도)."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gan_lesson"):
            assert all(alias.name != "*" for alias in node.names)
            room = node.module.removeprefix("gan_lesson").lstrip(".").replace(".", "/")
            # 폴더에서 가져온 이름은 그 안의 방이거나 폴더의 얼굴입니다.
            inside = {f"{room}/{alias.name}".lstrip("/") for alias in node.names}
            rooms |= {name if name in ROOMS else room for name in inside}
        elif isinstance(node, ast.Import):
            rooms |= {a.name.removeprefix("gan_lesson.").replace(".", "/")
                      for a in node.names if a.name.startswith("gan_lesson.")}  # fmt: skip
    return rooms - {""}


def lab_of(room):
    """방이 든 실험실(폴더이거나 파일). 실험실들이 함께 쓰는 것이거나 실험실이 아니면 ``None``."""
    top, *inside = room.split("/")
    return inside[0] if top == "labs" and inside and inside[0] not in SHARED_BY_LABS else None


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_rooms_import_only_from_their_floor_and_above(room):
    assert len(ROOMS[room].read_text(encoding="utf-8").splitlines()) <= 320
    top = room.split("/")[0]
    if top == "__init__":
        assert imported_rooms(ROOMS[room]) == set()
        return
    for other in imported_rooms(ROOMS[room]):
        assert other in ROOMS and FLOOR[other.split("/")[0]] <= FLOOR[top], other
        if top == "labs" and lab_of(other) is not None:
            assert lab_of(room) == lab_of(other), f"다른 실험실: {other}"


def test_the_house_stays_small():
    """나눌 것이 더 있으면 합치거나 덜어 낼 것을 먼저 찾습니다."""
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in python_files())
    entries = [path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert lines <= 10_536 and len(python_files()) <= 105 and len(entries) <= 16


def test_no_circle():
    """서로가 서로를 (건너서라도) 가져다 쓰는 방은 없습니다."""
    arrows = {room: imported_rooms(path) - {room} for room, path in ROOMS.items()}
    while free := {room for room, needed in arrows.items() if not needed & arrows.keys()}:
        for room in free:
            del arrows[room]
    assert not arrows


def test_only_the_entrances_need_the_layers_that_are_light():
    """도움말과 환경 점검은 torch와 numpy가 없어도 나와야 하므로, 함수 안에서만 가져옵니다."""
    for room in ("__main__", "environment", "config"):
        tree = ast.parse(ROOMS[room].read_text(encoding="utf-8"))
        names = {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name
                 for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)}  # fmt: skip
        assert not {name.split(".")[0] for name in names} & {"torch", "numpy", "platformdirs"}


def test_reading_order_names_real_rooms_everywhere():
    rooms = [name.replace(".", "/") for name in gan_lesson.READING_ORDER]
    assert set(rooms) <= set(ROOMS) and rooms[0] == "textbook" and len(rooms) == 11
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    places = [text.index(f"`{room}.py`") for room in rooms]
    assert places == sorted(places)
    assert all(f"``{name}``" in gan_lesson.__doc__ for name in gan_lesson.READING_ORDER[1:])


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
        assert line.startswith("#") or "#" in line, f"이유가 없음: {line}"
    for requirement in requirements():
        operators = {s.operator for s in requirement.specifier}
        assert operators == {">=", "<"}, requirement
        if version := COLAB.get(requirement.name):
            assert requirement.specifier.contains(Version(version)), requirement
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in [text for texts in project["optional-dependencies"].values() for text in texts]:
        assert {s.operator for s in Requirement(extra).specifier} == {">=", "<"}
    assert project["requires-python"] == ">=3.11"


def test_the_environment_check_knows_what_the_requirements_install():
    names = {requirement.name for requirement in requirements()}
    assert set(PACKAGES) == names - {"jupyterlab-language-pack-ko-KR"}


def test_text_files_are_utf8_without_carriage_returns():
    for path in text_files(".py", ".md", ".txt", ".toml", ".ipynb", ".cfg", ".yml"):
        data = path.read_bytes()
        data.decode("utf-8")
        assert b"\r" not in data, path
    assert (ROOT / "tests" / "nbval_sanitize.cfg").read_bytes().isascii()


def calls(path):
    """파일이 부르는 것들: ("torch.load", 이름으로 준 인자들) 꼴."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: ast.unparse(k.value) for k in node.keywords}


def test_text_is_read_and_written_as_utf8():
    """한국어 윈도에서는 encoding이 없으면 cp949로 읽습니다(``open``은 ruff의 PLW1514가 봅니다)."""
    for path in python_files():
        for name, options in calls(path):
            assert not name.endswith(("read_text", "write_text")) or "encoding" in options, (path, name)


def test_no_pickle_in_the_package():
    for path in python_files():
        for name, options in calls(path):
            assert name != "torch.save" and not name.startswith("pickle."), path
            assert "allow_pickle" not in options, path
            if name == "torch.load":
                # 남이 만든 .pth를 읽을 때만, 텐서가 아닌 것을 거절하는 방식으로 엽니다.
                assert room_of(path) == "training/saving/foreign" and options["weights_only"] == "True"
