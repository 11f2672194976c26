"""2차원 GAN을 일부러 망가뜨리는 설정들: 무엇이 보이고, 어떻게 고치는지.

값은 고리(ring) 데이터에서 시드를 바꾸어 가며 골랐습니다. 증상과 회복은 시험이 숫자로 확인합니다.
"""

from gan_lesson.labs.failure import Trouble
from gan_lesson.labs.points.config import LIVE, PointConfig

TROUBLES = {
    "strong-d": Trouble(
        title="D가 이김",
        settings=dict(k=10, lr_d=0.005, lr_g=0.00002),
        iterations=200,
        symptom="D(x)는 1, D(G(z))는 0에 붙고, Loss_D는 0, Loss_G는 10을 넘습니다. D의 답은 진짜 근처만 "
        "밝습니다. 가짜는 제자리에서 꼼짝하지 못합니다.",
        cure=dict(k=1, lr_d=0.005, lr_g=0.005),
        restart=False,
        remedy="k를 1로, 두 학습률을 같게 해 D와 G의 속도를 맞춥니다.",
    ),
    "saturating": Trouble(
        title="포화 손실",
        settings=dict(loss="saturating", k=10, lr_d=0.005, lr_g=0.00002),
        iterations=200,
        symptom="D가 앞서 있는데 화살표가 보이지 않습니다. D(G(z))가 0에 붙어 log(1 - D(G(z)))의 변화도도 "
        "0에 붙었습니다. 'D가 이김'과 손실만 다른데, 거기서는 화살표가 깁니다.",
        cure=dict(loss="non-saturating", k=1, lr_d=0.005, lr_g=0.005),
        restart=False,
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
        restart=False,
        remedy="D의 학습률을 올리고 G의 학습률을 낮춰 속도를 맞추면, 가짜가 몰린 곳을 D가 제때 알아차립니다.",
    ),
}


def trouble_in(config):
    """``PointConfig``를 망가뜨리고 있는 설정의 이름. 멀쩡하면 ``None``. 데이터, 시드, z는 상관없습니다."""
    for name, trouble in TROUBLES.items():
        broken = PointConfig(**trouble.settings)
        if all(getattr(config, each) == getattr(broken, each) for each in LIVE):
            return name
    return None
