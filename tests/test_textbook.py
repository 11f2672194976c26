"""한 쪽짜리 DCGAN: 혼자서 돌고, 패키지의 신경망과 초기화와 학습이 그것과 비트까지 같습니다."""

import ast
import inspect

import pytest
import torch
from compare import same
from safetensors.torch import load_file
from torch.utils.data import Subset

from gan_lesson import textbook
from gan_lesson.config import LessonConfig
from gan_lesson.data.images import epoch_batches
from gan_lesson.models import Discriminator, Generator, weights_init
from gan_lesson.training import Trainer

CONFIG = LessonConfig.quick(ngpu=0, num_epochs=2)


def test_it_is_one_page_and_takes_only_the_data_from_the_package():
    source = inspect.getsource(textbook)
    assert len(source.splitlines()) <= 100
    taken = [node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert [name for name in taken if name.startswith("gan_lesson")] == ["gan_lesson.data.hangul"]


@pytest.mark.parametrize(
    ("ours", "theirs"), [(Generator, textbook.make_generator), (Discriminator, textbook.make_discriminator)]
)
def test_the_networks_and_their_first_weights_are_those_of_the_package(ours, theirs):
    torch.manual_seed(3)
    network = ours(CONFIG).apply(weights_init)
    torch.manual_seed(3)
    assert same(network.main.state_dict(), theirs().apply(textbook.weights_init).state_dict())


def test_trainer_learns_the_same_weights_as_the_page(glyphs):
    trainer = Trainer(CONFIG, data=glyphs)
    G, D = textbook.make_generator(), textbook.make_discriminator()
    G.load_state_dict(trainer.state.generator.main.state_dict())
    D.load_state_dict(trainer.state.discriminator.main.state_dict())
    optimizer_g, optimizer_d = (
        torch.optim.Adam(net.parameters(), textbook.LR, textbook.BETAS) for net in (G, D)
    )
    rng = torch.Generator()
    rng.set_state(trainer.state.rng.get_state())
    rows = []
    for epoch in range(2):
        for real in epoch_batches(glyphs, CONFIG.batch_size, CONFIG.seed, epoch):
            z = torch.randn(len(real), textbook.NZ, generator=rng)[:, :, None, None]
            rows.append(textbook.iteration(G, D, optimizer_g, optimizer_d, real, z))
    assert trainer.run(progress=False)
    assert [list(row) for row in trainer.history.rows] == rows
    assert same(trainer.state.generator.main.state_dict(), G.state_dict())
    assert same(trainer.state.discriminator.main.state_dict(), D.state_dict())


def test_it_runs_and_keeps_pictures_and_weights(tmp_path, glyphs, capsys):
    textbook.main(epochs=2, folder=tmp_path / "결과", data=Subset(glyphs, range(32)))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[1].startswith("에폭 2 반복 0 ") and len(lines[0].split()) == 9
    assert {path.name for path in (tmp_path / "결과").iterdir()} == {
        "epoch_1.png", "epoch_2.png", "generator.safetensors",
    }  # fmt: skip
    G = textbook.make_generator()
    G.load_state_dict(load_file(tmp_path / "결과" / "generator.safetensors"))
