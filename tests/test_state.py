"""학습의 상태: 시드, 사본과 되돌리기, 흔적 없는 표본."""

import pytest
import torch
from compare import same

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.models import evaluating
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.state import GanState, pick_device


def advance(state, seed, engine="exact"):
    real = torch.randn(8, 1, 32, 32, generator=torch.Generator().manual_seed(seed))
    return pick_engine(engine).run(state, [real])


def test_seed_decides_everything_and_global_random_state_is_untouched(tiny):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    a = GanState(tiny)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    b = GanState(tiny)
    assert same(a.snapshot(), b.snapshot()) and torch.equal(a.fixed_noise, b.fixed_noise)
    assert torch.equal(a.sample_z(3), b.sample_z(3))
    other = GanState(tiny.replace(seed=1))
    assert not torch.equal(a.fixed_noise, other.fixed_noise)
    assert not torch.equal(a.generator.main[0].weight, other.generator.main[0].weight)


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_restore_goes_back_exactly_and_more_than_once(tiny, engine):
    state = GanState(tiny)
    pick_engine(engine).prepare(state)
    advance(state, 0, engine)
    saved = state.snapshot()
    first = [advance(state, i, engine) for i in (1, 2)]
    after = state.snapshot()
    for _ in range(2):
        state.restore(saved)
        assert same(state.snapshot(), saved) and state.iteration == 1
        again = [advance(state, i, engine) for i in (1, 2)]
        assert same(again, first) and same(state.snapshot(), after)


def test_sampling_leaves_no_trace(tiny):
    state = GanState(tiny)
    advance(state, 0)
    before, global_before = state.snapshot(), torch.get_rng_state()
    pictures = state.sample()
    assert pictures.shape == (64, 1, 32, 32) and not pictures.requires_grad
    assert same(state.snapshot(), before) and torch.equal(torch.get_rng_state(), global_before)
    assert state.generator.training
    # 평가 모드이므로 z 하나의 그림은 같은 배치의 다른 z에 기대지 않습니다.
    alone = state.sample(state.fixed_noise[:1])
    assert torch.allclose(alone[0], pictures[0], atol=1e-5)


def test_evaluating_restores_each_layers_own_mode():
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(2), torch.nn.ReLU())
    network[0].eval()
    with pytest.raises(KeyError), evaluating(network):
        assert not any(module.training for module in network.modules())
        raise KeyError
    assert network.training and network[1].training and not network[0].training


def pretend(monkeypatch, kind, count):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: count)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device(kind))


@pytest.mark.parametrize("kind", ["cuda", "mps", "xpu"])
def test_ngpu_counts_whatever_accelerator_is_there(monkeypatch, kind):
    pretend(monkeypatch, kind, 2)
    assert pick_device(1) == torch.device(kind) and pick_device(0) == torch.device("cpu")
    assert LessonConfig().ngpu == 1
    with pytest.raises(LessonError, match="GPU는 2개입니다.*ngpu=2 이하"):
        pick_device(3)
    pretend(monkeypatch, kind, 0)
    assert LessonConfig().ngpu == 0
    with pytest.raises(LessonError, match="GPU는 0개입니다.*ngpu=0"):
        GanState(LessonConfig(ngpu=1))
