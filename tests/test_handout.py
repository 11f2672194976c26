"""나누어 줄 노트북: 답이 남지 않고, 그대로 채점할 수 있습니다."""

import re
import shutil
import zipfile

import handout
import pytest
from reader import NOTEBOOKS, read_notebook
from reading import read
from submissions import find_submissions
from test_setup_cell import run_cell

import gan_lesson
from gan_lesson.checks.exercises import EXERCISES, LESSONS

LESSON_OF = {path: path.stem.split("_")[0] for path in NOTEBOOKS}
ANSWERS = re.compile(r"<summary>답.*?</summary>(.*?)</details>", re.DOTALL)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """모든 노트북으로 만든 폴더."""
    out = tmp_path_factory.mktemp("나눔") / "수업 자료"
    handout.main(["--out", str(out)])
    return out


def text_of(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def answer_blocks(notebook):
    """접힌 답에 든 것들: 코드 블록은 통째로, 글은 문단마다(짧은 것은 다른 곳에도 있을 수 있어 뺌)."""
    for answer in ANSWERS.findall(text_of(notebook)):
        code = re.findall(r"```python\n(.*?)```", answer, re.DOTALL)
        words = re.sub(r"```.*?```", "", answer, flags=re.DOTALL).splitlines()
        yield from (part.strip() for part in (*code, *words) if len(part.strip()) > 15)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_answer_remains(made, path):
    original, given = read_notebook(path), read_notebook(made / path.name)
    blocks, text = list(answer_blocks(original)), text_of(given)
    assert blocks and "<summary>답" not in text
    assert [block for block in blocks if block in text] == []
    assert text.count("<summary>힌트") == text_of(original).count("<summary>힌트")
    assert text.count("<details>") == text.count("</details>")
    for cell in given.cells:
        assert cell.source.strip() and "slideshow" not in cell.metadata and not cell.get("outputs")
    # 나누어 준 그대로 채점할 수 있습니다.
    sources, found = read((made / path.name).read_bytes())
    assert found["lesson"] == LESSON_OF[path] and found["redefined"] == []
    asked = [key for keys in found["asked"] for key in keys]
    assert asked == [e.key for e in EXERCISES if e.lesson == found["lesson"]]
    assert found["version"] == gan_lesson.__version__
    assert [c.source for c in original.cells if c.cell_type == "code"] == sources


def test_every_link_leads_somewhere(made):
    pages = [made / "README.md", made / "docs" / "symbols.md", *made.glob("*.ipynb")]
    for page in pages:
        links = re.findall(r"\]\((?!https?:)([^)#\s]+\.(?:md|ipynb|png))\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name
    assert "docs/symbols.md" in links  # 마지막 노트북에도 기호의 쪽이 있습니다.
    needed = (made / "requirements.txt").read_text(encoding="utf-8")
    assert "torch>=" in needed and "jupyterlab>=" in needed and "-e ." not in needed


def test_lessons_are_named_by_number(tmp_path, capsys):
    out = tmp_path / "3주"
    with pytest.raises(SystemExit):
        handout.main(["03", "12", "--out", str(out)])
    told = capsys.readouterr().err
    assert "'12'" in told and "05a" in told and not out.exists()  # 빈 폴더를 남기지 않습니다.
    handout.main(["03", "04", "--out", str(out)])
    given = sorted(path.name for path in out.glob("*.ipynb"))
    assert [name.split("_")[0] for name in given] == ["03", "04"]
    first = (out / "README.md").read_text(encoding="utf-8")
    assert f"`{given[0]}`부터" in first
    handed = re.search(r"`(\S+_홍길동\.ipynb)`", first)[1]  # 낼 때의 이름에서 채점이 학생을 알아봅니다.
    (tmp_path / "제출").mkdir()
    shutil.copyfile(out / given[0], tmp_path / "제출" / handed)
    assert [one.student for one in find_submissions(tmp_path / "제출")] == ["홍길동"]


def test_options():
    path = next(path for path in NOTEBOOKS if LESSON_OF[path] == "03")
    kept = handout.hand_out(read_notebook(path), answers=True, outputs=True)
    assert "<summary>답" in text_of(kept) and any(cell.get("outputs") for cell in kept.cells)
    assert "<summary>" not in text_of(handout.hand_out(read_notebook(path), hints=False))


def test_the_setup_cell_finds_the_package_beside_it(made, tmp_path):
    with zipfile.ZipFile(made.with_suffix(".zip")) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / made.name
    assert len(list(folder.glob("*.ipynb"))) == len(LESSONS)
    code, out = run_cell(folder)
    assert code == 0 and str(folder / "gan_lesson_course" / "gan_lesson") in out, out


def test_a_folder_with_other_things_is_left_alone(made, tmp_path, capsys):
    (tmp_path / "내 노트북.ipynb").write_bytes(b"")
    with pytest.raises(SystemExit):
        handout.main(["--out", str(tmp_path)])
    assert "다른 것이 든 폴더" in capsys.readouterr().err and (tmp_path / "내 노트북.ipynb").exists()
    (made / "공지.ipynb").write_bytes(b"")
    handout.main([str(NOTEBOOKS[0]), "--out", str(made)])  # 전에 만든 것만 새로 만듭니다.
    assert {path.name for path in made.glob("*.ipynb")} == {NOTEBOOKS[0].name, "공지.ipynb"}
