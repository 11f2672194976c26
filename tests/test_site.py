"""강의 사이트: 경고 없이 만들어지고, 링크가 살아 있고, 한국어로 찾을 수 있고, 브라우저에서 오류가 없습니다."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import make_site
import nbformat
import pytest
from browser import ARTEFACTS, Page, needs_browser, until, watched_page
from lesson_pages import REPLAYS, WIDGETS
from reader import NOTEBOOKS

# 우리가 부른 것이 아니라 Sphinx의 확장들이 서로에게 하는 말입니다.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning")  # fmt: skip

PHONE = 375  # 픽셀. 좁은 휴대전화의 너비


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out, slides = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("slides")
    (slides / "index.html").write_text("만들어 둔 슬라이드", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_site, "SLIDES", slides)
        assert make_site.build(out) == 0  # 경고 하나도 실패입니다.
    return out


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
    assert "slides/index.html" in pages[site / "index.html"].links  # 만들어 둔 슬라이드도 함께 싣습니다.


def test_every_lesson_is_there_with_alt_texts_and_glossary_links(site, pages):
    for notebook in NOTEBOOKS:
        page = pages[site / "notebooks" / f"{notebook.stem}.html"]
        assert any("glossary.html" in link for link in page.links), notebook.name
        for image in page.images:
            alt = image.get("alt", "")
            assert re.search("[가-힣]", alt), (notebook.name, image["src"], alt)


def test_recordings_are_shown_where_widgets_are(site, pages):
    shown = set()
    for path, page in pages.items():
        assert "실행하면 여기에 나옵니다" not in path.read_text(encoding="utf-8"), path.name
        for image in page.images:
            if image["src"].endswith((".webp", ".gif")):
                assert (path.parent / image["src"]).resolve().is_file(), (path.name, image["src"])
                shown.add(image["src"])
    replayed = {path.stem for path in REPLAYS.glob("*.json")}
    wanted = {f"../_static/widgets/{name}.webp" for name in set(WIDGETS.values()) - replayed}
    assert len(replayed) == 4 and wanted <= shown
    for name in replayed:
        found = [p.name for p in pages if f'data-replay="{name}"' in p.read_text(encoding="utf-8")]
        assert found and (site / "_static" / "replays" / f"{name}.js").is_file(), name


def test_networks_run_beside_their_lessons(pages):
    places = {name: set(re.findall('data-play="(.+?)"', p.read_text(encoding="utf-8"))) for p in pages
              for name in [p.stem] if p.parent.name == "notebooks"}  # fmt: skip
    assert {name: found for name, found in places.items() if found} == {
        "08a_train": {"fool"}, "09b_latent": {"walk"}, "11_project": {"word"}
    }  # fmt: skip


def test_first_uses_are_linked_once_and_code_is_left_alone():
    text = "# 구분자\n구분자는 `구분자`이고 $구분자$입니다. 전치 합성곱과 합성곱, 재구분자."
    cell = nbformat.v4.new_markdown_cell(text)
    make_site.link_first_uses([cell], ["전치 합성곱", "합성곱", "구분자"])
    linked = text.replace("\n구분자", "\n[구분자](../glossary.md)").replace(
        "합성곱, ", "[합성곱](../glossary.md), "
    )
    assert cell.source == linked.replace("전치 합성곱", "[전치 합성곱](../glossary.md)")


@pytest.fixture(scope="module")
def address(site):
    """사이트를 보여 주는 서버의 주소."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture
def phone():
    with watched_page(PHONE, 800) as page:
        yield page


def fits_the_phone(page):
    return page.evaluate("document.documentElement.scrollWidth") <= PHONE


@needs_browser
def test_in_a_real_browser(address, phone):
    for name in ["index", "play", "glossary", "api/base", *(f"notebooks/{p.stem}" for p in NOTEBOOKS)]:
        phone.goto(f"{address}{name}.html")
        phone.wait_for_load_state("networkidle")
        for part in phone.locator(".play").all():  # 눌러 보는 것들이 쪽 안에서 열립니다(tests/test_play.py).
            part.scroll_into_view_if_needed()
            part.get_by_role("button").first.wait_for()
        assert fits_the_phone(phone), name  # 좁은 화면에서 옆으로 밀리지 않습니다.
    phone.goto(f"{address}notebooks/03_bce.html")
    phone.locator("mjx-container").first.wait_for()  # 수식이 그려졌습니다.
    phone.screenshot(path=ARTEFACTS / f"site-{PHONE}.png")
    phone.set_viewport_size({"width": 1920, "height": 1080})
    phone.screenshot(path=ARTEFACTS / "site-1920.png")
    phone.goto(f"{address}search.html?q=로짓")
    phone.locator("ul.search li a").first.wait_for()


@needs_browser
def test_replays_are_turned_by_buttons_keys_and_the_slider(site, phone):
    # 인터넷도 서버도 없이 파일로 엽니다.
    phone.goto((site / "notebooks" / "07_training_step.html").as_uri())
    place = phone.locator(".replay")
    label = place.locator(".replay-picture svg")
    words, slider = place.locator(".replay-words"), place.get_by_role("slider", name="장면")
    place.scroll_into_view_if_needed()

    def press(name):
        place.get_by_role("button", name=name, exact=True).click()

    def step():
        return re.search(r"반복 (\d+), 단계 (\d+)/12", label.get_attribute("aria-label")).groups()

    assert place.get_by_role("button", name="이전").is_disabled() and step() == ("200", "12")
    press("다음")
    assert step() == ("201", "1") and "1/12" in words.inner_text()
    slider.focus()
    for key, seen in (("ArrowRight", "2"), ("ArrowRight", "3"), ("ArrowLeft", "2")):
        phone.keyboard.press(key)
        assert step() == ("201", seen)
    assert slider.get_attribute("aria-valuetext") in words.inner_text()
    press("반복 203")
    assert step() == ("203", "1")
    assert place.get_by_role("button", name="반복 203", pressed=True).count() == 1
    phone.keyboard.press("Tab")  # 대목의 마지막 단추 다음은 '처음'입니다.
    phone.keyboard.press("Enter")
    assert step() == ("200", "12")
    press("재생")
    until(lambda: step()[0] == "201", 20, "재생되지 않음")
    press("멈춤")
    place.get_by_role("button", name="재생", exact=True).wait_for()
    assert fits_the_phone(phone)
    place.get_by_text("옆으로 밀면").wait_for()
    slider.focus()
    phone.keyboard.press("End")
    assert step() == ("203", "12") and place.get_by_role("button", name="다음").is_disabled()


@needs_browser
def test_every_replay_opens_on_its_page(address, phone):
    for name, lesson in (
        ("lab2d", "01_gan_idea"),
        ("scrubber", "08a_train"),
        ("scrubber-large", "08b_failures"),
    ):
        phone.goto(f"{address}notebooks/{lesson}.html")
        place = phone.locator(f'.replay[data-replay="{name}"]')
        place.scroll_into_view_if_needed()
        first = place.locator(".replay-picture").inner_html()
        place.get_by_role("slider").focus()
        phone.keyboard.press("End")
        assert place.locator(".replay-picture").inner_html() != first
        assert fits_the_phone(phone)
        if name.startswith("scrubber"):  # 그림판과 곡선을 위아래로: 밀지 않아도 모두 보입니다.
            assert place.locator(".replay-picture > svg").count() == 2
            assert place.locator(".replay-picture > svg[aria-hidden]").count() == 1
            place.locator(".replay-hint").wait_for(state="hidden")
