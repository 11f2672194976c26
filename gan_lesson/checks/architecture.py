"""05b 생성자와 구분자의 연습문제: 생성자의 블록, 32픽셀의 구분자, 매개변수의 수."""

from itertools import pairwise

import torch
from torch import nn

from gan_lesson.checks.modules import activation_between, build, trace
from gan_lesson.checks.verdict import call, close, matching, right, wrong

BLOCK_CASES = [(6, 4, 5), (4, 6, 3)]  # 블록에 넣어 볼 (들어오는 채널, 나가는 채널, 한 변)
D_CASES = [(3, 8), (1, 4)]  # 구분자에 줄 (nc, ndf)
COUNT_CASES = [(512, 256, 4), (64, 32, 5), (7, 3, 2)]  # 들어오는 채널, 나가는 채널, 커널


def check_g_block(answer):
    """``answer(before, after)``: (N, before, H, W) → (N, after, 2H, 2W)인 생성자의 블록.

    4×4 커널, 보폭 2, 패딩 1, bias 없는 전치 합성곱, 배치 정규화, ReLU의 차례입니다.
    """
    for case in BLOCK_CASES:
        verdict = _g_block(answer, *case)
        if verdict:
            return verdict
    return right("생성자의 가운데 블록과 같습니다.")


def _g_block(answer, before, after, size):
    """한 경우에서 틀린 곳. 없으면 ``None``."""
    block, verdict = build(answer, before, after)
    if verdict:
        return verdict
    output, steps, verdict = trace(block, (8, before, size, size))
    if verdict:
        return verdict
    kinds = [type(layer) for layer, _, _ in steps]
    if nn.Conv2d in kinds and nn.ConvTranspose2d not in kinds:
        return wrong("합성곱 nn.Conv2d입니다. 키우려면 전치 합성곱 nn.ConvTranspose2d를 쓰세요.")
    if kinds.count(nn.ConvTranspose2d) != 1:
        return wrong(f"전치 합성곱이 {kinds.count(nn.ConvTranspose2d)}개입니다. 하나를 지나게 하세요.")
    convolution, _, convolved = next(s for s in steps if isinstance(s[0], nn.ConvTranspose2d))
    wanted = (8, after, 2 * size, 2 * size)
    if tuple(output.shape) != wanted:
        return wrong(
            f"입력 {(8, before, size, size)}에서 {wanted}가 나와야 하는데 {tuple(output.shape)}입니다. "
            f"전치 합성곱은 커널 {convolution.kernel_size[0]}, 보폭 {convolution.stride[0]}, "
            f"패딩 {convolution.padding[0]}입니다. (n - 1)s + k - 2p를 구해 보세요."
        )
    if convolution.kernel_size != (4, 4):
        return wrong(
            f"크기는 맞지만 커널이 {convolution.kernel_size[0]}×{convolution.kernel_size[1]}입니다. "
            + (
                "6도 보폭 2로 나누어떨어져 고르게 겹치지만, DCGAN의 블록은 4×4입니다."
                if convolution.kernel_size == (6, 6)
                else "보폭 2로 나누어떨어지는 4×4를 쓰세요(05a의 바둑판무늬)."
            )
        )
    if convolution.groups != 1:
        return wrong("groups를 나누었습니다. 들어오는 채널이 모두 섞이도록 groups=1로 두세요.")
    if nn.BatchNorm2d not in kinds:
        return wrong("배치 정규화가 없습니다. 전치 합성곱 뒤에 nn.BatchNorm2d를 두세요.")
    norm, seen, normalized = next(s for s in steps if isinstance(s[0], nn.BatchNorm2d))
    if not norm.affine:
        return wrong("배치 정규화에 γ와 β가 없습니다. affine=True(기본값)로 두세요.")
    if not torch.equal(seen, convolved):
        if kinds[0] is nn.BatchNorm2d:
            return wrong("배치 정규화가 전치 합성곱보다 앞에 있습니다. 바로 뒤에 두세요.")
        return wrong(
            "전치 합성곱과 배치 정규화 사이에 활성화 함수가 있습니다. "
            "전치 합성곱 → 배치 정규화 → ReLU의 차례입니다."
        )
    found = activation_between(normalized, output)
    if found != "ReLU":
        return wrong(_not_relu(found))
    if convolution.bias is not None:
        return wrong(
            "전치 합성곱에 bias가 있습니다. 바로 뒤의 배치 정규화가 평균을 빼므로 아무 일도 하지 "
            "못하는 매개변수입니다. bias=False로 두세요."
        )
    return None


def _not_relu(found):
    if found is None:
        return "배치 정규화 뒤의 활성화 함수를 알 수 없습니다. ReLU 하나만 두세요."
    if found == "활성화 함수 없음":
        return "배치 정규화 뒤에 활성화 함수가 없습니다. ReLU를 두세요."
    if found.startswith("Leaky"):
        return "LeakyReLU입니다. LeakyReLU는 구분자에 쓰고, 생성자의 블록에는 ReLU를 씁니다."
    return f"활성화 함수가 {found}입니다. 그것은 마지막 층의 것이고, 가운데 블록에는 ReLU를 씁니다."


def check_d32(answer):
    """``answer(nc, ndf)``: (N, nc, 32, 32) 그림에 (N,) 확률을 답하는 구분자.

    32 → 16 → 8 → 4는 4×4 커널, 보폭 2, 패딩 1인 합성곱 셋, 4 → 1은 4×4 커널, 보폭 1,
    패딩 0인 합성곱입니다. 입력과 출력 층에는 배치 정규화가 없고, 나머지는 LeakyReLU(0.2)입니다.
    """
    for case in D_CASES:
        verdict = _d32(answer, *case)
        if verdict:
            return verdict
    return right("32픽셀에서 네 번의 합성곱으로 확률 하나까지 왔습니다.")


def _d32(answer, nc, ndf):
    """한 경우에서 틀린 곳. 없으면 ``None``."""
    network, verdict = build(answer, nc, ndf)
    if verdict:
        return verdict
    output, steps, verdict = trace(network, (8, nc, 32, 32))
    if verdict:
        return verdict
    if output.numel() != 8:
        return wrong(
            f"그림 8장에 답 8개가 나와야 하는데 모양이 {tuple(output.shape)}입니다. "
            "마지막 합성곱은 4×4를 1×1로 줄이고, 채널은 1입니다."
        )
    convolutions = [step for step in steps if isinstance(step[0], nn.Conv2d)]
    sizes = [step[1].shape[-1] for step in convolutions]
    if sizes != [32, 16, 8, 4]:
        return wrong(
            f"합성곱에 들어가는 한 변이 {sizes}입니다. [32, 16, 8, 4]가 되게 보폭 2로 줄이세요"
            + (": 풀링은 쓰지 않습니다." if _pools(convolutions) else ".")
        )
    if _pools(convolutions):
        return wrong("풀링 층이 있습니다. 풀링 대신 보폭 2인 합성곱으로 줄이세요.")
    channels = [step[0].out_channels for step in convolutions]
    if channels != [ndf, 2 * ndf, 4 * ndf, 1]:
        return wrong(
            f"ndf = {ndf}일 때 채널이 {channels}입니다. [{ndf}, {2 * ndf}, {4 * ndf}, 1], 곧 "
            "ndf에서 시작해 두 배씩 늘다가 1이 되어야 합니다."
        )
    kernels = [step[0].kernel_size for step in convolutions]
    if any(kernel != (4, 4) for kernel in kernels):
        found = ", ".join(f"{a}×{b}" for a, b in kernels)
        return wrong(f"커널이 {found}입니다. DCGAN은 모두 4×4입니다.")
    if output.shape != (8,):
        return wrong(
            f"답의 모양이 {tuple(output.shape)}입니다. 그림마다 수 하나, (8,)이어야 합니다. 마지막에 "
            "nn.Flatten(0)을 두거나 .view(-1)로 펴세요."
        )
    return _d_layers(steps, output)


def _d_layers(steps, output):
    """합성곱 넷의 크기와 채널이 맞을 때, 그 사이의 층을 봅니다."""
    groups = []  # 합성곱마다 [합성곱, 바로 뒤의 배치 정규화]
    for step in steps:
        if isinstance(step[0], nn.Conv2d):
            groups.append([step])
        elif groups and isinstance(step[0], nn.BatchNorm2d):
            groups[-1].append(step)
    normalized = [len(group) > 1 for group in groups]
    if normalized[0]:
        return wrong(
            "입력 층(첫 합성곱)에 배치 정규화가 있습니다. 진짜와 가짜의 색과 밝기의 차이까지 "
            "지워지므로 입력 층에는 두지 않습니다."
        )
    if normalized[-1]:
        return wrong(
            "출력 층(마지막 합성곱)에 배치 정규화가 있습니다. 그러면 답의 평균이 늘 0.5 둘레로 "
            "되돌아갑니다. 출력 층에는 두지 않습니다."
        )
    if not all(normalized[1:-1]):
        missing = " · ".join(f"{i}번째" for i, has in enumerate(normalized, 1) if i in (2, 3) and not has)
        return wrong(f"{missing} 합성곱 뒤에 배치 정규화가 없습니다.")
    for i, (group, following) in enumerate(pairwise(groups), 1):
        if i > 1 and not torch.equal(group[1][1], group[0][2]):
            return wrong(
                f"{i}번째 합성곱과 배치 정규화 사이에 활성화 함수가 있습니다. "
                "합성곱 → 배치 정규화 → LeakyReLU입니다."
            )
        found = activation_between(group[-1][2], following[0][1])
        if found != "LeakyReLU(0.2)":
            return wrong(f"{i}번째 합성곱 뒤: " + _not_leaky(found))
    last = groups[-1][0][2].reshape(-1)
    found = activation_between(last, output.reshape(-1))
    if found != "시그모이드":
        return wrong(_not_sigmoid(found, output))
    if any(group[0][0].bias is not None for group in groups[1:-1]):
        return wrong(
            "배치 정규화 바로 앞의 합성곱에 bias가 있습니다. 배치 정규화가 평균을 빼므로 쓸모없는 "
            "매개변수입니다. bias=False로 두세요."
        )
    return None


def _not_leaky(found):
    if found == "ReLU":
        return "ReLU입니다. 음수 쪽의 변화도가 0이 되지 않게 LeakyReLU(0.2)를 쓰세요."
    if found == "LeakyReLU(0.01)":
        return "LeakyReLU의 음수 쪽 기울기가 PyTorch의 기본값 0.01입니다. DCGAN은 0.2입니다."
    if found == "활성화 함수 없음":
        return "활성화 함수가 없습니다. LeakyReLU(0.2)를 두세요."
    return "활성화 함수가 LeakyReLU(0.2)가 아닙니다."


def _not_sigmoid(found, output):
    if found == "활성화 함수 없음":
        return "마지막에 시그모이드가 없습니다. 로짓이 아니라 0과 1 사이의 확률을 답해야 합니다."
    if found == "tanh":
        return "마지막이 tanh입니다. 그것은 생성자의 것이고, 확률은 시그모이드로 만듭니다."
    if torch.all(output == 1):
        return "어떤 그림에도 1이라고 답합니다. 값 하나에 softmax를 쓰면 늘 1입니다. 시그모이드를 쓰세요."
    return "마지막이 시그모이드가 아닙니다. 마지막 합성곱의 값을 시그모이드에 한 번만 넣으세요."


def check_parameter_count(answer):
    """``answer(before, after, kernel)``: bias 없는 합성곱과 배치 정규화로 된 블록의 매개변수 수."""
    values = []
    for case in COUNT_CASES:
        value, verdict = call(answer, *case)
        if verdict:
            return verdict
        values.append(value.double())
    values = torch.stack(values)
    if close(values, _counts(lambda a, b, k: a * b * k * k + 2 * b)):
        return right("가중치 before × after × k², 그리고 γ와 β가 after개씩입니다.")
    why = matching(values, [(why, _counts(formula)) for why, formula in COUNT_MISTAKES.items()])
    if why is None:
        a, b, k = COUNT_CASES[0]
        why = (
            f"before={a}, after={b}, kernel={k}이면 {a * b * k * k + 2 * b:,}개인데 "
            f"{values[0].item():,.0f}이 나왔습니다. 가중치 텐서의 모양부터 적어 보세요."
        )
    return wrong(why)


COUNT_MISTAKES = {
    "배치 정규화의 γ와 β가 빠졌습니다. 나가는 채널마다 하나씩 있습니다.":
        lambda a, b, k: a * b * k * k,
    "배치 정규화의 매개변수는 γ와 β 둘입니다. 하나만 세었습니다.":
        lambda a, b, k: a * b * k * k + b,
    "합성곱의 bias까지 세었습니다. 이 블록의 합성곱은 bias=False입니다.":
        lambda a, b, k: a * b * k * k + 3 * b,
    "배치 정규화의 실행 중 평균과 분산까지 세었습니다. 그 둘은 학습하는 매개변수가 아니라 통계입니다.":
        lambda a, b, k: a * b * k * k + 4 * b,
    "배치 정규화를 들어오는 채널로 세었습니다. 합성곱을 지난 뒤이므로 나가는 채널입니다.":
        lambda a, b, k: a * b * k * k + 2 * a,
    "커널은 가로와 세로가 있으므로 k를 제곱해야 합니다.":
        lambda a, b, k: a * b * k + 2 * b,
    "들어오는 채널을 곱하지 않았습니다. 나가는 채널 하나마다 before장의 커널이 있습니다.":
        lambda a, b, k: b * k * k + 2 * b,
    "나가는 채널을 곱하지 않았습니다. 커널 한 벌로는 특징 맵 하나만 나옵니다.":
        lambda a, b, k: a * k * k + 2 * b,
}  # fmt: skip


def _counts(formula):
    return torch.tensor([float(formula(*case)) for case in COUNT_CASES], dtype=torch.float64)


def _pools(convolutions):
    """합성곱의 출력과 다음 합성곱의 입력이 크기가 다르면 그 사이에서 풀링한 것입니다."""
    return any(before[2].shape[-1] != after[1].shape[-1] for before, after in pairwise(convolutions))
