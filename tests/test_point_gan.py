"""2차원 실험실의 몸통: 교과서와 같은 걸음, 정확한 되감기, 도중에 바꾸기."""

from dataclasses import asdict

import pytest
import torch
from compare import same
from torch import nn

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.points import gan as gan_room
from gan_lesson.labs.points.gan import PointConfig, PointGan
from gan_lesson.labs.points.picture import LAYERS, lab_picture
from gan_lesson.objectives import OBJECTIVES

SMALL = PointConfig(batch_size=8, hidden=4)


def everything(gan):
    """되감았을 때 같아야 하는 모든 것."""
    return [
        asdict(gan.config),
        gan.turn,
        gan.state.snapshot(),
        gan.data_rng.get_state(),
        gan.history,
        gan.marks,
    ]


@pytest.mark.parametrize("k", [1, 3])
def test_steps_equal_a_plain_loop(k):
    config = PointConfig(k=k, lr_d=0.003, batch_size=16, hidden=8)
    gan, twin = PointGan(config), PointGan(config)
    G, D, bce = twin.state.generator, twin.state.discriminator, nn.BCEWithLogitsLoss()
    for _ in range(5):
        gan.step()
        for real in [twin.data.sample(16, twin.data_rng) for _ in range(k)]:
            D.zero_grad()
            z = torch.randn(16, 2, generator=twin.state.rng)
            fake = G(z)
            loss = bce(D.logits(real), torch.ones(16)) + bce(D.logits(fake.detach()), torch.zeros(16))
            loss.backward()
            twin.state.optimizer_d.step()
        G.zero_grad()
        bce(D.logits(fake), torch.ones(16)).backward()
        twin.state.optimizer_g.step()
    for a, b in zip(gan.state.generator.parameters(), G.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)
    for a, b in zip(gan.state.discriminator.parameters(), D.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_an_iteration_is_a_d_step_then_a_g_step():
    whole, halves = PointGan(SMALL), PointGan(SMALL)
    whole.step(3)
    for _ in range(3):
        halves.step_d()
        halves.step_g()
    assert same(everything(whole), everything(halves))


def test_a_d_step_moves_only_d_and_a_g_step_only_g():
    gan = PointGan(SMALL)
    for step, moved, still in ((gan.step_d, "discriminator", "generator"),
                               (gan.step_g, "generator", "discriminator")):  # fmt: skip
        before = gan.state.snapshot()
        step()
        after = gan.state.snapshot()
        assert not same(before[moved], after[moved]) and same(before[still], after[still])


def test_rewinding_fifty_iterations_and_going_on_again():
    gan = PointGan(SMALL)
    gan.step(3)
    start = everything(gan)
    gan.step(50)
    end = everything(gan)
    assert gan.back(50) == 50 and same(everything(gan), start)
    gan.step(50)
    assert same(everything(gan), end)
    assert gan.back(1000) == 53 and gan.back() == 0 and gan.state.iteration == 0


def test_the_fakes_of_a_d_step_wait_for_the_g_step_through_rewinding():
    gan, whole = PointGan(SMALL), PointGan(SMALL)
    gan.step(2)
    whole.step(3)
    for step in (gan.step_g, gan.step):  # 기다리던 가짜가 있으면 한 반복도 Part 2만 합니다.
        assert gan.turn == "D"
        gan.step_d()
        assert gan.turn == "G"
        step()
        assert same(everything(gan), everything(whole))
        gan.back()
        assert gan.turn == "G"
        gan.back()


def test_a_step_taken_back_leaves_nothing_in_the_record():
    gan, only_g = PointGan(SMALL), PointGan(SMALL)
    gan.step_d()
    gan.back()
    gan.step_g()
    only_g.step_g()
    assert same(everything(gan), everything(only_g)) and "loss_d" not in gan.history[0]


def test_live_changes_keep_adam_and_leave_a_mark():
    gan = PointGan(SMALL)
    gan.step(5)
    moments = gan.state.optimizer_g.state_dict()["state"]
    gan.change(lr_g=0.01, loss="least-squares", k=2, batch_size=32, lr_d=SMALL.lr_d)
    assert same(gan.state.optimizer_g.state_dict()["state"], moments)
    assert gan.state.optimizer_g.param_groups[0]["lr"] == 0.01
    assert [text for _, text in gan.marks] == ["batch_size=32", "k=2", "loss=least-squares", "lr_g=0.01"]
    before = everything(gan)
    gan.step(2)
    gan.change(lr_g=0.5)
    gan.step()
    gan.back(3)
    assert same(everything(gan), before)
    assert gan.state.optimizer_g.param_groups[0]["lr"] == 0.01


@pytest.mark.parametrize("bad", [{"nz": 1}, {"data": "grid"}, {"k": 0}, {"lr_d": "빠르게"}, {"momentum": 1}])
def test_refused_changes_change_nothing(bad):
    gan = PointGan(SMALL)
    gan.step()
    before = everything(gan)
    with pytest.raises(LessonError):
        gan.change(**bad)
    assert same(everything(gan), before)


def test_arrows_are_minus_the_gradient_of_g_loss():
    """유한 차분과 비교합니다. 화살표를 따라가면 G의 손실이 줄어듭니다."""
    for loss in ("non-saturating", "saturating", "least-squares"):
        gan = PointGan(PointConfig(loss=loss, hidden=8))
        gan.step(20)
        gan.state.discriminator.double()
        points = gan.samples(6).double()

        def loss_of(p, gan=gan, loss=loss):
            objective = OBJECTIVES[loss]
            return objective.generator_loss(objective.score(gan.state.discriminator, p[None]))

        arrows = gan.arrows(points)
        for i, point in enumerate(points):
            for axis in range(2):
                h = torch.zeros(2, dtype=torch.float64)
                h[axis] = 1e-6
                slope = (loss_of(point + h) - loss_of(point - h)) / 2e-6
                assert arrows[i, axis].item() == pytest.approx(-slope.item(), abs=1e-6)


def test_judging_leaves_no_trace():
    gan = PointGan(SMALL)
    gan.step(2)
    before = everything(gan)
    assert gan.quality().keys() == {"distance", "covered", "good"}
    gan.arrows(gan.samples(10))
    assert same(everything(gan), before)
    assert PointGan(PointConfig(data="moons")).quality().keys() == {"distance"}


def test_scores_come_at_fixed_iterations_however_often_one_looks(monkeypatch):
    monkeypatch.setattr(gan_room, "SCORED_EVERY", 3)
    looked, alone = PointGan(SMALL), PointGan(SMALL)
    for _ in range(7):
        looked.step()
        lab_picture(looked, tuple(LAYERS))
    alone.step(7)
    assert looked.scores == alone.scores
    assert [iteration for iteration, _ in alone.scores] == [0, 3, 6]
    alone.back(2)
    assert [iteration for iteration, _ in alone.scores] == [0, 3]
    # 바닥: 같은 분포의 두 표본 사이의 거리. 배우지 않은 G는 그보다 훨씬 멉니다.
    assert 0 < alone.floor < 0.2 < alone.scores[0][1]["distance"]


def test_probe_is_the_loss_on_the_same_points_and_leaves_no_trace():
    gan = PointGan(PointConfig(hidden=8))
    gan.step(5)
    before, probe = everything(gan), gan.probe()
    d_x, d_gz = gan.state.discriminator(gan.real(500)), gan.state.discriminator(gan.state.sample())
    assert probe["loss_d"] == pytest.approx((-d_x.log().mean() - (1 - d_gz).log().mean()).item())
    assert probe["loss_g"] == pytest.approx(-d_gz.log().mean().item())
    assert (probe["d_x"], probe["d_gz"]) == pytest.approx((d_x.mean().item(), d_gz.mean().item()))
    assert gan.probe() == probe and same(everything(gan), before)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_step_cut_short_leaves_no_trace(error, monkeypatch):
    gan = PointGan(SMALL)
    gan.step(2)
    before = everything(gan)

    def cut(*_):
        raise error

    monkeypatch.setattr(gan_room, "train_generator", cut)  # D는 이미 갱신된 뒤입니다.
    with pytest.raises(error):
        gan.step()
    assert same(everything(gan), before)


def test_divergence_is_explained_and_undone():
    gan = PointGan(SMALL)
    gan.step(2)
    with torch.no_grad():
        next(gan.state.generator.parameters()).fill_(float("inf"))
    before = gan.state.iteration
    with pytest.raises(LessonError, match="발산했습니다"):
        gan.step()
    assert gan.state.iteration == before and len(gan.history) == before
    gan.back(2)
    gan.step(3)  # 되감으면 다시 배울 수 있습니다.


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (1, 2))])
def test_default_settings_learn_the_ring(seed):
    gan = PointGan(PointConfig(seed=seed))
    start = gan.quality()["distance"]
    gan.step(1500)
    quality = gan.quality()
    assert quality["covered"] >= 7 and quality["good"] > 0.6
    assert quality["distance"] < start / 3


def test_noise_kinds():
    for nz in (1, 2):
        gan = PointGan(PointConfig(noise="uniform", nz=nz))
        z = gan.state.sample_z(2000)
        assert z.shape == (2000, nz) and -1 <= z.min() < -0.9 and 0.9 < z.max() <= 1
    assert PointGan().state.sample_z(2000).std().item() == pytest.approx(1, abs=0.05)
