"""글자 그림을 망가뜨립니다: 나쁜 생성자를 흉내 내고, 리더가 읽지 말아야 할 것을 만듭니다.

모두 (N, 1, H, W), [-1, 1] 그림을 받아 같은 모양으로 돌려주고, 난수는 받은 ``torch.Generator``에서만 뽑습니다.
리더를 가르칠 때만 쓰는 것은 ``scripts/assets/legible.py``에 있습니다.
"""

import torch
from torch.nn import functional as F


def uniform(shape, low, high, rng):
    return torch.empty(shape).uniform_(low, high, generator=rng)


def blur(images, sigma):
    """가우스 흐림. ``sigma``는 픽셀이고 수 하나이거나 그림마다의 (N,)입니다."""
    sigma = torch.as_tensor(sigma, dtype=torch.float32).expand(len(images)).clamp(min=1e-3)
    radius = 4
    x = torch.arange(-radius, radius + 1)
    kernel = torch.exp(-(x**2) / (2 * sigma[:, None] ** 2))
    kernel = kernel / kernel.sum(1, keepdim=True)
    count, _, height, width = images.shape
    stacked = F.pad(images.transpose(0, 1), [radius] * 4, value=-1.0)
    stacked = F.conv2d(stacked, kernel[:, None, :, None], groups=count)
    return F.conv2d(stacked, kernel[:, None, None, :], groups=count).transpose(0, 1)


def noise(shape, rng):
    """글자가 없는 그림: 픽셀 잡음, 얼룩, 격자, 고른 회색이 섞여 있습니다."""
    count, _, height, width = shape
    pixels = torch.randn(shape, generator=rng) * uniform((count, 1, 1, 1), 0.02, 1.2, rng)
    level = uniform((count, 1, 1, 1), -1.0, 0.6, rng)
    stains = F.interpolate(torch.randn((count, 1, 5, 5), generator=rng), (height, width), mode="bicubic")
    grid = torch.zeros(count, 1, height, width)
    grid[:, :, ::2, ::2] = 1.0
    weights = torch.rand((3, count, 1, 1, 1), generator=rng)
    weights = weights * (torch.rand((3, count, 1, 1, 1), generator=rng) < 0.5)
    return (level + weights[0] * pixels + weights[1] * stains + weights[2] * grid).clamp(-1, 1)


def half(images, rng):
    """위, 아래, 왼쪽, 오른쪽 가운데 한쪽 절반을 지웁니다."""
    size = images.shape[-1]
    upper = (torch.arange(size) < size // 2)[:, None].expand(size, size)
    sides = torch.stack([upper, ~upper, upper.T, ~upper.T])
    choice = torch.randint(4, (len(images),), generator=rng)
    return images.masked_fill(sides[choice][:, None], -1.0)
