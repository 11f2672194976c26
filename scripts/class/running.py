"""제출한 노트북의 셀들을 울타리를 친 커널에서 차례로 실행합니다. 맞았는지는 여기서 보지 않습니다: 채점 함수가 진도 파일에 적습니다."""

import queue
import subprocess
import time
from contextlib import suppress

from reading import definitions

PATIENCE = 20  # 멈추라고 한 뒤 커널을 끄기까지 기다리는 초
STARTING = 120  # 커널이 시작하기를 기다리는 초
MOST_ERRORS = 20


def execute(sources, start, seconds):
    """오류가 난 셀 다음의 셀도, 커널이 꺼진 셀 다음의 셀도(새 커널에서) 실행합니다.

    ``sources``: 코드 셀들의 소스, ``start``: 새 ``Kernel``을 주는 함수, ``seconds``: 모두의 초. 셀 하나는 그 3분의 1까지이고,
    커널이 시작하는 시간은 세지 않습니다.

    Returns:
        (dict, 끝까지 실행한 셀의 번호들). dict는 ``mark``의 결과 가운데 ``end``, ``why``, ``cell``, ``errors``.
    """
    kernel, left, errors, ran, number = None, seconds, [], [], 0
    end = {"end": "end", "why": None}
    try:
        for number, source in enumerate(sources, 1):
            if left <= 0:
                end, number = {"end": "time", "why": None}, number - 1
                break
            if kernel is None or not kernel.manager.is_alive():
                kernel = start()
                for before in sources[: number - 1]:
                    kernel.run(definitions(before), PATIENCE)
            started = time.monotonic()
            error = kernel.run(source, min(seconds / 3, left))
            left -= time.monotonic() - started
            if error is None:
                ran.append(number)
            elif len(errors) < MOST_ERRORS:
                errors.append({"cell": number, "name": error[0], "message": error[1]})
    except RuntimeError as error:
        end = {"end": "dead", "why": str(error)}
    finally:
        if kernel:
            kernel.stop()
    return end | {"cell": number, "errors": errors}, ran


class Kernel:
    """커널 하나. 출력은 받지 않으므로, 한 셀이 몇 GB를 찍어도 채점하는 프로세스의 메모리는 그대로입니다."""

    def __init__(self, command, home, environment, stdin, transport):
        from jupyter_client.manager import KernelManager

        self.manager = KernelManager(connection_file=str(home / "k.json"), transport=transport)
        self.manager.kernel_spec.argv = [
            *command, "-f", "{connection_file}", "--HistoryManager.enabled=False", "--IPKernelApp.log_level=50",
        ]  # fmt: skip
        out = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # 제출물이 찍는 것은 버립니다.
        self.manager.start_kernel(cwd=str(home / "work"), env=environment, stdin=stdin, **out)
        self.client = self.manager.client()
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        if self.run("", STARTING):
            self.stop()
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
