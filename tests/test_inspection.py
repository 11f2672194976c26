"""층마다 보기: 손으로 하나씩 통과시킨 것과 같고, 신경망은 그대로입니다."""

import copy

import pytest
import torch
from torch import nn

from gan_lesson.config import LessonConfig
from gan_lesson.labs.layers.inspection import gradient_norms, layer_outputs, layer_shapes
from gan_lesson.models import Discriminator, Generator


@pytest.mark.parametrize("training", [True, False])
def test_layer_outputs_are_those_of_passing_by_hand(training):
    D = Discriminator(LessonConfig(ndf=4)).train(training)
    images = torch.randn(3, 1, 32, 32)
    value, expected = images, []
    for layer in copy.deepcopy(D).main:
        value = layer(value.clone())
        expected.append((type(layer).__name__, value))
    outputs = layer_outputs(D, images)
    assert [name for name, _ in outputs] == [name for name, _ in expected]
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(outputs, expected, strict=True))
    # 제자리 활성화 함수가 앞 층의 기록을 덮어쓰지 않았습니다.
    assert (outputs[0][1] < 0).any() and not torch.equal(outputs[0][1], outputs[1][1])


def test_the_network_is_left_as_it_was():
    G = Generator(LessonConfig(ngf=4))
    before = {name: value.clone() for name, value in G.state_dict().items()}
    shapes = layer_shapes(G, torch.randn(4, 100))
    assert shapes[0] == ("ConvTranspose2d", (4, 16, 4, 4)) and shapes[-1] == ("Tanh", (4, 1, 32, 32))
    assert G.training and not any(layer._forward_hooks for layer in G.main)
    assert all(torch.equal(before[name], value) for name, value in G.state_dict().items())


def test_gradient_norms():
    network = nn.Sequential(nn.Linear(2, 1, bias=False), nn.ReLU(), nn.Linear(1, 1, bias=False))
    assert gradient_norms(network) == [("Linear", 0.0), ("Linear", 0.0)]
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, 1.0]]))
        network[2].weight.fill_(2.0)
    # 손실 = 2 · (3 + 4)이므로 ∂/∂W₁ = 2·(3, 4), ∂/∂W₂ = 7
    network(torch.tensor([[3.0, 4.0]])).sum().backward()
    assert gradient_norms(network) == [("Linear", 10.0), ("Linear", 7.0)]
