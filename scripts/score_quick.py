"""quick 설정을 시드 셋으로 학습하며 성적을 재고, 생성자 하나를 남깁니다: python scripts/score_quick.py [시드 …] [--engine exact]

gan_lesson/metrics/assets/에 quick_scores.json(시드마다 순간마다의 성적과 걸린 시간)과 quick_generator.safetensors(시드 0의
마지막 생성자)를 씁니다. CPU 2코어에서 6분쯤입니다. 다른 길(engine)로 재면 견주기만 하고 쓰지 않습니다.
"""

import argparse
import json
from dataclasses import asdict

from gan_lesson.base.files import write_bytes
from gan_lesson.base.tensor_files import save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import basic_syllables
from gan_lesson.data.load import load_images
from gan_lesson.metrics.bundled import GENERATOR, SCORES
from gan_lesson.metrics.evaluation import SAMPLES, evaluation_z
from gan_lesson.metrics.image_quality import Judge
from gan_lesson.training import Trainer
from gan_lesson.training.trainer import sample_moments

SEEDS, MOMENTS = (0, 1, 2), 12


def run(seed, data, judge, engine):
    """한 시드의 학습. (순간마다의 기록, 걸린 시간, 생성자)."""
    config = LessonConfig.quick(seed=seed, ngpu=0)
    trainer = Trainer(config, data=data, engine=engine, moments=())
    rows, z = [], evaluation_z(trainer.config.nz)
    for moment in sample_moments(trainer.total, MOMENTS)[1:]:
        trainer.run(until=moment, progress=False)
        fake = trainer.state.sample(z)
        loss = trainer.history.last(50)
        row = {"iteration": moment, "loss_d": loss["loss_d"], "loss_g": loss["loss_g"]}
        rows.append(row | asdict(judge.score(fake)))
        print(seed, moment, {k: round(v, 3) for k, v in rows[-1].items()}, flush=True)
    return rows, trainer.seconds, trainer.state.generator


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--engine", default="fast")
    options = parser.parse_args()
    data = load_images(LessonConfig.quick(ngpu=0))
    judge = Judge(data.take(range(SAMPLES)), basic_syllables())
    # 시드를 골라 다시 재면 나머지 시드의 것은 그대로 둡니다.
    found = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.is_file() else {}
    for seed in options.seeds:
        rows, seconds, generator = run(seed, data, judge, options.engine)
        print(f"시드 {seed}: {seconds:.0f}초", flush=True)
        if options.engine != "fast":
            continue
        rows = [{k: round(v, 4) for k, v in row.items()} for row in rows]
        found[str(seed)] = {"seconds": round(seconds, 1), "rows": rows}
        if seed == 0:
            save_weights(generator, GENERATOR)
    if options.engine == "fast":
        write_bytes(SCORES, (json.dumps(found, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
