"""11의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import numpy as np
import torch

from gan_lesson.checks.project import check_conditional_score, check_syllable_parts
from gan_lesson.data.hangul import decompose


def arithmetic(syllable, start=0xAC00, vowels=21, finals=28):
    code = ord(syllable) - start
    return code // (vowels * finals), code // finals % vowels, code % finals


RIGHT = {
    check_conditional_score: [
        lambda plain, h, initial, vowel: plain + (h * (initial + vowel)).sum(1),
        lambda plain, h, initial, vowel: (
            torch.einsum("nf,nf->n", h, initial) + torch.einsum("nf,nf->n", h, vowel) + plain
        ),
        lambda plain, h, initial, vowel: (
            plain + torch.stack([a @ b for a, b in zip(h, initial + vowel, strict=True)])
        ),
    ],
    check_syllable_parts: [
        arithmetic,
        lambda syllable: list(decompose(syllable)),
        lambda s: np.unravel_index(ord(s) - 0xAC00, (19, 21, 28)),
    ],
}

WRONG = [
    (check_conditional_score, lambda plain, h, i, v: (h * (i + v)).sum(1), "plain을 더하지 않았"),
    (check_conditional_score, lambda plain, h, i, v: plain + (h * i).sum(1), "중성이 빠졌"),
    (check_conditional_score, lambda plain, h, i, v: plain + (h * v).sum(1), "초성이 빠졌"),
    (check_conditional_score, lambda plain, h, i, v: plain + (h * i * v).sum(1), "곱하지 않고 더합니다"),
    (check_conditional_score, lambda plain, h, i, v: plain + (h * (i + v)).mean(1), "평균을 냈"),
    (check_conditional_score, lambda plain, h, i, v: plain + (h * (i + v)).sum(), "배치 전체를 더했"),
    (check_conditional_score, lambda plain, h, i, v: plain + (i + v).sum(1), "이어야 하는데"),
    (
        check_conditional_score,
        lambda plain, h, i, v: (plain + (h * (i + v)).sum(1)).sigmoid(),
        "이어야 하는데",
    ),
    (check_conditional_score, lambda plain, h, i, v: plain, "라벨을 보지 않았"),
    (check_conditional_score, lambda plain, h, i, v: h * (i + v), "모양이"),
    (
        check_conditional_score,
        lambda plain, h, i, v: (plain + (h * (i + v)).sum(1))[:, None],
        "모양이 (2, 1)",
    ),
    (check_conditional_score, lambda plain, h, i, v: plain - (h * (i + v)).sum(1), "이어야 하는데"),
    (check_syllable_parts, lambda s: arithmetic(s, start=0), "빼지 않았"),
    (check_syllable_parts, lambda s: arithmetic(s, vowels=28, finals=21), "21과 28이 바뀌었"),
    (check_syllable_parts, lambda s: arithmetic(s)[::-1], "차례가 거꾸로"),
    (check_syllable_parts, lambda s: arithmetic(s, finals=27), "27가지"),
    (check_syllable_parts, lambda s: arithmetic(s, vowels=10), "이어야 하는데"),
    (
        check_syllable_parts,
        lambda s: (arithmetic(s)[0], (ord(s) - 0xAC00) // 28, arithmetic(s)[2]),
        "나머지로 바꾸지",
    ),
    (check_syllable_parts, lambda s: (*arithmetic(s)[:2], 0), "글자 '강': 0, 0, 21이어야"),
    (check_syllable_parts, lambda s: arithmetic(s)[:2], "정수 셋"),
    (check_syllable_parts, lambda s: tuple(map(float, arithmetic(s))), "정수 셋"),
]
