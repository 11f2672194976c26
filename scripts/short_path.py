"""짧은 길과 전체 길: 절마다 적어 둔 길을 읽어 수업 시간을 더하고, 시간이 적힌 곳을 모두 고쳐 씁니다.

쓰는 법: python scripts/short_path.py ('make notebooks'가 함께 부릅니다)

절의 제목이 있는 셀은 메타데이터 ``"gan_lesson": {"path": "short"}``나 ``"deep"``(깊이 읽기)으로 어느 길인지,
``"introduces": ["로짓"]``으로 거기서 처음 설명하는 것(``tests/test_short_path.py``의 ``CONCEPTS``에 있는 이름)을 적습니다.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
SHORT, DEEP = "short", "deep"
BADGE = "*깊이 읽기: 짧은 길에서는 건너뜁니다.*"
CLASS_TIME = re.compile(r"수업: \d+분(?:\(짧은 길 \d+분\)|\(깊이 읽기\))?")
TITLE = re.compile(r"^## (.+)$", re.MULTILINE)
MAP_ROW = re.compile(r"^\| \[(?P<title>[^\]]+)\]\((?P<stem>\w+)\.ipynb\) \| (?P<asks>[^|]+) \| [^|]+ \| [^|]+ \|$", re.MULTILINE)  # fmt: skip
MAP_TOTAL = re.compile(r"^\| \*\*모두\*\* \| \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


@dataclass
class Section:
    """절 하나. ``path``는 적지 않았으면 ``None``이고, 제목 앞(머리말과 준비 셀)은 ``title``이 빈 글입니다."""

    lesson: str
    title: str = ""
    path: str | None = SHORT
    minutes: int = 0
    introduces: tuple = ()
    texts: list = field(default_factory=list)
    codes: list = field(default_factory=list)


def sections(path):
    """노트북의 절들. 첫 원소는 제목 앞의 것입니다."""
    lesson = path.stem.split("_")[0]
    found = [Section(lesson)]
    for cell in nbformat.read(path, as_version=4).cells:
        heading = TITLE.search(cell.source) if cell.cell_type == "markdown" else None
        if cell.cell_type == "code":
            found[-1].codes.append(cell.source)
        elif heading and heading[1] != "학습 목표":
            found[-1].texts.append(cell.source[: heading.start()])
            about, notes = (cell.metadata.get(key, {}) for key in ("gan_lesson", "slideshow"))
            taught, introduces = notes.get("notes", {}).get("minutes", 0), tuple(about.get("introduces", ()))
            found.append(Section(lesson, heading[1], about.get("path"), taught, introduces))
            found[-1].texts.append(cell.source[heading.start() :])
        elif found[-1].title:  # 학습 목표는 앞으로 배울 것을 알립니다.
            found[-1].texts.append(cell.source)
    return found


def minutes(path):
    """(모든 절의 수업 시간, 짧은 길의 시간)."""
    parts = sections(path)
    return sum(p.minutes for p in parts), sum(p.minutes for p in parts if p.path == SHORT)


def hours(total):
    return f"{total}분(약 {total / 60:.0f}시간)"


def first_cell(text, times):
    """머리말의 수업 시간을 고쳐 쓴 글."""
    total, short = times
    path = "" if short == total else f"(짧은 길 {short}분)" if short else "(깊이 읽기)"
    return CLASS_TIME.sub(f"수업: {total}분{path}", text, count=1)


def course_map(text, times):
    """과정 지도(00)의 표를 고쳐 쓴 글."""

    def row(found):
        total, short = times[found["stem"]]
        return f"| [{found['title']}]({found['stem']}.ipynb) | {found['asks']} | {short or '–'} | {total} |"

    total, short = map(sum, zip(*times.values(), strict=True))
    return MAP_TOTAL.sub(f"| **모두** | | {hours(short)} | {hours(total)} |", MAP_ROW.sub(row, text))


def pages():
    """노트북 → 새 글. 머리말의 셀(과 00의 지도)만 바뀝니다."""
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    found, times = {}, {path.stem: minutes(path) for path in paths}
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].source = first_cell(notebook.cells[0].source, times[path.stem])
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and MAP_TOTAL.search(cell.source):
                cell.source = course_map(cell.source, times)
        found[path] = nbformat.writes(notebook) + "\n"
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
