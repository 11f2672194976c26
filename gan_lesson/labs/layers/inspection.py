"""신경망의 속을 층마다 봅니다: 출력, 모양, 변화도. 보는 동안 신경망은 바뀌지 않습니다."""

import copy

import torch
from torch.nn.utils import get_total_norm, parameters_to_vector


@torch.no_grad()
def layer_outputs(network, example):
    """``example``이 층을 하나씩 지날 때의 (층의 종류 이름, 출력 텐서)의 목록. 길이는 ``len(network.main)``입니다.

    학습 모드(``network.training``)는 그대로 두고 사본으로 계산하므로, 학습 모드라도 배치
    정규화의 통계가 바뀌지 않습니다.

    Args:
        network: ``main``이 ``nn.Sequential``인 신경망(``Generator``, ``Discriminator``).
        example: 신경망의 입력 하나(미니 배치).
    """
    twin = copy.deepcopy(network)
    outputs = []
    for layer in twin.main:
        # 제자리(inplace) 활성화 함수가 앞 층의 출력을 덮어쓰기 전에 베껴 둡니다.
        layer.register_forward_hook(
            lambda layer, _, output: outputs.append((type(layer).__name__, output.clone()))
        )
    twin(example)
    return outputs


def layer_shapes(network, example):
    """``example``이 층을 하나씩 지날 때의 (층의 종류 이름, 출력의 모양)."""
    return [(name, tuple(output.shape)) for name, output in layer_outputs(network, example)]


def gradient_norms(network, before=None):
    """역전파한 뒤, 가중치가 있는 층마다 (층의 종류 이름, ‖∂손실/∂W‖(L2 노름))의 목록. 입력 쪽부터.

    변화도가 없는 층(역전파 전이거나 얼린 층)은 0입니다. ``before``(매개변수 → 변화도)를 주면 그 뒤에 더해진 것만 봅니다.
    """

    def norm(weight):
        gradient = weight.grad if before is None else weight.grad - before[weight]
        return 0.0 if gradient is None else gradient.norm().item()

    layers = [layer for layer in network.modules() if getattr(layer, "weight", None) is not None]
    return [(type(layer).__name__, norm(layer.weight)) for layer in layers]


def gradient_norm(network):
    """모든 변화도를 한데 모은 L2 노름(스칼라 텐서). 변화도가 없는 매개변수는 0으로 셉니다."""
    return get_total_norm([p.grad for p in network.parameters() if p.grad is not None])


def weight_vector(network):
    """모든 매개변수를 한 줄로 이은 사본 (P,). 둘을 비교하면 움직인 거리가 나옵니다."""
    return parameters_to_vector(network.parameters()).detach()
