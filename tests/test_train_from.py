"""train이 시작하는 곳: 가져온 가중치에서, 읽기만 되는 결과에서."""

import errno

import pytest
import torch
from safetensors.torch import load_file

from gan_lesson.base.errors import LessonError
from gan_lesson.data.images import to_uint8
from gan_lesson.training import Trainer
from gan_lesson.training.saving import run_folder as run_folder_room
from gan_lesson.training.saving.foreign import starting_networks
from gan_lesson.training.saving.resume import (
    PeriodicCheckpoint,
    load_checkpoint,
    resume_trainer,
    save_trainer,
)
from gan_lesson.training.saving.run_folder import load_generator, open_run_folder, write_run


@pytest.fixture(scope="module")
def made(tiny, glyphs, tmp_path_factory):
    """끝까지(10번) 학습한 결과 폴더. 시험들은 읽기만 합니다."""
    trainer = Trainer(tiny, data=glyphs)
    trainer.run(progress=False)
    with open_run_folder(tmp_path_factory.mktemp("결과") / "run", tiny) as folder:
        save_trainer(trainer, folder)
        write_run(folder, trainer)
    return folder


def test_training_starts_from_the_given_networks(made, tiny, glyphs, tmp_path):
    both = {name: load_file(made / f"{name}.safetensors") for name in ("generator", "discriminator")}
    torch.save({"netG": both["generator"]}, tmp_path / "netG.pth")
    settings, weights = starting_networks(
        {"generator": tmp_path / "netG.pth", "discriminator": made}, {"lr": 0.1}
    )
    assert settings == {"lr": 0.1, "nz": 8, "ngf": 4, "ndf": 4, "nc": 1, "image_size": 32}
    fresh = Trainer(tiny, data=glyphs)
    for given in (weights, {"generator": weights["generator"]}):  # 주지 않은 것은 시드에서 시작합니다.
        trainer = Trainer(tiny, data=glyphs, weights=given)
        for name in both:
            now = getattr(trainer.state, name).state_dict()
            expected = both[name] if name in given else getattr(fresh.state, name).state_dict()
            assert all(torch.equal(now[key], expected[key]) for key in expected)
    _, generator = load_generator(made)
    with torch.no_grad():  # 배우기 전의 그림이 가져온 생성자의 그림입니다.
        assert torch.equal(trainer.snapshots[0], to_uint8(generator(trainer.state.fixed_noise)))
    assert trainer.run(progress=False)


@pytest.mark.parametrize(
    ("paths", "given", "words"),
    [
        ({"generator": "{made}"}, {"ngf": 8}, "ngf=4"),
        ({"generator": "{made}", "discriminator": "{other}"}, {}, "image_size=64"),
        ({"generator": "{made}/discriminator.safetensors"}, {}, "구분자의 가중치"),
        ({"discriminator": "{made}/samples.png"}, {}, "읽을 수 없습니다"),
    ],
)
def test_weights_that_do_not_fit_are_told(made, tmp_path, paths, given, words):
    from gan_lesson.config import LessonConfig
    from gan_lesson.models import Discriminator

    torch.save(Discriminator(LessonConfig(ndf=2, image_size=64)).state_dict(), tmp_path / "netD.pth")
    paths = {kind: path.format(made=made, other=tmp_path / "netD.pth") for kind, path in paths.items()}
    with pytest.raises(LessonError, match=words):
        starting_networks(paths, given)


def contents(folder):
    return {
        path: path.is_file() and (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*")
    }


def test_a_read_only_run_goes_on_in_another_folder_bit_for_bit(made, tiny, glyphs, tmp_path, capsys):
    before, out = contents(made), tmp_path / "이어 간 것"
    trainer = resume_trainer(made, data=glyphs, num_epochs=4)
    with open_run_folder(out, trainer.config):
        trainer.run(progress=False, on_iteration=PeriodicCheckpoint(out, 0))
        write_run(out, trainer)
    whole = Trainer(tiny.replace(num_epochs=4), data=glyphs)
    whole.run(progress=False)
    assert trainer.history.rows == whole.history.rows and contents(made) == before  # 자물쇠까지 그대로
    assert load_checkpoint(out)[3]["iteration"] == 20


@pytest.mark.parametrize("where", ["자물쇠", "summary.json"])
def test_a_read_only_run_names_the_step_that_works(made, monkeypatch, where):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch, pytest.raises(LessonError, match="읽기 전용") as refused:
        if where == "자물쇠":
            patch.setattr(run_folder_room, "locked", read_only)
        with open_run_folder(made):
            read_only()
    assert f"--resume {made} --out" in str(refused.value)
