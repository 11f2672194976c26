"""강의 항목표의 대응표(notebooks/README.md)를 노트북의 메타데이터에서 만듭니다.

쓰는 법: python scripts/syllabus.py ('make notebooks'가 함께 부릅니다)
"""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "notebooks" / "README.md"
ITEM = re.compile(r"[A-F]\d+|R\d+")
# 사실·역할·관례라서 설명이면 되는 항목. 나머지는 실행해 확인하는(assert가 있는) 셀도 있어야 합니다.
TOLD = {"A1", "A2", "A3", "A4", "A5", "A10", "B1", "E2"}

HEADER = """# 항목과 노트북의 대응표

[강의 항목표](../docs/syllabus.md)의 항목을 어느 노트북이 다루는지 적은 표입니다. 노트북의 메타데이터에서 `make notebooks`가 만들므로 손으로 고치지 않습니다. ○는 설명하는 셀, ●는 실행해 확인하는 셀이 있다는 뜻이고, 숫자는 셀의 수입니다. 사실이나 관례인 여덟 항목(A1–A5, A10, B1, E2)은 설명이면 되고, 나머지는 모두 어느 셀의 `assert`가 확인합니다.

| 항목 | 설명 ○ | 실행·확인 ● |
|---|---|---|
"""


def syllabus_items():
    """항목표에 있는 번호들, 있는 차례대로."""
    text = (ROOT / "docs" / "syllabus.md").read_text(encoding="utf-8")
    return [found[1] for found in re.finditer(r"^\| (\S+) \|", text, re.MULTILINE)
            if ITEM.fullmatch(found[1])]  # fmt: skip


def coverage():
    """항목 → {"markdown": {노트북: 셀의 수}, "code": {…}}."""
    table = {item: {"markdown": {}, "code": {}} for item in syllabus_items()}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for item in cell.metadata.get("gan_lesson", {}).get("covers", []):
                counts = table[item][cell.cell_type]
                counts[path.name] = counts.get(path.name, 0) + 1
    return table


def page():
    """대응표 문서의 글."""
    rows = []
    for item, kinds in coverage().items():
        cells = [
            " · ".join(f"[{name[:3].rstrip('_')}]({name}) {n}" for name, n in counts.items()) or "–"
            for counts in (kinds["markdown"], kinds["code"])
        ]
        rows.append(f"| {item} | {cells[0]} | {cells[1]} |\n")
    return HEADER + "".join(rows)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
