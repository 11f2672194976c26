"""학습이 남기는 폴더와 가중치 파일."""

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from reader import ROOT
from safetensors.torch import load_file

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import write_bytes
from gan_lesson.base.files import load_weights, save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import Trainer
from gan_lesson.training.history import History
from gan_lesson.training.saving.report import write_run
from gan_lesson.training.saving.run_folder import load_generator, next_run_folder, open_run_folder

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
    weights = load_file(run / "discriminator.safetensors")
    expected = trainer.state.discriminator.state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


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
    blocked = tmp_path / "숙제.txt" / "run"
    assert "저장할 수 없습니다" in refused_to_open(blocked, tiny)


def test_numbered_folders(tmp_path):
    config = LessonConfig.quick()
    assert next_run_folder(config, tmp_path).name == "hangul-32-001"
    (tmp_path / "hangul-32-001").mkdir()
    assert next_run_folder(config, tmp_path).name == "hangul-32-002"
    own = config.replace(dataroot="/사진/내 그림/", image_size=64)
    assert next_run_folder(own, tmp_path).name == "내 그림-64-001"


def test_write_bytes_keeps_the_old_file_when_it_fails(tmp_path, monkeypatch):
    path = tmp_path / "f"
    write_bytes(path, b"old")
    monkeypatch.setattr("gan_lesson.base.files.os.fsync", lambda fd: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "파일이 없습니다"), (b"", "읽을 수 없습니다"), (b"\xff" * 100, "읽을 수 없습니다")],
)
def test_bad_weight_files_are_refused(tmp_path, content, message):
    path = tmp_path / "w.safetensors"
    if content is not None:
        path.write_bytes(content)
    network = Generator(LessonConfig(ngf=2))
    before = io.BytesIO()
    torch.save(network.state_dict(), before)
    with pytest.raises(LessonError, match=message):
        load_weights(network, path)
    after = io.BytesIO()
    torch.save(network.state_dict(), after)
    assert before.getvalue() == after.getvalue()


def test_weights_of_another_shape_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(Generator(LessonConfig(ngf=2)), path)
    for other in (Generator(LessonConfig(ngf=4)), Discriminator(LessonConfig(ndf=2))):
        with pytest.raises(LessonError, match="모양이 .*config.json"):
            load_weights(other, path)


@pytest.mark.parametrize("text", [None, "{", "{}"])
def test_folder_that_is_not_a_run(tmp_path, text):
    if text is not None:
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(LessonError, match="결과 폴더|설정 파일"):
        load_generator(tmp_path)


def test_a_run_made_before_the_rooms_were_moved_resumes_and_samples(tmp_path, capsys):
    """파일들이 한 폴더에 있던 때(0.1.0)에 4번 반복하고 멈춘 학습입니다. 데이터는 시드로 다시 만듭니다."""
    run, pictures = tmp_path / "run", tmp_path / "pictures"
    with zipfile.ZipFile(ROOT / "tests" / "run_of_the_flat_layout.zip") as old:
        old.extractall(run)
    pictures.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (16, 32, 32), dtype=np.uint8)
    for i, picture in enumerate(pixels):
        Image.fromarray(picture).save(pictures / f"{i:02d}.png")
    before = (run / "history.csv").read_text(encoding="utf-8").splitlines()
    assert main(["sample", "--run", str(run), "--count", "3"]) == 0
    assert main(["train", "--resume", str(run), "--dataroot", str(pictures)]) == 0
    assert "반복 4에서 이어서" in capsys.readouterr().out
    after = (run / "history.csv").read_text(encoding="utf-8").splitlines()
    assert len(before) == 1 + 4 and len(after) == 1 + 6 and after[:5] == before
    assert json.loads((run / "summary.json").read_text(encoding="utf-8"))["finished"]
