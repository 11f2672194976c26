"""일부러 망가뜨리는 설정들: 무엇을 바꾸면 무엇이 보이고, 어떻게 고치는지.

``TROUBLES``는 2차원 실험실의 것, ``IMAGE_TROUBLES``는 그림을 배우는 작은 DCGAN(08b의 실패 모음)의 것입니다.
값은 시드를 바꾸어 가며 골랐고, 증상과 회복은 시험이 숫자로 확인합니다.
"""

from dataclasses import dataclass

from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.training import Trainer
from gan_lesson.training.diagnosis import ALIKE, examine


@dataclass(frozen=True)
class Trouble:
    """망가뜨리는 설정 하나."""

    title: str
    settings: dict  # 기본 설정에서 바꾸는 값. 처음부터 다시 시작합니다.
    iterations: int  # 증상이 뚜렷해질 때까지의 반복 수
    symptom: str  # 보게 될 것
    cure: dict  # 고치려고 바꾸는 값
    remedy: str  # 왜 그렇게 고치는지
    restart: bool = False  # 고칠 때 처음부터 다시 시작해야 하는지


TROUBLES = {
    "strong-d": Trouble(
        title="D가 이김",
        settings=dict(k=10, lr_d=0.005, lr_g=0.00002),
        iterations=200,
        symptom="D(x)는 1, D(G(z))는 0에 붙고, Loss_D는 0, Loss_G는 10을 넘습니다. D의 답은 진짜 근처만 "
        "밝습니다. 가짜는 제자리에서 꼼짝하지 못합니다.",
        cure=dict(k=1, lr_d=0.005, lr_g=0.005),
        remedy="k를 1로, 두 학습률을 같게 해 D와 G의 속도를 맞춥니다.",
    ),
    "saturating": Trouble(
        title="포화 손실",
        settings=dict(loss="saturating", k=10, lr_d=0.005, lr_g=0.00002),
        iterations=200,
        symptom="D가 앞서 있는데 화살표가 보이지 않습니다. D(G(z))가 0에 붙어 log(1 - D(G(z)))의 변화도도 "
        "0에 붙었습니다. 'D가 이김'과 손실만 다른데, 거기서는 화살표가 깁니다.",
        cure=dict(loss="non-saturating", k=1, lr_d=0.005, lr_g=0.005),
        remedy="손실을 비포화로 바꾸면 같은 자리에서 화살표가 되살아납니다. 두 모델의 속도도 맞춥니다.",
    ),
    "high-lr": Trouble(
        title="발산",
        settings=dict(lr_d=0.1, lr_g=0.1),
        iterations=300,
        symptom="손실이 10을 넘게 치솟고 가짜가 화면 밖까지 튑니다. 그 뒤에는 한두 점이나 선으로 뭉칩니다. "
        "G의 둘째 층의 ReLU가 거의 모두 죽어(언제나 0) z가 무엇이든 같은 점이 나옵니다.",
        cure=dict(lr_d=0.002, lr_g=0.002),
        restart=True,
        remedy="학습률을 낮추고 처음부터 다시 시작합니다. 죽은 ReLU에는 변화도가 흐르지 않아, 학습률만 "
        "낮춰서는 되살아나지 않습니다.",
    ),
    "collapse": Trouble(
        title="모드 붕괴",
        settings=dict(lr_d=0.0002, lr_g=0.01),
        iterations=300,
        symptom="가짜가 모두 한 점 가까이 뭉쳐, 이 무리에서 저 무리로 몰려다닙니다. Loss_D는 1.386 가까이 "
        "있어 손실만 보면 균형처럼 보입니다.",
        cure=dict(lr_d=0.002, lr_g=0.002),
        remedy="D의 학습률을 올리고 G의 학습률을 낮춰 속도를 맞추면, 가짜가 몰린 곳을 D가 제때 알아차립니다.",
    ),
}

# 신경망이 작아 학습률이 quick보다 큽니다.
CONFIG = LessonConfig(batch_size=16, nz=16, ngf=8, ndf=8, lr=0.002, num_epochs=100, ngpu=0)
HEALTHY = 300  # 기본 설정이 글자꼴을 배우는 데 걸리는 반복의 수
SYLLABLES = "가나다라마바사아"
LATEST = 1600  # 모드 붕괴를 이보다 오래 찾지 않습니다. 그때쯤이면 그림이 다양해집니다.

IMAGE_TROUBLES = {
    "strong-d": Trouble(
        title="D가 이김",
        settings=dict(d=0.005, g=0.00002),
        iterations=150,
        symptom="D(x)는 1, D(G(z))는 0에 붙고 Loss_D는 0이 됩니다. 그림은 잡음에서 나아지지 않습니다.",
        cure=dict(d=0.0005, g=0.01),
        remedy="D의 학습률을 낮추고 G의 학습률을 올려, G가 따라잡을 틈을 줍니다.",
    ),
    "collapse": Trouble(
        title="모드 붕괴",
        settings=dict(d=0.0001, g=0.005),
        iterations=600,  # 여기서부터 글자로 읽힐 때까지 더 학습합니다(``fail``).
        symptom="z가 달라도 같은 글자 한두 가지만 나옵니다. Loss_D는 1.386, Loss_G는 0.693 가까이에 있어 손실만 "
        "보면 균형처럼 보입니다.",
        cure=dict(d=0.002, g=0.002),
        remedy="D의 학습률을 올리고 G의 학습률을 낮추어, 그림이 한곳에 몰리면 D가 제때 알아차리게 합니다.",
    ),
    "divergence": Trouble(
        title="발산",
        settings=dict(d=1.0, g=1.0),
        iterations=50,
        symptom="손실이 수백까지 치솟고, 그림은 획이 없는 무늬가 됩니다.",
        cure=dict(d=0.002, g=0.002),
        restart=True,
        remedy="학습률을 낮추고 처음부터 다시 시작합니다. 가중치가 이미 너무 커져, 학습률만 낮춰서는 "
        "돌아오지 않습니다.",
    ),
}


def small_data():
    """글자 여덟 개로 된 그림 640장."""
    return load_hangul(32, count=640, syllables=SYLLABLES)


def fail(name, data, seed=0):
    """``IMAGE_TROUBLES[name]``의 설정으로 처음부터 학습해 망가진 ``Trainer``.

    모드 붕괴는 그림이 글자로 읽히는 순간에 멈춥니다. 그 순간은 시드와 컴퓨터마다 달라 25번마다 재어 찾습니다.
    """
    trouble = IMAGE_TROUBLES[name]
    trainer = advance(start(data, seed), trouble.settings, trouble.iterations)
    while name == "collapse" and not collapsed(trainer) and trainer.state.iteration < LATEST:
        advance(trainer, trouble.settings, 25)
    return trainer


def collapsed(trainer):
    """다양성은 ``ALIKE``보다 작은데, 그림 셋 중 하나가 넘게 여덟 글자로 읽히는지."""
    share = read(trainer.state.sample()).readable(SYLLABLES).float().mean().item()
    return examine(trainer).diversity < ALIKE and share > 1 / 3


def grown(trainer):
    """G의 첫 층의 가중치가 처음(표준편차 0.02)의 몇 배인지."""
    return trainer.state.generator.main[0].weight.std().item() / 0.02


def cured(trainer, name):
    """망가진 ``Trainer``를 고칩니다. 처음부터 해야 하는 것이면 새 ``Trainer``를 만듭니다."""
    trouble = IMAGE_TROUBLES[name]
    if trouble.restart:
        trainer = start(trainer.data, trainer.config.seed)
    return advance(trainer, trouble.cure, HEALTHY)


def advance(trainer, rates, iterations):
    """학습률 ``rates``(d, g)로 ``iterations``번 더 학습합니다."""
    trainer.state.set_learning_rates(**rates)
    trainer.run(until=trainer.state.iteration + iterations, progress=False)
    return trainer


def start(data, seed=0):
    """``CONFIG``로 막 시작하는 ``Trainer``."""
    return Trainer(CONFIG.replace(seed=seed), data=data, engine="fast", moments=(0,))
