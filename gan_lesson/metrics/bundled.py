"""함께 들어 있는 학습의 결과(``scripts/assets/score_quick.py``와 ``one_change.py``가 만든 것)."""

import base64
import io
import json
from collections import namedtuple
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gan_lesson.base.files import load_weights
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


# 한 시드의 학습: 잰 순간들, 그때까지 50번의 두 손실의 평균, 그때의 Scores
ScoredRun = namedtuple("ScoredRun", "iterations loss_d loss_g scores")


def load_quick_scores():
    """시드 → ``ScoredRun``."""
    names = [field.name for field in fields(Scores)]
    runs = {}
    for seed, run in json.loads(SCORES.read_text(encoding="utf-8")).items():
        rows = run["rows"]
        columns = ([row[name] for row in rows] for name in ("iteration", "loss_d", "loss_g"))
        runs[int(seed)] = ScoredRun(*columns, [Scores(*(row[name] for name in names)) for row in rows])
    return runs


@dataclass(frozen=True)
class ChangedRun:
    """quick에 변화 하나를 더한 학습.

    Attributes:
        rows: 잰 순간(반복의 번호) → 이름마다의 값. ``readable``과 ``covered``와 ``fid``는 ``Scores``의 것, ``loss_d``와
            ``loss_g``와 ``d_x``와 ``d_gz``는 그때까지 100번의 평균, ``d_new``와 ``d_fake``는 D가 배우지 않은 진짜와 만든
            그림에 하는 답의 평균, ``d_seen``(``more``에는 없음)은 배운 진짜에 하는 답의 평균입니다.
        pictures: 순간 → 만든 그림 (16, 1, 32, 32) uint8.
    """

    rows: dict
    pictures: dict


def load_changes(seed=0):
    """변화의 이름 → ``ChangedRun``. ``none``은 아무것도 더하지 않은 quick입니다."""
    runs = json.loads(CHANGES.read_text(encoding="utf-8"))
    found = {}
    for name, seeds in runs.items():
        if (run := seeds.get(str(seed))) is not None:
            pictures = {int(moment): _strip(data) for moment, data in run["pictures"].items()}
            found[name] = ChangedRun({row["iteration"]: row for row in run["rows"]}, pictures)
    return found


def _strip(data):
    """한 줄로 이은 그림의 base64를 (N, 1, H, H) uint8로."""
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        strip = np.array(picture)
    height = len(strip)
    return torch.from_numpy(np.stack(np.split(strip, strip.shape[1] // height, axis=1)))[:, None]
