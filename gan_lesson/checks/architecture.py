"""05b 생성자와 구분자의 연습문제: 생성자의 블록, 32픽셀의 구분자, 매개변수의 수.

층의 종류를 글에서 찾지 않고 지나간 값으로 알아내므로, ``nn.Sequential``로 쓴 답과 ``forward``에서 ``F.relu``를 부르는
답이 똑같이 채점됩니다.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from gan_lesson.checks.verdict import ask_tensor, ask_value, checker, compare, refuse

BLOCK_CASES = [(6, 4, 5), (4, 6, 3)]  # 블록에 넣어 볼 (들어오는 채널, 나가는 채널, 한 변)
D_CASES = [(3, 8), (1, 4)]  # 구분자에 줄 (nc, ndf)
COUNT_CASES = [(7, 3, 2), (64, 32, 5)]  # 들어오는 채널, 나가는 채널, 커널. 흔한 실수가 먼저 갈립니다.
WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear)  # 가중치가 있는 층

LEAKY, PLAIN, UNKNOWN = "LeakyReLU(0.2)", "LeakyReLU(0.01)", "알 수 없는 것"
ACTIVATIONS = {
    "ReLU": F.relu,
    LEAKY: lambda x: F.leaky_relu(x, 0.2),
    PLAIN: F.leaky_relu,
    "tanh": torch.tanh,
    "시그모이드": torch.sigmoid,
    "값 하나의 softmax": torch.ones_like,
    "활성화 함수 없음": lambda x: x,
}
# (있어야 할 것, 있는 것) → 왜 그것이 아닌지
NOT_THAT = {
    ("ReLU", LEAKY): "LeakyReLU는 구분자에 쓰고, 생성자의 블록에는 ReLU를 씁니다.",
    ("ReLU", PLAIN): "LeakyReLU는 구분자에 쓰고, 생성자의 블록에는 ReLU를 씁니다.",
    ("ReLU", "tanh"): "tanh는 생성자의 마지막 층의 것입니다.",
    (LEAKY, "ReLU"): "음수 쪽의 변화도가 0이 되지 않게 LeakyReLU를 씁니다.",
    (LEAKY, PLAIN): "0.01은 PyTorch의 기본값이고, DCGAN은 음수 쪽의 기울기가 0.2입니다.",
    ("시그모이드", "활성화 함수 없음"): "로짓이 아니라 0과 1 사이의 확률을 답해야 합니다.",
    ("시그모이드", "tanh"): "tanh는 생성자의 것이고, 확률은 시그모이드로 만듭니다.",
    ("시그모이드", "값 하나의 softmax"): "값 하나에 softmax를 쓰면 어떤 그림에도 1입니다.",
    ("시그모이드", UNKNOWN): "마지막 합성곱의 값을 시그모이드에 한 번만 넣으세요.",
}


class Step(NamedTuple):
    """가중치가 있는 층 하나를 지난 것."""

    layer: nn.Module
    input: torch.Tensor
    output: torch.Tensor


def trace(answer, sizes, shape):
    """학생의 함수로 만든 신경망에 모양이 ``shape``인 난수를 넣은 (출력, 지나간 차례대로 ``Step``의 목록)."""
    network = ask_value(answer, *sizes, doing="만들다가")
    if not isinstance(network, nn.Module):
        hint = " nn.Sequential(…)로 묶으세요." if isinstance(network, list | tuple) else ""
        refuse(f"nn.Module을 돌려주어야 하는데 {type(network).__name__}입니다.{hint}")
    steps, hooks = [], []

    def before(layer, inputs):
        return (inputs[0].clone(), *inputs[1:])  # 제자리 활성화 함수가 나중에 덮어쓰므로 베낍니다.

    def after(layer, inputs, output):
        steps.append(Step(layer, inputs[0], output.clone()))

    for layer in network.modules():
        if isinstance(layer, WEIGHTED):
            hooks += [layer.register_forward_pre_hook(before), layer.register_forward_hook(after)]
    try:
        with torch.no_grad():
            output = network.train()(_filled(network, shape))
    except Exception as error:
        refuse(f"모양이 {shape}인 입력을 넣으니 오류가 났습니다: {type(error).__name__}: {error}")
    finally:
        for hook in hooks:
            hook.remove()
    if not torch.is_tensor(output):
        refuse(f"텐서가 나와야 하는데 {type(output).__name__}입니다.")
    return output, steps


def _filled(network, shape):
    """매개변수를 난수로 채우고 입력을 뽑습니다. 값이 크고 0을 고르게 지나야 활성화 함수들이 서로 다르게 보입니다."""
    rng = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        is_scale = parameter.dim() == 1 and name.endswith("weight")
        fan = max(1, parameter[0].numel())
        parameter.normal_(0.0, 0.3 if parameter.dim() == 1 else fan**-0.5, generator=rng)
        parameter.add_(float(is_scale))
    return torch.randn(shape, generator=rng)


def _of_kind(steps, kind):
    return [step for step in steps if isinstance(step.layer, kind)]


def _activation(where, before, after, wanted):
    """``before``가 ``wanted``를 지나 ``after``가 되었는지 봅니다."""
    found = UNKNOWN
    if before.shape == after.shape:
        known = (name for name, f in ACTIVATIONS.items() if torch.allclose(f(before), after))
        found = next(known, UNKNOWN)
    if found != wanted:
        refuse(f"{where}: {wanted}의 자리인데 '{found}'입니다. {NOT_THAT.get((wanted, found), '')}".strip())


def _normalized(name, convolution, norm):
    """합성곱의 바로 뒤에 배치 정규화가 있고, 둘의 매개변수가 모두 쓸모 있는지 봅니다."""
    if not torch.equal(norm.input, convolution.output):
        refuse(
            f"{name}과 배치 정규화 사이에 활성화 함수가 있습니다. 합성곱 → 배치 정규화 → 활성화 함수의 차례입니다."
        )
    if not norm.layer.affine:
        refuse("배치 정규화에 γ와 β가 없습니다. affine=True(기본값)로 두세요.")
    if convolution.layer.groups != 1:
        refuse("groups를 나누었습니다. 들어오는 채널이 모두 섞이도록 groups=1로 두세요.")
    if convolution.layer.bias is not None:
        refuse(
            f"{name}에 bias가 있습니다. 바로 뒤의 배치 정규화가 평균을 빼므로 쓸모없는 매개변수입니다. "
            "bias=False로 두세요."
        )


@checker("생성자의 가운데 블록과 같습니다.")
def check_g_block(answer):
    """``answer(before, after)``: (N, before, H, W) → (N, after, 2H, 2W)인 생성자의 블록.

    4×4 커널, 보폭 2, 패딩 1, bias 없는 전치 합성곱, 배치 정규화, ReLU의 차례입니다.
    """
    for before, after, size in BLOCK_CASES:
        shape, wanted = (8, before, size, size), (8, after, 2 * size, 2 * size)
        output, steps = trace(answer, (before, after), shape)
        ups, norms = _of_kind(steps, nn.ConvTranspose2d), _of_kind(steps, nn.BatchNorm2d)
        if len(ups) != 1:
            refuse(f"전치 합성곱이 {len(ups)}개입니다. nn.ConvTranspose2d 하나로 키우세요.")
        layer = ups[0].layer
        if tuple(output.shape) != wanted:
            refuse(
                f"입력 {shape}에서 {wanted}가 나와야 하는데 {tuple(output.shape)}입니다. 전치 합성곱은 커널 "
                f"{layer.kernel_size[0]}, 보폭 {layer.stride[0]}, 패딩 {layer.padding[0]}입니다. "
                "(n - 1)s + k - 2p를 구해 보세요."
            )
        if layer.kernel_size != (4, 4):
            kernel = "{}×{}".format(*layer.kernel_size)
            refuse(f"크기는 맞지만 커널이 {kernel}입니다. DCGAN의 블록은 보폭 2로 나누어떨어지는 4×4입니다.")
        if not norms:
            refuse("배치 정규화가 없습니다. 전치 합성곱 뒤에 nn.BatchNorm2d를 두세요.")
        if steps[0] is norms[0]:
            refuse("배치 정규화가 전치 합성곱보다 앞에 있습니다. 바로 뒤에 두세요.")
        _normalized("전치 합성곱", ups[0], norms[0])
        _activation("배치 정규화 뒤", norms[0].output, output, "ReLU")


@checker("32픽셀에서 네 번의 합성곱으로 확률 하나까지 왔습니다.")
def check_d32(answer):
    """``answer(nc, ndf)``: (N, nc, 32, 32) 그림에 (N,) 확률을 답하는 구분자.

    32 → 16 → 8 → 4는 4×4 커널, 보폭 2, 패딩 1인 합성곱 셋, 4 → 1은 4×4 커널, 보폭 1,
    패딩 0인 합성곱입니다. 입력과 출력 층에는 배치 정규화가 없고, 나머지는 LeakyReLU(0.2)입니다.
    """
    for nc, ndf in D_CASES:
        output, steps = trace(answer, (nc, ndf), (8, nc, 32, 32))
        convolutions = _of_kind(steps, nn.Conv2d)
        _four_convolutions(convolutions, output, ndf)
        groups = []  # 합성곱마다 [합성곱, 그 뒤의 배치 정규화]
        for step in _of_kind(steps, nn.Conv2d | nn.BatchNorm2d):
            if isinstance(step.layer, nn.Conv2d):
                groups.append([step])
            elif groups:
                groups[-1].append(step)
        _inside_only([len(group) > 1 for group in groups])
        for i, (group, following) in enumerate(pairwise(groups), 1):
            if i > 1:
                _normalized(f"{i}번째 합성곱", *group[:2])
            _activation(f"{i}번째 합성곱 뒤", group[-1].output, following[0].input, LEAKY)
        _activation("마지막", convolutions[-1].output.reshape(-1), output, "시그모이드")


def _four_convolutions(convolutions, output, ndf):
    """합성곱 넷의 크기, 채널, 커널과 답의 모양을 봅니다."""
    # 합성곱의 출력과 다음 합성곱의 입력이 크기가 다르면 그 사이에서 풀링한 것입니다.
    if any(a.output.shape[-1] != b.input.shape[-1] for a, b in pairwise(convolutions)):
        refuse("풀링 층이 있습니다. 풀링 대신 보폭 2인 합성곱으로 줄이세요.")
    channels = [step.layer.out_channels for step in convolutions]
    for what, found, wanted, how in (
        ("합성곱에 들어가는 한 변이", [step.input.shape[-1] for step in convolutions], [32, 16, 8, 4],
         "보폭 2로 줄이세요."),
        (f"ndf = {ndf}일 때 채널이", channels, [ndf, 2 * ndf, 4 * ndf, 1],
         "ndf에서 시작해 두 배씩 늘다가 1이 됩니다."),
        ("커널의 한 변이", [step.layer.kernel_size[0] for step in convolutions], [4] * 4, "DCGAN은 모두 4×4입니다."),
        ("그림 8장에 대한 답의 모양이", tuple(output.shape), (8,),
         "마지막 합성곱은 4×4를 1×1로 줄이고, nn.Flatten(0)이나 .view(-1)로 폅니다."),
    ):  # fmt: skip
        if found != wanted:
            refuse(f"{what} {found}입니다. {wanted}이어야 합니다. {how}")


def _inside_only(normalized):
    """``normalized``: 합성곱 넷마다 그 뒤에 배치 정규화가 있는지. 가운데 둘에만 있어야 합니다."""
    if normalized[0]:
        refuse(
            "입력 층(첫 합성곱)에 배치 정규화가 있습니다. 진짜와 가짜의 색과 밝기의 차이까지 지워지므로 두지 않습니다."
        )
    if normalized[-1]:
        refuse(
            "출력 층(마지막 합성곱)에 배치 정규화가 있습니다. 답의 평균이 늘 0.5 근처로 되돌아가므로 두지 않습니다."
        )
    if missing := " · ".join(f"{i}번째" for i in (2, 3) if not normalized[i - 1]):
        refuse(f"{missing} 합성곱 뒤에 배치 정규화가 없습니다.")


@checker("가중치 before × after × k², 그리고 γ와 β가 after개씩입니다.")
def check_parameter_count(answer):
    """``answer(before, after, kernel)``: bias 없는 합성곱과 배치 정규화로 된 블록의 매개변수 수."""
    for a, b, k in COUNT_CASES:
        weights = a * b * k * k
        mistakes = {
            "배치 정규화의 γ와 β가 빠졌습니다. 나가는 채널마다 하나씩 있습니다.": weights,
            "배치 정규화의 매개변수는 γ와 β 둘입니다. 하나만 세었습니다.": weights + b,
            "합성곱의 bias까지 세었습니다. 이 블록의 합성곱은 bias=False입니다.": weights + 3 * b,
            "배치 정규화의 실행 중 평균과 분산까지 세었습니다. 그 둘은 학습하는 매개변수가 아니라 통계입니다.":
                weights + 4 * b,
            "배치 정규화를 들어오는 채널로 세었습니다. 합성곱을 지난 뒤이므로 나가는 채널입니다.": weights + 2 * a,
            "커널은 가로와 세로가 있으므로 k를 제곱해야 합니다.": a * b * k + 2 * b,
            "들어오는 채널을 곱하지 않았습니다. 나가는 채널 하나마다 before장의 커널이 있습니다.": b * k * k + 2 * b,
            "나가는 채널을 곱하지 않았습니다. 커널 한 벌로는 채널 하나만 나옵니다.": a * k * k + 2 * b,
        }  # fmt: skip
        where = f"before={a}, after={b}, kernel={k}: "
        compare(ask_tensor(answer, a, b, k), weights + 2 * b, mistakes, where=where)
