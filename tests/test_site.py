"""강의 사이트: 경고 없이 만들어지고, 링크가 살아 있고, 한국어로 찾을 수 있고, 브라우저에서 오류가 없습니다."""

import json
import re
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import browser
import make_site
import nbformat
import pytest
from browser import chromium
from lesson_pages import WIDGETS
from reader import NOTEBOOKS, ROOT
from test_glossary import violations

# 우리가 부른 것이 아니라 Sphinx의 확장들이 서로에게 하는 말입니다.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning")  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out, slides = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("slides")
    (slides / "index.html").write_text("만들어 둔 슬라이드", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_site, "SLIDES", slides)
        assert make_site.build(out) == 0  # 경고 하나도 실패입니다.
    return out


class Page(HTMLParser):
    """쪽의 링크와 id와 그림."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.images = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids.add(found.get("id"))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag == "img":
            self.images.append(found)


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_no_broken_link(site, pages):
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link == "#":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = pages.get(target)
            if there is None or (parts.fragment and unquote(parts.fragment) not in there.ids):
                broken.append((path.relative_to(site).as_posix(), link))
    assert broken == []


def test_slides_made_before_come_along(site, pages):
    assert "slides/index.html" in pages[site / "index.html"].links
    assert (site / "slides" / "index.html").read_text(encoding="utf-8") == "만들어 둔 슬라이드"


def test_every_lesson_is_there_with_alt_texts_and_glossary_links(site, pages):
    for notebook in NOTEBOOKS:
        page = pages[site / "notebooks" / f"{notebook.stem}.html"]
        assert any("glossary.html" in link for link in page.links), notebook.name
        for image in page.images:
            alt = image.get("alt", "")
            assert re.search("[가-힣]", alt), (notebook.name, image["src"], alt)


def test_pages_keep_the_glossary(site):
    """노트북과 용어와 항목표는 test_glossary가 봅니다. 여기서는 사이트가 모아 만든 쪽들입니다."""
    for path in [site / "index.html", *(site / "api").glob("*.html")]:
        text = re.sub(r"<[^>]*>", "", path.read_text(encoding="utf-8"))
        assert violations(text) == [], path.name


def test_recordings_are_shown_where_widgets_are(site, pages):
    shown = set()
    for path, page in pages.items():
        for image in page.images:
            if image["src"].endswith(".webp"):
                assert (path.parent / image["src"]).resolve().is_file(), (path.name, image["src"])
                shown.add(image["src"])
    assert {f"../_static/widgets/{name}.webp" for name in WIDGETS.values()} <= shown


def test_search_finds_words_with_particles(site):
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(re.search(r"Search\.setIndex\((.*)\)", text)[1])["terms"]
    for word in ("로짓", "변화도", "보폭", "구분자", "합성곱"):
        assert word in terms, word


def test_first_uses_are_linked_once_and_code_is_left_alone():
    cell = nbformat.v4.new_markdown_cell(
        "# 구분자\n구분자는 `구분자`이고 $구분자$입니다. 전치 합성곱과 합성곱, [구분자](x.md), 재구분자."
    )
    make_site.link_first_uses([cell], ["전치 합성곱", "합성곱", "구분자"])
    assert cell.source == (
        "# 구분자\n[구분자](../glossary.md)는 `구분자`이고 $구분자$입니다. [전치 합성곱](../glossary.md)과 "
        "[합성곱](../glossary.md), [구분자](x.md), 재구분자."
    )


@pytest.mark.browser
@pytest.mark.skipif(bool(browser.MISSING) and not browser.REQUIRED, reason=str(browser.MISSING))
def test_in_a_real_browser(site):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    names = ["index", "glossary", "api/base", *(f"notebooks/{p.stem}" for p in NOTEBOOKS)]
    artefacts = ROOT / "artefacts"
    artefacts.mkdir(exist_ok=True)
    try:
        with chromium(width=375, height=800) as opened:
            page, wrong = opened.new_page(), []
            page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("requestfailed", lambda request: wrong.append(request.url))
            for name in names:
                page.goto(f"{address}{name}.html")
                page.wait_for_load_state("networkidle")
                # 좁은 화면에서 옆으로 밀리지 않습니다.
                assert page.evaluate("document.documentElement.scrollWidth") <= 375, name
            page.goto(f"{address}notebooks/03_bce.html")
            page.locator("mjx-container").first.wait_for()  # 수식이 그려졌습니다.
            page.screenshot(path=artefacts / "site-375.png")
            page.set_viewport_size({"width": 1920, "height": 1080})
            page.screenshot(path=artefacts / "site-1920.png")
            page.goto(f"{address}search.html?q=로짓")
            page.locator("ul.search li a").first.wait_for()
            assert wrong == []
    finally:
        server.shutdown()
