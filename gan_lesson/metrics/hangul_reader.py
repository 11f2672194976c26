"""한글 리더: 그림 한 장에서 초성·중성·종성을 읽고, 얼마나 자신 있는지 말합니다.

생성자가 만든 글자를 **읽어서** 잽니다. 얼굴 사진으로는 할 수 없는 일입니다. 가중치는
``scripts/assets/train_reader.py``가 내장 한글로 가르쳐 ``assets/hangul_reader.safetensors``에 넣은 것입니다.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from gan_lesson.base.files import load_weights
from gan_lesson.data.hangul import BACKGROUND, FINALS, INITIALS, INKS, VOWELS, compose, decompose
from gan_lesson.data.images import to_unit_range

SIZE = 32  # 리더가 보는 그림의 한 변. 다른 크기는 여기에 맞춥니다.
FEATURES = 64
# 이보다 자신 있으면 읽은 것으로 칩니다. 잰 값은 assets/hangul_reader.json에 있습니다.
CONFIDENT = 0.8
WEIGHTS = Path(__file__).resolve().parent / "assets" / "hangul_reader.safetensors"
HEADS = {"초성": len(INITIALS), "중성": len(VOWELS), "종성": len(FINALS)}


class HangulReader(nn.Module):
    """작은 합성곱 신경망. 마지막 층이 셋(초성·중성·종성)과 하나(글자인가)로 갈라집니다. 입력은 (N, 1, 32, 32), [-1, 1]."""

    def __init__(self):
        super().__init__()
        layers, channels = [], (1, 32, 64, 96)
        for before, after in zip(channels, channels[1:], strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
        self.trunk = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(96 * 4 * 4, 192), nn.ReLU(), nn.Linear(192, FEATURES)
        )
        self.heads = nn.ModuleList(nn.Linear(FEATURES, classes) for classes in HEADS.values())
        self.is_glyph = nn.Linear(FEATURES, 1)
        # 진짜의 특징이 평균 0, 축마다의 분산이 평균 1이 되게 하는 값. FID와 KID의 크기가 읽기 좋아집니다.
        self.register_buffer("feature_mean", torch.zeros(FEATURES))
        self.register_buffer("feature_scale", torch.ones(()))
        # 확신의 보정(Platt 1999): 보정한 로짓 = a · 로짓 + b
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))

    def standardized(self, trunk):
        """``trunk``의 출력 (N, 64)에서 FID와 이웃 찾기에 쓰는 특징. 내장 한글에서 평균 0, 분산의 평균 1입니다."""
        return (trunk - self.feature_mean) / self.feature_scale

    def forward(self, images):
        """([초성 (N, 19), 중성 (N, 21), 종성 (N, 28)], 글자인가 (N,))의 로짓."""
        return self.answers(self.trunk(images))

    def answers(self, trunk):
        """``trunk``의 출력 (N, 64)에서 ``forward``와 같은 로짓."""
        hidden = F.relu(trunk)
        return [head(hidden) for head in self.heads], self.is_glyph(hidden)[:, 0]

    def raw_confidence(self, heads, is_glyph):
        """보정하기 전의 확신 (N,): 글자일 확률 × 세 답의 확률."""
        sure = (logits.log_softmax(1).amax(1) for logits in heads)
        return sum(sure, start=F.logsigmoid(is_glyph)).exp()

    def confidence(self, heads, is_glyph):
        """보정한 확신 (N,), [0, 1]. 이 값이 p인 것들 가운데 바르게 읽은 것이 p쯤 됩니다."""
        raw = self.raw_confidence(heads, is_glyph).clamp(1e-6, 1 - 1e-6)
        scale, offset = self.calibration
        return torch.sigmoid(scale * raw.logit() + offset)


@dataclass(frozen=True)
class Reading:
    """그림 N장을 읽은 것: 초성·중성·종성의 번호 (N, 3), 보정한 확신 (N,) [0, 1], 특징 (N, 64)."""

    labels: torch.Tensor
    confidence: torch.Tensor
    features: torch.Tensor

    @property
    def syllables(self):
        """읽은 글자들. 확신과 상관없이 가장 그럴듯한 글자입니다."""
        return [compose(*label) for label in self.labels.tolist()]

    def readable(self, syllables):
        """``syllables`` 가운데 하나로 자신 있게 읽힌 것 (N,) bool."""
        allowed = {decompose(syllable) for syllable in syllables}
        known = [tuple(label) in allowed for label in self.labels.tolist()]
        return torch.tensor(known, dtype=torch.bool) & (self.confidence >= CONFIDENT)


@cache
def load_reader():
    """함께 들어 있는 리더. 평가 모드고 CPU에 있으며 학습하지 않습니다."""
    with torch.device("meta"):
        reader = HangulReader()
    load_weights(reader, WEIGHTS)
    return reader.eval().requires_grad_(False)


@torch.no_grad()
def read(images, reader=None):
    """그림 (N, 1 또는 3, H, W)을 읽어 ``Reading``을 돌려줍니다. float [-1, 1]이거나 uint8입니다.

    3채널은 내장 컬러 한글처럼 어두운 바탕에 밝은 글자여야 합니다. ``reader``의 기본은 ``load_reader()``입니다.
    """
    # 누가 학습 모드로 바꾸어 두었더라도 모아 둔 통계로 읽습니다.
    reader = (reader or load_reader()).eval()
    trunk = torch.cat([reader.trunk(part) for part in as_input(images).split(512)])
    heads, is_glyph = reader.answers(trunk)
    labels = torch.stack([logits.argmax(1) for logits in heads], 1)
    return Reading(labels, reader.confidence(heads, is_glyph), reader.standardized(trunk))


def as_input(images):
    """리더가 보는 꼴 (N, 1, 32, 32), [-1, 1]로 맞춥니다."""
    images = torch.as_tensor(images).detach().cpu()
    images = to_unit_range(images) if images.dtype == torch.uint8 else images.float()
    if images.shape[1] == 3:  # 가장 밝은 채널에서 바탕이 -1, 획이 1이 되게 폅니다.
        dark, bright = max(BACKGROUND), min(max(ink) for ink in INKS.values())
        images = (images.amax(1, keepdim=True) + 1) * 127.5
        images = ((images - dark) / (bright - dark) * 2 - 1).clamp(-1, 1)
    if images.shape[-2:] != (SIZE, SIZE):
        images = F.interpolate(images, (SIZE, SIZE), mode="area")
    return images
