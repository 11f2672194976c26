"""한글 리더를 가르치고 잽니다: python scripts/assets/train_reader.py (CPU 2코어에서 약 7분)

내장 한글의 세 굵기로 가르치고, 가르칠 때 쓰지 않은 굵기(extrabold)와 시드로 잽니다. 글자가 아닌 그림
(잡음, 절반, 겹친 것, 뒤섞은 것)도 보여 주어 "읽을 수 없음"을 배우게 합니다. 가중치는
gan_lesson/metrics/assets/hangul_reader.safetensors에, 잰 값은 hangul_reader.json에 씁니다.
"""

import json
import time

import torch
from legible import ksx1001_syllables, legible, overlay, shuffle
from torch.nn import functional as F

from gan_lesson.base.files import save_weights, write_bytes
from gan_lesson.data.hangul import basic_syllables, load_hangul
from gan_lesson.metrics import distortions
from gan_lesson.metrics.hangul_reader import CONFIDENT, HEADS, WEIGHTS, HangulReader, load_reader, read

TRAIN_WEIGHTS, HELD_OUT = ("light", "regular", "bold"), ("extrabold",)
COUNT, BATCH, STEPS, LR = 40_000, 192, 1_300, 0.003
BROKEN = (distortions.half, overlay, shuffle)


def glyphs(count, weights, seed):
    """반은 기본 140글자, 반은 KS X 1001의 2,350글자. (그림 (N, 1, 32, 32), 라벨 (N, 3))."""
    images, labels = [], []
    for syllables in (basic_syllables(), ksx1001_syllables()):
        data = load_hangul(32, count=count // 2, syllables=syllables, weights=weights, seed=seed)
        images.append(data.take(range(count // 2)))
        labels.append(torch.from_numpy(data.labels[:].astype("int64")))
    return torch.cat(images), torch.cat(labels)


def broken(images, rng):
    """글자가 아닌 그림: 넷에 하나는 잡음, 나머지는 절반·겹침·뒤섞음."""
    parts = list(legible(images, rng).chunk(4))
    made = [distortions.noise(parts[0].shape, rng)]
    made += [change(part, rng) for change, part in zip(BROKEN, parts[1:], strict=True)]
    return torch.cat(made)


def loss_of(reader, good, labels, bad):
    heads, is_glyph = reader(torch.cat([good, bad]))
    loss = sum(F.cross_entropy(h[: len(good)], y) for h, y in zip(heads, labels.T, strict=True))
    target = (torch.arange(len(is_glyph)) < len(good)).float()
    return loss + F.binary_cross_entropy_with_logits(is_glyph, target)


def train():
    images, labels = glyphs(COUNT, TRAIN_WEIGHTS, seed=1)
    rng = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    reader = HangulReader()
    optimizer = torch.optim.AdamW(reader.parameters(), LR, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, STEPS)
    started = time.time()
    for step in range(1, STEPS + 1):
        chosen = torch.randint(len(images), (BATCH,), generator=rng)
        other = torch.randint(len(images), (BATCH // 2,), generator=rng)
        good, bad = legible(images[chosen], rng), broken(images[other], rng)
        loss = loss_of(reader, good, labels[chosen], bad)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"{step}/{STEPS} 손실 {loss.item():.3f} {time.time() - started:.0f}초", flush=True)
    return reader.eval()


@torch.no_grad()
def calibrate(reader):
    """흔든 글자와 망가진 그림에서 확신을 보정합니다(로지스틱 회귀, Platt 1999)."""
    good, labels, bad = trial(HELD_OUT, seed=2)
    heads, is_glyph = reader(torch.cat([good, bad]))
    raw = reader.raw_confidence(heads, is_glyph).clamp(1e-6, 1 - 1e-6).logit()
    correct = right(heads, labels, len(good))
    values = torch.tensor([1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([values], max_iter=200)

    def closure():
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = F.binary_cross_entropy_with_logits(values[0] * raw + values[1], correct)
            loss.backward()
        return loss

    optimizer.step(closure)
    reader.calibration.copy_(values)


@torch.no_grad()
def standardize(reader):
    """내장 한글의 진짜 그림에서 특징의 평균과 크기를 정합니다."""
    features = reader.trunk(load_hangul(32, seed=8, count=4_000).take(range(4_000)))
    reader.feature_mean.copy_(features.mean(0))
    reader.feature_scale.copy_(features.var(0).mean().sqrt())


def trial(weights, seed, count=6_000):
    images, labels = glyphs(count, weights, seed)
    rng = torch.Generator().manual_seed(seed)
    return legible(images, rng), labels, broken(images[: count // 2], rng)


def right(heads, labels, count):
    """바르게 읽었는지 (N,) float. 글자가 아닌 것은 무엇으로 읽어도 틀린 것입니다."""
    found = torch.stack([h.argmax(1) for h in heads], 1)
    good = (found[:count] == labels).all(1)
    return torch.cat([good, torch.zeros(len(found) - count, dtype=torch.bool)]).float()


def accuracy(reader, images, labels):
    found = read(images, reader).labels
    per_head = {name: (found[:, i] == labels[:, i]).float().mean() for i, name in enumerate(HEADS)}
    return {k: round(float(v), 4) for k, v in per_head.items()} | {
        "글자": round(float((found == labels).all(1).float().mean()), 4)
    }


def calibration_table(reader):
    """보정에 쓰지 않은 시드에서 (확신의 구간, 그림 수, 평균 확신, 바르게 읽은 비율)."""
    good, labels, bad = trial(HELD_OUT, seed=3)
    reading = read(torch.cat([good, bad]), reader)
    correct = torch.cat([(reading.labels[: len(good)] == labels).all(1), torch.zeros(len(bad)) > 0])
    rows, error = [], 0.0
    for low in [i / 10 for i in range(10)]:
        inside = (reading.confidence >= low) & (reading.confidence < low + 0.1 + (low == 0.9))
        if count := int(inside.sum()):
            said = float(reading.confidence[inside].mean())
            was = float(correct[inside].float().mean())
            rows.append([round(low, 1), count, round(said, 3), round(was, 3)])
            error += abs(said - was) * count / len(correct)
    return rows, round(error, 4)


def measure(reader):
    """README와 노트북이 말하는 값들."""
    rng = torch.Generator().manual_seed(9)
    real = load_hangul(32, seed=7, count=4_000)  # GAN이 배우는 것과 같은 꼴, 다른 시드
    images, labels = real.take(range(4_000)), torch.from_numpy(real.labels[:].astype("int64"))
    table, error = calibration_table(reader)

    def rate(pictures):
        return round(float(read(pictures, reader).readable(basic_syllables()).float().mean()), 4)

    return {
        "held_out_weight": accuracy(reader, *glyphs(6_000, HELD_OUT, seed=4)),
        "held_out_seed": accuracy(reader, *glyphs(6_000, TRAIN_WEIGHTS, seed=5)),
        "perturbed": accuracy(reader, *trial(HELD_OUT, seed=6)[:2]),
        "gan_data": accuracy(reader, images, labels),
        "readable": {
            "real": rate(images),
            "noise": rate(distortions.noise(images.shape, rng)),
            "half": rate(distortions.half(images, rng)),
            "overlay": rate(overlay(images, rng)),
            "shuffle": rate(shuffle(images, rng)),
            "blur 1": rate(distortions.blur(images, 1.0)),
            "blur 2": rate(distortions.blur(images, 2.0)),
        },
        "confident": CONFIDENT,
        "calibration": {"table": table, "expected_error": error},
    }


def main():
    reader = train()
    calibrate(reader)
    standardize(reader)
    save_weights(reader, WEIGHTS)
    load_reader.cache_clear()
    figures = measure(load_reader())
    text = json.dumps(figures, ensure_ascii=False, indent=1) + "\n"
    write_bytes(WEIGHTS.with_suffix(".json"), text.encode())
    print(text, f"{WEIGHTS.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
