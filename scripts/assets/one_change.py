"""quick이나 better에 변화를 하나씩 더해 학습하고, 순간마다의 성적과 그림을 남깁니다: python scripts/assets/one_change.py [이름 …]

gan_lesson/metrics/assets/changes.json을 씁니다. 잴 때마다 쓰고, 끝까지 한 것은 다시 하지 않으므로 도중에 끊어도 됩니다.
CPU 코어 하나에서 시드마다 20분쯤입니다(quick은 1분, better에서는 2분 반, better 그대로는 5분). ``better``의 시드 0이 끝나면 09c가
쓰는 두 신경망도 남깁니다.
"""

import argparse
import base64
import io
import json
import math
import time

import numpy as np
import torch
from PIL import Image

from gan_lesson.base.files import save_weights, write_bytes
from gan_lesson.base.seeds import stream_seed
from gan_lesson.commands.generator import best_of
from gan_lesson.config import PRESET_IMPROVEMENTS, PRESETS, LessonConfig
from gan_lesson.data.hangul import basic_syllables, load_hangul
from gan_lesson.data.images import to_uint8
from gan_lesson.metrics.bundled import BETTER, CHANGES
from gan_lesson.metrics.evaluation import SAMPLES, evaluation_z
from gan_lesson.metrics.image_quality import Judge
from gan_lesson.models import generate
from gan_lesson.training import Trainer

SHORT, END = 1250, 4375
MOMENTS = (625, SHORT, 2500, END)
SHOWN = 16  # 남길 그림의 수
SCORES = ("readable", "covered", "fid", "precision", "recall")
FREQUENCIES = 500  # 닫힌 곡선의 가장 빠른 진동수
# better의 네 변화를 quick과 같은 크기의 신경망에: z를 뽑는 법만 다른 셋을 비교하는 자리
ALL = PRESET_IMPROVEMENTS["better"]
FOUR = tuple(name for name in ALL if name != "mixture")
SMALL = PRESETS["better"] | dict(ngf=32, ndf=16)
# 이름 → (quick과 다른 설정값, 켤 변화, 어디까지)
RUNS = {
    "none": ({}, (), SHORT),
    "rates": ({}, ("rates",), SHORT),
    "noise": ({}, ("noise",), SHORT),
    "smooth": ({}, ("smooth",), SHORT),
    "ema": ({}, ("ema",), SHORT),
    "lr": (dict(lr=0.0005), (), SHORT),
    "ndf": (dict(ndf=16), (), SHORT),
    "batch": (dict(batch_size=16), (), SHORT),
    "ngf": (dict(ngf=16), (), SHORT),
    "mixture": ({}, ("mixture",), SHORT),
    "cloud": (SMALL, FOUR, END),
    "curve": (SMALL, FOUR, END),
    "centres": (SMALL, ALL, END),
    "better": (PRESETS["better"], ALL, END),
}


def closed_curve(nz, seed):
    """틈이 없는 고리 위의 z를 뽑는 함수: z_j = √2 cos 2π(f_j t + φ_j), f_j는 ``FREQUENCIES``까지의 정수, t는 [0, 1)에서 고르게."""
    rng = torch.Generator().manual_seed(stream_seed(seed, "curve"))
    f = torch.randint(1, FREQUENCIES + 1, (nz,), generator=rng)
    phase = torch.rand(nz, generator=rng)

    def draw_z(count, rng):
        t = torch.rand(count, 1, generator=rng)
        return math.sqrt(2) * torch.cos(2 * math.pi * (f * t + phase))

    return draw_z


def measure(trainer, judge):
    """지금의 성적(D로 둘에 하나를 고른 것의 성적도)과 100번의 평균 통계, 그리고 만든 그림."""
    state, now = trainer.state, trainer.history.last(100)
    z = evaluation_z(state.generator, 2 * SAMPLES)
    fake = generate(state.shown_generator, z)
    row = {"iteration": state.iteration, "d_x": now["d_x"], "d_gz": now["d_gz_before"]}
    for prefix, images in (("", fake[:SAMPLES]), ("picked_", best_of(state.discriminator, fake, 2))):
        scores = judge.score(images)
        row |= {prefix + name: getattr(scores, name) for name in SCORES}
    return {name: round(value, 4) for name, value in row.items()}, fake


def board(fake):
    """그림 ``SHOWN``장을 한 줄로 이은 PNG의 base64."""
    picture = np.concatenate(list(to_uint8(fake[:SHOWN])[:, 0].numpy()), axis=1)
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG", optimize=True)
    return base64.b64encode(data.getvalue()).decode()


def run(name, seed, data, judge):
    """학습 하나를 하며 잴 때마다 {"rows": 순간마다, "pictures": 순간 → 그림}을 냅니다."""
    changes, improve, end = RUNS[name]
    config = LessonConfig.quick(seed=seed, ngpu=0).replace(**changes)
    trainer = Trainer(config, data=data, engine="fast", moments=(), improve=improve)
    if name == "curve":
        trainer.state.generator.draw_z = closed_curve(config.nz, seed)
    found = {"rows": [], "pictures": {}}
    for moment in (m for m in MOMENTS if m <= end):
        trainer.run(until=moment, progress=False)
        row, fake = measure(trainer, judge)
        found["rows"].append(row)
        if seed == 0 and moment in (SHORT, end):
            found["pictures"][str(moment)] = board(fake)
        print(name, seed, row, f"CPU {time.process_time():.0f}초", flush=True)
        yield found
    if name == "better" and seed == 0:
        for network, path in zip(
            (trainer.state.shown_generator, trainer.state.discriminator), BETTER, strict=True
        ):
            save_weights(network.half(), path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(RUNS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = load_hangul(32)
    judge = Judge(data.take(range(SAMPLES)), basic_syllables())
    for name in options.names:
        runs = json.loads(CHANGES.read_text(encoding="utf-8")) if CHANGES.is_file() else {}
        done = runs.get(name, {}).get(str(options.seed))
        if done and done["rows"][-1]["iteration"] >= RUNS[name][2]:
            continue
        for found in run(name, options.seed, data, judge):
            runs.setdefault(name, {})[str(options.seed)] = found
            write_bytes(CHANGES, (json.dumps(runs, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
