"""sample 명령: 그림이 제 크기로, 말한 수만큼, 말한 형식으로 남는지."""

import numpy as np
import pytest
import torch
from PIL import Image

import gan_lesson.metrics.evaluation as evaluation_room
from gan_lesson.__main__ import main
from gan_lesson.base.files import save_weights
from gan_lesson.commands.generator import evaluate_run
from gan_lesson.config import LessonConfig
from gan_lesson.data.images import to_uint8
from gan_lesson.metrics.evaluation import evaluation_z
from gan_lesson.models import Generator, generate
from gan_lesson.training.state import GanState


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """채널의 수 → (결과 폴더, 생성자)."""
    made = {}
    for nc in (1, 3):
        folder, config = tmp_path_factory.mktemp("결과"), LessonConfig(nz=5, ngf=2, nc=nc, ngpu=0)
        torch.manual_seed(nc)
        generator = Generator(config)
        for p in generator.parameters():
            torch.nn.init.normal_(p, std=0.5)  # 밝기가 0에서 255까지 고루 나오게
        save_weights(generator, folder / "generator.safetensors")
        (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
        made[nc] = folder, generator
    return made


def expected(generator, count, seed=0):
    """(N, H, W, 3) uint8."""
    pictures = to_uint8(generate(generator, evaluation_z(generator, count, seed)))
    return pictures.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def sample(run, *options):
    assert main(["sample", "--run", str(run), *map(str, options)]) == 0


@pytest.mark.parametrize("nc", [1, 3])
def test_a_folder_gets_one_full_size_picture_each(runs, tmp_path, capsys, nc):
    run, generator = runs[nc]
    out = tmp_path / "새" / "그림"
    sample(run, "--count", 300, "--out", out, "--seed", 7)  # 한 번에 만드는 수(256)보다 많이
    assert f"32×32 그림 300장을 {out} 폴더에" in capsys.readouterr().out
    files = sorted(out.iterdir())
    assert files[0].name == "seed7-00001.png" and len(files) == 300
    made = np.stack([pixels(path) for path in files])
    assert np.array_equal(made, expected(generator, 300, seed=7))
    with Image.open(files[0]) as image:
        assert (image.mode, image.format) == ({1: "L", 3: "RGB"}[nc], "PNG")


def test_the_board_is_one_to_one(runs, tmp_path, capsys):
    run, generator = runs[3]
    sample(run, "--count", 100, "--out", tmp_path / "새 폴더" / "판.png")
    assert "그림 100장을 342×342픽셀" in capsys.readouterr().out
    board = pixels(tmp_path / "새 폴더" / "판.png")
    made = expected(generator, 100)
    for i in (0, 9, 10, 99):
        top, left = i // 10 * 34 + 2, i % 10 * 34 + 2
        assert np.array_equal(board[top : top + 32, left : left + 32], made[i]), i


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.webp", "WEBP"), ("a.tif", "TIFF")]
)
def test_the_ending_says_the_format_and_one_picture_is_just_that_picture(runs, tmp_path, name, kind):
    run, generator = runs[3]
    sample(run, "--count", 1, "--out", tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert image.format == kind and image.size == (32, 32)
        off = np.abs(np.asarray(image.convert("RGB"), int) - expected(generator, 1)[0])
    assert off.mean() < 4 if kind == "JPEG" else off.max() == 0


def test_what_cannot_be_written_is_told(runs, tmp_path, capsys):
    run, _ = runs[1]
    (tmp_path / "파일").write_bytes(b"1")
    for out in ("a.xyz", "파일", "파일/a.png"):
        assert main(["sample", "--run", str(run), "--count", "2", "--out", str(tmp_path / out)]) == 2
        shown = capsys.readouterr()
        assert not shown.out and shown.err.count("\n") == 1
        assert shown.err.startswith(f"--out = '{tmp_path / out}': 그림을 저장할 수 없습니다")
    sample(run, "--count", 2, "--out", f"{tmp_path / '점.있는.이름'}/")
    assert len(list((tmp_path / "점.있는.이름").iterdir())) == 2


def test_picking_keeps_what_the_discriminator_believes_most(tmp_path, capsys):
    config = LessonConfig(nz=5, ngf=2, ndf=2, ngpu=0)
    state = GanState(config)
    (tmp_path / "config.json").write_text(config.to_json(), encoding="utf-8")
    save_weights(state.generator, tmp_path / "generator.safetensors")
    assert main(["sample", "--run", str(tmp_path), "--pick", "3"]) == 2
    assert "--pick을 빼거나" in capsys.readouterr().err
    save_weights(state.discriminator, tmp_path / "discriminator.safetensors")
    sample(tmp_path, "--count", 300, "--pick", 3, "--out", f"{tmp_path / '고른 것'}/")
    made = generate(state.generator, evaluation_z(state.generator, 900))
    with torch.no_grad():
        scores = state.discriminator.eval().logits(made)
    best = [max(range(i, i + 3), key=scores.__getitem__) for i in range(0, 900, 3)]
    found = np.stack([pixels(path)[..., 0] for path in sorted((tmp_path / "고른 것").iterdir())])
    assert np.abs(found.astype(int) - to_uint8(made[best])[:, 0].numpy()).max() <= 1


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("nz", [1, 100])
@pytest.mark.parametrize("counts", [(1, 5), (5, 1000), (16, 17)])
def test_more_pictures_begin_with_the_same_ones(nz, counts, mixed):
    generator = Generator(LessonConfig(nz=nz, ngf=2, ngpu=0))
    if mixed:
        generator.mix(seed=1)
    few, many = (evaluation_z(generator, count, seed=3) for count in counts)
    assert few.shape == (counts[0], nz) and torch.equal(few, many[: counts[0]])
    assert not torch.equal(few, evaluation_z(generator, counts[0], seed=4))


def test_the_seed_means_the_same_pictures_in_sample_and_evaluate(runs, tmp_path, monkeypatch):
    run, generator = runs[1]
    rng = np.random.default_rng(0)
    (tmp_path / "진짜").mkdir()
    for i in range(40):
        Image.fromarray(rng.integers(0, 256, (32, 32), dtype=np.uint8)).save(tmp_path / "진짜" / f"{i}.png")
    judged = []

    def kept(generator, z):
        judged.append(generate(generator, z))
        return judged[-1]

    monkeypatch.setattr(evaluation_room, "generate", kept)
    evaluate_run(run, str(tmp_path / "진짜"), count=100, seed=5)
    theirs = to_uint8(judged[0])[:7, 0].numpy().astype(int)
    # 배치의 크기가 달라 마지막 자리의 반올림은 다를 수 있습니다.
    ours = expected(generator, 7, seed=5)[..., 0].astype(int)
    assert len(judged[0]) == 40 and np.abs(ours - theirs).max() <= 1
