"""층마다 보기: 손으로 하나씩 통과시킨 것과 같고, 신경망은 그대로이며, 구조 그림은 실제 모양을 말합니다."""

import copy

import pytest
import torch
from torch import nn

from gan_lesson.config import LessonConfig
from gan_lesson.labs.layers import gradient_norms, layer_outputs, layer_shapes, network_picture
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


def test_the_picture_tells_the_shapes_and_layers_of_the_network():
    picture = network_picture(Generator(LessonConfig.paper()), torch.zeros(1, 100), "생성자", "z", "G(z)")
    found = [text.get_text() for text in picture.axes[0].texts]
    shapes = [text for text in found if text.count("×") == 2]
    assert shapes == ["100×1×1", "512×4×4", "256×8×8", "128×16×16", "64×32×32", "3×64×64"]
    # 예외(Radford 2015 §3): 첫 층만 보폭 1, 출력 층에는 배치 정규화가 없습니다.
    details = [text for text in found if text.startswith("커널")]
    assert details == ["커널 4×4\n보폭 1\n패딩 0"] + ["커널 4×4\n보폭 2\n패딩 1"] * 4
    assert found.count("전치 합성곱") == 5 and found.count("배치 정규화") == 4
    D = Discriminator(LessonConfig(image_size=128, ndf=4))
    (axes,) = network_picture(D, torch.zeros(1, 1, 128, 128), "구분자", "x", "D(x)").axes
    found = [text.get_text() for text in axes.texts]
    assert found.count("LeakyReLU") == 5 and found.count("시그모이드") == 1 and "1×128×128" in found
