"""사이트의 '눌러 보기'가 쓰는 신경망과 녹화를 내보냅니다: python scripts/assets/play.py better의결과폴더 [이름 …]

docs/_static/play/에 신경망마다 스크립트 하나(가중치는 16비트 소수의 base64)를 씁니다. 파일로 연 쪽(file://)은 다른 파일은
읽지 못해도 스크립트는 읽습니다. writer(11의 조건부 생성자)는 노트북의 셀을 실행해 학습합니다. 이름이 films면 녹화만 합니다.
"""

import base64
import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import numpy as np
import torch
from torch import nn

from gan_lesson.base.files import load_weights, write_bytes
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import to_uint8
from gan_lesson.metrics.hangul_reader import HEADS, load_reader
from gan_lesson.models import Discriminator, generate
from gan_lesson.training.saving.run_folder import load_generator

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "_static" / "play"
ITERATIONS = 3_000  # writer의 학습. 노트북은 1분 안에 끝나도록 600번입니다.
CENTRES = 300  # 잠재 혼합의 중심 가운데 남길 수
REAL, MADE = 24, 24  # 구분자의 판에서 고를 그림의 수
# 눌러 보는 것 → 녹화할 때 차례로 누를 단추
FILMS = {
    "word": ["새 z로 다시 쓰기"] * 3,
    "walk": ["A를 새로 뽑기", "B를 새로 뽑기"] * 2,
    "fool": ["진짜 글자", "흐리게", "되돌리기", "좌우 뒤집기", "만든 글자"],
}
ACTIVATIONS = {nn.ReLU: "relu", nn.LeakyReLU: "leaky", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}


def fold(modules):
    """층들을 (모양, 가중치 (k, k, 입력, 출력), 편향)의 목록으로. 배치 정규화는 앞 층에 접습니다(모아 둔 통계)."""
    found = []
    for module in modules:
        if isinstance(module, nn.MaxPool2d):
            found.append([{"type": "pool"}, None, None])
        elif isinstance(module, nn.BatchNorm2d):
            scale = module.weight / (module.running_var + module.eps).sqrt()
            _, weight, bias = found[-1]
            found[-1][1:] = weight * scale, (bias - module.running_mean) * scale + module.bias
        elif type(module) in ACTIVATIONS:
            found[-1][0]["activation"] = ACTIVATIONS[type(module)]
        elif not isinstance(module, nn.Flatten):
            found.append(_layer(module, found))
    return found


def _layer(module, before):
    shape = {"type": "conv", "stride": 1, "padding": 0, "activation": "none"}
    weight = module.weight
    if isinstance(module, nn.Linear):  # 펼친 뒤의 선형 층은 특징 맵만 한 합성곱입니다.
        convolved = [layer["outputs"] for layer, weight, _ in before if weight is not None]
        channels = convolved[-1] if convolved else module.in_features
        side = round((module.in_features / channels) ** 0.5)
        weight = weight.view(-1, channels, side, side)
    else:
        shape |= {"stride": module.stride[0], "padding": module.padding[0]}
    if isinstance(module, nn.ConvTranspose2d):
        shape["type"], weight = "up", weight.transpose(0, 1)
    bias = torch.zeros(len(weight)) if module.bias is None else module.bias
    shape |= {"kernel": weight.shape[-1], "inputs": weight.shape[1], "outputs": weight.shape[0]}
    return [shape, weight.permute(2, 3, 1, 0), bias]


@torch.no_grad()
def record(modules, tables=None, **more):
    """신경망 하나의 기록(network.js의 ``Network``가 읽는 것). ``tables``는 함께 담을 2차원 텐서들입니다."""
    layers, tables = fold(modules), tables or {}
    parts = [part for _, *pair in layers for part in pair if part is not None] + [*tables.values()]
    numbers = np.concatenate([part.detach().reshape(-1).numpy() for part in parts]).astype("<f2")
    assert np.isfinite(numbers).all()
    sizes = {name: list(table.shape) for name, table in tables.items()}
    return {"layers": [layer for layer, *_ in layers], "tables": sizes, **more, "data": text(numbers)}


def text(array):
    return base64.b64encode(array.tobytes()).decode()


def reader(_):
    network = load_reader()
    heads = nn.Linear(network.is_glyph.in_features, sum(HEADS.values()) + 1)
    last = [*network.heads, network.is_glyph]
    heads.weight.data = torch.cat([head.weight for head in last])
    heads.bias.data = torch.cat([head.bias for head in last])
    layers = [*network.trunk, nn.ReLU(), heads]
    return record(layers, heads=[*HEADS.values()], calibration=network.calibration.tolist())


def walker(run):
    _, generator = load_generator(run)
    centres = getattr(generator, "centres", None)
    if centres is None:
        return record(generator.main)
    return record(generator.main, {"centres": centres[:CENTRES]}, spread=generator.spread)


@torch.no_grad()
def judge(run):
    """구분자. 진짜들 사이에 놓인 그림 한 장을 보는 것처럼, 배치 정규화의 통계는 진짜에서 모읍니다."""
    config, generator = load_generator(run)
    network = Discriminator(config)
    load_weights(network, Path(run) / "discriminator.safetensors")
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # 지금부터 본 것의 평균
            module.reset_running_stats()
    data = load_hangul()
    for images in data.take(range(2_000)).split(32):
        network(images)
    rng = torch.Generator().manual_seed(0)
    draw = getattr(generator, "draw_z", lambda count, rng: torch.randn(count, config.nz, generator=rng))
    pictures = {"real": data.take(range(REAL)), "made": generate(generator, draw(MADE, rng))}
    pictures = {name: text(to_uint8(images).numpy()) for name, images in pictures.items()}
    return record(network.main, pictures=pictures)


def writer(_):
    """노트북 11의 2절과 3절을 실행해 학습한 조건부 생성자."""
    notebook = nbformat.read(ROOT / "notebooks" / "11_project.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    first, last = (next(i for i, source in enumerate(cells) if words in source)
                   for words in ("data = load_hangul()", "train_once(1 - i / ITERATIONS)"))  # fmt: skip
    room = {"torch": torch}
    for source in cells[first : last + 1]:
        exec(re.sub(r"(ITERATIONS, BATCH, NOISE =) \d+", rf"\1 {ITERATIONS}", source), room)
    network = room["G"].eval()
    tables = {"initial": network.initial.weight, "vowel": network.vowel.weight}
    return record(network.body.main, tables, nz=room["NZ"])


def script(name, found):
    line = f"(window.NETWORKS = window.NETWORKS || {{}})[{json.dumps(name)}] = {json.dumps(found)}\n"
    return line.encode()


def bare_page(folder, parts=FILMS):
    """눌러 보는 것들만 있는 쪽을 ``folder``에 쓰고 그 주소를 돌려줍니다. 사이트를 만들지 않고 열어 봅니다."""
    places = "".join(
        f'<div class="play" data-play="{name}"><p>녹화를 보여 줍니다.</p></div>' for name in parts
    )
    scripts = "".join(
        f'<script src="{(FOLDER / name).as_uri()}.js"></script>' for name in ("network", "play")
    )
    style = f'<link rel="stylesheet" href="{(FOLDER.parent / "site.css").as_uri()}">'
    page = Path(folder) / "play.html"
    page.write_text(f'<meta charset="utf-8">{style}<body>{places}{scripts}', encoding="utf-8")
    return page.as_uri()


def film(name):
    """눌러 보는 모습의 녹화. 신경망을 돌릴 수 없는 브라우저에 보입니다."""
    from widget_recordings import Scenes, chromium

    with TemporaryDirectory() as folder, chromium(width=760, height=900) as context:
        page = context.new_page()
        page.goto(bare_page(folder, [name]))
        page.get_by_role("button").first.wait_for()
        scenes = Scenes(page, page.locator(".play"))
        scenes.shoot()
        for pressed in FILMS[name]:
            scenes.click(pressed)
        scenes.save(FOLDER / f"{name}.webp")


if __name__ == "__main__":
    makers = {make.__name__: make for make in (reader, walker, judge, writer)}
    run, *names = sys.argv[1:]
    for name in [name for name in makers if not names or name in names]:
        data = script(name, makers[name](run))
        write_bytes(FOLDER / f"{name}.js", data)
        print(f"{name}.js {len(data) / 1e6:.2f} MB")
    for name in FILMS if not names or "films" in names else ():
        film(name)
