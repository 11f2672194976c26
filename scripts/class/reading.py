"""제출한 노트북을 실행하지 않고 읽습니다: 무슨 문제가 있는지, 무엇을 다시 정의했는지, 답의 뼈대가 무엇인지."""

import ast
import hashlib
import json
import re
import warnings

from gan_lesson.checks.exercises import CHECKS, LESSONS, find_exercise

LARGEST = 200 * 2**20
TITLE = re.compile(r"^#\s+(\d\d[abc]?)\.", re.MULTILINE)
# 이보다 작은 답(식의 마디 수)은 저절로 같을 수 있어 비교하지 않습니다. 같은 답을 낼 길이 하나뿐인 문제가 많습니다.
SMALLEST_SHARED = 45


class Unreadable(Exception):
    """노트북으로 읽을 수 없습니다. 메시지는 사람에게 보일 한국어입니다."""


def code_cells(data):
    """노트북 파일의 내용 ``data`` → (코드 셀들의 소스, 첫머리의 글, 나누어 준 버전).

    출력과 그림은 버립니다. 셀이 겹치거나 id가 없어도 됩니다.

    Raises:
        Unreadable: JSON이 아니거나 노트북이 아닐 때, 너무 클 때.
    """
    import nbformat

    if len(data) > LARGEST:
        raise Unreadable(f"파일이 {len(data) / 2**20:.0f} MB입니다. {LARGEST / 2**20:.0f} MB까지 읽습니다")
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable("JSON으로 읽을 수 없습니다. 파일이 끊겼거나 노트북이 아닙니다") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for cell in _cells_of(raw):
                cell["outputs"] = []
            notebook = nbformat.reads(json.dumps(raw), as_version=4)
        texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        sources = [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:
        # 형식이 어긋난 파일에서 nbformat이 내는 오류는 가짓수가 정해져 있지 않습니다.
        raise Unreadable(f"노트북의 형식이 아닙니다({type(error).__name__})") from None
    version = notebook.metadata.get("gan_lesson", {})
    version = version.get("version") if isinstance(version, dict) else None
    return sources, "\n".join(texts[:3]), version if isinstance(version, str) else None


def _cells_of(raw):
    sheets = raw.get("worksheets", [raw])  # nbformat 3까지는 셀이 worksheets 안에 있습니다.
    return [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]


def parse(source):
    """셀의 소스를 구문 나무로. 매직은 IPython의 방식으로 바꾸어 읽고, 읽을 수 없으면 빈 나무입니다."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 학생의 글에 든 이상한 \ 따위
            return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def read(sources, text):
    """셀들의 소스에서 읽은 것.

    Returns:
        dict. ``lesson``: 노트북의 번호(모르면 ``None``), ``asked``: 부르는 문제의 이름들(나오는 차례, 겹치면 여러 번),
        ``redefined``: 다시 정의한 채점 함수들, ``answers``: 문제의 이름 → 답의 뼈대를 줄인 글(짧은 답은 뺌).
    """
    asked, redefined, answers = [], [], {}
    for source in sources:
        tree = parse(source)
        redefined += [name for name in _bound(tree) if name in CHECKS]
        here = [exercise for call in _calls(tree) if (exercise := find_exercise(*call))]
        asked += [exercise.key for exercise in here]
        written = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        if here and sum(1 for node in written for _ in ast.walk(node)) >= SMALLEST_SHARED:
            # 주석과 빈칸과 줄바꿈은 사라지고 이름은 남습니다.
            dumped = " ".join(map(ast.dump, written)).encode()
            answers[here[-1].key] = hashlib.sha256(dumped).hexdigest()[:16]
    title = TITLE.search(text)
    lesson = title[1] if title and title[1] in LESSONS else None
    if lesson is None and asked:
        lesson = find_exercise(*asked[0].partition(":")[::2]).lesson
    return {"lesson": lesson, "asked": asked, "redefined": list(dict.fromkeys(redefined)), "answers": answers}


def _bound(tree):
    """셀이 새로 정하는 이름들. 패키지의 채점 함수를 제 이름으로 가져오는 것은 빼고 셉니다."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("gan_lesson.checks"):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname for alias in node.names if alias.asname not in (None, alias.name))


def _calls(tree):
    """(부른 이름, 글로 적은 첫 인자)들."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0] if node.args else None
            yield name, first.value if isinstance(first, ast.Constant) else None
