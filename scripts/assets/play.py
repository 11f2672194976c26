"""사이트의 '눌러 보기'가 쓰는 신경망을 내보냅니다: python scripts/assets/play.py better의결과폴더 [이름 …]

docs/_static/play/에 신경망마다 스크립트 하나(가중치는 16비트 소수의 base64)를 씁니다. 파일로 연 쪽(file://)은 다른 파일은
읽지 못해도 스크립트는 읽습니다. writer(11의 조건부 생성자)는 노트북의 셀로 만들어 여기서 학습합니다.
"""

import base64
import json
import sys
from pathlib import Path
from types import SimpleNamespace

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
ITERATIONS, SEEK = 1_000, 0.1  # writer를 학습하는 수(노트북은 1분 안에 끝나도록 600번)와 모드 추구 항의 몫
CENTRES = 300  # 잠재 혼합의 중심 가운데 남길 수
REAL, MADE = 24, 24  # 구분자의 판에서 고를 그림의 수
ACTIVATIONS = {nn.ReLU: "relu", nn.LeakyReLU: "leaky", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}


def fold(modules):
    """층들을 [모양, 가중치 (k, k, 입력, 출력), 편향]의 목록으로. 배치 정규화는 앞 층에 접습니다(모아 둔 통계)."""
    found = []
    for module in modules:
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            up = isinstance(module, nn.ConvTranspose2d)
            weight = module.weight.permute(2, 3, *((0, 1) if up else (1, 0)))
            kernel, _, inputs, outputs = weight.shape
            shape = dict(type="up" if up else "conv", stride=module.stride[0], padding=module.padding[0],
                         kernel=kernel, inputs=inputs, outputs=outputs, activation="none")  # fmt: skip
            found.append([shape, weight, torch.zeros(outputs) if module.bias is None else module.bias])
        elif isinstance(module, nn.BatchNorm2d):
            scale = module.weight / (module.running_var + module.eps).sqrt()
            _, weight, bias = found[-1]
            found[-1][1:] = weight * scale, (bias - module.running_mean) * scale + module.bias
        elif isinstance(module, nn.MaxPool2d):
            found.append([{"type": "pool"}])
        else:
            found[-1][0]["activation"] = ACTIVATIONS[type(module)]
    return found


def as_convolution(linear, side=1):
    """(채널, ``side``, ``side``)를 펼쳐 받는 선형 층과 같은 합성곱."""
    same = nn.Conv2d(linear.in_features // side**2, linear.out_features, side)
    same.weight.data, same.bias.data = linear.weight.view_as(same.weight), linear.bias.data
    return same


@torch.no_grad()
def record(modules, tables=None, **more):
    """신경망 하나의 기록(network.js의 ``Network``가 읽는 것). ``tables``는 함께 담을 2차원 텐서들입니다."""
    layers, tables = fold(modules), tables or {}
    parts = [part for _, *pair in layers for part in pair] + [*tables.values()]
    numbers = np.concatenate([part.detach().reshape(-1).numpy() for part in parts]).astype("<f2")
    assert np.isfinite(numbers).all()
    sizes = {name: list(table.shape) for name, table in tables.items()}
    return {"layers": [layer for layer, *_ in layers], "tables": sizes, **more, "data": text(numbers)}


def text(array):
    return base64.b64encode(array.tobytes()).decode()


def reader(_):
    network = load_reader()
    *trunk, _, wide, relu, narrow = network.trunk
    last = nn.Linear(network.is_glyph.in_features, sum(HEADS.values()) + 1)
    for name in ("weight", "bias"):
        getattr(last, name).data = torch.cat(
            [getattr(head, name) for head in (*network.heads, network.is_glyph)]
        )
    layers = [*trunk, as_convolution(wide, 4), relu, as_convolution(narrow), relu, as_convolution(last)]
    return record(layers, heads=[*HEADS.values()], calibration=network.calibration.tolist())


def walker(run):
    _, generator = load_generator(run)
    if generator.centres is None:
        return record(generator.main)
    return record(generator.main, {"centres": generator.centres[:CENTRES]}, spread=generator.spread)


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
    pictures = {"real": data.take(range(REAL)), "made": generate(generator, generator.draw_z(MADE, rng))}
    pictures = {name: text(to_uint8(images).numpy()) for name, images in pictures.items()}
    return record(network.main, pictures=pictures)


def writer(_):
    """노트북 11의 조건부 생성자를 그 셀들로 만들어 학습한 것."""
    notebook = nbformat.read(ROOT / "notebooks" / "11_project.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    first, last = (next(i for i, source in enumerate(cells) if words in source)
                   for words in ("data = load_hangul()", "def train_once("))  # fmt: skip
    names = {"torch": torch}
    for source in cells[first : last + 1]:
        exec(source, names)
    room = SimpleNamespace(**names)
    for i in range(ITERATIONS):
        train_writer(room, 1 - i / ITERATIONS)
    network = room.G.eval()
    tables = {"initial": network.initial.weight, "vowel": network.vowel.weight}
    return record(network.body.main, tables, nz=room.NZ)


def train_writer(room, share):
    """노트북의 ``train_once``에 모드 추구 항(Mao 2019 §3.2)을 더한 것. 그대로는 z를 거의 보지 않아 다시 써도 같습니다(11)."""
    pick = torch.randint(len(room.pictures), (room.BATCH,), generator=room.rng)
    real, y = room.pictures[pick], room.labels[pick]
    z, other = torch.randn(2, room.BATCH, room.NZ, generator=room.rng)
    fake, again = room.G(z, y), room.G(other, y)
    room.D.zero_grad()
    room.loss(room.D(room.noisy(real, share), y), 0.9).backward()
    room.loss(room.D(room.noisy(fake.detach(), share), y), 0.0).backward()
    room.optimizer_d.step()
    room.G.zero_grad()
    far = (fake - again).abs().mean() / (z - other).abs().mean()  # z가 먼 만큼 그림도 다르게
    (room.loss(room.D(room.noisy(fake, share), y), 1.0) + SEEK / far).backward()
    room.optimizer_g.step()


def script(name, found):
    line = f"(window.NETWORKS = window.NETWORKS || {{}})[{json.dumps(name)}] = {json.dumps(found)}\n"
    return line.encode()


if __name__ == "__main__":
    makers = {make.__name__: make for make in (reader, walker, judge, writer)}
    run, *names = sys.argv[1:]
    for name in [name for name in makers if not names or name in names]:
        data = script(name, makers[name](run))
        write_bytes(FOLDER / f"{name}.js", data)
        print(f"{name}.js {len(data) / 1e6:.2f} MB")
