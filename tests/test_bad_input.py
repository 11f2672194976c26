"""잘못 넣은 것의 종류마다 한국어 한 줄: 무엇이 어디가 잘못되었고 어떻게 고치는지. 디스크의 것은 그대로입니다.

방마다의 자세한 경우는 그 방의 시험에 있고, 여기서는 메시지의 꼴을 봅니다. ``python tests/test_bad_input.py``는 모든 경우와
그 메시지를 표로 보여 줍니다.
"""

import os
import pickle
import re
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.folder import load_folder
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.points.config import PointConfig
from gan_lesson.training import Trainer
from gan_lesson.training.saving.foreign import import_generator
from gan_lesson.training.saving.resume import resume_trainer, save_trainer
from gan_lesson.training.saving.run_folder import load_generator

TINY = dict(batch_size=8, nz=8, ngf=4, ndf=4, num_epochs=2, ngpu=0)
# 이름 → (설정값, 메시지의 첫머리)
SETTINGS = {
    "dataroot": ("  ", "설정값 dataroot = ' ': 그림 폴더"),
    "workers": (-1, "설정값 workers = -1: 0 이상 64"),
    "batch_size": (64.0, "설정값 batch_size = 64.0: 2 이상"),
    "image_size": (48, "설정값 image_size = 48: 32, 64, 128 가운데"),
    "nc": (2, r"설정값 nc = 2: 1\(흑백\)과 3"),
    "nz": ("100", "설정값 nz = '100': 1 이상"),
    "ngf": (0, "설정값 ngf = 0: 1 이상"),
    "ndf": (10**9, "설정값 ndf = 1000000000: 1 이상"),
    "num_epochs": (True, "설정값 num_epochs = True: 1 이상"),
    "lr": (float("nan"), "설정값 lr = nan: 0보다 크고"),
    "beta1": (1.0, "설정값 beta1 = 1.0: 0 이상 1 미만"),
    "ngpu": ("cuda:0", "GPU의 번호가 아니라 개수"),
    "seed": (None, "설정값 seed = None"),
}
# 명령줄에 적은 것 → 메시지에 있어야 할 것(정규식)
COMMANDS = {
    "trian": "'trian': .*'train'.*가운데",
    "train --batchsize 3": r"없는 옵션입니다: --batchsize\(혹시 --batch_size인가요.*train --help",
    "train --lr": "--lr: 값이 하나",
    "train --overwrite=yes": "--overwrite: 값을 받지 않는",
    "train --preset big": "--preset = 'big': quick, better, large, paper",
    "train --engine gpu": "engine = 'gpu': exact.*fast",
    "train --improve ema,magic": "improve = 'magic': rates",
    "train --save-every 자주": "--save-every: '자주': 0 이상",
    "train --ngpu 64 --batch_size 64": r"쓸 수 있는 GPU는 \d+개",
    "train --dataroot hangeul": "hangeul.*혹시 dataroot=hangul인가요",
    "train --resume a --engine fast": "--engine와 함께",
    "train --resume 없음": "없음.*체크포인트가 없",
    "train --resume 없음 --out b": "없음.*체크포인트가 없",
    "train --out 내것": "'내것': 학습 결과가 아닌 파일",
    "train --out 내것/숙제.txt/결과": "경로의 가운데가 폴더가 아님",
    "train --netG 내것/숙제.txt": "가중치 파일 '내것/숙제.txt'",
    "sample": "빠진 것이 있습니다: --run",
    "sample --run . --count 0": "--count: '0': 1 이상",
    "sample --run .": r"결과 폴더 '\.': config.json",
    "evaluate --run . --count 9": "--count: '9': 100 이상",
    "evaluate --run . --seed x": "--seed: 'x': 0 이상",
    "import --out x": "빠진 것이 있습니다: --generator",
}
CASES = {}


def case(name, expected):
    """``name``: 무엇을 넣었는지, ``expected``: 메시지에 있어야 할 것(정규식). 함수는 폴더를 준비하고 해 볼 것을 돌려줍니다."""

    def keep(function):
        assert name not in CASES
        CASES[name] = (function, expected)
        return function

    return keep


for name, (value, expected) in SETTINGS.items():
    case(f"설정값 {name}", expected)(lambda folder, c={name: value}: lambda: LessonConfig.quick(**c))


for words, expected in COMMANDS.items():

    @case(f"명령줄: {words}", expected)
    def command(folder, words=words):
        (folder / "내것").mkdir()
        (folder / "내것" / "숙제.txt").write_text("중요", encoding="utf-8")
        return lambda: run_main(folder, words.split())


@case("없는 설정값의 이름", "설정값 learning_rate: 없는 이름")
def setting_name(folder):
    return lambda: LessonConfig.quick(learning_rate=1)


@case("데이터가 배치보다 적음", "batch_size = 64: 그림이 40장뿐")
def too_few_images(folder):
    return lambda: Trainer(LessonConfig(**TINY).replace(batch_size=64), data=glyphs())


@case("그림이 없는 폴더", "폴더에 그림이 없습니다")
def no_images(folder):
    return lambda: load_folder(folder, 32, 1)


@case("깨진 그림만 든 폴더", "하나도 읽지 못했습니다")
def broken_images(folder):
    Image.new("L", (40, 40), 9).save(folder / "a.png")
    (folder / "a.png").write_bytes((folder / "a.png").read_bytes()[:-30])
    return lambda: load_folder(folder, 32, 1)


@case("한글이 아닌 글자", "글자 'A': 한글 글자")
def latin(folder):
    return lambda: load_hangul(syllables="가A")


@case("이어서 하며 다른 설정값", "설정값 lr: 이어서 하는 학습")
def resume_with_settings(folder):
    checkpoint(folder)
    return lambda: resume_trainer(folder, data=glyphs(), lr=0.1)


@case("이미 지난 에폭까지", "num_epochs = 1: 이미 7번")
def resume_backwards(folder):
    checkpoint(folder, until=7)
    return lambda: resume_trainer(folder, data=glyphs(), num_epochs=1)


@case("멈춘 사이에 데이터가 바뀜", "학습을 멈춘 뒤 데이터가 달라졌습니다")
def other_data(folder):
    checkpoint(folder)
    return lambda: resume_trainer(folder, data=load_hangul(count=40, seed=5))


@case("체크포인트가 잘림", "온전한 체크포인트가 없습니다")
def cut_checkpoint(folder):
    checkpoint(folder)
    for path in (folder / "checkpoint").iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    return lambda: resume_trainer(folder, data=glyphs())


@case("가중치 파일이 없음", r"generator\.safetensors")
def no_weights(folder):
    (folder / "config.json").write_text(LessonConfig(**TINY).to_json(), encoding="utf-8")
    return lambda: load_generator(folder)


@case("실행될 코드가 든 .pth", r"가중치 파일 .*netG\.pth")
def hostile_pth(folder):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(folder / "당했음"),)

    (folder / "netG.pth").write_bytes(pickle.dumps(Bomb()))
    return lambda: import_generator(folder / "netG.pth", folder / "out", "celeba")


@case("생성자가 아닌 .pth", r"가중치 파일 .*a\.pth.*DCGAN 생성자")
def discriminator_pth(folder):
    torch.save(torch.nn.Linear(3, 4).state_dict(), folder / "a.pth")
    return lambda: import_generator(folder / "a.pth", folder / "out", "celeba")


@case("없는 점 데이터", "점 데이터 'circle': ring, grid")
def point_data(folder):
    return lambda: PointConfig(data="circle")


def glyphs():
    return load_hangul(count=40)


def checkpoint(folder, until=3):
    trainer = Trainer(LessonConfig(**TINY), data=glyphs(), moments=(0,))
    trainer.run(until=until, progress=False)
    save_trainer(trainer, folder)


def run_main(folder, arguments):
    """명령을 실행해 오류의 글을 ``LessonError``로 돌려줍니다. 종료 코드는 2여야 합니다."""
    out, err = StringIO(), StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    assert code == 2 and not out.getvalue(), (code, out.getvalue(), err.getvalue())
    raise LessonError(err.getvalue().rstrip("\n"))


def tree(folder):
    """폴더에 든 것 전부. 준비해 둔 것이 그대로인지 비교합니다."""
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if path.name != ".lock"
    }


def message_of(name, folder):
    """그 경우의 메시지. 잘못 넣은 것이 디스크에 준비된 것을 바꾸지 않는지도 봅니다."""
    attempt = CASES[name][0](folder)
    before = tree(folder)
    with pytest.raises(LessonError) as refused:
        attempt()
    assert tree(folder) == before
    return str(refused.value)


@pytest.mark.parametrize("name", CASES)
def test_one_korean_message_that_helps(tmp_path, name):
    message = message_of(name, tmp_path)
    _, expected = CASES[name]
    assert re.search(expected, message), message
    assert "\n" not in message
    assert re.search(r"[가-힣]{2}", message) and "Traceback" not in message
    # 무엇을 할지 말하거나, 허용되는 것을 늘어놓습니다.
    assert re.search(r"세요|인가요|예: |쓸 수 있는|쓸 수 있습니다|볼 수 있습니다|가운데", message), message


def test_there_is_a_case_for_every_setting():
    assert list(SETTINGS) == list(LessonConfig.rules())


if __name__ == "__main__":
    import tempfile

    for number, name in enumerate(CASES, start=1):
        with tempfile.TemporaryDirectory() as folder:
            text = message_of(name, Path(folder)).replace(folder, "…")
        sys.stdout.write(f"| {number} | {name} | {text} |\n")
