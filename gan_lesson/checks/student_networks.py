"""학생이 만든 신경망을 만들어 보고, 지나가 보고, 사이의 활성화 함수를 알아냅니다.

층의 종류를 글에서 찾지 않고 값으로 알아내므로, ``nn.Sequential``로 쓴 답과 ``forward``에서
``F.relu``를 부르는 답이 똑같이 채점됩니다.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from gan_lesson.checks.verdict import ask_value, refuse

WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear)  # 가중치가 있는 층

ACTIVATIONS = {
    "ReLU": F.relu,
    "LeakyReLU(0.2)": lambda x: F.leaky_relu(x, 0.2),
    "LeakyReLU(0.01)": F.leaky_relu,
    "tanh": torch.tanh,
    "시그모이드": torch.sigmoid,
    "활성화 함수 없음": lambda x: x,
}


class Step(NamedTuple):
    """가중치가 있는 층 하나를 지난 것."""

    layer: nn.Module
    input: torch.Tensor
    output: torch.Tensor


def build(answer, *inputs):
    """학생의 함수로 신경망을 만들고 모든 매개변수를 채점용 난수로 채웁니다."""
    network = ask_value(answer, *inputs, doing="만들다가")
    hint = " nn.Sequential(…)로 묶으세요." if isinstance(network, list | tuple) else ""
    if not isinstance(network, nn.Module):
        refuse(f"nn.Module을 돌려주어야 하는데 {type(network).__name__}입니다.{hint}")
    # 값이 크고 0을 고르게 지나야 활성화 함수들이 서로 다르게 보입니다.
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            is_scale = parameter.dim() == 1 and name.endswith("weight")
            fan = max(1, parameter[0].numel())
            parameter.normal_(0.0, 0.3 if parameter.dim() == 1 else fan**-0.5, generator=rng)
            if is_scale:
                parameter.add_(1.0)
    return network.train()


@torch.no_grad()
def trace(network, shape):
    """모양이 ``shape``인 난수를 넣은 (출력, 지나간 차례대로 ``Step``의 목록). ``forward``를 쓴 신경망도 됩니다."""
    steps = []

    def remember(layer, inputs, output):
        steps.append(Step(layer, inputs[0], output.clone()))

    def before(layer, inputs):
        # 제자리 활성화 함수가 나중에 덮어쓰므로 들어올 때 베낍니다.
        return (inputs[0].clone(), *inputs[1:])

    hooks = []
    for layer in network.modules():
        if isinstance(layer, WEIGHTED):
            hooks += [layer.register_forward_pre_hook(before), layer.register_forward_hook(remember)]
    try:
        output = network(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    except Exception as error:
        refuse(f"모양이 {shape}인 입력을 넣으니 오류가 났습니다: {type(error).__name__}: {error}")
    finally:
        for hook in hooks:
            hook.remove()
    if not torch.is_tensor(output):
        refuse(f"텐서가 나와야 하는데 {type(output).__name__}입니다.")
    return output, steps


def activation_between(before, after):
    """``before``가 ``ACTIVATIONS``의 무엇을 지나 ``after``가 되었는지. 모르면 ``None``."""
    if before.shape != after.shape:
        return None
    return next((name for name, f in ACTIVATIONS.items() if torch.allclose(f(before), after)), None)
