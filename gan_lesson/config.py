"""강의의 설정값 12개와 시드.

타입과 범위는 ``LessonConfig``를 만들 때 검사합니다. GPU가 몇 개인지, 폴더가 있는지처럼
컴퓨터에 따라 다른 것은 학습을 시작할 때 검사합니다(``state.pick_device``, ``data.sources``).
그래서 GPU에서 만든 실행 기록을 노트북 컴퓨터에서도 읽을 수 있습니다.
"""

import json
import math
import operator
import os
from dataclasses import asdict, dataclass, field, fields, replace

from gan_lesson.errors import LessonError, quote

BUILTIN_DATA = ("hangul", "mnist", "fashion-mnist", "cifar10", "celeba")
IMAGE_SIZES = (32, 64, 128)


def default_ngpu():
    """쓸 수 있는 GPU가 있으면 1, 없으면 0."""
    import torch

    return min(1, torch.cuda.device_count())


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
        except (TypeError, ValueError, OverflowError):
            raise self.error(name, value) from None
        if self.choices and converted not in self.choices:
            raise self.error(name, value)
        # NaN은 모든 비교가 거짓이므로 "범위 밖"이 아니라 "범위 안이 아님"을 묻습니다.
        if self.kind is not str and not self.low <= converted <= self.high:
            raise self.error(name, value)
        return converted

    def parse(self, text):
        """명령줄에서 온 글자를 값으로 바꿉니다. 바꿀 수 없으면 그대로 두어 ``check``가 거절합니다."""
        if self.kind is str:
            return text
        try:
            return self.kind(text)
        except ValueError:
            return text

    def error(self, name, value):
        return LessonError(
            f"설정값 {name} = {quote(value)}: {self.allowed}만 쓸 수 있습니다. "
            f"예: {name}={self.example}"
        )

    def _convert(self, value):
        if isinstance(value, bool):  # True는 1이 아니라 실수로 넣은 값일 때가 많습니다.
            raise TypeError
        if self.kind is int:
            return operator.index(value)
        if self.kind is float:
            if isinstance(value, str | bytes):
                raise TypeError
            return float(value)
        text = os.fspath(value)
        if not isinstance(text, str) or not text.strip() or "\0" in text:
            raise TypeError
        return text


def _setting(default, kind, meaning, allowed, example=None, **limits):
    rule = Rule(kind, meaning, allowed, str(default) if example is None else example, **limits)
    if callable(default):
        return field(default_factory=default, metadata={"rule": rule})
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True)
class LessonConfig:
    """강의의 설정값 12개와 시드. 만든 뒤에는 바뀌지 않습니다.

    기본값은 ``quick``(CPU에서 몇 분)입니다. 값을 바꾸려면 ``config.replace(lr=0.001)``처럼
    새 설정을 만듭니다. 잘못된 값은 한국어로 설명하는 ``LessonError``가 됩니다.
    """

    dataroot: str = _setting(
        "hangul",
        str,
        "데이터셋 폴더의 경로 또는 내장 데이터의 이름",
        f"그림 폴더의 경로나 내장 데이터의 이름({', '.join(BUILTIN_DATA)})",
    )
    workers: int = _setting(
        0,
        int,
        "DataLoader가 데이터를 읽을 때 쓰는 작업 프로세스의 수(0이면 따로 띄우지 않음)",
        "0 이상 64 이하의 정수",
        low=0,
        high=64,
    )
    batch_size: int = _setting(
        32, int, "미니 배치 하나에 든 그림의 수", "2 이상 8192 이하의 정수", low=2, high=8192
    )
    image_size: int = _setting(
        32,
        int,
        "학습에 쓰는 그림의 가로와 세로(픽셀)",
        "32, 64, 128 가운데 하나",
        choices=IMAGE_SIZES,
    )
    nc: int = _setting(
        1,
        int,
        "그림의 색 채널 수(1은 흑백, 3은 컬러)",
        "1(흑백)과 3(컬러)",
        choices=(1, 3),
    )
    nz: int = _setting(
        100, int, "잠재공간 벡터 z의 원소 수", "1 이상 4096 이하의 정수", low=1, high=4096
    )
    ngf: int = _setting(
        32, int, "생성자의 특징 맵 채널 수의 기준", "1 이상 512 이하의 정수", low=1, high=512
    )
    ndf: int = _setting(
        32, int, "구분자의 특징 맵 채널 수의 기준", "1 이상 512 이하의 정수", low=1, high=512
    )
    num_epochs: int = _setting(
        5,
        int,
        "데이터 전체를 몇 번 볼지(에폭 수)",
        "1 이상 100000 이하의 정수",
        low=1,
        high=100_000,
    )
    lr: float = _setting(
        0.0002,
        float,
        "두 옵티마이저의 학습률",
        "0보다 크고 1 이하인 실수",
        low=math.nextafter(0.0, 1.0),
        high=1.0,
    )
    beta1: float = _setting(
        0.5,
        float,
        "Adam 옵티마이저의 beta1",
        "0 이상 1 미만의 실수",
        low=0.0,
        high=math.nextafter(1.0, 0.0),
    )
    ngpu: int = _setting(
        default_ngpu,
        int,
        "쓸 GPU의 개수(번호가 아님, 0이면 CPU)",
        "0(CPU) 이상 64 이하의 정수(GPU의 번호가 아니라 개수)",
        example="1",
        low=0,
        high=64,
    )
    seed: int = _setting(
        0,
        int,
        "난수의 시드(같은 시드면 같은 결과)",
        "0 이상 2147483647 이하의 정수",
        low=0,
        high=2**31 - 1,
    )

    def __post_init__(self):
        problems = []
        for name, rule in rules().items():
            try:
                object.__setattr__(self, name, rule.check(name, getattr(self, name)))
            except LessonError as error:
                problems.append(str(error))
        if not problems and self.ngpu > 1 and self.batch_size % self.ngpu:
            problems.append(
                f"설정값 batch_size = {self.batch_size}, ngpu = {self.ngpu}: 배치를 GPU마다 똑같이 "
                "나눌 수 없습니다. batch_size는 ngpu의 배수여야 합니다. "
                f"예: batch_size={math.ceil(self.batch_size / self.ngpu) * self.ngpu}"
            )
        if problems:
            raise LessonError("\n".join(problems))

    @classmethod
    def quick(cls, **changes):
        """CPU에서 몇 분이면 끝나는 작은 설정: 한글 글자, 1×32×32."""
        return cls(**changes)

    @classmethod
    def paper(cls, **changes):
        """DCGAN 논문의 크기(Radford 2015 §4): 3×64×64, 64채널 기준, 배치 128. GPU에 알맞습니다."""
        values = dict(batch_size=128, image_size=64, nc=3, ngf=64, ndf=64, num_epochs=25)
        return cls(**(values | changes))

    def replace(self, **changes):
        """몇 값만 바꾼 새 설정을 돌려줍니다. 모르는 이름은 ``LessonError``입니다."""
        unknown = sorted(set(changes) - set(rules()))
        if unknown:
            raise LessonError(
                f"설정값 {', '.join(unknown)}: 없는 이름입니다. "
                f"쓸 수 있는 이름은 {', '.join(rules())}입니다."
            )
        return replace(self, **changes)

    def to_json(self):
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text):
        """``to_json``이 쓴 글에서 설정을 다시 만듭니다. 빠진 값은 받아들이지 않습니다."""
        try:
            values = json.loads(text)
        except ValueError as error:
            raise LessonError(f"설정 파일: JSON으로 읽을 수 없습니다({error}).") from None
        if not isinstance(values, dict) or set(values) != set(rules()):
            raise LessonError(
                f"설정 파일: 설정값 {len(rules())}개({', '.join(rules())})가 "
                "빠짐없이 있어야 합니다. 결과 폴더의 config.json인지 확인하세요."
            )
        return cls(**values)


def rules():
    """설정값 이름 → ``Rule``. 검사, 명령줄 도움말, 강의의 표가 모두 여기서 나옵니다."""
    return {item.name: item.metadata["rule"] for item in fields(LessonConfig)}


PRESETS = {"quick": LessonConfig.quick, "paper": LessonConfig.paper}
