"""남이 만든 가중치 파일: 이름, 차례, 정밀도, 감싼 것이 저마다 달라도 같은 신경망으로 알아봅니다."""

import argparse
import io
import re
import struct
import zipfile

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training.saving.foreign import read_network
from gan_lesson.training.saving.recognition import recognise
from gan_lesson.training.saving.run_folder import load_generator

G, D = "generator", "discriminator"


def config(size=64, **changes):
    return LessonConfig(nz=4, ngf=2, ndf=3, nc=3, image_size=size, ngpu=0).replace(**changes)


def distinct(network):
    """텐서마다, 자리마다 다른 값이 든 ``state_dict``. 어느 것이 어디로 갔는지 알아볼 수 있습니다."""
    tensors = network.state_dict()
    for i, tensor in enumerate(tensors.values()):
        values = torch.arange(tensor.numel()).reshape(tensor.shape) / 64 + i + 1
        tensor.copy_(values.to(tensor.dtype))
    return tensors


NETG, NETD = distinct(Generator(config())), distinct(Discriminator(config()))

OTHER = {name: -tensor for name, tensor in NETG.items()}  # 모양이 같은 다른 생성자


def same(found, expected):
    return list(found) == list(expected) and all(torch.equal(found[k], expected[k]) for k in expected)


def adam():
    """한 걸음 간 Adam의 상태. 모양이 커널과 같은 텐서가 들어 있습니다."""
    network = Generator(config())
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.randn(2, 4)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def prefixed(prefix, tensors=NETG):
    return {prefix + name: tensor for name, tensor in tensors.items()}


FORMS = {
    "예제": lambda: NETG,
    "가나다순": lambda: {name: NETG[name] for name in sorted(NETG)},
    "PyTorch 0.4": lambda: {k: v for k, v in NETG.items() if not k.endswith("num_batches_tracked")},
    "DataParallel": lambda: prefixed("module."),
    "compile 안의 DDP": lambda: prefixed("_orig_mod.module."),
    "DDP 안의 compile": lambda: prefixed("module._orig_mod."),
    "main만 DataParallel": lambda: {k.replace("main.", "main.module."): v for k, v in NETG.items()},
    "double": lambda: {k: v.double() if v.is_floating_point() else v for k, v in NETG.items()},
    "Parameter": lambda: {k: torch.nn.Parameter(v) if v.is_floating_point() else v for k, v in NETG.items()},
    "netG와 나머지": lambda: {"epoch": 3, "netD": NETD, "netG": NETG, "optimG": adam(), "loss": [0.5, 0.25]},
    "generator": lambda: {"params": {"nz": 4}, "generator": NETG, "discriminator": NETD},
    "state_dict": lambda: {"epoch": 24, "state_dict": NETG},
    "lightning": lambda: {
        "state_dict": prefixed("net_G.") | prefixed("net_D.", NETD),
        "optimizer_states": [adam()],
        "global_step": 7,
    },
    "두 겹": lambda: {
        "models": {"G": prefixed("module."), "D": NETD},
        "fixed_noise": torch.zeros(3, 4, 1, 1),
    },
    "EMA도": lambda: {"netG": NETG, "netG_ema": OTHER},
    "목록": lambda: [NETD, NETG],
    # 이름이 netD여도 모양이 생성자면, netG가 따로 있을 때만 그것을 고릅니다.
    "모양이 같은 netD": lambda: {"netD": OTHER, "netG": NETG},
    "모양이 같은 netD와 model": lambda: {"netD": OTHER, "model": NETG},
}


@pytest.mark.parametrize("form", FORMS)
def test_the_generator_is_found_in_every_form(form):
    found = recognise(FORMS[form](), G, "파일")
    expected = NETG
    if form == "PyTorch 0.4":
        expected = {k: v if k in FORMS[form]() else torch.zeros_like(v) for k, v in NETG.items()}
    assert same(found.tensors, expected)
    assert found.settings == {"nz": 4, "ngf": 2, "nc": 3, "image_size": 64}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_low_precision_becomes_float32(dtype):
    low = {k: v.to(dtype) if v.is_floating_point() else v for k, v in NETG.items()}
    found = recognise(low, G, "파일").tensors
    assert all(torch.equal(found[k], low[k].to(NETG[k].dtype)) for k in NETG)
    assert found["main.0.weight"].dtype == torch.float32


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_names_and_order_do_not_matter(data):
    """층마다 이름을 멋대로 바꾸고 차례를 섞어도 텐서가 제자리로 갑니다."""
    kind, size = data.draw(st.sampled_from([G, D])), data.draw(st.sampled_from([32, 64, 128]))
    shape = config(size, nz=data.draw(st.integers(1, 5)), ngf=data.draw(st.integers(1, 3)),
                   nc=data.draw(st.sampled_from([1, 3])))  # fmt: skip
    tensors = distinct({G: Generator, D: Discriminator}[kind](shape))
    layers = sorted({name.rpartition(".")[0] for name in tensors})
    words = data.draw(st.lists(st.text("abcXYZ0129.", min_size=1), min_size=len(layers),
                               max_size=len(layers), unique=True))  # fmt: skip
    new = dict(zip(layers, words, strict=True))
    renamed = {f"{new[n.rpartition('.')[0]]}.{n.rpartition('.')[2]}": t for n, t in tensors.items()}
    order = data.draw(st.permutations(sorted(renamed)))
    found = recognise({name: renamed[name] for name in order}, kind, "파일")
    assert same(found.tensors, tensors)
    wanted = {G: ("nz", "ngf", "nc", "image_size"), D: ("ndf", "nc", "image_size")}[kind]
    assert found.settings == {name: getattr(shape, name) for name in wanted}


def without(name):
    return {k: v for k, v in NETG.items() if k != name}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (NETD, "구분자의 가중치이니 생성자.netG.의 파일"),
        ({"netD": NETD, "epoch": 1}, "구분자의 가중치이니"),
        ({"netD": NETD, "z": torch.zeros(3)}, "파일의 'netD' 부분은 구분자의 가중치이니"),
        ({"netA": NETG, "netB": NETG}, "읽을 수 있는 것이 2개입니다.'netA', 'netB'."),
        (without("main.3.weight"), "이어지지 않음.*파일에 든 것: main.0.weight.4×16×4×4."),
        (without("main.4.running_var"), "합성곱도 배치 정규화도 아닌 것이 있음: main.4.weight.8."),
        (NETG | {"main.12.bias": torch.zeros(3)}, "'main.12.bias': 이 강의의 합성곱에는 bias가 없음"),
        (NETG | {"main.12.weight": torch.zeros(2, 3, 1, 1)}, "'main.12.weight'의 커널이 1×1인데 4×4여야"),
        (NETG | {"main.12.weight": torch.zeros(2, 4, 4, 4)}, "nc = 4: 1.흑백.과 3"),
        (NETG | {"main.0.weight": torch.full((4, 16, 4, 4), float("nan"))}, "수가 아닌 값.*발산한 학습"),
        (NETG | {"main.0.weight": torch.ones(4, 16, 4, 4, dtype=torch.int8)}, "실수가 아니라 int8"),
        ({"netG": {"a": torch.zeros(3)}, "epoch": 3, "args": []},
         "netG.텐서 1개., epoch.int., args.list."),
        ({"epoch": 3, "best": "a"}, "파일에 든 것: epoch.int., best.str."),
        ({}, "파일이 비어 있습니다"),
        (torch.nn.Linear(3, 4).state_dict(), "합성곱도 배치 정규화도 아닌 것이 있음: weight.4×3., bias.4."),
    ],
)  # fmt: skip
def test_what_is_not_a_generator_is_told_with_what_is_inside(content, words):
    with pytest.raises(LessonError, match=words) as refused:
        recognise(content, G, "가중치 파일 'a.pth'")
    message = str(refused.value)
    assert message.startswith("가중치 파일 'a.pth': ") and "\n" not in message
    assert "config.json" not in message and re.search("주세요", message)


def bytes_of(content, **options):
    data = io.BytesIO()
    torch.save(content, data, **options)
    return data.getvalue()


def zip_of(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return data.getvalue()


def picture(kind):
    data = io.BytesIO()
    Image.new("RGB", (9, 9)).save(data, kind)
    return data.getvalue()


class Whole(torch.nn.Module):
    """모듈 자체를 저장한 파일."""


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 14316\n"
ZIP = bytes_of(NETG)
FILES = {
    "Git LFS": (LFS, "Git LFS.*git lfs pull"),
    "웹 페이지": (b"\n<!DOCTYPE html><html><title>Google Drive - Virus scan warning", "웹 페이지.*브라우저"),
    "BOM이 붙은 웹 페이지": (b"\xef\xbb\xbf<html>", "웹 페이지"),
    "그림의 zip": (zip_of(a_png=b"1", b_png=b"2"), "'a.png', 'b.png' 파일 2개가 든 zip.*압축을 풀어"),
    "빈 zip": (zip_of(), "빈 zip"),
    "빈 파일": (b"", "빈 파일.*다시 받아"),
    "PNG": (picture("PNG"), r"그림\(PNG\)"),
    "JPEG": (picture("JPEG"), r"그림\(JPEG\)"),
    "Keras": (b"\x89HDF\r\n\x1a\n" + bytes(99), "Keras"),
    "gzip": (b"\x1f\x8b\x08" + bytes(30), "압축 파일"),
    "tar": (b"a.pth".ljust(257, b"\0") + b"ustar\x0000", "압축 파일.tar"),
    "글": ("가중치는 여기서 받으세요: https://".encode(), "글.'가중치는 여기서"),
    "JSON": (b'{"error": "not found"}', "글"),
    "TorchScript": (zip_of(constants_pkl=b"", data_pkl=b""), "TorchScript.*state_dict"),
    "잘린 zip": (ZIP[: len(ZIP) // 2], "끝이 잘린 파일.*크기가 같은지"),
    "잘린 옛 형식": (bytes_of(NETG, _use_new_zipfile_serialization=False)[:-50], "깨졌거나 끝이 잘린"),
    "잘린 safetensors": (save(NETG)[:-9], "깨졌거나 끝이 잘린"),
    "머리글이 거짓": (struct.pack("<Q", 10**7) + b"{}" + bytes(50), "깨졌거나 끝이 잘린"),
    "아무 바이트": (bytes(range(128, 256)) * 3, "PyTorch가 쓴 가중치가 아니거나 깨졌|깨졌거나"),
    "함께 든 Namespace": (bytes_of({"netG": NETG, "opt": argparse.Namespace(lr=1)}), "argparse.Namespace.도"),
    "모델 전체": (bytes_of(Whole()), "Whole.*모델 전체를 쓴 파일은 .*state_dict"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_weights_is_told_what_it_is(tmp_path, capsys, name):
    data, words = FILES[name]
    (tmp_path / "netG.pth").write_bytes(data)
    assert main(["import", "--generator", str(tmp_path / "netG.pth"), "--out", str(tmp_path / "o")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(words, line), line
    assert "netG.pth" in line and "세요" in line and not (tmp_path / "o").exists()


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_download_cut_anywhere_is_one_korean_error(tmp_path_factory, data):
    whole = data.draw(
        st.sampled_from([ZIP, save(NETG), bytes_of(NETG, _use_new_zipfile_serialization=False)])
    )
    path = tmp_path_factory.mktemp("cut") / "netG.pth"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(LessonError, match="[가-힣]"):
        read_network(path, G)


@pytest.mark.parametrize("how", ["zip", "옛 형식", "safetensors", "결과 폴더"])
def test_every_kind_of_file_is_read(tmp_path, how):
    path = tmp_path / "netG"
    if how == "결과 폴더":
        path.mkdir()
        (path / "generator.safetensors").write_bytes(save(NETG))
    else:
        data = {
            "zip": ZIP,
            "옛 형식": bytes_of(NETG, _use_new_zipfile_serialization=False),
            "safetensors": save(NETG),
        }
        path.write_bytes(data[how])
    assert same(read_network(path, G).tensors, NETG)


def test_a_folder_of_weights_lists_them(tmp_path, capsys):
    for name in ("netG_epoch_1.pth", "netD_epoch_1.pth", "읽어 보세요.txt"):
        (tmp_path / name).write_bytes(b"1")
    with pytest.raises(LessonError, match="폴더입니다. 들어 있는 netD_epoch_1.pth, netG_epoch_1.pth 가운데"):
        read_network(tmp_path, G)


def test_import_takes_the_part_and_names_it(tmp_path, capsys):
    torch.save({"netD": NETD, "netG": prefixed("module.")}, tmp_path / "a.pth")
    run = tmp_path / "결과"
    assert main(["import", "--generator", str(tmp_path / "a.pth"), "--out", str(run)]) == 0
    assert "파일의 'netG' 부분" in capsys.readouterr().out
    _, generator = load_generator(run)
    assert same(generator.state_dict(), NETG)
    # 가져온 폴더는 학습을 멈춘 폴더가 아니므로 이어 할 수 없고, 거기서 시작하는 길을 말합니다.
    assert main(["train", "--resume", str(run)]) == 2
    assert f"--netG {run} --out" in capsys.readouterr().err
