"""2차원 실험의 설정값."""

from dataclasses import dataclass

from gan_lesson.base.settings import Settings, setting
from gan_lesson.labs.points.data import point_set
from gan_lesson.objectives import OBJECTIVES

LIVE = ("loss", "k", "lr_d", "lr_g", "batch_size")  # 학습을 이어 가며 바꿀 수 있는 것


@dataclass(frozen=True)
class PointConfig(Settings):
    """2차원 실험의 설정값. ``LessonConfig``처럼 만들 때 검사합니다."""

    data: str = setting("ring", str, "점 데이터의 이름", "ring, grid, moons, spiral, letter:한 같은 이름")
    nz: int = setting(2, int, "z의 차원", choices=(1, 2))
    noise: str = setting(
        "normal", str, "z의 분포", "normal(정규분포)과 uniform(균등분포)", choices=("normal", "uniform")
    )
    loss: str = setting("non-saturating", str, "손실", choices=tuple(OBJECTIVES))
    k: int = setting(1, int, "한 반복에서 D를 갱신하는 횟수", low=1, high=20)
    lr_d: float = setting(0.002, float, "D의 학습률", above=0, high=1)
    lr_g: float = setting(0.002, float, "G의 학습률", above=0, high=1)
    beta1: float = setting(0.5, float, "Adam의 beta1", low=0, below=1)
    batch_size: int = setting(128, int, "미니 배치의 점의 수", low=2, high=4096)
    hidden: int = setting(64, int, "숨은 층의 폭", low=2, high=256)
    seed: int = setting(0, int, "난수의 시드", low=0, high=2**31 - 1)

    def __post_init__(self):
        super().__post_init__()
        point_set(self.data)
