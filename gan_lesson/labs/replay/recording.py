"""함께 들어 있는 학습의 기록을 읽습니다. 시간이나 GPU가 없는 곳에서도 그 학습을 되짚어 봅니다.

zip 하나에 ``recording.json``(설정값, 걸린 시간, D의 답), ``history.csv``, 진짜 그림과 순간마다의 그림판을
담은 WebP가 들어 있습니다. ``scripts/assets/record.py``가 씁니다. pickle이 없어 열어도 코드가 실행되지 않습니다.
"""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gan_lesson.base.errors import LessonError, choose
from gan_lesson.config import PRESET_IMPROVEMENTS, LessonConfig
from gan_lesson.training.history import History, Record

COLUMNS = 8  # 그림판 한 줄의 그림 수
FOLDER = Path(__file__).resolve().parent / "recordings"

# 함께 들어 있는 기록의 이름 → 설정값
RECORDED = {
    "quick": LessonConfig.quick(ngpu=0),
    "lr-low": LessonConfig.quick(lr=0.00002, ngpu=0),
    "lr-high": LessonConfig.quick(lr=0.002, ngpu=0),
    "beta1-high": LessonConfig.quick(beta1=0.9, ngpu=0),
    "large": LessonConfig.large(ngpu=0),
}
# 기록의 이름 → 켠 변화. 나머지는 교과서의 학습입니다.
RECORDED_IMPROVEMENTS = {"large": PRESET_IMPROVEMENTS["large"]}


@dataclass(eq=False, repr=False)
class Recording(Record):
    """끝난 학습의 ``Record``. ``device``는 학습한 장치를 사람이 읽는 글입니다."""

    device: str = field(kw_only=True)


def load_recording(name, folder=FOLDER):
    """함께 들어 있는 기록(``RECORDED``)을 ``Recording``으로. 모르는 이름이나 깨진 파일은 ``LessonError``입니다."""
    path = folder / f"{choose('기록', name, RECORDED)}.zip"
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise LessonError(
            f"기록 파일 '{path}': 읽을 수 없습니다({error}). gan_lesson을 다시 설치하세요."
        ) from None


def _read(archive):
    notes = json.loads(archive.read("recording.json"))
    config = LessonConfig.from_json(json.dumps(notes["config"]))
    judgements = {
        int(iteration): tuple(torch.tensor(answers) for answers in pair)
        for iteration, pair in notes["judgements"].items()
    }
    snapshots = {
        i: torch.from_numpy(_images(archive.read(f"moments/{i}.webp"), config, len(fakes)))
        for i, (_, fakes) in judgements.items()
    }
    reals = _images(archive.read("reals.webp"), config, len(next(iter(judgements.values()))[0]))
    history = History.from_csv(archive.read("history.csv").decode())
    return Recording(config, reals, history, snapshots, judgements, notes["seconds"], device=notes["device"])


def _images(data, config, count):
    """사이를 띄우지 않은 그림판 하나의 WebP에서 그림들 (count, nc, H, W) uint8을."""
    size, channels = config.image_size, config.nc
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as picture:
        board = np.asarray(picture.convert("RGB"))[..., :channels]
    parts = board.reshape(-1, size, COLUMNS, size, channels).transpose(0, 2, 4, 1, 3)
    return parts.reshape(-1, channels, size, size)[:count].copy()
