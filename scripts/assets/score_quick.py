"""quick 설정을 시드 셋으로 학습하며 성적을 재고, 생성자 하나를 남깁니다: python scripts/assets/score_quick.py [시드 …] [--engine exact]

--preset better나 --improve noise,ema로 다른 묶음과 변화도 같은 방법으로 잽니다. 그때는 찍기만 하고 쓰지 않습니다.

gan_lesson/metrics/assets/에 quick_scores.json(시드마다 순간마다의 성적과 걸린 시간)과 quick_generator.safetensors(시드 0의
마지막 생성자)를 씁니다. CPU 2코어에서 6분쯤입니다. 다른 길(engine)로 재면 비교하기만 하고 쓰지 않습니다.
"""

import argparse
import json
import time
from dataclasses import asdict

from gan_lesson.base.files import save_weights, write_bytes
from gan_lesson.config import PRESET_IMPROVEMENTS, PRESETS, LessonConfig
from gan_lesson.data.hangul import basic_syllables
from gan_lesson.data.load import load_images
from gan_lesson.metrics.bundled import GENERATOR, SCORES
from gan_lesson.metrics.evaluation import SAMPLES, evaluation_z
from gan_lesson.metrics.image_quality import Judge
from gan_lesson.training import Trainer
from gan_lesson.training.trainer import sample_moments

SEEDS, MOMENTS = (0, 1, 2), 12


def run(config, data, judge, engine, improve):
    """학습 하나. (순간마다의 기록, 걸린 시간, 생성자)."""
    trainer = Trainer(config, data=data, engine=engine, moments=(), improve=improve)
    rows, z = [], evaluation_z(trainer.state.generator)
    for moment in sample_moments(trainer.total, MOMENTS)[1:]:
        trainer.run(until=moment, progress=False)
        fake = trainer.state.sample(z)
        loss = trainer.history.last(50)
        row = {"iteration": moment, "loss_d": loss["loss_d"], "loss_g": loss["loss_g"]}
        rows.append(row | asdict(judge.score(fake)))
        print(
            config.seed,
            moment,
            f"CPU {time.process_time():.0f}초",
            {k: round(v, 3) for k, v in rows[-1].items()},
            flush=True,
        )
    return rows, trainer.seconds, trainer.state.shown_generator


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--engine", default="fast")
    parser.add_argument("--preset", default="quick", choices=PRESETS)
    parser.add_argument("--improve")
    options = parser.parse_args()
    improve = PRESET_IMPROVEMENTS.get(options.preset, ()) if options.improve is None else options.improve
    written = (options.engine, options.preset, options.improve) == ("fast", "quick", None)
    data = load_images(LessonConfig.quick(ngpu=0))
    judge = Judge(data.take(range(SAMPLES)), basic_syllables())
    # 시드를 골라 다시 재면 나머지 시드의 것은 그대로 둡니다.
    found = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.is_file() else {}
    for seed in options.seeds:
        config = LessonConfig(seed=seed, ngpu=0).replace(**PRESETS[options.preset])
        rows, seconds, generator = run(config, data, judge, options.engine, improve)
        print(f"시드 {seed}: {seconds:.0f}초", flush=True)
        if not written:
            continue
        rows = [{k: round(v, 4) for k, v in row.items()} for row in rows]
        found[str(seed)] = {"seconds": round(seconds, 1), "rows": rows}
        if seed == 0:
            save_weights(generator, GENERATOR)
    if written:
        write_bytes(SCORES, (json.dumps(found, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
