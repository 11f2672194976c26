"""강의 사이트를 만듭니다: python scripts/make_site.py [--out 폴더]   (make site)

노트북, 용어, 항목표, 그림을 한곳에 모으고, 쪽마다 처음 나오는 용어에 링크를 달고, 패키지의 설명을 모아 Sphinx로
HTML을 만듭니다. 노트북은 다시 실행하지 않고 저장된 출력을 씁니다.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
import short_path
from lesson_pages import REPLAYS, ROOT, describe_pictures, show_recordings

from gan_lesson import READING_ORDER

SLIDES = ROOT / "slides"  # scripts/make_slides.py가 만들어 두었으면 사이트에 함께 싣습니다.
# 읽는 차례 뒤에 오는 쪽들: 폴더 → 제목
GROUPS = {
    "": "그 밖의 파일", "base": "바탕", "data": "데이터", "training": "학습", "metrics": "평가의 지표",
    "labs": "실험실", "checks": "연습문제의 채점", "commands": "명령줄",
}  # fmt: skip
# 노트북 → 그 쪽에 놓을 눌러 보는 것과, 바로 앞에 올 셀의 글
PLAY = {
    "08a_train": ("fool", "scrubber = Scrubber(trainer)"),
    "09b_latent": ("walk", "explorer = LatentExplorer(G, real)"),
    "11_project": ("word", "sample_grid(write(MY_WORD)"),
}
# 링크를 달지 않는 곳: 코드, 수식, 링크와 그림, HTML, 제목, 표의 줄
PLAIN = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|^#[^\n]*|^\|[^\n]*",
                   re.MULTILINE | re.DOTALL)  # fmt: skip


def glossary_terms():
    """용어표의 쓰는 말들. "손실함수 / 손실"처럼 둘이면 따로 셉니다. 긴 것이 먼저입니다."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", text, re.MULTILINE)[2:]
    words = [re.sub(r"\(.*?\)", "", word).strip() for row in rows for word in row.split(" / ")]
    return sorted(set(words), key=lambda word: (-len(word), word))


def link_first_uses(cells, terms):
    """마크다운 셀들에서 용어마다 처음 나오는 자리를 용어 쪽으로 가는 링크로 바꿉니다."""
    left = dict.fromkeys(terms)
    for cell in cells:
        if cell.cell_type != "markdown":
            continue
        pieces, last = [], 0
        for found in PLAIN.finditer(cell.source):
            pieces += [_link(cell.source[last : found.start()], left), found[0]]
            last = found.end()
        cell.source = "".join([*pieces, _link(cell.source[last:], left)])


def _link(text, left):
    for term in list(left):
        # 다른 낱말의 가운데(합성곱 안의 '합')나 이미 단 링크 안은 지나갑니다.
        linked = re.sub(rf"(?<![가-힣\[]){re.escape(term)}(?![^\[\]]*\]\()", f"[{term}](../glossary.md)", text, count=1)  # fmt: skip
        if linked != text:
            text = linked
            del left[term]
    return text


def gather(target):
    """Sphinx가 읽을 폴더를 만듭니다."""
    shutil.copytree(ROOT / "docs", target)
    shutil.copytree(ROOT / "images", target / "images")
    shutil.copytree(ROOT / "images" / "widgets", target / "_static" / "widgets")
    write_replays(target / "_static" / "replays")
    shutil.copy(ROOT / "pyproject.toml", target)
    (target / "notebooks").mkdir()
    for page in target.glob("*.md"):
        page.write_text(page.read_text(encoding="utf-8").replace("](../", "]("), encoding="utf-8")
    terms, times = glossary_terms(), {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            folded = cell.metadata.get("jupyter", {})
            if folded.get("source_hidden"):
                hide = "hide-cell" if folded.get("outputs_hidden") else "hide-input"
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), hide]
        describe_pictures(notebook.cells)
        show_recordings(notebook.cells, "../_static/widgets", "../_static/replays")
        add_play(notebook.cells, path.stem)
        link_first_uses(notebook.cells, terms)
        first = notebook.cells[0]
        first.source = first.source.replace("](../docs/", "](../")
        nbformat.write(notebook, target / "notebooks" / path.name)
        times[path.stem] = short_path.minutes(path)
    coverage = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    coverage = coverage.replace("../docs/", "../")
    (target / "notebooks" / "coverage.md").write_text(coverage, encoding="utf-8")
    index = target / "index.md"
    text = index.read_text(encoding="utf-8")
    short = {stem: minutes for stem, (_, minutes) in times.items() if minutes}
    told = " → ".join(stem.split("_")[0] for stem in short)
    text = text.replace("{short}", f"{told}, 모두 {short_path.hours(sum(short.values()))}입니다.")
    for place, stems in (("{short_lessons}", short), ("{deep_lessons}", times.keys() - short.keys())):
        text = text.replace(place, "\n".join(f"notebooks/{stem}" for stem in sorted(stems)))
    link = ' 수업에서 쓰는 <a href="slides/index.html">슬라이드</a>도 있습니다.'
    text = text.replace("{slides}", link if (SLIDES / "index.html").is_file() else "")
    index.write_text(text, encoding="utf-8")
    write_api(target / "api")


def add_play(cells, stem):
    """노트북의 쪽에도, 그것을 다루는 셀 뒤에 눌러 보는 것(docs/play.md)을 놓습니다."""
    name, words = PLAY.get(stem, (None, None))
    if name:
        page = (ROOT / "docs" / "play.md").read_text(encoding="utf-8")
        place = re.search(rf'<div class="play" data-play="{name}">.*?</div>', page, re.DOTALL)[0]
        at = next(i for i, cell in enumerate(cells) if words in cell.source)
        text = "**이 쪽에서 눌러 보기.** 학습한 신경망이 브라우저에서 돕니다([모두 모은 쪽](../play.md))."
        place = place.replace('src="', 'src="../')
        cells.insert(at + 1, nbformat.v4.new_markdown_cell(f"{text}\n\n{place}"))


def write_replays(folder):
    """눌러 보는 녹화들을 스크립트로. 파일로 연 쪽(file://)은 JSON을 읽지 못하지만 스크립트는 읽습니다."""
    folder.mkdir()
    for path in REPLAYS.glob("*.json"):
        tape = path.read_text(encoding="utf-8").strip()
        text = f"(window.REPLAYS = window.REPLAYS || {{}})[{json.dumps(path.stem)}] = {tape}\n"
        (folder / f"{path.stem}.js").write_text(text, encoding="utf-8")


def write_api(folder):
    """방마다의 설명: 먼저 읽는 차례, 그다음에 폴더마다 한 쪽."""
    folder.mkdir()
    pages = {"reading": ("읽는 차례", list(READING_ORDER))}
    for group, title in GROUPS.items():
        place = ROOT / "gan_lesson" / group
        found = place.rglob("*.py") if group else place.glob("*.py")
        names = [".".join(p.relative_to(ROOT / "gan_lesson").with_suffix("").parts) for p in found]
        rooms = {name for name in names if not name.endswith(("__init__", "__main__"))}
        pages[group or "rest"] = (title, sorted(rooms - set(READING_ORDER)))
    for page, (title, rooms) in pages.items():
        parts = [f"{title}\n{'=' * 2 * len(title)}\n"]
        for name in (f"gan_lesson.{room}" for room in rooms):
            parts.append(f"{name}\n{'-' * len(name)}\n\n.. automodule:: {name}\n   :members:\n")
        (folder / f"{page}.rst").write_text("\n".join(parts), encoding="utf-8")
    toc = "\n   ".join(pages)
    text = f"패키지\n======\n\n노트북이 쓰는 ``gan_lesson`` 패키지의 설명입니다.\n\n.. toctree::\n   :maxdepth: 2\n\n   {toc}\n"
    (folder / "index.rst").write_text(text, encoding="utf-8")


def build(out, strict=True):
    """사이트를 ``out``에 만들고 Sphinx의 종료 코드를 돌려줍니다. ``strict``면 경고도 실패입니다."""
    from sphinx.cmd.build import main

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        gather(source)
        options = ["-q", "-b", "html", *(["-W", "--keep-going"] if strict else [])]
        code = main([*options, "-d", str(Path(folder) / "doctrees"), str(source), str(out)])
    if (SLIDES / "index.html").is_file():
        shutil.copytree(SLIDES, out / "slides", dirs_exist_ok=True)
    return code


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="site", help="HTML을 쓸 폴더(기본값 site)")
    options = parser.parse_args()
    code = build(Path(options.out).resolve())
    if code == 0:
        print(f"{options.out}/index.html을 여세요.")
    sys.exit(code)
