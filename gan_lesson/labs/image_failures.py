"""그림을 배우는 작은 DCGAN을 일부러 망가뜨리는 설정들: 08b의 실패 모음.

2차원 점의 실패(``points/failures.py``)와 같은 꼴입니다. 신경망이 작아 학습률이 quick보다 큽니다.
증상과 회복은 시험이 시드를 바꾸어 가며 숫자로 확인합니다.
"""

from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.failure import Trouble
from gan_lesson.training import Trainer

CONFIG = LessonConfig(batch_size=16, nz=16, ngf=8, ndf=8, lr=0.002, num_epochs=100, ngpu=0)
HEALTHY = 300  # 기본 설정이 글자꼴을 배우는 데 걸리는 반복의 수

IMAGE_TROUBLES = {
    "strong-d": Trouble(
        title="D가 이김",
        settings=dict(d=0.005, g=0.00002),
        iterations=150,
        symptom="D(x)는 1, D(G(z))는 0에 붙고 Loss_D는 0이 됩니다. 그림은 잡음에서 나아지지 않습니다.",
        cure=dict(d=0.0005, g=0.01),
        restart=False,
        remedy="D의 학습률을 낮추고 G의 학습률을 올려, G가 따라잡을 틈을 줍니다.",
    ),
    "collapse": Trouble(
        title="모드 붕괴",
        settings=dict(d=0.0001, g=0.005),
        iterations=400,
        symptom="z가 달라도 비슷한 그림만 나옵니다. Loss_D는 1.386, Loss_G는 0.693 가까이에 있어 손실만 보면 "
        "균형처럼 보입니다.",
        cure=dict(d=0.002, g=0.002),
        restart=False,
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
    return load_hangul(32, count=640, syllables="가나다라마바사아")


def fail(name, data, seed=0):
    """``IMAGE_TROUBLES[name]``의 설정으로 처음부터 학습해 망가진 ``Trainer``."""
    trouble = IMAGE_TROUBLES[name]
    return advance(start(data, seed), trouble.settings, trouble.iterations)


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
