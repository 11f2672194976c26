"""채점: 제출물 찾기, 실행하지 않고 읽기, 울타리 안에서 실행하기, 점수표."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import grade
import marking
import psutil
import pytest
from marking import EMPTY, load_results, mark_all
from reading import Unreadable, read
from report import page, scores_csv
from submissions import Submission, find_submissions, member_name
from submitted import BCE, LOSS_D, LOSS_G, RIGHT_D, WRONG_D, notebook
from tally import tally

SCRIPTS = Path(grade.__file__).parent
LIMITS = {"seconds": 15, "memory": 2**30}


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def write(place, files):
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)


# 제출물 찾기


def test_students_are_folders_zips_or_files(tmp_path):
    nfd = "\u1112\u1169\u11bc\u1100\u1175\u11af"  # 맥이 적은 '홍길'(NFD)
    one = notebook(BCE)
    files = {
        "김하나/03_bce.ipynb": ("김하나", one),
        "김하나/첨부/둘째 파일.ipynb": ("김하나", one),
        "박둘_12345_assignsubmission_file_/과제.ipynb": ("박둘", one),
        "hong_12345_678901_03_bce.ipynb": ("hong", one),  # Canvas
        "hong_LATE_12345_678902_04_data_config.ipynb": ("hong", one),
        "03_bce_이셋.ipynb": ("이셋", one),
        "03_bce_07.ipynb": ("07", one),  # 출석 번호
        "03_bce_이셋 (1).ipynb": ("이셋 (1)", one),  # 이름이 같은 사람일 수도 있어 합치지 않습니다.
        "04_data_config_이셋의 사본.ipynb": ("이셋", one),
        "사본 - 05a_transposed_conv_이셋.ipynb": ("이셋", one),
        # 이름이 없는 사본은 다른 사람의 다른 노트북과 한 학생이 되지 않습니다.
        "03_bce (1).ipynb": ("03_bce (1)", one),
        "03_bce-Copy1.ipynb": ("03_bce-Copy1", one),
        "03_bce - 복사본 (2).ipynb": ("03_bce - 복사본 (2)", one),
        f"{nfd}.IPYNB": ("홍길", one),
        "윤열/03_bce.ipynb.txt": ("윤열", one),
        "손열하나/03_bce의 사본": ("손열하나", one),
        "빈 것.zip": ("빈 것", zipped({"읽어 주세요.txt": "노트북이 없습니다."})),
        "손상된 것.zip": ("손상된 것", b"PK\x03\x04 broken"),
        "정다섯/보고서.pdf": ("정다섯", b""),
        "조여섯/.venv/lib/x.ipynb": ("조여섯", one),
    }
    write(tmp_path, {name: data for name, (_, data) in files.items()})
    inside = {"제출/03_bce.ipynb": one, "__MACOSX/._03_bce.ipynb": b"", "../나쁜.ipynb": one}
    write(tmp_path, {"최넷.zip": zipped(inside), "정다섯/.ipynb_checkpoints/03-checkpoint.ipynb": one})
    write(tmp_path, {"점수.csv": b"", "점수.results.json": b"{}"})
    (tmp_path / "링크.ipynb").symlink_to("/etc/passwd")
    found = {(one.student, one.file): one for one in find_submissions(tmp_path)}
    expected = {(student, name) for name, (student, _) in files.items() if student not in ("홍길", "조여섯")}
    expected |= {
        ("홍길", "홍길.IPYNB"),
        ("최넷", "최넷/제출/03_bce.ipynb"),
        ("최넷", "최넷/나쁜.ipynb"),
        ("조여섯", "조여섯/"),
    }
    assert found.keys() == expected
    problems = {student: one.problem for (student, _), one in found.items() if one.data is None}
    assert problems.keys() == {"빈 것", "손상된 것", "정다섯", "조여섯"}
    assert (
        problems["정다섯"] == problems["조여섯"] == "노트북이 없음" and "보통의 zip" in problems["손상된 것"]
    )


def test_one_zip_of_everyone_and_one_notebook(tmp_path):
    one = notebook(BCE)
    write(tmp_path, {"모두.zip": zipped({"김하나/03.ipynb": one, "박둘/03.ipynb": one})})
    for place in (tmp_path, tmp_path / "모두.zip"):
        assert [(s.student, s.data) for s in find_submissions(place)] == [("김하나", one), ("박둘", one)]
    write(tmp_path, {"하나/홍길동/과제3/03.ipynb": one, "03_bce_홍길동.ipynb": one})
    for place in (tmp_path / "하나", tmp_path / "03_bce_홍길동.ipynb"):
        assert [s.student for s in find_submissions(place)] == ["홍길동"]


def test_names_in_zips_of_korean_windows():
    name = "김하나/03.ipynb"
    plain, utf8 = zipfile.ZipInfo(name.encode("cp949").decode("cp437")), zipfile.ZipInfo(name)
    utf8.flag_bits = 0x800
    assert member_name(plain) == member_name(utf8) == name


# 실행하지 않고 읽기


def read_cells(*sources, title="# 03. BCE 손실"):
    return read(notebook(*sources, title=title))[1]


def test_what_is_read_without_running():
    found = read_cells(BCE, LOSS_D.format("1.0"), LOSS_D.format("1.0"), "%matplotlib inline\n!ls\nx = (")
    assert found["lesson"] == "03" and found["redefined"] == []
    assert found["asked"] == [["check_bce"], ["check_loss_d"], ["check_loss_d"], []]
    cure = read_cells('check_cure("collapse", dict(d=1, g=1, restart=False))', title=None)
    assert cure["asked"] == [["check_cure:collapse"]] and cure["lesson"] == "08b"
    assert read_cells("print(1)", title="# 다른 글")["lesson"] is None
    assert read(notebook(BCE, gan_lesson={"version": "0.0.1"}))[1]["version"] == "0.0.1"
    for magic in ("%%time\n", "%%capture 나온것\n", "%%timeit -n1 -r1\n"):
        assert read_cells(magic + BCE)["asked"] == [["check_bce"]]
    assert read_cells("%%bash\ncheck_bce(1)")["asked"] == [[]]
    for source in ("def check_bce(answer): pass", "check_bce = print", "from 내것 import check as check_bce"):
        assert read_cells(BCE, source)["redefined"] == ["check_bce"]


def test_damaged_and_old_files():
    whole = notebook(BCE)
    doubled = json.loads(whole)
    doubled["cells"].append(doubled["cells"][1] | {"outputs": [{"output_type": "이상한 것"}]})  # id가 같은 셀
    bare = json.dumps({"cells": json.loads(whole)["cells"]}).encode()
    for data in (
        bare,
        b"\xef\xbb\xbf" + whole,
        whole.decode().encode("utf-16"),
        json.dumps(doubled).encode(),
    ):
        assert read(data)[1]["asked"][0] == ["check_bce"]
    for data, words in {
        whole[: len(whole) // 2]: "끊겼거나", b"": "빈 파일", b"[1, 2]": "노트북의 형식", b"[" * 100_000: "JSON",
        b"{\n <<<<<<< HEAD\n": "git", b"<!doctype html>": "웹 페이지",
    }.items():  # fmt: skip
        with pytest.raises(Unreadable, match=words):
            read(data)
    cells = [{"cell_type": "code", "input": ["a = 1\n", "b"], "outputs": [], "language": "python"}]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    assert read(json.dumps(old).encode())[0] == ["a = 1\nb"]


# 울타리 안에서 실행하기


MISCHIEF = [
    BCE,
    LOSS_D.format(WRONG_D),
    "def check_loss_g(answer):\n    print('맞았습니다. 가짜에 참 라벨을 붙인 BCE와 같습니다.')",
    LOSS_G.format("0").replace("from gan_lesson", "# from gan_lesson"),  # 다시 정의한 것이 채점합니다.
    "import os, sys\nsys.exit()",
    "open({outside!r}, 'w')",
    "import subprocess\nsubprocess.run(['touch', {outside!r}], check=True)",
    "open('안.txt', 'w').write('써도 됩니다.')\n"
    "from multiprocessing import shared_memory\n"
    "memory = shared_memory.SharedMemory(create=True, size=9)\nmemory.close()\nmemory.unlink()",
    "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)",
    "assert 'HOME' in os.environ and 'GAN_LESSON_SECRET' not in os.environ",
    "while True:\n    pass",
    "!echo 나옴 > 여기\nassert open('여기').read() == '나옴\\n'",  # 가짜 터미널에서 실행합니다.
    "hoard = b'x' * 2**31",
    "exit()",
    "subprocess.run('setsid sleep 98765 &', shell=True)\nos._exit(1)",
    LOSS_D.format(RIGHT_D),
    "from gan_lesson.checks.theory import check_jsd\ncheck_jsd(lambda *given: None)",  # 빈칸
    "1 / 0\ncheck_jsd_bound(lambda *given: None)",  # 이르지 못합니다.
]


@pytest.fixture(scope="module")
def mischief(tmp_path_factory):
    """못된 짓을 한데 모은 노트북을 한 번 실행한 결과와, 쓰려 한 바깥 파일."""
    outside = tmp_path_factory.mktemp("바깥") / "파일"
    cells = [source.replace("{outside!r}", repr(str(outside))) for source in MISCHIEF]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_LESSON_SECRET", "학생이 보면 안 되는 것")
        one, limits = Submission("학생", "학생.ipynb", notebook(*cells)), LIMITS | {"seconds": 24}
        (result,) = mark_all([one], limits, 1, {}, lambda found: None, lambda: None).values()
    return result, outside


def test_only_the_packages_own_checkers_count(mischief):
    result, _ = mischief
    found = {key: [one["passed"] for one in ones] for key, ones in result["verdicts"].items()}
    # 커널이 꺼진 뒤의 셀도 새 커널에서 실행합니다.
    assert found == {"check_bce": [True], "check_loss_d": [False, True], "check_jsd": [False]}
    assert result["read"]["redefined"] == ["check_loss_g"] and result["end"] == "end"


def test_what_a_submission_may_not_do_is_stopped_and_told(mischief):
    result, outside = mischief
    errors = {error["cell"]: error["name"] for error in result["errors"]}
    assert not outside.exists() and result["outside"] == [str(outside)]
    assert errors[6] == "PermissionError" and 9 in errors and not errors.keys() & {8, 10, 12, 14, 16}
    if result["locked"]:  # Landlock이 있으면 자식 프로세스도 쓰지 못합니다.
        assert errors[7] == "CalledProcessError"
    assert errors[11] == "8초가 지나 멈춤" and errors[13] == "MemoryError" and errors[15] == "커널이 꺼짐"
    if "--pid" in marking.without_network():  # 남겨 둔 프로세스도 함께 꺼집니다.
        assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "98765"]]


def test_a_kernel_ends_when_the_marker_is_killed(tmp_path):
    command = [sys.executable, marking.KERNEL, tmp_path / "told", tmp_path, "1"]
    kernel = subprocess.Popen(command, stdin=subprocess.PIPE)
    kernel.stdin.close()
    assert kernel.wait(60) == 1


WITHOUT_THE_SYSTEM = """
import json, os, shutil, sqlite3, subprocess, sys
from pathlib import Path
import fence

inside, outside = Path(sys.argv[1]), Path(sys.argv[2])
fence._landlock = lambda folder: False  # 맥과 윈도처럼
told, programs, refused = [], [], 0
assert fence.keep_inside(inside, told.append, programs.append) is False
ways = [
    lambda at: (at / "글").write_text("글", encoding="utf-8"), lambda at: os.truncate(at / "있던 것", 0),
    lambda at: os.chmod(at / "있던 것", 0o700), lambda at: os.utime(at / "있던 것"),
    lambda at: os.rename(at / "있던 것", inside / "옮김"), lambda at: os.rename(inside / "옮김", at / "옮김"),
    lambda at: os.link(inside / "둘째", at / "이음"), lambda at: os.symlink("/etc", at / "가리킴"),
    lambda at: sqlite3.connect(at / "표.db").close(), lambda at: os.mkdir(at / "폴더"), lambda at: os.rmdir(at / "폴더"),
    lambda at: shutil.rmtree(at / "깊은 폴더"), lambda at: os.remove(at / "둘째"),
    lambda at: os.close(os.open(at / "글", os.O_WRONLY | os.O_CREAT)),
]
for way in ways:
    way(inside)
(inside / "나가는 길").symlink_to(outside)
for way in [*ways, lambda at: (inside / "나가는 길" / "글").write_text("글", encoding="utf-8")]:
    try:
        way(outside)
    except PermissionError:
        refused += 1
sqlite3.connect(":memory:").close()
Path(os.devnull).write_text("", encoding="utf-8")
subprocess.run(["true"], check=True)
print(refused == len(told) == len(ways) + 1, programs)
"""


def test_every_way_of_writing_is_watched_where_the_system_does_not_help(tmp_path, monkeypatch):
    for at in (tmp_path / "안", tmp_path / "밖"):
        (at / "깊은 폴더").mkdir(parents=True)
        write(at, {"있던 것": b"1", "둘째": b""})
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS))
    code = [sys.executable, "-c", WITHOUT_THE_SYSTEM, tmp_path / "안", tmp_path / "밖"]
    done = subprocess.run(code, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout == "True ['true']\n", done.stderr
    left = {path.name for path in (tmp_path / "밖").iterdir()}
    assert left == {"깊은 폴더", "있던 것", "둘째"} and (tmp_path / "밖" / "있던 것").read_bytes() == b"1"


# 점수표


def fake_result(**changed):
    told = {"passed": False, "message": "<script>alert('말')</script>"}
    verdicts = {"check_bce": [{"passed": True, "message": "맞았습니다."}], "check_loss_d": [told]}
    read = {"lesson": "03", "asked": [["check_bce"], ["check_loss_d"]], "redefined": [], "version": None}
    return EMPTY | {"end": "end", "verdicts": verdicts, "cells": 5, "cell": 5, "read": read} | changed


@pytest.fixture
def marked():
    """지어낸 결과로 만든 (문제들, 줄들)."""
    submissions = [
        Submission("=HYPERLINK(1)", "가/1.ipynb", b"1"),
        Submission("나", "나/1.ipynb", b"2"),
        Submission("다", "다/1.ipynb", b"1"),
        Submission("라", "라.zip", None, "zip에 노트북이 없음"),
    ]
    error = {"cell": 2, "name": "ImportError", "message": "cannot import name 'x' from 'gan_lesson.checks'"}
    read = fake_result()["read"] | {"redefined": ["check_bce"], "version": "0.0.1"}
    other = fake_result(
        errors=[error] * 5, verdicts={}, outside=["/집/<b>"], read=read, programs=["ls"], end="time"
    )
    results = {marking.fingerprint(b"1", LIMITS): fake_result(), marking.fingerprint(b"2", LIMITS): other}
    return tally(submissions, results, LIMITS)


def test_one_row_a_student_one_column_an_exercise(marked):
    columns, rows = marked
    assert [exercise.key for exercise in columns] == ["check_bce", "check_loss_d", "check_loss_g"]
    by_name = {row.student: row for row in rows}
    assert [by_name["다"].score(e.key) for e in columns] == [1, 0, None]
    assert [by_name["나"].score(e.key) for e in columns] == [None] * 3
    problems = " / ".join(by_name["나"].problems)
    for words in (
        "5개 가운데 5번째", "코드 셀 2: ImportError", "오류가 난 셀 2개", "다른 버전 0.0.1", "문제의 셀이 없음: Loss_G",
        "check_bce를 다시 정의함", "밖에 쓰려고 함(막음): /집/<b>",
    ):  # fmt: skip
        assert words in problems, words
    assert by_name["다"].hints == ["파일이 =HYPERLINK(1)의 것과 똑같음"]
    untouched = {marking.fingerprint(b"3", LIMITS): fake_result(verdicts={"check_bce": [marking.UNSOLVED]})}
    _, rows = tally([Submission(name, name, b"3") for name in "마바"], untouched, LIMITS)
    assert [row.hints for row in rows] == [[], []]  # 받은 그대로 낸 것은 서로 같아도 베낀 것이 아닙니다.
    assert by_name["나"].hints[0].endswith("ls") and by_name["라"].problems == ["라.zip: zip에 노트북이 없음"]


def test_csv_is_for_excel_and_the_page_escapes_what_students_wrote(marked):
    data = scores_csv(*marked)
    header, first, *_, last = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert data.startswith(b"\xef\xbb\xbf") and header[:4] == ["학생", "파일", "03 BCE", "03 Loss_D"]
    assert first[0] == "'=HYPERLINK(1)" and first[2:7] == ["1", "0", "", "1", "3"] and last[5:7] == ["0", "0"]
    shown, foot = page(*marked, ["머리말 <i>"]).split("<tfoot>")
    # 낸 학생 셋 가운데 문제마다 몇 명이 풀었는지
    assert re.findall(r"<td>(\d/\d)</td>", foot) == ["2/3", "0/3", "0/3"]
    assert re.findall(r"<td>(\d/\d)</td>", shown) == ["1/3", "0/3", "1/3", "0/0"]
    shown += foot
    assert shown.count('href="#table"') == shown.count("<section") == 4
    assert "<script" not in shown and "&lt;script&gt;alert" in shown and "머리말 &lt;i&gt;" in shown
    assert "/집/&lt;b&gt;" in shown and "Content-Security-Policy" in shown
    # 내지 않은 노트북의 문제는 그 학생의 자리에 늘어놓지 않습니다.
    assert shown.count("<dt>") == 3 * 3 and marked[1][3].lessons == set()


# 명령


@pytest.fixture
def fake_marks(monkeypatch):
    """정말 실행하지 않는 채점. 채점한 내용을 차례로 남깁니다."""
    seen = []

    def fake(data, limits, waits):
        seen.append(data)
        if "디스크가 참".encode() in data:
            raise OSError(28, "")
        if "멈춤".encode() in data:
            raise KeyboardInterrupt
        return fake_result()

    monkeypatch.setattr(marking, "mark", fake)
    return seen


def test_marking_again_marks_only_what_changed(tmp_path, fake_marks, capsys):
    place, out = tmp_path / "제출", tmp_path / "점수.csv"
    write(place, {f"{student}.ipynb": notebook(BCE, f"'{student}'") for student in "가나다"})
    words = [str(place), "--out", str(out), "--jobs", "1"]
    assert grade.main(words) == 0 and len(fake_marks) == 3
    said = capsys.readouterr()
    assert "학생 3명, 파일 3개" in said.out and "지금 사용자의 권한으로 실행합니다" in said.err
    assert len(list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))) == 4
    assert "채점 결과" in out.with_suffix(".html").read_text(encoding="utf-8")

    write(place, {"나.ipynb": notebook("'고침'"), "라.ipynb": notebook("디스크가 참")})
    assert grade.main(words) == 0 and len(fake_marks) == 5 and "결과를 쓴 것 2개" in capsys.readouterr().out
    assert "디스크에 남은 자리가 없음" in out.read_text(encoding="utf-8-sig")
    assert grade.main(words) == 0 and len(fake_marks) == 6  # 채점하지 못한 것만 다시
    assert grade.main([*words, "--again"]) == 0 and len(fake_marks) == 10
    results = out.with_suffix(".results.json")
    results.write_text("손상됨", encoding="utf-8")
    assert load_results(results) == {} and grade.main(words) == 0 and len(fake_marks) == 14

    write(place, {"가.ipynb": notebook("'둘째'"), "나.ipynb": notebook("멈춤")})
    assert grade.main(words) == 130 and "이어서 합니다" in capsys.readouterr().err
    write(place, {"나.ipynb": notebook("'이어서'")})
    assert grade.main(words) == 0 and "결과를 쓴 것 2개" in capsys.readouterr().out  # 가와 다


def test_bad_input_is_one_korean_line(tmp_path, capsys, fake_marks):
    write(tmp_path, {"가.ipynb": notebook(BCE), "zip이 아닌 파일": b"1", "빈 것/안/글.txt": b""})
    for words, told in (
        (["없는 폴더"], "제출 폴더 '없는 폴더'"),
        ([str(tmp_path / "빈 것")], "노트북(.ipynb)이 없습니다"),
        ([str(tmp_path / "zip이 아닌 파일")], "보통의 zip이 아님"),
        ([str(tmp_path), "--out", "점수.xlsx"], "--out = '점수.xlsx'"),
        ([str(tmp_path), "--out", str(tmp_path / "없는" / "점수.csv")], "쓸 수 없습니다(폴더나 파일이 없음)"),
        ([str(tmp_path), "--seconds", "1"], "--seconds = 1: 10 이상"),
    ):
        assert grade.main(words) == 2
        err = capsys.readouterr().err
        assert told in err and len(err.splitlines()) == 1 and not fake_marks
