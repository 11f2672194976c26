"""끝난 학습의 기록 파일. 시간이나 GPU가 없는 곳에서도 그 학습을 되짚어 봅니다.

zip 하나에 ``recording.json``(설정값, 걸린 시간, D의 답), ``history.csv``, 진짜 그림과 순간마다의 그림을
담은 WebP가 들어 있습니다. pickle이 없어 남이 준 파일을 열어도 코드가 실행되지 않습니다.
"""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gan_lesson.base.errors import LessonError, choose
from gan_lesson.base.files import write_bytes
from gan_lesson.config import PRESET_IMPROVEMENTS, PRESETS, LessonConfig
from gan_lesson.training.history import History, Record

FORMAT = 1
COLUMNS = 8  # 그림판 한 줄의 그림 수
LARGEST = 64 * 2**20  # 압축을 푼 파일 하나의 한계(바이트)
UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, AttributeError,
    zipfile.BadZipFile, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
FOLDER = Path(__file__).resolve().parent / "recordings"

# 함께 들어 있는 기록의 이름 → 설정값. scripts/record.py가 만듭니다.
RECORDED = {
    "quick": LessonConfig.quick(ngpu=0),
    "lr-low": LessonConfig.quick(lr=0.00002, ngpu=0),
    "lr-high": LessonConfig.quick(lr=0.002, ngpu=0),
    "beta1-high": LessonConfig.quick(beta1=0.9, ngpu=0),
    # CPU 코어 하나에서 15분쯤에 끝나도록, 논문의 크기와 색에서 배치와 채널과 에폭을 줄였습니다.
    "paper": LessonConfig.paper(**PRESETS["better"], batch_size=32, ngf=32, num_epochs=12, ngpu=0),
}
# 기록의 이름 → 켠 변화. 나머지는 교과서의 학습입니다.
RECORDED_IMPROVEMENTS = {"paper": PRESET_IMPROVEMENTS["better"]}


@dataclass(eq=False, repr=False)
class Recording(Record):
    """``Trainer``에서 떼어 낸 ``Record``. ``device``는 학습한 장치를 사람이 읽는 글입니다."""

    device: str = field(kw_only=True)

    @classmethod
    def of(cls, trainer, device):
        """``Trainer``가 지금까지 남긴 것의 기록."""
        return cls(**{item.name: getattr(trainer, item.name) for item in fields(Record)}, device=device)

    def save(self, path, quality=None):
        """zip 하나로 씁니다. ``quality``: WebP의 품질 [0, 100]. 없으면 손실 없이 씁니다."""
        notes = {
            "format": FORMAT,
            "config": json.loads(self.config.to_json()),
            "seconds": round(self.seconds, 1),
            "device": self.device,
            "judgements": {
                iteration: [[round(float(answer), 4) for answer in answers] for answers in pair]
                for iteration, pair in self.judgements.items()
            },
        }
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            files = {"recording.json": json.dumps(notes, ensure_ascii=False).encode()}
            files["history.csv"] = self.history.to_csv().encode()
            files["reals.webp"] = _board(self.reals, quality)
            for iteration, images in self.snapshots.items():
                files[f"moments/{iteration}.webp"] = _board(images.numpy(), quality)
            for name, content in files.items():
                # 시각을 적지 않아, 같은 학습은 같은 파일이 됩니다.
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        write_bytes(path, data.getvalue())

    @classmethod
    def load(cls, path):
        """``save``가 쓴 파일을 읽습니다. 파일이 없거나, 깨졌거나, 다른 형식이면 ``LessonError``입니다."""
        try:
            with zipfile.ZipFile(path) as archive:
                if max(info.file_size for info in archive.infolist()) > LARGEST:
                    raise ValueError("너무 큰 파일이 들어 있습니다")
                return cls._read(archive)
        except FileNotFoundError:
            raise LessonError(f"기록 파일 '{path}': 파일이 없습니다. 경로를 확인하세요.") from None
        except UNREADABLE as error:
            raise LessonError(
                f"기록 파일 '{path}': 읽을 수 없습니다({error}). 파일이 깨졌거나 학습 기록이 "
                "아닙니다. 원본을 다시 복사하세요."
            ) from None

    @classmethod
    def _read(cls, archive):
        notes = json.loads(archive.read("recording.json"))
        if notes["format"] != FORMAT:
            raise ValueError(f"형식 {notes['format']}, 읽을 수 있는 형식은 {FORMAT}")
        config = LessonConfig.from_json(json.dumps(notes["config"]))
        judgements = {
            int(iteration): tuple(torch.tensor(answers) for answers in pair)
            for iteration, pair in notes["judgements"].items()
        }
        if not judgements:
            raise ValueError("남긴 순간이 없습니다")
        snapshots = {
            i: torch.from_numpy(_images(archive.read(f"moments/{i}.webp"), config, len(fakes)))
            for i, (_, fakes) in judgements.items()
        }
        reals = _images(archive.read("reals.webp"), config, len(next(iter(judgements.values()))[0]))
        history = History.from_csv(archive.read("history.csv").decode())
        return cls(config, reals, history, snapshots, judgements, notes["seconds"], device=notes["device"])


def load_recording(name):
    """함께 들어 있는 기록(``RECORDED``)을 읽습니다."""
    return Recording.load(FOLDER / f"{choose('기록', name, RECORDED)}.zip")


def _board(images, quality):
    """(M, nc, H, W) uint8을 사이를 띄우지 않은 그림판 하나의 WebP로."""
    channels, size = images.shape[1:3]
    padded = np.pad(images, ((0, -len(images) % COLUMNS), (0, 0), (0, 0), (0, 0)))
    board = padded.reshape(-1, COLUMNS, channels, size, size).transpose(0, 3, 1, 4, 2)
    board = board.reshape(-1, COLUMNS * size, channels)
    picture = Image.fromarray(np.broadcast_to(board, (*board.shape[:2], 3)).copy())
    data = io.BytesIO()
    options = {"lossless": True} if quality is None else {"quality": quality}
    picture.save(data, "WEBP", method=6, **options)
    return data.getvalue()


def _images(data, config, count):
    """``_board``의 반대. (count, nc, H, W) uint8."""
    size, rows = config.image_size, -(-count // COLUMNS)
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as picture:
        if picture.size != (COLUMNS * size, rows * size):
            raise ValueError(f"그림판의 크기 {picture.size}가 설정값과 다릅니다")
        board = np.asarray(picture.convert("RGB"))[..., : config.nc]
    parts = board.reshape(rows, size, COLUMNS, size, config.nc).transpose(0, 2, 4, 1, 3)
    return parts.reshape(-1, config.nc, size, size)[:count].copy()
