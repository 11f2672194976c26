"""학습의 상태를 숫자로 진단합니다: D가 이김, 모드 붕괴, 발산.

로그만으로는 모드 붕괴와 균형도, D가 이긴 것과 D가 앞선 채 잘 배우는 것도 가릴 수 없습니다. 실패인지는 그림이(진짜에서
멀거나 서로 비슷하면), 어느 실패인지는 로그가 말해 줍니다. 좋은 학습에서도 D는 대개 앞섭니다. 문턱값은 작은 신경망과
quick 설정의 학습, 색칠한 도형과 집 수백 장의 학습을 시드를 바꾸어 가며 재어 골랐습니다.
"""

import math
from dataclasses import dataclass

import torch

from gan_lesson.data.images import to_uint8
from gan_lesson.training.improvements import real_label

RECENT = 50  # 평균할 마지막 반복의 수
HUGE = 20.0  # 평균 손실이 이보다 크면 발산. 가짜를 진짜로 볼 확률이 10억분의 2라는 뜻입니다.
SURE = 0.97  # D(x)가 진짜의 라벨의 이만큼보다 크고 D(G(z))가 1 - SURE보다 작으면 D가 크게 앞섬
FAR = 1.6  # 진짜까지의 거리가 이보다 크면 그림이 진짜에서 멂
ALIKE = 0.4  # 다양성이 이보다 작으면 그림이 서로 비슷함
ENOUGH = 1500  # 이보다 적게 반복했으면 덜 배운 것과 실패를 가릴 수 없음


@dataclass(frozen=True)
class Vitals:
    """학습의 끝을 잰 값들.

    Attributes:
        loss_d, loss_g, d_x, d_gz: 마지막 ``RECENT``번 반복의 평균.
        diversity: 가짜끼리의 평균 거리 ÷ 진짜끼리의 평균 거리. 모두 같은 그림이면 0, 진짜만큼
            서로 다르면 1쯤입니다.
        distance: 가짜에서 가장 가까운 진짜까지의 평균 거리 ÷ 진짜에서 가장 가까운 다른 진짜까지의 평균 거리.
            진짜 같은 그림이면 1쯤이고 잡음이면 2를 넘습니다. 진짜가 저마다 다르면 회색이나 흐린 평균 그림의 거리도
            작으므로, 다양성과 함께 봅니다.
        real_label: D에게 알려 준 진짜의 라벨. 한쪽 라벨 스무딩이면 1보다 작습니다.
    """

    loss_d: float
    loss_g: float
    d_x: float
    d_gz: float
    diversity: float
    distance: float
    real_label: float = 1.0

    def __str__(self):
        log = f"Loss_D {self.loss_d:.3f} Loss_G {self.loss_g:.3f} D(x) {self.d_x:.3f} D(G(z)) {self.d_gz:.3f}"
        return f"{log} 다양성 {self.diversity:.2f} 거리 {self.distance:.2f}"


def vitals(history, fakes, reals, real_label=1.0):
    """``Vitals``를 잽니다. ``fakes``와 ``reals``: (N, nc, H, W) uint8, 둘 이상.

    진짜가 많을수록 거리가 커지므로 문턱과 비교하려면 64장쯤으로 잽니다.
    """
    end = history.last(RECENT)
    diversity = spread(fakes) / max(spread(reals), 1e-9)
    # 사본이 섞여 있으면 진짜끼리의 거리가 0이 되므로 똑같은 것은 하나로 봅니다.
    different = torch.as_tensor(reals).unique(dim=0)
    apart = mean_nearest(different, different, itself=True)
    distance = mean_nearest(fakes, different) / max(apart, 1e-9)
    log = end["loss_d"], end["loss_g"], end["d_x"], end["d_gz_before"]
    return Vitals(*log, diversity, distance, real_label)


def examine(trainer):
    """``Trainer``의 지금을 잰 ``Vitals``."""
    fakes, label = to_uint8(trainer.state.sample()).cpu(), real_label(trainer.state.improvements.names)
    return vitals(trainer.history, fakes, trainer.reals, label)


def ahead(signs):
    """D가 거의 다 맞히는지. 그것만으로는 실패가 아닙니다."""
    return signs.d_x > SURE * signs.real_label and signs.d_gz < 1 - SURE


def diagnose(signs):
    """``Vitals``에서 찾은 문제의 이름: "divergence", "strong-d", "collapse". 없으면 ``None``."""
    # NaN은 모든 비교가 거짓이므로 "크다"가 아니라 "작거나 같지 않다"를 묻습니다.
    if not (signs.loss_d <= HUGE and signs.loss_g <= HUGE):
        return "divergence"
    far, alike = signs.distance > FAR, signs.diversity < ALIKE
    if ahead(signs) and (far or alike):  # D가 앞서도 그림이 괜찮으면 실패가 아닙니다.
        return "strong-d"
    return "collapse" if alike else None


# 찾은 것 → (무엇이 보이는지, 무엇을 해 볼지)
ADVICE = {
    "divergence": ("손실이 NaN이 되었거나 너무 큽니다", "lr을 0.0002 이하로 낮추어 처음부터 다시 학습하세요"),
    "strong-d": ("구분자가 거의 다 맞히고 만든 그림은 진짜에서 멀거나 서로 비슷합니다", "그림을 더 모으거나 --preset better로 학습해 보세요"),
    "collapse": ("만든 그림이 서로 너무 비슷합니다", "seed나 lr을 바꾸거나 --preset better로 학습해 보세요"),
    "far": ("만든 그림이 아직 진짜에서 멉니다", "그림을 더 모으거나 --preset better로 학습해 보세요"),
}  # fmt: skip


def advice(trainer):
    """끝난 학습의 그림이 좋지 않으면 무엇이 보이고 무엇을 해 볼지 한 줄로 알려 줍니다. 괜찮으면 ``None``."""
    if not len(trainer.history):
        return None
    signs = examine(trainer)
    found = diagnose(signs) or ("far" if signs.distance > FAR else None)
    if found is None:
        return None
    (seen, cure), done = ADVICE[found], trainer.state.iteration
    if found != "divergence" and done < ENOUGH:
        epochs = max(trainer.config.num_epochs, math.ceil(ENOUGH / trainer.batches.per_epoch))
        cure = f"반복이 {done:,}번뿐이니 먼저 '--resume 결과폴더 --num_epochs {epochs}'로 더 학습해 보세요"
    return f"{seen}({signs}, 진짜는 다양성도 거리도 1). {cure}."


def spread(images):
    """그림 (N, nc, H, W)끼리의 평균 차이. 자기 자신과의 차이는 빼고 셉니다."""
    flat = torch.as_tensor(images).flatten(1).float()
    return (torch.cdist(flat, flat).sum() / (len(flat) * (len(flat) - 1))).item()


def mean_nearest(images, others, itself=False):
    """그림마다 가장 가까운 ``others``와의 차이의 평균. ``itself``면 자기 자신은 뺍니다."""
    one, two = (torch.as_tensor(batch).flatten(1).float() for batch in (images, others))
    apart = torch.cdist(one, two)
    return (apart.fill_diagonal_(torch.inf) if itself else apart).min(1).values.mean().item()
