"""시험이 함께 쓰는 것: 저장소의 글과 노트북을 읽고, 새 파이썬에서 코드를 실행합니다."""

import locale
import re
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read_notebook(path):
    return nbformat.read(path, as_version=4)


def text_files(*suffixes):
    """저장소에 든 글 파일(설치한 것과 만들어진 것은 빼고)."""
    top = [path for path in ROOT.iterdir() if path.is_file()]
    folders = ("gan_lesson", "tests", "scripts", "docs", "notebooks", ".github", ".ci")
    inside = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(
        path
        for path in top + inside
        if path.name.endswith(suffixes) and not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}
    )


def table_rows(markdown):
    """마크다운 표의 줄들을 칸의 목록으로. 머리와 구분선은 뺍니다."""
    rows = [line.strip().strip("|").split("|") for line in markdown.splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [
        row
        for before, row in zip([None, *cells], cells, strict=False)
        if before is not None and not re.fullmatch(r"[-:]+", row[0])
    ]


def run_python(code, *arguments):
    """새 파이썬이 ``code``를 실행한 (종료 코드, 출력, 오류 출력)."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True,
        encoding=locale.getpreferredencoding(False),  # UTF-8이 아닌 곳에서도
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr
