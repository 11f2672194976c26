"""학습이 남기는 폴더와 가중치 파일, 그리고 남긴 것에서 시작하는 학습."""

import errno
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from compare import same
from PIL import Image
from safetensors.torch import load_file

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import load_weights, save_weights
from gan_lesson.commands.train import tensorboard
from gan_lesson.config import LessonConfig
from gan_lesson.data.images import to_uint8
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import Trainer
from gan_lesson.training.history import History
from gan_lesson.training.saving import run_folder as run_folder_room
from gan_lesson.training.saving.foreign import starting_networks
from gan_lesson.training.saving.resume import PeriodicCheckpoint, resume_trainer, save_trainer
from gan_lesson.training.saving.run_folder import load_generator, next_run_folder, open_run_folder, write_run

FILES = {"config.json", "history.csv", "samples.png", "curves.png", "training.gif",
         "generator.safetensors", "discriminator.safetensors", "summary.json"}  # fmt: skip


@pytest.fixture(scope="module")
def trainer(tiny, glyphs):
    trainer = Trainer(tiny, data=glyphs)
    trainer.run(progress=False)
    return trainer


@pytest.fixture(scope="module")
def run(trainer, tmp_path_factory):
    """끝까지(10번) 학습한 결과 폴더. 시험들은 읽기만 합니다."""
    with open_run_folder(tmp_path_factory.mktemp("결과") / "결과 1", trainer.config) as folder:
        save_trainer(trainer, folder)
        write_run(folder, trainer)
    return folder


def contents(folder):
    return {p: p.is_file() and (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*")}


def files_in(folder):
    return {path.name for path in folder.iterdir()} - {".lock", "checkpoint"}


def test_everything_is_there_and_reads_back(run, trainer):
    assert files_in(run) == FILES
    assert LessonConfig.from_json((run / "config.json").read_text(encoding="utf-8")) == trainer.config
    history = History.from_csv((run / "history.csv").read_text(encoding="utf-8"))
    assert history.rows == trainer.history.rows
    for name in ("samples.png", "curves.png"):
        with Image.open(run / name) as image:
            assert min(image.size) > 300
    with Image.open(run / "training.gif") as image:
        assert image.n_frames == len(trainer.snapshots)
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert summary["finished"] and summary["iterations"] == summary["total"] == 10


def test_loaded_generator_draws_the_same_pictures(run, trainer):
    config, generator = load_generator(run)
    assert config == trainer.config and not generator.training
    with torch.no_grad():
        assert torch.equal(generator(trainer.state.fixed_noise), trainer.state.sample())
    with torch.device("meta"):
        discriminator = Discriminator(config)
    load_weights(discriminator, run / "discriminator.safetensors")  # meta의 신경망은 파일의 텐서를 씁니다.
    assert same(discriminator.state_dict(), trainer.state.discriminator.state_dict())
    assert all(p.requires_grad and p.is_leaf for p in discriminator.parameters())


def test_run_before_the_first_iteration(tmp_path, tiny, glyphs):
    with open_run_folder(tmp_path / "r", tiny) as folder:
        summary = write_run(folder, Trainer(tiny, data=glyphs))
    assert not summary["finished"] and files_in(folder) == FILES - {"curves.png"}


def test_a_run_is_never_overwritten_unless_told(run, trainer, tmp_path):
    before, copied = contents(run), shutil.copytree(run, tmp_path / "r")
    assert "--overwrite" in refused_to_open(run, trainer.config) and contents(run) == before
    with open_run_folder(copied, trainer.config, overwrite=True):
        assert not (copied / "summary.json").exists()
        write_run(copied, trainer)
    assert files_in(copied) == FILES


def refused_to_open(folder, config, overwrite=False):
    with pytest.raises(LessonError) as refused, open_run_folder(folder, config, overwrite):
        pass
    return str(refused.value)


def test_foreign_files_are_never_touched(tmp_path, tiny):
    (tmp_path / "숙제.txt").write_text("중요", encoding="utf-8")
    for overwrite in (False, True):
        assert "학습 결과가 아닌 파일" in refused_to_open(tmp_path, tiny, overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["숙제.txt"]


def test_numbered_folders(tmp_path):
    config = LessonConfig.quick()
    assert next_run_folder(config, tmp_path).name == "hangul-32-001"
    (tmp_path / "hangul-32-001").mkdir()
    assert next_run_folder(config, tmp_path).name == "hangul-32-002"
    own = config.replace(dataroot="/사진/내 그림/", image_size=64)
    assert next_run_folder(own, tmp_path).name == "내 그림-64-001"


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 100, "다른 모양"])
def test_bad_weight_files_are_refused(tmp_path, content):
    path = tmp_path / "w.safetensors"
    if content == "다른 모양":
        save_weights(Generator(LessonConfig(ngf=4)), path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(LessonError, match="w.safetensors': 읽을 수 없습니다.*config.json"):
        load_weights(Generator(LessonConfig(ngf=2)), path)


def test_training_starts_from_the_given_networks(run, tiny, glyphs, tmp_path):
    both = {name: load_file(run / f"{name}.safetensors") for name in ("generator", "discriminator")}
    torch.save({"netG": both["generator"]}, tmp_path / "netG.pth")
    settings, weights = starting_networks(
        {"generator": tmp_path / "netG.pth", "discriminator": run}, {"lr": 0.1}
    )
    assert settings == {"lr": 0.1, "nz": 8, "ngf": 4, "ndf": 4, "nc": 1, "image_size": 32}
    fresh = Trainer(tiny, data=glyphs)
    for given in (weights, {"generator": weights["generator"]}):  # 주지 않은 것은 시드에서 시작합니다.
        trainer = Trainer(tiny, data=glyphs, weights=given)
        for name in both:
            now = getattr(trainer.state, name).state_dict()
            expected = both[name] if name in given else getattr(fresh.state, name).state_dict()
            assert all(torch.equal(now[key], expected[key]) for key in expected)
    _, generator = load_generator(run)
    with torch.no_grad():  # 배우기 전의 그림이 가져온 생성자의 그림입니다.
        assert torch.equal(trainer.snapshots[0], to_uint8(generator(trainer.state.fixed_noise)))
    assert trainer.run(progress=False)


@pytest.mark.parametrize(
    ("paths", "given", "words"),
    [
        ({"generator": "{run}"}, {"ngf": 8}, "ngf=4"),
        ({"generator": "{run}", "discriminator": "{other}"}, {}, "image_size=64"),
        ({"generator": "{run}/discriminator.safetensors"}, {}, "구분자의 가중치"),
        ({"discriminator": "{run}/samples.png"}, {}, "읽을 수 없습니다"),
    ],
)
def test_weights_that_do_not_fit_are_told(run, tmp_path, paths, given, words):
    torch.save(Discriminator(LessonConfig(ndf=2, image_size=64)).state_dict(), tmp_path / "netD.pth")
    paths = {kind: path.format(run=run, other=tmp_path / "netD.pth") for kind, path in paths.items()}
    with pytest.raises(LessonError, match=words):
        starting_networks(paths, given)


def test_a_read_only_run_goes_on_in_another_folder_bit_for_bit(run, tiny, glyphs, tmp_path, capsys):
    before, out = contents(run), tmp_path / "이어 간 것"
    trainer = resume_trainer(run, data=glyphs, num_epochs=4)
    with open_run_folder(out, trainer.config):
        trainer.run(progress=False, on_iteration=PeriodicCheckpoint(out, 0))
        write_run(out, trainer)
    whole = Trainer(tiny.replace(num_epochs=4), data=glyphs)
    whole.run(progress=False)
    assert trainer.history.rows == whole.history.rows and contents(run) == before  # 자물쇠까지 그대로
    assert resume_trainer(out, data=glyphs).finished


@pytest.mark.parametrize("where", ["자물쇠", "summary.json"])
def test_a_read_only_run_names_the_step_that_works(run, monkeypatch, where):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch, pytest.raises(LessonError, match="읽기 전용") as refused:
        if where == "자물쇠":
            patch.setattr(run_folder_room, "locked", read_only)
        with open_run_folder(run):
            read_only()
    assert f"--resume {run} --out" in str(refused.value)


def test_tensorboard_gets_the_history_and_the_pictures_from_the_start(run, glyphs, monkeypatch):
    rows = []

    class Writer:
        def __init__(self, folder, purge_step):
            assert Path(folder) == run / "tensorboard" and purge_step == 0

        def add_scalar(self, name, value, step):
            rows.append((name, step, value))

        def add_image(self, name, board, step, dataformats):
            rows.append((name, step, board.shape[2:]))

        def flush(self):
            pass

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=Writer))
    trainer = resume_trainer(run, data=glyphs, num_epochs=3)
    trainer.run(progress=False, on_snapshot=tensorboard(run))
    losses = [(step, value) for name, step, value in rows if name == "손실/loss_d"]
    assert losses == [*enumerate(trainer.history["loss_d"], start=1)] and len(losses) == 15
    assert [step for name, step, _ in rows if "그림" in name] == [*trainer.snapshots]


def test_without_tensorboard_it_is_said_before_anything_is_done(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert main(["train", "--tensorboard", "--out", str(tmp_path / "r")]) == 2
    assert "pip install tensorboard" in capsys.readouterr().err and not (tmp_path / "r").exists()
