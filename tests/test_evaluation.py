"""evaluate 명령: 결과 폴더를 재고, 성적표와 그림을 남깁니다."""

import json
import urllib.error

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.metrics.bundled import GENERATOR, load_quick_generator, load_quick_scores
from gan_lesson.metrics.evaluation import evaluate_run, inception_distance
from gan_lesson.training import Trainer
from gan_lesson.training.saving.report import write_run


@pytest.fixture
def run(tmp_path):
    """함께 들어 있는 생성자의 결과 폴더."""
    folder = tmp_path / "결과"
    folder.mkdir()
    (folder / "config.json").write_text(LessonConfig.quick(ngpu=0).to_json(), encoding="utf-8")
    (folder / "generator.safetensors").write_bytes(GENERATOR.read_bytes())
    return folder


def test_command_prints_and_saves_the_report(run, capsys):
    assert main(["evaluate", "--run", str(run), "--count", "400"]) == 0
    printed = capsys.readouterr().out
    assert "읽히는 비율" in printed and "글자의 종류" in printed and "evaluation.json" in printed
    saved = json.loads((run / "evaluation.json").read_text(encoding="utf-8"))
    assert saved["count"] == 400 and 0.2 < saved["scores"]["readable"] < 1
    assert saved["scores"]["memorized"] == saved["memorized"] > 0.5
    with Image.open(run / "evaluation.png") as picture:
        assert picture.width > 800


def test_the_same_seed_gives_the_same_scores_and_another_does_not(run):
    first, second, other = (evaluate_run(run, count=200, seed=s)[0].scores for s in (0, 0, 1))
    assert first == second != other


def test_folder_pictures_have_no_letters_to_read(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "그림").mkdir()
    for i in range(40):
        pixels = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "그림" / f"{i}.png")
    config = LessonConfig(dataroot=str(tmp_path / "그림"), nc=3, nz=4, ngf=2, ndf=2,
                          batch_size=4, num_epochs=1, ngpu=0)  # fmt: skip
    trainer = Trainer(config, moments=(0,))
    folder = tmp_path / "결과"
    folder.mkdir()
    write_run(folder, trainer)
    result, picture = evaluate_run(folder, count=100)
    assert result.scores is None and result.count == 40 and result.memorized > 0
    assert "글자를 읽는 성적은 재지 않았습니다" in result.report() and picture[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--run 옵션이 없습니다. 예: python -m gan_lesson evaluate"),
        (["--run", "없는폴더"], "config.json을 읽을 수 없습니다"),
        (["--run", "{run}", "--count", "99"], "--count = '99': 100 이상"),
        (["--run", "{run}", "--seed", "x"], "--seed = 'x'"),
        (["--run", "{run}", "--dataroot", "없음"], "설정값 dataroot"),
        (["--run", "{run}", "--inception"], "컬러 그림(nc=3)만"),
    ],
)
def test_mistakes_are_explained(run, options, words, capsys):
    assert main(["evaluate", *(o.format(run=run) for o in options)]) == 2
    assert words in capsys.readouterr().err
    assert not (run / "evaluation.json").exists()


def test_missing_inception_weights_are_explained(monkeypatch):
    from torchmetrics.image import fid

    pictures = torch.zeros(4, 3, 32, 32)

    def offline(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(fid.FrechetInceptionDistance, "__init__", offline)
    with pytest.raises(LessonError, match="가중치를 내려받지 못했습니다"):
        inception_distance(pictures, pictures)

    def missing(*_, **__):
        raise ModuleNotFoundError("torch_fidelity")

    monkeypatch.setattr(fid.FrechetInceptionDistance, "__init__", missing)
    with pytest.raises(LessonError, match="pip install torchmetrics torch-fidelity"):
        inception_distance(pictures, pictures)


def test_shipped_scores_belong_to_the_shipped_generator(run):
    scores = evaluate_run(run, count=1000)[0].scores
    recorded = load_quick_scores()[0]
    assert scores.readable == pytest.approx(recorded.scores[-1].readable, abs=0.02)
    assert scores.covered == pytest.approx(recorded.scores[-1].covered, abs=0.03)
    assert recorded.iterations[-1] == 4375 and set(load_quick_scores()) == {0, 1, 2}


def test_shipped_generator_leaves_the_global_random_numbers_alone():
    state = torch.get_rng_state()
    generator = load_quick_generator()
    assert torch.equal(torch.get_rng_state(), state) and not generator.training


def test_hangul_of_any_shape_is_scored(tmp_path):
    config = LessonConfig.quick(nc=3, nz=4, ngf=2, ndf=2, ngpu=0)
    folder = tmp_path / "결과"
    folder.mkdir()
    write_run(folder, Trainer(config, data=load_hangul(32, 3, count=64), moments=(0,)))
    result, _ = evaluate_run(folder, count=100)
    assert result.scores.readable < 0.1 and result.data == "hangul 3×32×32"
