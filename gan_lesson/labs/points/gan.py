"""평면의 점을 배우는 작은 GAN. 화면 없이 움직이는 2차원 실험실의 몸통입니다.

그림과 똑같이 ``iteration.py``를 지나갑니다. 학습 도중에 학습률이나 손실을 바꿔도 Adam의 상태를 잃지 않습니다.
"""

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from gan_lesson.base.errors import LessonError, choose
from gan_lesson.base.seeds import stream_seed
from gan_lesson.base.settings import Settings, setting
from gan_lesson.iteration import statistics, train_discriminator, train_generator
from gan_lesson.labs.points.data import mode_report, point_set, sliced_wasserstein
from gan_lesson.models import PointDiscriminator, PointGenerator
from gan_lesson.objectives import OBJECTIVES
from gan_lesson.training.state import GanState

STEPS_BACK = 200  # 되감을 수 있는 걸음
SCORED_EVERY = 50  # 성능의 곡선에 점을 찍는 간격(반복)
JUDGED = 1000  # 성능을 잴 때 뽑는 표본의 수
LIVE = ("loss", "k", "lr_d", "lr_g", "batch_size")  # 학습을 이어 가며 바꿀 수 있는 것


@dataclass(frozen=True)
class PointConfig(Settings):
    """2차원 실험의 설정값. ``LessonConfig``처럼 만들 때 검사합니다."""

    data: str = setting("ring", str, "점 데이터의 이름", "ring, grid, moons, spiral, letter:한 같은 이름")
    nz: int = setting(2, int, "z의 차원", choices=(1, 2))
    noise: str = setting("normal", str, "z의 분포", choices=("normal", "uniform"))
    loss: str = setting("non-saturating", str, "손실", choices=tuple(OBJECTIVES))
    k: int = setting(1, int, "한 반복에서 D를 갱신하는 횟수", low=1, high=20)
    lr_d: float = setting(0.002, float, "D의 학습률", above=0, high=1)
    lr_g: float = setting(0.002, float, "G의 학습률", above=0, high=1)
    beta1: float = setting(0.5, float, "Adam의 beta1", low=0, below=1)
    batch_size: int = setting(128, int, "미니 배치의 점의 수", low=2, high=4096)
    hidden: int = setting(64, int, "숨은 층의 폭", low=2, high=256)
    seed: int = setting(0, int, "난수의 시드", low=0, high=2**31 - 1)

    def __post_init__(self):
        super().__post_init__()
        point_set(self.data)


class PointState(GanState):
    """점을 배우는 상태. 신경망과 학습률과 z의 분포만 그림의 상태와 다릅니다."""

    fixed_noise_count = 512

    def _networks(self):
        return PointGenerator(self.config.nz, self.config.hidden), PointDiscriminator(self.config.hidden)

    def _learning_rates(self):
        return self.config.lr_d, self.config.lr_g

    def _noise(self, count, generator):
        if self.config.noise == "normal":
            return super()._noise(count, generator)
        return 2 * torch.rand(count, self.config.nz, generator=generator) - 1  # 점은 늘 CPU에서 배웁니다.


class PointGan:
    """걸음마다 나아가고 되감는 2차원 GAN.

    Attributes:
        config: 지금의 ``PointConfig``. ``change``로 바꿉니다.
        history: 반복마다의 통계(dict)의 목록. 마지막 것이 지금입니다.
        scores: ``SCORED_EVERY``번마다 잰 성능, (반복 번호, ``quality()``)의 목록.
        marks: 설정을 바꾼 자리, (반복 번호, 글)의 목록.
        floor: 진짜끼리 비교했을 때의 거리. 표본이 유한해서 완벽한 G도 이보다 가까워지지 못합니다.
    """

    def __init__(self, config=None):
        self.config = config or PointConfig()
        self.restart()

    def restart(self, **changes):
        """처음부터 다시 시작합니다. ``changes``는 바꿀 설정값입니다."""
        self.config = self.config.replace(**changes)
        self.data = point_set(self.config.data)
        self.state = PointState(self.config, device="cpu")
        self.data_rng = torch.Generator().manual_seed(stream_seed(self.config.seed, "points"))
        self.history, self.scores, self.marks = [], [], []
        self._past = deque(maxlen=STEPS_BACK)
        self._seen = {}  # 이 반복에서 본 것. D만 나아갔으면 그 가짜를 만든 z가 G의 차례를 기다립니다.
        self.floor = sliced_wasserstein(self.real(JUDGED, 0), self.real(JUDGED, 1))
        self.scores.append((0, self.quality()))

    @property
    def turn(self):
        """다음 차례: 가짜가 Part 2를 기다리고 있으면 ``"G"``, 아니면 ``"D"``."""
        return "G" if "z" in self._seen else "D"

    def step_d(self):
        """Part 1만: D를 ``k``번 갱신합니다. 손실이 수가 아니게 되면 걸음의 앞으로 돌아가고 ``LessonError``입니다."""
        with self._one_step():
            self._advance_d()

    def step_g(self):
        """Part 2만: G를 한 번 갱신합니다. 바로 앞이 Part 1이었으면 그 가짜를 씁니다."""
        with self._one_step():
            self._advance_g()

    def step(self, count=1):
        """``count``번 반복합니다. 되감을 때는 한 반복씩 돌아갑니다."""
        for _ in range(count):
            with self._one_step():
                if self.turn == "D":
                    self._advance_d()
                self._advance_g()

    def back(self, count=1):
        """``count``걸음 되감고, 실제로 되감은 걸음 수를 돌려줍니다."""
        undone = [self._past.pop() for _ in range(min(count, len(self._past)))]
        if undone:
            config, state, data_rng, self._seen, lengths = undone[-1]
            self.config = self.state.config = config
            self.state.restore(state)
            self.data_rng.set_state(data_rng)
            for rows, length in zip((self.history, self.scores, self.marks), lengths, strict=True):
                del rows[length:]
        return len(undone)

    def change(self, **changes):
        """학습을 이어 가며 ``LIVE``의 것을 바꿉니다. Adam의 상태는 그대로이고, ``marks``에 자국이 남습니다."""
        for name in changes:
            choose("학습 도중에 바꿀 설정값", name, LIVE, "나머지는 restart로 바꾸세요.")
        new = self.config.replace(**changes)
        for name in sorted(changes):
            if getattr(new, name) != getattr(self.config, name):
                self.marks.append((self.state.iteration, f"{name}={getattr(new, name)}"))
        self.config = self.state.config = new
        self.state.set_learning_rates(d=new.lr_d, g=new.lr_g)

    # 아래는 지금을 재는 것들입니다. 학습의 상태도 난수도 건드리지 않습니다.

    @property
    def objective(self):
        return OBJECTIVES[self.config.loss]

    def samples(self, count=JUDGED, seed=0):
        """지금의 G가 만든 점 (count, 2)."""
        rng = torch.Generator().manual_seed(stream_seed(seed, "judge"))
        return self.state.sample(self.state._noise(count, rng))

    def real(self, count=JUDGED, seed=0):
        """진짜 점 (count, 2)."""
        return self.data.sample(count, torch.Generator().manual_seed(stream_seed(seed, "judge-real")))

    @torch.no_grad()
    def probe(self):
        """지금의 ``loss_d`` ``loss_g`` ``d_x`` ``d_gz``. 늘 같은 점에서 재므로 걸음의 앞뒤를 비교할 수 있습니다."""
        objective, D = self.objective, self.state.discriminator
        real, fake = objective.score(D, self.real(500)), objective.score(D, self.state.sample())
        return {
            "loss_d": (objective.real_loss(real) + objective.fake_loss(fake)).item(),
            "loss_g": objective.generator_loss(fake).item(),
            "d_x": objective.probability(real).mean().item(),
            "d_gz": objective.probability(fake).mean().item(),
        }

    def quality(self):
        """``distance``: 잘라 본 바서슈타인 거리, ``covered``·``good``: 모드가 있는 데이터에서만."""
        samples = self.samples()
        found = {"distance": sliced_wasserstein(samples, self.real())}
        if self.data.centers is not None:
            found |= mode_report(samples, self.data.centers, self.data.std)
        return found

    def arrows(self, points):
        """점마다 -∂L_G/∂x (N, 2): G가 그 가짜를 옮기고 싶어 하는 쪽. D의 변화도가 아니라 손실의 것입니다."""
        points = points.detach().clone().requires_grad_()
        # 손실은 배치의 평균이므로, 점 하나의 변화도를 보려면 점의 수를 곱합니다.
        loss = self.objective.generator_loss(self.objective.score(self.state.discriminator, points))
        (gradient,) = torch.autograd.grad(loss * len(points), points)
        return -gradient

    def _advance_d(self):
        reals = [self.data.sample(self.config.batch_size, self.data_rng) for _ in range(self.config.k)]
        self._drive(train_discriminator(self.state, reals, self.objective))

    def _advance_g(self):
        z = self._seen["z"] if self.turn == "G" else self.state.sample_z(self.config.batch_size)
        # 기다리던 가짜는 z에서 다시 만듭니다. G는 그대로이므로 비트까지 같습니다.
        self._drive(train_generator(self.state, self.state.generator(z), self.objective))
        self.state.iteration += 1
        found = statistics(self._seen, self.objective)
        self.history.append({"iteration": self.state.iteration, **{n: v.item() for n, v in found.items()}})
        self._seen = {}
        if self.state.iteration % SCORED_EVERY == 0:
            self.scores.append((self.state.iteration, self.quality()))

    def _drive(self, phases):
        for phase in phases:
            self._seen = self._seen | phase.seen  # 되감을 자리의 것은 그대로 둡니다.
        if not all(value.isfinite() for name, value in self._seen.items() if "loss" in name):
            raise LessonError(
                "손실이 수가 아니게 되었습니다: 학습이 발산했습니다. 학습률을 낮추고, 몇 걸음 되감거나 "
                "처음부터 다시 시작하세요."
            )

    @contextmanager
    def _one_step(self):
        """되감을 자리를 남기고 한 걸음. 도중에 끊기면(오류, 중단) 그 자리로 돌아갑니다."""
        lengths = len(self.history), len(self.scores), len(self.marks)
        state, data_rng = self.state.snapshot(), self.data_rng.get_state()
        self._past.append((self.config, state, data_rng, self._seen, lengths))
        try:
            yield
        except BaseException:
            self.back()
            raise
