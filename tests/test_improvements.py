"""교과서의 학습에 더하는 변화들: 무엇을 하는지, 꺼져 있으면 그대로인지, 이어 하고 되감아도 같은지."""

import copy
import json
import math

import pytest
import torch
from compare import flat, same
from torch import nn
from torch.nn import functional as F

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.base.seeds import stream_seed
from gan_lesson.config import IMPROVEMENTS, PRESET_IMPROVEMENTS, LessonConfig, pick_improvements
from gan_lesson.data.images import epoch_batches
from gan_lesson.objectives import LeastSquares, LogitBCE, ProbabilityBCE
from gan_lesson.training import Trainer, improvements
from gan_lesson.training.saving.resume import resume_trainer
from gan_lesson.training.saving.run_folder import load_generator, write_run
from gan_lesson.training.state import GanState

ALL = tuple(IMPROVEMENTS)


def trained(tiny, glyphs, improve=ALL, engine="exact", until=None):
    trainer = Trainer(tiny, data=glyphs, engine=engine, moments=(0, 3), improve=improve)
    trainer.run(until=until, progress=False)
    return trainer


@pytest.fixture(scope="module")
def whole(tiny, glyphs):
    """모두 켜고 끝까지(10번) 한 학습. 시험들은 읽기만 합니다."""
    return trained(tiny, glyphs)


def plain_loop(config, reals, improve):
    """우리 길을 쓰지 않고 보통의 PyTorch로 적은 같은 학습: (상태의 텐서들, 평균한 G)."""
    state = GanState(config)  # 출발점과 z의 난수만 빌립니다.
    G, D, rng, total = state.generator, state.discriminator, state.rng, len(reals)
    seed = stream_seed(config.seed, "centres")
    centres = torch.randn(1536, config.nz, generator=torch.Generator().manual_seed(seed))
    betas = (config.beta1, 0.999)
    optimizer_d = torch.optim.Adam(D.parameters(), config.lr, betas)
    lr_g = config.lr * improvements.G_RATE if "rates" in improve else config.lr
    optimizer_g = torch.optim.Adam(G.parameters(), lr_g, betas)
    bce, mean = nn.BCELoss(), copy.deepcopy(G)

    def seen(images, i):
        if "noise" not in improve:
            return images
        return images + 0.2 * (1 - i / total) * torch.randn(images.shape, generator=rng)

    def latent(count):
        if "mixture" not in improve:
            return torch.randn(count, config.nz, generator=rng)
        chosen = torch.randint(1536, (count,), generator=rng)
        return math.sqrt(0.96) * centres[chosen] + 0.2 * torch.randn(count, config.nz, generator=rng)

    for i, real in enumerate(reals):
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        D.zero_grad()
        bce(D(seen(real, i)), 0.9 * ones if "smooth" in improve else ones).backward()
        fake = G(latent(len(real)))
        bce(D(seen(fake.detach(), i)), zeros).backward()
        optimizer_d.step()
        G.zero_grad()
        bce(D(seen(fake, i)), ones).backward()
        optimizer_g.step()
        kept = min(0.998, (i + 1) / (i + 10))
        for old, new in zip(mean.state_dict().values(), G.state_dict().values(), strict=True):
            old.copy_(torch.lerp(old, new, 1 - kept) if old.is_floating_point() else new)
    return [G.state_dict(), D.state_dict(), rng.get_state()], mean.state_dict()


@pytest.mark.parametrize("improve", [ALL, *((name,) for name in ALL)], ids="+".join)
def test_exact_path_equals_a_plain_loop_bit_for_bit(tiny, glyphs, improve):
    reals = [b for epoch in range(2) for b in epoch_batches(glyphs, tiny.batch_size, tiny.seed, epoch)]
    expected, mean = plain_loop(tiny, reals, improve)
    state = trained(tiny, glyphs, improve).state
    assert len(reals) == state.iteration
    assert same([state.generator.state_dict(), state.discriminator.state_dict(), state.rng.get_state()], expected)  # noqa: E501  # fmt: skip
    shown = mean if "ema" in improve else expected[0]
    assert same(state.shown_generator.state_dict(), shown)
    assert same(mean, expected[0]) is False  # 평균은 마지막과 다릅니다.


def test_nothing_is_added_unless_asked(tiny):
    """꺼져 있으면 손실도 그 물건 그대로이고 상태에도 남는 것이 없습니다(교과서와 비트까지 같은지는 test_iteration)."""
    state, objective = GanState(tiny), ProbabilityBCE()
    assert state.improvements.objective(objective) is objective
    assert state.shown_generator is state.generator and "average" not in state.snapshot()
    assert state.optimizer_d.param_groups[0]["lr"] == state.optimizer_g.param_groups[0]["lr"] == tiny.lr
    assert not PRESET_IMPROVEMENTS.get("quick") and not PRESET_IMPROVEMENTS.get("paper")


def test_soft_label_is_binary_cross_entropy_with_that_label():
    scores = torch.linspace(-6, 9, 7)
    wanted = F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, 0.9))
    for objective, given in ((LogitBCE(), scores), (ProbabilityBCE(), scores.sigmoid())):
        before = [objective.real_loss(given), objective.fake_loss(given), objective.generator_loss(given)]
        objective.real_label = 0.9
        assert torch.allclose(objective.real_loss(given), wanted, atol=1e-4)
        assert not torch.allclose(before[0], wanted, atol=0.1)
        assert same(before[1:], [objective.fake_loss(given), objective.generator_loss(given)])
    squares = LeastSquares()
    squares.real_label = 0.9
    assert squares.real_loss(torch.full((3,), 0.9)) == 0


def test_there_is_no_noise_after_the_end(tiny):
    state, images = GanState(tiny, improve=["noise"]), torch.zeros(8, 1, 32, 32)
    state.total = 10
    for state.iteration in (9, 10, 20):
        state.improvements.start_iteration()
        assert same(state.improvements.add_noise(images), images) == (state.iteration >= 10)


def test_fast_path_learns_the_same(tiny, glyphs, whole):
    fast = trained(tiny, glyphs, engine="fast")
    for name in ("generator", "average"):
        pairs = zip(flat(fast.state.snapshot()[name]), flat(whole.state.snapshot()[name]), strict=True)
        assert all(torch.allclose(a.float(), b.float(), atol=1e-3) for a, b in pairs)
    assert torch.equal(fast.state.rng.get_state(), whole.state.rng.get_state())


def test_pictures_and_the_file_are_made_by_the_average(tmp_path, tiny, glyphs, whole):
    state = whole.state
    assert not same(state.shown_generator.state_dict(), state.generator.state_dict())
    assert write_run(tmp_path, whole)["improve"] == list(ALL)
    _, generator = load_generator(tmp_path)
    assert same(generator.state_dict(), state.shown_generator.state_dict())
    with torch.no_grad():
        assert torch.equal(generator(state.fixed_noise), state.sample())


def test_run_folder_says_which_z_it_wants(tmp_path, tiny, glyphs, whole):
    """새 z도 그 학습의 중심 가까이에서 나옵니다. 그런 말이 없는 폴더(옛것, 옮겨 온 것)는 표준정규분포입니다."""
    write_run(tmp_path, whole)

    def drawn():
        return load_generator(tmp_path)[1].draw_z(500, torch.Generator().manual_seed(3))

    far = torch.cdist(drawn(), math.sqrt(0.96) * whole.state.generator.centres).min(1).values
    assert far.max() < 0.2 * (math.sqrt(tiny.nz) + 4)  # 중심에서 벗어나는 것은 폭 0.2의 정규분포입니다.
    summary = json.loads((tmp_path / "summary.json").read_bytes())
    (tmp_path / "summary.json").write_text(json.dumps(summary | {"improve": ["ema"]}), encoding="utf-8")
    plain = torch.randn(500, tiny.nz, generator=torch.Generator().manual_seed(3))
    assert torch.equal(drawn(), plain)
    (tmp_path / "summary.json").unlink()
    assert torch.equal(drawn(), plain)


def test_average_begins_at_given_weights(tiny, glyphs):
    given = {"generator": GanState(tiny.replace(seed=9)).generator.state_dict()}
    trainer = Trainer(tiny, data=glyphs, weights=given, improve=ALL)
    assert same(trainer.state.shown_generator.state_dict(), given["generator"])


@pytest.mark.parametrize(
    ("given", "names"),
    [(" noise , ema", ("noise", "ema")), ({"ema", "noise"}, ("noise", "ema")), ("none", ()), ([], ())],
)
def test_names_are_picked_in_one_order(given, names):
    assert pick_improvements(given) == names


@pytest.mark.parametrize("given", ["turbo", "", "ema;noise", None, 3, [None], ["ema", 1]])
def test_unknown_names(given):
    with pytest.raises(LessonError, match="^improve = .*rates.*ema 가운데 하나.*none"):
        Trainer(LessonConfig(ngpu=0), improve=given)


def test_command_line_goes_by_the_preset_unless_told_and_resuming_keeps_it(
    tmp_path, capsys, glyphs, monkeypatch
):
    monkeypatch.setattr("gan_lesson.commands.train.load_images", lambda config, progress=None: glyphs)
    small = ["--ngf=2", "--ndf=2", "--nz=4", "--batch_size=20", "--num_epochs=1", "--ngpu=0"]
    wanted = {"better": ["--preset=better"], "none": ["--preset=better", "--improve=none"],
              "own": ["--improve=ema,noise"]}  # fmt: skip
    found = {}
    for name, options in wanted.items():
        assert main(["train", *small, *options, "--out", str(tmp_path / name)]) == 0
        trainer = resume_trainer(tmp_path / name, data=glyphs)
        found[name] = trainer.state.improvements.names
        assert f"더한 변화 {', '.join(found[name]) or '없음'}." in capsys.readouterr().out
    assert found == {"better": ALL, "none": (), "own": ("noise", "ema")}
    assert main(["train", "--resume", str(tmp_path / "own"), "--num_epochs=2"]) == 0
    assert resume_trainer(tmp_path / "own", data=glyphs).state.improvements.names == ("noise", "ema")
    assert main(["train", "--resume", str(tmp_path / "own"), "--improve=none"]) == 2
