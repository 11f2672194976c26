"""images/의 그림을 만듭니다. 누구나 다시 만들 수 있습니다: python scripts/assets/images.py

quick 설정으로 한글과 얼굴을 한 번씩 학습합니다(CPU에서 10분쯤).
"""

import io
from pathlib import Path

import torch
from matplotlib import rc_context

from gan_lesson.base.files import write_bytes
from gan_lesson.config import LessonConfig
from gan_lesson.labs.layers import network_picture
from gan_lesson.labs.replay.recording import load_recording
from gan_lesson.models import Discriminator, Generator
from gan_lesson.plots import fixed_noise_through_time, png_bytes, real_beside_fake, sample_grid, snapshots_gif
from gan_lesson.training import Trainer

IMAGES = Path(__file__).resolve().parents[2] / "images"


def svg_bytes(figure):
    """그림을 SVG 바이트로. 글자는 외곽선으로 바꾸어 글꼴이 없는 곳에서도 그대로 보입니다."""
    data = io.BytesIO()
    # 날짜와 임의의 id를 빼서, 같은 그림이면 같은 바이트가 나옵니다.
    with rc_context({"svg.hashsalt": "gan_lesson"}):
        figure.savefig(data, format="svg", metadata={"Date": None})
    return data.getvalue()


def architecture():
    """생성자와 구분자의 구조 그림(SVG), 논문의 크기 3×64×64."""
    config = LessonConfig.paper(ngpu=0)
    for name, network, example, labels in (
        ("generator", Generator(config), torch.zeros(1, 100), ("생성자 G", "z", "G(z)")),
        ("discriminator", Discriminator(config), torch.zeros(1, 3, 64, 64), ("구분자 D", "x", "D(x)")),
    ):
        figure = network_picture(network, example, *labels)
        write_bytes(IMAGES / f"{name}.svg", svg_bytes(figure))


def faces():
    """코드로 그린 얼굴과, 그것을 배운 생성자의 얼굴."""
    trainer = Trainer(LessonConfig.quick(dataroot="faces", nc=3), engine="fast")
    trainer.run()
    figure = real_beside_fake(trainer.data.take(range(64)), trainer.state.sample())
    write_bytes(IMAGES / "faces.png", png_bytes(figure, dpi=110))


def main():
    architecture()
    faces()
    large = fixed_noise_through_time(load_recording("large").snapshots, moments=5)
    write_bytes(IMAGES / "large_through_time.png", png_bytes(large, dpi=80))
    trainer = Trainer(LessonConfig.quick(), engine="fast")
    trainer.run()
    pictures = {
        "quick_samples.png": sample_grid(trainer.state.sample(), "생성자가 만든 한글"),
        "quick_through_time.png": fixed_noise_through_time(trainer.snapshots),
    }
    for name, figure in pictures.items():
        write_bytes(IMAGES / name, png_bytes(figure, dpi=110))
    frames = {i: trainer.snapshots[i][:32] for i in sorted(trainer.snapshots)[::2]}
    write_bytes(IMAGES / "quick_training.gif", snapshots_gif(frames, trainer.total))


if __name__ == "__main__":
    main()
