"""GAN의 값 함수와 손실.

값 함수는 Goodfellow 외(2014), "Generative Adversarial Nets" 식 (1)입니다.
D는 V를 최대화하고, 코드는 손실을 최소화하므로 손실은 V의 부호를 뒤집은 것입니다.
"""

import math

import torch
from torch.nn import functional as F

REAL_LABEL, FAKE_LABEL = 1.0, 0.0


def value(d_real, d_fake):
    """값 함수 V(D, G) = E[log D(x)] + E[log(1 - D(G(z)))] (단위 nat).

    Args:
        d_real: 진짜에 대한 D의 답 D(x), (N,), (0, 1).
        d_fake: 가짜에 대한 D의 답 D(G(z)), (M,), (0, 1).
    """
    return d_real.log().mean() + (1 - d_fake).log().mean()


class ProbabilityBCE:
    """교과서의 손실: D의 확률에 ``nn.BCELoss``. 생성자는 log D(G(z))를 최대화합니다."""

    equilibrium = (2 * math.log(2), math.log(2))  # D가 늘 1/2일 때의 (Loss_D, Loss_G)
    real_label = REAL_LABEL  # D에게 알려 주는 진짜의 라벨. 낮추는 것은 improvements의 smooth입니다.

    def score(self, discriminator, images):
        """손실에 넣을 D의 출력 (N,). 여기서는 확률입니다."""
        return discriminator(images)

    def probability(self, score):
        """``score``가 뜻하는 확률 D(·)."""
        return score

    def real_loss(self, score):
        """진짜 배치의 손실 -E[log D(x)]: 참 라벨은 BCE에서 log x 쪽을 고릅니다."""
        return F.binary_cross_entropy(score, torch.full_like(score, self.real_label))

    def fake_loss(self, score):
        """가짜 배치의 손실 -E[log(1 - D(G(z)))]: 거짓 라벨은 log(1 - x) 쪽을 고릅니다."""
        return F.binary_cross_entropy(score, torch.full_like(score, FAKE_LABEL))

    def generator_loss(self, score):
        """생성자의 손실 -E[log D(G(z))]: 가짜에 참 라벨을 붙여 log x 쪽을 씁니다."""
        return F.binary_cross_entropy(score, torch.full_like(score, REAL_LABEL))


class LogitBCE(ProbabilityBCE):
    """같은 손실을 로짓에서 계산합니다.

    log σ(s) = -softplus(-s)를 바로 쓰므로, 확률이 0이나 1로 반올림되어 변화도가 사라지는
    일이 없습니다.
    """

    def score(self, discriminator, images):
        """손실에 넣을 D의 출력 (N,). 여기서는 로짓(시그모이드를 지나지 않은 실수)입니다."""
        return discriminator.logits(images)

    def probability(self, score):
        """``score``가 뜻하는 확률 D(·)."""
        return score.sigmoid()

    def real_loss(self, score):
        """-E[log D(x)]. 참 라벨 y가 1보다 작으면 -E[y log D(x) + (1 - y) log(1 - D(x))]입니다."""
        loss = F.softplus(-score).mean()
        if self.real_label < REAL_LABEL:
            loss = loss + (REAL_LABEL - self.real_label) * score.mean()  # log(1 - σ(s)) = log σ(s) - s
        return loss

    def fake_loss(self, score):
        """-E[log(1 - D(G(z)))]."""
        return F.softplus(score).mean()

    def generator_loss(self, score):
        """-E[log D(G(z))]."""
        return F.softplus(-score).mean()


class SaturatingLogitBCE(LogitBCE):
    """Goodfellow 2014 식 (1) 그대로의 생성자: log(1 - D(G(z)))를 최소화합니다.

    D가 가짜를 잘 가려내는 동안(D(G(z)) ≈ 0) 변화도가 거의 0입니다(같은 논문 §3). 경사하강법으로는 G가 움직이지
    못하고, Adam은 크기를 메우지만 D가 아주 앞서면 역시 움직이지 못합니다(03).
    """

    equilibrium = (2 * math.log(2), -math.log(2))

    def generator_loss(self, score):
        """E[log(1 - D(G(z)))]. 최소화할 값이며 음수입니다."""
        return -F.softplus(score).mean()


class LeastSquares(LogitBCE):
    """최소제곱 GAN(Mao 2017 식 (9), a=0, b=c=1): D의 출력을 진짜는 1, 가짜는 0에 맞춥니다."""

    equilibrium = (1 / 4, 1 / 8)

    def probability(self, score):
        """그림에 쓸 확률 모양의 값: 목표값 0과 1 사이로 자릅니다."""
        return score.clamp(0, 1)

    def real_loss(self, score):
        """E[(D(x) - 1)²] / 2."""
        return (score - self.real_label).square().mean() / 2

    def fake_loss(self, score):
        """E[(D(G(z)) - 0)²] / 2."""
        return (score - FAKE_LABEL).square().mean() / 2

    def generator_loss(self, score):
        """E[(D(G(z)) - 1)²] / 2."""
        return (score - REAL_LABEL).square().mean() / 2


# 2차원 실험실에서 고르는 손실
OBJECTIVES = {
    "non-saturating": LogitBCE(),
    "saturating": SaturatingLogitBCE(),
    "least-squares": LeastSquares(),
}
