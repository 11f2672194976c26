"""05b 생성자와 구분자의 연습문제: 생성자의 블록, 32픽셀의 구분자, 매개변수의 수."""

from itertools import pairwise

import torch
from torch import nn

from gan_lesson.checks.student_networks import activation_between, build, trace
from gan_lesson.checks.verdict import ask_tensors, checker, compare_cases, refuse

BLOCK_CASES = [(6, 4, 5), (4, 6, 3)]  # 블록에 넣어 볼 (들어오는 채널, 나가는 채널, 한 변)
D_CASES = [(3, 8), (1, 4)]  # 구분자에 줄 (nc, ndf)
COUNT_CASES = [(512, 256, 4), (64, 32, 5), (7, 3, 2)]  # 들어오는 채널, 나가는 채널, 커널

# 활성화 함수의 자리에서 찾은 것 → 왜 그것이 아닌지. None은 그 밖의 것입니다.
LEAKY_IN_G = "LeakyReLU입니다. LeakyReLU는 구분자에 쓰고, 생성자의 블록에는 ReLU를 씁니다."
LAST_IN_BLOCK = "활성화 함수가 {}입니다. 그것은 마지막 층의 것이고, 가운데 블록에는 ReLU를 씁니다."
NOT_RELU = {
    None: "배치 정규화 뒤의 활성화 함수를 알 수 없습니다. ReLU 하나만 두세요.",
    "활성화 함수 없음": "배치 정규화 뒤에 활성화 함수가 없습니다. ReLU를 두세요.",
    "LeakyReLU(0.2)": LEAKY_IN_G,
    "LeakyReLU(0.01)": LEAKY_IN_G,
    "tanh": LAST_IN_BLOCK.format("tanh"),
    "시그모이드": LAST_IN_BLOCK.format("시그모이드"),
}
NOT_LEAKY = {
    None: "활성화 함수가 LeakyReLU(0.2)가 아닙니다.",
    "ReLU": "ReLU입니다. 음수 쪽의 변화도가 0이 되지 않게 LeakyReLU(0.2)를 쓰세요.",
    "LeakyReLU(0.01)": "LeakyReLU의 음수 쪽 기울기가 PyTorch의 기본값 0.01입니다. DCGAN은 0.2입니다.",
    "활성화 함수 없음": "활성화 함수가 없습니다. LeakyReLU(0.2)를 두세요.",
}
NOT_SIGMOID = {
    None: "마지막이 시그모이드가 아닙니다. 마지막 합성곱의 값을 시그모이드에 한 번만 넣으세요.",
    "활성화 함수 없음": "마지막에 시그모이드가 없습니다. 로짓이 아니라 0과 1 사이의 확률을 답해야 합니다.",
    "tanh": "마지막이 tanh입니다. 그것은 생성자의 것이고, 확률은 시그모이드로 만듭니다.",
}


@checker("생성자의 가운데 블록과 같습니다.")
def check_g_block(answer):
    """``answer(before, after)``: (N, before, H, W) → (N, after, 2H, 2W)인 생성자의 블록.

    4×4 커널, 보폭 2, 패딩 1, bias 없는 전치 합성곱, 배치 정규화, ReLU의 차례입니다.
    """
    for before, after, size in BLOCK_CASES:
        sizes = (8, before, size, size), (8, after, 2 * size, 2 * size)
        output, steps = trace(build(answer, before, after), sizes[0])
        up = _transposed_convolution(steps, output, *sizes)
        _normalized_relu(steps, up, output)
        if up.layer.bias is not None:
            refuse(
                "전치 합성곱에 bias가 있습니다. 바로 뒤의 배치 정규화가 평균을 빼므로 아무 일도 하지 "
                "못하는 매개변수입니다. bias=False로 두세요."
            )


def _of_kind(steps, kind):
    return [step for step in steps if isinstance(step.layer, kind)]


def _transposed_convolution(steps, output, size, wanted):
    """블록의 하나뿐인 전치 합성곱. 모양이 ``size``인 입력을 ``wanted``로 키우는 4×4여야 합니다."""
    found = _of_kind(steps, nn.ConvTranspose2d)
    if not found and _of_kind(steps, nn.Conv2d):
        refuse("합성곱 nn.Conv2d입니다. 키우려면 전치 합성곱 nn.ConvTranspose2d를 쓰세요.")
    if len(found) != 1:
        refuse(f"전치 합성곱이 {len(found)}개입니다. 하나를 지나게 하세요.")
    layer = found[0].layer
    if tuple(output.shape) != wanted:
        refuse(
            f"입력 {size}에서 {wanted}가 나와야 하는데 {tuple(output.shape)}입니다. "
            f"전치 합성곱은 커널 {layer.kernel_size[0]}, 보폭 {layer.stride[0]}, "
            f"패딩 {layer.padding[0]}입니다. (n - 1)s + k - 2p를 구해 보세요."
        )
    kernel = "크기는 맞지만 커널이 {}×{}입니다. ".format(*layer.kernel_size)
    if layer.kernel_size == (6, 6):
        refuse(kernel + "6도 보폭 2로 나누어떨어져 고르게 겹치지만, DCGAN의 블록은 4×4입니다.")
    if layer.kernel_size != (4, 4):
        refuse(kernel + "보폭 2로 나누어떨어지는 4×4를 쓰세요(05a의 바둑판무늬).")
    if layer.groups != 1:
        refuse("groups를 나누었습니다. 들어오는 채널이 모두 섞이도록 groups=1로 두세요.")
    return found[0]


def _normalized_relu(steps, up, output):
    """전치 합성곱 ``up``의 바로 뒤에 배치 정규화와 ReLU가 있어야 합니다."""
    norms = _of_kind(steps, nn.BatchNorm2d)
    if not norms:
        refuse("배치 정규화가 없습니다. 전치 합성곱 뒤에 nn.BatchNorm2d를 두세요.")
    norm = norms[0]
    if not norm.layer.affine:
        refuse("배치 정규화에 γ와 β가 없습니다. affine=True(기본값)로 두세요.")
    if not torch.equal(norm.input, up.output):
        if steps[0] is norm:
            refuse("배치 정규화가 전치 합성곱보다 앞에 있습니다. 바로 뒤에 두세요.")
        refuse(
            "전치 합성곱과 배치 정규화 사이에 활성화 함수가 있습니다. "
            "전치 합성곱 → 배치 정규화 → ReLU의 차례입니다."
        )
    found = activation_between(norm.output, output)
    if found != "ReLU":
        refuse(NOT_RELU[found])


@checker("32픽셀에서 네 번의 합성곱으로 확률 하나까지 왔습니다.")
def check_d32(answer):
    """``answer(nc, ndf)``: (N, nc, 32, 32) 그림에 (N,) 확률을 답하는 구분자.

    32 → 16 → 8 → 4는 4×4 커널, 보폭 2, 패딩 1인 합성곱 셋, 4 → 1은 4×4 커널, 보폭 1,
    패딩 0인 합성곱입니다. 입력과 출력 층에는 배치 정규화가 없고, 나머지는 LeakyReLU(0.2)입니다.
    """
    for nc, ndf in D_CASES:
        output, steps = trace(build(answer, nc, ndf), (8, nc, 32, 32))
        _four_convolutions(_of_kind(steps, nn.Conv2d), output, ndf)
        groups = _grouped(steps)
        _normalized_inside([len(group) > 1 for group in groups])
        _leaky_then_sigmoid(groups, output)
        if any(group[0].layer.bias is not None for group in groups[1:-1]):
            refuse(
                "배치 정규화 바로 앞의 합성곱에 bias가 있습니다. 배치 정규화가 평균을 빼므로 쓸모없는 "
                "매개변수입니다. bias=False로 두세요."
            )


def _four_convolutions(convolutions, output, ndf):
    """합성곱 넷의 크기, 채널, 커널과 답의 모양을 봅니다."""
    if output.numel() != 8:
        refuse(
            f"그림 8장에 답 8개가 나와야 하는데 모양이 {tuple(output.shape)}입니다. "
            "마지막 합성곱은 4×4를 1×1로 줄이고, 채널은 1입니다."
        )
    # 합성곱의 출력과 다음 합성곱의 입력이 크기가 다르면 그 사이에서 풀링한 것입니다.
    pools = any(a.output.shape[-1] != b.input.shape[-1] for a, b in pairwise(convolutions))
    sizes = [step.input.shape[-1] for step in convolutions]
    if sizes != [32, 16, 8, 4]:
        refuse(
            f"합성곱에 들어가는 한 변이 {sizes}입니다. [32, 16, 8, 4]가 되게 보폭 2로 줄이세요"
            + (": 풀링은 쓰지 않습니다." if pools else ".")
        )
    if pools:
        refuse("풀링 층이 있습니다. 풀링 대신 보폭 2인 합성곱으로 줄이세요.")
    channels, wanted = [step.layer.out_channels for step in convolutions], [ndf, 2 * ndf, 4 * ndf, 1]
    if channels != wanted:
        refuse(
            f"ndf = {ndf}일 때 채널이 {channels}입니다. {wanted}, 곧 "
            "ndf에서 시작해 두 배씩 늘다가 1이 되어야 합니다."
        )
    kernels = ["{}×{}".format(*step.layer.kernel_size) for step in convolutions]
    if set(kernels) != {"4×4"}:
        refuse(f"커널이 {', '.join(kernels)}입니다. DCGAN은 모두 4×4입니다.")
    if output.shape != (8,):
        refuse(
            f"답의 모양이 {tuple(output.shape)}입니다. 그림마다 수 하나, (8,)이어야 합니다. 마지막에 "
            "nn.Flatten(0)을 두거나 .view(-1)로 펴세요."
        )


def _grouped(steps):
    """합성곱마다 [합성곱, 그 뒤의 배치 정규화]."""
    groups = []
    for step in _of_kind(steps, nn.Conv2d | nn.BatchNorm2d):
        if isinstance(step.layer, nn.Conv2d):
            groups.append([step])
        elif groups:
            groups[-1].append(step)
    return groups


def _normalized_inside(normalized):
    """``normalized``: 합성곱 넷마다 그 뒤에 배치 정규화가 있는지. 가운데 둘에만 있어야 합니다."""
    if normalized[0]:
        refuse(
            "입력 층(첫 합성곱)에 배치 정규화가 있습니다. 진짜와 가짜의 색과 밝기의 차이까지 "
            "지워지므로 입력 층에는 두지 않습니다."
        )
    if normalized[-1]:
        refuse(
            "출력 층(마지막 합성곱)에 배치 정규화가 있습니다. 그러면 답의 평균이 늘 0.5 근처로 "
            "되돌아갑니다. 출력 층에는 두지 않습니다."
        )
    missing = " · ".join(f"{i}번째" for i in (2, 3) if not normalized[i - 1])
    if missing:
        refuse(f"{missing} 합성곱 뒤에 배치 정규화가 없습니다.")


def _leaky_then_sigmoid(groups, output):
    """합성곱 사이에는 LeakyReLU(0.2)가, 마지막에는 시그모이드가 있어야 합니다."""
    for i, (group, following) in enumerate(pairwise(groups), 1):
        if i != 1 and not torch.equal(group[1].input, group[0].output):
            refuse(
                f"{i}번째 합성곱과 배치 정규화 사이에 활성화 함수가 있습니다. "
                "합성곱 → 배치 정규화 → LeakyReLU입니다."
            )
        found = activation_between(group[-1].output, following[0].input)
        if found != "LeakyReLU(0.2)":
            refuse(f"{i}번째 합성곱 뒤: {NOT_LEAKY.get(found, NOT_LEAKY[None])}")
    found = activation_between(groups[-1][0].output.reshape(-1), output)
    if found is None and torch.all(output == 1):
        refuse("어떤 그림에도 1이라고 답합니다. 값 하나에 softmax를 쓰면 늘 1입니다. 시그모이드를 쓰세요.")
    if found != "시그모이드":
        refuse(NOT_SIGMOID.get(found, NOT_SIGMOID[None]))


@checker("가중치 before × after × k², 그리고 γ와 β가 after개씩입니다.")
def check_parameter_count(answer):
    """``answer(before, after, kernel)``: bias 없는 합성곱과 배치 정규화로 된 블록의 매개변수 수."""
    a, b, k = torch.tensor(COUNT_CASES).T
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
    compare_cases(
        ask_tensors(answer, COUNT_CASES),
        COUNT_CASES,
        weights + 2 * b,
        mistakes,
        unknown="before={}, after={}, kernel={}이면 {expected:,.0f}개인데 나온 값은 {found:,.0f}입니다. "
        "가중치 텐서의 모양부터 적어 보세요.",
    )
