"""강의의 설정값 12개와 시드.

타입과 범위는 ``LessonConfig``를 만들 때 검사합니다. GPU가 몇 개인지, 폴더가 있는지처럼
컴퓨터에 따라 다른 것은 학습을 시작할 때 검사합니다(``base.devices.pick_device``, ``data.load``).
그래서 GPU에서 만든 실행 기록을 노트북 컴퓨터에서도 읽을 수 있습니다.
"""

import json
from dataclasses import asdict, dataclass

from gan_lesson.base.errors import LessonError, choose
from gan_lesson.base.settings import Settings, setting

# 내려받는 데이터: 이름 → (torchvision의 클래스, 내려받기 크기, 손으로 둘 때의 자리)
DOWNLOADS = {
    "mnist": ("MNIST", "약 12 MB", "MNIST/raw/"),
    "fashion-mnist": ("FashionMNIST", "약 31 MB", "FashionMNIST/raw/"),
    "cifar10": ("CIFAR10", "약 170 MB", "cifar-10-batches-py/"),
    "celeba": ("CelebA", "약 1.4 GB", "celeba/"),
}
DRAWN = ("hangul", "faces")  # 코드로 그려서 만드는 데이터
BUILTIN_DATA = (*DRAWN, *DOWNLOADS)
WHICH_DATA = f"그림 폴더의 경로나 내장 데이터의 이름({', '.join(BUILTIN_DATA)})"
HOW_MANY_GPUS = "0(CPU) 이상 64 이하의 정수(GPU의 번호가 아니라 개수)"
# 학습을 계산하는 길(training/engine.py). graph만 NVIDIA GPU 하나가 있어야 합니다.
ENGINE_MEANINGS = {
    "exact": "교과서와 비트까지 같음",
    "fast": "빠름",
    "graph": "GPU 하나에서 fast를 녹화해 되풀이함",
}
# 교과서의 DCGAN에 더할 수 있는 변화(training/improvements.py): 이름 → 무엇을 하는지와 나온 곳
IMPROVEMENTS = {
    "rates": "G와 D의 학습률을 따로(Heusel 2017): G는 설정값 lr의 3배로",
    "noise": "D가 보는 그림에 차차 줄어드는 잡음을 더함(Sønderby 2017)",
    "smooth": "D에게 알려 주는 진짜의 라벨을 0.9로(Salimans 2016)",
    "mixture": "z를 고정된 중심 1,536개의 가까이에서만 뽑음(Gurumurthy 2017)",
    "ema": "그림은 G의 가중치를 평균한 것으로 만듦(Yazıcı 2019)",
}
HOW_TO_IMPROVE = "여러 개는 쉼표로 잇고, 모두 끄려면 none으로 적으세요. 예: noise,ema"


def default_ngpu():
    """쓸 수 있는 GPU가 있으면 1, 없으면 0."""
    import torch

    return min(1, torch.accelerator.device_count())


def default_engine(ngpu):
    """명령줄이 고르는 길. NVIDIA GPU 하나면 배우는 것이 ``fast``와 같고 몇 배 빠른 ``graph``입니다."""
    import torch

    return "graph" if ngpu == 1 and torch.cuda.is_available() else "fast"


def pick_improvements(names):
    """``names``(이름들, 또는 쉼표로 이은 글)를 ``IMPROVEMENTS``의 차례로 둔 튜플. "none"이나 빈 것이면 ``()``입니다.

    모르는 이름은 ``LessonError``입니다.
    """
    if isinstance(names, str):
        names = [] if names.strip() == "none" else [name.strip() for name in names.split(",")]
    elif not isinstance(names, list | tuple | set | frozenset):
        names = [names]
    for name in names:
        choose("improve =", name, IMPROVEMENTS, HOW_TO_IMPROVE)
    return tuple(name for name in IMPROVEMENTS if name in names)


@dataclass(frozen=True)
class LessonConfig(Settings):
    """강의의 설정값 12개와 시드. 만든 뒤에는 바뀌지 않으므로 ``config.replace(lr=0.001)``처럼 새 설정을 만듭니다.

    기본값은 ``quick``입니다. 잘못된 값은 한국어로 설명하는 ``LessonError``가 됩니다.
    """

    dataroot: str = setting("hangul", str, "데이터셋 폴더의 경로 또는 내장 데이터의 이름", WHICH_DATA)
    workers: int = setting(
        0,
        int,
        "DataLoader가 데이터를 읽을 때 쓰는 작업 프로세스의 수(0이면 따로 띄우지 않음)",
        low=0,
        high=64,
    )
    batch_size: int = setting(32, int, "미니 배치 하나에 든 그림의 수", low=2, high=8192)
    image_size: int = setting(32, int, "학습에 쓰는 그림의 가로와 세로(픽셀)", choices=(32, 64, 128))
    nc: int = setting(1, int, "그림의 색 채널 수(1은 흑백, 3은 컬러)", "1(흑백)과 3(컬러)", choices=(1, 3))
    nz: int = setting(100, int, "잠재공간 벡터 z의 원소 수", low=1, high=4096)
    ngf: int = setting(32, int, "생성자의 특징 맵 채널 수의 기준", low=1, high=512)
    ndf: int = setting(32, int, "구분자의 특징 맵 채널 수의 기준", low=1, high=512)
    num_epochs: int = setting(7, int, "데이터 전체를 몇 번 볼지(에폭 수)", low=1, high=100_000)
    lr: float = setting(0.0002, float, "두 옵티마이저의 학습률", above=0, high=1)
    beta1: float = setting(0.5, float, "Adam 옵티마이저의 beta1", low=0, below=1)
    ngpu: int = setting(
        default_ngpu, int, "쓸 GPU의 개수(번호가 아님, 0이면 CPU)", HOW_MANY_GPUS, example="1", low=0, high=64
    )
    seed: int = setting(0, int, "난수의 시드(같은 시드면 같은 결과)", low=0, high=2**31 - 1)

    @classmethod
    def quick(cls, **changes):
        """CPU에서 몇 분이면 끝나는 작은 설정: 한글 글자, 1×32×32."""
        return cls().replace(**PRESETS["quick"] | changes)

    @classmethod
    def better(cls, **changes):
        """``quick``과 같은 한글을 더 또렷하게. ``PRESET_IMPROVEMENTS["better"]``의 변화와 함께 씁니다."""
        return cls().replace(**PRESETS["better"] | changes)

    @classmethod
    def large(cls, **changes):
        """``better``의 방법으로 3×64×64를. ``PRESET_IMPROVEMENTS["large"]``의 변화와 함께 씁니다."""
        return cls().replace(**PRESETS["large"] | changes)

    @classmethod
    def paper(cls, **changes):
        """논문과 같은 3×64×64, 배치 128. 채널은 PyTorch 튜토리얼의 64 기준입니다(논문은 128). GPU에 알맞습니다."""
        return cls().replace(**PRESETS["paper"] | changes)

    def to_json(self):
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text):
        """``to_json``이 쓴 글에서 설정을 다시 만듭니다. 빠진 값은 받아들이지 않습니다."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = None
        names = list(cls.rules())
        if not isinstance(values, dict) or set(values) != set(names):
            raise LessonError(
                f"설정 파일: 설정값 {len(names)}개({', '.join(names)})가 빠짐없이 적힌 JSON이 아닙니다. 결과 폴더의 "
                "config.json인지 확인하세요."
            )
        return cls(**values)


RULES = LessonConfig.rules()
# 설정값의 묶음: 이름 → 기본값과 다른 값
PRESETS = {
    "quick": {},
    # 큰 학습률과, G의 절반인 D. D가 작으면 반복 하나가 그만큼 빠릅니다(09c에서 잽니다).
    "better": dict(ngf=48, ndf=24, lr=0.0005),
    "large": dict(image_size=64, nc=3, ndf=16, lr=0.0005),
    "paper": dict(batch_size=128, image_size=64, nc=3, ngf=64, ndf=64, num_epochs=25),
}
# 묶음과 함께 켜는 변화
PRESET_IMPROVEMENTS = dict.fromkeys(("better", "large"), tuple(IMPROVEMENTS))
