"""한글 리더: 함께 들어 있는 가중치가 말한 만큼 읽는지, 글자가 아닌 것을 거절하는지."""

import json

import pytest
import torch
from legible import legible

from gan_lesson.data.hangul import basic_syllables, compose, load_hangul
from gan_lesson.metrics import distortions
from gan_lesson.metrics.hangul_reader import CONFIDENT, WEIGHTS, as_input, load_reader, read

FIGURES = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def glyphs():
    """가르칠 때 쓰지 않은 시드와 굵기."""
    return {
        weight: load_hangul(32, count=700, weights=(weight,), seed=77)
        for weight in ("regular", "bold", "extrabold")
    }


def rng():
    return torch.Generator().manual_seed(0)


def share_right(data, images):
    return (read(images).labels == torch.from_numpy(data.labels[:].astype("int64"))).all(1)


@pytest.mark.parametrize("weight", ["regular", "bold", "extrabold"])
def test_it_reads_every_weight_also_one_it_never_saw(glyphs, weight):
    data = glyphs[weight]
    assert share_right(data, data.take(range(700))).float().mean() > 0.99
    assert share_right(data, legible(data.take(range(700)), rng())).float().mean() > 0.9


def test_real_letters_are_readable_and_what_is_no_letter_is_not(glyphs):
    real = glyphs["bold"].take(range(700))

    def rate(images):
        return read(images).readable(basic_syllables()).float().mean().item()

    assert rate(real) >= 0.98
    assert rate(distortions.noise((700, 1, 32, 32), rng())) <= 0.02
    assert rate(distortions.half(real, rng())) <= 0.02
    assert rate(torch.zeros(4, 1, 32, 32)) == rate(-torch.ones(4, 1, 32, 32)) == 0
    with_finals = load_hangul(32, count=50, syllables="강농").take(range(50))
    assert rate(with_finals) == 0  # 읽기는 하지만 이 데이터의 글자가 아닙니다.
    assert read(with_finals).readable("강농").float().mean() > 0.9


def test_confidence_means_what_it_says():
    """보정에 쓰지 않은 시드에서, 확신이 높은 것은 그만큼 맞습니다."""
    assert FIGURES["confident"] == CONFIDENT and WEIGHTS.stat().st_size <= 2e6
    data = load_hangul(32, count=1_500, weights=("extrabold",), seed=55)
    images = torch.cat([legible(data.take(range(1_500)), rng()),
                        distortions.half(data.take(range(700)), rng())])  # fmt: skip
    reading = read(images)
    labels = torch.from_numpy(data.labels[:].astype("int64"))
    right = torch.cat([(reading.labels[:1_500] == labels).all(1), torch.zeros(700) > 0]).float()
    assert abs(reading.confidence.mean() - right.mean()) < 0.05
    assert right[reading.confidence > 0.95].mean() > 0.95
    assert right[reading.confidence < 0.2].mean() < 0.2


def test_colour_other_sizes_and_bytes_are_read_too():
    for size, nc in ((64, 1), (32, 3), (64, 3), (128, 1)):
        data = load_hangul(size, nc, count=140, seed=3)
        assert as_input(data.take(range(140))).shape == (140, 1, 32, 32)
        assert share_right(data, data.take(range(140))).float().mean() > 0.95
        same = read(torch.from_numpy(data.images[:9].copy())).labels
        assert torch.equal(same, read(data.take(range(9))).labels)


def test_odd_shapes_types_and_modes_are_read_the_same(glyphs):
    images = glyphs["bold"].take(range(6))
    wanted = read(images).labels
    assert torch.equal(read(images.double()).labels, wanted)
    assert torch.equal(read(images.repeat_interleave(2, 2)).labels, wanted)  # (64, 32)
    assert read(images[:0]).readable("가").tolist() == []
    state = torch.get_rng_state()
    load_reader.cache_clear()
    load_reader().train()
    assert torch.equal(torch.get_rng_state(), state)  # 읽어 들이는 것은 전역 난수를 쓰지 않습니다.
    before = {k: v.clone() for k, v in load_reader().state_dict().items()}
    assert torch.equal(read(images).labels, wanted)
    assert all(torch.equal(v, before[k]) for k, v in load_reader().state_dict().items())
    assert not any(p.requires_grad for p in load_reader().parameters())


def test_reading_names_and_allows_syllables(glyphs):
    data = glyphs["regular"]
    reading = read(data.take(range(20)))
    assert reading.syllables == [compose(*map(int, label)) for label in data.labels[:20]]
    pairs = zip(reading.syllables, reading.confidence.tolist(), strict=True)
    assert reading.readable("가").tolist() == [s == "가" and c >= CONFIDENT for s, c in pairs]
