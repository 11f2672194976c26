"""남이 만든 가중치 파일: 이름, 차례, 정밀도, 감싼 것이 저마다 달라도 같은 신경망으로 알아봅니다."""

import argparse

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training.saving.foreign import read_network
from gan_lesson.training.saving.run_folder import load_generator

G, D = "generator", "discriminator"


def distinct(kind, size=64, **changes):
    """텐서마다, 자리마다 다른 값이 든 ``state_dict``. 어느 것이 어디로 갔는지 알아볼 수 있습니다."""
    config = LessonConfig(nz=4, ngf=2, ndf=3, nc=3, image_size=size, ngpu=0).replace(**changes)
    tensors = {G: Generator, D: Discriminator}[kind](config).state_dict()
    for i, tensor in enumerate(tensors.values()):
        values = torch.arange(tensor.numel()).reshape(tensor.shape) / 64 + i + 1
        tensor.copy_(values.to(tensor.dtype))
    return tensors


NETG, NETD = distinct(G), distinct(D)
OTHER = {name: -tensor for name, tensor in NETG.items()}  # 모양이 같은 다른 생성자


def same(found, expected):
    return list(found) == list(expected) and all(torch.equal(found[k], expected[k]) for k in expected)


def adam():
    """한 걸음 간 Adam의 상태. 모양이 커널과 같은 텐서가 들어 있습니다."""
    network = Generator(LessonConfig(nz=4, ngf=2, nc=3, image_size=64))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.randn(2, 4)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def prefixed(prefix, tensors=NETG):
    return {prefix + name: tensor for name, tensor in tensors.items()}


def cast(dtype):
    return {k: v.to(dtype) if v.is_floating_point() else v for k, v in NETG.items()}


FORMS = {
    "예제": lambda: NETG,
    "PyTorch 0.4": lambda: {k: v for k, v in NETG.items() if not k.endswith("num_batches_tracked")},
    "DataParallel": lambda: prefixed("module."),
    "compile 안의 DDP": lambda: prefixed("_orig_mod.module."),
    "float16": lambda: cast(torch.float16),
    "bfloat16": lambda: cast(torch.bfloat16),
    "netG와 나머지": lambda: {"epoch": 3, "netD": NETD, "netG": NETG, "optimG": adam(), "loss": [0.5, 0.25]},
    "generator": lambda: {"params": {"nz": 4}, "generator": NETG, "discriminator": NETD},
    "state_dict": lambda: {"epoch": 24, "state_dict": NETG},
    "lightning": lambda: {
        "state_dict": prefixed("net_G.") | prefixed("net_D.", NETD),
        "optimizer_states": [adam()],
    },
    "EMA도": lambda: {"netG": NETG, "netG_ema": OTHER},
    # 이름이 netD여도 모양이 생성자면, 다른 것이 없을 때만 그것을 고릅니다.
    "모양이 같은 netD": lambda: {"netD": OTHER, "model": NETG},
}


@pytest.mark.parametrize("form", FORMS)
def test_the_generator_is_found_in_every_form(tmp_path, form):
    content = FORMS[form]()
    torch.save(content, tmp_path / "a.pth")
    settings, found = read_network(tmp_path / "a.pth", G)
    expected = NETG
    if form == "PyTorch 0.4":
        expected = {k: content.get(k, torch.zeros_like(v)) for k, v in NETG.items()}
    elif "float" in form:
        expected = {k: v.to(NETG[k].dtype) for k, v in content.items()}
    assert same(found, expected)
    assert settings == {"nz": 4, "ngf": 2, "nc": 3, "image_size": 64}


@pytest.mark.parametrize("naming", ["main", "이름을 지은 층"])
@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("kind", [G, D])
def test_keys_sorted_by_name_go_to_their_places(tmp_path, kind, size, naming):
    """safetensors는 이름의 차례로 남겨, 한 층 안에서 bias가 weight의 앞에 오고 main.10이 main.4의 앞에 옵니다."""
    tensors = distinct(kind, size)
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in tensors))
    names = {layer: layer for layer in layers}
    if naming != "main":
        kernels = {layer: tensors[f"{layer}.weight"].ndim == 4 for layer in layers}
        names = {layer: f"{'conv' if kernels[layer] else 'bn'}{i}" for i, layer in enumerate(layers)}
    renamed = {f"{names[n.rpartition('.')[0]]}.{n.rpartition('.')[2]}": t for n, t in tensors.items()}
    save_file(renamed, tmp_path / "a.safetensors")
    torch.save({name: renamed[name] for name in sorted(renamed)}, tmp_path / "a.pth")
    for file in ("a.safetensors", "a.pth"):
        settings, found = read_network(tmp_path / file, kind)
        assert same(found, tensors) and settings["image_size"] == size


def test_weights_of_the_tutorial_draw_the_same_pictures_and_are_a_run(tmp_path, capsys):
    layers, before = [], 7
    for i, after in enumerate([16, 8, 4, 2]):
        stride, padding = (1, 0) if i == 0 else (2, 1)
        layers += [nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False)]
        layers += [nn.BatchNorm2d(after), nn.ReLU(True)]
        before = after
    theirs = nn.Sequential(*layers, nn.ConvTranspose2d(2, 3, 4, 2, 1, bias=False), nn.Tanh()).eval()
    path, run = tmp_path / "netG_epoch_24.pth", tmp_path / "가져온 것"
    torch.save(prefixed("main.", theirs.state_dict()), path)
    assert main(["import", "--generator", str(path), "--out", str(run), "--dataroot", "hangul"]) == 0
    assert "3×64×64" in capsys.readouterr().out
    config, ours = load_generator(run)
    z = torch.randn(3, 7)
    with torch.no_grad():
        assert torch.equal(ours(z), theirs(z[:, :, None, None]))
    assert same(read_network(run, G)[1], ours.state_dict())  # 결과 폴더도 가중치입니다.
    # 가져온 폴더는 학습을 멈춘 폴더가 아니므로 이어 할 수 없고, 거기서 시작하는 길을 말합니다.
    assert main(["train", "--resume", str(run)]) == 2
    assert f"--netG {run} --out" in capsys.readouterr().err


class Whole(nn.Module):
    """모듈 자체를 저장한 파일."""


REFUSED = {
    "구분자": (lambda: {"netD": NETD}, "생성자가 아니라 구분자"),
    "둘": (lambda: {"netA": NETG, "netB": NETG}, "여럿.*netA, netB"),
    "층이 빠짐": (
        lambda: {k: v for k, v in NETG.items() if "main.3" not in k},
        "DCGAN 생성자의 가중치가 아닙",
    ),
    "bias": (lambda: NETG | {"main.12.bias": torch.zeros(3)}, "bias 없는"),
    "1×1 커널": (lambda: NETG | {"main.12.weight": torch.zeros(2, 3, 1, 1)}, r"main.12.weight\[2, 3, 1, 1\]"),
    "정수": (lambda: NETG | {"main.0.weight": torch.ones(4, 16, 4, 4, dtype=torch.int8)}, "가중치가 아닙"),
    "발산": (lambda: NETG | {"main.0.weight": torch.full((4, 16, 4, 4), torch.nan)}, "수가 아닌 값"),
    "가중치 없음": (lambda: {"epoch": 3}, "가중치가 아닙"),
    "코드도 든 것": (lambda: {"netG": NETG, "opt": argparse.Namespace(lr=1)}, "읽을 수 없습니다"),
    "모델 전체": (lambda: Whole(), "읽을 수 없습니다.*state_dict"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_the_generator_is_refused(tmp_path, capsys, name):
    content, words = REFUSED[name]
    path = tmp_path / "netG.pth"
    torch.save(content(), path)
    with pytest.raises(LessonError, match=f"가중치 파일 '{path}': .*{words}") as refused:
        read_network(path, G)
    assert "\n" not in str(refused.value) and "세요" in str(refused.value)


@pytest.mark.parametrize("data", [None, b"", b"<!DOCTYPE html><html>", b"PK\3\4", bytes(99), b"folder"])
def test_a_file_that_is_no_weights_makes_no_folder(tmp_path, capsys, data):
    path = tmp_path / "netG.pth"
    if data == b"folder":
        path.mkdir()
    elif data is not None:
        path.write_bytes(data)
    assert main(["import", "--generator", str(path), "--out", str(tmp_path / "o")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "netG.pth" in line and "읽을 수 없습니다" in line and not (tmp_path / "o").exists()
