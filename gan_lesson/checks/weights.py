"""06 가중치 초기화의 연습문제."""

import torch
from torch import nn

from gan_lesson.checks.verdict import UNSOLVED, Decided, checker, refuse, try_out

STD = 0.02
MEAN_TOLERANCE = 0.25  # 표준편차에 대한 비율. 원소가 수천 개라 우연히 넘지 못합니다.


@checker("합성곱은 N(0, 0.02²), γ는 N(1, 0.02²), β는 0입니다.")
def check_weights_init(answer):
    """``answer(module)``: ``network.apply(answer)``로 부를 DCGAN의 초기화 함수.

    합성곱과 전치 합성곱의 가중치는 N(0, 0.02²), 배치 정규화의 γ는 N(1, 0.02²), β는 0입니다
    (Radford 2015 §4와 원저자의 구현).
    """
    # 전역 난수를 쓰는 답이라도 채점의 결과와 학생의 난수가 흔들리지 않게 합니다.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = _untouched()
        before = {name: value.clone() for name, value in network.state_dict().items()}
        for module in (*network.children(), network):  # network.apply의 차례
            try_out(answer, module)
    after = network.state_dict()
    as_before = {name for name, value in after.items() if torch.equal(before[name], value)}
    if as_before == set(after):
        raise Decided(UNSOLVED)
    for name in ("합성곱", "전치 합성곱"):
        if f"{name}.weight" in as_before:
            refuse(f"{name}의 가중치가 그대로입니다. isinstance나 클래스 이름으로 이 층도 고르세요.")
        _convolution(name, after[f"{name}.weight"])
    untouched = {"배치 정규화.weight", "배치 정규화.bias"} & as_before
    if len(untouched) == 2:
        refuse("배치 정규화가 그대로입니다. nn.BatchNorm2d의 weight와 bias도 정해 주세요.")
    if "배치 정규화.weight" in untouched:
        refuse("배치 정규화의 γ(weight)가 그대로입니다.")
    _gamma("배치 정규화의 γ(weight)", after["배치 정규화.weight"])
    if "배치 정규화.bias" in untouched:
        refuse("배치 정규화의 β(bias)가 그대로입니다. 0으로 채우세요.")
    beta = after["배치 정규화.bias"]
    if beta.any():
        refuse(
            f"배치 정규화의 β(bias)의 평균이 {beta.mean():.3f}, 표준편차가 {beta.std():.3f}입니다. "
            "모두 정확히 0이어야 합니다."
        )


def _untouched():
    """층 셋. 배치 정규화는 맞는 값에서 멀리 두어, 손대지 않은 것이 드러나게 합니다."""
    layers = {
        "합성곱": nn.Conv2d(32, 32, 4, bias=False),
        "전치 합성곱": nn.ConvTranspose2d(32, 32, 4, bias=False),
        "배치 정규화": nn.BatchNorm2d(4096),
    }
    nn.init.constant_(layers["배치 정규화"].bias, 3.0)
    nn.init.constant_(layers["배치 정규화"].weight, 5.0)
    return nn.ModuleDict(layers)


def _convolution(name, weight):
    """합성곱의 가중치가 N(0, 0.02²)에서 나온 것인지 봅니다."""
    std, largest = weight.std().item(), weight.abs().max()
    if _near(std, STD**0.5):
        refuse(
            f"{name}의 표준편차가 0.141입니다. 0.02를 분산으로 읽고 제곱근을 취했습니다. "
            "0.02가 그대로 표준편차입니다."
        )
    if _near(std, STD**2):
        refuse(
            f"{name}의 표준편차가 0.0004입니다. 분산을 std에 넣었습니다. nn.init.normal_은 표준편차를 받습니다."
        )
    if _near(std, STD / 3**0.5) and largest <= STD:
        refuse(f"{name}을 균등분포 [-0.02, 0.02]에서 뽑았습니다. 정규분포 nn.init.normal_을 쓰세요.")
    if not _near(std, STD):
        refuse(f"{name}의 표준편차가 {std:.3g}입니다. 0.02여야 합니다.")
    mean = weight.mean().item()
    if abs(mean) > MEAN_TOLERANCE * STD:
        refuse(f"{name}의 평균이 {mean:.3g}입니다. 0이어야 합니다.")
    # 같은 표준편차의 균등분포는 ±√3σ를 넘지 못합니다.
    if largest < 2 * STD:
        refuse(f"{name}이 정규분포가 아닙니다(2σ를 넘는 값이 없습니다). nn.init.normal_을 쓰세요.")


def _gamma(name, gamma):
    """γ가 N(1, 0.02²)에서 나온 것인지 봅니다."""
    mean, std = gamma.mean().item(), gamma.std().item()
    if abs(mean) < 0.1:
        refuse(
            f"{name}의 평균이 {mean:.2f}입니다. 0 근처에서 뽑으면 층의 출력이 거의 사라집니다. 평균은 1입니다."
        )
    if abs(mean - 1) > 0.05:
        refuse(f"{name}의 평균이 {mean:.2f}입니다. 1이어야 합니다.")
    if std == 0:
        refuse(f"{name}가 모두 똑같습니다. 표준편차 0.02인 정규분포에서 뽑으세요.")
    if not _near(std, STD):
        refuse(f"{name}의 표준편차가 {std:.3g}입니다. 0.02여야 합니다.")


def _near(value, wanted):
    return abs(value - wanted) < 0.1 * wanted
