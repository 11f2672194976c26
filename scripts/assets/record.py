"""gan_lesson/labs/replay/recordings/의 학습 기록을 만듭니다: python scripts/assets/record.py [이름 …]

이름을 주지 않으면 모두 만듭니다. quick의 기록 하나는 CPU 2코어에서 2–5분, large는 CPU 코어 하나에서
10분쯤입니다.
"""

import argparse
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gan_lesson.base.files import write_bytes
from gan_lesson.config import PRESET_IMPROVEMENTS, LessonConfig, default_ngpu
from gan_lesson.labs.replay.recording import COLUMNS, FOLDER
from gan_lesson.training import Trainer
from gan_lesson.training.trainer import sample_moments

# 기록의 이름 → 설정값
RECORDED = {
    "quick": LessonConfig.quick(ngpu=0),
    "lr-low": LessonConfig.quick(lr=0.00002, ngpu=0),
    "lr-high": LessonConfig.quick(lr=0.002, ngpu=0),
    "beta1-high": LessonConfig.quick(beta1=0.9, ngpu=0),
    "large": LessonConfig.large(ngpu=0),
}
# 기록의 이름 → 켠 변화. 나머지는 교과서의 학습입니다.
RECORDED_IMPROVEMENTS = {"large": PRESET_IMPROVEMENTS["large"]}
MOMENTS = {"large": 40}  # 남길 순간의 수. 나머지는 SMALL
SMALL = 8
QUALITY = {"large": 90}  # 나머지는 손실 없이


def device_name(device):
    if device.type == "cpu":
        return f"CPU {torch.get_num_threads()}코어"
    return torch.get_device_module(device).get_device_name(device)


def save_recording(trainer, path, device, config=None, quality=None):
    """``Trainer``가 지금까지 남긴 것을 ``load_recording``이 읽는 zip 하나로 씁니다.

    Args:
        device: 학습한 장치를 사람이 읽는 글.
        config: 적어 둘 설정값. 기본은 ``trainer``의 것입니다.
        quality: WebP의 품질 [0, 100]. 없으면 손실 없이 씁니다.
    """
    notes = {
        "format": 1,
        "config": json.loads((config or trainer.config).to_json()),
        "seconds": round(trainer.seconds, 1),
        "device": device,
        "judgements": {
            iteration: [[round(float(answer), 4) for answer in answers] for answers in pair]
            for iteration, pair in trainer.judgements.items()
        },
    }
    files = {"recording.json": json.dumps(notes, ensure_ascii=False).encode()}
    files["history.csv"] = trainer.history.to_csv().encode()
    files["reals.webp"] = board(trainer.reals, quality)
    for iteration, images in trainer.snapshots.items():
        files[f"moments/{iteration}.webp"] = board(images.numpy(), quality)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # 시각을 적지 않아, 같은 학습은 같은 파일이 됩니다.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    write_bytes(path, data.getvalue())


def board(images, quality):
    """(M, nc, H, W) uint8을 사이를 띄우지 않은 그림판 하나의 WebP로."""
    channels, size = images.shape[1:3]
    padded = np.pad(images, ((0, -len(images) % COLUMNS), (0, 0), (0, 0), (0, 0)))
    whole = padded.reshape(-1, COLUMNS, channels, size, size).transpose(0, 3, 1, 4, 2)
    whole = whole.reshape(-1, COLUMNS * size, channels)
    picture = Image.fromarray(np.broadcast_to(whole, (*whole.shape[:2], 3)).copy())
    data = io.BytesIO()
    options = {"lossless": True} if quality is None else {"quality": quality}
    picture.save(data, "WEBP", method=6, **options)
    return data.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(RECORDED))
    parser.add_argument("--folder", type=Path, default=FOLDER, help="기록을 쓸 폴더")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    for name in options.names:
        # large만 가속기가 있으면 거기서 합니다. 기록의 설정값은 어디서나 읽을 수 있게 CPU의 것으로 남깁니다.
        ngpu = default_ngpu() if name == "large" else 0
        improve = RECORDED_IMPROVEMENTS.get(name, ())
        trainer = Trainer(RECORDED[name].replace(ngpu=ngpu), engine="fast", improve=improve)
        trainer.moments = set(sample_moments(trainer.total, MOMENTS.get(name, SMALL)))
        path = options.folder / f"{name}.zip"

        def save(trainer, name=name, path=path):
            device = device_name(trainer.state.device)
            save_recording(trainer, path, device, RECORDED[name], QUALITY.get(name))

        # 오래 걸리는 기록은 도중에 끊겨도 거기까지 남습니다.
        trainer.run(on_snapshot=lambda t: len(t.snapshots) % 10 or save(t))
        save(trainer)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, {trainer.seconds:.0f}초")


if __name__ == "__main__":
    main()
