"""DCGAN의 생성자와 구분자, 그리고 가중치 초기화.

모양은 Radford, Metz, Chintala(2015), "Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks" §3의 지침을 따릅니다. 논문의 그림 1과 다른
점(정규분포 z, 512채널, 4×4 커널)은 널리 쓰이는 PyTorch 구현의 관례입니다.
"""

import math
from contextlib import contextmanager
from itertools import pairwise

import torch
from torch import nn

from gan_lesson.base.seeds import stream_seed

# 잠재 혼합(latent mixture)의 중심의 수와, 중심 하나가 차지하는 폭. 잠재공간을 가우시안의 혼합으로 두는 것은 Gurumurthy
# 2017(DeLiGAN) §3의 것이고, 중심을 배우지 않고 고정하는 것과 두 수는 여기서 골랐습니다(09c에서 잽니다).
CENTRES, SPREAD = 1536, 0.2


def _channels(base, image_size):
    """4×4 특징 맵에서 (image_size / 2)까지의 채널 수. 64픽셀이면 base × (8, 4, 2, 1)."""
    levels = int(math.log2(image_size)) - 2
    return [base * 2**i for i in reversed(range(levels))]


class FromNoise(nn.Module):
    """z (N, nz)에서 무엇을 만드는 신경망과, 그 z를 뽑는 법.

    z는 표준정규분포에서 뽑습니다. ``mix``를 부르면 고정된 중심들 가까이에서만 뽑습니다. 중심은 시드에서 나오므로 가중치
    파일에는 남지 않습니다.
    """

    def __init__(self, nz):
        super().__init__()
        self.nz = nz
        self.register_buffer("centres", None, persistent=False)

    def mix(self, seed, count=CENTRES, spread=SPREAD):
        """z = √(1 - b²)·중심 + b·잡음으로 바꿉니다. 중심 ``count``개는 N(0, I)에서 뽑아 고정하고, b는 ``spread``(0~1)입니다."""
        rng = torch.Generator().manual_seed(stream_seed(seed, "centres"))
        self.spread = spread
        self.centres = torch.randn(count, self.nz, generator=rng).to(next(self.parameters()).device)
        return self

    def draw_z(self, count, rng):
        """z (count, nz). 장치는 ``rng``의 것입니다."""
        if self.centres is None:
            return torch.randn(count, self.nz, generator=rng, device=rng.device)
        chosen = torch.randint(len(self.centres), (count,), generator=rng, device=rng.device)
        noise = torch.randn(count, self.nz, generator=rng, device=rng.device)
        return math.sqrt(1 - self.spread**2) * self.centres.to(rng.device)[chosen] + self.spread * noise


class Generator(FromNoise):
    """생성자 G: 잠재공간 벡터 z를 그림으로 바꿉니다.

    입력 z는 (N, nz)이고 출력은 (N, nc, image_size, image_size), 값은 [-1, 1]입니다.
    주석의 모양은 ``LessonConfig.paper()``(nz=100, ngf=64, nc=3, 64픽셀)의 것입니다.
    32픽셀은 두 배로 키우는 층이 하나 적고, 128픽셀은 하나 많습니다.
    """

    def __init__(self, config):
        super().__init__(config.nz)
        channels = _channels(config.ngf, config.image_size)  # 512, 256, 128, 64
        # (N, 100, 1, 1) → (N, 512, 4, 4): 첫 층만 보폭 1, 패딩 0입니다.
        layers = [
            nn.ConvTranspose2d(config.nz, channels[0], 4, stride=1, padding=0, bias=False),
            nn.BatchNorm2d(channels[0]),
            nn.ReLU(inplace=True),
        ]
        # (N, 512, 4, 4) → (N, 256, 8, 8) → (N, 128, 16, 16) → (N, 64, 32, 32)
        for before, after in pairwise(channels):
            layers += [
                # 바로 뒤의 배치 정규화가 평균을 빼므로 bias는 아무 일도 하지 못합니다.
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
            ]
        # (N, 64, 32, 32) → (N, 3, 64, 64): 출력 층에는 배치 정규화가 없습니다.
        layers += [nn.ConvTranspose2d(channels[-1], config.nc, 4, stride=2, padding=1, bias=False), nn.Tanh()]
        self.main = nn.Sequential(*layers)

    def forward(self, z):
        return self.main(z.view(len(z), self.nz, 1, 1))


class Discriminator(nn.Module):
    """구분자 D: 그림 (N, nc, image_size, image_size), [-1, 1]이 진짜일 확률 (N,), [0, 1]을 답합니다.

    주석의 모양은 ``LessonConfig.paper()``(ndf=64, nc=3, 64픽셀)의 것입니다.
    """

    def __init__(self, config):
        super().__init__()
        channels = _channels(config.ndf, config.image_size)[::-1]  # 64, 128, 256, 512
        # (N, 3, 64, 64) → (N, 64, 32, 32): 입력 층에는 배치 정규화가 없습니다.
        layers = [
            nn.Conv2d(config.nc, channels[0], 4, stride=2, padding=1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        # (N, 64, 32, 32) → (N, 128, 16, 16) → (N, 256, 8, 8) → (N, 512, 4, 4)
        for before, after in pairwise(channels):
            layers += [
                nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        # (N, 512, 4, 4) → (N, 1, 1, 1)
        layers += [nn.Conv2d(channels[-1], 1, 4, stride=1, padding=0, bias=False), nn.Sigmoid()]
        self.main = nn.Sequential(*layers)

    def forward(self, images):
        return self.main(images).view(len(images))

    def logits(self, images):
        """시그모이드를 지나기 전의 값 (N,). ``sigmoid(logits(x)) == forward(x)``입니다."""
        return self.main[:-1](images).view(len(images))


class PointGenerator(FromNoise):
    """점을 만드는 생성자: z (N, nz) → 점 (N, 2)."""

    def __init__(self, nz, hidden):
        super().__init__(nz)
        self.main = nn.Sequential(
            nn.Linear(nz, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, 2),
        )  # fmt: skip

    def forward(self, z):
        return self.main(z)


class PointDiscriminator(nn.Module):
    """점의 구분자: 점 (N, 2) → 진짜일 확률 (N,). ``logits``는 시그모이드를 지나기 전의 값입니다."""

    def __init__(self, hidden):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2, hidden), nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden), nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
        )  # fmt: skip

    def logits(self, points):
        return self.main(points).view(-1)

    def forward(self, points):
        return self.logits(points).sigmoid()


def weights_init(module):
    """DCGAN의 가중치 초기화. ``network.apply(weights_init)``으로 모든 층에 적용합니다.

    합성곱과 전치 합성곱의 가중치는 평균 0, 표준편차 0.02인 정규분포에서 뽑습니다
    (Radford 2015 §4. 분산이 아니라 표준편차입니다). 배치 정규화의 γ는 평균 1, 표준편차 0.02,
    β는 0입니다(원저자의 구현).
    """
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, mean=0.0, std=0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, mean=1.0, std=0.02)
        nn.init.zeros_(module.bias)


@contextmanager
def evaluating(network):
    """잠시 ``network.eval()``로 두었다가 층마다의 원래 방식으로 되돌립니다."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield network
    finally:
        for module, training in modes:
            module.training = training


@torch.no_grad()
def generate(generator, z):
    """z (N, nz)로 만든 그림 (N, nc, H, W), [-1, 1]. 메모리가 모자라지 않게 나누어 만듭니다.

    배치 정규화를 평가 모드로 두어, 그림이 함께 만드는 다른 z에 기대지 않고 실행 중 통계도 바뀌지 않습니다.
    """
    with evaluating(generator):
        return torch.cat([generator(part) for part in z.split(256)])


def count_parameters(network):
    """학습하는 매개변수의 수."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
