"""제출물을 여럿 함께 채점합니다. 하나가 어떻게 되어도 나머지는 끝까지 갑니다."""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kernel import signed_records
from worker import SLACK

import gan_lesson
from gan_lesson.base.errors import reason
from gan_lesson.base.files import cache_root, write_bytes

WORKER = "from worker import main; main()"
PACKAGE = Path(gan_lesson.__file__).resolve().parent
HERE = Path(__file__).resolve().parent
# 물려주는 환경 변수. 나머지(토큰, 열쇠, CI의 설정)는 제출물에게 보이지 않습니다.
KEPT = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"}
LARGEST_RECORDS = 16 * 2**20
# 아무것도 실행하지 못한 결과
EMPTY = {"errors": [], "end": None, "why": None, "cell": 0, "cells": 0, "verdicts": {}}


@dataclass(frozen=True)
class Limits:
    """제출물 하나에 주는 것. ``seconds``: 노트북 하나가 CPU를 쓰는 초, ``memory``: 바이트, ``jobs``: 함께 채점할 수."""

    seconds: float
    memory: int
    jobs: int

    @property
    def cell_seconds(self):
        """셀 하나의 초. 끝없이 도는 셀 하나가 나머지 셀의 시간까지 쓰지 못하게 합니다."""
        return self.seconds / 3


def fingerprint(data, limits):
    """같으면 다시 채점하지 않아도 되는 것: 제출물의 내용, 패키지의 소스, 한도."""
    digest = hashlib.sha256(f"{gan_lesson.__version__} {limits.seconds} {limits.memory} ".encode())
    digest.update(_sources())
    digest.update(data)
    return digest.hexdigest()


@cache
def _sources():
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.digest()


@cache
def without_network():
    """네트워크 없이 시작하게 하는 명령의 앞부분. 그럴 수 없는 곳이면 빈 목록입니다.

    되는 곳에서는 프로세스도 나눕니다. 다른 프로세스를 끄지 못하고, 뒤에 남겨 둔 프로세스도 함께 꺼집니다.
    """
    apart = ["--pid", "--fork", "--kill-child", "--mount-proc"]
    for more in (apart, []):
        for user in ([], ["--user", "--map-root-user"]):
            command = ["unshare", "--net", *user, *more]
            # 루프백까지 살릴 수 있어야 커널과 이야기합니다.
            probe = [*command, sys.executable, "-c",
                     "from fence import raise_loopback; raise_loopback()"]  # fmt: skip
            with suppress(OSError, subprocess.SubprocessError):
                if subprocess.run(probe, capture_output=True, timeout=30, env=_environment()).returncode == 0:
                    return command
    return []


def mark_all(submissions, limits, kept, save, tick):
    """제출물마다의 결과: ``fingerprint`` → 결과(dict, ``mark``를 보세요).

    Args:
        kept: 전에 채점한 결과들. 여기에 있는 것은 다시 하지 않습니다.
        save: 하나를 마칠 때마다 그때까지의 결과를 받는 함수.
        tick: 하나를 마칠 때마다 부르는 함수.

    Raises:
        KeyboardInterrupt: 도중에 멈추었을 때. 돌던 것을 모두 끄고, 마친 것은 ``save``에 남아 있습니다.
    """
    waiting = {fingerprint(one.data, limits): one.data for one in submissions if one.data is not None}
    results = {key: kept[key] for key in waiting if key in kept}
    failed = {}
    stopping = threading.Event()
    with ThreadPoolExecutor(limits.jobs) as pool:
        futures = {
            pool.submit(mark, data, limits, stopping): key
            for key, data in waiting.items()
            if key not in results
        }
        try:
            for future in as_completed(futures):
                key = futures[future]
                try:
                    results[key] = future.result()
                    save(kept | results)
                except OSError as error:
                    # 디스크가 찼거나 프로세스를 더 만들 수 없을 때. 남기지 않으므로 다음에 다시 채점합니다.
                    failed[key] = EMPTY | {"end": "dead", "why": f"채점하지 못함: {reason(error)}"}
                tick()
        except BaseException:
            stopping.set()
            pool.shutdown(cancel_futures=True)
            raise
    # 채점은 했지만 남기지 못한 것은 채점한 것입니다.
    return failed | results


def mark(data, limits, stopping=None):
    """노트북 하나를 임시 폴더에서 실행한 결과.

    Returns:
        dict. ``read``: 실행하지 않고 읽은 것(``reading.read``), ``verdicts``: 문제의 이름 → 채점 결과들(``passed``,
        ``message``, 그때 바뀌어 있던 함수들 ``changed``), ``errors``: 오류가 난 셀들, ``end``: ``end``(끝까지),
        ``dead``(커널이 꺼짐), ``time``(시간을 넘김), ``unreadable``, ``why``: 그 이유, ``outside``: 쓰려 한 바깥 경로들,
        ``programs``: 운영체제가 막아 주지 않는 곳에서 실행한 다른 프로그램들, ``imitations``: 흉내 낸 채점 함수의 문제들,
        ``locked``: 운영체제가 바깥에 쓰는 것을 막았는지(커널이 시작하지 못했으면 ``None``).
    """
    folder = Path(tempfile.mkdtemp(prefix="gan_lesson-채점-"))
    try:
        secret = secrets.token_bytes(32)
        (folder / "secret").write_bytes(secret)
        (folder / "notebook.ipynb").write_bytes(data)
        job = {
            "seconds": limits.seconds,
            "cell_seconds": limits.cell_seconds,
            "memory": limits.memory,
            "without_network": bool(without_network()),
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        environment = _environment(_make_home(folder / "home"), limits)
        late = _run_worker(folder, environment, limits.seconds * SLACK, stopping or threading.Event())
        return _result(folder, secret, late)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_home(home):
    """제출물의 빈 집. 글꼴의 목록과 내장 한글처럼 만드는 데 오래 걸리는 것은 채점하는 사람의 것을 베껴 둡니다."""
    for name in ("work", "tmp", "matplotlib", "cache"):
        (home / name).mkdir(parents=True)
    with suppress(OSError, ImportError):
        import matplotlib

        for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
            shutil.copy2(path, home / "matplotlib")
    with suppress(OSError, ImportError):
        for path in cache_root().glob("hangul32-nc1-*"):
            shutil.copytree(path, home / "cache" / path.name, dirs_exist_ok=True)
    return home


def _environment(home=None, limits=None):
    environment = {name: value for name, value in os.environ.items() if name.upper() in KEPT}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), str(HERE)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "GAN_LESSON_PROGRESS": "off",
        "CUDA_VISIBLE_DEVICES": "",  # 여럿이 GPU 하나를 나누면 메모리가 모자랍니다.
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // limits.jobs) if limits else 1),
    }
    if home:
        environment |= dict.fromkeys(["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"], str(home))
        environment |= dict.fromkeys(["TMPDIR", "TEMP", "TMP"], str(home / "tmp"))
        environment |= {
            "MPLCONFIGDIR": str(home / "matplotlib"),
            "IPYTHONDIR": str(home / "ipython"),
            "GAN_LESSON_CACHE": str(home / "cache"),
        }
        jupyter = str(home / "jupyter")
        names = ["JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"]
        environment |= dict.fromkeys(names, jupyter)
    return environment


def _run_worker(folder, environment, seconds, stopping):
    """일꾼 프로세스를 돌립니다. 시간을 넘겨 껐으면 ``True``."""
    import psutil

    command = [*without_network(), sys.executable, "-c", WORKER, str(folder)]
    # 제출물이 찍는 것이 화면을 어지럽히거나 파이프를 막지 않게 버립니다. 입력은 이 프로세스가 꺼진 것을 알립니다.
    pipes = dict.fromkeys(["stdout", "stderr"], subprocess.DEVNULL) | {"stdin": subprocess.PIPE}
    where = folder / "home" / "work"
    worker = subprocess.Popen(command, env=environment, cwd=where, start_new_session=True, **pipes)
    family, waited = [], 0.0
    try:
        while not stopping.is_set():
            try:
                worker.wait(timeout=0.5)
                return False
            except subprocess.TimeoutExpired:
                waited += 0.5
            with suppress(psutil.Error):
                family = psutil.Process(worker.pid).children(recursive=True)
            if waited > seconds + 30:
                return True
        return False
    finally:
        # 일꾼이 먼저 죽으면 그 자식들은 부모를 잃으므로, 마지막으로 본 식구까지 끕니다.
        with suppress(psutil.Error):
            family += psutil.Process(worker.pid).children(recursive=True)
        for process in {*family}:
            with suppress(psutil.Error):
                process.kill()
        worker.kill()
        worker.wait()
        worker.stdin.close()


def _result(folder, secret, late):
    report = dict(EMPTY)
    with suppress(OSError, ValueError):
        report |= json.loads((folder / "report.json").read_text(encoding="utf-8"))
    if late:
        report |= {"end": "time", "why": None}
    elif report["end"] is None:
        report |= {"end": "dead", "why": "채점하던 프로세스가 꺼짐"}
    records = []
    with suppress(OSError), open(folder / "records.jsonl", "rb") as file:
        records = signed_records(file.read(LARGEST_RECORDS), secret)
    verdicts = {}
    for record in records:
        if record["kind"] == "verdict":
            kept = {name: record[name] for name in ("passed", "message", "changed")}
            verdicts.setdefault(record["exercise"], []).append(kept)
    return report | {
        "verdicts": verdicts,
        "outside": [record["what"] for record in records if record["kind"] == "outside"],
        "programs": [record["what"] for record in records if record["kind"] == "program"],
        "imitations": [record["exercise"] for record in records if record["kind"] == "imitation"],
        "locked": next((record["locked"] for record in records if record["kind"] == "fence"), None),
    }


def load_results(path):
    """전에 채점한 결과들. 없거나 읽을 수 없으면 빈 dict라, 모두 다시 채점합니다."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            key: result for key, result in found.items() if {"verdicts", "end", "errors"} <= result.keys()
        }
    except (OSError, ValueError, AttributeError):
        return {}


def save_results(path, results):
    """결과들을 ``path``에 남깁니다."""
    write_bytes(path, json.dumps(results).encode())
