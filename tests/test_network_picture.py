"""구조 그림: 글자가 실제 신경망의 모양과 층에서 나옵니다."""

import pytest
import torch

from gan_lesson.config import LessonConfig
from gan_lesson.labs.layers.picture import network_picture
from gan_lesson.models import Discriminator, Generator


def texts(figure):
    (axes,) = figure.axes
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_generator_of_the_paper_setting():
    config = LessonConfig.paper()
    found = texts(network_picture(Generator(config), torch.zeros(1, 100), "생성자", "z", "G(z)"))
    shapes = [text for text in found if text.count("×") == 2]
    assert shapes == [
        "100×1×1", "512×4×4", "256×8×8", "128×16×16", "64×32×32", "3×64×64",
    ]  # fmt: skip
    # 예외(Radford 2015 §3): 첫 층만 보폭 1, 출력 층에는 배치 정규화가 없습니다.
    details = [text for text in found if text.startswith("커널")]
    assert details == ["커널 4×4\n보폭 1\n패딩 0"] + ["커널 4×4\n보폭 2\n패딩 1"] * 4
    assert found.count("전치 합성곱") == 5 and found.count("배치 정규화") == 4
    assert found.count("ReLU") == 4 and found.count("tanh") == 1


@pytest.mark.parametrize(("size", "convolutions"), [(32, 4), (64, 5), (128, 6)])
def test_discriminator_of_every_size(size, convolutions):
    D = Discriminator(LessonConfig(image_size=size, ndf=4))
    found = texts(network_picture(D, torch.zeros(1, 1, size, size), "구분자", "x", "D(x)"))
    assert found.count("합성곱") == convolutions
    assert found.count("배치 정규화") == convolutions - 2
    assert found.count("LeakyReLU") == convolutions - 1 and found.count("시그모이드") == 1
    assert f"1×{size}×{size}" in found and "1×1×1" in found
