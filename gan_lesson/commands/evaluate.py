"""명령줄의 ``evaluate``: 결과 폴더의 생성자를 재고, 성적표와 그림을 남깁니다."""

import json
from dataclasses import asdict
from pathlib import Path

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import write_bytes
from gan_lesson.data.load import load_images
from gan_lesson.metrics.evaluation import SAMPLES, evaluate
from gan_lesson.plots import png_bytes
from gan_lesson.training.saving.run_folder import load_generator


def evaluate_run(folder, dataroot=None, count=SAMPLES, seed=0):
    """결과 폴더의 생성자를 ``dataroot``(기본은 학습한 데이터)와 비교한 (``Evaluation``, PNG 바이트)."""
    config, generator = load_generator(folder)
    config = config.replace(ngpu=0, **({} if dataroot is None else {"dataroot": dataroot}))
    result, picture = evaluate(generator, load_images(config), count, seed)
    return result, png_bytes(picture)


def write_evaluation(folder, result, picture):
    """``evaluation.json``과 ``evaluation.png``를 ``folder``에 씁니다."""
    folder = Path(folder)
    text = json.dumps(asdict(result), ensure_ascii=False, indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / "evaluation.json", text.encode())
        write_bytes(folder / "evaluation.png", picture)
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 평가를 저장할 수 없습니다({reason(error)}). 쓸 수 있는 폴더를 --out으로 정하세요."
        ) from None
