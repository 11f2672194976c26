"""제출물을 여럿 함께 채점합니다. 하나가 어떻게 되어도 나머지는 끝까지 갑니다."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from functools import cache
from pathlib import Path

from reading import Unreadable, read
from running import Kernel, execute

import gan_lesson
from gan_lesson.base.errors import reason
from gan_lesson.base.files import cache_root, write_bytes
from gan_lesson.checks.exercises import BY_KEY

PACKAGE = Path(gan_lesson.__file__).resolve().parent
HERE = Path(__file__).resolve().parent
KERNEL = str(HERE / "kernel.py")
# 물려주는 환경 변수. 나머지(토큰, 열쇠, CI의 설정)는 제출물에게 보이지 않습니다.
KEPT = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"}
LARGEST_RECORDS, LONGEST_MESSAGE = 16 * 2**20, 2_000
# 아무것도 실행하지 못한 결과
EMPTY = {
    "errors": [], "end": None, "why": None, "cell": 0, "cells": 0, "verdicts": {},
    "outside": [], "programs": [], "locked": None,
    "read": {"lesson": None, "asked": [], "redefined": [], "version": None},
}  # fmt: skip
UNSOLVED = {"passed": False, "message": "아직 풀지 않았습니다."}


@cache
def _sources():
    files = (*sorted(PACKAGE.rglob("*.py")), *sorted(HERE.glob("*.py")))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).digest()


def fingerprint(data, limits):
    """같으면 다시 채점하지 않아도 되는 것: 제출물의 내용, 한도, 패키지와 채점의 소스."""
    return hashlib.sha256(_sources() + json.dumps(limits).encode() + data).hexdigest()


@cache
def without_network():
    """네트워크 없이 시작하게 하는 명령의 앞부분. 그럴 수 없는 곳이면 빈 목록입니다.

    되는 곳에서는 프로세스도 나눕니다. 다른 프로세스를 끄지 못하고, 뒤에 남겨 둔 프로세스도 함께 꺼집니다.
    """
    apart = ["--pid", "--fork", "--kill-child", "--mount-proc"]
    for more in (apart, []):
        for user in ([], ["--user", "--map-root-user"]):
            command = ["unshare", "--net", *user, *more]
            with suppress(OSError, subprocess.SubprocessError):
                subprocess.run([*command, "true"], capture_output=True, timeout=30, check=True)
                return command
    return []


def mark_all(submissions, limits, jobs, kept, save, tick):
    """제출물마다의 결과: ``fingerprint`` → 결과(dict, ``mark``를 보세요).

    ``limits``: ``seconds``와 ``memory``(바이트), ``jobs``: 함께 채점할 수, ``kept``: 다시 하지 않을 결과들. 하나를 마칠 때마다
    그때까지의 결과를 ``save``에 주고 ``tick``을 부릅니다.
    """
    waiting = {fingerprint(one.data, limits): one.data for one in submissions if one.data is not None}
    results, failed = {key: kept[key] for key in waiting if key in kept}, {}
    waits, held = os.pipe()  # held를 닫거나 이 프로세스가 꺼지면 커널이 모두 스스로 꺼집니다.
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(mark, waiting[key], limits, waits): key for key in waiting if key not in kept}
        try:
            for future in as_completed(futures):
                key = futures[future]
                try:
                    results[key] = future.result()
                    save(kept | results)
                except Exception as error:
                    # 디스크가 찼거나 프로세스를 더 만들 수 없을 때. 남기지 않으므로 다음에 다시 채점합니다.
                    why = reason(error) if isinstance(error, OSError) else repr(error)
                    failed[key] = EMPTY | {"end": "dead", "why": f"채점하지 못함: {why}"}
                tick()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            os.close(held)
    os.close(waits)
    return failed | results  # 채점은 했지만 남기지 못한 것은 채점한 것입니다.


def mark(data, limits, waits):
    """노트북 하나를 임시 폴더에서 실행한 결과. ``waits``가 닫힐 때까지만 실행합니다.

    Returns:
        dict. ``read``: 실행하지 않고 읽은 것(``reading.read``), ``verdicts``: 문제의 이름 → 채점 결과들(``passed``, ``message``),
        ``errors``: 오류가 난 셀들, ``end``: ``end``(끝까지), ``time``(시간을 넘김), ``dead``, ``unreadable``, ``why``: 그 이유,
        ``outside``: 쓰려 한 바깥 경로들, ``programs``: 운영체제가 막아 주지 않는 곳에서 실행한 다른 프로그램들,
        ``locked``: 운영체제가 바깥에 쓰는 것을 막았는지(커널이 시작하지 못했으면 ``None``).
    """
    try:
        sources, found = read(data)
    except (Unreadable, MemoryError) as error:
        return EMPTY | {"end": "unreadable", "why": str(error) or "읽는 데 메모리가 모자랍니다"}
    with tempfile.TemporaryDirectory(prefix="gan_lesson-", ignore_cleanup_errors=True) as folder:
        home, told = _make_home(Path(folder) / "home"), Path(folder) / "told.jsonl"
        command = [*without_network(), sys.executable, KERNEL, str(told), str(home), str(limits["memory"])]
        # 네트워크가 없는 커널과는 파일인 소켓으로 이야기합니다.
        how = home, _environment(home), waits, "ipc" if without_network() else "tcp"
        report, ran = execute(sources, lambda: Kernel(command, *how), limits["seconds"])
        asked = [key for number in ran for key in found["asked"][number - 1]]
        result = EMPTY | report | {"cells": len(sources), "read": found}
        return result | {"verdicts": _verdicts(home, asked, found["redefined"])} | _told(told)


def _make_home(home):
    """제출물의 빈 집. 글꼴의 목록과 내장 한글처럼 만드는 데 오래 걸리는 것은 채점하는 사람의 것을 베껴 둡니다."""
    import matplotlib

    for name in ("work", "tmp", "matplotlib", "cache"):
        (home / name).mkdir(parents=True)
    with suppress(OSError):
        for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
            shutil.copy2(path, home / "matplotlib")
        for path in cache_root().glob("hangul32-nc1-*"):
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, home / "cache" / path.name)
    return home


def _environment(home):
    environment = {name: value for name, value in os.environ.items() if name.upper() in KEPT} | {
        "PYTHONPATH": str(PACKAGE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PIP_RETRIES": "0",  # 네트워크가 없다는 pip의 말이 바로 나오게
        "CUDA_VISIBLE_DEVICES": "",  # 여럿이 GPU 하나를 나누면 메모리가 모자랍니다.
        "OMP_NUM_THREADS": "1",
    }
    for name, place in {
        "HOME": "", "USERPROFILE": "", "APPDATA": "", "LOCALAPPDATA": "", "TMPDIR": "tmp", "TEMP": "tmp", "TMP": "tmp",
        "MPLCONFIGDIR": "matplotlib", "IPYTHONDIR": "ipython", "GAN_LESSON_CACHE": "cache",
        "GAN_LESSON_PROGRESS": "progress.jsonl", "JUPYTER_PATH": "jupyter", "JUPYTER_CONFIG_DIR": "jupyter",
        "JUPYTER_DATA_DIR": "jupyter", "JUPYTER_RUNTIME_DIR": "jupyter",
    }.items():  # fmt: skip
        environment[name] = str(home / place)
    return environment


def _verdicts(home, asked, redefined):
    """문제의 이름 → 패키지의 채점 함수가 적은 것들. 다시 정의한 채점 함수나 찍은 글은 여기에 없습니다."""
    verdicts = {}
    for attempt in _lines(home / "progress.jsonl"):
        if isinstance(attempt, dict) and (key := str(attempt.get("exercise"))) in BY_KEY:
            passed = attempt.get("passed") is True
            said = str(attempt.get("message") or ("맞았습니다." if passed else "아직 아닙니다."))
            verdicts.setdefault(key, []).append({"passed": passed, "message": said[:LONGEST_MESSAGE]})
    unsolved = [key for key in asked if key not in verdicts and BY_KEY[key].check not in redefined]
    return verdicts | {key: [UNSOLVED] for key in unsolved}


def _told(path):
    """울타리가 본 것."""
    told = {"outside": [], "programs": [], "locked": [None]}
    for line in _lines(path):
        with suppress(KeyError, TypeError, ValueError):
            kind, what = line
            told[kind].append(what)
    return told | {"locked": told["locked"][-1]}


def _lines(path):
    """한 줄에 JSON 하나인 파일을 읽습니다. 보통의 파일이 아니거나 JSON이 아닌 줄은 지나갑니다."""
    if path.is_file():
        with open(path, "rb") as file:
            for line in file.read(LARGEST_RECORDS).splitlines():
                with suppress(ValueError, RecursionError):
                    yield json.loads(line)


def load_results(path):
    """전에 채점한 결과들. 없거나 읽을 수 없으면 빈 dict라, 모두 다시 채점합니다."""
    with suppress(OSError, ValueError, AttributeError, TypeError):
        found = json.loads(path.read_text(encoding="utf-8"))
        return {key: result for key, result in found.items() if EMPTY.keys() <= result.keys()}
    return {}


def save_results(path, results):
    """결과들을 ``path``에 남깁니다."""
    write_bytes(path, json.dumps(results).encode())
