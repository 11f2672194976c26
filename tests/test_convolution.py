"""합성곱의 크기와 겹침은 모든 조합에서 PyTorch와, 그리고 손으로 센 것과 같고, 탐험기는 그것을 그대로 그립니다."""

import re
import xml.etree.ElementTree as ElementTree
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.convolution import LIMITS, PLAIN, TRANSPOSED, ConvExplorer, Convolution, explorer_picture

RECT = "{http://www.w3.org/2000/svg}rect"
RANGES = [range(low, high + 1) for low, high in LIMITS.values()]


def by_torch(kind, size, kernel, stride, padding, output_padding):
    """PyTorch가 내놓는 크기. 거절하면 ``None``."""
    try:
        if kind == TRANSPOSED:
            layer = nn.ConvTranspose2d(1, 1, kernel, stride, padding, output_padding)
        elif output_padding:
            return None
        else:
            layer = nn.Conv2d(1, 1, kernel, stride, padding)
        shape = layer(torch.zeros(1, 1, size, size)).shape
    except (RuntimeError, ValueError):
        return None
    return shape[-1] or None


def line_counts(case):
    """한 줄에서 출력 자리마다 더해지는 입력들의 집합. 정의대로 하나씩 셉니다."""
    places = [set() for _ in range(case.output_size)]
    for i in range(case.size if case.kind == TRANSPOSED else case.output_size):
        for u in range(case.kernel):
            j = i * case.stride - case.padding + u
            out, source = (j, i) if case.kind == TRANSPOSED else (i, j)
            if 0 <= out < case.output_size and 0 <= source < case.size:
                places[out].add(source)
    return places


@pytest.mark.parametrize("kind", [TRANSPOSED, PLAIN])
def test_every_combination_agrees_with_torch(kind):
    allowed = 0
    for size, kernel, stride, padding, output_padding in product(*RANGES):
        case = Convolution(kind, size, kernel, stride, padding, output_padding)
        found = by_torch(kind, size, kernel, stride, padding, output_padding)
        assert (case.problem is None) == (found is not None), case
        if found is None:
            with pytest.raises(LessonError):
                case.layer()
            continue
        allowed += 1
        assert case.output_size == found, case
        assert case.formula.endswith(f"= {found}")
    assert allowed > 500


@pytest.mark.parametrize("kind", [TRANSPOSED, PLAIN])
@pytest.mark.parametrize("size", [1, 4, 5])
def test_overlaps_and_receptive_fields_are_counted_one_by_one(kind, size):
    for kernel, stride, padding, output_padding in product(range(1, 7), range(1, 5), range(4), (0, 1)):
        case = Convolution(kind, size, kernel, stride, padding, output_padding)
        if case.problem:
            continue
        places = line_counts(case)
        line = torch.tensor([len(place) for place in places])
        assert torch.equal(case.overlaps(), torch.outer(line, line).int()), case
        row, column = len(places) // 2, len(places) - 1
        expected = [[i in places[row] and j in places[column] for j in range(size)] for i in range(size)]
        assert case.receptive_field(row, column).tolist() == expected, case


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (dict(kernel=1, padding=3, size=2), "패딩을 줄이거나"),
        (dict(stride=1, output_padding=1), "보폭(1)보다 작아야"),
        (dict(kind=PLAIN, kernel=6, size=2, padding=0), "커널(6)이"),
        (dict(kind=PLAIN, output_padding=1), "output_padding이 없습니다"),
    ],
)
def test_impossible_combinations_say_why(values, message):
    assert message in Convolution(**values).problem


def test_the_inside_is_what_a_larger_input_does_not_change():
    """안쪽은, 입력이 양쪽으로 끝없이 이어져도 겹치는 도장의 수가 그대로인 자리입니다."""
    compared = 0
    for size, kernel, stride, padding in product((1, 2, 3, 5, 8), range(1, 7), range(1, 5), range(4)):
        case = Convolution(size=size, kernel=kernel, stride=stride, padding=padding)
        if case.problem:
            continue
        same = []
        for place in range(case.output_size):
            covering = [i for i in range(-9, 20) if 0 <= place + padding - i * stride < kernel]
            if all(0 <= i < size for i in covering):
                same.append(place)
        assert list(case.inner) == same, case
        compared += 1
    assert compared > 300
    case = Convolution("plain", size=8, kernel=3, stride=1, padding=2)
    assert case.inner == range(2, 8)
    assert set(case.overlaps()[np.ix_(case.inner, case.inner)].flatten().tolist()) == {9}
    assert len(Convolution(size=1, kernel=4, stride=1, padding=0).inner) == 0


# 탐험기


@pytest.fixture
def explorer():
    return ConvExplorer()


def drawn_cells(picture):
    return ElementTree.fromstring(picture).findall(f".//{RECT}")


@given(
    st.builds(
        Convolution,
        kind=st.sampled_from(["transposed", "plain"]),
        **{name: st.integers(low, high) for name, (low, high) in LIMITS.items()},
    ),
    st.data(),
)
@settings(deadline=None)
def test_picture_shows_what_torch_computes(case, data):
    picture = explorer_picture(case, (0, 0))
    cells = drawn_cells(picture)
    assert case.formula in picture.replace("&lt;", "<")
    if case.problem:
        assert len(cells) == case.size**2 and "만들 수 없는 조합" in picture
        return
    assert len(cells) == case.size**2 + case.output_size**2
    if case.output_size < 18:  # 칸이 작으면 수를 적지 않습니다.
        shown = re.findall(r'text-anchor="middle">(\d+)<', picture)
        assert list(map(int, shown)) == case.overlaps().flatten().tolist()
    row = data.draw(st.integers(0, case.output_size - 1))
    picture = explorer_picture(case, (row, 0))
    orange = [cell for cell in drawn_cells(picture) if cell.get("fill") == "#D55E00"]
    assert len(orange) == case.receptive_field(row, 0).sum()


def test_impossible_combinations_are_explained_and_left_again(explorer):
    explorer.set(stride=1, output_padding=2)
    assert "output_padding(2)은 보폭(1)보다" in explorer.picture.value
    assert explorer.row.disabled and explorer.column.disabled
    with pytest.raises(LessonError, match="보폭"):
        explorer.choose(0, 0)
    explorer.set(stride=3)
    assert "만들 수 없는" not in explorer.picture.value and not explorer.row.disabled
    explorer.kind.value = PLAIN  # 합성곱에는 output_padding이 없습니다.
    assert explorer.case.output_padding == 0 and explorer.sliders["output_padding"].disabled


@pytest.mark.parametrize(
    "call",
    [
        lambda explorer: explorer.set(kernel=7),
        lambda explorer: explorer.set(kind="other"),
        lambda explorer: explorer.set(dilation=2),
        lambda explorer: explorer.choose(8, 0),
        lambda explorer: explorer.choose(0, -1),
    ],
)
def test_mistakes_change_nothing(explorer, call):
    before = explorer.case, explorer.chosen, explorer.picture.value
    with pytest.raises(LessonError):
        call(explorer)
    assert (explorer.case, explorer.chosen, explorer.picture.value) == before


@given(st.lists(st.tuples(st.sampled_from(sorted(LIMITS)), st.integers(0, 8)), max_size=30))
@settings(deadline=None, max_examples=30)
def test_any_movement_of_the_sliders_keeps_picture_and_state_together(moves):
    explorer = ConvExplorer()
    for name, value in moves:
        low, high = LIMITS[name]
        explorer.sliders[name].value = min(max(value, low), high)
        explorer.row.value = explorer.row.max
        assert explorer.picture.value == explorer_picture(explorer.case, explorer.chosen)
        assert "예상하지 못한" not in explorer.message.value
        assert all(explorer.sliders[n].value == getattr(explorer.case, n) for n in LIMITS)
