"""한 반의 제출물을 한 명령으로: 강의실에서 일어나는 일을 저마다 하나씩. 오래 걸려 make test에서는 하지 않습니다."""

import csv
import io
import unicodedata
import zipfile

import grade
import nbformat
import pytest
from reader import NOTEBOOKS
from submitted import filled

LESSON = {path.stem.split("_")[0]: path for path in NOTEBOOKS}
BCE, LOSS_D, LOSS_G = "check_bce", "check_loss_d", "check_loss_g"
NONE = (BCE, LOSS_D, LOSS_G)
MISTAKE = "def my_loss_g(d_fake):\n    return (1 - d_fake).log().mean()\n\n\ncheck_loss_g(my_loss_g)"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n        pass"
FAKE = "def check_bce(answer):\n    print('맞았습니다. nn.BCELoss와 같은 값입니다.')\n\n\ncheck_bce(0)"


def cell_of(notebook, check):
    return next(cell for cell in notebook.cells if cell.cell_type == "code" and f"{check}(" in cell.source)


def before(check, source, but=()):
    """답을 채우고 ``check``의 셀 앞에 ``source``라는 셀을 끼웁니다."""
    notebook = filled(LESSON["03"], but)
    notebook.cells.insert(notebook.cells.index(cell_of(notebook, check)), nbformat.v4.new_code_cell(source))
    return notebook


def mistaken():
    notebook = filled(LESSON["03"])
    cell_of(notebook, LOSS_G).source = MISTAKE
    return notebook


def without(*checks):
    notebook = filled(LESSON["03"])
    notebook.cells = [
        cell for cell in notebook.cells if not any(f"{name}(" in cell.source for name in checks)
    ]
    return notebook


def doubled():
    notebook = filled(LESSON["03"], [LOSS_D])
    again = cell_of(filled(LESSON["03"]), LOSS_D)
    notebook.cells.insert(notebook.cells.index(cell_of(notebook, LOSS_D)), again)  # id까지 같은 셀
    return notebook


def last_year():
    notebook = filled(LESSON["03"])
    cell = cell_of(notebook, BCE)
    cell.source = cell.source.replace("from gan_lesson.checks.losses", "from gan_lesson.checks")
    notebook.metadata["gan_lesson"] = {"version": "0.0.9"}
    return notebook


@pytest.mark.soak
def test_a_whole_class_in_one_command(tmp_path):
    place, out, outside = tmp_path / "제출", tmp_path / "점수.csv", tmp_path / "바깥"
    steal = f"import subprocess\n\nsubprocess.run(['touch', {str(outside)!r}])\nopen({str(outside)!r}, 'w').write('밖')"
    hoard = "많이 = [bytearray(2**28) for _ in range(99)]"
    files = {  # 파일 → (노트북, 풀었다고 나와야 하는 문제의 수, 적혀 있어야 하는 말)
        "강하나/03_bce.ipynb": (filled(LESSON["03"]), 3, "파일이 나다섯의 것과 똑같음"),
        "구둘/03_bce.ipynb": (filled(LESSON["03"], NONE), 0, ""),
        "김넷/03_bce.ipynb": (mistaken(), 2, ""),
        "나다섯/03_bce.ipynb": (filled(LESSON["03"]), 3, "강하나"),
        "노일곱/03_bce.ipynb": (before(BCE, "1 / 0"), 3, "ZeroDivisionError"),
        "류여덟/03_bce.ipynb": (before(LOSS_D, "while True:\n    pass"), 3, "120초가 지나 멈춤"),
        "문아홉/03_bce.ipynb": (before(LOSS_D, STUBBORN), 3, "120초가 지나 멈춤 커널이 꺼짐"),
        "민열/03_bce.ipynb": (without(LOSS_D, LOSS_G), 1, "문제의 셀이 없음: Loss_D, Loss_G"),
        "박열하나/03_bce.ipynb": (doubled(), 3, "문제의 셀이 여럿"),
        unicodedata.normalize("NFD", "백열셋/제출 노트북.ipynb"): (before(BCE, "'내 것'"), 3, ""),
        "서열넷/03_bce.ipynb": (before(LOSS_G, "import os\n\nos._exit(9)"), 3, "커널이 꺼짐"),
        "설열다섯/03_bce.ipynb": (before(LOSS_G, "exit()"), 3, ""),
        "손열다섯/03_bce.ipynb": (before(LOSS_D, FAKE, [BCE]), 2, "check_bce를 다시 정의함"),
        "안열여덟/03_bce.ipynb": (last_year(), 0, "다른 버전 0.0.9"),
        "오스물/03_bce.ipynb": (before(BCE, steal), 3, f"밖에 쓰려고 함(막음): {outside}"),
        "유하나/03_bce.ipynb": (before(LOSS_D, hoard), 3, "MemoryError"),
        "윤둘/01_gan_idea.ipynb": (filled(LESSON["01"]), 1, ""),
        "윤둘/02_minimax.ipynb": (filled(LESSON["02"]), 3, ""),
        "05a_transposed_conv_이셋.ipynb": (filled(LESSON["05a"]), 2, ""),
        "07_training_step_임넷.ipynb": (filled(LESSON["07"]), 4, ""),
        "장다섯/09b_latent.ipynb": (filled(LESSON["09b"]), 1, ""),
    }  # fmt: skip
    expected, told = {"최서른": 0, "정여덟": 0}, {"최서른": "노트북이 없음", "정여덟": "빈 파일"}
    for name, (made, solved, words) in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(made), encoding="utf-8")
        student = unicodedata.normalize("NFC", name.split("/")[0]).split("_")[-1].removesuffix(".ipynb")
        expected[student] = expected.get(student, 0) + solved
        told[student] = words
    (place / "정여덟.ipynb").write_bytes(b"")
    with zipfile.ZipFile(place / "최서른.zip", "w") as archive:
        archive.writestr("보고서.hwp", b"")
    assert grade.main([str(place), "--out", str(out), "--seconds", "360", "--memory", "2"]) == 0
    header, *lines = csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig")))
    said = {line[0]: f"{line[-2]} // {line[-1]}" for line in lines}
    assert {line[0]: int(line[header.index("푼 문제")]) for line in lines} == expected, said
    assert [student for student, words in told.items() if words not in said[student]] == [], said
    assert not outside.exists()
