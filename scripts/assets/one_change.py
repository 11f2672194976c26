"""quick에 변화를 하나씩 더해 학습하고, 순간마다의 성적과 D의 답과 그림을 남깁니다: python scripts/assets/one_change.py [이름 …]

gan_lesson/metrics/assets/changes.json을 씁니다(rates와 lr은 --seed 1로도 쟀습니다). 잴 때마다 쓰고, 끝까지 한 것은 다시 하지 않으므로 도중에 끊어도
됩니다. CPU 코어 하나에서 모두 15분쯤입니다(1,250번에 1분, 끝까지 가는 것은 3분).
"""

import argparse
import base64
import copy
import io
import json
import time

import numpy as np
import torch
from PIL import Image

from gan_lesson.base.files import write_bytes
from gan_lesson.config import PRESET_IMPROVEMENTS, PRESETS, LessonConfig
from gan_lesson.data.hangul import basic_syllables, load_hangul
from gan_lesson.data.images import to_uint8
from gan_lesson.metrics.bundled import CHANGES
from gan_lesson.metrics.evaluation import SAMPLES, evaluation_z
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.metrics.image_quality import coverage, frechet_distance
from gan_lesson.models import generate
from gan_lesson.training import Trainer

SHORT, LONG, END = 1250, 2500, 4375
MOMENTS = (625, SHORT, LONG, END)
SHOWN = 16  # 남길 그림의 수
MORE, NEW_SEED = 140_000, 7  # more의 그림의 수, 배우지 않은 진짜를 만드는 시드
# 이름 → (quick과 다른 설정값, 켤 변화, 어디까지). ema는 학습을 바꾸지 않으므로 none의 학습에서 함께 잽니다.
RUNS = {
    "none": ({}, ("ema",), LONG),
    "rates": ({}, ("rates",), SHORT),
    "noise": ({}, ("noise",), SHORT),
    "smooth": ({}, ("smooth",), SHORT),
    "better": (PRESETS["better"], PRESET_IMPROVEMENTS["better"], END),
    "ndf": (dict(ndf=16), (), SHORT),
    "batch": (dict(batch_size=16), (), SHORT),
    "ngf": (dict(ngf=16), (), SHORT),
    "lr": (dict(lr=0.0005), (), END),
    # 14만 장을 끝까지 한 번씩만 봅니다(140,000 ÷ 32 = 4,375번). 같은 그림이 다시 나오지 않습니다.
    "more": (dict(num_epochs=1), (), END),
}


def probability(discriminator, images):
    """학습할 때처럼 미니 배치 32장마다 정규화하며 답한 D의 확률의 평균."""
    with torch.no_grad():
        return torch.cat([discriminator(part) for part in images.split(32)]).mean().item()


def measure(trainer, generator, z, real, shown):
    """지금의 성적과, D가 여러 그림(``shown``)과 만든 그림에 하는 답."""
    fake = generate(generator, z)
    now, reading = trainer.history.last(100), read(fake)
    critic = copy.deepcopy(trainer.state.discriminator).train()
    row = {"iteration": trainer.state.iteration, "loss_d": now["loss_d"], "loss_g": now["loss_g"]}
    row |= {"d_x": now["d_x"], "d_gz": now["d_gz_before"]}
    row["readable"] = reading.readable(basic_syllables()).float().mean().item()
    row["covered"] = coverage(reading, basic_syllables()).share
    row["fid"] = frechet_distance(real, reading.features)
    row |= {name: probability(critic, images) for name, images in (shown | {"d_fake": fake}).items()}
    return {name: round(value, 4) for name, value in row.items()}, fake


def board(fake):
    """그림 ``SHOWN``장을 한 줄로 이은 PNG의 base64."""
    picture = np.concatenate(list(to_uint8(fake[:SHOWN])[:, 0].numpy()), axis=1)
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG", optimize=True)
    return base64.b64encode(data.getvalue()).decode()


def run(name, seed, data, real, new):
    """학습 하나를 하며 잴 때마다 {이름: {"rows": 순간마다, "pictures": 순간 → 그림}}을 냅니다."""
    changes, improve, end = RUNS[name]
    config = LessonConfig.quick(seed=seed, ngpu=0).replace(**changes)
    trainer = Trainer(config, data=data, engine="fast", moments=(), improve=improve)
    z, shown = evaluation_z(config.nz), {"d_new": new}
    if name != "more":  # 14만 장은 섞어 한 번씩만 보므로, 도중에는 앞의 것이라고 모두 배운 것이 아닙니다.
        shown["d_seen"] = data.take(range(len(new)))
    found = {kept: {"rows": [], "pictures": {}} for kept in ((name, "ema") if name == "none" else (name,))}
    for moment in (m for m in MOMENTS if m <= end):
        trainer.run(until=moment, progress=False)
        for kept, result in found.items():
            state = trainer.state
            generator = state.generator if kept == "none" else state.shown_generator
            row, fake = measure(trainer, generator, z, real, shown)
            result["rows"].append(row)
            if seed == 0 and moment >= SHORT:
                result["pictures"][str(moment)] = board(fake)
            print(kept, seed, row, f"CPU {time.process_time():.0f}초", flush=True)
        yield found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(RUNS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    quick = load_hangul(32)
    real = read(quick.take(range(SAMPLES))).features
    new = load_hangul(32, count=SAMPLES, seed=NEW_SEED).take(range(SAMPLES))
    runs = json.loads(CHANGES.read_text(encoding="utf-8")) if CHANGES.is_file() else {}
    for name in options.names:
        done = runs.get(name, {}).get(str(options.seed))
        if done and done["rows"][-1]["iteration"] >= RUNS[name][2]:
            continue
        data = load_hangul(32, count=MORE) if name == "more" else quick
        for found in run(name, options.seed, data, real, new):
            for kept, result in found.items():
                runs.setdefault(kept, {})[str(options.seed)] = result
            write_bytes(CHANGES, (json.dumps(runs, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
