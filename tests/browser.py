"""진짜 브라우저(chromium)로 JupyterLab을 사람처럼 씁니다."""

import os
import shutil
import time
from contextlib import contextmanager
from html.parser import HTMLParser
from importlib.util import find_spec
from urllib.error import HTTPError

import nbformat
import pytest
from reader import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
# 없으면 시험하지 않는 이유. .ci/run은 GAN_LESSON_BROWSER=1로, 없는 것을 실패로 만듭니다.
MISSING = next(
    (
        why
        for why, absent in (
            ("chromium이 없습니다(데비안: apt install chromium fonts-nanum)", CHROMIUM is None),
            ("playwright 패키지가 없습니다", find_spec("playwright") is None),
        )
        if absent
    ),
    None,
)
REQUIRED = os.environ.get("GAN_LESSON_BROWSER") == "1"

ARTEFACTS = ROOT / "artefacts"


@contextmanager
def chromium(width=1400, height=1000, **context):
    """playwright의 ``BrowserContext``. 글꼴과 말은 한국어입니다."""
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        opened = browser.new_context(viewport={"width": width, "height": height}, locale="ko-KR", **context)
        opened.set_default_timeout(90_000)
        try:
            yield opened
        finally:
            opened.close()
            browser.close()


def needs_browser(test):
    """브라우저가 없으면 건너뛰는 시험."""
    absent = bool(MISSING) and not REQUIRED
    return pytest.mark.browser(pytest.mark.skipif(absent, reason=str(MISSING))(test))


@contextmanager
def watched_page(width, height, offline=False):
    """새 쪽. 끝날 때 오류와 받지 못한 것이 없어야 합니다. ``offline``이면 인터넷에서 아무것도 부르지 않아야 합니다."""
    ARTEFACTS.mkdir(exist_ok=True)
    with chromium(width=width, height=height) as opened:
        page, wrong = opened.new_page(), []
        page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: offline and r.url.startswith("http") and wrong.append(r.url))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        yield page
        assert wrong == []


class Page(HTMLParser):
    """HTML 한 쪽의 링크와 id와 그림, 스스로 불러오는 주소."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.images, self.loaded = [], set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids.add(found.get("id"))
        self.links += [found["href"]] if tag == "a" and found.get("href") else []
        self.images += [found] if tag == "img" else []
        if tag in ("link", "script", "img", "iframe"):
            self.loaded.append(found.get("href") or found.get("src") or "")


class LabPage:
    """JupyterLab에서 연 노트북 하나."""

    def __init__(self, context, server, name):
        self.server, self.name = server, name
        self.page = context.new_page()
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(server.url(f"lab/tree/{name}") + "&reset")
        self.page.locator(".jp-Notebook").wait_for()
        self.wait_for_kernel()

    def session(self):
        """이 노트북의 커널. 아직 없으면 ``None``."""
        found = [s for s in self.server.api("sessions") if s["path"] == self.name]
        return found[0]["kernel"] if found else None

    def wait_for_kernel(self, timeout=90):
        """화면은 커널이 붙기 전에도 쉬는 것처럼 보이므로, 서버에 물어봅니다."""
        until(
            lambda: (k := self.session()) and k["execution_state"] == "idle" and k["connections"] > 0,
            timeout,
            "커널이 준비되지 않음",
        )

    def command(self, menu, name):
        """``menu``를 열어 JupyterLab의 명령 ``name``을 누릅니다."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=menu).first.click()
        self.page.locator(f".lm-Menu-item[data-command='{name}']").first.click()

    def run_all(self, timeout=300):
        self.command("실행", "runmenu:run-all")
        self.wait_done(timeout)

    def wait_done(self, timeout=300):
        """모든 셀이 실행될 때까지 기다린 뒤의 노트북."""
        until(self._all_run, timeout, f"{self.name}: 실행이 끝나지 않음")
        self.wait_for_kernel()
        return self.saved()

    def _all_run(self):
        if self.session()["execution_state"] != "idle":
            return False
        notebook = self.saved()
        return all(c.execution_count for c in notebook.cells if c.cell_type == "code" and c.source)

    def saved(self):
        """화면의 노트북을 저장하고 읽습니다."""
        self.page.keyboard.press("Control+s")
        time.sleep(0.5)
        content = until(self._content, 20, f"{self.name}: 읽을 수 없음")
        return nbformat.from_dict(content)

    def _content(self):
        try:
            return self.server.api(f"contents/{self.name}")["content"]
        except HTTPError as error:  # 서버가 바쁘면 쓰다 만(아직 빈) 파일을 읽고 400을 답합니다.
            assert error.code == 400
            return None

    def fold_sidebar(self):
        """왼쪽 사이드바를 접습니다. 수업에서 위젯을 보여 줄 때처럼(README)."""
        self.page.keyboard.press("Escape")  # 셀에 글을 쓰는 중이면 단축키를 셀이 받습니다.
        self.page.keyboard.press("Control+b")
        self.page.locator("#jp-left-stack").wait_for(state="hidden")

    def widget(self, name):
        """``gan-lesson-<name>`` 위젯의 자리. 화면 밖의 셀은 그려지지 않으므로 내려가며 찾습니다."""
        place = self.page.locator(f".gan-lesson-{name}").first
        place.wait_for(state="attached")
        place.scroll_into_view_if_needed()
        return place


def until(ready, timeout, words):
    """``ready()``가 참이 될 때까지 기다리고 그 값을 돌려줍니다."""
    end = time.monotonic() + timeout
    while not (found := ready()):
        assert time.monotonic() < end, words
        time.sleep(0.3)
    return found


def error_outputs(notebook):
    """오류가 난 셀의 (오류의 이름, 글)."""
    return [
        (output.ename, output.evalue)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]
