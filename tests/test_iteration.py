"""한 반복: 교과서의 루프와 비트까지 같고, 단계마다 멈춥니다."""

import copy

import pytest
import torch
from compare import batches, same, textbook_twin

from gan_lesson.config import LessonConfig
from gan_lesson.iteration import HISTORY_COLUMNS, PHASES, gan_iteration
from gan_lesson.objectives import LogitBCE, ProbabilityBCE
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.state import GanState

CONFIG = LessonConfig(batch_size=8, nz=16, ngf=8, ndf=8, ngpu=0)


@pytest.mark.parametrize(
    "config",
    [CONFIG, CONFIG.replace(image_size=64, nc=3, seed=3), CONFIG.replace(lr=0.01, beta1=0.9)],
    ids=["quick", "64px-color", "other-optimizer"],
)
def test_exact_path_equals_the_textbook_bit_for_bit(config):
    state, reals = GanState(config), batches(config, 5)
    twin, rows = textbook_twin(state, reals)
    statistics = [pick_engine("exact").run(state, [real]).tolist() for real in reals]
    # 가중치, Adam의 두 모멘트와 센 수, 배치 정규화의 통계, z의 난수까지 모두
    assert same(state.snapshot(), twin.snapshot())
    assert statistics == rows


def test_phases_come_in_the_documented_order_and_hold_detached_tensors():
    state = GanState(CONFIG)
    phases = list(gan_iteration(state, batches(CONFIG, 1)))
    assert [phase.name for phase in phases] == list(PHASES)
    seen = {name: value for phase in phases for name, value in phase.seen.items()}
    assert not any(value.requires_grad for value in seen.values())
    assert seen["real"].shape == seen["fake"].shape == (8, 1, 32, 32)
    assert seen["z"].shape == (8, 16) and seen["d_fake_after"].shape == (8,)
    assert state.iteration == 1


def changes(state, real, objective=None):
    """단계마다 무엇이 바뀌었는지: 단계 이름 → {"D", "G", "D.grad", "G.grad"}의 부분집합."""

    def look():
        nets = {"D": state.discriminator, "G": state.generator}
        found = {}
        for name, net in nets.items():
            found[name] = [p.detach().clone() for p in net.parameters()]
            found[f"{name}.grad"] = [
                torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in net.parameters()
            ]
        return found

    before, result = look(), {}
    for phase in gan_iteration(state, [real], objective):
        after = look()
        result[phase.name] = {name for name in after if not same(before[name], after[name])}
        before = after
    return result


def test_each_phase_changes_only_what_it_should():
    state = GanState(CONFIG)
    pick_engine("exact").run(state, batches(CONFIG, 1))
    changed = changes(state, batches(CONFIG, 2)[1])
    assert changed["d_step"] == {"D"}
    assert changed["g_step"] == {"G"}
    assert changed["real_backward"] == changed["fake_backward"] == {"D.grad"}
    assert "G.grad" in changed["g_backward"] and "D" not in changed["g_backward"]
    quiet = {"real_loss", "fake_make", "fake_forward", "fake_loss", "g_loss"}
    assert all(not changed[name] for name in quiet)


def test_part_one_accumulates_the_two_gradients():
    state = GanState(CONFIG)
    D, gradients, seen = state.discriminator, {}, {}
    for phase in gan_iteration(state, batches(CONFIG, 1)):
        seen.update(phase.seen)
        gradients[phase.name] = [p.grad.clone() for p in D.parameters() if p.grad is not None]
        if phase.name == "fake_backward":
            break
    # 두 손실의 합을 한 번에 역전파한 것과 같습니다.
    twin = copy.deepcopy(D)
    twin.zero_grad()
    loss = ProbabilityBCE()
    (loss.real_loss(twin(seen["real"])) + loss.fake_loss(twin(seen["fake"]))).backward()
    for p, both in zip(twin.parameters(), gradients["fake_backward"], strict=True):
        assert torch.allclose(p.grad, both, atol=1e-6)
    assert not same(gradients["real_backward"], gradients["fake_backward"])


def test_several_real_batches_update_d_several_times():
    state = GanState(CONFIG)
    names = [phase.name for phase in gan_iteration(state, batches(CONFIG, 3))]
    assert names.count("d_step") == 3 and names.count("g_step") == 1
    steps = [opt.state_dict()["state"][0]["step"] for opt in (state.optimizer_d, state.optimizer_g)]
    assert steps == [3, 1]


def test_statistics_are_probabilities_for_either_objective():
    for objective in (ProbabilityBCE(), LogitBCE()):
        row = pick_engine("exact").run(GanState(CONFIG), batches(CONFIG, 1), objective)
        assert row.shape == (len(HISTORY_COLUMNS),) and not row.requires_grad
        assert ((row[2:] > 0) & (row[2:] < 1)).all()
    exact = pick_engine("exact").run(GanState(CONFIG), batches(CONFIG, 1))
    assert torch.allclose(row, exact, atol=1e-5)
