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
from gan_lesson.models import Discriminator, Generator

ASSETS = Path(__file__).resolve().parent / "assets"
GENERATOR, SCORES = ASSETS / "quick_generator.safetensors", ASSETS / "quick_scores.json"
CHANGES = ASSETS / "changes.json"
BETTER = tuple(ASSETS / f"better_{name}.safetensors" for name in ("generator", "discriminator"))


def load_quick_generator():
    """quick 설정(시드 0)으로 끝까지 학습한 생성자. CPU에 있고 평가 모드입니다."""
    with torch.device("meta"):
        generator = Generator(LessonConfig.quick(ngpu=0))
    load_weights(generator, GENERATOR)
    return generator.eval()


def load_better():
    """better 설정(시드 0)으로 끝까지 학습한 (생성자, 구분자). CPU에 있고 평가 모드이며, z는 그 학습의 중심 가까이에서 뽑습니다."""
    config = LessonConfig.better(ngpu=0)
    networks = Generator(config).mix(config.seed), Discriminator(config)
    for network, path in zip(networks, BETTER, strict=True):
        load_weights(network.eval(), path)
    return networks


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
    """quick이나 better에서 하나를 바꾼 학습.

    Attributes:
        rows: 잰 순간(반복의 번호) → 이름마다의 값. ``readable``, ``covered``, ``fid``, ``precision``, ``recall``은 ``Scores``의
            것이고, 앞에 ``picked_``가 붙으면 둘을 만들어 D가 더 진짜로 보는 하나만 남긴 그림의 것입니다. ``d_x``와 ``d_gz``는
            그때까지 100번의 평균입니다.
        pictures: 순간 → 만든 그림 (16, 1, 32, 32) uint8. 시드 0에만 있습니다.
    """

    rows: dict
    pictures: dict


def load_changes(seed=0):
    """이름(``scripts/assets/one_change.py``의 ``RUNS``) → ``ChangedRun``. ``none``은 아무것도 더하지 않은 quick입니다."""
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
