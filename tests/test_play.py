"""눌러 보기: 브라우저의 계산이 PyTorch와 같고, 가볍고, 무엇을 쓰거나 그려도 말이 되게 답합니다."""

import base64
import json

import browser
import numpy as np
import play
import pytest
import torch
from browser import chromium
from torch import nn
from torch.nn import functional as F

from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import basic_syllables, compose, initials_and_vowels, load_hangul
from gan_lesson.metrics.bundled import load_quick_generator
from gan_lesson.metrics.hangul_reader import load_reader, read
from gan_lesson.models import Discriminator, generate

LEVEL = 2 / 255  # 그림의 값 [-1, 1]에서 밝기 한 단계
PARTS = ("word", "walk", "fool")
NETWORKS = ("reader", "walker", "judge", "writer")
needs_browser = pytest.mark.browser
if browser.MISSING and not browser.REQUIRED:
    needs_browser = pytest.mark.skip(reason=browser.MISSING)


def bare_page(folder, parts=PARTS):
    """눌러 보는 것들만 있는 쪽을 ``folder``에 쓰고 그 주소를 돌려줍니다. 사이트를 만들지 않고 열어 봅니다."""
    places = "".join(
        f'<div class="play" data-play="{name}"><p>녹화를 보여 줍니다.</p></div>' for name in parts
    )
    scripts = "".join(f'<script src="{(play.FOLDER / name).as_uri()}.js"></script>' for name in ("network", "play"))  # fmt: skip
    style = f'<link rel="stylesheet" href="{(play.FOLDER.parent / "site.css").as_uri()}">'
    page = folder / "play.html"
    page.write_text(f'<meta charset="utf-8">{style}<body>{places}{scripts}', encoding="utf-8")
    return page.as_uri()


def stored(name):
    """저장소에 든 신경망의 기록."""
    text = (play.FOLDER / f"{name}.js").read_text(encoding="utf-8")
    found = json.loads(text.partition(" = ")[2].partition(" = ")[2])
    assert play.script(name, found).decode() == text
    return found


def by_torch(record, x):
    """기록의 층들을 PyTorch로 계산한 것. ``x``는 (N, C, H, W)입니다."""
    numbers = np.frombuffer(base64.b64decode(record["data"]), "<f2").astype("float32")
    numbers, at = torch.from_numpy(numbers), 0
    for layer in record["layers"]:
        if layer["type"] == "pool":
            x = F.max_pool2d(x, 2)
            continue
        k, i, o = layer["kernel"], layer["inputs"], layer["outputs"]
        weight = numbers[at : at + k * k * i * o].view(k, k, i, o)
        bias = numbers[at + weight.numel() : (at := at + weight.numel() + o)]
        if layer["type"] == "up":
            x = F.conv_transpose2d(x, weight.permute(2, 3, 0, 1), bias, layer["stride"], layer["padding"])
        else:
            x = F.conv2d(x, weight.permute(3, 2, 0, 1), bias, layer["stride"], layer["padding"])
        x = {"relu": F.relu, "leaky": lambda v: F.leaky_relu(v, 0.2), "tanh": torch.tanh,
             "sigmoid": torch.sigmoid, "none": lambda v: v}[layer["activation"]](x)  # fmt: skip
    return x


def inputs_of(record):
    """신경망에 넣어 볼 것 (8, C, H, W)."""
    channels = record["layers"][0]["inputs"]
    if channels == 1:
        return load_hangul(count=8).take(range(8))
    return torch.randn(8, channels, 1, 1, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """눌러 보는 것들만 있는 쪽. 파일로 엽니다. 오류가 하나도 없어야 합니다."""
    if browser.MISSING:
        pytest.skip(browser.MISSING)
    with chromium(width=390, height=844, has_touch=True) as context:
        context.set_default_timeout(120_000)  # 다른 시험과 코어를 나눠 쓸 때도
        opened, wrong = context.new_page(), []
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("requestfailed", lambda request: wrong.append(request.url))
        opened.goto(bare_page(tmp_path_factory.mktemp("play")))
        for name in PARTS:
            opened.locator(f'[data-play="{name}"]').scroll_into_view_if_needed()
            opened.locator(f'[data-play="{name}"] button').first.wait_for()
        yield opened
        assert wrong == []


def by_page(page, record, x):
    """쪽이 계산한 것. ``x``는 (N, C, H, W)입니다."""
    values = x.permute(0, 2, 3, 1).flatten(1).tolist()
    run = "([record, all, side]) => { const n = new Network(record); return all.map(x => [...n.run(Float32Array.from(x), side)]) }"
    return torch.tensor(page.evaluate(run, [record, values, x.shape[-1]]))


@needs_browser
@pytest.mark.parametrize("name", NETWORKS)
def test_the_page_computes_what_pytorch_computes(page, name):
    record = stored(name)
    x = inputs_of(record)
    ours, theirs = by_page(page, record, x), by_torch(record, x).flatten(1)
    assert theirs.std() > 0.01  # 아무 답이나 같은 것은 아닙니다.
    assert (ours - theirs).abs().max() < LEVEL / 100 * max(1, theirs.abs().max().item())


@needs_browser
def test_a_trained_generator_makes_the_same_picture_in_the_page(page):
    """배치 정규화를 접고 16비트로 줄여도, 같은 z에서 밝기가 한 단계보다 적게 다릅니다."""
    generator = load_quick_generator()
    record = play.record(generator.main)
    z = inputs_of(record)
    ours, theirs = by_page(page, record, z), generate(generator, z.flatten(1)).flatten(1)
    assert (ours - theirs).abs().max() <= LEVEL and theirs.std() > 0.5


@needs_browser
def test_the_page_reads_what_the_reader_reads(page):
    images = load_hangul(count=60, seed=3).take(range(60))
    images[40:] += torch.randn(20, 1, 32, 32, generator=torch.Generator().manual_seed(0))  # 망가진 것도
    theirs = read(images)
    asked = (
        "async all => { const r = await load('reader'); return all.map(x => read(r, Float32Array.from(x))) }"
    )
    ours = page.evaluate(asked, images.flatten(1).tolist())
    assert [each["letter"] for each in ours] == theirs.syllables
    sure = torch.tensor([each["sure"] for each in ours])
    assert (sure - theirs.confidence).abs().max() < 0.02 and sure.min() < 0.5 < sure.max()


def test_batch_normalization_is_folded_into_the_layer_before():
    torch.manual_seed(0)
    network = Discriminator(LessonConfig(ndf=4, ngpu=0)).train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.normal_()
            module.bias.data.normal_()
    network(torch.randn(64, 1, 32, 32))  # 통계가 0과 1이 아니게
    x = load_hangul(count=40).take(range(40))
    with torch.no_grad():
        theirs = network.eval().logits(x)
    ours = by_torch(play.record(network.main[:-1]), x).view(-1)
    assert (ours - theirs).abs().max() < theirs.std() / 20


def test_what_is_stored_is_todays_reader_and_light():
    assert play.reader(None) == stored("reader") and load_reader()
    sizes = {path.name: path.stat().st_size for path in play.FOLDER.iterdir()}
    binary = sum(len(base64.b64decode(stored(name)["data"])) for name in NETWORKS)
    assert binary <= 3_000_000 and sum(sizes.values()) <= 4_000_000
    lines = [
        line for name in ("network", "play") for line in (play.FOLDER / f"{name}.js").read_text().splitlines()
    ]
    assert len(lines) <= 400  # 학생이 읽을 만큼


@needs_browser
def test_every_syllable_is_written_as_learned_ones_with_the_reason(page):
    known = basic_syllables()
    everything = [chr(code) for code in range(ord("가"), ord("힣") + 1)]
    plans = dict(zip(everything, page.evaluate("all => all.map(plan)", everything), strict=True))
    for letter, found in plans.items():
        assert found["shown"] in known and found["wanted"] == [list(initials_and_vowels(found["shown"])[0])]
        assert bool(found["note"]) == (letter not in known), letter
    assert plans["꽃"]["note"].endswith("꽃 → 고(ㄲ, 받침 ㅊ).")
    assert plans["개"]["shown"] == compose(0, 0)
    for text, shown, note in (
        ("", "", "한글을 한 글자 이상 써 보세요."),
        ("ㅋㅋ", "", "아직 글자가 아닌 것: ㅋ. 한글을 한 글자 이상 써 보세요."),
        ("Joo나 👍🏽❤️", "나", "한글이 아니라 쓸 수 없는 것: J o 👍 ❤."),
        ("가나다라마바사아자차", "가나다라마바사아", "앞의 8글자만 씁니다."),
        ("\u1100\u1161", "가", ""),  # 풀어 쓴 한글(맥의 파일 이름)
    ):
        found = page.evaluate("plan", text)
        assert (found["shown"], found["note"]) == (shown, note)


@needs_browser
def test_names_are_written_again_and_the_share_of_z_matters(page):
    place = page.locator('[data-play="word"]')
    rows, text = place.locator("canvas"), place.get_by_role("textbox")

    def pictures():
        page.wait_for_timeout(100)  # 다음 화면에 그립니다.
        return [canvas.evaluate("c => c.toDataURL()") for canvas in rows.all()]

    text.fill("김하나")
    place.get_by_text("김 → 기(받침 ㅁ)").wait_for()
    first = pictures()
    assert rows.first.get_attribute("aria-label") == "생성자가 쓴 기하나, 1째 줄" and len(set(first)) == 3
    place.get_by_role("button", name="새 z로 다시 쓰기").click()
    assert not set(first) & set(pictures())
    place.get_by_role("slider", name="z의 몫").fill("0")
    assert len(set(pictures())) == 1
    text.fill("")
    place.get_by_text("한글을 한 글자 이상 써 보세요.").wait_for()
    assert not rows.first.is_visible()


@needs_browser
def test_walking_between_two_z_with_the_keyboard(page):
    place = page.locator('[data-play="walk"]')
    slider, big = place.get_by_role("slider"), place.locator(".play-big canvas")
    nine = place.locator(".play-nine button")

    def picture(canvas):
        page.wait_for_timeout(100)
        return canvas.evaluate("c => c.toDataURL()")

    slider.focus()
    page.keyboard.press("Home")
    assert picture(big) == picture(nine.nth(0).locator("canvas"))
    page.keyboard.press("ArrowRight")
    assert picture(big) != picture(nine.nth(0).locator("canvas"))
    nine.nth(8).focus()
    page.keyboard.press("Enter")
    assert slider.input_value() == "1" and picture(big) == picture(nine.nth(8).locator("canvas"))
    assert slider.get_attribute("aria-valuetext").startswith("1, 리더: ")
    ends = [picture(nine.nth(k).locator("canvas")) for k in (0, 8)]
    place.get_by_role("button", name="B를 새로 뽑기").click()
    assert picture(nine.nth(0).locator("canvas")) == ends[0] != ends[1] != picture(big)


@needs_browser
def test_every_stroke_moves_the_answer_by_mouse_and_by_keyboard(page):
    place = page.locator('[data-play="fool"]')
    board, meter = place.get_by_role("application"), place.get_by_role("meter")

    def state():
        page.wait_for_timeout(100)
        return board.evaluate("c => c.toDataURL()"), meter.locator("b").get_attribute("style")

    place.get_by_role("button", name="빈 판").click()
    blank = state()
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 60, steps=4)
    page.mouse.up()
    drawn = state()
    assert drawn[0] != blank[0] and drawn[1] != blank[1]
    page.mouse.move(box["x"] + 200, box["y"] + 160)  # 떼고 나서는 그려지지 않습니다.
    assert state() == drawn
    board.focus()
    page.keyboard.press("ArrowDown")
    assert state() == drawn  # 옮기기만 했습니다.
    for _ in range(6):
        page.keyboard.press("Shift+ArrowDown")
    assert state()[0] != drawn[0] and place.locator(".play-board i").is_visible()
    for _ in range(6):
        place.get_by_role("button", name="되돌리기").click()
    assert state() == drawn
    place.get_by_role("button", name="되돌리기").click()
    assert state() == blank
    place.get_by_role("button", name="진짜 글자").click()
    place.get_by_text("D가 진짜라고 합니다. 글자로도 읽힙니다.").wait_for()
    place.get_by_role("button", name="흐리게").click()
    place.get_by_text("D는 뜻이 아니라").wait_for()  # 리더는 그대로 읽습니다.


@needs_browser
@pytest.mark.parametrize("without", ["javascript", "typed arrays", "weights"])
def test_where_networks_cannot_run_a_sentence_stays(page, tmp_path, without):
    with page.context.browser.new_context(java_script_enabled=without != "javascript") as context:
        old = context.new_page()
        if without == "typed arrays":
            old.add_init_script("delete window.Float32Array")
        if without == "weights":
            old.route("**/reader.js", lambda route: route.abort())
        old.goto(bare_page(tmp_path, ["fool"]))
        old.get_by_text("녹화를 보여 줍니다.").wait_for()
        assert old.get_by_role("button").count() == 0
