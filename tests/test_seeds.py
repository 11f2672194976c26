"""난수의 흐름: 이름이 다르면 다르고, 같으면 같습니다."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lesson.base.seeds import stream_seed


@given(st.integers(0, 2**31 - 1))
def test_streams_differ_by_name_and_repeat_by_seed(seed):
    names = ["weights", "z", "fixed_noise"]
    seeds = {stream_seed(seed, name) for name in names}
    seeds |= {stream_seed(seed, "order", epoch) for epoch in range(5)}
    assert len(seeds) == 8
    assert stream_seed(seed, "z") == stream_seed(seed, "z")
    torch.Generator().manual_seed(stream_seed(seed, "z"))  # torch가 받는 범위입니다.
