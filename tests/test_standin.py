"""가속기에서 하듯이: 흉내 낸 장치(``standin.py``)에서 자리를 틀리는 곳이 없고, CPU와 같은 수가 나옵니다."""

import pytest
import torch
from compare import everything, flat, same
from standin import DEVICE, present, unavailable

from gan_lesson import textbook
from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonWarning
from gan_lesson.config import IMPROVEMENTS, LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.dashboard import Dashboard
from gan_lesson.labs.latent.widget import LatentExplorer
from gan_lesson.labs.live_picture import LivePicture
from gan_lesson.labs.points.widget import Lab2D
from gan_lesson.labs.replay.widget import Scrubber
from gan_lesson.labs.stepper.phases import LAST, PhaseStepper
from gan_lesson.labs.stepper.widget import Stepper
from gan_lesson.metrics import plots as quality_plots
from gan_lesson.metrics.bundled import load_quick_generator
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.plots import png_bytes, real_beside_fake, sample_grid, snapshots_gif
from gan_lesson.training import Trainer
from gan_lesson.training.diagnosis import advice, examine
from gan_lesson.training.saving.resume import PeriodicCheckpoint, resume_trainer, save_trainer

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
    return [x[:5056] if torch.is_tensor(x) and x.dtype == torch.uint8 and x.ndim == 1 else x for x in leaves]


def equal(a, b):
    return same(brought_back(a), brought_back(b))


def trained(config, data, until=6, way="exact", **options):
    trainer = Trainer(config, data=data, engine=way, moments=(0, 3), **options)
    trainer.run(until=until, progress=False)
    return trainer


@pytest.mark.parametrize("improve", IMPROVED)
@pytest.mark.parametrize("way", WAYS)
def test_no_iteration_makes_the_cpu_wait(accelerator, way, improve):
    trainer = Trainer(THERE, data=load_hangul(count=240), engine=way, moments=(), improve=improve)
    stream = trainer.stream()
    next(stream)  # 에폭의 순서를 한 번 올립니다.
    accelerator.waits.clear()
    for _ in range(18):
        next(stream)
    assert not accelerator.waits
    next(stream)  # 20번째: 모아 둔 통계를 읽습니다.
    assert accelerator.waits[-1].startswith("_to_copy")


@pytest.mark.parametrize("improve", IMPROVED)
@pytest.mark.parametrize("way", WAYS)
def test_training_keeps_the_same_numbers_history_and_pictures(accelerator, glyphs, way, improve, monkeypatch):
    here, there = (trained(config, glyphs, 8, way, improve=improve) for config in (TINY, THERE))
    assert equal(everything(here), everything(there)) and there.state.fixed_noise.device.type == DEVICE
    kept = [*there.snapshots.values(), *flat(list(there.judgements.values()))]
    assert all(tensor.device.type == "cpu" for tensor in kept)
    assert examine(here) == examine(there) and advice(here) == advice(there)
    # 장치에 들어가지 않으면 배치마다 파일에서 읽어 보냅니다.
    monkeypatch.setattr("gan_lesson.data.images.free_memory", lambda device: 0)
    assert equal(everything(trained(THERE, glyphs, 8, way, improve=improve)), everything(there))
    z = torch.linspace(-1, 1, 16).view(2, 8)  # CPU에서 뽑은 z도 받습니다.
    assert equal(*([t.state.sample(), t.state.sample(z), t.state.sample_z(3)] for t in (here, there)))


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
    for room in ("commands.train", "commands.generator"):
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


def test_widgets_run_there(accelerator, glyphs):
    here, there = (PhaseStepper(config, data=glyphs) for config in (TINY, THERE))
    for move in ["next"] * (LAST + 5) + ["back"] * 9 + ["step"] * 2 + ["back"] * LAST:
        getattr(here, move)()
        getattr(there, move)()
    assert equal(here.state.snapshot(), there.state.snapshot()) and equal(
        here.stop._asdict(), there.stop._asdict()
    )
    stepper = Stepper(THERE, glyphs)
    for _ in range(LAST + 1):
        asked = stepper.quiz.question
        stepper.predict(next(iter(asked.choices))) if asked else stepper.next()
    stepper.back()
    assert stepper.quiz.asked == 5 and DEVICE in stepper.picture.value
    here, there = (trained(config, glyphs) for config in (TINY, THERE))
    for widget in (dashboards := [Dashboard(trainer) for trainer in (here, there)]):
        widget.step(2)
        widget.set_lr(d=0.001)
        widget.step()
    for widget in (scrubbers := [Scrubber(trainer) for trainer in (here, there)]):
        widget.go(0)
        widget.answer([True, False] * 5)
    real = load_hangul(32, count=120).take(range(120))
    explorers = [LatentExplorer(load_quick_generator().to(device), real) for device in ("cpu", DEVICE)]
    for one, other in (dashboards, scrubbers, explorers):
        assert one.picture.value == other.picture.value
    accelerator.waits.clear()
    Lab2D().step(3)  # 점의 실험실은 CPU에서 합니다.
    assert not accelerator.waits


def test_pictures_are_drawn_from_tensors_there(accelerator, glyphs):
    here = glyphs.take(range(16))
    there, words = here.to(DEVICE), list("가나다라마바사아자차카타파하거너")
    raw = ((there + 1) * 127.5).to(torch.uint8)
    assert equal(vars(read(there)), vars(read(here)))
    figures = {
        "그림판": lambda x: sample_grid(x),
        "나란히": lambda x: real_beside_fake(here, x),
        "읽은 것": lambda x: quality_plots.reading_board(x, read(x), words),
        "이웃": lambda x: quality_plots.beside_neighbours(x, x, torch.arange(16)),
    }
    for name, draw in figures.items():
        assert png_bytes(draw(there), 30) == png_bytes(draw(here), 30), name
    assert snapshots_gif({0: raw, 3: raw}, 3) == snapshots_gif({0: raw.cpu(), 3: raw.cpu()}, 3)
    trained(THERE, glyphs, until=2).run(until=3, progress=False, on_snapshot=LivePicture())
