"""08a의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import copy

import torch

from gan_lesson.checks.training_run import check_keep_picture
from gan_lesson.models import evaluating


def keep(noise=None, no_grad=True, evaluate=True, back=True, scale=1.0):
    def answer(G, fixed_noise):
        z = noise(fixed_noise) if noise else fixed_noise
        if evaluate:
            G.eval()
        with torch.set_grad_enabled(not no_grad):
            fake = G(z) * scale
        if evaluate and back:
            G.train()
        return fake

    return answer


@torch.no_grad()
def keep_by_a_copy(G, fixed_noise):
    """사본에서 만드는 답."""
    return copy.deepcopy(G).eval()(fixed_noise)


def keep_by_modes(G, fixed_noise):
    """강의의 문맥 관리자로 쓰고 떼어 내는 답."""
    with evaluating(G):
        return G(fixed_noise).detach()


def keep_frozen(G, fixed_noise):
    G.requires_grad_(False)
    return keep()(G, fixed_noise)


def keep_grad_off(G, fixed_noise):
    torch.set_grad_enabled(False)
    fake = G.eval()(fixed_noise)
    G.train()
    return fake


@torch.no_grad()
def keep_of_the_crowd(G, fixed_noise):
    """사본이라 G는 그대로지만, 학습 모드로 만든 그림."""
    return copy.deepcopy(G)(fixed_noise)


RIGHT = {check_keep_picture: [keep(), keep_by_a_copy, keep_by_modes]}

WRONG = [
    (check_keep_picture, keep(no_grad=False), "torch.no_grad()"),
    (check_keep_picture, keep(evaluate=False), "G.eval()"),
    (check_keep_picture, keep(back=False), "G.train()"),
    (check_keep_picture, keep(noise=torch.randn_like), "받은 fixed_noise"),
    (check_keep_picture, keep(noise=lambda z: z.flip(0)), "받은 fixed_noise"),
    (check_keep_picture, keep(scale=0.5), "[-1, 1]을 그대로"),
    (check_keep_picture, keep_frozen, "얼어 있습니다"),
    (check_keep_picture, keep_grad_off, "with torch.no_grad()"),
    (check_keep_picture, keep_of_the_crowd, "그 배치의 통계"),
    (check_keep_picture, lambda G, z: 1 / 0, "ZeroDivisionError"),
    (check_keep_picture, lambda G, z: keep()(G, z)[:2], "(5, 1, 32, 32)"),
    (check_keep_picture, lambda G, z: keep()(G, z).permute(0, 2, 3, 1), "(5, 1, 32, 32)"),
    (check_keep_picture, lambda G, z: keep()(G, z).int(), "채점하지 못했습니다: RuntimeError"),
    (check_keep_picture, "그림", "함수를 넘겨주세요"),
]
