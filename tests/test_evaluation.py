"""evaluate 명령: 결과 폴더를 재고, 성적표와 그림을 남깁니다."""

import json
import urllib.error

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import pack, save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.metrics.bundled import GENERATOR, load_quick_generator, load_quick_scores
from gan_lesson.metrics.evaluation import evaluate_run, inception_distance, write_evaluation
from gan_lesson.models import Generator
from gan_lesson.training import Trainer
from gan_lesson.training.saving.run_folder import write_run


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


def judged(tmp_path, pictures, nc=1):
    """``pictures``((H, W) uint8의 목록)를 데이터로 하는, 배우지 않은 생성자의 평가."""
    folder, out = tmp_path / "그림", tmp_path / "결과"
    folder.mkdir()
    out.mkdir()
    for i, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(folder / f"{i:03d}.png")
    config = LessonConfig(dataroot=str(folder), nc=nc, nz=4, ngf=2, ngpu=0)
    (out / "config.json").write_text(config.to_json(), encoding="utf-8")
    save_weights(Generator(config), out / "generator.safetensors")
    return evaluate_run(out, count=100)[0]


def noise(count):
    return list(np.random.default_rng(0).integers(0, 255, (count, 32, 32), dtype=np.uint8))


@pytest.mark.parametrize(
    ("pictures", "words"), [(noise(1), "그림이 한 장뿐이라"), (noise(1) * 7, "그림 7장이 모두 똑같아")]
)
def test_what_cannot_be_measured_says_why(tmp_path, pictures, words):
    result = judged(tmp_path, pictures)
    assert result.memorized is None and any(words in note for note in result.notes)
    assert "재지 못함" in result.report() and words in result.report() and "베낀 것" not in result.report()
    write_evaluation(tmp_path / "새 폴더", result, b"png")
    saved = json.loads((tmp_path / "새 폴더" / "evaluation.json").read_text(encoding="utf-8"))
    assert saved["memorized"] is None and words in saved["notes"][0]


def test_copies_among_the_real_pictures_change_nothing_but_are_told(tmp_path):
    """사본이 절반을 넘으면 진짜끼리의 거리의 중앙값이 0이 되어, 나눈 값이 끝없이 커졌습니다."""
    real = noise(40)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    torch.manual_seed(0)
    whole = judged(tmp_path / "a", real)
    torch.manual_seed(0)
    copies = judged(tmp_path / "b", real + real)
    assert "사본" not in whole.report() and "80장 가운데 40장은 다른 것의 사본" in copies.report()
    assert copies.memorized == pytest.approx(whole.memorized, rel=0.05)


def test_a_flat_grey_generator_is_not_taken_for_one_that_copies(tmp_path):
    """배우지 않은 생성자는 회색만 냅니다. 진짜가 저마다 다르면 회색과의 거리는 진짜끼리의 거리보다 작습니다."""
    result = judged(tmp_path, noise(40))
    assert result.memorized < 0.8 and result.diversity < 0.1
    assert "다양성" in result.report() and "베낀 것이 아닙니다" in result.report()


def test_few_pictures_and_weights_that_diverged_are_told(tmp_path):
    assert "서로 다른 진짜 그림이 5장뿐" in judged(tmp_path, noise(5)).report()
    path = tmp_path / "결과" / "generator.safetensors"
    path.write_bytes(
        pack({k: t * float("nan") if t.is_floating_point() else t for k, t in load_file(path).items()})
    )
    with pytest.raises(LessonError, match="수가 아닌 값.*발산한 학습"):
        evaluate_run(tmp_path / "결과", count=100)


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
