"""train이 시작하는 곳과 쓰는 곳: 가져온 가중치에서, 읽기만 되는 결과에서, 잡동사니만 든 폴더에, TensorBoard로도."""

import errno
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.data.images import to_uint8
from gan_lesson.training import Trainer
from gan_lesson.training.saving import run_folder as run_folder_room
from gan_lesson.training.saving import tensorboard as tensorboard_room
from gan_lesson.training.saving.checkpoint import FOLDER, load_checkpoint
from gan_lesson.training.saving.run_folder import load_generator

SMALL = ["--ngf=2", "--ndf=2", "--nz=4", "--batch_size=8", "--num_epochs=2", "--ngpu=0", "--save-every=0"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, cache_folder):
    """32픽셀 잡음 그림 24장: 한 에폭이 3번입니다."""
    folder = tmp_path_factory.mktemp("그림")
    for i, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (24, 32, 32), dtype=np.uint8)):
        Image.fromarray(pixels).save(folder / f"{i:02d}.png")
    return folder


@pytest.fixture(scope="module")
def made(pictures, tmp_path_factory):
    """두 에폭(6번) 학습한 결과 폴더. 시험들은 읽기만 합니다."""
    folder = tmp_path_factory.mktemp("결과") / "run"
    assert main(["train", "--dataroot", str(pictures), *SMALL, "--out", str(folder)]) == 0
    return folder


def contents(folder):
    return {
        path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in folder.rglob("*")
    }


def result(folder):
    """학습이 남긴 것 가운데 시간이 들지 않은 것."""
    names = ("history.csv", "generator.safetensors", "discriminator.safetensors")
    return [(folder / name).read_bytes() for name in names] + [
        load_checkpoint(folder).tensors["rng"].tolist()
    ]


def refused(capsys, *arguments):
    assert main([*arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


# ---- 가져온 가중치에서


def test_training_starts_from_the_given_networks(made, pictures, tmp_path, capsys):
    networks = {"netG": "generator", "netD": "discriminator"}
    torch.save(
        {k: load_file(made / f"{name}.safetensors") for k, name in networks.items()}, tmp_path / "netG.pth"
    )
    out = tmp_path / "새 학습"
    command = ["train", "--dataroot", str(pictures), "--netG", str(tmp_path / "netG.pth"), "--netD", str(made),
               "--batch_size=8", "--num_epochs=1", "--ngpu=0", "--save-every=0", "--out", str(out)]  # fmt: skip
    assert main(command) == 0
    assert "생성자는 가져온 가중치('netG')에서, 구분자는 가져온 가중치에서 시작" in capsys.readouterr().out
    config, generator = load_generator(made)
    new, _ = load_generator(out)
    assert (new.nz, new.ngf, new.ndf, new.nc) == (config.nz, config.ngf, config.ndf, config.nc)
    tensors = load_checkpoint(out).tensors
    # 배우기 전의 그림이 가져온 생성자의 그림입니다.
    with torch.no_grad():
        assert torch.equal(tensors["snapshots.0"], to_uint8(generator(tensors["fixed_noise"])))
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["iterations"] == 3
    # 가중치에서 시작한 학습도 이어서 할 수 있습니다.
    assert main(["train", "--resume", str(out), "--num_epochs", "2"]) == 0
    assert "반복 3에서" in capsys.readouterr().out


def test_the_other_network_starts_from_the_seed(made, pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Trainer, "run", lambda self, **_: True)  # 배우기 전의 것을 봅니다.
    kept = {}
    for name, given in (("처음부터", []), ("가져옴", ["--netG", str(made)])):
        out = tmp_path / name
        assert main(["train", "--dataroot", str(pictures), *SMALL, *given, "--out", str(out)]) == 0
        kept[name] = load_checkpoint(out).tensors
    assert "구분자는 처음부터 시작합니다. 함께 학습한 구분자도 있으면 --netD" in capsys.readouterr().out
    theirs = load_file(made / "generator.safetensors")
    for key, tensor in kept["처음부터"].items():
        other = kept["가져옴"][key]
        if key.startswith("generator."):
            assert torch.equal(other, theirs[key.removeprefix("generator.")])
        elif key.startswith(("discriminator.", "rng", "fixed_noise")):
            assert torch.equal(other, tensor), key


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--netG", "{made}", "--ngf", "4"], "설정값 ngf = 4: 가져온 생성자의 ngf는 2입니다"),
        (["--netD", "{made}", "--nc", "3"], "설정값 nc = 3: 가져온 구분자의 nc는 1입니다"),
        (["--netG", "{made}/discriminator.safetensors"], "구분자의 가중치이니 생성자"),
        (["--netD", "{made}/generator.safetensors"], "생성자의 가중치이니 구분자"),
        (["--netG", "{made}/samples.png"], "그림(PNG)"),
        (["--netG", "없음.pth"], "파일이 없습니다"),
        (["--resume", "{made}", "--netG", "{made}"], "--resume은 --netG와 함께"),
    ],
)
def test_weights_that_do_not_fit_are_told(made, tmp_path, capsys, options, words):
    line = refused(capsys, "train", *(o.format(made=made) for o in options), "--out", str(tmp_path / "o"))
    assert words in line and not (tmp_path / "o").exists()


def test_two_networks_of_different_pictures_are_told(made, tmp_path, capsys):
    from gan_lesson.config import LessonConfig
    from gan_lesson.models import Discriminator

    torch.save(Discriminator(LessonConfig(ndf=2, image_size=64)).state_dict(), tmp_path / "netD.pth")
    line = refused(capsys, "train", "--netG", str(made), "--netD", str(tmp_path / "netD.pth"))
    assert "생성자의 image_size는 32인데 구분자의 image_size는 64" in line


# ---- 읽기만 되는 결과에서


def test_a_run_goes_on_in_another_folder_bit_for_bit(made, pictures, tmp_path, capsys):
    before = contents(made)
    out = tmp_path / "이어 간 것"
    assert (
        main(["train", "--resume", str(made), "--out", str(out), "--num_epochs", "4", "--save-every=0"]) == 0
    )
    assert "반복 6에서 이어서" in capsys.readouterr().out
    assert contents(made) == before  # 자물쇠까지 그대로입니다.
    whole = tmp_path / "멈추지 않은 것"
    assert main(["train", "--dataroot", str(pictures), *SMALL, "--num_epochs=4", "--out", str(whole)]) == 0
    assert result(out) == result(whole)
    assert (
        main(["train", "--resume", str(out), "--num_epochs", "5"]) == 0
    )  # 새 폴더는 보통의 결과 폴더입니다.
    capsys.readouterr()
    line = refused(capsys, "train", "--resume", str(made), "--out", str(whole))
    assert "이전 학습의 결과가 있습니다" in line
    assert "체크포인트가 없습니다" in refused(capsys, "train", "--resume", str(tmp_path), "--out", str(out))


def test_the_new_folder_can_go_on_even_if_nothing_more_was_learned(made, tmp_path, capsys, monkeypatch):
    def stop(*_, **__):
        raise LessonError("메모리가 모자랍니다.")

    monkeypatch.setattr(Trainer, "run", stop)
    out = tmp_path / "새 폴더"
    assert main(["train", "--resume", str(made), "--out", str(out), "--num_epochs", "4"]) == 2
    assert f"반복 6까지의 학습은 {out} 폴더에" in capsys.readouterr().out
    assert load_checkpoint(out).notes["iteration"] == 6


def test_the_same_folder_twice_is_an_ordinary_resume(made, tmp_path, capsys):
    run = shutil.copytree(made, tmp_path / "r")
    assert main(["train", "--resume", str(run), "--out", str(run / ".." / "r")]) == 0
    assert "이미 끝까지 학습했습니다" in capsys.readouterr().out


def read_only(*_, **__):
    raise OSError(errno.EROFS, "Read-only file system")


@pytest.mark.parametrize("where", ["자물쇠", "summary.json"])
def test_a_read_only_run_names_the_step_that_works(made, capsys, monkeypatch, where):
    if where == "자물쇠":
        monkeypatch.setattr(run_folder_room, "locked", read_only)
    else:
        unlink = Path.unlink
        monkeypatch.setattr(
            Path, "unlink", lambda path, *a, **k: (read_only if path.name == where else unlink)(path, *a, **k)
        )
    line = refused(capsys, "train", "--resume", str(made), "--num_epochs", "4")
    assert "읽기 전용인 곳" in line and f"--resume {made} --out 새폴더" in line


def test_other_commands_on_a_read_only_run_name_out(made, tmp_path, capsys, monkeypatch):
    import gan_lesson.metrics.evaluation as evaluation_room
    import gan_lesson.metrics.sampling as sampling_room

    for room in (evaluation_room, sampling_room):
        monkeypatch.setattr(
            room,
            "write_bytes",
            lambda path, data: read_only() if made in path.parents else path.write_bytes(data),
        )
    assert "--out = " in refused(capsys, "sample", "--run", str(made))
    assert main(["evaluate", "--run", str(made), "--count", "100"]) == 2
    out, err = capsys.readouterr()
    assert "진짜와의 거리" in out and "--out으로 정하세요" in err  # 잰 것은 잃지 않습니다.
    assert main(["evaluate", "--run", str(made), "--count", "100", "--out", str(tmp_path / "평가")]) == 0
    assert {path.name for path in (tmp_path / "평가").iterdir()} == {"evaluation.json", "evaluation.png"}


# ---- 잡동사니


def test_what_the_system_leaves_in_a_folder_is_nothing(tmp_path, tiny, capsys):
    from gan_lesson.training.saving.run_folder import open_run_folder

    (tmp_path / ".ipynb_checkpoints").mkdir()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "Desktop.ini", "._사진.png", ".gitkeep"):
        (tmp_path / name).write_bytes(b"1")
    with open_run_folder(tmp_path, tiny):
        assert (tmp_path / "config.json").is_file() and (tmp_path / ".DS_Store").is_file()
    (tmp_path / "config.json").unlink()
    (tmp_path / "숙제.txt").write_bytes(b"1")
    assert "학습 결과가 아닌 파일" in refused(capsys, "train", "--out", str(tmp_path))


# ---- TensorBoard


@pytest.fixture
def board(monkeypatch):
    """``SummaryWriter``에 쓴 것: 폴더 → [(이름, 걸음, 값의 모양이나 값)]. 마지막은 purge_step."""
    written = {}

    class Writer:
        def __init__(self, folder, purge_step):
            self.rows = written.setdefault(Path(folder), [])
            self.rows.append(("purge", purge_step, None))
            Path(folder).mkdir(exist_ok=True)
            (Path(folder) / "events.0").write_bytes(b"")

        def add_scalar(self, name, value, step):
            self.rows.append((name, step, value))

        def add_image(self, name, board, step, dataformats):
            assert dataformats == "HWC" and board.dtype == torch.uint8
            self.rows.append((name, step, tuple(board.shape)))

        def close(self):
            self.rows.append(("close", None, None))

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=Writer))
    return written


def steps(rows, name):
    return [step for kind, step, _ in rows if kind == name]


def test_tensorboard_gets_the_history_and_the_pictures(pictures, tmp_path, board):
    out = tmp_path / "r"
    assert main(["train", "--dataroot", str(pictures), *SMALL, "--out", str(out), "--tensorboard"]) == 0
    rows = board[out / tensorboard_room.FOLDER]
    losses = [value for name, _, value in rows if name == "손실/loss_d"]
    table = (out / "history.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert losses == [float(line.split(",")[1]) for line in table] and len(losses) == 6
    assert steps(rows, "손실/loss_d") == [1, 2, 3, 4, 5, 6] and steps(rows, "purge") == [0]
    assert steps(rows, "고정된_z의_그림") == list(range(7)) and rows[-1][0] == "close"
    assert all(shape == (274, 274, 3) for name, _, shape in rows if name == "고정된_z의_그림")
    # 이어서 하면 그 뒤만, 새 폴더에서 이어서 하면 처음부터의 것을 씁니다.
    rows.clear()
    assert main(["train", "--resume", str(out), "--num_epochs", "3", "--tensorboard"]) == 0
    assert steps(rows, "손실/loss_d") == [7, 8, 9] and steps(rows, "purge") == [7]
    assert min(steps(rows, "고정된_z의_그림")) == 7
    new = tmp_path / "s"
    assert main(["train", "--resume", str(out), "--num_epochs", "4", "--tensorboard", "--out", str(new)]) == 0
    assert steps(board[new / tensorboard_room.FOLDER], "손실/loss_d") == list(range(1, 13))


def test_without_tensorboard_it_is_said_before_anything_is_done(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    line = refused(capsys, "train", "--tensorboard", "--out", str(tmp_path / "r"))
    assert "pip install tensorboard" in line and "history.csv" in line and not (tmp_path / "r").exists()


def test_without_the_option_nothing_of_tensorboard_is_there(made):
    assert not (made / tensorboard_room.FOLDER).exists() and (made / FOLDER).is_dir()
