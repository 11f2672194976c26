"""잘못 넣은 것마다 한국어 한 줄: 무엇이 어디가 잘못되었고 어떻게 고치는지. 디스크의 것은 그대로입니다.

``python tests/test_bad_input.py``는 모든 경우와 그 메시지를 표로 보여 줍니다.
"""

import os
import pickle
import re
import sys
import zipfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import torch
from mutations import (
    files_of,
    header_length,
    notes_of,
    other_dtype,
    other_network,
    pickled,
    renamed,
    sealed,
    write,
)  # fmt: skip

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.base.tensor_files import load_weights
from gan_lesson.config import LessonConfig
from gan_lesson.data.folder import load_folder
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.latent.paths import slerp
from gan_lesson.labs.points.config import PointConfig
from gan_lesson.labs.points.data import parse_points
from gan_lesson.labs.replay.recording import Recording, load_recording
from gan_lesson.models import Generator
from gan_lesson.training import Trainer
from gan_lesson.training.history import History
from gan_lesson.training.saving.foreign import import_generator
from gan_lesson.training.saving.resume import resume_trainer, save_trainer
from gan_lesson.training.saving.run_folder import load_generator

TINY = dict(batch_size=8, nz=8, ngf=4, ndf=4, num_epochs=2, ngpu=0)
CASES = {}


def case(name, expected):
    """``name``: 무엇을 넣었는지, ``expected``: 메시지에 있어야 할 것(정규식)."""

    def keep(function):
        assert name not in CASES
        CASES[name] = (function, expected)
        return function

    return keep


def cases(table):
    """한 함수에 값만 다른 경우들. (이름, 값, 기대)의 목록."""

    def keep(function):
        for name, value, expected in table:
            case(name, expected)(lambda folder, v=value: function(folder, v))
        return function

    return keep


# ---- 설정값


@cases(
    [
        ("설정값 dataroot에 빈 글", {"dataroot": "  "}, "설정값 dataroot = ' ': 그림 폴더"),
        ("설정값 dataroot에 수", {"dataroot": 7}, "설정값 dataroot = 7"),
        ("설정값 workers에 음수", {"workers": -1}, "설정값 workers = -1: 0 이상 64"),
        ("설정값 batch_size에 1", {"batch_size": 1}, "설정값 batch_size = 1: 2 이상"),
        ("설정값 batch_size에 실수", {"batch_size": 64.0}, "설정값 batch_size = 64.0"),
        ("설정값 image_size에 48", {"image_size": 48}, "32, 64, 128 가운데 하나"),
        ("설정값 nc에 2", {"nc": 2}, r"설정값 nc = 2: 1\(흑백\)과 3"),
        ("설정값 nz에 글", {"nz": "100"}, "설정값 nz = '100': 1 이상"),
        ("설정값 ngf에 0", {"ngf": 0}, "설정값 ngf = 0"),
        ("설정값 ndf에 너무 큰 수", {"ndf": 10**9}, "설정값 ndf = 1000000000"),
        ("설정값 num_epochs에 True", {"num_epochs": True}, "설정값 num_epochs = True"),
        ("설정값 lr에 NaN", {"lr": float("nan")}, "설정값 lr = nan: 0보다 크고"),
        ("설정값 lr에 글", {"lr": "0.0002"}, "설정값 lr = '0.0002'"),
        ("설정값 beta1에 1", {"beta1": 1.0}, "설정값 beta1 = 1.0: 0 이상 1 미만"),
        ("설정값 ngpu에 장치 번호", {"ngpu": "cuda:0"}, "GPU의 번호가 아니라 개수"),
        ("설정값 seed에 None", {"seed": None}, "설정값 seed = None"),
        ("batch_size를 ngpu로 나눌 수 없음", {"ngpu": 3, "batch_size": 32}, "예: batch_size=33"),
        ("없는 설정값의 이름", {"learning_rate": 1}, "설정값 learning_rate: 없는 이름"),
    ]
)
def setting(folder, changes):
    return lambda: LessonConfig.quick(**changes)


@cases(
    [
        ("설정 파일이 JSON이 아님", "{", "JSON으로 읽을 수 없습니다"),
        ("설정 파일에 값이 빠짐", '{"nz": 3}', "빠짐없이 있어야 합니다"),
    ]
)
def config_file(folder, text):
    return lambda: LessonConfig.from_json(text)


@case("GPU를 있는 것보다 많이", "이 컴퓨터에서 쓸 수 있는 GPU는 \\d+개입니다")
def too_many_gpus(folder):
    return lambda: Trainer(LessonConfig.quick(ngpu=64, batch_size=64), data=glyphs())


@case("데이터가 배치보다 적음", "batch_size = 64: 그림이 40장뿐이라")
def too_few_images(folder):
    return lambda: Trainer(LessonConfig(**TINY).replace(batch_size=64), data=glyphs())


@case("없는 엔진", "engine = 'turbo': exact.*fast.*가운데 하나")
def engine(folder):
    return lambda: Trainer(LessonConfig(**TINY), data=glyphs(), engine="turbo")


# ---- 명령줄


@cases(
    [
        ("없는 명령", ["trian"], "없는 명령입니다: 'trian'"),
        ("없는 옵션", ["train", "--batchsize", "3"], "혹시 --batch[-_]size인가요"),
        ("값이 빠진 옵션", ["train", "--lr"], "--lr 뒤에 값이 없습니다"),
        (
            "값을 받지 않는 옵션에 값",
            ["train", "--overwrite=yes"],
            "--overwrite: 값을 받지 않는.*'=' 뒤를 지우세요",
        ),
        ("없는 묶음", ["train", "--preset", "big"], "--preset = 'big': quick, better, paper"),
        ("없는 변화", ["train", "--improve", "ema,magic"], "improve = 'magic': rates.*가운데 하나.*none으로"),
        (
            "--resume과 --improve를 함께",
            ["train", "--resume", "a", "--improve", "ema"],
            "--improve와 함께 쓸 수 없",
        ),
        ("--save-every에 글", ["train", "--save-every", "자주"], "--save-every = '자주': 0 이상"),
        (
            "--resume과 --engine을 함께",
            ["train", "--resume", "a", "--engine", "fast"],
            "--engine와 함께 쓸 수 없",
        ),
        ("--resume에 없는 폴더, --out도", ["train", "--resume", "a", "--out", "b"], "체크포인트가 없습니다"),
        ("--resume에 없는 폴더", ["train", "--resume", "없음"], "체크포인트가 없습니다"),
        ("sample에 --run이 없음", ["sample"], "--run 옵션이 없습니다. 예: python -m gan_lesson sample"),
        ("sample의 --count가 0", ["sample", "--run", ".", "--count", "0"], "--count = '0': 1 이상"),
        ("sample의 --seed가 글", ["sample", "--run", ".", "--seed", "x"], "--seed = 'x': 0 이상"),
        ("sample에 결과가 아닌 폴더", ["sample", "--run", "."], "config.json을 읽을 수 없습니다"),
        ("evaluate의 --count가 작음", ["evaluate", "--run", ".", "--count", "9"], "100 이상"),
        ("import에 --generator가 없음", ["import", "--out", "x"], "--generator 옵션이 없습니다"),
    ]
)
def command(folder, arguments):
    return lambda: run_main(folder, arguments)


@case("--out에 다른 파일이 든 폴더", "학습 결과가 아닌 파일이 들어 있습니다")
def foreign_folder(folder):
    (folder / "내 것").mkdir()
    (folder / "내 것" / "숙제.txt").write_text("중요", encoding="utf-8")
    return lambda: run_main(folder, ["train", "--out", str(folder / "내 것")])


@case("--out의 가운데가 파일", "파일을 저장할 수 없습니다.경로의 가운데가 폴더가 아님")
def out_under_a_file(folder):
    (folder / "파일").write_text("", encoding="utf-8")
    return lambda: run_main(folder, ["train", "--out", str(folder / "파일" / "결과")])


@case("--resume에 다른 설정값", "설정값 lr: 이어서 하는 학습에서는 바꿀 수 없습니다")
def resume_with_settings(folder):
    checkpoint(folder)
    return lambda: resume_trainer(folder, data=glyphs(), lr=0.1)


@case("--resume으로 이미 지난 에폭까지", "num_epochs = 1: 이미 7번 반복했습니다. 2 이상")
def resume_backwards(folder):
    checkpoint(folder, until=7)
    return lambda: resume_trainer(folder, data=glyphs(), num_epochs=1)


# ---- 데이터


@cases(
    [
        ("dataroot에 없는 폴더", "없는 곳", "그런 폴더가 없습니다"),
        ("dataroot의 이름을 틀림", "hangeul", "혹시 dataroot=hangul인가요"),
        ("dataroot에 파일", "one.png", "폴더가 아니라 파일입니다"),
        ("dataroot에 빈 폴더", "빈 폴더", "폴더에 그림이 없습니다"),
        ("dataroot에 그림이 아닌 것만", "글만", "폴더에 그림이 없습니다. 쓸 수 있는 확장자"),
        ("dataroot의 그림이 모두 깨짐", "깨짐", "하나도 읽지 못했습니다.*그림 파일이 아님"),
        ("dataroot의 그림이 잘림", "잘림", "잘림.png .파일이 깨졌거나 잘림"),
        ("dataroot에 밖을 가리키는 링크만", "링크", "폴더 밖을 가리키는 링크"),
        ("dataroot에 너무 큰 그림", "폭탄", "폭탄.png .픽셀이 너무 많음"),
    ]
)
def image_folder(folder, name):
    from PIL import Image

    image = Image.new("L", (40, 40), 9)
    image.save(folder / "one.png")
    for made in ("빈 폴더", "글만", "깨짐", "잘림", "링크", "폭탄"):
        (folder / made).mkdir()
    (folder / "글만" / "a.txt").write_text("글", encoding="utf-8")
    (folder / "깨짐" / "a.png").write_bytes(b"\0" * 99)
    data = (folder / "one.png").read_bytes()
    (folder / "잘림" / "잘림.png").write_bytes(data[:-30])
    (folder / "링크" / "a.png").symlink_to(folder / "one.png")
    # 머리글에만 50000×50000이라고 적힌, 100바이트도 안 되는 그림
    bomb = data[:16] + (50_000).to_bytes(4, "big") * 2 + data[24:]
    import zlib

    bomb = bomb[:29] + zlib.crc32(bomb[12:29]).to_bytes(4, "big") + bomb[33:]
    (folder / "폭탄" / "폭탄.png").write_bytes(bomb)
    return lambda: load_folder(folder / name, 32, 1)


@cases(
    [
        ("한글 데이터에 한글이 아닌 글자", {"syllables": "가A"}, "글자 'A': 한글 글자"),
        ("한글 데이터에 없는 굵기", {"weights": ["thin"]}, "글꼴 굵기"),
        ("한글 데이터 0장", {"count": 0}, "하나 이상이어야 합니다"),
    ]
)
def hangul(folder, options):
    return lambda: load_hangul(**options)


# ---- 체크포인트


@case("체크포인트의 텐서 파일이 잘림", "온전한 체크포인트가 없습니다.*내용이 쓸 때와 다릅니다")
def cut_tensors(folder):
    return damage(folder, lambda files: {name: data[:-1] for name, data in files.items() if "safe" in name})


@case("체크포인트의 비트 하나가 뒤집힘", "JSON의 내용이 쓸 때와 다릅니다")
def flipped(folder):
    return damage(folder, lambda files: {"000001.json": files["000001.json"].replace(b'"fast"', b'"fasu"')
                                  .replace(b'"exact"', b'"exbct"')})  # fmt: skip


@case("체크포인트의 JSON이 JSON이 아님", "JSON이 아닙니다")
def not_json(folder):
    return damage(folder, lambda files: {"000001.json": b"\xff\xfe{"})


@case("체크포인트의 JSON이 끝없이 깊음", "JSON이 아닙니다")
def deep_json(folder):
    return damage(folder, lambda files: {"000001.json": b"[" * 10**6})


@case("체크포인트의 JSON이 아주 큼", "너무 큼: 5,242,880바이트")
def large_json(folder):
    return damage(folder, lambda files: {"000001.json": b" " * (5 * 2**20)})


@case("체크포인트의 형식이 다른 버전", "형식 99: 이 강의는 형식 2, 3, 4만")
def other_version(folder):
    return damage(folder, lambda files: sealed(files, format=99))


@case("체크포인트의 신경망이 다른 크기", "'fixed_noise'의 모양이")
def other_architecture(folder):
    return damage(folder, lambda files: other_network(files, Pick(0)))


@case("체크포인트의 텐서 이름이 바뀜", "내용이 맞지 않습니다")
def renamed_tensor(folder):
    return damage(folder, lambda files: renamed(files, Pick(0)))


@case("체크포인트의 자료형이 다름", "내용이 맞지 않습니다")
def wrong_dtype(folder):
    return damage(folder, lambda files: other_dtype(files, Pick(0)))


@case("safetensors라는 이름의 pickle", "safetensors가 아니거나 깨졌음")
def pickle_inside(folder):
    return damage(folder, lambda files: pickled(files, Pick(0)))


@case("머리글이 거짓으로 아주 긴 safetensors", "safetensors가 아니거나 깨졌음")
def long_header(folder):
    return damage(folder, lambda files: header_length(files, Pick(3)))


@cases(
    [
        ("체크포인트의 반복이 음수", {"iteration": -1}, "iteration = -1"),
        ("체크포인트의 반복과 기록이 다름", {"iteration": 5}, "'history'의 모양"),
        ("체크포인트의 학습률이 글", {"learning_rates": {"d": "a", "g": "b"}}, "learning_rates = 'a'"),
        ("체크포인트의 엔진을 모름", {"engine": "turbo"}, "engine = 'turbo'"),
        ("체크포인트의 스레드가 0", {"threads": 0}, "threads = 0"),
        ("체크포인트의 순간이 글", {"moments": ["처음"]}, "moments"),
        ("체크포인트의 설정값이 이상함", {"config": {"nz": 3}}, "설정 파일: 설정값 13개"),
    ]
)
def strange_note(folder, changes):
    return damage(folder, lambda files: sealed(files, notes=notes_of(files) | changes))


@case("멈춘 사이에 데이터가 바뀜", "학습을 멈춘 뒤 데이터가 달라졌습니다")
def other_data(folder):
    checkpoint(folder)
    return lambda: resume_trainer(folder, data=load_hangul(count=40, seed=5))


# ---- 가중치와 다른 파일


@case("가중치 파일이 없음", "가중치 파일 .*파일이 없습니다")
def no_weights(folder):
    return lambda: load_weights(Generator(LessonConfig(ngf=2)), folder / "w.safetensors")


@case("가중치 파일이 safetensors가 아님", "가중치 파일 .*safetensors가 아니거나 깨졌음")
def bad_weights(folder):
    (folder / "w.safetensors").write_bytes(b"PK\3\4" * 30)
    return lambda: load_weights(Generator(LessonConfig(ngf=2)), folder / "w.safetensors")


@case("가중치 파일 자리에 폴더", "가중치 파일 .*파일이 아니라 폴더")
def weights_folder(folder):
    (folder / "w.safetensors").mkdir()
    return lambda: load_weights(Generator(LessonConfig(ngf=2)), folder / "w.safetensors")


@case("결과 폴더의 설정값이 거짓으로 큼", "모양이 .*config.json")
def lying_run_folder(folder):
    config = LessonConfig(**TINY)
    from gan_lesson.base.tensor_files import save_weights

    save_weights(Generator(config), folder / "generator.safetensors")
    huge = config.replace(ngf=512, nz=4096, image_size=128)
    (folder / "config.json").write_text(huge.to_json(), encoding="utf-8")
    return lambda: load_generator(folder)


@case("실행될 코드가 든 .pth", "모델 전체를 쓴 파일은 코드를 실행할 수 있어 열지 않으니")
def hostile_pth(folder):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(folder / "당했음"),)

    (folder / "netG.pth").write_bytes(pickle.dumps(Bomb()))
    return lambda: import_generator(folder / "netG.pth", folder / "out", "celeba")


@case(".pth에 가중치가 아닌 것", "텐서의 짝이 아니라 list")
def list_pth(folder):
    torch.save([1, 2], folder / "a.pth")
    return lambda: import_generator(folder / "a.pth", folder / "out", "celeba")


@case(".pth가 생성자가 아님", "DCGAN 생성자의 가중치가 아닙니다|모양이")
def discriminator_pth(folder):
    torch.save(torch.nn.Linear(3, 4).state_dict(), folder / "a.pth")
    return lambda: import_generator(folder / "a.pth", folder / "out", "celeba")


@case("기록 파일이 없음", "기록 파일 .*파일이 없습니다")
def no_recording(folder):
    return lambda: Recording.load(folder / "없음.zip")


@case("기록 파일이 zip이 아님", "기록 파일 .*읽을 수 없습니다")
def bad_recording(folder):
    (folder / "a.zip").write_bytes(b"zip?")
    return lambda: Recording.load(folder / "a.zip")


@case("기록 파일이 풀면 아주 큼", "너무 큰 파일이 들어 있습니다")
def zip_bomb(folder):
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("recording.json", b"\0" * (65 * 2**20))
    return lambda: Recording.load(folder / "a.zip")


@case("없는 기록의 이름", "기록 'best': quick, lr-low, .*가운데 하나여야 합니다")
def unknown_recording(folder):
    return lambda: load_recording("best")


@cases(
    [
        ("history.csv가 비어 있음", "", "열 이름이 다릅니다"),
        (
            "history.csv의 줄이 잘림",
            "iteration,loss_d,loss_g,d_x,d_gz_before,d_gz_after\n1,0.5,0.1\n",
            "2번째 줄이",
        ),
    ]
)
def history(folder, text):
    return lambda: History.from_csv(text)


# ---- 위젯에 적는 글


@cases(
    [
        ("공유 코드가 잘림", '{"lr_d":0.0', "공유 코드: 읽을 수 없습니다"),
        ("공유 코드에 없는 이름", '{"speed":1}', "쓸 수 있는 이름은"),
        ("공유 코드의 값이 범위 밖", '{"nz":-3}', "설정값 nz = -3"),
    ]
)
def share_code(folder, text):
    return lambda: PointConfig.from_code(text)


@cases(
    [
        ("점 목록이 비어 있음", "\n ", "점이 하나도 없습니다"),
        ("점 목록에 글", "0,1\n가,나", "2째 점 '가,나'"),
        ("점이 너무 멀리", "1e9, 0", "-?\\d+~\\d+"),
        ("점이 너무 많음", "0,0\n" * 100_000, "개까지 넣을 수 있습니다"),
    ]
)
def pasted_points(folder, text):
    return lambda: parse_points(text)


@case("없는 점 데이터", "점 데이터 'circle': ring, grid")
def point_data(folder):
    return lambda: PointConfig(data="circle")


@case("구면 보간에 영벡터", "영벡터에는 방향이 없습니다")
def slerp_of_zero(folder):
    return lambda: slerp(torch.zeros(3), torch.ones(3), 0.5)


# ---- 경우들이 함께 쓰는 것


class Pick:
    """늘 ``index``번째를 고르는, 난수인 척하는 것."""

    def __init__(self, index):
        self.index = index

    def choice(self, options):
        return options[self.index]


def glyphs():
    return load_hangul(count=40)


def checkpoint(folder, until=3):
    trainer = Trainer(LessonConfig(**TINY), data=glyphs(), moments=(0,))
    trainer.run(until=until, progress=False)
    save_trainer(trainer, folder)


def damage(folder, change):
    """온전한 체크포인트를 남긴 뒤 ``change``가 돌려준 파일로 바꿉니다. 이어 하려는 함수를 돌려줍니다."""
    checkpoint(folder)
    write(folder, change(files_of(folder)))
    return lambda: resume_trainer(folder, data=glyphs())


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
    assert re.search(r"세요|인가요|예: |쓸 수 있는|쓸 수 있습니다|가운데", message), message


def test_there_is_a_case_for_every_setting():
    for name in LessonConfig.rules():
        assert any(case.startswith(f"설정값 {name}") for case in CASES), name


def test_there_are_many_cases():
    assert len(CASES) >= 80


if __name__ == "__main__":
    import tempfile

    for number, name in enumerate(CASES, start=1):
        with tempfile.TemporaryDirectory() as folder:
            text = message_of(name, Path(folder)).replace(folder, "…")
        sys.stdout.write(f"| {number} | {name} | {text} |\n")
