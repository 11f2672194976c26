"""2차원 실험의 설정값과 공유 코드."""

import json
from dataclasses import asdict, dataclass

from gan_lesson.base.errors import LessonError
from gan_lesson.base.settings import Settings, setting
from gan_lesson.labs.points.data import point_set
from gan_lesson.objectives import OBJECTIVES

NOISES = ("normal", "uniform")
LIVE = ("loss", "k", "lr_d", "lr_g", "batch_size")  # 학습을 이어 가며 바꿀 수 있는 것


@dataclass(frozen=True)
class PointConfig(Settings):
    """2차원 실험의 설정값. ``LessonConfig``처럼 만들 때 검사합니다."""

    data: str = setting(
        "ring",
        str,
        "점 데이터의 이름",
        "ring, grid, moons, spiral, letter:한 같은 이름이나 points:0.5,-1.2;0.3,1 같은 점 목록",
    )
    nz: int = setting(2, int, "z의 차원", choices=(1, 2))
    noise: str = setting("normal", str, "z의 분포", "normal(정규분포)과 uniform(균등분포)", choices=NOISES)
    loss: str = setting("non-saturating", str, "손실", choices=tuple(OBJECTIVES))
    k: int = setting(1, int, "한 반복에서 D를 갱신하는 횟수", low=1, high=20)
    lr_d: float = setting(0.002, float, "D의 학습률", above=0, high=1)
    lr_g: float = setting(0.002, float, "G의 학습률", above=0, high=1)
    beta1: float = setting(0.5, float, "Adam의 beta1", low=0, below=1)
    batch_size: int = setting(128, int, "미니 배치의 점의 수", low=2, high=4096)
    hidden: int = setting(64, int, "숨은 층의 폭", low=2, high=512)
    seed: int = setting(0, int, "난수의 시드", low=0, high=2**31 - 1)

    def __post_init__(self):
        super().__post_init__()
        point_set(self.data)

    def to_code(self):
        """설정값과 시드를 그대로 되살리는 짧은 글(공유 코드). 기본값과 다른 것만 적습니다."""
        default = PointConfig()
        changed = {k: v for k, v in asdict(self).items() if v != getattr(default, k)}
        return json.dumps(changed, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_code(cls, text):
        """``to_code``의 글에서 되살린 설정. 공유 코드가 아니거나 모르는 이름, 잘못된 값이면 ``LessonError``."""
        try:
            values = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            values = None
        names = list(cls.rules())
        if not isinstance(values, dict) or not set(values) <= set(names):
            raise LessonError(
                "공유 코드: 읽을 수 없습니다. 처음부터 끝까지({ 부터 } 까지) 빠짐없이 붙여 넣었는지 "
                f"확인하세요. 쓸 수 있는 이름은 {', '.join(names)}입니다."
            )
        return cls(**values)
