"""엔진: 길이 달라도 배우는 것은 같습니다. 같은 시험을 GPU에서도 합니다(scripts/bench.py --gpu-check)."""

import pytest
import torch
from compare import batches, same, textbook_twin

from gan_lesson.base.errors import LessonError
from gan_lesson.config import ENGINE_MEANINGS, IMPROVEMENTS, LessonConfig
from gan_lesson.data import images
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import on_device_if_it_fits
from gan_lesson.objectives import ProbabilityBCE
from gan_lesson.training import Trainer
from gan_lesson.training.engine import ENGINES, Engine, pick_engine
from gan_lesson.training.saving.resume import resume_trainer, save_trainer
from gan_lesson.training.state import GanState

CONFIG = LessonConfig(batch_size=8, nz=16, ngf=8, ndf=8, ngpu=0)
on_gpu = [
    pytest.mark.gpu,
    pytest.mark.skipif(torch.cuda.device_count() == 0, reason="이 컴퓨터에 GPU가 없습니다"),
]
# (장치, 엔진): 그 장치에서 돌 수 있는 것
PATHS = [
    *(("cpu", name) for name in ("exact", "fast")),
    *(pytest.param("cuda", name, marks=on_gpu) for name in ENGINES),
]


@pytest.fixture(autouse=True)
def plain_float32():
    """GPU의 합성곱은 기본이 TF32(가수 10비트)이고 더하는 차례가 돌 때마다 다를 수 있어, 비교할 때는 끕니다."""
    cudnn = torch.backends.cudnn
    before = cudnn.allow_tf32, cudnn.deterministic
    cudnn.allow_tf32, cudnn.deterministic = False, True
    yield
    cudnn.allow_tf32, cudnn.deterministic = before


def weights(state):
    networks = state.generator, state.discriminator
    return torch.cat([p.detach().cpu().flatten() for net in networks for p in net.parameters()])


@pytest.mark.parametrize(("device", "engine"), PATHS)
def test_every_path_learns_the_same_as_the_textbook(device, engine):
    state, engine = GanState(CONFIG, device), pick_engine(engine)
    start, reals = weights(state), batches(CONFIG, 5, device)
    twin, rows = textbook_twin(state, reals)
    engine.prepare(state)
    statistics = torch.stack([engine.run(state, [real]) for real in reals]).cpu()
    moved = (weights(twin) - start).abs().mean()
    apart = (weights(state) - weights(twin)).abs().mean()
    # Adam은 한 번에 약 lr = 0.0002씩 움직입니다.
    assert moved > 3e-4
    assert apart < 0.02 * moved  # 더하는 차례만 다릅니다. 수식이 다르면 1에 가깝습니다.
    assert torch.allclose(statistics, torch.tensor(rows), atol=2e-3) and state.iteration == 5


@pytest.mark.parametrize("improve", [(), tuple(IMPROVEMENTS)], ids=["plain", "improved"])
@pytest.mark.parametrize("device", [pytest.param("cuda", marks=on_gpu)])
def test_graph_replays_what_fast_does(device, improve):
    """녹화(4번째 반복)를 지나고, 학습률을 바꾸거나 옛 상태로 되돌려 다시 녹화해도. 잡음의 크기는 되풀이마다 다릅니다."""
    found = {}
    for name in ("fast", "graph"):
        state, engine = GanState(CONFIG, device, improve=improve), pick_engine(name)
        state.total = 30
        engine.prepare(state)
        rows = []
        for i, real in enumerate(batches(CONFIG, 30, device)):
            if i == 10:
                state.set_learning_rates(d=1e-4, g=1e-4)
            if i == 16:
                kept = state.snapshot()
            if i == 20:
                state.restore(kept)
            rows.append(engine.run(state, [real]))
        found[name] = weights(state), torch.stack(rows).cpu(), state.rng.get_state(), state.sample()
        assert state.iteration == 26
    assert torch.allclose(found["graph"][0], found["fast"][0], atol=1e-5)
    assert torch.allclose(found["graph"][1], found["fast"][1], atol=1e-4)
    assert torch.equal(found["graph"][2], found["fast"][2])
    assert torch.allclose(found["graph"][3], found["fast"][3], atol=1e-3)


@pytest.mark.parametrize("engine", [pytest.param(name, marks=on_gpu) for name in ENGINES])
def test_no_iteration_waits_for_the_gpu(engine):
    """반복 안에서 GPU를 기다리게 하는 것(.item(), .cpu(), 파이썬 수를 옮기기)이 하나도 없습니다."""
    data = load_hangul(count=400)
    stream = Trainer(CONFIG.replace(ngpu=1), data=data, engine=engine, moments=()).stream()
    for _ in range(8):  # 커널을 고르고 녹화합니다.
        next(stream)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(8):
            next(stream)
        with pytest.raises(RuntimeError, match="synchroniz"):  # 이 검사가 정말 보고 있는지
            torch.ones((), device="cuda").item()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_graph_needs_one_gpu():
    with pytest.raises(LessonError, match="GPU 하나로 학습할 때만.*cpu.*engine=fast"):
        pick_engine("graph").prepare(GanState(CONFIG))


def test_skipping_d_weight_gradients_changes_no_bit():
    exact, skipping = GanState(CONFIG), GanState(CONFIG)
    for real in batches(CONFIG, 3):
        pick_engine("exact").run(exact, [real])
        Engine("생략", ProbabilityBCE(), skip_unused=True).run(skipping, [real])
    assert same(exact.snapshot(), skipping.snapshot())
    assert all(p.requires_grad for p in skipping.discriminator.parameters())


@pytest.mark.parametrize(("device", "engine"), PATHS)
def test_stopping_in_part_two_leaves_d_ready_to_learn(device, engine):
    """정지 단추나 메모리 부족이 Part 2에서 와도, 고친 뒤에 이어 갈 수 있습니다."""
    engine = pick_engine(engine)

    class Stopping(type(engine.objective)):
        def generator_loss(self, score):
            raise KeyboardInterrupt

    state, (real,) = GanState(CONFIG, device), batches(CONFIG, 1, device)
    engine.prepare(state)
    with pytest.raises(KeyboardInterrupt):
        engine.run(state, [real], Stopping())
    assert all(p.requires_grad for p in state.discriminator.parameters())
    engine.run(state, [real])
    assert state.iteration == 1


@pytest.mark.filterwarnings("ignore")  # 장치가 달라졌다는 알림
@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 0), (0, 1)])
@pytest.mark.parametrize("engine", [pytest.param(name, marks=on_gpu) for name in ENGINES])
def test_resuming_on_the_gpu_or_off_it(tmp_path, tiny, glyphs, engine, before, after):
    """같은 장치에서는 멈춘 적이 없는 것처럼 갑니다."""
    engine = engine if before else "fast"
    whole, part = (Trainer(tiny.replace(ngpu=before), data=glyphs, engine=engine) for _ in range(2))
    whole.run(progress=False)
    part.run(until=4, progress=False)
    save_trainer(part, tmp_path)
    again = resume_trainer(tmp_path, data=glyphs, ngpu=after)
    assert again.run(progress=False)
    assert before != after or torch.allclose(weights(again.state), weights(whole.state), atol=1e-5)


@pytest.mark.parametrize("fraction", [pytest.param(0.005, marks=on_gpu)])
def test_running_out_of_gpu_memory_is_told(fraction):
    """다 채우지 않고, 이 프로세스가 쓸 몫을 줄여 봅니다."""
    torch.cuda.set_per_process_memory_fraction(fraction)
    config = LessonConfig.paper(batch_size=1024, image_size=128)
    try:
        with pytest.raises(LessonError, match="GPU의 메모리가 모자랍니다"):
            Trainer(config, data=load_hangul(128, 3, count=1024)).run(progress=False)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_pictures_are_held_on_a_device_only_if_they_fit(glyphs, monkeypatch):
    here = torch.device("cpu")
    assert on_device_if_it_fits(glyphs, here) is None  # CPU에서는 디스크의 것을 바로 씁니다.
    monkeypatch.setattr(images, "free_memory", lambda device: glyphs.images.nbytes)
    assert on_device_if_it_fits(glyphs, here) is None
    monkeypatch.setattr(images, "free_memory", lambda device: 3 * glyphs.images.nbytes)
    assert (on_device_if_it_fits(glyphs, here, chunk=16).numpy() == glyphs.images).all()


@pytest.mark.parametrize("name", ["bf16", None, [], 3])
def test_unknown_engine(name):
    assert list(ENGINES) == list(ENGINE_MEANINGS)
    with pytest.raises(LessonError, match="engine = .*exact.*fast"):
        pick_engine(name)
