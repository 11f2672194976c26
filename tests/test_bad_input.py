"""잘못 넣은 것의 종류마다 한국어 한 줄: 무엇이 어디가 잘못되었고 어떻게 고치는지. 디스크의 것은 그대로입니다.

설정값은 test_config에, 방마다의 자세한 경우는 그 방의 시험에 있습니다. 여기서는 명령줄과, 다른 데서 보지 않는 것의 꼴을 봅니다.
"""

import os
import pickle
import re
from contextlib import chdir

import pytest

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.points.gan import PointConfig
from gan_lesson.training import Trainer
from gan_lesson.training.saving.foreign import import_generator
from gan_lesson.training.saving.resume import resume_trainer, save_trainer

# 명령줄에 적은 것 → 메시지에 있어야 할 것(정규식)
COMMANDS = {
    "trian": "'trian': .*'train'.*가운데",
    "train --batchsize 3": r"없는 옵션입니다: --batchsize 3.*--help",
    "train --dataroot 내 그림": "없는 옵션입니다: 그림.*따옴표",
    "train --lr": "--lr: 값이 하나",
    "train --overwrite=yes": "--overwrite: 값을 받지 않는",
    "train --preset big": "--preset = 'big': quick, better, large, paper",
    "train --engine gpu": "engine = 'gpu': exact.*fast",
    "train --improve ema,magic": "improve = 'magic': rates",
    "train --save-every 자주": "--save-every: '자주': 0 이상",
    "train --ngpu 64 --batch_size 64": r"쓸 수 있는 GPU는 \d+개",
    "train --dataroot hangeul": "hangeul.*혹시 dataroot=hangul인가요",
    "train --resume a --engine fast": "--engine와 함께",
    "train --resume 없음": "결과 폴더 '없음': config.json",
    "train --resume 없음 --out b": "결과 폴더 '없음': config.json",
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


def tree(folder):
    return {p: p.is_file() and p.read_bytes() for p in folder.rglob("*") if p.name != ".lock"}


def check(message, expected):
    assert re.search(expected, message), message
    assert "\n" not in message and re.search(r"[가-힣]{2}", message), message
    # 무엇을 할지 말하거나, 허용되는 것을 늘어놓습니다.
    assert re.search(r"세요|인가요|예: |쓸 수 있는|쓸 수 있습니다|볼 수 있습니다|가운데", message), message


@pytest.mark.parametrize("words", COMMANDS)
def test_one_korean_line_from_the_command_line(tmp_path, words, capsys):
    (tmp_path / "내것").mkdir()
    (tmp_path / "내것" / "숙제.txt").write_text("중요", encoding="utf-8")
    before = tree(tmp_path)
    with chdir(tmp_path):
        assert main(words.split()) == 2
    out, err = capsys.readouterr()
    assert not out and tree(tmp_path) == before
    check(err.rstrip("\n"), COMMANDS[words])


@pytest.fixture(scope="module")
def stopped(tiny, glyphs, tmp_path_factory):
    """일곱 번 반복하고 멈춘 학습의 폴더."""
    trainer, folder = Trainer(tiny, data=glyphs, moments=(0,)), tmp_path_factory.mktemp("멈춤")
    trainer.run(until=7, progress=False)
    save_trainer(trainer, folder)
    return folder


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("당했음",)


OTHERS = {
    "설정값 learning_rate: 없는 이름": lambda folder: LessonConfig.quick(learning_rate=1),
    "점 데이터 'circle': ring, grid": lambda folder: PointConfig(data="circle"),
    "학습을 멈춘 뒤 데이터가 달라졌습니다": lambda folder: resume_trainer(
        folder, data=load_hangul(count=40, seed=5)
    ),
    r"가중치 파일 .*netG\.pth": lambda folder: import_generator("netG.pth", "out", "celeba"),
}


@pytest.mark.parametrize("expected", OTHERS)
def test_one_korean_line_from_the_package(tmp_path, stopped, expected):
    (tmp_path / "netG.pth").write_bytes(pickle.dumps(Bomb()))  # 실행될 코드가 든 파일
    with chdir(tmp_path), pytest.raises(LessonError) as refused:
        OTHERS[expected](stopped)
    check(str(refused.value), expected)
    assert [path.name for path in tmp_path.iterdir()] == ["netG.pth"]
