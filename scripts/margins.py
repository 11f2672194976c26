"""여러 컴퓨터에서 모은 여유를 비교합니다: python scripts/margins.py 폴더   (scripts/elsewhere.py가 남긴 .jsonl)

노트북마다, 컴퓨터가 달라지면 실패할 만큼 아슬아슬한 assert와 반올림이 바뀔 만큼 아슬아슬한 출력을 아슬아슬한 차례로
찍습니다. 여유는 문턱까지 남은 거리를 컴퓨터마다 흔들린 폭으로 나눈 것입니다(1이면 한 번 더 흔들릴 때 실패합니다).
"""

import ast
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
ENOUGH = 2.0
IGNORED = "nbval-ignore-output"


def main(folder):
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        rows = gathered(Path(folder), path.stem)
        for room, words in sorted(narrow(rows, notebook)):
            print(f"{path.stem}: {room:6.2f}  {words}")


def gathered(folder, notebook):
    """{(종류, 글, 자릿수): 컴퓨터마다 잰 값의 목록의 목록}"""
    found = defaultdict(list)
    for file in sorted(folder.glob("*.jsonl")):
        here = defaultdict(list)
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["notebook"] == notebook:
                value = row["value"] if row["kind"] == "print" else (row["small"], row["large"])
                here[row["kind"], row["source"], row.get("spec", "")].append(value)
        for key, values in here.items():
            found[key].append(values)
    return found


def narrow(rows, notebook):
    """(여유, 설명)의 목록: 여유가 ``ENOUGH``보다 작은 것만."""
    compared = set()  # nbval이 비교하는 셀이 자릿수를 정해 찍는 식들
    for cell in notebook.cells:
        if cell.cell_type == "code" and IGNORED not in cell.metadata.get("tags", []):
            found = (node for node in nodes(cell) if isinstance(node, ast.FormattedValue))
            compared |= {ast.unparse(node.value) for node in found}
    for (kind, source, spec), machines in rows.items():
        if kind == "print" and source not in compared:
            continue
        for values in zip(*machines, strict=False):
            if kind == "assert":
                gaps = [large - small for small, large in values]
                left, spread = min(gaps), max(gaps) - min(gaps)
                words = f"assert {source}: 남은 거리 {left:.3g}, 흔들린 폭 {spread:.3g}"
            else:
                left, spread = to_boundary(values, spec), max(values) - min(values)
                words = f"{{{source}:{spec}}}: {min(values):.6g}~{max(values):.6g}, 경계까지 {left:.2g}"
            if spread > 0 and left / spread < ENOUGH:
                yield left / spread, words


def nodes(cell):
    """코드 셀의 구문 나무의 마디들. ``%matplotlib inline`` 같은 줄은 파이썬이 아니므로 뺍니다."""
    return ast.walk(ast.parse(re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)))


def to_boundary(values, spec):
    """찍히는 글이 바뀔 때까지 가장 가까운 값의 거리. 이미 서로 다르게 찍히면 0."""
    if len({format(value, spec) for value in values}) > 1:
        return 0.0
    digits = int(re.search(r"\.(\d+)", spec)[1]) if "." in spec else 6
    if spec[-1] in "eg":
        return float("inf")  # 자릿수가 값에 따라 다릅니다. 여기서는 같게 찍혔으면 됩니다.
    unit = 10.0 ** -(digits + 2 * (spec[-1] == "%"))
    return min(abs((value / unit) % 1 - 0.5) * unit for value in values)


if __name__ == "__main__":
    main(*sys.argv[1:])
