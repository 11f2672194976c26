"""evaluate 명령: 결과 폴더를 재고, 성적표와 그림을 남깁니다."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import save_weights
from gan_lesson.commands.generator import evaluate_run
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.metrics.bundled import GENERATOR, load_quick_generator, load_quick_scores
from gan_lesson.metrics.evaluation import evaluate
from gan_lesson.models import Generator


@pytest.fixture
def run(tmp_path):
    """함께 들어 있는 생성자의 결과 폴더."""
    folder = tmp_path / "결과"
    folder.mkdir()
    (folder / "config.json").write_text(LessonConfig.quick(ngpu=0).to_json(), encoding="utf-8")
    (folder / "generator.safetensors").write_bytes(GENERATOR.read_bytes())
    return folder


def test_command_prints_and_saves_the_report(run, tmp_path, capsys):
    assert main(["evaluate", "--run", str(run), "--count", "400", "--out", str(tmp_path / "새 폴더")]) == 0
    printed = capsys.readouterr().out
    assert "읽히는 비율" in printed and "글자의 종류" in printed and "evaluation.json" in printed
    saved = json.loads((tmp_path / "새 폴더" / "evaluation.json").read_text(encoding="utf-8"))
    assert saved["count"] == 400 and 0.2 < saved["scores"]["readable"] < 1
    assert saved["scores"]["memorized"] == saved["memorized"] > 0.5
    with Image.open(tmp_path / "새 폴더" / "evaluation.png") as picture:
        assert picture.width > 800


def test_the_same_seed_gives_the_same_scores_and_another_does_not(run):
    first, second, other = (evaluate_run(run, count=200, seed=s)[0].scores for s in (0, 0, 1))
    assert first == second != other


def judged(tmp_path, pictures, nc=1, spoil=False):
    """``pictures``((H, W)나 (H, W, 3) uint8의 목록)를 데이터로 하는, 배우지 않은 생성자의 평가."""
    folder, out = tmp_path / "그림", tmp_path / "결과"
    folder.mkdir()
    out.mkdir()
    for i, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(folder / f"{i:03d}.png")
    config = LessonConfig(dataroot=str(folder), nc=nc, nz=4, ngf=2, ngpu=0)
    (out / "config.json").write_text(config.to_json(), encoding="utf-8")
    torch.manual_seed(0)
    generator = Generator(config)
    if spoil:
        torch.nn.init.constant_(next(generator.parameters()), float("nan"))
    save_weights(generator, out / "generator.safetensors")
    return evaluate_run(out, count=100)


def noise(count, *channels):
    return list(np.random.default_rng(0).integers(0, 255, (count, 32, 32, *channels), dtype=np.uint8))


def test_folder_pictures_have_no_letters_to_read(tmp_path):
    result, picture = judged(tmp_path, noise(40, 3), nc=3)
    assert result.scores is None and result.count == 40 and result.memorized > 0
    assert "읽는 성적은" in result.report() and picture[:4] == b"\x89PNG"
    # 배우지 않은 생성자는 회색만 냅니다. 진짜가 저마다 다르면 회색과의 거리는 진짜끼리의 거리보다 작습니다.
    assert result.memorized < 0.8 and result.diversity < 0.1 and "베낀 것이 아닙니다" in result.report()


@pytest.mark.parametrize("pictures", [noise(1), noise(1) * 7])
def test_what_cannot_be_measured_says_why(tmp_path, pictures):
    result, _ = judged(tmp_path, pictures)
    assert result.memorized is None and result.diversity is None
    assert f"{len(pictures)}장 가운데 서로 다른 것은 1장" in result.report() and "베낀" not in result.report()


def test_a_distance_of_few_pictures_says_what_it_is_worth():
    letters = load_hangul(32, count=1000)
    generator = Generator(LessonConfig.quick(ngpu=0)).eval()
    for count in (100, 1000):
        result, _ = evaluate(generator, letters, count)
        assert ("100장으로 잰 것끼리만" in result.report()) == (count < 1000)


def test_copies_among_the_real_pictures_change_nothing_but_are_told(tmp_path):
    """사본이 절반을 넘으면 진짜끼리의 거리의 중앙값이 0이 되어, 나눈 값이 끝없이 커졌습니다."""
    real = noise(40)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole, _ = judged(tmp_path / "a", real)
    copies, _ = judged(tmp_path / "b", real + real)
    assert "서로 다른" not in whole.report() and "80장 가운데 서로 다른 것은 40장" in copies.report()
    assert copies.memorized == pytest.approx(whole.memorized, rel=0.05)


def test_weights_that_diverged_are_told(tmp_path):
    with pytest.raises(LessonError, match="수가 아닌 값.*발산한 학습"):
        judged(tmp_path, noise(5), spoil=True)


def test_mistakes_leave_nothing(run, capsys):
    assert main(["evaluate", "--run", str(run), "--dataroot", "없음"]) == 2
    assert "설정값 dataroot" in capsys.readouterr().err
    assert not (run / "evaluation.json").exists()


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


def test_hangul_of_any_shape_is_scored():
    generator = Generator(LessonConfig.quick(nc=3, nz=4, ngf=2, ngpu=0)).eval()
    result, _ = evaluate(generator, load_hangul(32, 3, count=64), count=100)
    assert result.scores.readable < 0.1 and result.data == "hangul 3×32×32" and result.count == 64
