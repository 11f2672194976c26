"""05b 생성자와 구분자의 연습문제: 생성자의 블록, 32픽셀의 구분자, 매개변수의 수.

층의 종류를 글에서 찾지 않고 지나간 값으로 알아내므로, ``nn.Sequential``로 쓴 답과 ``forward``에서 ``F.relu``를 부르는
답이 똑같이 채점됩니다.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from gan_lesson.checks.verdict import ask_value, checker, compare_all, described, refuse, refuse_first

BLOCK_CASES = [(6, 4, 5), (4, 6, 3)]  # 블록에 넣어 볼 (들어오는 채널, 나가는 채널, 한 변)
D_CASES = [(3, 8), (1, 4)]  # 구분자에 줄 (nc, ndf)
COUNT_CASES = [(7, 3, 2), (64, 32, 5)]  # 들어오는 채널, 나가는 채널, 커널
WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear)  # 가중치가 있는 층

LEAKY, PLAIN, UNKNOWN = "LeakyReLU(0.2)", "LeakyReLU(0.01)", "알 수 없는 것"
ACTIVATIONS = {
    "ReLU": F.relu,
    LEAKY: lambda x: F.leaky_relu(x, 0.2),
    PLAIN: F.leaky_relu,
    "tanh": torch.tanh,
    "시그모이드": torch.sigmoid,
    "활성화 함수 없음": lambda x: x,
}
# (있어야 할 것, 있는 것) → 왜 그것이 아닌지
NOT_THAT = {
    ("ReLU", LEAKY): "LeakyReLU는 구분자에 쓰고, 생성자의 블록에는 ReLU를 씁니다.",
    ("ReLU", "tanh"): "tanh는 생성자의 마지막 층의 것입니다.",
    (LEAKY, "ReLU"): "음수 쪽의 변화도가 0이 되지 않게 LeakyReLU를 씁니다.",
    (LEAKY, PLAIN): "0.01은 PyTorch의 기본값이고, DCGAN은 음수 쪽의 기울기가 0.2입니다.",
    ("시그모이드", "활성화 함수 없음"): "로짓이 아니라 0과 1 사이의 확률을 답해야 합니다.",
    ("시그모이드", "tanh"): "tanh는 생성자의 것이고, 확률은 시그모이드로 만듭니다.",
    ("시그모이드", UNKNOWN): "마지막 합성곱의 값을 시그모이드에 한 번만 넣으세요.",
}


class Step(NamedTuple):
    """가중치가 있는 층 하나를 지난 것."""

    layer: nn.Module
    input: torch.Tensor
    output: torch.Tensor


class Block(NamedTuple):
    """있어야 할 것: 합성곱, 바로 뒤에 배치 정규화가 있는지와 없다면 왜 없는지, 그 뒤의 활성화 함수."""

    layer: nn.Module
    normalized: bool
    activation: str
    bare: str = ""


def trace(answer, sizes, shape):
    """학생의 함수로 만든 신경망에 모양이 ``shape``인 난수를 넣은 (출력, 지나간 차례대로 ``Step``의 목록)."""
    network = ask_value(answer, *sizes, doing="만들다가")
    if not isinstance(network, nn.Module):
        hint = " nn.Sequential(…)로 묶으세요." if isinstance(network, list | tuple) else ""
        hint = " return의 끝에 쉼표가 있습니다." if isinstance(network, tuple) and len(network) == 1 else hint
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
        refuse(f"모양이 {shape}인 입력을 넣으니 오류가 났습니다: {described(error)}")
    finally:
        for hook in hooks:
            hook.remove()
    if not torch.is_tensor(output):
        refuse(f"텐서가 나와야 하는데 {type(output).__name__}입니다.")
    return network, output, steps


def _filled(network, shape):
    """매개변수를 난수로 채우고 입력을 뽑습니다. 값이 크고 0을 고르게 지나야 활성화 함수들이 서로 다르게 보입니다."""
    rng = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        is_scale = parameter.dim() == 1 and name.endswith("weight")
        fan = max(1, parameter[0].numel())
        parameter.normal_(0.0, 0.3 if parameter.dim() == 1 else fan**-0.5, generator=rng)
        parameter.add_(float(is_scale))
    return torch.randn(shape, generator=rng)


def _check_blocks(output, steps, name, blocks, shape):
    """모양이 ``shape``인 입력이 지난 차례 ``steps``가 ``blocks``대로인지 봅니다. ``name``: 합성곱을 부르는 말."""
    kind = type(blocks[0].layer)
    places = [place for place, step in enumerate(steps) if isinstance(step.layer, kind)]
    if len(places) != len(blocks):
        refuse(f"{name}이 {len(places)}개입니다. nn.{kind.__name__}은 {len(blocks)}개여야 합니다.")
    if places[0]:
        refuse(f"배치 정규화 같은 층이 {name}보다 앞에 있습니다. 바로 뒤에 두세요.")
    x = torch.zeros(shape, device="meta")
    for i, (place, end, block) in enumerate(zip(places, [*places[1:], None], blocks, strict=True), 1):
        where = f"{i}번째 {name}" if len(blocks) > 1 else name
        convolution, after = steps[place], steps[end].input if end else output
        if end and convolution.output.shape[2:] != after.shape[2:]:
            refuse(f"{where} 뒤에 풀링 층이 있습니다. 풀링 대신 보폭 2인 합성곱으로 줄이세요.")
        x = block.layer(x)
        _check_layer(where, convolution, block.layer, tuple(x.shape))
        last = _normalized(where, convolution, steps[place + 1 : end], block)
        _activation(f"{where} 뒤", last.output, after, block.activation)


def _check_layer(where, step, wanted, shape):
    """합성곱의 출력의 모양, 커널, 보폭, groups, bias를 봅니다."""
    layer, found = step.layer, tuple(step.output.shape)
    kernel, stride, padding = layer.kernel_size[0], layer.stride[0], layer.padding[0]
    if found != shape:
        formula = "(n - 1)s + k - 2p" if isinstance(layer, nn.ConvTranspose2d) else "⌊(n + 2p - k)/s⌋ + 1"
        why = f"커널 {kernel}, 보폭 {stride}, 패딩 {padding}이니 {formula}을 구해 보세요."
        why = "채널의 수가 다릅니다." if found[2:] == shape[2:] else why
        refuse(f"{where}: 입력 {tuple(step.input.shape)}에서 {shape}이 나와야 하는데 {found}입니다. {why}")
    refuse_first({
        f"{where}: 크기는 맞지만 {why}": wrong
        for why, wrong in {
            f"커널이 {kernel}×{kernel}입니다. DCGAN의 커널은 모두 4×4입니다.": layer.kernel_size != wanted.kernel_size,
            f"보폭이 {stride}입니다. 4×4와 1×1의 사이에서는 옮겨 갈 곳이 없으므로 1입니다.": layer.stride != wanted.stride,
            "groups를 나누었습니다. 들어오는 채널이 모두 섞이도록 groups=1로 두세요.": layer.groups != 1,
            "bias가 있습니다. 이 문제의 합성곱은 모두 bias=False입니다(배치 정규화 앞에서는 쓸모없는 매개변수).":
                layer.bias is not None,
        }.items()
    })  # fmt: skip


def _normalized(where, convolution, following, block):
    """합성곱의 바로 뒤에 배치 정규화가 있어야 할 때만 있는지 보고, 둘 가운데 마지막에 지난 것을 돌려줍니다."""
    norms = [step for step in following if isinstance(step.layer, nn.BatchNorm2d)]
    refuse_first({
        f"{where} 뒤에 배치 정규화가 있습니다. {block.bare}": norms and not block.normalized,
        f"{where} 뒤에 배치 정규화가 없습니다. nn.BatchNorm2d를 두세요.": block.normalized and not norms,
        f"{where}과 배치 정규화 사이에 활성화 함수 같은 계산이 있습니다. 합성곱 → 배치 정규화 → 활성화 함수의 차례입니다.":
            norms and not torch.equal(norms[0].input, convolution.output),
        "배치 정규화에 γ와 β가 없습니다. affine=True(기본값)로 두세요.": norms and not norms[0].layer.affine,
    })  # fmt: skip
    return norms[0] if norms else convolution


def _activation(where, before, after, wanted):
    """``before``가 ``wanted``를 지나 ``after``가 되었는지 봅니다."""
    found = UNKNOWN
    if before.numel() == after.numel():
        before = before.reshape(after.shape)
        known = (name for name, f in ACTIVATIONS.items() if torch.allclose(f(before), after))
        found = next(known, UNKNOWN)
    if found != wanted:
        refuse(f"{where}: {wanted}의 자리인데 '{found}'입니다. {NOT_THAT.get((wanted, found), '')}".strip())


@checker("생성자의 가운데 블록과 같습니다.")
def check_g_block(answer):
    """``answer(before, after)``: (N, before, H, W) → (N, after, 2H, 2W)인 생성자의 블록.

    4×4 커널, 보폭 2, 패딩 1, bias 없는 전치 합성곱, 배치 정규화, ReLU의 차례입니다.
    """
    for before, after, size in BLOCK_CASES:
        shape = (8, before, size, size)
        _, output, steps = trace(answer, (before, after), shape)
        up = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False, device="meta")
        _check_blocks(output, steps, "전치 합성곱", [Block(up, True, "ReLU")], shape)


BARE_INPUT = "입력 층에서는 진짜와 가짜의 색과 밝기의 차이까지 지워지므로 두지 않습니다."
BARE_OUTPUT = "출력 층에서는 답의 평균이 늘 0.5 근처로 되돌아가므로 두지 않습니다."


@checker("32픽셀에서 네 번의 합성곱으로 확률 하나까지 왔습니다.")
def check_d32(answer):
    """``answer(nc, ndf)``: (N, nc, 32, 32) 그림에 (N,) 확률을 답하는 구분자.

    32 → 16 → 8 → 4는 4×4 커널, 보폭 2, 패딩 1인 합성곱 셋, 4 → 1은 4×4 커널, 보폭 1,
    패딩 0인 합성곱입니다. 입력과 출력 층에는 배치 정규화가 없고, 나머지는 LeakyReLU(0.2)입니다.
    """
    for nc, ndf in D_CASES:
        shape = (8, nc, 32, 32)
        network, output, steps = trace(answer, (nc, ndf), shape)
        channels = [(nc, ndf, 4, 2, 1), (ndf, 2 * ndf, 4, 2, 1), (2 * ndf, 4 * ndf, 4, 2, 1), (4 * ndf, 1, 4)]
        a, b, c, d = (nn.Conv2d(*numbers, bias=False, device="meta") for numbers in channels)
        blocks = [Block(a, False, LEAKY, BARE_INPUT), Block(b, True, LEAKY), Block(c, True, LEAKY)]
        blocks += [Block(d, False, "시그모이드", BARE_OUTPUT)]
        _check_blocks(output, steps, "합성곱", blocks, shape)
        with torch.no_grad():
            alone = network.eval()(torch.zeros(1, nc, 32, 32))
        for count, answers in ((8, output), (1, alone)):
            if answers.shape != (count,):
                refuse(
                    f"그림 {count}장에 대한 답의 모양이 {tuple(answers.shape)}입니다. ({count},)이어야 합니다. nn.Flatten(0)이나 "
                    ".view(-1)로 폅니다."
                )


@checker("가중치 before × after × k², 그리고 γ와 β가 after개씩입니다.")
def check_parameter_count(answer):
    """``answer(before, after, kernel)``: bias 없는 합성곱과 배치 정규화로 된 블록의 매개변수 수."""
    mistakes = {
        "배치 정규화의 γ와 β가 빠졌습니다. 나가는 채널마다 하나씩 있습니다.": lambda a, b, k: a * b * k * k,
        "배치 정규화의 매개변수는 γ와 β 둘입니다. 하나만 세었습니다.": lambda a, b, k: a * b * k * k + b,
        "합성곱의 bias까지 세었습니다. 이 블록의 합성곱은 bias=False입니다.": lambda a, b, k: a * b * k * k + 3 * b,
        "배치 정규화의 실행 중 평균과 분산까지 세었습니다. 그 둘은 학습하는 매개변수가 아니라 통계입니다.":
            lambda a, b, k: a * b * k * k + 4 * b,
        "state_dict에 든 것을 모두 세었습니다. 평균, 분산, 배치의 수는 학습하는 매개변수가 아니라 통계입니다.":
            lambda a, b, k: a * b * k * k + 4 * b + 1,
        "배치 정규화를 들어오는 채널로 세었습니다. 합성곱을 지난 뒤이므로 나가는 채널입니다.":
            lambda a, b, k: a * b * k * k + 2 * a,
        "커널은 가로와 세로가 있으므로 k를 제곱해야 합니다.": lambda a, b, k: a * b * k + 2 * b,
        "들어오는 채널을 곱하지 않았습니다. 나가는 채널 하나마다 before장의 커널이 있습니다.":
            lambda a, b, k: b * k * k + 2 * b,
        "나가는 채널을 곱하지 않았습니다. 커널 한 벌로는 채널 하나만 나옵니다.": lambda a, b, k: a * k * k + 2 * b,
    }  # fmt: skip
    where = "before={}, after={}, kernel={}: "
    compare_all(answer, lambda a, b, k: a * b * k * k + 2 * b, mistakes, *COUNT_CASES, where=where)
