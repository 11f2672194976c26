"""제출물을 실행하는 커널: 학생의 코드보다 먼저 울타리를 치고 메모리를 묶습니다. ``running.py``가 시작합니다."""

import json
import os
import re
import sys
import threading
from contextlib import suppress
from pathlib import Path

MOST_TOLD = 20


def main(told, home, memory, *arguments):
    """``told``: 울타리가 본 것을 적을 파일, ``home``: 써도 되는 폴더, ``memory``: 더 쓸 수 있는 바이트. 나머지는 ipykernel의 것."""
    threading.Thread(target=_end_with_the_marker, daemon=True).start()
    # 여기서 torch까지 읽어, 읽는 시간이 첫 셀의 시간에 들지 않게 합니다.
    from fence import keep_inside, limit_resources
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell

    from gan_lesson.checks import verdict  # noqa: F401

    # 지금 열어 두므로 나중에는 그 폴더에 쓸 수 없어도 됩니다.
    file, seen = open(told, "a", encoding="utf-8", buffering=1), set()  # noqa: SIM115

    def tell(kind, what):
        if (kind, what) not in seen and len(seen) < MOST_TOLD:
            seen.add((kind, what))
            file.write(json.dumps([kind, what if isinstance(what, bool) else what[:300]]) + "\n")

    tell("locked", keep_inside(home, lambda path: tell("outside", path), lambda name: tell("programs", name)))
    limit_resources(_in_use() + int(memory))
    ZMQInteractiveShell.ask_exit = lambda shell: None  # exit()가 든 셀의 다음 셀도 이 커널에서 실행합니다.
    sys.path.pop(0)  # 채점하는 파일들이 학생의 import와 섞이지 않게
    IPKernelApp.launch_instance(argv=list(arguments))


def _end_with_the_marker():
    """채점하는 쪽이 어떻게 꺼져도 표준 입력이 닫힙니다."""
    with suppress(OSError):
        os.read(0, 1)
    os._exit(1)


def _in_use():
    """이 프로세스가 torch를 읽고 이미 쓰는 데이터의 바이트. 리눅스 밖에서는 0입니다."""
    with suppress(OSError):
        found = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
        return 1024 * int(found[1])
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
