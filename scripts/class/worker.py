"""노트북 하나를 실행하는 프로세스. 채점하는 쪽이 ``python -c``로 시작하고, 결과를 폴더의 파일로 남깁니다.

폴더에는 ``job.json``(한도), ``notebook.ipynb``(제출한 것), ``secret``(서명의 열쇠)이 있습니다. ``report.json``은 셀마다
다시 쓰므로, 이 프로세스까지 죽어도 거기까지는 남습니다.
"""

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from fence import limit_resources, raise_loopback
from reading import Unreadable, code_cells, read

from gan_lesson.base.files import write_bytes

KERNEL = "from kernel import main; main()"
# torch를 읽기만 해도 주소 공간에 잡히는 크기. 정말 쓰는 메모리는 따로 지켜봅니다.
RESERVED = 6 * 2**30
PATIENCE = 20  # 멈추라고 한 뒤 커널을 끄기까지 기다리는 초
# 시간은 CPU를 쓴 초로 셉니다. 컴퓨터가 바빠 느려졌다고 성실한 답이 멈추면 안 됩니다. 기다리기만 하는 것은 이만큼 느리게 셉니다.
SLACK = 5
MOST_ERRORS = 20


def main():
    end_with_the_marker()
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    if job["without_network"]:
        raise_loopback()
    limit_resources(job["memory"] + RESERVED)
    report = {"errors": [], "end": None, "why": None, "cell": 0, "cells": 0}
    try:
        sources, text, version = code_cells((folder / "notebook.ipynb").read_bytes())
        report |= {"version": version, "cells": len(sources), "read": read(sources, text)}
        _save(folder, report)
        _execute(folder, job, sources, report)
    except Unreadable as error:
        report |= {"end": "unreadable", "why": str(error)}
    except MemoryError:
        report |= {"end": "unreadable", "why": "읽는 데 메모리가 모자랍니다"}
    _save(folder, report)


def end_with_the_marker():
    """채점하는 쪽이 어떻게 꺼져도 표준 입력이 닫힙니다. 그러면 여기서 시작한 것도 모두 끕니다."""

    def wait():
        import psutil

        with suppress(OSError):
            os.read(0, 1)
        _kill(psutil.Process().children(recursive=True))
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _kill(family):
    import psutil

    for process in family:
        with suppress(psutil.Error):
            process.kill()


def _save(folder, report):
    # 글자가 깨진 소스(짝이 없는 서로게이트)가 있어도 남깁니다.
    write_bytes(folder / "report.json", json.dumps(report).encode())


def _execute(folder, job, sources, report):
    """셀을 차례대로 실행합니다. 오류가 난 셀 다음의 셀도 실행합니다."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    class Silent(NotebookClient):
        """출력은 모으지 않습니다. 한 셀이 몇 GB를 찍어도 채점하는 쪽의 메모리는 그대로입니다."""

        def output(self, outs, msg, display_id, cell_index):
            return None

    watch = _Watch(job)

    def started(cell, cell_index):
        report["cell"] = cell_index + 1
        _save(folder, report)
        watch.begin()

    def executed(cell, cell_index, execute_reply):
        stopped = watch.finish()
        content = execute_reply["content"]
        if content["status"] == "error" and len(report["errors"]) < MOST_ERRORS:
            name, value = content.get("ename", ""), " ".join(str(content.get("evalue", "")).split())[:300]
            report["errors"].append({"cell": cell_index + 1, "name": stopped or name, "message": value})

    home = folder / "home"
    _make_kernel(home, folder)
    client = Silent(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]),
        kernel_name="submission",
        timeout=None,
        startup_timeout=120,
        allow_errors=True,
        record_timing=False,
        store_widget_state=False,
        on_cell_start=started,
        on_cell_executed=executed,
        resources={"metadata": {"path": str(home / "work")}},
    )
    try:
        client.execute()
        report["end"] = "end"
    except DeadKernelError:
        report |= {"end": "time" if watch.out_of_time else "dead", "why": watch.reason}
    except Exception as error:
        report |= {"end": "dead", "why": f"커널과 이야기하지 못함({type(error).__name__})"}
    finally:
        watch.stop()


def _make_kernel(home, folder):
    """울타리를 친 커널의 설명을 이 작업의 폴더에 둡니다."""
    where = home / "jupyter" / "kernels" / "submission"
    where.mkdir(parents=True)
    argv = [sys.executable, "-c", KERNEL, str(folder), str(home), "-f", "{connection_file}"]
    argv += ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
    spec = {"argv": argv, "display_name": "제출물", "language": "python"}
    (where / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def _own_memory(family):
    """``family``가 쓰는 메모리(바이트). 갈라진 프로세스끼리 나누어 쓰는 것은 되는 곳에서 한 번만 셉니다."""
    import psutil

    used = 0
    for process in family:
        with suppress(psutil.Error):
            found = process.memory_full_info()
            used += getattr(found, "pss", found.rss)
    return used


class _Watch:
    """셀의 시간과 커널의 메모리를 지켜보는 스레드. 시간이 다 되면 멈추라고 하고, 그래도 멈추지 않거나 메모리가 넘치면 끕니다."""

    def __init__(self, job):
        self.seconds, self.memory = job["cell_seconds"], job["memory"]
        self.left = job["seconds"]  # 노트북에 남은 초
        self.reason, self.out_of_time = None, False
        self._since, self._interrupted = None, False
        self._spent = self._used = self._before = 0.0  # 이 셀이 쓴 초, 지금까지 커널의 식구가 쓴 CPU의 초
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def begin(self):
        self.left -= self._spent
        self._spent = 0.0
        self._interrupted, self._since, self._before = False, time.monotonic(), self._used

    def finish(self):
        """셀이 끝났습니다. 시간이 다 되어 멈춘 셀이면 그 말, 아니면 ``None``."""
        self._since = None
        return f"{self.seconds:.0f}초가 지나 멈춤" if self._interrupted else None

    def stop(self):
        self._done.set()
        self._thread.join()

    def _look(self):
        import psutil

        mine = psutil.Process()
        while not self._done.wait(0.2):
            with suppress(psutil.Error, OSError):
                family = mine.children(recursive=True)
                if family:
                    self._once(family)

    def _once(self, family):
        import psutil

        used = cpu = 0
        for process in family:
            with suppress(psutil.Error):
                used += process.memory_info().rss
                cpu += sum(process.cpu_times()[:4])  # 끝난 자식의 것까지
        self._used = max(self._used, cpu)
        since = self._since
        if since is not None:
            self._spent = max(self._used - self._before, (time.monotonic() - since) / SLACK)
        if used > self.memory and _own_memory(family) > self.memory:
            self._stop(family, f"메모리 {self.memory / 2**30:.1f} GB를 넘음")
        elif since is None:
            return
        elif self._spent > self.left:
            self.out_of_time = True
            self._stop(family, None)
        elif self._spent > self.seconds + PATIENCE:
            self._stop(family, f"{self.seconds:.0f}초가 지나도 멈추지 않음")
        elif self._spent > self.seconds and not self._interrupted:
            self._interrupted = True
            if os.name == "posix":
                family[0].send_signal(signal.SIGINT)

    def _stop(self, family, why):
        self.reason = self.reason or why
        _kill(family)
