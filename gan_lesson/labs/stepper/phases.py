"""한 반복을 단계마다 멈추며 앞뒤로 갑니다. 몸통이고, 화면은 ``widget.py``입니다.

학습은 ``iteration.gan_iteration`` 그대로입니다. 되감기는 반복을 시작할 때의 사본으로 되돌린 뒤
같은 배치와 같은 z로 그 단계까지 다시 하는 것이라, 가중치와 Adam과 난수가 비트까지 같습니다.
"""

import ast
import inspect
from collections import deque
from functools import cache
from typing import NamedTuple

import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.images import Batches
from gan_lesson.data.load import load_images
from gan_lesson.iteration import PHASES, gan_iteration, train_discriminator, train_generator
from gan_lesson.labs.layers import gradient_norms, weight_vector
from gan_lesson.objectives import ProbabilityBCE
from gan_lesson.training.state import GanState

LAST = len(PHASES)  # 한 반복을 마친 자리
KEPT_ITERATIONS = 6  # 되감을 수 있는 반복의 수. 단계로는 그 12배이고, 사본 하나는 paper에서도 75 MB입니다.


class Stop(NamedTuple):
    """한 단계가 끝난 자리에서 보이는 것."""

    seen: dict  # 이 반복에서 지금까지 나온 텐서. 이름은 iteration.Phase.seen과 같습니다.
    gradients: dict  # "D 진짜", "D 가짜", "D 합", "G" 가운데 있는 것 → 층마다 (층 이름, ‖변화도‖)의 목록
    moved: dict  # "D", "G" → 이 반복이 시작한 뒤 움직인 거리 ‖Δθ‖
    batch_norm: dict  # "D", "G" → 이 반복에서 배치 정규화가 통계를 모은 횟수


class PhaseStepper:
    """한 반복의 단계 12개를 앞뒤로 오가는 학습. ``data``의 기본은 ``config.dataroot``의 데이터입니다.

    Attributes:
        state: ``GanState``. ``iteration``은 끝낸 반복의 수입니다.
        position: 이 반복에서 끝낸 단계의 수(0–12). 0은 아직 아무것도 하지 않은 처음입니다.
        stop: 지금 자리의 ``Stop``. 처음에는 ``None``.
    """

    def __init__(self, config=None, data=None):
        config = config or LessonConfig.quick()
        self.state = GanState(config)
        self.data = data or load_images(config)
        self._batches = Batches(self.data, config)
        self.objective = ProbabilityBCE()
        # 반복마다의 시작 사본. 마지막이 지금 반복의 것이고, 앞 반복의 끝을 보려면 둘은 있어야 합니다.
        self._starts = deque(maxlen=KEPT_ITERATIONS)
        self.position = 0
        self.stop = None

    @property
    def phase(self):
        """방금 끝낸 단계의 이름. 처음에는 ``None``."""
        return list(PHASES)[self.position - 1] if self.position else None

    @property
    def iteration(self):
        """지금 보고 있는 반복의 번호(1부터). 처음에는 0."""
        return self.state.iteration + (0 < self.position < LAST)

    @property
    def steps_back(self):
        """되감을 수 있는 단계의 수."""
        if self.position == 0:  # 실패한 반복을 버린 자리. 앞 반복의 끝을 다시 보는 것이 한 단계입니다.
            return len(self._starts) * LAST + bool(self._starts)
        return (len(self._starts) - 1) * LAST + self.position

    def next(self):
        """다음 단계 하나를 합니다."""
        self._begin_if_between()
        self._advance_to(self.position + 1)

    def step(self):
        """지금 반복을 끝까지 합니다. 반복 사이에 있으면 한 반복을 통째로 합니다."""
        self._begin_if_between()
        self._advance_to(LAST)

    def back(self):
        """한 단계 되감습니다. 남아 있는 처음까지 되감았으면 ``LessonError``입니다."""
        if not self.steps_back:
            kept = f"최근 {KEPT_ITERATIONS}번 반복까지만 남겨 둡니다."
            raise LessonError(
                f"더 되감을 수 없습니다. {kept if self.state.iteration else '여기가 처음입니다.'}"
            )
        if self.position > 1:
            self._replay(self.position - 1)
            return
        if self.position == 1:
            self._replay(0)
        if self._starts:
            # 앞 반복의 마지막 자리. 보이는 것까지 같아지도록 그 반복을 다시 합니다.
            self._replay(LAST)

    def _begin_if_between(self):
        if self.position in (0, LAST):
            self._starts.append(self.state.snapshot())
            self._open()

    def _open(self):
        self._weights, self._counts = self._each(weight_vector), self._each(_batches_counted)
        real = self._batches.at(self.state.iteration).to(self.state.device)
        self._phases = gan_iteration(self.state, [real], self.objective)
        self._seen, self._gradients, self._real_grads = {}, {}, None
        self.position, self.stop = 0, None

    def _replay(self, position):
        """지금 반복의 시작으로 되돌려 ``position``까지 다시 합니다."""
        self._phases.close()  # 하다 만 반복의 계산 그래프와 변화도를 버립니다.
        self._each(lambda network: network.zero_grad())
        self.state.restore(self._starts[-1])
        if position == 0:
            self._starts.pop()
            self.position, self.stop = 0, None
            return
        self._open()
        self._advance_to(position)

    def _advance_to(self, position):
        try:
            while self.position < position:
                phase = next(self._phases)
                self.position += 1
                self._seen |= phase.seen
                self._watch(phase.name)
            if self.position == LAST:
                next(self._phases, None)  # 반복의 수를 세고 끝납니다.
        except BaseException:
            # 메모리가 모자라거나 사람이 멈추었을 때. 반쪽짜리 반복을 남기지 않습니다.
            self._replay(0)
            raise
        weights, counts = self._each(weight_vector), self._each(_batches_counted)
        self.stop = Stop(
            dict(self._seen),
            dict(self._gradients),
            {name: torch.dist(weights[name], self._weights[name]).item() for name in weights},
            {name: counts[name] - self._counts[name] for name in counts},
        )

    def _watch(self, name):
        """역전파마다 변화도를 재어 둡니다. 진짜와 가짜의 몫은 축적되기 전과 후의 차이입니다."""
        D, G = self.state.discriminator, self.state.generator
        if name == "real_backward":
            self._real_grads = {p: p.grad.clone() for p in D.parameters()}
            self._gradients["D 진짜"] = gradient_norms(D)
        elif name == "fake_backward":
            self._gradients |= {"D 합": gradient_norms(D), "D 가짜": gradient_norms(D, self._real_grads)}
        elif name == "g_backward":
            self._gradients["G"] = gradient_norms(G)

    def _each(self, measure):
        return {"D": measure(self.state.discriminator), "G": measure(self.state.generator)}


def _batches_counted(network):
    """배치 정규화가 이제까지 통계를 모은 횟수."""
    buffers = network.named_buffers()
    return max((int(value) for name, value in buffers if name.endswith("num_batches_tracked")), default=0)


@cache
def loop_source():
    """학습 루프의 소스를 두 부분으로: {"Part 1", "Part 2"} → (줄, 그 줄을 실행하는 단계)의 목록.

    단계를 내놓는 ``yield``는 멈추는 자리일 뿐이므로 빼고, 어느 단계도 아닌 줄의 단계는 ``None``입니다.
    """
    parts = {"Part 1": train_discriminator, "Part 2": train_generator}
    return {name: _lines_by_phase(inspect.getsource(function)) for name, function in parts.items()}


def _lines_by_phase(source):
    (tree,) = ast.parse(source).body
    docstring = tree.body[0]
    stops = sorted((n for n in ast.walk(tree) if isinstance(n, ast.Yield)), key=lambda stop: stop.lineno)
    lines = []
    for number, line in enumerate(source.splitlines(), 1):
        # 줄바꿈한 yield는 여러 줄을 차지합니다.
        if line.strip() and not any(n.lineno <= number <= n.end_lineno for n in (docstring, *stops)):
            next_stop = next((n for n in stops if n.lineno > number > docstring.lineno), None)
            lines.append((line, next_stop and next_stop.value.args[0].value))
    return lines
