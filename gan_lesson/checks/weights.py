"""06 가중치 초기화의 연습문제."""

import torch
from torch import nn

from gan_lesson.checks.verdict import checker, refuse, try_out, unsolved

STD = 0.02
# 흔한 표준편차 → 어떻게 해서 그렇게 되었는지
MISREAD = {
    STD**0.5: "0.02를 분산으로 읽고 제곱근을 취했습니다. 0.02가 그대로 표준편차입니다.",
    STD**2: "분산을 std에 넣었습니다. nn.init.normal_은 표준편차를 받습니다.",
    STD / 3**0.5: "균등분포 [-0.02, 0.02]에서 뽑으면 이렇게 됩니다. 정규분포 nn.init.normal_을 쓰세요.",
}


@checker("합성곱은 N(0, 0.02²), γ는 N(1, 0.02²), β는 0입니다.")
def check_weights_init(answer):
    """``answer(module)``: ``network.apply(answer)``로 부를 DCGAN의 초기화 함수.

    합성곱과 전치 합성곱의 가중치는 N(0, 0.02²), 배치 정규화의 γ는 N(1, 0.02²), β는 0입니다
    (Radford 2015 §4와 원저자의 구현).
    """
    # 전역 난수를 쓰는 답이라도 채점의 결과와 학생의 난수가 흔들리지 않게 합니다.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network, parts = _untouched()
        before = {name: value.detach().clone() for name, value in parts.items()}
        for module in (*network, network):  # network.apply의 차례
            try_out(answer, module)
    as_before = [name for name, value in parts.items() if torch.equal(before[name], value)]
    if len(as_before) == len(parts):
        unsolved()
    if as_before:
        refuse(f"{', '.join(as_before)}가 그대로입니다. isinstance나 클래스 이름으로 그 층도 고르세요.")
    *normal, (name, beta) = parts.items()
    for part, value in normal:
        _from_the_normal(part, value.detach(), mean=float("γ" in part))
    if beta.any():
        refuse(
            f"{name}의 평균이 {beta.mean():.3f}, 표준편차가 {beta.std():.3f}입니다. 모두 정확히 0이어야 합니다."
        )


def _untouched():
    """층 셋과 그 매개변수들. 배치 정규화는 맞는 값에서 멀리 두어, 손대지 않은 것이 드러나게 합니다."""
    conv, up = nn.Conv2d(32, 32, 4, bias=False), nn.ConvTranspose2d(32, 32, 4, bias=False)
    norm = nn.BatchNorm2d(4096)
    nn.init.constant_(norm.weight, 5.0)
    nn.init.constant_(norm.bias, 3.0)
    names = ("합성곱의 가중치", "전치 합성곱의 가중치", "배치 정규화의 γ(weight)", "배치 정규화의 β(bias)")
    network = nn.Sequential(conv, up, norm)
    return network, dict(zip(names, network.parameters(), strict=True))


def _from_the_normal(name, found, mean):
    """N(mean, 0.02²)에서 나온 값들인지. 원소가 수천 개라 우연히 벗어나지는 않습니다."""
    center, std = found.mean().item(), found.std().item()
    if std < 1e-6 and abs(center - STD) < 1e-6:
        refuse(f"{name}가 모두 0.02입니다. nn.init.normal_의 인자는 (텐서, 평균, 표준편차)의 차례입니다.")
    if abs(center - mean) > 0.25 * STD:
        vanishing = " 0 근처에서 뽑으면 층의 출력이 거의 사라집니다." if abs(center) < mean / 2 else ""
        refuse(f"{name}의 평균이 {center:.3f}입니다. {mean:.0f}이어야 합니다.{vanishing}")
    if std < 1e-6:
        refuse(f"{name}가 모두 똑같습니다. 표준편차 0.02인 정규분포에서 뽑으세요.")
    if not _near(std, STD):
        why = next((f" {why}" for misread, why in MISREAD.items() if _near(std, misread)), "")
        refuse(f"{name}의 표준편차가 {std:.3g}입니다. 0.02여야 합니다.{why}")
    if (found - mean).abs().max() < 2 * STD:  # 같은 표준편차의 균등분포는 ±√3σ를 넘지 못합니다.
        refuse(f"{name}가 정규분포가 아닙니다(2σ를 넘는 값이 없습니다). nn.init.normal_을 쓰세요.")


def _near(value, wanted):
    return abs(value - wanted) < 0.1 * wanted
