"""설정값의 타입과 범위를 한곳에서 검사하는 틀. 그림의 설정과 점의 설정이 함께 씁니다."""

import math
import operator
import os
from dataclasses import dataclass, field, fields, replace

from gan_lesson.base.errors import LessonError, quote


@dataclass(frozen=True)
class Rule:
    """설정값 하나의 타입과 범위. ``allowed``는 사람이 읽는 설명입니다."""

    kind: type
    meaning: str
    allowed: str
    example: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple = ()

    def check(self, name, value):
        """``value``를 알맞은 타입으로 바꿔 돌려줍니다. 맞지 않으면 ``LessonError``."""
        try:
            converted = self._convert(value)
            # NaN은 모든 비교가 거짓이므로 "범위 밖"이 아니라 "범위 안"을 묻습니다.
            inside = self.kind is str or self.low <= converted <= self.high
        except (TypeError, ValueError, OverflowError):
            inside = False
        if not inside or (self.choices and converted not in self.choices):
            raise LessonError(
                f"설정값 {name} = {quote(value)}: {self.allowed}만 쓸 수 있습니다. 예: {name}={self.example}"
            )
        return converted

    def parse(self, text):
        """사람이 적은 글자를 값으로 바꿉니다. 바꿀 수 없으면 그대로 두어 ``check``가 거절합니다."""
        try:
            return self.kind(text)
        except ValueError:
            return text

    def _convert(self, value):
        if isinstance(value, bool):  # True는 1이 아니라 실수로 넣은 값일 때가 많습니다.
            raise TypeError
        if self.kind is int:
            return operator.index(value)
        if self.kind is float and not isinstance(value, str | bytes):
            return float(value)
        text = os.fspath(value) if self.kind is str else ""
        if isinstance(text, str) and text.strip() and "\0" not in text:
            return text
        raise TypeError


def setting(default, kind, meaning, allowed=None, example=None, above=None, below=None, **limits):
    """``Rule``이 붙은 dataclass 필드. ``default``는 값이거나 값을 돌려주는 함수입니다.

    ``allowed``(사람이 읽는 설명)를 주지 않으면 한계에서 만듭니다. ``low``와 ``high``는 그 값까지, ``above``와
    ``below``는 그 값을 넣지 않은 한계입니다.
    """
    if allowed is None:
        allowed = _in_words(kind, above=above, below=below, **limits)
    if above is not None:
        limits["low"] = math.nextafter(above, math.inf)
    if below is not None:
        limits["high"] = math.nextafter(below, -math.inf)
    rule = Rule(kind, meaning, allowed, str(default) if example is None else example, **limits)
    given = {"default_factory": default} if callable(default) else {"default": default}
    return field(metadata={"rule": rule}, **given)


def _in_words(kind, low=None, high=None, above=None, below=None, choices=()):
    if choices:
        return f"{', '.join(map(str, choices))} 가운데 하나"
    bottom = f"{low} 이상" if above is None else f"{above:g}보다 크고"
    top = f"{high} 이하" if below is None else f"{below:g} 미만"
    return f"{bottom} {top}의 {'정수' if kind is int else '실수'}".replace("이하의 실수", "이하인 실수")


class Settings:
    """얼린(frozen) dataclass인 설정들의 바탕. 잘못된 값은 모두 모아 한 번에 알려 줍니다."""

    def __post_init__(self):
        problems = []
        for name, rule in self.rules().items():
            try:
                object.__setattr__(self, name, rule.check(name, getattr(self, name)))
            except LessonError as error:
                problems.append(str(error))
        if problems:
            raise LessonError("\n".join(problems))

    @classmethod
    def rules(cls):
        """설정값 이름 → ``Rule``. 검사, 도움말, 강의의 표가 모두 여기서 나옵니다."""
        return {item.name: item.metadata["rule"] for item in fields(cls)}

    def replace(self, **changes):
        """몇 값만 바꾼 새 설정을 돌려줍니다. 모르는 이름은 ``LessonError``입니다."""
        if unknown := sorted(set(changes) - set(self.rules())):
            raise LessonError(
                f"설정값 {', '.join(unknown)}: 없는 이름입니다. "
                f"쓸 수 있는 이름은 {', '.join(self.rules())}입니다."
            )
        return replace(self, **changes)
