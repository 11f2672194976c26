"""노트북 하나를 실행하는 프로세스. 채점하는 쪽(``marking.py``)이 시작하고, 결과를 폴더의 파일로 남깁니다.

폴더에는 ``job.json``(한도)과 ``notebook.ipynb``(제출한 것)가 있습니다. ``report.json``은 셀마다 다시 쓰므로 이 프로세스까지
죽어도 거기까지는 남습니다. 맞았는지는 여기서 보지 않습니다. 패키지의 채점 함수가 진도 파일에 스스로 적습니다.
"""

import json
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from fence import limit_resources, raise_loopback
from jupyter_client.manager import KernelManager
from reading import Unreadable, definitions, read

from gan_lesson.base.files import write_bytes

KERNEL = str(Path(__file__).with_name("kernel.py"))
# torch를 읽기만 해도 주소 공간에 잡히는 크기. 학생의 코드가 쓸 것은 커널이 더 좁게 묶습니다.
RESERVED = 6 * 2**30
PATIENCE = 20  # 멈추라고 한 뒤 커널을 끄기까지 기다리는 초
STARTING = 120  # 커널이 시작하기를 기다리는 초
MOST_ERRORS = 20


def main(folder):
    threading.Thread(target=_end_with_the_marker, daemon=True).start()
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    if job["without_network"]:
        raise_loopback()
    limit_resources(job["memory"] + RESERVED)
    report = {"errors": [], "ran": [], "cell": 0}
    try:
        sources, found = read((folder / "notebook.ipynb").read_bytes())
        report |= {"read": found, "cells": len(sources)}
        _execute(folder, job, sources, report)
    except Unreadable as error:
        report |= {"end": "unreadable", "why": str(error)}
    except MemoryError:
        report |= {"end": "unreadable", "why": "읽는 데 메모리가 모자랍니다"}
    _save(folder, report)


def _end_with_the_marker():
    """채점하는 쪽이 어떻게 꺼져도 표준 입력이 닫힙니다. 커널은 부모가 꺼지면 스스로 꺼집니다."""
    with suppress(OSError):
        os.read(0, 1)
    os._exit(1)


def _save(folder, report):
    # 글자가 깨진 소스(짝이 없는 서로게이트)가 있어도 남깁니다.
    write_bytes(folder / "report.json", json.dumps(report).encode())


def _execute(folder, job, sources, report):
    """셀을 차례대로 실행합니다. 오류가 난 셀 다음의 셀도, 커널이 꺼진 셀 다음의 셀도(새 커널에서) 실행합니다."""
    kernel, left = None, job["seconds"]  # 커널이 시작하는 시간은 세지 않습니다.
    try:
        for number, source in enumerate(sources, 1):
            if left <= 0:
                report |= {"end": "time", "why": None}
                return
            if kernel is None or not kernel.manager.is_alive():
                kernel = Kernel(folder, job)
                for before in sources[: number - 1]:
                    kernel.run(definitions(before), PATIENCE)
            report["cell"] = number
            _save(folder, report)
            started = time.monotonic()
            error = kernel.run(source, min(job["seconds"] / 3, left))
            left -= time.monotonic() - started
            if error is None:
                report["ran"] += report["read"]["asked"][number - 1]
            elif len(report["errors"]) < MOST_ERRORS:
                report["errors"].append({"cell": number, "name": error[0], "message": error[1]})
        report |= {"end": "end", "why": None}
    except RuntimeError as error:
        report |= {"end": "dead", "why": str(error)}
    finally:
        if kernel:
            kernel.stop()


class Kernel:
    """울타리를 친 커널 하나. 출력은 받지 않으므로, 한 셀이 몇 GB를 찍어도 이 프로세스의 메모리는 그대로입니다."""

    def __init__(self, folder, job):
        home, told = str(folder / "home"), str(folder / "told.jsonl")
        self.manager = KernelManager()
        self.manager.kernel_spec.argv = [
            *(sys.executable, KERNEL, told, home, str(job["memory"]), "-f", "{connection_file}"),
            *("--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"),
        ]
        self.manager.start_kernel(cwd=str(folder / "home" / "work"))
        self.client = self.manager.client()
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        if self.run("", STARTING):
            raise RuntimeError("커널이 시작하지 않음")

    def run(self, source, seconds):
        """셀 하나를 ``seconds``초까지 실행합니다. 잘 끝났으면 ``None``, 아니면 (오류의 이름, 글)입니다."""
        sent = self.client.execute(source, allow_stdin=False, stop_on_error=False)
        ends, stopped = time.monotonic() + seconds, None
        while self.manager.is_alive():
            with suppress(queue.Empty):
                reply = self.client.get_shell_msg(timeout=0.5)
                if reply["parent_header"].get("msg_id") == sent:
                    said = reply["content"]
                    value = " ".join(str(said.get("evalue", "")).split())[:300]
                    return None if said["status"] == "ok" else (stopped or said.get("ename", ""), value)
            late = time.monotonic() - ends
            if late > PATIENCE:
                self.stop()
            elif late > 0 and not stopped:
                stopped = f"{seconds:.0f}초가 지나 멈춤"
                self.manager.interrupt_kernel()
        return f"{stopped or ''} 커널이 꺼짐".strip(), "다음 셀부터 새 커널에서 실행함"

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
