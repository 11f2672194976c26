"""위젯을 브라우저에서 눌러 보며 짧게 녹화합니다: python scripts/assets/widget_recordings.py [이름 …]

chromium과 playwright가 있어야 합니다. JupyterLab을 띄우고, 브라우저 시험과 같은 손으로 누르며 화면을 찍어
images/widgets/의 움직이는 그림(WebP)과 images/jupyterlab.png로 남깁니다. README, 사이트, 슬라이드가 씁니다.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))  # 브라우저를 다루는 손은 시험의 것을 씁니다.

from browser import MISSING, LabPage, chromium, until  # noqa: E402
from lab_server import lab_server  # noqa: E402
from widget_cells import FIRST, SETUP, WIDGETS  # noqa: E402

IMAGES = ROOT / "images"
SCENE_MS = 900  # 한 장면을 보여 주는 시간
BIGGEST = 390_000  # 녹화 하나의 크기(바이트)
# 화면을 찍은 그림에는 마우스가 없으므로, 가리키는 곳에 동그라미를 그립니다.
POINTER = """() => {
  const dot = document.createElement('div')
  dot.id = 'pointer'
  dot.style.cssText = 'position:fixed;z-index:99999;width:26px;height:26px;margin:-13px 0 0 -13px;border-radius:50%;' +
    'background:rgba(213,94,0,.45);border:2px solid #D55E00;pointer-events:none;left:-99px'
  document.body.append(dot)
  document.addEventListener('mousemove', e => {
    dot.style.left = e.clientX + 'px'; dot.style.top = e.clientY + 'px'
  }, true)
}"""
# 시험의 셀은 빨리 끝나도록 조금만 배우므로, 보여 줄 만큼 배운 것으로 바꿉니다(2코어에서 30초쯤).
LONGER = {
    "batch_size=16, ngf=8, ndf=8, num_epochs=1, ngpu=0": "num_epochs=8, ngpu=0",
    "count=800": "count=4000",
    "ngpu=0))\nwidget": "ngpu=0))\nwidget.step(200)\nwidget",
}


class Scenes:
    """위젯 하나의 장면들."""

    def __init__(self, page, place):
        self.page, self.place, self.frames = page, place, []
        page.evaluate(POINTER)

    def shoot(self, times=1):
        self.page.wait_for_timeout(150)
        data = self.place.screenshot()
        self.frames += [Image.open(io.BytesIO(data)).convert("RGB")] * times

    def click(self, name, times=1, role="button"):
        for _ in range(times):
            self.place.get_by_role(role, name=name, exact=True).first.click()
            self.settle()
            self.shoot()

    def press(self, role, key, times=1, nth=0):
        control = self.place.get_by_role(role).nth(nth)
        control.hover()
        control.focus()
        for _ in range(times):
            self.page.keyboard.press(key)
            self.settle()
            self.shoot()

    def choose(self, label, option):
        control = self.place.get_by_label(label, exact=True)
        control.hover()
        control.select_option(label=option)
        self.settle()
        self.shoot()

    def play(self, seconds, shots):
        """재생을 눌러 ``seconds``초 동안 ``shots``번 찍고 멈춥니다."""
        self.place.get_by_role("button", name="재생", exact=True).click()
        for _ in range(shots):
            self.page.wait_for_timeout(1000 * seconds / shots)
            self.shoot()
        self.click("멈춤")

    def settle(self):
        """그림이 더 바뀌지 않을 때까지 기다립니다."""
        seen = [None]

        def quiet():
            before, seen[0] = seen[0], self.place.inner_html()
            return before == seen[0]

        until(quiet, 20, "그림이 가라앉지 않음")

    def save(self, path):
        """장면들의 크기가 달라도 가장 큰 것에 맞추어 한 그림으로 모읍니다."""
        size = tuple(max(frame.size[i] for frame in self.frames) for i in (0, 1))
        sheets = []
        for frame in self.frames:
            sheet = Image.new("RGB", size, "white")
            sheet.paste(frame)
            sheets.append(sheet)
        for quality in (60, 50, 40, 30):  # 저장소에 두는 그림이라 한 장이 크지 않게 합니다.
            sheets[0].save(
                path, save_all=True, append_images=sheets[1:], duration=SCENE_MS, loop=0,
                quality=quality, method=6, minimize_size=True,
            )  # fmt: skip
            if path.stat().st_size < BIGGEST:
                break


def lab2d(scenes):
    scenes.shoot()
    scenes.click("D 한 걸음", 3)
    scenes.click("G 한 걸음", 2)
    scenes.play(12, 8)
    scenes.click("50걸음 되감기")


def stepper(scenes):
    scenes.shoot()
    scenes.click("다음", 12)
    scenes.click("이전", 2)


def dashboard(scenes):
    scenes.shoot()
    scenes.click("한 반복", 2)
    scenes.choose("D의 학습률", "0.001")
    scenes.play(9, 5)


def scrubber(scenes):
    scenes.shoot()
    scenes.press("slider", "ArrowLeft", 4)
    scenes.press("slider", "ArrowRight", 4)
    for nth in (0, 2, 2, 4, 4):  # 누른 것은 '진짜'가 되어 남은 '가짜'의 차례가 당겨집니다.
        scenes.place.get_by_role("button", name="가짜", exact=True).nth(nth).click()
        scenes.settle()
        scenes.shoot()
    scenes.click("채점")
    scenes.shoot(2)


def conv_explorer(scenes):
    scenes.shoot()
    for nth in range(3):
        scenes.press("slider", "ArrowRight", 1, nth)
    scenes.press("slider", "ArrowRight", 3, scenes.place.get_by_role("slider").count() - 1)
    scenes.press("slider", "ArrowRight", 2, scenes.place.get_by_role("slider").count() - 2)


def latent_explorer(scenes):
    scenes.shoot()
    scenes.press("slider", "ArrowRight", 4, 1)
    scenes.click("축 하나")
    scenes.press("slider", "ArrowRight", 3, 1)
    scenes.click("z의 산수")
    scenes.shoot()


WALKS = {
    "lab2d": lab2d, "stepper": stepper, "dashboard": dashboard, "scrubber": scrubber,
    "conv-explorer": conv_explorer, "latent-explorer": latent_explorer,
}  # fmt: skip


def record(context, server, name, path):
    """위젯 ``name``을 열어 정해진 대로 누르고 ``path``에 녹화합니다."""
    opened = LabPage(context, server, f"widgets/{name}.ipynb")
    opened.run_all()
    opened.page.set_viewport_size({"width": 1360, "height": 1150})  # 가장 긴 위젯도 잘리지 않게
    scenes = Scenes(opened.page, opened.widget(name))
    scenes.settle()
    WALKS[name](scenes)
    scenes.save(path)
    assert opened.errors == []
    opened.page.close()


def write_notebooks(folder, names):
    """위젯마다 준비 셀과 위젯의 셀로 된 노트북을 씁니다."""
    folder.mkdir()
    used = set()
    for name in names:
        source = WIDGETS[name]
        for few, enough in LONGER.items():
            if few in source:
                used.add(few)
                source = source.replace(few, enough)
        cells = [nbformat.v4.new_code_cell(text) for text in (SETUP, source)]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=FIRST.metadata)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    assert used == set(LONGER), "시험의 셀이 바뀌어, 조금만 배운 것을 녹화하게 됩니다"


def screenshot(context, server, path):
    """강의를 연 JupyterLab의 화면: 01의 실험실."""
    opened = LabPage(context, server, "01_gan_idea.ipynb")
    opened.run_all()
    scenes = Scenes(opened.page, opened.widget("lab2d"))
    scenes.click("한 반복")
    scenes.play(8, 1)
    scenes.place.get_by_role("button", name="D 한 걸음").first.scroll_into_view_if_needed()
    opened.page.mouse.wheel(0, -60)
    opened.page.wait_for_timeout(500)
    opened.page.evaluate("document.querySelector('#pointer').remove()")
    image = Image.open(io.BytesIO(opened.page.screenshot())).convert("RGB")
    image.save(path, optimize=True)
    opened.page.close()


def main(names):
    if MISSING:
        sys.exit(MISSING)
    if unknown := set(names) - {*WALKS, "jupyterlab"}:
        sys.exit(f"{', '.join(sorted(unknown))}: {', '.join([*WALKS, 'jupyterlab'])} 가운데 하나여야 합니다.")
    (IMAGES / "widgets").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "강의"
        shutil.copytree(ROOT / "notebooks", folder)
        with (
            lab_server(Path(temporary) / "server", folder) as server,
            chromium(width=1360, height=850) as context,
        ):
            if not names or "jupyterlab" in names:
                screenshot(context, server, IMAGES / "jupyterlab.png")
            write_notebooks(folder / "widgets", WALKS)
            for name in [name for name in WALKS if not names or name in names]:
                path = IMAGES / "widgets" / f"{name}.webp"
                record(context, server, name, path)
                print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} KB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
