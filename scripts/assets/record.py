"""gan_lesson/labs/replay/recordings/의 학습 기록을 만듭니다: python scripts/assets/record.py [이름 …]

이름을 주지 않으면 모두 만듭니다. quick의 기록 하나는 CPU 2코어에서 2–5분, paper는 CPU 코어 하나에서
15분쯤입니다.
"""

import argparse
from pathlib import Path

import torch

from gan_lesson.config import default_ngpu
from gan_lesson.labs.replay.recording import FOLDER, RECORDED, RECORDED_IMPROVEMENTS, Recording
from gan_lesson.training import Trainer
from gan_lesson.training.trainer import sample_moments

MOMENTS = {"paper": 40}  # 남길 순간의 수. 나머지는 SMALL
SMALL = 8
QUALITY = {"paper": 90}  # 나머지는 손실 없이


def device_name(device):
    if device.type == "cpu":
        return f"CPU {torch.get_num_threads()}코어"
    return torch.get_device_module(device).get_device_name(device)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(RECORDED))
    parser.add_argument("--folder", type=Path, default=FOLDER, help="기록을 쓸 폴더")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    for name in options.names:
        # paper만 가속기가 있으면 거기서 합니다. 기록의 설정값은 어디서나 읽을 수 있게 CPU의 것으로 남깁니다.
        ngpu = default_ngpu() if name == "paper" else 0
        improve = RECORDED_IMPROVEMENTS.get(name, ())
        trainer = Trainer(RECORDED[name].replace(ngpu=ngpu), engine="fast", improve=improve)
        trainer.moments = set(sample_moments(trainer.total, MOMENTS.get(name, SMALL)))
        path = options.folder / f"{name}.zip"

        def save(trainer, name=name, path=path):
            recording = Recording.of(trainer, device_name(trainer.state.device))
            recording.config = RECORDED[name]
            recording.save(path, QUALITY.get(name))

        # 오래 걸리는 기록은 도중에 끊겨도 거기까지 남습니다.
        trainer.run(on_snapshot=lambda t: len(t.snapshots) % 10 or save(t))
        save(trainer)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, {trainer.seconds:.0f}초")


if __name__ == "__main__":
    main()
