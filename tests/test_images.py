"""그림 데이터와 미니 배치, 그 차례를 정하는 난수의 흐름."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from gan_lesson.base.errors import LessonError
from gan_lesson.base.seeds import stream_seed
from gan_lesson.config import LessonConfig
from gan_lesson.data.images import (
    Batches,
    batches_per_epoch,
    epoch_batches,
    epoch_order,
    to_uint8,
    to_unit_range,
)


def test_range_conversion_is_exact_both_ways():
    values = torch.arange(256, dtype=torch.uint8)
    unit = to_unit_range(values)
    assert (unit[0], unit[255]) == (-1.0, 1.0)
    assert torch.allclose(unit, values / 255 * 2 - 1, atol=1e-6)
    assert torch.equal(to_uint8(unit), values)
    assert to_uint8(torch.tensor([-5.0, 5.0])).tolist() == [0, 255]


@given(st.integers(1, 300), st.integers(0, 100), st.integers(0, 5))
def test_order_is_a_permutation_of_its_own(count, seed, epoch):
    order = epoch_order(count, seed, epoch)
    assert sorted(order.tolist()) == list(range(count))
    assert torch.equal(order, epoch_order(count, seed, epoch))


@given(st.integers(0, 2**31 - 1))
def test_streams_differ_by_name_and_repeat_by_seed(seed):
    names = [("weights",), ("z",), ("fixed_noise",), *(("order", epoch) for epoch in range(5))]
    seeds = [stream_seed(seed, *name) for name in names]
    assert len(set(seeds)) == 8 and seeds == [stream_seed(seed, *name) for name in names]
    torch.Generator().manual_seed(seeds[0])  # torch가 받는 범위입니다.


def test_epochs_and_seeds_differ():
    assert len({tuple(epoch_order(100, seed, epoch).tolist()) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_batches_follow_the_order_and_drop_the_rest(glyphs):
    batches = list(epoch_batches(glyphs, 12, seed=3, epoch=1))
    order = epoch_order(40, 3, 1)[:36]
    assert len(batches) == batches_per_epoch(glyphs, 12) == 3
    assert torch.equal(torch.cat(batches), glyphs.take(order))
    assert torch.equal(glyphs[order[0]], batches[0][0])


def test_a_plain_dataloader_works_as_students_write_it(glyphs):
    batches = list(DataLoader(glyphs, batch_size=16))
    assert [tuple(batch.shape) for batch in batches] == [(16, 1, 32, 32)] * 2 + [(8, 1, 32, 32)]
    assert torch.equal(torch.cat(batches), glyphs.take(range(40)))
    assert torch.equal(glyphs[[3, 5]], glyphs.take([3, 5]))


def test_starting_in_the_middle_or_with_workers_gives_the_same_batches(glyphs):
    whole = list(epoch_batches(glyphs, 8, seed=1, epoch=2))
    torch.manual_seed(0)
    before = torch.get_rng_state()
    for start, workers in ((3, 0), (2, 2)):
        rest = list(epoch_batches(glyphs, 8, seed=1, epoch=2, start=start, workers=workers))
        assert all(torch.equal(a, b) for a, b in zip(whole[start:], rest, strict=True))
    assert torch.equal(torch.get_rng_state(), before)  # 전역 난수를 소비하지 않습니다.


def test_one_batch_and_the_endless_stream_are_the_same_batches(glyphs):
    config = LessonConfig(batch_size=12, seed=3, ngpu=0)
    batches = Batches(glyphs, config)
    assert batches.per_epoch == 3
    whole = [*epoch_batches(glyphs, 12, 3, 0), *epoch_batches(glyphs, 12, 3, 1)]
    for iteration, (batch, streamed) in enumerate(zip(whole, batches.endless(), strict=False)):
        assert torch.equal(batch, streamed) and torch.equal(batch, batches.at(iteration))


def test_fewer_images_than_a_batch_is_explained(glyphs):
    with pytest.raises(LessonError, match="batch_size = 64: 그림이 40장.*40 이하"):
        batches_per_epoch(glyphs, 64)
