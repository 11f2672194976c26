"""08a의 연습문제: 고정된 z의 그림 남기기, 로그 읽기."""

import copy
from dataclasses import dataclass

import torch

from gan_lesson.checks.updates import SMALL
from gan_lesson.checks.verdict import ask_tensor, checker, compare_choices, refuse
from gan_lesson.models import Generator, evaluating


@checker("보기만 하고 G는 그대로 두었습니다. 이제 그림이 달라지면 달라진 것은 G입니다.")
def check_keep_picture(keep_picture):
    """``keep_picture(G, fixed_noise)``: 고정된 z의 그림 (N, nc, H, W)를 돌려주는 함수."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        G, noise = Generator(SMALL), torch.randn(5, SMALL.nz)
        G(torch.randn(32, SMALL.nz))  # 통계가 처음 값(0과 1)에서 벗어나게 합니다.
        untouched = copy.deepcopy(G)
        with torch.no_grad():
            crowd = copy.deepcopy(G)(noise)  # 학습 모드의 그림
            with evaluating(G):
                expected = G(noise)
        picture = ask_tensor(keep_picture, G, noise, shape=tuple(expected.shape))
        _left_alone(G, picture, untouched)
        again = ask_tensor(keep_picture, G, noise, shape=tuple(expected.shape))
    if not torch.equal(picture, again):
        refuse("G가 그대로인데 부를 때마다 그림이 다릅니다. 받은 fixed_noise를 쓰세요.")
    if torch.allclose(picture, crowd, atol=1e-5):
        refuse("그 배치의 통계로 만든 그림입니다. eval()로 모아 둔 통계를 쓰세요.")
    if not torch.allclose(picture, expected, atol=1e-5):
        refuse(
            "G(fixed_noise)와 다른 그림입니다. 받은 fixed_noise를 그대로, G의 출력 [-1, 1]을 그대로 돌려주세요."
        )


def _left_alone(G, picture, before):
    """그림을 남긴 뒤에도 G와 PyTorch의 상태가 ``before``와 같은지 봅니다."""
    if not torch.is_grad_enabled():
        refuse("변화도를 구하지 않는 상태로 남았습니다. with torch.no_grad(): 안에서 만드세요.")
    if any(not p.requires_grad for p in G.parameters()):
        refuse("G의 매개변수가 얼어 있습니다. 다음 반복에서 배울 수 있게 되돌리세요.")
    if picture.requires_grad:
        refuse("그림이 계산 그래프를 붙들고 있습니다. torch.no_grad() 안에서 만드세요.")
    if any(not torch.equal(a, b) for a, b in zip(before.buffers(), G.buffers(), strict=True)):
        refuse(
            "그림을 남겼더니 배치 정규화의 통계가 바뀌어, 보는 것만으로 G가 달라졌습니다. G.eval()로 "
            "바꾼 뒤에 만드세요."
        )
    if not G.training:
        refuse("G가 평가 모드로 남아 있습니다. 그림을 만든 뒤 G.train()으로 되돌리세요.")


@dataclass(frozen=True)
class LogLine:
    """로그 한 줄: 배치 평균 다섯."""

    loss_d: float
    loss_g: float
    d_x: float
    d_gz_before: float
    d_gz_after: float

    def __str__(self):
        return (
            f"Loss_D {self.loss_d:.3f}  Loss_G {self.loss_g:.3f}  D(x) {self.d_x:.3f}  "
            f"D(G(z)) {self.d_gz_before:.3f} / {self.d_gz_after:.3f}"
        )


LOGS = {
    "가": LogLine(0.006, 7.213, 0.998, 0.003, 0.001),
    "나": LogLine(3.604, 0.054, 0.420, 0.930, 0.950),
    "다": LogLine(1.424, 0.721, 0.487, 0.502, 0.488),
    "라": LogLine(11.740, 56.290, 0.912, 0.118, 0.093),
    "마": LogLine(0.697, 0.705, 0.510, 0.500, 0.495),
}

# 고를 수 있는 답 → (그 답인 줄, 그 답이라면 보여야 할 것)
READINGS = {
    "D가 크게 앞섬": ("가", "D(x)가 1, D(G(z))가 0에 붙고 Loss_D가 0에 가까워야 합니다"),
    "G가 크게 앞섬": ("나", "D(G(z))가 1에 가깝고 Loss_G가 0에 가까워야 합니다"),
    "균형이거나 모드 붕괴": ("다", "Loss_D가 1.386, Loss_G가 0.693, D의 답이 모두 0.5에 가까워야 합니다"),
    "발산": ("라", "Loss_G가 수십까지 치솟아야 합니다"),
    "Loss_D를 잘못 계산함": (
        "마",
        "Loss_D가 D의 답과 맞지 않아야 합니다. 평균의 로그와 비교하면, 제대로 계산한 Loss_D는 "
        "-log(D(x)의 평균) - log(1 - D(G(z))의 평균)보다 작을 수 없습니다",
    ),
}


@checker(
    "다섯 줄을 모두 읽었습니다. '가'가 괜찮은지, '다'가 균형인지는 로그만으로 가릴 수 없어 그림을 보아야 합니다."
)
def check_log_readings(answers):
    """``answers``: 줄의 이름(``LOGS``) → 읽은 것(``READINGS``의 열쇠). 빈칸은 ``None``."""
    compare_choices(answers, READINGS, lambda line, _: f"그런데 줄 {line}: {LOGS[line]}")
