"""합성곱 탐험기: 그림이 PyTorch의 결과와 같고, 어떤 조합에서도 말이 됩니다."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gan_lesson.base.errors import LessonError
from gan_lesson.labs.convolution import LIMITS, PLAIN, ConvExplorer, Convolution, explorer_picture

RECT = "{http://www.w3.org/2000/svg}rect"


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
    row = data.draw(st.integers(0, case.output_size - 1))
    picture = explorer_picture(case, (row, 0))
    orange = [cell for cell in drawn_cells(picture) if cell.get("fill") == "#D55E00"]
    assert len(orange) == case.receptive_field(row, 0).sum()


def test_numbers_in_the_cells_are_the_counts(explorer):
    explorer.set(size=3, kernel=3, stride=2, padding=0)
    layer = nn.ConvTranspose2d(1, 1, 3, 2, bias=False)
    nn.init.ones_(layer.weight)
    expected = layer(torch.ones(1, 1, 3, 3)).int().flatten().tolist()
    shown = re.findall(r'text-anchor="middle">(\d+)<', explorer.picture.value)
    assert [int(number) for number in shown] == expected


def test_sliders_and_methods_do_the_same(explorer):
    twin = ConvExplorer()
    explorer.sliders["kernel"].value = 3
    explorer.sliders["stride"].value = 3
    explorer.row.value = 2
    twin.set(kernel=3, stride=3)
    twin.choose(2, twin.chosen[1])
    assert explorer.case == twin.case and explorer.chosen == twin.chosen
    assert explorer.picture.value == twin.picture.value
    assert twin.sliders["kernel"].value == 3 and twin.row.value == 2


def test_impossible_combinations_are_explained_and_left_again(explorer):
    explorer.set(stride=1, output_padding=2)
    assert "output_padding(2)은 보폭(1)보다" in explorer.picture.value
    assert explorer.row.disabled and explorer.column.disabled
    with pytest.raises(LessonError, match="보폭"):
        explorer.choose(0, 0)
    explorer.set(stride=3)
    assert "만들 수 없는" not in explorer.picture.value and not explorer.row.disabled


def test_plain_convolution_has_no_output_padding(explorer):
    explorer.set(output_padding=1)
    explorer.kind.value = PLAIN
    assert explorer.case.output_padding == 0 and explorer.sliders["output_padding"].disabled
    assert explorer.case.output_size == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda explorer: explorer.set(kernel=7),
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
