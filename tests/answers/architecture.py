"""05b의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from gan_lesson.checks.architecture import check_d32, check_g_block, check_parameter_count
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator, count_parameters


def block(a, b, kernel=4, stride=2, padding=1, bias=False, norm=nn.BatchNorm2d, act=nn.ReLU, **more):
    layers = [nn.ConvTranspose2d(a, b, kernel, stride, padding, bias=bias, **more)]
    layers += [norm(b)] if norm else []
    return nn.Sequential(*layers, *([act()] if act else []))


class BlockModule(nn.Module):
    """같은 블록을 forward로, 배치 정규화를 먼저 만들어 쓴 답."""

    def __init__(self, a, b):
        super().__init__()
        self.norm = nn.BatchNorm2d(b)
        self.up = nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)

    def forward(self, x):
        return F.relu(self.norm(self.up(x)), inplace=True)


def d32(nc, ndf, norms=(0, 1, 1, 0), act=lambda: nn.LeakyReLU(0.2, inplace=True),
        last=nn.Sigmoid, bias=False, widths=None):  # fmt: skip
    channels = widths or [nc, ndf, 2 * ndf, 4 * ndf, 1]
    layers = []
    for i in range(4):
        stride, padding = (2, 1) if i < 3 else (1, 0)
        layers.append(nn.Conv2d(channels[i], channels[i + 1], 4, stride, padding, bias=bias))
        layers += [nn.BatchNorm2d(channels[i + 1])] if norms[i] else []
        layers += [act()] if act and i < 3 else []
    return nn.Sequential(*layers, *([last()] if last else []), nn.Flatten(0))


class FunctionalD(nn.Module):
    def __init__(self, nc, ndf):
        super().__init__()
        self.a = nn.Conv2d(nc, ndf, 4, 2, 1, bias=False)
        self.b = nn.Conv2d(ndf, 2 * ndf, 4, 2, 1, bias=False)
        self.c = nn.Conv2d(2 * ndf, 4 * ndf, 4, 2, 1, bias=False)
        self.d = nn.Conv2d(4 * ndf, 1, 4, bias=False)
        self.norm_b, self.norm_c = nn.BatchNorm2d(2 * ndf), nn.BatchNorm2d(4 * ndf)

    def forward(self, x):
        x = F.leaky_relu(self.a(x), 0.2)
        x = F.leaky_relu(self.norm_b(self.b(x)), 0.2)
        x = F.leaky_relu(self.norm_c(self.c(x)), 0.2)
        return torch.sigmoid(self.d(x))[:, 0, 0, 0]


class Squeezing(nn.Sequential):
    def forward(self, x):
        return super().forward(x).squeeze()


def pooled_d(nc, ndf):
    layers = []
    for a, b in ((nc, ndf), (ndf, 2 * ndf), (2 * ndf, 4 * ndf)):
        layers += [nn.Conv2d(a, b, 3, 1, 1, bias=False), nn.MaxPool2d(2), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(4 * ndf, 1, 4), nn.Sigmoid())


class PoolingD(FunctionalD):
    """풀링을 forward에서 부르는 답."""

    def __init__(self, nc, ndf):
        super().__init__(nc, ndf)
        self.b = nn.Conv2d(ndf, 2 * ndf, 3, 1, 1, bias=False)

    def forward(self, x):
        x = F.leaky_relu(self.a(x), 0.2)
        x = F.leaky_relu(F.avg_pool2d(self.norm_b(self.b(x)), 2), 0.2)
        x = F.leaky_relu(self.norm_c(self.c(x)), 0.2)
        return torch.sigmoid(self.d(x)).flatten()


RIGHT = {
    check_g_block: [
        block,
        BlockModule,
        lambda a, b: (
            nn.Sequential(*Generator(LessonConfig(nz=a, ngf=b)).main[3:6]) if a == 4 * b else block(a, b)
        ),
    ],
    check_d32: [d32, FunctionalD, lambda nc, ndf: Discriminator(LessonConfig(nc=nc, ndf=ndf))],
    check_parameter_count: [
        lambda a, b, k: a * b * k**2 + 2 * b,
        lambda a, b, k: count_parameters(nn.Sequential(nn.Conv2d(a, b, k, bias=False), nn.BatchNorm2d(b))),
        lambda a, b, k: np.prod([a, b, k, k]) + np.int64(2 * b),
    ],
}

WRONG = [
    (check_g_block, lambda a, b: nn.Conv2d(a, b, 4, 2, 1), "0개입니다. nn.ConvTranspose2d"),
    (check_g_block, lambda a, b: block(a, b, padding=0), "(8, 4, 12, 12)"),
    (check_g_block, lambda a, b: block(a, b, stride=1), "보폭 1"),
    (check_g_block, lambda a, b: block(a, b, kernel=3, output_padding=1), "커널이 3×3"),
    (check_g_block, lambda a, b: block(b, a), "RuntimeError"),
    (check_g_block, lambda a, b: block(a, b, norm=None), "배치 정규화가 없"),
    (check_g_block, lambda a, b: block(a, b, act=nn.LeakyReLU), "LeakyReLU(0.01)"),
    (check_g_block, lambda a, b: block(a, b, act=lambda: nn.LeakyReLU(0.2)), "LeakyReLU는 구분자"),
    (check_g_block, lambda a, b: block(a, b, act=nn.Tanh), "생성자의 마지막 층"),
    (check_g_block, lambda a, b: block(a, b, act=None), "활성화 함수 없음"),
    (check_g_block, lambda a, b: block(a, b, act=nn.GELU), "알 수 없"),
    (check_g_block, lambda a, b: block(a, b, bias=True), "bias=False"),
    (
        check_g_block,
        lambda a, b: nn.Sequential(
            nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.ReLU(), nn.BatchNorm2d(b)
        ),
        "사이에 활성화 함수",
    ),
    (
        check_g_block,
        lambda a, b: nn.Sequential(
            nn.BatchNorm2d(a), nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.ReLU()
        ),
        "보다 앞에",
    ),
    (check_g_block, lambda a, b: block(a, b, kernel=6, padding=2), "커널이 6×6"),
    (check_g_block, lambda a, b: block(a, b, stride=3, padding=2), "보폭 3"),
    (check_g_block, lambda a, b: block(a, b, groups=2), "groups=1"),
    (check_g_block, lambda a, b: block(a, b, norm=lambda c: nn.BatchNorm2d(c, affine=False)), "affine=True"),
    (check_g_block, lambda a, b: [nn.ReLU()], "nn.Sequential(…)로 묶"),
    (check_g_block, lambda a, b: nn.Upsample(scale_factor=2), "전치 합성곱이 0개"),
    (check_g_block, lambda a: block(a, a), "TypeError"),
    (check_g_block, "블록", "함수를 넘겨"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, norms=(1, 1, 1, 0)), "입력 층"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, norms=(0, 1, 1, 1)), "출력 층"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, norms=(0, 0, 1, 0)), "2번째 합성곱 뒤에 배치"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, norms=(0, 0, 0, 0)), "2번째 합성곱 뒤에 배치"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, act=nn.ReLU), "음수 쪽의 변화도"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, act=nn.LeakyReLU), "PyTorch의 기본값"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, act=None), "활성화 함수 없음"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, act=nn.Tanh), "LeakyReLU(0.2)의 자리인데 'tanh'"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, last=None), "시그모이드의 자리인데 '활성화 함수 없음'"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, last=nn.Tanh), "tanh는 생성자의 것"),
    (check_d32, lambda nc, ndf: d32(nc, ndf, last=lambda: nn.Softmax(1)), "알 수 없는 것"),
    (
        check_d32,
        lambda nc, ndf: d32(nc, ndf, last=lambda: nn.Sequential(nn.Sigmoid(), nn.Sigmoid())),
        "한 번만",
    ),
    (check_d32, lambda nc, ndf: d32(nc, ndf, bias=True), "쓸모없는"),
    (check_d32, lambda nc, ndf: d32(3, ndf), "RuntimeError"),
    (check_d32, lambda nc, ndf: d32(nc, 8), "채널의 수가 다릅니다"),
    (check_d32, lambda nc, ndf: d32(nc, ndf)[:-1], "(8, 1, 1, 1)"),
    (
        check_d32,
        lambda nc, ndf: nn.Sequential(nn.Conv2d(nc, ndf, 3, 2, 1, bias=False), *d32(nc, ndf)[1:]),
        "1번째 합성곱: 크기는 맞지만 커널이 3×3",
    ),
    (check_d32, pooled_d, "풀링"),
    (check_d32, PoolingD, "풀링"),
    (
        check_d32,
        lambda nc, ndf: d32(nc, ndf, widths=[nc, ndf, ndf, ndf, 1]),
        "(8, 16, 8, 8)이 나와야 하는데 (8, 8, 8, 8)",
    ),
    (check_d32, lambda nc, ndf: Discriminator(LessonConfig.paper(nc=nc, ndf=ndf)), "RuntimeError"),
    (check_d32, lambda nc, ndf: nn.Sequential(*d32(nc, ndf)[:-2], nn.Conv2d(1, 2, 1)), "합성곱이 5개"),
    (check_d32, lambda nc, n: nn.Sequential(nn.Conv2d(nc, n, 4, 2, 1), *d32(nc, n)[1:]), "1번째 합성곱: 크기는 맞지만 bias"),
    (check_d32, lambda nc, n: nn.Sequential(*d32(nc, n)[:-3], nn.Conv2d(4 * n, 1, 4, 2, bias=False), *d32(nc, n)[-2:]), "보폭이 2"),
    (check_d32, lambda nc, n: Squeezing(*d32(nc, n)[:-1]), "그림 1장에 대한 답의 모양이 ()"),
    (check_g_block, lambda a, b: (block(a, b),), "쉼표"),
    (check_g_block, lambda a, b: block(a, b) and None, "return을 빠뜨리지"),
    (check_parameter_count, lambda a, b, k: a * b * k * k + 4 * b + 1, "state_dict"),
    (check_parameter_count, lambda a, b, k: "1", "수나 텐서 하나를"),
    (check_parameter_count, lambda a, b, k: a * b * k * k, "γ와 β가 빠졌"),
    (check_parameter_count, lambda a, b, k: a * b * k * k + b, "하나만"),
    (check_parameter_count, lambda a, b, k: a * b * k * k + 3 * b, "bias까지"),
    (check_parameter_count, lambda a, b, k: a * b * k * k + 4 * b, "통계"),
    (check_parameter_count, lambda a, b, k: a * b * k * k + 2 * a, "나가는 채널입니다"),
    (check_parameter_count, lambda a, b, k: a * b * k + 2 * b, "제곱"),
    (check_parameter_count, lambda a, b, k: b * k * k + 2 * b, "들어오는 채널을 곱하지"),
    (check_parameter_count, lambda a, b, k: a * k * k + 2 * b, "나가는 채널을 곱하지"),
    (check_parameter_count, lambda a, b, k: 1, "before=7, after=3, kernel=2: 90이어야 하는데"),
]  # fmt: skip
