"""채점: 제출물 찾기, 실행하지 않고 읽기, 울타리 안에서 실행하기, 점수표."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import grade as command
import marking
import psutil
import pytest
from grade import main
from kernel import sign, signed_records
from marking import EMPTY, Limits, load_results, mark
from reading import Unreadable, code_cells, read
from report import page, scores_csv
from submissions import Submission, find_submissions, member_name
from submitted import BCE, LOSS_D, LOSS_G, RIGHT_D, WRONG_D, damaged_copies, notebook
from tally import tally

from gan_lesson.base.errors import LessonError
from gan_lesson.data.hangul import load_hangul

LIMITS = Limits(seconds=9, memory=2**30, jobs=2)


def read_cells(*sources, title="# 03. BCE 손실"):
    cells, text, _ = code_cells(notebook(*sources, title=title))
    return read(cells, text)


# 제출물 찾기


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_students_are_folders_zips_or_files(tmp_path):
    nfd = "\u1112\u1169\u11bc\u1100\u1175\u11af"  # 맥이 적은 '홍길'(NFD)
    one = notebook(BCE)
    for name, data in {
        "김하나/03_bce.ipynb": one,
        "김하나/첨부/둘째 파일.ipynb": one,
        "박둘_12345_assignsubmission_file_/과제.ipynb": one,
        "03_bce_이셋.ipynb": one,
        "03_bce_07.ipynb": one,  # 출석 번호
        "03_bce_이셋 (1).ipynb": one,
        "03_bce (1).ipynb": one,
        "04_data_config (1).ipynb": one,
        "03_bce-Copy1.ipynb": one,
        "03_bce - 복사본 (2).ipynb": one,
        f"{nfd}.IPYNB": one,
        "최넷.zip": zipped({"제출/03_bce.ipynb": one, "__MACOSX/._03_bce.ipynb": b"", "../나쁜.ipynb": one}),
        "빈 것.zip": zipped({"읽어 주세요.txt": "노트북이 없습니다."}),
        "손상된 것.zip": b"PK\x03\x04 broken",
        "정다섯/.ipynb_checkpoints/03_bce-checkpoint.ipynb": one,
        "정다섯/보고서.pdf": b"",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "링크.ipynb").symlink_to("/etc/passwd")
    found = {(one.student, one.file): one for one in find_submissions(tmp_path)}
    assert set(found) == {
        ("김하나", "김하나/03_bce.ipynb"),
        ("김하나", "김하나/첨부/둘째 파일.ipynb"),
        ("박둘", "박둘_12345_assignsubmission_file_/과제.ipynb"),
        ("이셋", "03_bce_이셋.ipynb"),
        ("07", "03_bce_07.ipynb"),
        ("이셋 (1)", "03_bce_이셋 (1).ipynb"),  # 이름이 같은 사람일 수도 있어 합치지 않습니다.
        # 이름이 없는 사본은 다른 사람의 다른 노트북과 한 학생이 되지 않습니다.
        ("03_bce (1)", "03_bce (1).ipynb"),
        ("04_data_config (1)", "04_data_config (1).ipynb"),
        ("03_bce-Copy1", "03_bce-Copy1.ipynb"),
        ("03_bce - 복사본 (2)", "03_bce - 복사본 (2).ipynb"),
        ("홍길", "홍길.IPYNB"),
        ("최넷", "최넷/제출/03_bce.ipynb"),
        ("최넷", "최넷/나쁜.ipynb"),
        ("빈 것", "빈 것.zip"),
        ("손상된 것", "손상된 것.zip"),
    }
    assert {key[0] for key, one in found.items() if one.data is None} == {"빈 것", "손상된 것"}


def test_one_zip_of_everyone(tmp_path):
    one = notebook(BCE)
    (tmp_path / "모두.zip").write_bytes(zipped({"김하나/03.ipynb": one, "박둘/03.ipynb": one}))
    for place in (tmp_path, tmp_path / "모두.zip"):
        assert [(s.student, s.data) for s in find_submissions(place)] == [("김하나", one), ("박둘", one)]


def test_names_in_zips_of_korean_windows():
    info = zipfile.ZipInfo("김하나/03.ipynb".encode("cp949").decode("cp437"))  # 표시 없이 cp949로 적은 이름
    assert member_name(info) == "김하나/03.ipynb"
    info = zipfile.ZipInfo("김하나/03.ipynb")
    info.flag_bits = 0x800
    assert member_name(info) == "김하나/03.ipynb"


@pytest.mark.parametrize("case", ["없는 곳", "빈 폴더", "zip이 아닌 파일"])
def test_bad_places_are_told(tmp_path, case):
    place = tmp_path / case
    if case == "빈 폴더":
        place.mkdir()
    elif case == "zip이 아닌 파일":
        place.write_text("글", encoding="utf-8")
    with pytest.raises(LessonError, match=f"제출 폴더 '{place}'"):
        find_submissions(place)


# 실행하지 않고 읽기


def test_what_is_read_without_running():
    found = read_cells(BCE, LOSS_D.format("1.0"), LOSS_D.format("1.0"), "%matplotlib inline\n!ls\nx = (")
    assert found["lesson"] == "03" and found["redefined"] == []
    assert found["asked"] == ["check_bce", "check_loss_d", "check_loss_d"]
    cure = read_cells('check_cure("collapse", dict(d=1, g=1, restart=False))', title=None)
    assert cure["asked"] == ["check_cure:collapse"] and cure["lesson"] == "08b"
    assert read_cells("print(1)", title="# 다른 글")["lesson"] is None


@pytest.mark.parametrize(
    "source",
    [
        "def check_bce(answer):\n    return '맞았습니다.'",
        "check_bce = lambda answer: '맞았습니다.'",
        "class check_bce: pass",
        "from 내것 import check as check_bce",
        "from gan_lesson.checks.losses import check_loss_g as check_bce",
        "for check_bce in [print]: pass",
    ],
)
def test_redefined_checkers_are_noticed(source):
    assert read_cells(BCE, source)["redefined"] == ["check_bce"]
    assert read_cells(BCE, "import torch\nfrom gan_lesson.checks.losses import check_bce")["redefined"] == []


def test_long_answers_are_compared_by_what_they_say():
    answer = LOSS_D.format(f"({RIGHT_D}) + 0 * d_real.sum() - 0 * d_fake.sum()")
    short = read_cells(BCE, LOSS_D.format(RIGHT_D))["answers"]
    assert "check_loss_d" not in short  # 저절로 같을 수 있는 짧은 답
    first = read_cells(answer)["answers"]["check_loss_d"]
    assert (
        read_cells(answer.replace("    return", "    # 내가 씀\n    return  "))["answers"]["check_loss_d"]
        == first
    )
    assert read_cells(answer.replace("my_loss_d", "mine"))["answers"]["check_loss_d"] != first


def test_damaged_files():
    readable = {"50MB", "BOM", "id가 같은 셀"}
    for name, data in damaged_copies().items():
        if name in readable:
            sources, text, _ = code_cells(data)
            assert read(sources, text)["asked"][0] == "check_bce"
        else:
            with pytest.raises(Unreadable, match="없습니다|아닙니다"):
                code_cells(data)


def test_old_formats_and_the_handouts_version():
    old = {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {},
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\n", "b"], "outputs": [], "language": "python"}]}],
    }  # fmt: skip
    assert code_cells(json.dumps(old).encode())[0] == ["a = 1\nb"]
    assert code_cells(notebook(BCE, gan_lesson={"version": "0.0.1"}))[2] == "0.0.1"


# 서명


def test_only_signed_records_in_order_count():
    def line(secret, record):
        text = json.dumps(record)
        return json.dumps([sign(secret, text), text]) + "\n"

    good = line(b"key", {"n": 1}) + line(b"key", {"n": 2})
    forged = (
        line(b"other", {"n": 3}) + '[1, 2]\n{"n": 4}\n깨진 줄\n' + json.dumps(["x" * 64, '{"n": 5}']) + "\n"
    )
    replayed = line(b"key", {"n": 2})
    data = (good + forged + replayed + line(b"key", {"n": 6})).encode() + b"\xff\xfe"
    assert [record["n"] for record in signed_records(data, b"key")] == [1, 2, 6]


# 울타리 안에서 실행하기

MISCHIEF = [
    BCE,
    LOSS_D.format(WRONG_D),
    "def check_loss_g(answer):\n    print('맞았습니다. 가짜에 참 라벨을 붙인 BCE와 같습니다.')",
    LOSS_G.format("0"),  # 다시 정의한 것이 채점합니다.
    "from gan_lesson.checks.verdict import checker\n"
    "@checker('흉내')\ndef check_loss_g(answer): pass\ncheck_loss_g(1)",
    "open({outside!r}, 'w')",
    "import os, subprocess\nsubprocess.run(['touch', {outside!r}], check=True)",
    "open('안.txt', 'w').write('써도 됩니다.')\n"
    "from multiprocessing import shared_memory\n"
    "memory = shared_memory.SharedMemory(create=True, size=9)\nmemory.close()\nmemory.unlink()",
    "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)",
    "assert 'HOME' in os.environ and 'GAN_LESSON_SECRET' not in os.environ",
    "while True:\n    pass",
    "import gan_lesson.checks.verdict as verdict\nverdict.close = lambda *answers: True\n"
    "from gan_lesson.checks.losses import check_loss_d",
    LOSS_D.format("d_real.sum()"),
    "import subprocess\nsubprocess.run('setsid sleep 98765 &', shell=True)",
    "hoard = b'x' * 2**30\n__import__('time').sleep(10_000)",
    LOSS_D.format(RIGHT_D),
]


@pytest.fixture(scope="module")
def mischief(tmp_path_factory):
    """못된 짓을 한데 모은 노트북을 한 번 실행한 결과와, 쓰려 한 바깥 파일."""
    outside = tmp_path_factory.mktemp("바깥") / "파일"
    cells = [source.replace("{outside!r}", repr(str(outside))) for source in MISCHIEF]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_LESSON_SECRET", "학생이 보면 안 되는 것")
        # 끝나지 않는 셀이 셀의 시간(5초)을 다 쓰고도, 느린 기계에서 마지막 셀까지 갈 시간이 남습니다.
        return mark(notebook(*cells), replace(LIMITS, seconds=15)), outside


def test_only_the_packages_own_checkers_count(mischief):
    result, _ = mischief
    found = {key: [one["passed"] for one in ones] for key, ones in result["verdicts"].items()}
    assert found == {"check_bce": [True], "check_loss_d": [False, True]}
    honest, changed = result["verdicts"]["check_loss_d"]
    assert "가짜 배치의 손실이 빠졌" in honest["message"]
    assert honest["changed"] == [] and changed["changed"] == ["gan_lesson.checks.verdict.close"]
    assert result["imitations"] == ["check_loss_g"]
    assert set(result["read"]["redefined"]) == {"check_loss_g"}


def test_nothing_is_written_outside_and_the_attempt_is_told(mischief):
    result, outside = mischief
    assert not outside.exists() and result["outside"] == [str(outside)]
    errors = {error["cell"]: error for error in result["errors"]}
    assert errors[6]["name"] == "PermissionError" and 8 not in errors and 10 not in errors
    if result["locked"]:  # Landlock이 있으면 자식 프로세스도 쓰지 못합니다.
        assert errors[7]["name"] == "CalledProcessError"
    assert 9 in errors  # 닿지 않는 주소. 네트워크가 없으면 바로, 있어도 1초 뒤에


def test_an_endless_cell_is_interrupted_and_a_dead_kernel_keeps_what_came_before(mischief):
    result, _ = mischief
    assert {error["cell"]: error["name"] for error in result["errors"]}[11] == "5초가 지나 멈춤"
    assert result["end"] == "dead" and result["why"] == "메모리 1.0 GB를 넘음"
    assert result["cell"] == len(MISCHIEF) - 1 and result["cells"] == len(MISCHIEF)


def test_what_a_submission_left_running_is_stopped(mischief):
    left = [p.pid for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "98765"]]
    if "--pid" in marking.without_network():
        assert left == []


WORKING = """
import subprocess, time
from worker import end_with_the_marker

child = subprocess.Popen(["sleep", "98766"])
end_with_the_marker()
print("시작", flush=True)
time.sleep(98766)
"""


def test_a_worker_ends_when_the_marker_is_killed():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    worker = subprocess.Popen([sys.executable, "-c", WORKING], **pipes)
    assert worker.stdout.readline() == "시작\n"
    # 입력을 닫습니다. 자식도 같은 출력을 물려받았으므로, 둘 다 꺼져야 끝까지 읽힙니다.
    assert worker.communicate(timeout=120)[0] == "" and worker.returncode == 1


WITHOUT_THE_SYSTEM = """
import json, os, shutil, sqlite3, subprocess, sys
from dataclasses import replace
from pathlib import Path
import fence

inside, outside = Path(sys.argv[1]), Path(sys.argv[2])
fence._landlock = lambda folder: False  # 맥과 윈도처럼
told, programs = [], []
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
refused = []
for way in ways:
    way(inside)
for number, way in enumerate(ways):
    try:
        way(outside)
    except PermissionError:
        refused.append(number)
(inside / "나가는 길").symlink_to(outside)
try:
    (inside / "나가는 길" / "글").write_text("글", encoding="utf-8")
except PermissionError:
    refused.append("링크")
sqlite3.connect(":memory:").close()
Path(os.devnull).write_text("", encoding="utf-8")
subprocess.run(["true"], check=True)
os.system("true")
print(json.dumps([len(ways), refused, len(told), programs]))
"""


def seen(folder):
    found = {path: path.stat() for path in folder.rglob("*")}
    return {path: (about.st_mode, about.st_size, about.st_mtime_ns) for path, about in found.items()}


def test_every_way_of_writing_is_watched_where_the_system_does_not_help(tmp_path):
    for at in (tmp_path / "안", tmp_path / "밖"):
        (at / "깊은 폴더").mkdir(parents=True)
        (at / "있던 것").write_text("그대로", encoding="utf-8")
        (at / "둘째").write_text("둘째", encoding="utf-8")
    before = seen(tmp_path / "밖")
    code = [sys.executable, "-c", WITHOUT_THE_SYSTEM, tmp_path / "안", tmp_path / "밖"]
    done = subprocess.run(code, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    count, refused, told, programs = json.loads(done.stdout)
    assert refused == [*range(count), "링크"] and told == count + 1
    assert programs == ["true", "true"]
    assert seen(tmp_path / "밖") == before


# 점수표


def fake_result(**changed):
    verdicts = {
        "check_bce": [{"passed": True, "message": "맞았습니다.", "changed": []}],
        "check_loss_d": [
            {"passed": False, "message": "<script>alert('말')</script>", "changed": []},
            {"passed": True, "message": "속임", "changed": ["gan_lesson.checks.verdict.close"]},
        ],
    }
    asked = ["check_bce", "check_loss_d"]
    return EMPTY | {
        "end": "end", "verdicts": verdicts, "cells": 5, "cell": 5, "version": None,
        "read": {"lesson": "03", "asked": asked, "redefined": [], "answers": {"check_bce": "같은 것"}},
    } | changed  # fmt: skip


@pytest.fixture
def marked():
    """지어낸 결과로 만든 (문제들, 줄들)."""
    key = lambda data: marking.fingerprint(data, LIMITS)  # noqa: E731
    submissions = [
        Submission("=HYPERLINK(1)", "가/1.ipynb", b"1"),
        Submission("나", "나/1.ipynb", b"2"),
        Submission("다", "다/1.ipynb", b"1"),
        Submission("라", "라.zip", None, "zip에 노트북이 없음"),
    ]
    error = {"cell": 2, "name": "ImportError", "message": "cannot import name 'x' from 'gan_lesson.checks'"}
    results = {
        key(b"1"): fake_result(),
        key(b"2"): fake_result(
            end="dead", why="메모리 1.0 GB를 넘음", errors=[error] * 5, verdicts={}, outside=["/집/<b>"],
            imitations=["check_loss_g"], version="0.0.1", programs=["ls"],
        ),
    }  # fmt: skip
    return tally(submissions, results, LIMITS)


def test_one_row_a_student_one_column_an_exercise(marked):
    columns, rows = marked
    assert [exercise.key for exercise in columns] == ["check_bce", "check_loss_d", "check_loss_g"]
    by_name = {row.student: row for row in rows}
    assert [by_name["다"].score(e.key) for e in columns] == [1, 0, None]  # 속인 것은 세지 않습니다.
    assert [by_name["나"].score(e.key) for e in columns] == [None] * 3
    problems = " / ".join(by_name["나"].problems)
    for words in (
        "5개 가운데 5번째에서 커널이 꺼짐(메모리 1.0 GB를 넘음)", "코드 셀 2: ImportError", "오류가 난 셀 2개",
        "다른 버전 0.0.1", "문제의 셀이 없음: Loss_G", "흉내 낸", "밖에 쓰려고 함(막음): /집/<b>",
    ):  # fmt: skip
        assert words in problems, words
    assert "바꾸어 놓고 채점함" in by_name["다"].problems[-1]
    assert any("=HYPERLINK(1)의 것과 똑같음" in hint for hint in by_name["다"].hints)
    assert any("'03 BCE'의 답이" in hint for hint in by_name["다"].hints)
    assert not any("이름까지 같음" in hint for hint in by_name["나"].hints)  # 채점하지 않은 답
    assert any("다른 프로그램을 실행함" in hint and hint.endswith("ls") for hint in by_name["나"].hints)
    assert by_name["라"].problems == ["라.zip: zip에 노트북이 없음"]


def test_csv_is_for_excel_and_runs_nothing(marked):
    data = scores_csv(*marked)
    assert data.startswith(b"\xef\xbb\xbf")
    header, first, *_ = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert header[:5] == ["학생", "파일", "03 BCE", "03 Loss_D", "03 Loss_G"]
    assert first[0] == "'=HYPERLINK(1)" and first[2:7] == ["1", "0", "", "1", "3"]


def test_the_page_escapes_what_students_wrote(marked):
    shown = page(*marked, ["머리말 <i>"])
    shown, last = re.sub(r"<tfoot>.*</tfoot>", "", shown), re.findall(r"<tfoot>.*</tfoot>", shown)
    # 낸 학생 셋 가운데 문제마다 몇 명이 풀었는지
    assert re.findall(r"<td>(\d/\d)</td>", *last) == ["2/3", "0/3", "0/3"]
    # 학생마다의 결과에서 표로 돌아갑니다.
    assert shown.count('href="#table"') == shown.count("<section") and shown.count('id="table"') == 1
    assert "<script" not in shown and "&lt;script&gt;alert" in shown and "머리말 &lt;i&gt;" in shown
    assert "/집/&lt;b&gt;" in shown and "Content-Security-Policy" in shown
    assert shown.count("<section") == 4 and "속임 (세지 않음)" in shown
    # 내지 않은 노트북의 문제는 그 학생의 자리에 늘어놓지 않습니다.
    assert shown.count("<dt>") == 3 * 3 and marked[1][3].lessons == set()
    assert [shown.count(f"<td>{told}</td>") for told in ("1/3", "0/3", "0/0")] == [2, 1, 1]
    assert shown.count("<td></td>") >= 3  # 라의 칸
    totals = [row.split(",") for row in scores_csv(*marked).decode("utf-8-sig").splitlines()]
    assert totals[-1][5:7] == ["0", "0"]


def test_a_submission_finds_the_hangul_that_is_there_already(tmp_path, monkeypatch):
    made = load_hangul(32, count=20)
    home = marking._make_home(tmp_path / "집")
    monkeypatch.setenv("GAN_LESSON_CACHE", str(home / "cache"))
    before = sorted((home / "cache").iterdir())
    assert load_hangul(32, count=20).fingerprint == made.fingerprint
    assert before and sorted((home / "cache").iterdir()) == before  # 새로 만들지 않았습니다.


# 명령


@pytest.fixture
def fake_marks(monkeypatch):
    """정말 실행하지 않는 채점. 채점한 내용을 차례로 남깁니다."""
    seen = []

    def fake(data, limits, stopping):
        seen.append(data)
        if "디스크가 참".encode() in data:
            raise OSError(28, "")
        return fake_result()

    monkeypatch.setattr(marking, "mark", fake)
    monkeypatch.setattr(command, "without_network", lambda: ["unshare"])
    return seen


def test_marking_again_marks_only_what_changed(tmp_path, fake_marks, capsys):
    place, out = tmp_path / "제출", tmp_path / "점수.csv"
    place.mkdir()
    for student in "가나다":
        (place / f"{student}.ipynb").write_bytes(notebook(BCE, f"'{student}'"))
    grade = [str(place), "--out", str(out), "--jobs", "2"]
    assert main(grade) == 0 and len(fake_marks) == 3
    said = capsys.readouterr()
    assert "학생 3명, 파일 3개" in said.out and "지금 사용자의 권한으로 실행합니다" in said.err
    assert len(list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))) == 4
    assert "채점 결과" in out.with_suffix(".html").read_text(encoding="utf-8")

    (place / "나.ipynb").write_bytes(notebook(BCE, "'고침'"))
    for number in range(4):
        (place / f"가{number}.ipynb").write_bytes(notebook(f"디스크가 참 {number}"))
    assert main(grade) == 0 and len(fake_marks) == 8 and "전의 결과를 쓴 것 2개" in capsys.readouterr().out
    assert out.read_text(encoding="utf-8-sig").count("디스크에 남은 자리가 없음") == 4
    assert main(grade) == 0 and len(fake_marks) == 12  # 채점하지 못한 것만 다시
    assert main([*grade, "--again"]) == 0 and len(fake_marks) == 19
    results = out.with_suffix(".results.json")
    results.write_text("손상됨", encoding="utf-8")
    assert load_results(results) == {} and main(grade) == 0 and len(fake_marks) == 26


def test_interrupted_marking_goes_on_from_there(tmp_path, fake_marks, monkeypatch, capsys):
    place, out = tmp_path / "제출", tmp_path / "점수.csv"
    place.mkdir()
    for student in "가나다":
        (place / f"{student}.ipynb").write_bytes(notebook(f"'{student}'"))
    once = marking.mark
    stop = iter([False, True, False, False])

    def interrupted(*arguments):
        if next(stop):
            raise KeyboardInterrupt
        return once(*arguments)

    monkeypatch.setattr(marking, "mark", interrupted)
    grade = [str(place), "--out", str(out), "--jobs", "1"]
    assert main(grade) == 130 and "이어서 합니다" in capsys.readouterr().err and not out.exists()
    assert len(load_results(out.with_suffix(".results.json"))) == 1
    monkeypatch.setattr(marking, "mark", once)
    assert main(grade) == 0 and "전의 결과를 쓴 것 1개" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "제출물이 든 폴더가 없습니다"),
        (["없는 폴더"], "제출 폴더 '없는 폴더'"),
        (["{place}", "--out", "점수.xlsx"], "--out = '점수.xlsx': .csv로 끝나는"),
        (["{place}", "--out", "{place}/없는/점수.csv"], "쓸 수 없습니다(폴더나 파일이 없음)"),
        (["{place}", "--seconds", "1"], "--seconds = '1': 10 이상"),
        (["{place}", "--memory", "많이"], "--memory = '많이'"),
        (["{place}", "--jobs", "0"], "--jobs = '0'"),
    ],
)
def test_bad_input_is_one_korean_line(tmp_path, capsys, fake_marks, words, told):
    (tmp_path / "가.ipynb").write_bytes(notebook(BCE))
    assert main([*(word.replace("{place}", str(tmp_path)) for word in words)]) == 2
    out, err = capsys.readouterr()
    assert told in err and len(err.splitlines()) == 1 and not fake_marks and not Path("점수.xlsx").exists()
