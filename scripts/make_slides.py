"""노트북마다 reveal.js 슬라이드를 만듭니다: python scripts/make_slides.py [--out 폴더]

노트북은 다시 실행하지 않고 저장된 출력을 씁니다. 한 장에 하나만 담도록 셀을 나누고, 절마다 적어 둔 강사의
메모를 발표자 화면(S)에 붙입니다. reveal.js는 npm으로 한 번 받고, 만든 폴더는 인터넷 없이 열립니다.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import short_path
from lesson_pages import RECORDINGS, ROOT, SEEN, describe_pictures, plain, show_recordings
from nbconvert import SlidesExporter
from nbconvert.preprocessors import TagRemovePreprocessor

PARTS, NOTEBOOKS = ROOT / "scripts" / "slides", ROOT / "notebooks"
# 여기서 시작하는 문단은 새 장입니다.
STARTS = ("#", "> **흔한 오해", "**예측해 보기", SEEN, "**문제", "**확인 문제", "**참고문헌")
# 이보다 길면 다음 장으로 넘깁니다. 한글은 한 줄에 약 42자가 들어갑니다.
LINES_PER_SLIDE, LETTERS_PER_LINE = 11, 42
CODE_BESIDE_OUTPUT = 16  # 코드와 출력이 한 장에 함께 들어가는 길이(줄)
NOTE_WORDS = {"ask": "물어보기", "mistake": "흔한 실수", "minutes": "시간"}


def deck(notebook):
    """노트북을 한 장에 하나씩 담은 새 노트북으로 바꿉니다. 셀마다 ``slideshow``가 있습니다."""
    describe_pictures(notebook.cells)
    show_recordings(notebook.cells, "images/widgets")
    cells = []
    for cell in notebook.cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            continue  # 접어 둔 셀: 준비 셀, 답을 적은 뒤에 펼쳐 볼 셀
        cells += _markdown_slides(cell) if cell.cell_type == "markdown" else _code_slides(cell)
    for number, cell in enumerate(cells):
        cell.id = f"slide-{number}"  # 한 셀이 여러 장이 되어도 id는 저마다 다릅니다.
    notebook.cells = cells
    notebook.metadata["title"] = plain(cells[0].source.splitlines()[0].lstrip("# "))
    return notebook


def _markdown_slides(cell):
    # 다른 노트북으로 가는 링크는 그 슬라이드로 갑니다.
    source = re.sub(r"\]\((\w+)\.ipynb\)", r"](\1.html)", cell.source)
    source = re.sub(r" · \[[^\]]+\]\(\.\./docs/\w+\.md\)", "", source)  # 슬라이드에는 그 쪽이 없습니다.
    slides = [
        _cell(nbformat.v4.new_markdown_cell(text), "slide" if re.match("##? ", text) else "subslide")
        for text in split_markdown(source)
    ]
    if notes := cell.metadata.get("slideshow", {}).get("notes"):
        lines = [f"**{NOTE_WORDS[key]}:** {text}" for key, text in notes.items() if key != "minutes"]
        lines.insert(0, f"**{NOTE_WORDS['minutes']}:** {notes['minutes']}분")
        # 셀은 앞 절의 "무엇을 보았나요?"로 시작하기도 하므로, 절의 제목이 있는 장에 답니다.
        heading = next(i for i, slide in enumerate(slides) if slide.source.startswith("## "))
        note = _cell(nbformat.v4.new_markdown_cell("\n\n".join(lines)), "notes")
        slides.insert(heading + 1, note)
    return slides


def _code_slides(cell):
    """짧으면 한 장, 아니면 코드 한 장 다음에 출력마다 한 장."""
    pictures = [o for o in cell.outputs if set(o.get("data", {})) & {"image/png", "text/html"}]
    printed = sum(_printed(o).count("\n") + 1 for o in cell.outputs if o not in pictures)
    if not pictures and cell.source.count("\n") + 1 + printed <= CODE_BESIDE_OUTPUT:
        return [_cell(cell, "subslide")]
    slides = [_cell(cell | {"outputs": []}, "subslide")]
    for output in cell.outputs:
        slides.append(_cell(cell | {"outputs": [output]}, "subslide"))
        slides[-1].metadata["tags"] = ["output-only"]
    return slides


def _printed(output):
    return output.get("text") or output.get("data", {}).get("text/plain", "")


def _cell(cell, kind):
    cell = nbformat.from_dict(cell)
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def split_markdown(source):
    """마크다운 글을 장마다의 글로 나눕니다. 제목은 그 아래 글과 떨어지지 않습니다."""
    slides, lines, lone_heading = [], 0, False
    for block in blocks(source):
        height = _height(block)
        fresh = block.startswith(STARTS) or lines + height > LINES_PER_SLIDE
        if not slides or (fresh and not lone_heading):
            slides.append(block)
            lines = height
        else:
            slides[-1] += "\n\n" + block
            lines += height
        lone_heading = block.startswith("#") and "\n" not in block
    return slides


def blocks(source):
    """빈 줄로 나눈 문단들. 코드 울타리, 수식, ``<details>``는 가운데에서 나누지 않습니다."""
    found, current = [], []
    for paragraph in re.split(r"\n{2,}", source.strip()):
        current.append(paragraph)
        text = "\n\n".join(current)
        whole = (
            text.count("```") % 2 == 0
            and text.count("$$") % 2 == 0
            and text.count("<details>") == text.count("</details>")
        )
        if whole:
            found.append(text)
            current = []
    return found + (["\n\n".join(current)] if current else [])


def _height(block):
    """글이 차지할 줄 수의 어림. 접힌 답은 한 줄입니다."""
    block = re.sub(r"<details>.*?</details>", "한 줄", block, flags=re.DOTALL)
    rows = [row for row in block.splitlines() if row.strip() and not row.startswith("|-")]
    return sum(1 + len(plain(row)) // LETTERS_PER_LINE for row in rows) + 2 * ("$$" in block)


def exporter():
    """nbconvert의 슬라이드 내보내기. 바깥 주소를 쓰지 않는 ``scripts/slides/``의 틀을 씁니다."""
    made = SlidesExporter(
        template_name="slides",
        extra_template_basedirs=[str(ROOT / "scripts")],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        language_code="ko",
        reveal_url_prefix="reveal",
        reveal_theme="white",
    )
    hide = TagRemovePreprocessor(remove_input_tags={"output-only"}, enabled=True)
    made.register_preprocessor(hide, enabled=True)
    return made


def copy_assets(out):
    """reveal.js, MathJax, 위젯의 녹화를 ``out``에 둡니다. 이미 받은 reveal.js가 맞으면 다시 받지 않습니다."""
    wanted = json.loads((PARTS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    here = out / "reveal" / "package.json"
    if not here.is_file() or json.loads(here.read_text(encoding="utf-8"))["version"] != wanted["reveal.js"]:  # fmt: skip
        fetched = fetch(out)
        shutil.rmtree(out / "reveal", ignore_errors=True)
        (out / "reveal").mkdir()
        for name in ("dist", "plugin/notes"):
            shutil.copytree(fetched / name, out / "reveal" / name)
        for name in ("package.json", "LICENSE"):
            shutil.copy(fetched / name, out / "reveal")
        shutil.rmtree(out / "npm")
    mathjax = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    shutil.copytree(mathjax, out / "mathjax", dirs_exist_ok=True)
    shutil.copytree(RECORDINGS, out / "images" / "widgets", dirs_exist_ok=True)
    for name in ("slides.css", "slides.js"):
        shutil.copy(PARTS / name, out)


def fetch(out):
    """npm으로 reveal.js를 받아 그 폴더를 돌려줍니다.

    Raises:
        SystemExit: npm이 없거나 받지 못함. 무엇을 하면 되는지 한국어로 말합니다.
    """
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("슬라이드에 쓰는 reveal.js를 받으려면 npm이 필요합니다. Node.js를 설치한 뒤 다시 하세요.")
    (out / "npm").mkdir(parents=True, exist_ok=True)
    shutil.copy(PARTS / "package.json", out / "npm")
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]  # fmt: skip
    if subprocess.call(command, cwd=out / "npm") != 0:
        sys.exit(
            "npm이 reveal.js를 받지 못했습니다. 위의 메시지를 보고, 네트워크가 되는지와 디스크에 여유 공간이 있는지 "
            "확인한 뒤 다시 하세요. 한 번 받으면 다음부터는 필요 없습니다."
        )
    return out / "npm" / "node_modules" / "reveal.js"


def write_index(out, titles):
    rows = ""
    for name, title in titles.items():
        total, short = short_path.minutes(NOTEBOOKS / f"{name}.ipynb")
        times = f"짧은 길 {short}분, 전체 {total}분" if short else f"깊이 읽기 {total}분"
        rows += f'<li><a href="{name}.html">{title}</a> {times}</li>\n'
    page = (PARTS / "contents.html").read_text(encoding="utf-8").replace("{lessons}", rows)
    (out / "index.html").write_text(page, encoding="utf-8")


def build(out):
    """``out``에 노트북마다의 슬라이드와 차례를 만듭니다."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.html").unlink(missing_ok=True)  # 차례가 있으면 끝까지 만든 것입니다.
    copy_assets(out)
    made, titles = exporter(), {}
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = deck(nbformat.read(path, as_version=4))
        titles[path.stem] = notebook.metadata["title"]
        text, _ = made.from_notebook_node(notebook)
        text = text.replace(" slides</title>", "</title>")
        (out / f"{path.stem}.html").write_text(text, encoding="utf-8")
    write_index(out, titles)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="slides", help="HTML을 쓸 폴더(기본값 slides)")
    options = parser.parse_args()
    build(Path(options.out).resolve())
    print(f"{options.out}/index.html을 여세요. S를 누르면 강사의 메모가 있는 발표자 화면이 열립니다.")
