"""JupyterLab을 브라우저에서 사람처럼: 모두 실행, 위젯 누르기, 커널 다시 시작. 본 화면은 artefacts/에 남습니다."""

import re
import shutil

import browser
import nbformat
import pytest
from browser import LabPage, chromium, error_outputs, until
from lab_server import lab_server
from reader import ROOT
from widget_cells import FIRST, SETUP, WIDGETS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(browser.MISSING) and not browser.REQUIRED, reason=str(browser.MISSING)),
]
ARTEFACTS = ROOT / "artefacts"
PROJECTOR = 1280, 720
COLAB = 800  # 출력의 너비. Colab이나, 왼쪽 사이드바를 편 JupyterLab(848)에서 이만합니다.
READABLE = {"프로젝터": 12.5, "좁은 칸": 10.9}  # 가장 작은 글씨의 픽셀
# 연습문제 하나와 그 답
EXERCISE = """from gan_lesson.checks.scale import check_conv_flops
def conv_flops(in_channels, out_channels, kernel, height, width):
    return None
check_conv_flops(conv_flops)"""
# 셀을 다시 실행해도 앞의 위젯을 볼 수 있게 모아 두는 셀, 학습하는 셀
AGAIN = WIDGETS["lab2d"].removesuffix("widget") + "kept = [*globals().get('kept', []), widget]\nwidget"
LIVE = """from gan_lesson.labs.live_picture import LivePicture
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.training import Trainer
trainer = Trainer(LessonConfig.quick(ngf=8, ndf=8, num_epochs=2, ngpu=0), data=load_hangul(count=800))
trainer.run(on_snapshot=LivePicture())"""
RIGHT = "return 2 * in_channels * out_channels * kernel**2 * height * width"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """노트북의 사본과 위젯마다 세 셀짜리 노트북이 든 폴더."""
    assert not browser.MISSING, browser.MISSING
    root = tmp_path_factory.mktemp("강의 폴더")
    for name in ("00_start", "01_gan_idea", "05a_transposed_conv", "07_training_step"):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", root)
    for name, source in (WIDGETS | {"exercise": EXERCISE, "again": AGAIN, "live": LIVE}).items():
        last = "print([each.clock.running for each in kept])" if name == "again" else "print('끝')"
        cells = [SETUP, source, last]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata = FIRST.metadata  # 커널의 이름이 없으면 무엇을 쓸지 묻는 창이 뜹니다.
        nbformat.write(notebook, root / f"{name}.ipynb")
    ARTEFACTS.mkdir(exist_ok=True)
    return root


@pytest.fixture(scope="module")
def context(folder, tmp_path_factory):
    server_folder = tmp_path_factory.mktemp("server")
    with lab_server(server_folder, folder) as server, chromium(*PROJECTOR) as opened:
        opened.server = server
        yield opened


@pytest.fixture
def lab(context, request):
    """연 노트북들을 시험이 끝나면 닫고, 마지막 화면을 남깁니다."""
    pages = []

    def open_notebook(name):
        page = LabPage(context, context.server, f"{name}.ipynb")
        pages.append(page)
        return page

    yield open_notebook
    for page in pages:
        place = ARTEFACTS / f"{re.sub(r'[^a-z0-9-]+', '_', request.node.name)}.png"
        page.page.screenshot(path=place)
        kernel = page.session()
        page.page.close()
        if kernel:
            context.request.delete(
                context.server.url(f"api/kernels/{kernel['id']}"),
                headers={"Authorization": f"token {context.server.token}"},
            )
        assert page.errors == []


# 그림(SVG)에서 서로 겹치거나 그림 밖으로 잘린 글. 글자의 상자는 위아래로 여백이 있어 조금 닿는 것은 봐줍니다.
CLASHES = """place => {
  const found = []
  for (const svg of place.querySelectorAll('svg:not(svg svg)')) {
    const edge = svg.getBoundingClientRect()
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim())
    const boxes = texts.map(t => [t.textContent, t.getBoundingClientRect()])
    boxes.forEach(([words, a], i) => {
      if (a.left < edge.left - 1 || a.top < edge.top - 4 || a.right > edge.right + 1 || a.bottom > edge.bottom + 4) found.push(words + ': 잘림')
      for (const [others, b] of boxes.slice(i + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        if (wide > 2 && high > 0.2 * Math.min(a.height, b.height)) found.push(words + ' / ' + others)
      }
    })
  }
  return found
}"""


# 위젯의 높이, 노트북이 보이는 칸의 높이, 위젯의 너비, 화면에서 가장 작은 글씨의 픽셀(SVG는 줄어든 만큼 작아집니다)
ROOM = """place => {
  const sizes = [...place.querySelectorAll('*')].map(e => {
    const said = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
    if (!said || e.tagName === 'STYLE' || !e.getBoundingClientRect().height) return Infinity
    return parseFloat(getComputedStyle(e).fontSize) * (e.getScreenCTM ? e.getScreenCTM().a : 1)
  })
  const box = place.getBoundingClientRect()
  const room = place.closest('.jp-WindowedPanel-outer').clientHeight
  return [box.height, room, box.width, Math.min(...sizes)]
}"""


def check_room(place, view="프로젝터"):
    """그림과 단추가 스크롤 없이 다 보이고, 글이 읽히고, 겹치지 않습니다."""
    height, room, _, smallest = place.evaluate(ROOM)
    assert height <= room, f"{view}: 위젯의 높이 {height:.0f}, 보이는 높이 {room}"
    assert smallest >= READABLE[view], (view, smallest)
    assert place.evaluate(CLASHES) == []


def check_both(page, place):
    """프로젝터에서, 그리고 Colab만큼 좁은 칸에서. 화면의 크기는 되돌려 놓습니다."""
    check_room(place)
    width = place.evaluate(ROOM)[2]
    page.page.set_viewport_size({"width": round(PROJECTOR[0] - width + COLAB), "height": PROJECTOR[1]})
    until(lambda: abs(place.evaluate(ROOM)[2] - COLAB) < 2, 20, "칸이 좁아지지 않음")
    check_room(place, "좁은 칸")
    page.page.screenshot(path=ARTEFACTS / f"{page.name.removesuffix('.ipynb')}-{COLAB}.png")
    page.page.set_viewport_size(dict(zip(("width", "height"), PROJECTOR, strict=True)))
    until(lambda: abs(place.evaluate(ROOM)[2] - width) < 2, 20, "칸이 넓어지지 않음")


def open_widget(lab, name):
    page = lab(name)
    page.run_all()
    assert error_outputs(page.saved()) == []
    place = page.widget(name)
    place.locator("svg text").first.wait_for(state="attached")
    page.fold_sidebar()
    # id가 있으면 쪽에 같은 위젯이 둘일 때 남의 것을 가리킵니다.
    assert place.locator("svg [id]").count() == 0
    for control in place.get_by_role("slider").all():  # 화면을 읽어 주는 도구가 읽을 이름
        assert control.get_attribute("aria-label") and control.get_attribute("aria-valuetext")
    check_both(page, place)
    return page, place


def picture(place):
    """위젯의 SVG 그림에 적힌 글."""
    return " ".join(place.locator("svg text").all_text_contents())


def changes(place, action, timeout=20):
    """``action()``을 한 뒤 그림의 글이 바뀔 때까지 기다려 새 글을 돌려줍니다."""
    before = picture(place)
    action()
    words = "그림이 바뀌지 않음"
    changed = until(lambda: (now := picture(place)) != before and now, timeout, words)
    check_room(place)
    return changed


def button(place, name):
    return place.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize(
    "name",
    [
        "05a_transposed_conv",
        pytest.param("00_start", marks=pytest.mark.soak),
        pytest.param("01_gan_idea", marks=pytest.mark.soak),
        pytest.param("07_training_step", marks=pytest.mark.soak),
    ],
)
def test_run_all(lab, name):
    page = lab(name)
    page.run_all()
    assert error_outputs(page.saved()) == []


def test_the_menus_are_korean_and_there_is_no_news(lab):
    page = lab("00_start")
    labels = page.page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
    assert {"파일", "실행", "커널"} <= {label.strip() for label in labels}, labels
    assert page.page.locator(".Toastify__toast").count() == 0


def test_stepper_by_mouse(lab):
    _, place = open_widget(lab, "stepper")
    seen = changes(place, button(place, "다음").click)
    changes(place, button(place, "다음").click)
    assert changes(place, button(place, "이전").click) == seen
    after = changes(place, button(place, "한 반복").click)
    button(place, "재생").click()
    until(lambda: picture(place) != after, 20, "재생되지 않음")
    button(place, "멈춤").click()
    button(place, "재생").wait_for()


def test_stepper_by_keyboard(lab):
    page, place = open_widget(lab, "stepper")
    first = button(place, "다음")
    first.focus()
    seen = changes(place, lambda: page.page.keyboard.press("Enter"))
    assert "진짜" in seen
    changes(place, lambda: page.page.keyboard.press("Space"))
    page.page.keyboard.press("Shift+Tab")  # 바로 앞의 단추는 '이전'입니다.
    assert changes(place, lambda: page.page.keyboard.press("Enter")) == seen
    for _ in range(5):
        changes(place, button(place, "다음").click)
    changes(place, button(place, "바뀝니다").click)
    check_both(page, place)  # 예측의 답과 다음 물음이 함께 있어 가장 높은 때입니다.


def test_lab2d(lab):
    page, place = open_widget(lab, "lab2d")
    changes(place, button(place, "D 한 걸음").click)
    changes(place, button(place, "G 한 걸음").click)
    one = changes(place, button(place, "한 반복").click)
    button(place, "재생").click()
    until(lambda: picture(place) != one, 20, "재생되지 않음")
    button(place, "멈춤").click()
    button(place, "재생").wait_for()
    changes(place, button(place, "한 걸음 되감기").click)
    button(place, "예측해 보기").click()
    # 같은 자리를 잇달아 눌러도 단추가 달아나지 않고, 하나도 잃지 않습니다.
    guess, before = button(place, "커집니다"), iteration(place)
    box = guess.bounding_box()
    for _ in range(20):
        page.page.mouse.click(box["x"] + 9, box["y"] + 9, delay=20)
    until(lambda: iteration(place) == before + 10, 30, "누른 것을 잃음")
    assert guess.bounding_box() == box
    button(place, "데이터").click()
    chooser = place.get_by_label("데이터", exact=True)
    changes(place, lambda: chooser.select_option(label="한글 글자"))
    place.get_by_label("글자", exact=True).fill("엉터리")
    page.page.keyboard.press("Tab")
    place.get_by_role("status").get_by_text("점 데이터").first.wait_for()
    check_both(page, place)
    button(place, "설정값").click()
    chooser = place.get_by_label("배치 크기", exact=True)
    changes(place, lambda: chooser.select_option(label="32"))
    check_both(page, place)


def iteration(place):
    """2차원 실험실의 그림이 말하는 반복 번호."""
    label = place.locator("svg").first.get_attribute("aria-label")
    return int(re.search(r"반복 ([\d,]+)", label)[1].replace(",", ""))


def test_playing_stops_when_interrupted_and_when_the_cell_is_run_again(lab):
    page = lab("again")
    page.run_all()
    place = page.widget("lab2d")
    button(place, "재생").click()
    until(lambda: iteration(place) > 3, 30, "재생되지 않음")
    page.page.keyboard.press("Escape")
    page.command("커널", "kernelmenu:interrupt")
    button(place, "재생").wait_for()
    button(place, "재생").click()
    button(place, "멈춤").wait_for()
    cells = page.page.locator(".jp-CodeCell")
    for number, wait in ((1, lambda: page.widget("lab2d").locator("svg").first.wait_for()), (2, int)):
        cells.nth(number).locator(".cm-content").click()
        page.page.keyboard.press("Control+Enter")
        page.wait_for_kernel()
        wait()
    until(lambda: "[False, False]" in cells.nth(2).inner_text(), 20, "사라진 위젯이 계속 돕니다")


def test_a_training_cell_has_one_bar_and_it_is_with_the_picture(lab):
    page = lab("live")
    page.run_all()
    outputs = page.page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    with_bars = [output for output in outputs.all() if "%|" in output.inner_text()]
    assert len(with_bars) == 1 and with_bars[0].locator("img").count() == 1


def test_dashboard(lab):
    page, place = open_widget(lab, "dashboard")
    assert "반복 51" in changes(place, button(place, "한 반복").click)
    place.get_by_label("D의 학습률").select_option(label="0.001")
    until(lambda: "lr: D 0.001" in picture(place), 20, "자국이 없음")
    check_both(page, place)
    before = picture(place)
    button(place, "재생").click()
    until(lambda: picture(place) != before, 20, "재생되지 않음")
    button(place, "멈춤").click()


def test_scrubber(lab):
    page, place = open_widget(lab, "scrubber")
    handle = place.get_by_role("slider").first
    handle.focus()
    changes(place, lambda: page.page.keyboard.press("ArrowLeft"))
    page.page.wait_for_timeout(1000)  # 막대가 멈추면 열 장이 바뀝니다.
    for left in (9, 8, 7, 6, 5):  # 누른 것은 '진짜'가 됩니다.
        button(place, "가짜").first.click()
        until(lambda left=left: button(place, "가짜").count() == left, 20, "눌리지 않음")
    button(place, "채점").click()
    place.get_by_role("status").get_by_text("그때의 D").wait_for()
    check_both(page, place)
    button(place, "다른 열 장").click()
    until(lambda: button(place, "가짜").count() == 10, 20, "새로 나오지 않음")


def test_conv_explorer(lab):
    page, place = open_widget(lab, "conv-explorer")
    place.get_by_role("slider").first.focus()
    changes(place, lambda: page.page.keyboard.press("ArrowRight"))
    chooser = place.get_by_role("combobox").first
    changes(place, lambda: chooser.select_option(index=1))


def test_latent_explorer(lab):
    page, place = open_widget(lab, "latent-explorer")
    place.get_by_role("slider").first.focus()
    changes(place, lambda: page.page.keyboard.press("ArrowRight"))
    changes(place, button(place, "z의 산수").click)
    check_both(page, place)


def test_a_widget_whose_kernel_is_gone_says_so(lab):
    page, place = open_widget(lab, "conv-explorer")
    page.command("커널", "kernelmenu:restart")
    page.page.locator(".jp-Dialog .jp-mod-accept").click()
    style = "e => getComputedStyle(e, '::before').content"
    until(lambda: "멈추었습니다" in place.evaluate(style), 30, "멈추었다는 말이 없음")
    # 다시 모두 실행하면 살아납니다.
    page.wait_for_kernel()
    page.command("실행", "runmenu:restart-and-run-all")
    page.page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_done()
    place = page.widget("conv-explorer")
    assert "멈추었습니다" not in place.evaluate(style)
    place.get_by_role("slider").first.focus()
    changes(place, lambda: page.page.keyboard.press("ArrowRight"))


@pytest.mark.parametrize(("answer", "verdict"), [("return 2", "아직 아닙니다"), (RIGHT, "맞았습니다")])
def test_an_exercise_filled_in_by_typing(lab, answer, verdict):
    page = lab("exercise")
    page.run_all()
    cell = page.page.locator(".jp-CodeCell").nth(1)
    cell.get_by_text("아직 풀지 않았습니다").wait_for()
    cell.locator(".cm-line", has_text="return None").click()
    page.page.keyboard.press("Home")
    page.page.keyboard.press("Shift+End")
    page.page.keyboard.type(answer)
    page.page.keyboard.press("Shift+Enter")
    cell.get_by_text(verdict).wait_for()
