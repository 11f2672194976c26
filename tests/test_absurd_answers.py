"""연습문제에 무엇을 넣어도 채점기는 멈추지 않고 말로 답합니다."""

import importlib
import math
import pkgutil
from functools import partial

import pytest
import torch
from torch import nn

import gan_lesson.checks
from gan_lesson.checks.exercises import EXERCISES
from gan_lesson.checks.verdict import Verdict
from gan_lesson.labs.troubles import IMAGE_TROUBLES


def checkers():
    names = [room.name for room in pkgutil.iter_modules(gan_lesson.checks.__path__)]
    rooms = [vars(importlib.import_module(f"gan_lesson.checks.{name}")) for name in names]
    found = {name: check for room in rooms for name, check in room.items() if name.startswith("check_")}
    found["check_cure"] = partial(found["check_cure"], next(iter(IMAGE_TROUBLES)))
    return found


CHECKERS = checkers()


class NoRepr:
    def __repr__(self):
        raise RuntimeError("repr이 고장 남")


class Liar(nn.Module):
    def forward(self, *inputs):
        return "그림"


def deep(*inputs):
    return deep(*inputs)


def raises(*inputs, **options):
    raise NoRepr


def returning(value):
    return lambda *inputs, **options: value


ABSURD = {
    "None": None,
    "Ellipsis": ...,
    "수": 3,
    "NaN": math.nan,
    "무한대": -math.inf,
    "아주 큰 정수": 10**400,
    "글": "정답",
    "빈 목록": [],
    "빈 dict": {},
    "이상한 dict": {"가": 3, 2: None, ("x",): []},
    "dict의 값이 목록": {"가": [], "나": {}, "다": NoRepr()},
    "repr이 고장 난 것": NoRepr(),
    "클래스": NoRepr,
    "텐서": torch.zeros(2, 3),
    "빈 텐서": torch.zeros(0),
    "모듈": Liar(),
    "빈 Sequential": nn.Sequential(),
    "Identity": nn.Identity(),
    "Linear": nn.Linear(3, 3),
    "인자가 없는 함수": lambda: 1,
    "오류가 나는 함수": raises,
    "끝없이 부르는 함수": deep,
    "아무것도 돌려주지 않는 함수": returning(None),
    "글을 돌려주는 함수": returning("1.0"),
    "NaN을 돌려주는 함수": returning(torch.tensor(math.nan)),
    "참거짓을 돌려주는 함수": returning(True),
    "복소수를 돌려주는 함수": returning(torch.tensor(1j)),
    "참거짓 텐서를 돌려주는 함수": returning(torch.tensor([True, False])),
    "정수 텐서를 돌려주는 함수": returning(torch.tensor(3)),
    "meta 텐서를 돌려주는 함수": returning(torch.zeros((), device="meta")),
    "희소 텐서를 돌려주는 함수": returning(torch.zeros(3).to_sparse()),
    "짝을 돌려주는 함수": returning((1, "가")),
    "모듈을 돌려주는 함수": returning(nn.Identity()),
    "Liar를 돌려주는 함수": returning(Liar()),
    "클래스를 돌려주는 함수": returning(Liar),
}


@pytest.mark.parametrize("answer", ABSURD)
@pytest.mark.parametrize("name", CHECKERS)
def test_every_checker_answers_in_words(name, answer):
    verdict = CHECKERS[name](ABSURD[answer])
    assert isinstance(verdict, Verdict) and not verdict.passed, verdict
    assert isinstance(verdict.message, str) and verdict.message == repr(verdict)
    assert "채점하지 못했습니다" not in verdict.message  # 저마다 제 말로
    assert "Traceback" not in verdict.message and len(verdict.message) < 1000


def test_every_listed_exercise_is_a_decorated_checker():
    assert {exercise.check for exercise in EXERCISES} == set(CHECKERS)
    assert all(hasattr(getattr(check, "func", check), "__wrapped__") for check in CHECKERS.values())
