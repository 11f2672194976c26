"""가속기에서 하듯이: 흉내 낸 장치(``standin.py``)에서 자리를 틀리는 곳이 없고, CPU와 같은 수가 나옵니다."""

import copy

import numpy as np
import pytest
import torch
from compare import everything, flat, same
from matplotlib.figure import Figure
from standin import DEVICE, Held, present, unavailable

from gan_lesson import textbook
from gan_lesson.__main__ import main
from gan_lesson.base.devices import describe, free_memory, pick_device
from gan_lesson.base.errors import LessonWarning
from gan_lesson.config import IMPROVEMENTS, LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import Batches, copy_to, epoch_batches, to_unit_range
from gan_lesson.environment import device_name
from gan_lesson.labs.dashboard import Dashboard
from gan_lesson.labs.image_failures import CONFIG as SMALL
from gan_lesson.labs.image_failures import advance, start
from gan_lesson.labs.latent.widget import MODES, LatentExplorer
from gan_lesson.labs.layers.inspection import gradient_norms, layer_outputs
from gan_lesson.labs.layers.picture import network_picture
from gan_lesson.labs.live_picture import LivePicture
from gan_lesson.labs.points.widget import Lab2D
from gan_lesson.labs.replay.recording import Recording
from gan_lesson.labs.replay.widget import Scrubber
from gan_lesson.labs.stepper.phases import LAST, PhaseStepper
from gan_lesson.labs.stepper.widget import Stepper
from gan_lesson.metrics import plots as quality_plots
from gan_lesson.metrics.bundled import load_quick_generator
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.models import generate
from gan_lesson.objectives import ProbabilityBCE
from gan_lesson.plots import (
    fixed_noise_through_time,
    png_bytes,
    real_beside_fake,
    runs_through_time,
    sample_grid,
    snapshots_gif,
    training_curves,
)
from gan_lesson.state import GanState
from gan_lesson.training import Trainer, engine
from gan_lesson.training.diagnosis import advice, examine
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.saving.resume import PeriodicCheckpoint, resume_trainer, save_trainer
from gan_lesson.training.scaling.speed import Steps

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))

TINY = LessonConfig(batch_size=8, nz=8, ngf=4, ndf=4, num_epochs=2, ngpu=0)
THERE = TINY.replace(ngpu=1)
WAYS = ("exact", "fast")
IMPROVED = ((), tuple(IMPROVEMENTS))  # 아무것도 더하지 않은 학습과 모두 더한 학습


@pytest.fixture
def accelerator():
    with present() as found:
        yield found


def brought_back(value):
    """상태에 든 것을 모두 CPU로. 난수의 상태는 장치마다 꼴이 달라 앞의 것만 비교합니다."""
    leaves = [leaf.detach().cpu() if torch.is_tensor(leaf) else leaf for leaf in flat(value)]
    return [leaf[:5056] if torch.is_tensor(leaf) and leaf.dtype == torch.uint8 and leaf.ndim == 1 else leaf for leaf in leaves]  # fmt: skip


def equal(a, b):
    return same(brought_back(a), brought_back(b))


def trained(config, data, until=6, way="exact", moments=(0, 3)):
    trainer = Trainer(config, data=data, engine=way, moments=moments)
    trainer.run(until=until, progress=False)
    return trainer


# 흉내 낸 장치가 정말로 거절하고 세는지


def held(*shape):
    return torch.ones(shape, device=DEVICE)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: held(3) + torch.ones(3), "same device"),
        (lambda: torch.ones(3).add_(held(3)), "same device"),
        (lambda: torch.ones(()).add_(held()), "same device"),
        (lambda: torch.cat([held(3), torch.ones(3)]), "same device"),
        (lambda: held(3)[None] @ torch.ones(3, 2), "same device"),
        (lambda: torch.nn.Linear(3, 2)(held(1, 3)), "same device"),
        (lambda: torch.where(torch.ones(3) > 0, held(3), 0.0), "same device"),
        (lambda: held(3).index_select(0, torch.tensor([0])), "same device"),
        (lambda: torch.ones(3)[torch.arange(2, device=DEVICE)], "same device"),
        (lambda: held(3).masked_fill(torch.ones(3) > 0, 0.0), "same device"),
        (lambda: held(3).numpy(), "convert standin"),
        (lambda: np.asarray(held(3)), "convert standin"),
        (lambda: held(3).double(), "float64"),
        (lambda: torch.tensor([1.0], dtype=torch.float64, device=DEVICE), "float64"),
        (lambda: torch.randn(2, generator=torch.Generator(DEVICE)), "Expected a 'cpu'"),
        (lambda: torch.ones(2).normal_(generator=torch.Generator(DEVICE)), "Expected a 'cpu'"),
        (lambda: torch.randn(2, generator=torch.Generator(), device=DEVICE), "Expected a 'standin'"),
        (lambda: torch.randperm(2, generator=torch.Generator(), device=DEVICE), "Expected a 'standin'"),
        (lambda: torch.Generator().set_state(torch.Generator(DEVICE).get_state()), "RNG state"),
        (lambda: torch.Generator(DEVICE).set_state(torch.Generator().get_state()), "RNG state"),
    ],
)  # fmt: skip
def test_the_device_refuses_what_an_accelerator_refuses(accelerator, mistake, message):
    with pytest.raises((RuntimeError, TypeError), match=message):
        mistake()


@pytest.mark.parametrize(
    ("act", "waits"),
    [
        (lambda x: x.sum().item(), 1),
        (lambda x: x.tolist(), 1),
        (lambda x: x.cpu(), 1),
        (lambda x: x.to("cpu", non_blocking=True), 1),
        (lambda x: bool((x > 0).all()), 1),
        (lambda x: f"{x.mean():.3f}", 1),
        (lambda x: torch.equal(x, x), 1),
        (lambda x: x[x > 0], 1),
        (lambda x: x.nonzero(), 1),
        (lambda x: x[torch.tensor([0, 1])], 1),
        (lambda x: x[[0, 1]], 1),
        (lambda x: x.copy_(torch.ones(3)), 1),
        (lambda x: torch.ones(3).to(DEVICE), 1),
        (lambda x: torch.tensor([1.0], device=DEVICE), 1),
        (lambda x: torch.zeros(3).copy_(x), 1),
        (lambda x: x[torch.arange(2, device=DEVICE)], 0),
        (lambda x: x.__setitem__(x > 0, 0.0), 0),
        (lambda x: x.add_(1.0).mul(torch.tensor(2.0)).clamp(0, 1).to(torch.uint8), 0),
        (lambda x: torch.where(x > 0, x, torch.zeros_like(x)).masked_fill(x > 0, 0.0), 0),
        (lambda x: torch.randn(3, generator=torch.Generator(DEVICE), device=DEVICE), 0),
        (lambda x: torch.stack([x, x.new_zeros(3), torch.full_like(x, 2.0)]).to(DEVICE).detach(), 0),
    ],
)
def test_the_device_counts_what_makes_the_cpu_wait(accelerator, act, waits):
    x = held(3)
    accelerator.waits.clear()
    act(x)
    assert len(accelerator.waits) == waits, accelerator.waits


def test_the_device_computes_what_the_cpu_computes(accelerator):
    """모양을 바꾼 것과 제자리 연산이 같은 메모리를 보고, 변화도도 같습니다."""
    found = []
    for device in ("cpu", DEVICE):
        rng = torch.Generator(device).manual_seed(3)
        x = torch.randn(4, 6, generator=rng, device=device)
        x[1:3].t()[0].mul_(2.0)
        x.view(2, 12)[1] = 5.0
        x.requires_grad_(True)
        loss = (x.unfold(1, 2, 2).tanh() * x[:, ::2, None]).square().mean()
        loss.backward()
        twin = copy.deepcopy(x)
        found.append([x, loss, x.grad, twin, x.to(memory_format=torch.contiguous_format)])
    assert equal(*found) and isinstance(found[1][1], Held) and found[1][2].device == x.device


def test_the_accelerator_is_there_only_inside_these_tests(request):
    assert not torch.accelerator.is_available() and torch.accelerator.device_count() == 0
    assert LessonConfig().ngpu == 0 and type(torch.Generator()) is torch.Generator
    request.getfixturevalue("accelerator")
    assert LessonConfig().ngpu == 1 and pick_device(1) == torch.device(DEVICE)
    assert "흉내" in describe(torch.device(DEVICE)) and "1개" in device_name()
    assert free_memory(torch.device(DEVICE)) > 0


# 학습


@pytest.mark.parametrize("improve", IMPROVED)
@pytest.mark.parametrize("way", WAYS)
def test_iterations_are_the_same_numbers(accelerator, glyphs, way, improve):
    found = []
    for config in (TINY, THERE):
        state, path = GanState(config, improve=improve), pick_engine(way)
        path.prepare(state)
        rows = [path.run(state, [real]) for real in epoch_batches(glyphs, 8)]
        z = torch.linspace(-1, 1, 16).view(2, 8)  # CPU에서 뽑은 z도 받습니다.
        found.append([rows, state.snapshot(), state.sample(), state.sample(z), state.sample_z(3)])
    assert all(row.device.type == DEVICE for row in rows) and state.fixed_noise.device.type == DEVICE
    assert equal(*found)


@pytest.mark.parametrize("improve", IMPROVED)
@pytest.mark.parametrize("way", WAYS)
def test_no_iteration_makes_the_cpu_wait(accelerator, way, improve):
    trainer = Trainer(THERE, data=load_hangul(count=240), engine=way, moments=(), improve=improve)
    assert trainer.batches._held.device.type == DEVICE
    stream = trainer.stream()
    next(stream)  # 에폭의 순서를 한 번 올립니다.
    with accelerator.no_waiting():
        for _ in range(18):
            next(stream)
    next(stream)  # 20번째: 모아 둔 통계를 읽습니다.
    assert accelerator.waits[-1].startswith("_to_copy")


@pytest.mark.parametrize("way", WAYS)
def test_training_keeps_the_same_history_and_pictures(accelerator, glyphs, way, monkeypatch):
    here, there = (trained(config, glyphs, until=8, way=way) for config in (TINY, THERE))
    assert equal(everything(here), everything(there))
    kept = [*there.snapshots.values(), *flat(list(there.judgements.values()))]
    assert all(tensor.device.type == "cpu" for tensor in kept)
    assert examine(here) == examine(there) and advice(here) == advice(there)
    # 장치에 들어가지 않으면 배치마다 파일에서 읽어 보냅니다.
    monkeypatch.setattr("gan_lesson.data.images.free_memory", lambda device: 0)
    sent = trained(THERE, glyphs, until=8, way=way)
    assert sent.batches._held is None and equal(everything(sent), everything(there))


def test_pictures_held_there_are_the_same_batches(accelerator, glyphs):
    kept = copy_to(glyphs.images, torch.device(DEVICE), chunk=16)
    assert kept.device.type == DEVICE and torch.equal(kept.cpu(), torch.from_numpy(np.array(glyphs.images)))
    places = torch.device(DEVICE), None
    ours, theirs = (list(Batches(glyphs, TINY, device=place).epoch(2)) for place in places)
    assert ours[0].device.type == DEVICE and equal(ours, theirs)


@pytest.mark.parametrize("way", WAYS)
def test_snapshots_bring_the_state_back(accelerator, glyphs, way):
    trainer = trained(THERE, glyphs, until=3, way=way)
    kept = trainer.state.snapshot()
    rows = []
    for _ in range(2):
        trainer.state.restore(kept)
        trainer.run(until=6, progress=False)
        rows.append([brought_back(trainer.state.snapshot()), trainer.history.rows[-3:]])
    assert same(*rows)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("first", "then"), [(0, 1), (1, 0), (1, 1)])
def test_checkpoints_go_from_one_device_to_the_other(accelerator, glyphs, tmp_path, way, first, then):
    saved = trained(TINY.replace(ngpu=first), glyphs, until=4, way=way)
    save_trainer(saved, tmp_path)
    if first == then:
        again = resume_trainer(tmp_path, data=glyphs)
    else:
        with pytest.warns(LessonWarning, match="장치"):
            again = resume_trainer(tmp_path, data=glyphs, ngpu=then)
    assert again.state.device.type == (DEVICE if then else "cpu")
    networks = [
        {**t.state.generator.state_dict(), **t.state.optimizer_d.state_dict()} for t in (saved, again)
    ]
    assert equal(*networks)
    again.run(progress=False, on_iteration=PeriodicCheckpoint(tmp_path, every=0))
    assert again.finished and len(again.history) == again.total
    if first == then:
        assert equal(everything(again)[0], everything(trained(THERE, glyphs, until=10, way=way))[0])


def test_command_line_trains_there_and_measures_here(accelerator, tmp_path, capsys, monkeypatch):
    data = load_hangul(count=120)
    monkeypatch.chdir(tmp_path)
    for room in ("commands.train", "commands.evaluate"):
        monkeypatch.setattr(f"gan_lesson.{room}.load_images", lambda config, progress=None: data)
    sizes = ["--batch_size=60", "--ngf=4", "--ndf=4", "--nz=8", "--num_epochs=1"]
    assert main(["train", "--out", "run", *sizes]) == 0
    assert f"장치 {DEVICE}" in capsys.readouterr().out
    assert main(["sample", "--run", "run", "--count=5"]) == 0
    assert main(["evaluate", "--run", "run", "--count=100"]) == 0
    assert main(["train", "--resume", "run", "--num_epochs=2", "--ngpu=0"]) == 0
    assert main(["info"]) == 0
    assert "흉내" in capsys.readouterr().out


def test_textbook_trains_there(accelerator, tmp_path, capsys, glyphs):
    textbook.main(epochs=1, folder=tmp_path, data=glyphs)
    assert (tmp_path / "epoch_1.png").is_file() and (tmp_path / "generator.safetensors").is_file()


def test_small_failing_gan_stays_on_the_cpu_but_can_move(accelerator, glyphs):
    assert start(glyphs).state.device.type == "cpu"
    there = Trainer(SMALL.replace(ngpu=1), data=glyphs, engine="fast", moments=(0,))
    advance(there, {"d": 0.005, "g": 0.00002}, 4)
    signs = examine(there)
    assert signs.diversity > 0 and signs == examine(there)
    steps = Steps(THERE, pick_engine("fast"))
    steps(2)
    assert accelerator.waits[-1] == "synchronize" and steps.real.device.type == DEVICE


# 자리를 하나씩 틀려 보면 모두 들킵니다.


def _leave_the_batch(patch, trainer):
    patch.setattr(engine.Engine, "_place", lambda self, state, batches: [real.cpu() for real in batches])


def _leave_the_labels(patch, trainer):
    bce = torch.nn.functional.binary_cross_entropy
    patch.setattr(ProbabilityBCE, "fake_loss", lambda self, score: bce(score, torch.zeros(len(score))))


def _leave_the_fixed_noise(patch, trainer):
    trainer.state.fixed_noise = trainer.state.fixed_noise.cpu()


def _leave_the_generator(patch, trainer):
    trainer.state.rng = torch.Generator()


def _mix_the_generator(patch, trainer):
    cpu = torch.Generator()
    patch.setattr(GanState, "sample_z", lambda self, n: torch.randn(n, 8, generator=cpu, device=self.device))


def _leave_the_steps(patch, trainer):
    for moments in trainer.state.optimizer_d.state.values():
        moments["step"] = moments["step"].cpu()


def _forget_to_bring_answers(patch, trainer):
    there = trainer.state.device
    trainer.judgements = {i: tuple(a.to(there) for a in pair) for i, pair in trainer.judgements.items()}


def _use_float64(patch, trainer):
    patch.setattr(ProbabilityBCE, "real_loss", lambda self, score: -score.double().log().mean())


def _ask_for_a_number(patch, trainer):
    patch.setattr(engine, "_average_the_rest", lambda state, row: row.sum().item())


def _choose_by_a_mask(patch, trainer):
    patch.setattr(ProbabilityBCE, "real_loss", lambda self, score: -score[score > 0].log().mean())


def _index_from_the_cpu(patch, trainer):
    def epoch(self, number=0, start=0):
        return (to_unit_range(self._held[pick]) for pick in self._picks(number)[start:])

    patch.setattr(Batches, "epoch", epoch)


def _make_a_tensor_of_a_number(patch, trainer):
    patch.setattr(engine, "_average_the_rest", lambda state, row: torch.tensor([1.0], device=state.device))


@pytest.mark.parametrize(
    ("mistake", "way", "error", "message"),
    [
        (_leave_the_batch, "exact", RuntimeError, "same device"),
        (_leave_the_labels, "exact", RuntimeError, "same device"),
        (_leave_the_fixed_noise, "exact", RuntimeError, "same device"),
        (_leave_the_generator, "fast", RuntimeError, "same device"),
        (_mix_the_generator, "fast", RuntimeError, "Expected a 'standin'"),
        (_leave_the_steps, "fast", RuntimeError, "same device"),
        (_forget_to_bring_answers, "exact", TypeError, "convert standin"),
        (_use_float64, "exact", TypeError, "float64"),
        (_ask_for_a_number, "fast", AssertionError, "기다렸습니다"),
        (_choose_by_a_mask, "exact", AssertionError, "기다렸습니다"),
        (_index_from_the_cpu, "fast", AssertionError, "기다렸습니다"),
        (_make_a_tensor_of_a_number, "fast", AssertionError, "기다렸습니다"),
    ],
)
def test_every_kind_of_mistake_is_noticed(accelerator, glyphs, monkeypatch, mistake, way, error, message):
    def learn():
        trainer = Trainer(THERE, data=glyphs, engine=way, moments=(0, 3))
        stream = trainer.stream()
        next(stream)
        return trainer, stream

    def go_on(trainer, stream):
        trainer.moments.clear()
        with accelerator.no_waiting():
            next(stream)
        trainer.state.sample()
        Scrubber(trainer)

    go_on(*learn())  # 틀리지 않으면 조용합니다.
    trainer, stream = learn()
    mistake(monkeypatch, trainer)
    if mistake is _index_from_the_cpu:
        stream = trainer.stream()
        next(stream)
    with pytest.raises(error, match=message):
        go_on(trainer, stream)


# 실험실


def test_phase_stepper_walks_and_rewinds(accelerator, glyphs):
    here, there = (PhaseStepper(config, data=glyphs) for config in (TINY, THERE))
    walk = ["next"] * (LAST + 5) + ["back"] * 9 + ["next"] * 3 + ["step", "step"] + ["back"] * LAST
    for i, move in enumerate(walk):
        for stepper in (here, there):
            getattr(stepper, move)()
        if i % 7 == 0:
            assert equal(here.state.snapshot(), there.state.snapshot())
        assert equal([vars(here.stop)] if here.stop else [], [vars(there.stop)] if there.stop else [])
    assert here.memory_bytes + 8 * len(there._starts) == there.memory_bytes  # 난수의 상태만 다릅니다.


def test_stepper_asks_and_draws(accelerator, glyphs):
    stepper = Stepper(THERE, glyphs)
    for _ in range(LAST + 1):
        if stepper.quiz.question is None:
            stepper.next()
        else:
            stepper.predict(next(iter(stepper.quiz.question.choices)))
    assert stepper.quiz.asked == 5 and DEVICE in stepper.picture.value
    stepper.back()
    assert isinstance(stepper.figure(), Figure)


def test_points_stay_on_the_cpu(accelerator):
    lab = Lab2D()
    lab.step(3)
    lab.step_d()
    lab.back(2)
    assert lab.gan.state.device.type == "cpu" and isinstance(lab.figure(), Figure)
    assert not accelerator.waits


def test_dashboard_goes_on(accelerator, glyphs):
    dashboards = [Dashboard(trained(config, glyphs)) for config in (TINY, THERE)]
    for dashboard in dashboards:
        dashboard.step(2)
        dashboard.set_lr(d=0.001)
        dashboard.step()
    here, there = dashboards
    assert here.picture.value == there.picture.value and isinstance(there.figure(), Figure)


def test_recordings_are_the_same_bytes(accelerator, glyphs, tmp_path):
    trainers = [trained(config, glyphs) for config in (TINY, TINY.replace(ngpu=1))]
    scrubbers = [Scrubber(trainer) for trainer in trainers]
    for scrubber in scrubbers:
        scrubber.go(0)
        scrubber.answer([True] * 10)
    assert scrubbers[0].picture.value == scrubbers[1].picture.value
    assert isinstance(scrubbers[1].figure(), Figure)
    for i, trainer in enumerate(trainers):
        trainer.config, trainer.seconds = TINY, 1.0
        Recording.of(trainer, "장치").save(tmp_path / f"{i}.zip")
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    Scrubber(Recording.load(tmp_path / "1.zip"))


def test_latent_explorer_with_a_generator_there(accelerator):
    real = load_hangul(32, count=120).take(range(120))
    explorers = [LatentExplorer(load_quick_generator().to(device), real) for device in ("cpu", DEVICE)]
    for mode in MODES.values():
        for explorer in explorers:
            explorer.show(mode)
        assert explorers[0].picture.value == explorers[1].picture.value
        assert png_bytes(explorers[1].figure(), 30) == png_bytes(explorers[0].figure(), 30)


def test_pictures_are_drawn_from_tensors_there(accelerator, glyphs):
    here = glyphs.take(range(16))
    there, words = here.to(DEVICE), list("가나다라마바사아자차카타파하거너")
    raw = ((there + 1) * 127.5).to(torch.uint8)
    assert equal(vars(read(there)), vars(read(here)))
    figures = {
        "그림판": lambda x: sample_grid(x),
        "나란히": lambda x: real_beside_fake(here, x),
        "글": lambda x: quality_plots.pictures_with_words(x, words),
        "읽은 것": lambda x: quality_plots.reading_board(x, read(x), words),
        "이웃": lambda x: quality_plots.beside_neighbours(x, x, torch.arange(16)),
        "시간": lambda x: fixed_noise_through_time({0: x, 5: x}),
        "여러 학습": lambda x: runs_through_time({"ㄱ": {0: x}, "ㄴ": {0: x}}, [0]),
    }
    for name, draw in figures.items():
        assert png_bytes(draw(there), 30) == png_bytes(draw(here), 30), name
    assert snapshots_gif({0: raw, 3: raw}, 3) == snapshots_gif({0: raw.cpu(), 3: raw.cpu()}, 3)
    trainer = trained(THERE, glyphs, until=2)
    assert isinstance(training_curves(trainer.history), Figure)
    trainer.run(until=3, progress=False, on_snapshot=LivePicture())
    G, D = trainer.state.generator, trainer.state.discriminator
    assert equal(layer_outputs(D, there), layer_outputs(copy.deepcopy(D).cpu(), here))
    assert all(isinstance(norm, float) for _, norm in gradient_norms(D))
    assert isinstance(network_picture(G, trainer.state.sample_z(2), "G", "z", "G(z)"), Figure)
    assert equal(generate(G.eval(), trainer.state.fixed_noise), trainer.state.sample())
