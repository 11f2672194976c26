"""서른 명의 제출물을 한 명령으로: 강의실에서 일어나는 일을 저마다 하나씩. 오래 걸려 make soak에서만 합니다.

``python tests/test_grading_rehearsal.py 폴더``는 제출물만 만듭니다.
"""

import csv
import io
import re
import sys
import unicodedata
import zipfile
from pathlib import Path

import nbformat
import pytest
from grade import main
from reader import NOTEBOOKS
from submitted import filled

LESSON = {path.stem.split("_")[0]: path for path in NOTEBOOKS}
BCE, LOSS_D, LOSS_G = "check_bce", "check_loss_d", "check_loss_g"
MISTAKE = "def my_loss_g(d_fake):\n    return (1 - d_fake).log().mean()\n\n\ncheck_loss_g(my_loss_g)"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n        pass"


def cell_of(notebook, check):
    return next(cell for cell in notebook.cells if cell.cell_type == "code" and f"{check}(" in cell.source)


def before(notebook, check, source):
    """``check``의 셀 앞에 ``source``라는 셀을 끼웁니다."""
    notebook.cells.insert(notebook.cells.index(cell_of(notebook, check)), nbformat.v4.new_code_cell(source))
    return notebook


def changed(check, change, but=()):
    notebook = filled(LESSON["03"], but)
    cell = cell_of(notebook, check)
    cell.source = change(cell.source)
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


def heavy():
    notebook = filled(LESSON["03"])
    picture = nbformat.v4.new_output("display_data", {"image/png": "iVBOR" * 10_000_000})
    next(cell for cell in notebook.cells if cell.cell_type == "code").outputs = [picture]
    return notebook


def last_year():
    notebook = changed(
        BCE, lambda source: re.sub(r"from gan_lesson\.checks\.losses", "from gan_lesson.checks", source)
    )
    notebook.metadata["gan_lesson"] = {"version": "0.0.9"}
    return notebook


def make_submissions(place, outside):
    """``place``에 제출물을 만듭니다. ``outside``는 한 학생이 쓰려고 하는 바깥 파일.

    Returns:
        학생 → 풀었다고 나와야 하는 문제의 수(노트북을 모두 더한 것).
    """
    whole = {number: filled(LESSON[number]) for number in ("01", "02", "03", "05a", "07", "09b")}
    fake = "def check_bce(answer):\n    print('맞았습니다. nn.BCELoss와 같은 값입니다.')"
    imitation = "from gan_lesson.checks.verdict import checker\n\n\n@checker('좋아요')\ndef check_loss_g(answer):\n    pass"
    tamper = "import gan_lesson.checks.verdict as verdict\n\nverdict.close = lambda *values: True"
    steal = f"import subprocess\n\nsubprocess.run(['touch', {str(outside)!r}])\nopen({str(outside)!r}, 'w').write('밖')"
    none = (BCE, LOSS_D, LOSS_G)
    files = {
        "강하나/03_bce.ipynb": (whole["03"], 3),
        "구둘/03_bce.ipynb": (filled(LESSON["03"], none), 0),
        "권셋/03_bce.ipynb": (filled(LESSON["03"], [LOSS_D]), 2),
        "김넷/03_bce.ipynb": (changed(LOSS_G, lambda source: MISTAKE), 2),
        "나다섯/03_bce.ipynb": (whole["03"], 3),  # 파일째로 베낌
        "남여섯/03_bce.ipynb": (changed(BCE, lambda s: s.replace("    log_x", "    # 내 생각\n    log_x", 1)), 3),
        "노일곱/03_bce.ipynb": (before(filled(LESSON["03"]), BCE, "1 / 0"), 3),
        "류여덟/03_bce.ipynb": (before(filled(LESSON["03"]), LOSS_D, "while True:\n    pass"), 3),
        "문아홉/03_bce.ipynb": (before(filled(LESSON["03"]), LOSS_D, STUBBORN), 1),
        "민열/03_bce.ipynb": (without(LOSS_D, LOSS_G), 1),
        "박열하나/03_bce.ipynb": (doubled(), 3),
        "배열둘/과제 최종 진짜최종(2).ipynb": (filled(LESSON["03"]), 3),
        unicodedata.normalize("NFD", "백열셋/제출 노트북.ipynb"): (filled(LESSON["03"]), 3),
        "서열넷/03_bce.ipynb": (before(filled(LESSON["03"]), LOSS_G, "import os\n\nos._exit(9)"), 2),
        "손열다섯/03_bce.ipynb": (before(filled(LESSON["03"], [BCE]), LOSS_D, f"{fake}\n\n\ncheck_bce(0)"), 2),
        "송열여섯/03_bce.ipynb": (
            before(filled(LESSON["03"], [LOSS_G]), LOSS_G, f"{imitation}\n\n\ncheck_loss_g(0)"), 2,
        ),
        "신열일곱/03_bce.ipynb": (before(changed(LOSS_G, lambda source: MISTAKE), LOSS_G, tamper), 2),
        "안열여덟/03_bce.ipynb": (last_year(), 0),
        "양열아홉/03_bce.ipynb": (heavy(), 3),
        "오스물/03_bce.ipynb": (before(filled(LESSON["03"]), BCE, steal), 3),
        "유하나/03_bce.ipynb": (before(filled(LESSON["03"]), LOSS_D, "많이 = [bytearray(2**28) for _ in range(99)]"), 1),
        "윤둘/01_gan_idea.ipynb": (whole["01"], 1),
        "윤둘/02_minimax.ipynb": (whole["02"], 3),
        "05a_transposed_conv_이셋.ipynb": (whole["05a"], 2),
        "07_training_step_임넷.ipynb": (whole["07"], 4),
        "장다섯/09b_latent.ipynb": (whole["09b"], 1),
        "<b>장여섯</b>/03_bce.ipynb": (filled(LESSON["03"], none[1:]), 1),
    }  # fmt: skip
    expected = {}
    for name, (notebook, solved) in files.items():
        path = place / name.replace("</b>", "<\u2215b>")  # 파일 이름에는 /를 쓸 수 없습니다.
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        student = unicodedata.normalize("NFC", path.relative_to(place).parts[0])
        student = re.sub(r"^\d\d[abc]?_[a-z_]+_|\.ipynb$", "", student)
        expected[student] = expected.get(student, 0) + solved
    good = nbformat.writes(whole["03"]).encode()
    (place / "전일곱.ipynb").write_bytes(good[: len(good) // 2])
    (place / "정여덟.ipynb").write_bytes(b"")
    with zipfile.ZipFile(place / "조아홉.zip", "w") as archive:
        archive.writestr("제출/03_bce.ipynb", good + b"\n")
        archive.writestr("__MACOSX/제출/._03_bce.ipynb", b"")
    with zipfile.ZipFile(place / "최서른.zip", "w") as archive:
        archive.writestr("보고서.hwp", b"")
    return expected | {"전일곱": 0, "정여덟": 0, "조아홉": 3, "최서른": 0}


def check_scores(out, expected, outside):
    """점수표 ``out``이 지어낸 대로인지."""
    header, *lines = csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig")))
    at = header.index("푼 문제")
    assert {line[0]: int(line[at]) for line in lines} == expected
    told = {line[0]: f"{line[-2]} // {line[-1]}" for line in lines}
    for student, words in {
        "강하나": "나다섯", "나다섯": "강하나", "남여섯": "이름까지 같음", "노일곱": "ZeroDivisionError", "류여덟": "60초가 지나 멈춤",
        "문아홉": "60초가 지나도 멈추지 않음", "민열": "문제의 셀이 없음: Loss_D, Loss_G", "박열하나": "문제의 셀이 여럿",
        "서열넷": "커널이 꺼짐", "손열다섯": "check_bce를 다시 정의함", "송열여섯": "흉내 낸", "신열일곱": "verdict.close",
        "안열여덟": "다른 버전 0.0.9", "오스물": f"밖에 쓰려고 함(막음): {outside}", "유하나": "메모리 2.0 GB를 넘음",
        "전일곱": "JSON으로 읽을 수 없습니다", "정여덟": "JSON으로 읽을 수 없습니다", "최서른": "zip에 노트북이 없음",
    }.items():  # fmt: skip
        assert words in told[student], (student, told[student])
    assert not outside.exists()
    for clean in ("구둘", "권셋", "배열둘", "백열셋", "양열아홉", "윤둘", "이셋", "임넷", "장다섯"):
        assert told[clean].split(" // ")[0] == "", (clean, told[clean])
    assert "<b>" not in out.with_suffix(".html").read_text(encoding="utf-8")


@pytest.mark.soak
def test_thirty_students_in_one_command(tmp_path, capsys):
    place, out, outside = tmp_path / "제출", tmp_path / "점수.csv", tmp_path / "바깥"
    expected = make_submissions(place, outside)
    assert len(expected) == 30
    assert main([str(place), "--out", str(out), "--seconds", "180", "--memory", "2"]) == 0
    print(capsys.readouterr().out)
    check_scores(out, expected, outside)


if __name__ == "__main__":
    make_submissions(Path(sys.argv[1]), Path(sys.argv[1]).resolve().parent / "바깥")
