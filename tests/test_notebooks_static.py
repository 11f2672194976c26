"""노트북을 실행하지 않고 보는 것: 저장된 출력, 형식, 준비 셀, 다루는 항목."""

import copy
import re

import nbformat
import pytest
import syllabus
from make_slides import NOTE_WORDS
from reader import NOTEBOOKS, read_notebook

from notebooks import CELL_METADATA, WIDGET_VIEW, normalize

MAX_CODE_CELLS, MAX_BYTES, MAX_SETUP_LINES = 30, 600 * 1024, 20
MAX_IGNORED = 0.3  # nbval이 비교하지 않는 셀의 비율
IGNORED = {"nbval-ignore-output", "nbval-skip"}


def code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


# ``assert``로 확인하는 셀이 다루는 항목들
ASSERTED = {
    item
    for path in NOTEBOOKS
    for cell in code_cells(read_notebook(path))
    if re.search(r"^\s*assert ", cell.source, re.MULTILINE)
    for item in cell.metadata.get("gan_lesson", {}).get("covers", [])
}


def problems(notebook, size):
    """노트북이 어긴 규칙의 목록."""
    found = []
    cells = code_cells(notebook)
    for i, cell in enumerate(notebook.cells):
        where = f"셀 {i}"
        if set(cell.metadata) - CELL_METADATA:
            found.append(f"{where}: 남기지 않는 메타데이터")
        if re.search(r"!\[[^\]]*\]\((?!https?:|attachment:)|<img[^>]+src=\"(?!https?:|data:)", cell.source):
            found.append(f"{where}: 상대 경로의 그림(Colab에서 깨짐)")
        covers = cell.metadata.get("gan_lesson", {}).get("covers", [])
        if unknown := set(covers) - set(syllabus.syllabus_items()):
            found.append(f"{where}: 항목표에 없는 번호 {sorted(unknown)}")
        if cell not in cells:
            continue
        if cell.execution_count is None:
            found.append(f"{where}: 실행하지 않음(nbval이 비교하지 않고 지나감)")
        for output in cell.outputs:
            data = output.get("data", {})
            if output.output_type == "error":
                found.append(f"{where}: 오류가 저장됨")
            if WIDGET_VIEW in data:
                found.append(f"{where}: 위젯 상태가 저장됨")
            if "does not have a glyph" in output.get("text", ""):
                found.append(f"{where}: 글꼴에 없는 글자")
            if "<Figure" in str(data.get("text/plain", "")) and "image/png" not in data:
                found.append(f"{where}: 그림이 글자로만 저장됨")
    counts = [cell.execution_count for cell in cells]
    if counts != list(range(1, len(cells) + 1)):
        found.append(f"실행 번호가 1부터 차례대로가 아님: {counts}")
    if not any(cell.outputs for cell in cells):
        found.append("저장된 출력이 없음")
    if "widgets" in notebook.metadata:
        found.append("위젯 상태가 저장됨")
    if len(cells) > MAX_CODE_CELLS:
        found.append(f"코드 셀이 {len(cells)}개({MAX_CODE_CELLS}개 이하여야 함)")
    if size > MAX_BYTES:
        found.append(f"크기가 {size:,}바이트({MAX_BYTES:,} 이하여야 함)")
    ignored = sum(bool(IGNORED & set(cell.metadata.get("tags", []))) for cell in cells)
    if ignored > MAX_IGNORED * len(cells):
        found.append(f"비교하지 않는 셀이 {len(cells)}개 가운데 {ignored}개")
    if normalize(copy.deepcopy(notebook)) != notebook:
        found.append("저장 형식이 다름: 'make notebooks'를 실행하세요")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_follows_the_rules(path):
    assert problems(read_notebook(path), path.stat().st_size) == []
    text = path.read_text(encoding="utf-8")
    assert nbformat.writes(read_notebook(path)) + "\n" == text
    assert re.fullmatch(r"\d\d[abc]?_[a-z0-9_]+\.ipynb", path.name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_template(path):
    cells = read_notebook(path).cells
    number = path.name[:2]
    assert cells[0].source.startswith(f"# {number}")
    assert re.search(r"\*\*.+\*\*", cells[0].source) and "실행 시간: CPU" in cells[0].source
    assert "## 학습 목표" in cells[1].source and "**준비:**" in cells[1].source
    text = "\n".join(cell.source for cell in cells)
    for heading in ("예측해 보기", "무엇을 보았나요?", "## 정리", "**확인 문제**", "**참고문헌**"):
        assert heading in text, heading


def test_setup_cell_is_the_same_everywhere_and_short():
    setups = {code_cells(read_notebook(path))[0].source for path in NOTEBOOKS}
    assert len(setups) == 1
    (setup,) = setups
    assert "%matplotlib inline" in setup
    lines = [line for line in setup.splitlines() if line.strip() and line[0] not in "#%"]
    assert len(lines) <= MAX_SETUP_LINES
    assert setup.startswith("# @title ")  # Colab에서는 이 한 줄만 보입니다.
    for path in NOTEBOOKS:
        cell = code_cells(read_notebook(path))[0]
        assert cell.metadata == {"jupyter": {"source_hidden": True}, "cellView": "form"}
        assert [output.text for output in cell.outputs] == ["준비되었습니다.\n"]  # 보이는 한 줄


def test_coverage_page_is_made_from_the_notebooks():
    assert syllabus.TARGET.read_text(encoding="utf-8") == syllabus.page(), "'make notebooks'"


@pytest.mark.parametrize("item", syllabus.syllabus_items())
def test_every_item_is_told_and_asserted(item):
    """모든 항목을 설명하는 셀이 있고, 사실이나 관례가 아니면 ``assert``로 확인하는 셀도 있습니다."""
    assert syllabus.coverage()[item]["markdown"], f"{item}: 설명하는 셀이 없습니다"
    assert item in syllabus.TOLD | ASSERTED, f"{item}: 실행해 확인하는 셀이 없습니다"


def test_the_syllabus_is_read_whole():
    counts = {"A": 13, "B": 4, "C": 12, "D": 9, "E": 6, "F": 14, "R": 14}
    expected = {f"{letter}{i}" for letter, count in counts.items() for i in range(1, count + 1)}
    assert set(syllabus.syllabus_items()) == expected


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_section_has_notes_for_the_instructor(path):
    """절마다 시간, 물어볼 것, 흔한 실수가 있고, 시간을 모두 더하면 첫 셀의 수업 시간입니다."""
    cells, minutes = read_notebook(path).cells, 0
    for cell in cells[2:]:
        sections = re.findall(r"^## .+$", cell.source, re.MULTILINE)
        notes = cell.metadata.get("slideshow", {}).get("notes")
        if cell.cell_type != "markdown" or not sections:
            assert notes is None, cell.id
            continue
        assert len(sections) == 1, (cell.id, "메모를 절마다 달 수 있게 한 셀에 절 하나만 둡니다")
        assert set(notes) == set(NOTE_WORDS), cell.id
        assert notes["ask"].rstrip(".").endswith(("?", "세요")), cell.id
        minutes += notes["minutes"]
    assert minutes == int(re.search(r"수업: (\d+)분", cells[0].source)[1])


def test_normalize_keeps_only_the_last_look_of_a_progress_bar():
    texts = (
        ("stdout", "0%\r 50% [00:01<00:01]"),
        ("stdout", "\r100% [00:02<00:00]\n끝\n"),
        ("stderr", "다른 것"),
    )
    outputs = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in texts]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=outputs)])
    once = normalize(notebook)
    assert [o.text for o in once.cells[0].outputs] == ["100% [TIME]\n끝\n", "다른 것"]
    assert normalize(copy.deepcopy(once)) == once
