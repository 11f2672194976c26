"""11의 연습문제: 라벨을 보는 D의 점수, 글자를 초성·중성·종성으로 나누기."""

import operator
from functools import partial

import torch

from gan_lesson.checks.verdict import ask_value, checker, compare_all, refuse


def _labeled(count, features):
    """난수로 채운 (plain, features, initial, vowel)."""
    rng = torch.Generator().manual_seed(0)
    return torch.randn(count, generator=rng), *torch.randn(3, count, features, generator=rng)


LABELED = [_labeled(2, 3), _labeled(3, 2)]


@checker("라벨마다 다른 방향으로 특징을 재므로, 같은 그림도 라벨이 다르면 점수가 다릅니다.")
def check_conditional_score(answer):
    """``answer(plain, features, initial, vowel)``: 라벨을 보는 D의 로짓 (N,).

    plain (N,)은 라벨을 보지 않은 점수, features (N, F)는 그림의 특징, initial과 vowel (N, F)은 라벨의 벡터입니다.
    """
    mistakes = {why: partial(_score, **change) for why, change in SCORE_MISTAKES.items()}
    compare_all(answer, _score, mistakes, *LABELED)


SCORE_MISTAKES = {
    "라벨을 보지 않은 점수 plain을 더하지 않았습니다. 라벨과 상관없이 '그림다운지'도 보아야 합니다.": dict(plain=0),
    "중성이 빠졌습니다. D가 중성을 보지 않으면 G는 중성을 아무렇게나 그려도 됩니다.": dict(vowel=0),
    "초성이 빠졌습니다. D가 초성을 보지 않으면 G는 초성을 아무렇게나 그려도 됩니다.": dict(initial=0),
    "초성과 중성의 벡터는 곱하지 않고 더합니다. 곱하면 한쪽이 0일 때 다른 쪽도 보이지 않습니다.": dict(join=torch.mul),
    "평균을 냈습니다. 내적은 특징마다의 곱을 더한(sum) 것입니다.": dict(collect=lambda x: x.mean(1)),
    "배치 전체를 더했습니다. 그림마다 따로 더하도록 sum(1)이라고 쓰세요.": dict(collect=torch.sum),
    "라벨을 보지 않았습니다. 특징과 라벨의 내적을 더하세요.": dict(initial=0, vowel=0),
}  # fmt: skip


def _score(bare, h, i, v, plain=1, initial=1, vowel=1, join=torch.add, collect=lambda x: x.sum(1)):
    """라벨을 보는 D의 로짓. 이름 있는 인자로 실수를 흉내 냅니다."""
    return plain * bare + collect(h * join(initial * i, vowel * v))


SYLLABLES = [("가",), ("나",), ("휴",), ("강",), ("뷁",)]


@checker("어느 글자든 0xAC00에서 몇 번째인지로 세 번호를 얻습니다.")
def check_syllable_parts(answer):
    """``answer(syllable)``: 글자 하나의 (초성, 중성, 종성) 번호."""
    mistakes = {why: partial(_parts, **change) for why, change in PART_MISTAKES.items()}
    compare_all(partial(_three_numbers, answer), _parts, mistakes, *SYLLABLES, where="글자 '{}': ")


def _three_numbers(answer, syllable):
    found = ask_value(answer, syllable)
    try:
        initial, vowel, final = map(operator.index, found)
    except (TypeError, ValueError):
        refuse("정수 셋 (초성, 중성, 종성)을 돌려주어야 합니다.")
    return torch.tensor([initial, vowel, final])


PART_MISTAKES = {
    "0xAC00을 빼지 않았습니다. '가'가 0번이 되게 먼저 빼세요.": dict(start=0),
    "21과 28이 바뀌었습니다. 종성이 28가지(없음까지), 중성이 21가지입니다.": dict(vowels=28, finals=21),
    "차례가 거꾸로입니다. (초성, 중성, 종성)의 차례로 돌려주세요.": dict(order=(2, 1, 0)),
    "종성을 27가지로 쳤습니다. 받침이 없는 것까지 28가지입니다.": dict(finals=27),
    "중성의 번호를 21로 나눈 나머지로 바꾸지 않았습니다.": dict(remainder=False),
}


def _parts(syllable, start=0xAC00, vowels=21, finals=28, order=(0, 1, 2), remainder=True):
    """글자의 세 번호 (3,). 인자로 실수를 흉내 냅니다."""
    code = ord(syllable) - start
    rest = code // finals
    parts = rest // vowels, rest % vowels if remainder else rest, code % finals
    return torch.tensor([parts[i] for i in order])
