"""짧은 길만 읽어도 되는지: 쓰는 것은 모두 짧은 길에서 먼저 설명하고 정하며, 적힌 시간은 절마다 더한 것입니다."""

import re
import subprocess
import sys
from itertools import takewhile

import pytest
import short_path
from reader import NOTEBOOKS, ROOT, read_notebook
from short_path import BADGE, DEEP, SHORT

# 설명 없이 쓰면 처음 보는 사람이 길을 잃는 것: 이름 → 썼는지 알아보는 정규식
SAME = "구분자,균형,특징 맵,보폭,LeakyReLU,fixed_noise,수용 영역,축적,모드 붕괴,재현율"
CONCEPTS = {name: name for name in SAME.split(",")} | {
    "GAN": r"\bGAN\b",
    "잠재공간 벡터": r"잠재공간",
    "에폭": r"에폭|num_epochs",
    "엔진": r"엔진|\bengine\b",
    "한글 리더": r"리더\b|hangul_reader|HangulReader",
    "분포 p_data와 p_g": r"p_\{?data|p_\{?g\b",
    "모드": r"모드(?! 붕괴)",
    "BCE": r"\bBCE",
    "값 함수": r"값 함수|V\(D, ?G\)",
    "로짓": r"로짓|[lL]ogits?\b",
    "비포화 손실": r"포화",
    "가장 좋은 구분자": r"D\^\*|D\*",
    "JSD": r"JSD|젠슨",
    "전치 합성곱": r"전치 합성곱|ConvTranspose",
    "배치 정규화": r"배치 정규화|BatchNorm",
    "tanh": r"[tT]anh",
    "가중치 초기화": r"가중치 초기화|weights_init",
    "실행 중 통계": r"실행 중 통계|num_batches_tracked",
    "detach": r"\bdetach\b(?!\()",
    "beta1": r"\bbeta1\b|β₁",
    "FID": r"\b[FK]ID\b",
    "구면 보간": r"구면 보간|slerp",
}  # fmt: skip
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


def test_minutes_are_written_everywhere_as_summed():
    assert 5 * 60 <= sum(part.minutes for part in ON_SHORT) <= 6 * 60
    pages = short_path.pages()
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: 'python scripts/short_path.py'"
    assert all(f"({stem}.ipynb) |" in pages[NOTEBOOKS[0]] for stem in PARTS)  # 과정 지도
    times = {path.stem.split("_")[0]: short_path.minutes(path) for path in NOTEBOOKS}
    readme, teaching = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/teaching.md")
    )
    plan = re.findall(r"^\| \d+ \| ([0-9abc, ]+) \| (\d+) \| (\d+|–) \|", teaching, re.MULTILINE)
    assert [name for names, *_ in plan for name in names.split(", ")] == list(times)
    for names, *told in plan:
        total, short = map(sum, zip(*(times[name] for name in names.split(", ")), strict=True))
        assert told == [str(total), str(short or "–")], names
    assert f"짧은 길은 {short_path.hours(sum(part.minutes for part in ON_SHORT))}" in readme
    listed = re.findall(r"\[(\w+)\]\(notebooks/\w+\.ipynb\)", readme.split("**짧은 길**")[1].split("\n")[0])
    assert listed == [name for name, (_, short) in times.items() if short]


def use(part, concept):
    """설명한 것으로 치고 쓴 문장. 뒤의 노트북에서 배운다고 알리거나 이름만 늘어놓는 것은 쓴 것이 아닙니다. 없으면 ``None``."""
    named_only = not part.title or "용어 상자" in part.title or "과정 지도" in part.title
    for text in [] if named_only else part.texts + part.codes:
        for sentence in re.split(r"(?<=[.?!])\s|\n", text):
            told = re.findall(r"\b\d\d[abc]?(?=[)절의에부에서, ])", sentence)
            if re.search(CONCEPTS[concept], sentence) and max(told, default="") <= part.lesson:
                return sentence.strip()
    return None


@pytest.mark.parametrize("parts", [ON_SHORT, EVERYTHING], ids=["짧은 길", "전체"])
def test_nothing_is_used_before_it_is_explained(parts):
    for concept in CONCEPTS:
        before = takewhile(lambda part: concept not in part.introduces, parts)  # noqa: B023
        assert [
            (part.lesson, part.title, sentence) for part in before if (sentence := use(part, concept))
        ] == []


@pytest.mark.parametrize("stem", PARTS)
def test_the_short_path_defines_the_names_that_it_uses(stem, tmp_path):
    sources = [code for part in PARTS[stem] if part.path == SHORT for code in part.codes]
    lines = [line for code in sources for line in code.splitlines() if not line.startswith(("%", "!"))]
    page = tmp_path / f"{stem}.py"
    page.write_text("\n".join(lines), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", page]
    done = subprocess.run(ruff, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout


def test_what_a_section_introduces_is_in_it():
    told = {name: part for part in EVERYTHING for name in part.introduces}
    assert told.keys() == CONCEPTS.keys()
    for name, part in told.items():
        assert re.search(CONCEPTS[name], "\n".join(part.texts + part.codes)), (part.title, name)
