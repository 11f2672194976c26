"""한 뜻에 한 낱말: docs/glossary.md의 "쓰지 않음"이 노트북, 문서, 코드의 글에 없는지."""

import re

import pytest
from reader import NOTEBOOKS, ROOT, read_notebook, table_rows, text_files

# 다른 뜻으로는 쓸 수 있는 말. 앞뒤를 보고 가립니다.
OTHER_MEANINGS = {
    "기울기": r"(글자|음수 쪽|slant)[^.\n]{0,12}기울기|기울기 ?\(slant\)|크기와 기울기",
    "누적": r"누적\s?분포",
    "하이퍼파라미터": r"옵티마이저[^.\n]{0,20}하이퍼파라미터",
    "파라미터": r"하이퍼파라미터",
    "생성기": r"난수 생성기",
    "제너레이터": r"(파이썬의 )제너레이터",
    "샘플": r"리샘플링|업샘플링|다운샘플링",
}
# 이 자리에서는 다른 책의 말을 일부러 알려 줍니다.
ALLOWED_FILES = {"docs/glossary.md", "docs/syllabus.md", "tests/test_glossary.py"}
ALLOWED_CELL = re.compile(r"^## .*용어 상자|흔한 오해", re.MULTILINE)


def glossary():
    return table_rows((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))


def forbidden_words():
    words = [word.strip() for row in glossary() for word in row[-1].split(",")]
    return [word for word in words if word != "–" and not word.startswith("(")]


# 처음 쓸 때 다른 책의 말을 괄호로 알려 준 것: 구분자(discriminator, 판별자)
TERMS = "|".join(re.escape(term) for row in glossary() for term in row[0].split(" (")[0].split(" / "))
BRIDGE = re.compile(rf"({TERMS})\([^()]*\)")


def violations(text):
    """``text``에 든 쓰지 않는 말들. 다른 뜻으로 쓴 것과 괄호로 알려 준 것은 뺍니다."""
    found, text = [], BRIDGE.sub(r"\1", text)
    for word in forbidden_words():
        allowed = OTHER_MEANINGS.get(word)
        rest = re.sub(allowed, "", text) if allowed else text
        if word in rest:
            found.append(word)
    # 0.02는 표준편차입니다. 분산 0.02라고 쓰면 틀립니다(흔한 오해 R1).
    found += re.findall(r"분산(?:이|은|을)?\s*0\.02(?!\d)", text)
    # 학습률은 0.0002입니다(R2). 0.00002는 견주는 실험에서만 나옵니다.
    found += re.findall(r"(?:기본|논문의) 학습률(?:은|이)?\s*0\.00002", text)
    return found


@pytest.mark.parametrize(
    "path",
    text_files(".md", ".py", ".txt", ".toml", "Makefile", ".html", ".j2", ".js", ".css"),
    ids=lambda p: p.name,
)
def test_files_keep_the_glossary(path):
    if path.relative_to(ROOT).as_posix() not in ALLOWED_FILES:
        assert violations(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_keep_the_glossary(path):
    for i, cell in enumerate(read_notebook(path).cells):
        if not ALLOWED_CELL.search(cell.source):
            assert violations(cell.source) == [], f"셀 {i}"
        notes = cell.metadata.get("slideshow", {}).get("notes", {})
        assert violations(str(dict(notes))) == [], f"셀 {i}의 메모"
