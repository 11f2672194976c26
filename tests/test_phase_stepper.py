"""한 걸음씩: 학습과 비트까지 같고, 되감았다가 다시 가도 같습니다."""

import copy

import pytest
import torch
from compare import same
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.iteration import PHASES
from gan_lesson.labs.stepper.phases import LAST, PhaseStepper, loop_source
from gan_lesson.training import Trainer
from gan_lesson.training.state import GanState

TINY = LessonConfig(batch_size=4, nz=4, ngf=2, ndf=2, ngpu=0)


@pytest.fixture(scope="module")
def glyphs():
    return load_hangul(32, count=40, syllables="가나다")


def after(data, iterations):
    """``iterations``번 반복한 학습의 상태."""
    trainer = Trainer(TINY.replace(num_epochs=2), data=data)
    trainer.run(until=iterations, progress=False)
    return trainer.state.snapshot()


def test_stepper_and_trainer_agree_bit_for_bit_over_20_iterations(glyphs):
    stepper = PhaseStepper(TINY, glyphs)
    for _ in range(20 * LAST):
        stepper.next()
    assert stepper.position == LAST and stepper.state.iteration == 20 == stepper.iteration
    assert same(stepper.state.snapshot(), after(glyphs, 20))


def shown(stepper):
    """화면에 나오는 모든 것."""
    stop = stepper.stop
    return stop and [stop.seen, stop.gradients, stop.moved, stop.batch_norm]


class Walk(RuleBasedStateMachine):
    """다음, 이전, 한 반복을 아무 차례로나. 앞으로만 간 것과 언제나 같아야 합니다."""

    data = None
    memory = {}  # (반복, 자리) → (상태, 보이는 것). 처음 갔을 때 적어 둡니다.

    @initialize()
    def start(self):
        if Walk.data is None:
            Walk.data = load_hangul(32, count=40, syllables="가나다")
        self.stepper = PhaseStepper(TINY, Walk.data)

    @rule()
    def next(self):
        self.stepper.next()

    @rule()
    def step(self):
        self.stepper.step()
        assert self.stepper.position == LAST

    @precondition(lambda self: self.stepper.steps_back)
    @rule(count=st.integers(1, 15))
    def back(self, count):
        for _ in range(min(count, self.stepper.steps_back)):
            before = self.stepper.steps_back
            self.stepper.back()
            assert self.stepper.steps_back == before - 1

    @invariant()
    def same_place_same_state(self):
        stepper = self.stepper
        if stepper.position == 0 and stepper.state.iteration:
            return  # 남겨 둔 처음. 앞 반복의 끝과 상태는 같지만 보이는 것이 없습니다.
        place = (stepper.state.iteration, stepper.position)
        now = (stepper.state.snapshot(), copy.deepcopy(shown(stepper)))
        assert same(Walk.memory.setdefault(place, now), now)


Walk.TestCase.settings = settings(
    max_examples=settings().max_examples // 33, stateful_step_count=200, deadline=None
)
TestWalk = Walk.TestCase


def test_the_last_iterations_are_kept_and_no_more(glyphs):
    stepper = PhaseStepper(TINY, glyphs)
    for _ in range(8):
        stepper.step()
    kept = stepper.steps_back
    assert 20 <= kept < 8 * LAST and kept % LAST == 0
    for _ in range(kept):
        stepper.back()
    with pytest.raises(LessonError, match="최근"):
        stepper.back()
    assert stepper.state.iteration == 8 - kept // LAST


def test_the_very_beginning_is_explained(glyphs):
    stepper = PhaseStepper(TINY, glyphs)
    with pytest.raises(LessonError, match="여기가 처음"):
        stepper.back()
    stepper.next()
    stepper.back()
    assert stepper.phase is None and stepper.stop is None and stepper.iteration == 0


def test_what_is_seen_at_each_stop(glyphs):
    """보이는 것을 손으로 다시 계산한 것과 비교합니다."""
    stepper = PhaseStepper(TINY, glyphs)
    twin = GanState(TINY)
    moved, counts = {}, {}
    for name in PHASES:
        stepper.next()
        assert stepper.phase == name
        moved[name], counts[name] = stepper.stop.moved, stepper.stop.batch_norm
    gradients, seen = stepper.stop.gradients, stepper.stop.seen

    # D의 가중치는 d_step에서만, G의 가중치는 g_step에서만 움직입니다.
    names = list(PHASES)
    for i, name in enumerate(names):
        assert (moved[name]["D"] > 0) == (i >= names.index("d_step"))
        assert (moved[name]["G"] > 0) == (i >= names.index("g_step"))
    # 통계는 순전파가 모읍니다: D는 세 번, G는 한 번.
    assert [counts[name]["D"] for name in ("real_forward", "fake_forward", "g_step")] == [1, 2, 3]
    assert [counts[name]["G"] for name in ("real_forward", "fake_make", "g_step")] == [0, 1, 1]

    # 변화도: 진짜만, 가짜만 따로 역전파한 것과, 축적한 것
    bce = torch.nn.BCELoss()

    def norms(*batches):
        D = copy.deepcopy(twin.discriminator)
        for images, label in batches:
            bce(D(images), torch.full((len(images),), label)).backward()
        return [p.weight.grad.norm().item() for p in D.main if hasattr(p, "weight")]

    real, fake = (seen["real"], 1.0), (seen["fake"], 0.0)
    for key, batches in {"D 진짜": [real], "D 가짜": [fake], "D 합": [real, fake]}.items():
        assert [norm for _, norm in gradients[key]] == pytest.approx(norms(*batches), rel=1e-4)
    assert len(gradients["G"]) == sum(hasattr(layer, "weight") for layer in twin.generator.main)
    assert seen["d_real"].shape == seen["d_fake_after"].shape == (4,)


def test_a_failed_iteration_is_dropped_whole(glyphs, monkeypatch):
    """메모리가 모자랐을 때. 앞 반복의 끝을 다시 볼 수 있고, 이어 가면 실패가 없었던 것과 같습니다."""
    stepper = PhaseStepper(TINY, glyphs)
    for _ in range(2):
        stepper.step()
    end, seen = stepper.state.snapshot(), copy.deepcopy(shown(stepper))
    with monkeypatch.context() as broken:
        broken.setattr(stepper.objective, "generator_loss", lambda score: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stepper.step()
    assert stepper.position == 0 and same(stepper.state.snapshot(), end)
    assert stepper.steps_back == 2 * LAST + 1
    stepper.back()
    assert same(stepper.state.snapshot(), end) and same(shown(stepper), seen)
    for _ in range(2 * LAST):
        stepper.back()
    assert stepper.steps_back == 0 == stepper.state.iteration
    for _ in range(3):
        stepper.step()
    assert same(stepper.state.snapshot(), after(glyphs, 3))


def test_every_phase_has_its_own_lines_of_the_loop():
    lines = [line for part in loop_source().values() for line in part]
    owners = [phase for _, phase in lines if phase]
    assert list(dict.fromkeys(owners)) == list(PHASES)
    text = {name: "\n".join(t for t, phase in lines if phase == name) for name in PHASES}
    assert text["real_backward"].strip() == "loss_real.backward()"
    assert "zero_grad" in text["real_forward"] and "detach" in text["fake_forward"]
    assert text["d_step"].strip() == "state.optimizer_d.step()"
    assert not any("yield" in t for t, _ in lines)
