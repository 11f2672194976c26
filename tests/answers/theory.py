"""01과 02의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import math

import torch
from scipy.spatial.distance import jensenshannon
from torch.nn import functional as F
from torch.special import xlogy

from gan_lesson.checks.theory import check_accuracy, check_jsd, check_jsd_bound, check_value


def kl(p, q):
    return (xlogy(p, p) - xlogy(p, q)).sum()


def jsd(p, q):
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


RIGHT = {
    check_accuracy: [
        lambda r, f: ((r > 0.5).float().mean() + (f < 0.5).float().mean()) / 2,
        lambda r, f: torch.cat([r > 0.5, f < 0.5]).float().mean(),
        lambda r, f: sum([*(r > 0.5).tolist(), *(f < 0.5).tolist()]) / (len(r) + len(f)),
    ],
    check_value: [
        lambda r, f: r.log().mean() + (1 - f).log().mean(),
        lambda r, f: -F.binary_cross_entropy(r, r**0) - F.binary_cross_entropy(f, 0 * f),
        lambda r, f: sum(map(math.log, r)) / len(r) + sum(math.log(1 - b) for b in f) / len(f),
    ],
    check_jsd_bound: [
        lambda loss: max((math.log(4) - loss) / 2, 0),
        lambda loss: torch.tensor(math.log(2) - loss / 2).clamp(min=0),
        lambda loss: math.log(2) - loss / 2 if loss < math.log(4) else 0.0,
    ],
    check_jsd: [
        jsd,
        lambda p, q: torch.tensor(jensenshannon(p, q) ** 2),
        # 엔트로피로: H(m) - (H(p) + H(q)) / 2
        lambda p, q: -xlogy((p + q) / 2, (p + q) / 2).sum() + (xlogy(p, p) + xlogy(q, q)).sum() / 2,
    ],
}  # fmt: skip

WRONG = [
    (check_accuracy, lambda r, f: (r > 0.5).float().mean(), "진짜에 대한 답만"),
    (check_accuracy, lambda r, f: (f < 0.5).float().mean(), "가짜에 대한 답만"),
    (check_accuracy, lambda r, f: torch.cat([r < 0.5, f > 0.5]).float().mean(), "틀린 비율"),
    (check_accuracy, lambda r, f: torch.cat([r > 0.5, f > 0.5]).float().mean(), "가짜에도"),
    (check_accuracy, lambda r, f: (r > 0.5).sum() + (f < 0.5).sum(), "맞힌 수"),
    (check_accuracy, lambda r, f: (r > 0.5).float().mean() + (f < 0.5).float().mean(), "두 배입니다"),
    (check_accuracy, lambda r, f: (r.mean() + (1 - f).mean()) / 2, "0.7이어야"),
    (check_accuracy, lambda r, f: r > 0.5, "모양이 (5,)"),
    (check_accuracy, lambda r, f: True, "bool"),
    (check_accuracy, lambda r, f: torch.cat([r >= 0.5, f <= 0.5]).float().mean(), "정확히 0.5"),
    (check_accuracy, lambda r, f: ((r > 0.5) & (f < 0.5)).float().mean(), "둘 다 맞힌"),
    (check_accuracy, lambda r, f: (r > 0.5).mean(), "먼저 .float()로"),
    (check_accuracy, lambda r, f: print(r > 0.5), "print는"),
    (check_accuracy, lambda r, f: 0.7, "0.166667이어야"),
    (check_value, lambda r, f: torch.log(r * (1 - f)).mean(), "크기가 서로 다른(3, 2)"),
    (check_jsd, lambda p, q: (xlogy(p, p / (p + q)).sum() + (q * (q / (p + q)).log()).sum()) / 2 + math.log(2), "NaN"),
    (check_value, lambda r, f: -r.log().mean() - (1 - f).log().mean(), "음의 부호"),
    (check_value, lambda r, f: r.log().mean(), "둘째 항이 빠졌"),
    (check_value, lambda r, f: (1 - f).log().mean(), "첫째 항이 빠졌"),
    (check_value, lambda r, f: r.log().mean() + f.log().mean(), "log D(G(z))입니다"),
    (check_value, lambda r, f: f.log().mean() + (1 - r).log().mean(), "바뀌었습니다"),
    (check_value, lambda r, f: r.log().sum() + (1 - f).log().sum(), "합입니다"),
    (check_value, lambda r, f: (r.log().mean() + (1 - f).log().mean()) / 2, "절반입니다"),
    (check_value, lambda r, f: r.mean() + (1 - f).mean(), "로그가 없습니다"),
    (check_value, lambda r, f: r.mean().log() + (1 - f).mean().log(), "평균한 뒤에"),
    (check_value, lambda r, f: r.log2().mean() + (1 - f).log2().mean(), "밑이 2"),
    (check_value, lambda r, f: r.log() + (1 - f).log(), "모양이 (5,)"),
    (check_value, lambda r, f: torch.tensor(9.0), "나온 값은 9입니다"),
    (check_jsd_bound, lambda loss: (math.log(4) - loss) / 2, "0보다 작지 않습니다"),
    (check_jsd_bound, lambda loss: max((math.log(4) + loss) / 2, 0), "Loss_D는 -V"),
    (check_jsd_bound, lambda loss: max((math.log(2) - loss) / 2, 0), "log 2가 아니라"),
    (check_jsd_bound, lambda loss: max(math.log(4) - loss, 0), "두 배입니다"),
    (check_jsd_bound, lambda loss: loss / 2, "반만 냈습니다"),
    (check_jsd_bound, lambda loss: 0.0, "log 4를 더하지"),
    (check_jsd_bound, lambda loss: 0.3931, "이어야 하는데"),
    (check_jsd, lambda p, q: kl(p, (p + q) / 2) + kl(q, (p + q) / 2), "더하기만"),
    (check_jsd, lambda p, q: kl(p, (p + q) / 2), "KL(p‖m)만"),
    (check_jsd, lambda p, q: kl(q, (p + q) / 2), "KL(q‖m)만"),
    (check_jsd, lambda p, q: -jsd(p, q), "부호가 뒤집"),
    (check_jsd, lambda p, q: (kl(p, p + q) + kl(q, p + q)) / 2, "p + q로 두었"),
    (check_jsd, lambda p, q: jsd(p, q).sqrt(), "제곱근"),
    (check_jsd, lambda p, q: jsd(p, q) / math.log(2), "밑이 2"),
    (check_jsd, lambda p, q: jsd(p, q) / len(p), "평균했습니다"),
    (check_jsd, lambda p, q: (p * (p / ((p + q) / 2)).log()).sum(), "NaN"),
    (check_jsd, lambda p, q: (kl(p, q) + kl(q, p)) / 2, "무한대"),
    (check_jsd, lambda p, q: torch.tensor(3.0), "나온 값은 3입니다"),
]  # fmt: skip
