"""지금의 2차원 GAN을 재는 것들. 학습의 상태도 난수도 건드리지 않습니다."""

import torch

from gan_lesson.base.seeds import stream_seed
from gan_lesson.labs.points.metrics import mode_report, sliced_wasserstein
from gan_lesson.objectives import OBJECTIVES

JUDGED = 1000  # 성능을 잴 때 뽑는 표본의 수


class Judged:
    """재는 메서드들. 아래에서 물려받는 것은 ``config``, ``data``, ``state``를 가집니다."""

    @property
    def objective(self):
        """지금 설정의 손실."""
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
        """지금의 ``loss_d`` ``loss_g`` ``d_x`` ``d_gz``. 늘 같은 점에서 재므로 걸음의 앞뒤를 견줄 수 있습니다."""
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
        result = {"distance": sliced_wasserstein(samples, self.real())}
        if self.data.centers is not None:
            report = mode_report(samples, self.data.centers, self.data.std)
            result |= {"covered": report.covered, "good": report.good}
        return result

    def arrows(self, points):
        """점마다 -∂L_G/∂x (N, 2): G가 그 가짜를 옮기고 싶어 하는 쪽. D의 변화도가 아니라 손실의 것입니다."""
        points = points.detach().clone().requires_grad_()
        # 손실은 배치의 평균이므로, 점 하나의 변화도를 보려면 점의 수를 곱합니다.
        loss = self.objective.generator_loss(self.objective.score(self.state.discriminator, points))
        (gradient,) = torch.autograd.grad(loss * len(points), points)
        return -gradient
