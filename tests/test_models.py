"""생성자와 구분자: 모양, 매개변수의 수, 초기화."""

import pytest
import torch
from torch import nn

from gan_lesson.config import LessonConfig
from gan_lesson.labs.layers import layer_shapes
from gan_lesson.models import Discriminator, Generator, count_parameters, generate, weights_init


def test_paper_setting_has_the_known_parameter_counts():
    config = LessonConfig.paper()
    assert count_parameters(Generator(config)) == 3_576_704
    assert count_parameters(Discriminator(config)) == 2_765_568


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("nc", [1, 3])
def test_shapes_and_ranges(size, nc):
    config = LessonConfig(image_size=size, nc=nc, ngf=8, ndf=8, nz=7)
    G, D = Generator(config), Discriminator(config)
    fake = G(torch.randn(5, 7))
    assert fake.shape == (5, nc, size, size)
    assert fake.abs().max() <= 1
    answer = D(fake)
    assert answer.shape == (5,)
    assert ((answer > 0) & (answer < 1)).all()


def test_paper_layers_are_those_of_the_shape_comments():
    config = LessonConfig.paper()
    G, D = Generator(config), Discriminator(config)
    shapes = layer_shapes(G, torch.zeros(1, 100))
    assert [s[1:] for name, s in shapes if name == "ConvTranspose2d"] == [
        (512, 4, 4), (256, 8, 8), (128, 16, 16), (64, 32, 32), (3, 64, 64),
    ]  # fmt: skip
    shapes = layer_shapes(D, torch.zeros(1, 3, 64, 64))
    assert [s[1:] for name, s in shapes if name == "Conv2d"] == [
        (64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (1, 1, 1),
    ]  # fmt: skip
    # Radford 2015 §3: G의 출력 층과 D의 입력 층에는 배치 정규화가 없습니다.
    assert [type(layer) for layer in G.main[-2:]] == [nn.ConvTranspose2d, nn.Tanh]
    assert [type(layer) for layer in D.main[:2]] == [nn.Conv2d, nn.LeakyReLU]
    assert all(layer.negative_slope == 0.2 for layer in D.main if isinstance(layer, nn.LeakyReLU))
    assert type(D.main[-1]) is nn.Sigmoid
    assert not any(layer.bias is not None for layer in [*G.main, *D.main] if "Conv" in str(layer))


def test_logits_are_the_sigmoid_inverse():
    config = LessonConfig(ndf=8)
    D = Discriminator(config).eval()
    images = torch.randn(6, 1, 32, 32)
    assert torch.equal(D.logits(images).sigmoid(), D(images))


def test_pictures_do_not_depend_on_the_mode_or_on_where_they_are_cut():
    torch.manual_seed(0)
    G = Generator(LessonConfig(ngf=2, nz=4))
    z = torch.randn(300, 4)
    G(z)  # 학습 모드라 통계가 움직입니다.
    before = [buffer.clone() for buffer in G.buffers()]
    made = generate(G, z)
    assert made.shape == (300, 1, 32, 32) and not made.requires_grad and G.training
    assert all(torch.equal(a, b) for a, b in zip(G.buffers(), before, strict=True))
    assert torch.allclose(made[250:260], G.eval()(z[250:260]), atol=1e-6)


def test_weights_init_is_standard_deviation_not_variance():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(64, 64, 4), nn.ConvTranspose2d(64, 64, 4), nn.BatchNorm2d(20_000), nn.Linear(9, 9)
    )
    linear = network[3].weight.clone()
    network[2].bias.data.fill_(3.0)
    network.apply(weights_init)
    for layer in network[:2]:
        assert layer.weight.mean().abs() < 0.0005
        assert abs(layer.weight.std() - 0.02) < 0.0005  # 0.02를 분산으로 읽으면 0.141이 됩니다.
    assert abs(network[2].weight.mean() - 1) < 0.001
    assert abs(network[2].weight.std() - 0.02) < 0.001
    assert not network[2].bias.any()
    assert torch.equal(network[3].weight, linear)
