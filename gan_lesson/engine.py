"""같은 반복을 더 빨리 돌리는 방법. 수학적으로는 같고, 계산하는 방법만 다릅니다.

``exact``는 교과서의 루프와 비트까지 같은 길이고, ``fast``는 마지막 몇 비트가 다른 대신 빠른
길입니다. 둘 다 ``iteration.gan_iteration``을 돌리며, 다른 것은 그 앞뒤뿐입니다.
"""

import torch

from gan_lesson.errors import LessonError, quote
from gan_lesson.iteration import gan_iteration
from gan_lesson.objectives import LogitBCE, ProbabilityBCE


class ExactEngine:
    """교과서의 길: 즉시 실행, 연속(contiguous) 메모리, 보통의 Adam."""

    name = "exact"
    objective = ProbabilityBCE()

    def prepare(self, state):
        """학습을 시작하기 전에 한 번 부릅니다."""

    def run(self, state, real_batches, objective=None):
        """한 반복을 끝까지 돌리고 ``HISTORY_COLUMNS`` 차례의 통계 (5,)를 돌려줍니다.

        값을 파이썬 수로 바꾸지 않으므로 GPU가 쉬지 않습니다.
        """
        objective = objective or self.objective
        seen = {}
        try:
            for phase in gan_iteration(state, self._place(state, real_batches), objective):
                self._between(state, phase.name)
                seen.update(phase.seen)
        finally:
            self._after(state)
        return torch.stack(
            [
                seen["loss_real"] + seen["loss_fake"],
                seen["loss_g"],
                objective.probability(seen["d_real"]).mean(),
                objective.probability(seen["d_fake_before"]).mean(),
                objective.probability(seen["d_fake_after"]).mean(),
            ]
        )

    def _place(self, state, real_batches):
        return [real.to(state.device) for real in real_batches]

    def _between(self, state, phase):
        pass

    def _after(self, state):
        """반복이 끝나거나 도중에 예외가 났을 때."""


class FastEngine(ExactEngine):
    """빠른 길: channels-last 메모리, 한 커널로 합친(fused) Adam, 쓰지 않을 변화도 건너뛰기, 로짓.

    앞의 둘은 더하는 차례를 바꾸어 float32의 마지막 비트들이 달라집니다. 셋째는 결과를
    바꾸지 않습니다: Part 2에서 D의 가중치 변화도는 쓰이지 않고 지워지기 때문입니다. 로짓은
    같은 손실이지만, D의 확률이 정확히 1로 반올림되어도 변화도가 남아 학습이 죽지 않습니다.
    """

    name = "fast"
    objective = LogitBCE()

    def prepare(self, state):
        for network in (state.generator, state.discriminator):
            network.to(memory_format=torch.channels_last)
        for optimizer in (state.optimizer_g, state.optimizer_d):
            for group in optimizer.param_groups:
                group["fused"] = True

    def _place(self, state, real_batches):
        return [real.to(state.device, memory_format=torch.channels_last) for real in real_batches]

    def _between(self, state, phase):
        if phase == "d_step":
            state.discriminator.requires_grad_(False)

    def _after(self, state):
        # Part 2에서 멈추어도(정지 단추, 메모리 부족) D가 얼어 있지 않게 합니다.
        state.discriminator.requires_grad_(True)


# ``run``이 돌려주는 통계의 이름과 차례
HISTORY_COLUMNS = ("loss_d", "loss_g", "d_x", "d_gz_before", "d_gz_after")

ENGINES = {engine.name: engine for engine in (ExactEngine(), FastEngine())}


def pick_engine(name):
    """이름으로 엔진을 고릅니다. 모르는 이름은 ``LessonError``입니다."""
    try:
        return ENGINES[name]
    except (KeyError, TypeError):
        raise LessonError(
            f"engine = {quote(name)}: {', '.join(ENGINES)} 가운데 하나여야 합니다. "
            "exact는 교과서와 비트까지 같고, fast는 더 빠릅니다."
        ) from None
