"""제출한 노트북을 실행하지 않고 읽습니다: 어느 노트북인지, 셀마다 무슨 문제가 있는지, 무엇을 다시 정의했는지."""

import ast
import json
import re
import warnings

from gan_lesson.checks.exercises import BY_KEY, LESSONS, find_exercise

LARGEST = 200 * 2**20
TITLE = re.compile(r"^#\s+(\d\d[abc]?)\.", re.MULTILINE)
CHECKS = {exercise.check for exercise in BY_KEY.values()}
# JSON이 아닌 파일에서 보이는 것 → 그 뜻
SEEMS = {
    rb"^\s*$": "빈 파일입니다",
    rb"<<<<<<<": "git의 충돌 표시(<<<<<<<)가 남아 있습니다",
    rb"^\s*<": "노트북이 아니라 웹 페이지를 내려받은 것입니다",
    b"": "파일이 끊겼거나 노트북이 아닙니다",
}
# 나머지가 그대로 파이썬인 셀 매직
PYTHON_MAGIC = re.compile(r"\s*%%(?:time|timeit|capture|prun)\b.*")
MEANT = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


class Unreadable(Exception):
    """노트북으로 읽을 수 없습니다. 메시지는 사람에게 보일 한국어입니다."""


def read(data):
    """노트북 파일의 내용 ``data``에서 읽은 것. 셀이 겹치거나 id가 없어도 됩니다.

    Returns:
        (코드 셀들의 소스, dict). ``lesson``: 노트북의 번호(모르면 ``None``), ``asked``: 셀마다 부르는 문제의 이름들,
        ``redefined``: 다시 정의한 채점 함수들, ``version``: 나누어 준 버전(모르면 ``None``).
    """
    notebook = _notebook(data)
    sources = [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    trees = [parse(source) for source in sources]
    asked = [[e.key for call in _calls(tree) if (e := find_exercise(*call))] for tree in trees]
    title = TITLE.search(
        "\n".join(cell.source for cell in notebook.cells[:5] if cell.cell_type == "markdown")
    )
    first = next((BY_KEY[key].lesson for keys in asked for key in keys), None)
    about = notebook.metadata.get("gan_lesson", {})
    return sources, {
        "lesson": title[1] if title and title[1] in LESSONS else first,
        "asked": asked,
        "redefined": sorted({name for tree in trees for name in _bound(tree)} & CHECKS),
        "version": str(about["version"]) if isinstance(about, dict) and "version" in about else None,
    }


def _notebook(data):
    import nbformat

    if len(data) > LARGEST:
        raise Unreadable(f"파일이 {len(data) / 2**20:.0f} MB입니다. {LARGEST / 2**20:.0f} MB까지 읽습니다")
    try:
        raw = json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        seems = next((words for found, words in SEEMS.items() if re.search(found, data)), SEEMS[b""])
        raise Unreadable(f"JSON으로 읽을 수 없습니다. {seems}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5} | raw  # 손으로 고치다 지운 것
            # nbformat 3까지는 셀이 worksheets 안에 있습니다. 출력과 그림은 버립니다.
            for cell in [cell for sheet in raw.get("worksheets", [raw]) for cell in sheet["cells"]]:
                if cell["cell_type"] == "code":
                    cell["outputs"] = []
            return nbformat.reads(json.dumps(raw), as_version=4)
    except Exception as error:
        # 형식이 어긋난 파일에서 nbformat이 내는 오류는 가짓수가 정해져 있지 않습니다.
        raise Unreadable(f"노트북의 형식이 아닙니다({type(error).__name__})") from None


def parse(source):
    """셀의 소스를 구문 나무로. 매직은 IPython의 방식으로 바꾸어 읽고, 읽을 수 없으면 빈 나무입니다."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 학생의 글에 든 이상한 \ 따위
            return ast.parse(TransformerManager().transform_cell(PYTHON_MAGIC.sub("", source, count=1)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def definitions(source):
    """셀에서 import와 def와 class만. 커널이 꺼지면 새 커널에서 앞의 셀들의 이것부터 실행합니다."""
    return "\n".join(ast.unparse(node) for node in parse(source).body if isinstance(node, MEANT))


def _bound(tree):
    """셀이 새로 정하는 이름들. 패키지의 채점 함수를 가져오는 것은 세지 않습니다."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("gan_lesson.checks"):
            yield from (alias.asname or alias.name for alias in node.names)


def _calls(tree):
    """(부른 이름, 글로 적은 첫 인자)들."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0] if node.args else None
            yield name, first.value if isinstance(first, ast.Constant) else None
