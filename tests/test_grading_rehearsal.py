"""강의의 노트북에 답을 채운 제출물을 한 명령으로 채점합니다. 오래 걸려 make test에서는 하지 않습니다."""

import csv
import io

import grade
import nbformat
import pytest
from reader import NOTEBOOKS
from submitted import filled

LESSON = {path.stem.split("_")[0]: path for path in NOTEBOOKS}
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n        pass"


def cell_of(notebook, check):
    return next(cell for cell in notebook.cells if cell.cell_type == "code" and f"{check}(" in cell.source)


def solved(*sources, but=()):
    """03에 답을 채우고 Loss_D의 셀 앞에 ``sources``의 셀들을 끼웁니다."""
    notebook = filled(LESSON["03"], but)
    at = notebook.cells.index(cell_of(notebook, "check_loss_d"))
    notebook.cells[at:at] = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


def last_year():
    notebook = solved()
    cell = cell_of(notebook, "check_bce")
    cell.source = cell.source.replace("from gan_lesson.checks.losses", "from gan_lesson.checks")
    notebook.metadata["gan_lesson"] = {"version": "0.0.9"}
    return notebook


@pytest.mark.soak
def test_a_class_in_one_command(tmp_path):
    place, out = tmp_path / "제출", tmp_path / "점수.csv"
    doubled = cell_of(solved(), "check_loss_d").source
    files = {  # 파일 → (노트북, 풀었다고 나와야 하는 문제의 수, 적혀 있어야 하는 말)
        "강하나/03_bce.ipynb": (solved(), 3, "파일이 나둘의 것과 똑같음"),
        "나둘/03_bce.ipynb": (solved(), 3, "강하나"),
        "문셋/03_bce.ipynb": (solved(STUBBORN), 3, "커널이 꺼짐"),
        "박넷/03_bce.ipynb": (solved(doubled, but=["check_loss_d"]), 3, "문제의 셀이 여럿"),
        "안다섯/03_bce.ipynb": (last_year(), 0, "다른 버전 0.0.9"),
        "윤여섯/01_gan_idea.ipynb": (filled(LESSON["01"]), 1, ""),
        "윤여섯/02_minimax.ipynb": (filled(LESSON["02"]), 3, ""),
        "05a_transposed_conv_이일곱.ipynb": (filled(LESSON["05a"]), 2, ""),
        "07_training_step_임여덟.ipynb": (filled(LESSON["07"]), 4, ""),
        "장아홉/09b_latent.ipynb": (filled(LESSON["09b"]), 1, ""),
    }
    expected, told = {}, {}
    for name, (made, count, words) in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(nbformat.writes(made), encoding="utf-8")
        student = name.split("/")[0].split("_")[-1].removesuffix(".ipynb")
        expected[student], told[student] = expected.get(student, 0) + count, words
    assert grade.main([str(place), "--out", str(out), "--seconds", "360"]) == 0
    header, *lines = csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig")))
    said = {line[0]: f"{line[-2]} // {line[-1]}" for line in lines}
    assert {line[0]: int(line[header.index("푼 문제")]) for line in lines} == expected, said
    assert [student for student, words in told.items() if words not in said[student]] == [], said
