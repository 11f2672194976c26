"""09a와 09b의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import numpy as np
import torch

from gan_lesson.checks.evaluation import check_coverage, check_frechet, check_slerp
from gan_lesson.labs.latent.paths import lerp, slerp


def frechet_by_trace(m1, s1, m2, s2):
    c1, c2 = torch.diag(s1**2), torch.diag(s2**2)
    return (m1 - m2) @ (m1 - m2) + torch.trace(c1 + c2 - 2 * (c1 @ c2).sqrt())


def kinds(read, confident, allowed):
    return len({r for r, sure in zip(read, confident, strict=True) if sure and r in allowed}) / len(allowed)


def kinds_by_loop(read, confident, allowed):
    return sum(any(r == s and c for r, c in zip(read, confident, strict=True)) for s in allowed) / len(
        allowed
    )


def slerp_by_rotation(a, b, t):
    """a에 수직인 방향으로 각만큼 돌리는 답. 길이는 두 끝의 sin 비에서 나옵니다."""
    angle = torch.arccos(torch.dot(a, b) / (a.norm() * b.norm()))
    side = b - torch.dot(a, b) / torch.dot(a, a) * a
    along = torch.sin((1 - t) * angle) + torch.sin(t * angle) * torch.cos(angle) * b.norm() / a.norm()
    return (along * a + torch.sin(t * angle) * side) / torch.sin(angle)


def slerp_by_halves(a, b, t):
    """방향은 numpy로 구하는 답."""
    omega = np.arccos(np.clip(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))
    return (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)


def angle(a, b):
    return torch.arccos(torch.dot(a, b) / (a.norm() * b.norm()))


RIGHT = {
    check_frechet: [
        lambda m1, s1, m2, s2: (m1 - m2).square().sum() + (s1 - s2).square().sum(),
        frechet_by_trace,
        lambda *four: ((four[0] - four[2]).numpy() ** 2).sum() + ((four[1] - four[3]).numpy() ** 2).sum(),
    ],
    check_coverage: [
        kinds,
        kinds_by_loop,
        lambda r, c, a: float(torch.tensor([(s, True) in zip(r, c, strict=True) for s in a]).float().mean()),
    ],
    check_slerp: [slerp, slerp_by_rotation, slerp_by_halves],
}

WRONG = [
    (check_frechet, lambda m1, s1, m2, s2: (m1 - m2).square().sum(), "퍼진 정도가 다른 것도"),
    (check_frechet, lambda m1, s1, m2, s2: (s1 - s2).square().sum(), "평균의 차이도"),
    (check_frechet, lambda *x: frechet_by_trace(*x).sqrt(), "제곱근"),
    (check_frechet, lambda *x: frechet_by_trace(*x) / len(x[0]), "평균했습니다"),
    (check_frechet, lambda a, s, b, t: (a - b).abs().sum() + (s - t).square().sum(), "제곱하지 않"),
    (check_frechet, lambda a, s, b, t: ((a - b) ** 2).sum() + ((s**2 - t**2) ** 2).sum(), "분산의"),
    (check_frechet, lambda a, s, b, t: ((a - b) ** 2 + s**2 + t**2).sum(), "교차항이 빠졌"),
    (check_frechet, lambda a, s, b, t: ((a - b) ** 2 + s**2 + t**2 - s * t).sum(), "이어야 하는데"),
    (check_frechet, lambda a, s, b, t: ((a - b) ** 2 + (s - t).abs()).sum(), "표준편차의 차이를"),
    (check_frechet, lambda a, s, b, t: ((a - b) ** 2 + s + t - 2 * (s * t).sqrt()).sum(), "16.9721"),
    (check_frechet, lambda a, s, b, t: (a - b).norm() + (s - t).norm(), "norm"),
    (check_frechet, lambda a, b, s, t: ((a - b) ** 2 + (s - t) ** 2).sum(), "인자의 차례"),
    (check_slerp, lambda a, b, t: slerp(a, b, t)[None], "모양이 (1, 3)"),
    (check_frechet, lambda *x: torch.tensor(3.0), "나온 값은"),
    (check_frechet, lambda a, s, b, t: a - b, "스칼라"),
    (check_coverage, lambda r, c, a: len({x for x, s in zip(r, c, strict=True) if s}) / len(a), "없는 글자까지"),
    (check_coverage, lambda r, c, a: len(set(r) & set(a)) / len(a), "자신 없게 읽힌"),
    (check_coverage, lambda r, c, a: len(set(r)) / len(a), "이어야 하는데"),
    (check_coverage, lambda r, c, a: sum(s and x in a for x, s in zip(r, c, strict=True)) / len(a), "여러 번"),
    (check_coverage, lambda r, c, a: sum(s and x in a for x, s in zip(r, c, strict=True)) / len(r), "읽히는 비율"),
    (check_coverage, lambda *x: kinds(*x) * 6 / 11, "그림의 수로"),
    (check_coverage, lambda *x: kinds(*x) * 6, "수만 세었"),
    (check_coverage, lambda *x: kinds(*x) * 100, "퍼센트"),
    (check_coverage, lambda r, c, a: len(set(r) & set(a)) / len(r), "나온 값은 0.454545"),
    (check_coverage, lambda r, c, a: 0.5, "0이어야 하는데 나온 값은 0.5입니다"),
    (check_coverage, lambda *x: 0.123, "나온 값은"),
    (check_slerp, lerp, "선형 보간입니다"),
    (check_slerp, lambda a, b, t: slerp(b, a, t), "두 끝이 바뀌"),
    (check_slerp, lambda a, b, t: lerp(a, b, t) / lerp(a, b, t).norm() * lerp(a.norm(), b.norm(), t), "이어야 하는데"),
    (check_slerp, lambda a, b, t: slerp(a, b, t) * angle(a, b).sin(), "sin(각)으로"),
    (check_slerp, lambda a, b, t: slerp(a / a.norm(), b / b.norm(), t), "길이를 1로"),
    (check_slerp, lambda a, b, t: torch.arccos(torch.dot(a, b)) * a, "arccos에는"),
    (check_slerp, lambda a, b, t: a, "share=0.25: "),
    (check_slerp, lambda a, b, t: a[:2], "모양이 (3,)"),
    (check_slerp, lambda a, b: a, "TypeError"),
]  # fmt: skip
