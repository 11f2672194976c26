"""짧은 길과 전체 길: 절마다 적어 둔 길을 읽어 수업 시간을 더하고, 시간이 적힌 곳을 모두 고쳐 씁니다.

쓰는 법: python scripts/short_path.py ('make notebooks'가 함께 부릅니다)

절의 제목이 있는 셀은 메타데이터 ``"gan_lesson": {"path": "short"}``나 ``"deep"``(깊이 읽기)으로 어느 길인지,
``"introduces": ["로짓"]``으로 거기서 처음 설명하는 것(아래 ``CONCEPTS``의 이름)을 적습니다.
"""

import ast
import builtins
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
SHORT, DEEP = "short", "deep"
BADGE = "*깊이 읽기: 짧은 길에서는 건너뜁니다.*"
CLASS_TIME = re.compile(r"수업: \d+분(?:\(짧은 길 \d+분\)|\(깊이 읽기\))?")
TITLE = re.compile(r"^## (.+)$", re.MULTILINE)
MAP_ROW = re.compile(r"^\| \[(?P<title>[^\]]+)\]\((?P<stem>\w+)\.ipynb\) \| (?P<asks>[^|]+) \| [^|]+ \| [^|]+ \|$")  # fmt: skip
MAP_TOTAL = re.compile(r"^\| \*\*모두\*\* \| \| [^|]+ \| [^|]+ \|$", re.MULTILINE)
PLAN_ROW = re.compile(r"^(\| \d+ \| )([0-9abc, ]+)( \| )[^|]+ \| [^|]+( \|.*)$", re.MULTILINE)
LISTS = ("용어 상자", "과정 지도")  # 이름만 늘어놓는 절
PLAN_TOTAL = re.compile(r"전체는 \d+분[^,]*, 짧은 길은 \d+분(?:\([^)]*\))?")

# 설명 없이 쓰면 처음 보는 사람이 길을 잃는 것: 이름 → 썼는지 알아보는 정규식
CONCEPTS = {
    "GAN": r"\bGAN\b",
    "구분자": r"구분자",
    "잠재공간 벡터": r"잠재공간",
    "에폭": r"에폭|num_epochs",
    "엔진": r"엔진|\bengine\b",
    "한글 리더": r"리더\b|hangul_reader|HangulReader",
    "균형": r"균형",
    "분포 p_data와 p_g": r"p_\{?data|p_\{?g\b",
    "모드": r"모드(?! 붕괴)",
    "BCE": r"\bBCE",
    "값 함수": r"값 함수|V\(D, ?G\)",
    "로짓": r"로짓|[lL]ogits?\b",
    "비포화 손실": r"포화",
    "가장 좋은 구분자": r"D\^\*|D\*",
    "JSD": r"JSD|젠슨",
    "특징 맵": r"특징 맵",
    "보폭": r"보폭",
    "전치 합성곱": r"전치 합성곱|ConvTranspose",
    "배치 정규화": r"배치 정규화|BatchNorm",
    "LeakyReLU": r"LeakyReLU",
    "tanh": r"[tT]anh",
    "가중치 초기화": r"가중치 초기화|weights_init",
    "fixed_noise": r"fixed_noise",
    "수용 영역": r"수용 영역",
    "실행 중 통계": r"실행 중 통계|num_batches_tracked",
    "detach": r"\bdetach\b(?!\()",
    "축적": r"축적",
    "beta1": r"\bbeta1\b|β₁",
    "모드 붕괴": r"모드 붕괴",
    "FID": r"\b[FK]ID\b",
    "재현율": r"재현율",
    "구면 보간": r"구면 보간|slerp",
}  # fmt: skip


@dataclass
class Section:
    """절 하나. ``path``는 적지 않았으면 ``None``이고, 제목 앞(머리말과 준비 셀)은 ``title``이 빈 글입니다."""

    stem: str
    title: str = ""
    path: str | None = SHORT
    minutes: int = 0
    introduces: tuple = ()
    texts: list = field(default_factory=list)
    codes: list = field(default_factory=list)

    @property
    def lesson(self):
        return self.stem.split("_")[0]

    def uses(self, concept):
        """설명한 것으로 치고 쓴 문장. 뒤의 노트북에서 배운다고 알리는 문장은 쓴 것이 아닙니다. 없으면 ``None``."""
        pattern = re.compile(CONCEPTS[concept])
        for text in self.texts + self.codes:
            for sentence in re.split(r"(?<=[.?!])\s|\n", text):
                later = [lesson for lesson in re.findall(r"\b\d\d[abc]?(?=[)절의에부에서, ])", sentence) if lesson > self.lesson]  # fmt: skip
                if pattern.search(sentence) and not later:
                    return sentence.strip()
        return None


def notebooks(root=ROOT):
    return sorted((root / "notebooks").glob("*.ipynb"))


def sections(path):
    """노트북의 절들. 첫 원소는 제목 앞의 것입니다."""
    found = [Section(path.stem)]
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            found[-1].codes.append(cell.source)
            continue
        heading = TITLE.search(cell.source)
        if heading is None or heading[1] == "학습 목표":
            if found[-1].title:  # 학습 목표는 앞으로 배울 것을 알립니다.
                found[-1].texts.append(cell.source)
            continue
        found[-1].texts.append(cell.source[: heading.start()])
        about = cell.metadata.get("gan_lesson", {})
        notes = cell.metadata.get("slideshow", {}).get("notes", {})
        found.append(
            Section(
                path.stem,
                heading[1],
                about.get("path"),
                notes.get("minutes", 0),
                tuple(about.get("introduces", ())),
                [cell.source[heading.start() :]],
            )
        )
    return found


def minutes(path):
    """(모든 절의 수업 시간, 짧은 길의 시간)."""
    parts = sections(path)
    return sum(p.minutes for p in parts), sum(p.minutes for p in parts if p.path == SHORT)


def unexplained(parts):
    """``parts``를 차례로 읽을 때 설명보다 먼저 쓴 것: (노트북, 절, 이름, 문장)의 목록."""
    found = []
    for concept in CONCEPTS:
        for part in parts:
            if concept in part.introduces:
                break
            if (
                part.title
                and not any(word in part.title for word in LISTS)
                and (sentence := part.uses(concept))
            ):
                found.append((part.lesson, part.title, concept, sentence))
                break
    return found


def undefined(sources):
    """코드 셀들을 차례로 실행할 때, 앞에서 정하지 않고 쓰는 이름들."""
    known, missing = set(dir(builtins)) | {"get_ipython"}, []
    for source in sources:
        lines = [line for line in source.splitlines() if not line.startswith(("%", "!"))]
        later = set()  # 함수의 몸통은 부를 때 실행되므로, 쓰는 이름이 셀의 뒤쪽에 있어도 됩니다.
        for statement in ast.parse("\n".join(lines)).body:
            names = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
            bound = {n.id for n in names if isinstance(n.ctx, ast.Store)} | _bound_otherwise(statement)
            loaded = {n.id for n in names if isinstance(n.ctx, ast.Load)}
            # x = x + 1의 x는 앞에서 정해 두어야 하지만, for나 함수 안에서 정한 것은 그 안에서 씁니다.
            plain = isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Assert)
            inner = _comprehension_names(statement) if plain else bound
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                later |= loaded - inner
            else:
                missing += sorted(loaded - inner - known)
            known |= bound
        missing += sorted(later - known)
    return missing


def _bound_otherwise(statement):
    """import, def, 인자, except가 정하는 이름들."""
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _comprehension_names(statement):
    found = _bound_otherwise(statement)
    for node in ast.walk(statement):
        if isinstance(node, ast.comprehension):
            found |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.NamedExpr):
            found.add(node.target.id)
    return found


def hours(total):
    return f"{total}분(약 {total / 60:.0f}시간)"


def first_cell(text, times):
    """머리말의 수업 시간을 고쳐 쓴 글."""
    total, short = times
    path = "" if short == total else f"(짧은 길 {short}분)" if short else "(깊이 읽기)"
    return CLASS_TIME.sub(f"수업: {total}분{path}", text, count=1)


def course_map(text, times):
    """과정 지도(00)의 표를 고쳐 쓴 글. 없는 노트북은 줄을 더합니다."""
    lines, rows = text.splitlines(), {}
    for i, line in enumerate(lines):
        if found := MAP_ROW.match(line):
            rows[found["stem"]] = i
    for stem, (total, short) in times.items():
        if stem not in rows:
            raise SystemExit(f"00의 과정 지도에 {stem}의 줄이 없습니다. 묻는 것과 함께 한 줄을 더하세요.")
        row = MAP_ROW.match(lines[rows[stem]])
        lines[rows[stem]] = f"| [{row['title']}]({stem}.ipynb) | {row['asks']} | {short or '–'} | {total} |"
    total, short = (sum(column) for column in zip(*times.values(), strict=True))
    return MAP_TOTAL.sub(f"| **모두** | | {hours(short)} | {hours(total)} |", "\n".join(lines))


def readme(text, times):
    """README의 수업 표를 고쳐 쓴 글."""
    by_lesson = {stem.split("_")[0]: both for stem, both in times.items()}

    def row(found):
        total, short = (sum(column) for column in zip(*(by_lesson[n] for n in found[2].split(", ")), strict=True))  # fmt: skip
        return f"{found[1]}{found[2]}{found[3]}{total} | {short or '–'}{found[4]}"

    total, short = (sum(column) for column in zip(*times.values(), strict=True))
    return PLAN_TOTAL.sub(f"전체는 {hours(total)}, 짧은 길은 {hours(short)}", PLAN_ROW.sub(row, text))


def pages(root=ROOT):
    """고쳐 쓸 파일 → 새 글. 노트북은 머리말의 셀(과 00의 지도)만 바뀝니다."""
    found, times = {}, {path.stem: minutes(path) for path in notebooks(root)}
    for path in notebooks(root):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].source = first_cell(notebook.cells[0].source, times[path.stem])
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and MAP_TOTAL.search(cell.source):
                cell.source = course_map(cell.source, times)
        found[path] = nbformat.writes(notebook) + "\n"
    found[root / "README.md"] = readme((root / "README.md").read_text(encoding="utf-8"), times)
    return found


def main():
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    times = [minutes(path) for path in notebooks()]
    print(f"전체 {sum(t for t, _ in times)}분, 짧은 길 {sum(s for _, s in times)}분")


if __name__ == "__main__":
    main()
