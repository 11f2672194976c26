"""짧은 길만 읽어도 되는지: 쓰는 것은 모두 짧은 길에서 먼저 설명하고 정하며, 적힌 시간은 절마다 더한 것입니다."""

import re

import pytest
import short_path
from reader import NOTEBOOKS, ROOT, read_notebook
from short_path import BADGE, CONCEPTS, DEEP, SHORT, Section

PARTS = {path.stem: short_path.sections(path) for path in NOTEBOOKS}
EVERYTHING = [part for parts in PARTS.values() for part in parts]
ON_SHORT = [part for part in EVERYTHING if part.path == SHORT]


@pytest.mark.parametrize("stem", PARTS)
def test_every_section_says_which_path_it_is_on(stem):
    _, *parts = PARTS[stem]
    mixed = any(part.path == SHORT for part in parts)
    for part in parts:
        assert part.path in (SHORT, DEEP), part.title
        badge = part.texts[0].splitlines()[2:3] == [BADGE]
        assert badge == (mixed and part.path == DEEP), part.title
    first = read_notebook(ROOT / "notebooks" / f"{stem}.ipynb").cells[0].source
    assert ("(깊이 읽기)" in first) == (not mixed)
    assert first.count("(../docs/symbols.md)") == 1


def test_the_short_path_takes_five_to_six_hours():
    assert 5 * 60 <= sum(part.minutes for part in ON_SHORT) <= 6 * 60


def test_minutes_are_written_everywhere_as_summed():
    for path, text in short_path.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: 'python scripts/short_path.py'"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"짧은 길은 {short_path.hours(sum(part.minutes for part in ON_SHORT))}" in readme
    listed = re.findall(r"\[(\w+)\]\(notebooks/(\w+)\.ipynb\)", readme.split("**짧은 길**")[1].split("\n")[0])
    assert [stem for _, stem in listed] == [stem for stem in PARTS if short_path.minutes(ROOT / "notebooks" / f"{stem}.ipynb")[1]]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "name"), [(ON_SHORT, "짧은 길"), (EVERYTHING, "전체")], ids=["짧은 길", "전체"]
)
def test_nothing_is_used_before_it_is_explained(parts, name):
    assert short_path.unexplained(parts) == []


@pytest.mark.parametrize("stem", PARTS)
def test_the_short_path_defines_the_names_that_it_uses(stem):
    sources = [code for part in PARTS[stem] if part.path == SHORT for code in part.codes]
    assert short_path.undefined(sources) == []


def test_what_a_section_introduces_is_in_it():
    told = {name: part for part in EVERYTHING for name in part.introduces}
    assert told.keys() == CONCEPTS.keys()
    for part in EVERYTHING:
        for name in part.introduces:
            assert re.search(CONCEPTS[name], "\n".join(part.texts + part.codes)), (
                part.stem,
                part.title,
                name,
            )


def test_a_use_before_the_explanation_is_noticed():
    told = Section("03_bce", "로짓", introduces=("로짓",), texts=["로짓은 시그모이드에 넣기 전의 값입니다."])
    use = Section("03_bce", "쓰기", texts=["로짓이 크면 진짜 쪽입니다."])
    announced = Section("01_gan_idea", "알리기", texts=["로짓은 03에서 배웁니다."])
    back = Section("05b_architecture", "되돌아보기", texts=["로짓은 03에서 배웠습니다."])
    assert short_path.unexplained([told, use]) == short_path.unexplained([announced, told]) == []
    assert [found[:3] for found in short_path.unexplained([use, told])] == [("03", "쓰기", "로짓")]
    assert [found[0] for found in short_path.unexplained([back])] == ["05b"]  # 깊이 읽기에서만 설명한 것
    in_code = Section("01_gan_idea", "코드", codes=["D.logits(x)"])
    assert short_path.unexplained([in_code, told])


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        (["x = 1", "y = x"], []),
        (["y = x"], ["x"]),
        (["x = x + 1"], ["x"]),
        (["def f():\n    return g()", "def g():\n    pass"], ["g"]),
        (["def f():\n    return g()\n\n\ndef g():\n    pass"], []),
        (["import a.b as c\nfrom d import e", "c, e, [i for i in c], {k: v for k, v in e}"], []),
        (["for i in range(3):\n    total = i", "print(total, i)"], []),
        (["%matplotlib inline\nwith open('a') as f:\n    print(f, g)"], ["g"]),
        (["try:\n    1\nexcept ValueError as error:\n    print(error)"], []),
        (["print([n for n in range(3) if (m := n)], m)"], []),
    ],
)  # fmt: skip
def test_names_are_followed_from_cell_to_cell(cells, missing):
    assert short_path.undefined(cells) == missing
