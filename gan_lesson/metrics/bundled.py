"""함께 들어 있는 quick 학습의 결과: 생성자 하나와, 시드 셋의 성적. ``scripts/score_quick.py``가 만듭니다.

학습하지 않고도 평가와 잠재공간을 다룰 수 있게 합니다.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

import torch

from gan_lesson.base.tensor_files import load_weights
from gan_lesson.config import LessonConfig
from gan_lesson.metrics.image_quality import Scores
from gan_lesson.models import Generator

ASSETS = Path(__file__).resolve().parent / "assets"
GENERATOR, SCORES = ASSETS / "quick_generator.safetensors", ASSETS / "quick_scores.json"
CHANGES = ASSETS / "changes.json"


def load_quick_generator():
    """quick 설정(시드 0)으로 끝까지 학습한 생성자. CPU에 있고 평가 모드입니다."""
    with torch.device("meta"):
        generator = Generator(LessonConfig.quick(ngpu=0))
    load_weights(generator, GENERATOR)
    return generator.eval()


@dataclass(frozen=True)
class ScoredRun:
    """한 시드의 학습. iterations: 잰 순간들, loss_d와 loss_g: 그때까지 50번의 평균, scores: 그때의 ``Scores``."""

    iterations: list
    loss_d: list
    loss_g: list
    scores: list


def load_quick_scores():
    """시드 → ``ScoredRun``."""
    names = [field.name for field in fields(Scores)]
    runs = {}
    for seed, run in json.loads(SCORES.read_text(encoding="utf-8")).items():
        rows = run["rows"]
        columns = ([row[name] for row in rows] for name in ("iteration", "loss_d", "loss_g"))
        runs[int(seed)] = ScoredRun(*columns, [Scores(**{name: row[name] for name in names}) for row in rows])
    return runs
