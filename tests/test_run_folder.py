"""학습이 남기는 폴더와 가중치 파일."""

import json

import pytest
import torch
from compare import same
from PIL import Image

from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import load_weights, save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import Trainer
from gan_lesson.training.history import History
from gan_lesson.training.saving.run_folder import load_generator, next_run_folder, open_run_folder, write_run

FILES = {"config.json", "history.csv", "samples.png", "curves.png", "training.gif",
         "generator.safetensors", "discriminator.safetensors", "summary.json"}  # fmt: skip


@pytest.fixture(scope="module")
def trainer(tiny, glyphs):
    trainer = Trainer(tiny, data=glyphs)
    trainer.run(progress=False)
    return trainer


@pytest.fixture
def run(tmp_path, trainer):
    with open_run_folder(tmp_path / "결과 1", trainer.config) as folder:
        write_run(folder, trainer)
    return folder


def files_in(folder):
    return {path.name for path in folder.iterdir()} - {".lock"}


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


def test_a_run_is_never_overwritten_unless_told(run, trainer):
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    assert "--overwrite" in refused_to_open(run, trainer.config)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    with open_run_folder(run, trainer.config, overwrite=True):
        assert not (run / "summary.json").exists()
        write_run(run, trainer)
    assert files_in(run) == FILES


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
