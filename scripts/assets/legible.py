"""리더를 가르치고 시험할 때 글자를 고르고, 그 그림을 흔들고 섞습니다(scripts/assets/train_reader.py와 그 시험이 씁니다).

그림을 바꾸는 것은 모두 (N, 1, H, W), [-1, 1] 그림을 받아 같은 모양으로 돌려주고, 난수는 받은 ``torch.Generator``에서만 뽑습니다.
"""

import math
from functools import cache

import torch
from torch.nn import functional as F

from gan_lesson.metrics.distortions import blur, uniform


@cache
def ksx1001_syllables():
    """KS X 1001에 실린 2,350글자."""
    syllables = map(chr, range(ord("가"), ord("힣") + 1))
    # euc_kr 코덱은 KS X 1001에 실린 글자를 2바이트로, 나머지는 8바이트로 풀어 씁니다.
    return "".join(s for s in syllables if len(s.encode("euc_kr", "ignore")) == 2)


def jitter(images, rng, angle=6.0, scale=(0.88, 1.1), shift=0.06, wave=0.03):
    """조금 돌리고, 키우고, 옮기고, 물결치게 합니다. 글자는 그대로 읽힙니다.

    Args:
        angle: 가장 많이 돌리는 각도(도).
        scale: 크기의 범위.
        shift: 옮기는 거리와 그림의 한 변의 비.
        wave: 물결의 높이와 그림의 한 변의 비.
    """
    count = len(images)
    turn = uniform(count, -angle, angle, rng) * (math.pi / 180)
    size = uniform((count, 2), *scale, rng)
    lean = uniform(count, -0.08, 0.08, rng)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = turn.cos() / size[:, 0], -turn.sin() + lean
    theta[:, 1, 0], theta[:, 1, 1] = turn.sin(), turn.cos() / size[:, 1]
    theta[:, :, 2] = uniform((count, 2), -2 * shift, 2 * shift, rng)
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    bend = uniform((count, 2, 4, 4), -2 * wave, 2 * wave, rng)
    bend = F.interpolate(bend, images.shape[-2:], mode="bicubic", align_corners=False)
    grid = grid + bend.permute(0, 2, 3, 1)
    return F.grid_sample(images + 1, grid, align_corners=False) - 1  # 바깥은 검정(-1)입니다.


def thicken(images, rng):
    """획을 굵게 하거나 가늘게 하거나 그대로 둡니다."""
    fat, thin = F.max_pool2d(images, 3, 1, 1), -F.max_pool2d(-images, 3, 1, 1)
    amount = uniform((len(images), 1, 1, 1), -0.5, 0.8, rng)
    return images + amount.clamp(min=0) * (fat - images) - amount.clamp(max=0) * (thin - images)


def grain(images, rng, most=0.25):
    """그림마다 다른 세기의 잡음을 더합니다."""
    strength = uniform((len(images), 1, 1, 1), 0.0, most, rng)
    noise = torch.randn(images.shape, generator=rng)
    return (images + strength * noise).clamp(-1, 1)


def ragged(images, rng):
    """생성자의 그림처럼 획의 가장자리를 우둘투둘하게 하고 점을 흩뿌립니다."""
    count, _, height, width = images.shape
    rough = F.interpolate(torch.randn((count, 1, 12, 12), generator=rng), (height, width), mode="bilinear")
    edge = blur(images, 1.0)  # 획의 가장자리에서 0에 가깝습니다.
    strength = uniform((count, 1, 1, 1), 0.0, 0.7, rng)
    images = ((edge + strength * rough * (1 - edge.abs())) * 2.5).clamp(-1, 1)
    often = uniform((count, 1, 1, 1), 0.0, 0.02, rng)
    specks = torch.rand(images.shape, generator=rng) < often
    return torch.where(specks, uniform(images.shape, -0.6, 0.6, rng), images)


def legible(images, rng):
    """사람이 그대로 읽을 수 있을 만큼만 흔든 그림. 넷에 하나는 흔들지 않습니다."""
    count = len(images)
    changed = thicken(jitter(images, rng), rng)
    rough = torch.rand((count, 1, 1, 1), generator=rng) < 0.4
    changed = torch.where(rough, ragged(changed, rng), changed)
    changed = blur(changed, uniform(count, 0.0, 0.9, rng))
    changed = grain(changed * uniform((count, 1, 1, 1), 0.75, 1.0, rng), rng)
    untouched = torch.rand((count, 1, 1, 1), generator=rng) < 0.25
    return torch.where(untouched, images, changed)


def overlay(images, rng):
    """서로 다른 두 그림을 겹칩니다. 반은 밝은 쪽을 남기고 반은 평균합니다."""
    # 한 칸 넘게 돌려, 자기와 겹치는 그림이 없게 합니다.
    others = images.roll(int(torch.randint(1, max(2, len(images)), (), generator=rng)), 0)
    brighter = torch.rand((len(images), 1, 1, 1), generator=rng) < 0.5
    return torch.where(brighter, torch.maximum(images, others), (images + others) / 2)


def shuffle(images, rng, pieces=4):
    """``pieces``×``pieces`` 조각으로 잘라 뒤섞습니다."""
    count, channels, height, width = images.shape
    side = height // pieces
    cut = images.reshape(count, channels, pieces, side, pieces, side)
    cut = cut.permute(0, 2, 4, 1, 3, 5).reshape(count, pieces**2, channels, side, side)
    order = torch.rand((count, pieces**2), generator=rng).argsort(1)
    cut = cut.gather(1, order[:, :, None, None, None].expand_as(cut))
    cut = cut.reshape(count, pieces, pieces, channels, side, side)
    return cut.permute(0, 3, 1, 4, 2, 5).reshape(images.shape)
