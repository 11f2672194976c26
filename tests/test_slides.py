"""슬라이드: 셀을 빠짐없이 나누고, 인터넷 없이 열리고, 모든 장이 화면에 들어갑니다."""

import re
import shutil
from itertools import pairwise

import browser
import lesson_pages
import make_slides
import nbformat
import pytest
from browser import ARTEFACTS, Page, needs_browser, watched_page
from hypothesis import given
from hypothesis import strategies as st
from reader import NOTEBOOKS, read_notebook

SMALLEST = 0.6  # 이보다 줄여야 들어가는 장은 뒷자리에서 읽을 수 없습니다.
PARAGRAPHS = st.sampled_from(
    ["## 제목", "문장 하나입니다.", "**예측해 보기.** 얼마일까요?", "- 하나\n- 둘", "$$\n\nx = 1\n\n$$", "긴 글 " * 60,
     "```python\na = 1\n\nb = 2\n```", "<details><summary>답</summary>\n\n하나\n\n둘\n\n</details>", "| 가 | 나 |\n|-|-|\n| 1 | 2 |"]
)  # fmt: skip


@given(st.lists(PARAGRAPHS, min_size=1, max_size=12))
def test_splitting_loses_nothing_and_cuts_no_block(paragraphs):
    source = "\n\n".join(paragraphs)
    slides = make_slides.split_markdown(source)
    assert "\n\n".join(slides) == source.strip()
    for slide in slides[:-1]:
        assert not slide.split("\n\n")[-1].startswith("#"), "제목만 앞장에 남았습니다"
    for slide in slides:
        assert slide.count("$$") % 2 == 0 and slide.count("```") % 2 == 0
        assert slide.count("<details>") == slide.count("</details>")


def test_the_text_under_a_picture_describes_it():
    picture = {"image/png": "AA=="}
    new_code = nbformat.v4.new_code_cell
    codes = [new_code(s, outputs=[nbformat.v4.new_output("display_data", picture)]) for s in "ab"]
    heading = nbformat.v4.new_markdown_cell("## 2. $\\sigma$의 절")
    seen = nbformat.v4.new_markdown_cell(
        "**무엇을 보았나요?** **꼭대기**는 $D^* \\approx 3/4$입니다.\n\n둘째 문단"
    )
    lesson_pages.describe_pictures([heading, codes[0], seen, codes[1]])
    alts = [cell.outputs[0].metadata["image/png"]["alt"] for cell in codes]
    assert alts == ["꼭대기는 D^∗ ≈ 3/4입니다.", "2. σ의 절: 바로 위의 코드가 그린 그림"]


def test_without_npm_it_says_what_to_do_and_leaves_no_index(tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("예전 차례", encoding="utf-8")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="npm이 필요합니다"):
        make_slides.build(tmp_path)
    assert not (tmp_path / "index.html").exists()  # 차례가 있으면 끝까지 만든 것입니다.


@pytest.fixture(scope="module")
def slides(tmp_path_factory):
    if shutil.which("npm") is None and not browser.REQUIRED:
        pytest.skip("npm이 없습니다")
    out = tmp_path_factory.mktemp("슬라이드")
    try:
        make_slides.build(out)
    except SystemExit as error:  # npm은 있지만 네트워크가 없을 때
        if browser.REQUIRED:
            raise
        pytest.skip(str(error))
    return out


def test_decks_load_nothing_from_outside_and_describe_every_picture(slides):
    assert {p.stem for p in slides.glob("*.html")} == {p.stem for p in NOTEBOOKS} | {"index"}
    for path in slides.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        assert "실행하면 여기에 나옵니다" not in text, path.name  # 위젯 자리에는 녹화가 있습니다.
        for address in page.loaded:
            if not address.startswith("data:"):
                assert not re.match(r"(https?:)?//", address), (path.name, address)
                assert not address or (slides / address).is_file(), (path.name, address)
        for link in page.links:
            assert link.startswith(("http", "#")) or (slides / link).is_file(), (path.name, link)
        for image in page.images:
            assert image.get("alt") and "No description" not in image["alt"], path.name
    text = (slides / "01_gan_idea.html").read_text(encoding="utf-8")
    (first, *_) = re.findall(r'<aside class="notes">(.*?)</aside>', text, re.DOTALL)
    assert "물어보기" in first and "흔한 실수" in first and "분" in first  # 발표자만 보는 메모


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notes_follow_the_title_of_their_section_and_folded_cells_are_left_out(path):
    cells = make_slides.deck(read_notebook(path)).cells
    notes = 0
    for before, cell in pairwise(cells):
        if cell.metadata["slideshow"]["slide_type"] == "notes":
            assert before.source.startswith("## "), before.source[:40]
            notes += 1
    assert notes == sum("notes" in c.metadata.get("slideshow", {}) for c in read_notebook(path).cells)
    for cell in read_notebook(path).cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            assert cell.source not in [shown.source for shown in cells]


@needs_browser
def test_every_slide_fits_the_screen(slides):
    zoom = "Number(Reveal.getCurrentSlide().style.zoom)"
    with watched_page(1280, 720, offline=True) as page:
        for path in NOTEBOOKS:
            page.goto((slides / f"{path.stem}.html").as_uri())
            page.locator("body[data-ready]").wait_for()
            total = page.evaluate("Reveal.getTotalSlides()")
            assert total > 20
            for at in range(total):
                assert page.evaluate(zoom) >= SMALLEST, (path.name, at)
                page.evaluate("Reveal.next()")
            assert page.evaluate("Reveal.isLastSlide()"), path.name
            page.screenshot(path=ARTEFACTS / f"slides-{path.stem}.png")
        # 글쇠로도 넘어갑니다.
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == 1
