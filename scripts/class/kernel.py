"""제출물을 실행하는 커널: 학생의 코드보다 먼저 울타리를 치고, 채점 결과를 서명해 파일에 남깁니다.

서명하는 열쇠는 한 번 읽고 지우는 파일에 있어, 흉내 낸 출력이나 다시 정의한 ``check_…``는 세지 않습니다. 같은 프로세스
안의 코드가 작정하고 메모리를 뒤지는 것까지 막지는 못합니다.
"""

import hashlib
import hmac
import json
import os
import sys
import types
from pathlib import Path

import gan_lesson

MOST_RECORDS, LONGEST_MESSAGE = 2_000, 2_000
CHECKS = Path(gan_lesson.__file__).resolve().parent / "checks"


def main():
    """``--job 폴더``의 열쇠를 읽고 커널을 시작합니다. 나머지 인자는 ipykernel의 것입니다."""
    job, home = Path(sys.argv[1]), sys.argv[2]
    send = _sender(job)
    # 여기서 torch까지 읽어, 읽는 시간이 첫 셀의 시간에 들지 않게 합니다.
    from gan_lesson.checks import progress, verdict  # noqa: F401

    def report(exercise, found, check):
        kind = "verdict" if Path(check.__code__.co_filename).parent == CHECKS else "imitation"
        passed = found.passed if found.passed is None else bool(found.passed)
        message = str(found.message)[:LONGEST_MESSAGE]
        changed = sorted(changed_functions())[:10]
        send(
            {"kind": kind, "exercise": exercise.key, "passed": passed, "message": message, "changed": changed}
        )

    progress.LISTENERS[:] = [report]
    from fence import keep_inside
    from ipykernel.kernelapp import IPKernelApp

    told = set()

    def tell(kind, what):
        if (kind, what) not in told and len(told) < 20:
            told.add((kind, what))
            send({"kind": kind, "what": what[:300]})

    locked = keep_inside(home, lambda path: tell("outside", path), lambda name: tell("program", name))
    send({"kind": "fence", "locked": locked})
    IPKernelApp.launch_instance(argv=sys.argv[3:])


def _sender(job):
    """기록 하나를 서명해 남기는 함수. 파일은 지금 열어 두므로 나중에는 그 폴더에 쓸 수 없어도 됩니다."""
    secret = (job / "secret").read_bytes()
    (job / "secret").unlink()
    handle = os.open(job / "records.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    count = 0

    def send(record):
        nonlocal count
        if count >= MOST_RECORDS:
            return
        count += 1
        text = json.dumps(record | {"n": count}, ensure_ascii=False)
        os.write(handle, (json.dumps([sign(secret, text), text]) + "\n").encode())

    return send


def sign(secret, text):
    """``text``의 서명(HMAC-SHA256)."""
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def signed_records(data, secret):
    """파일의 내용 ``data``에서 서명이 맞는 기록들만, 남긴 차례로."""
    found, last = [], 0
    for line in data.decode("utf-8", errors="replace").splitlines():
        try:
            signature, text = json.loads(line)
            if hmac.compare_digest(signature, sign(secret, text)):
                record = json.loads(text)
                if record["n"] > last:  # 같은 줄을 베껴 붙인 것은 세지 않습니다.
                    last = record["n"]
                    found.append(record)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return found


def changed_functions():
    """패키지와 torch의 자리에 들어앉은, 파일이 아니라 셀에서 만든 함수들의 이름."""
    names = [name for name in list(sys.modules) if name.startswith("gan_lesson.")]
    for name in (*names, "torch", "torch.nn", "torch.nn.functional", "builtins"):
        module = sys.modules.get(name)
        for attribute, value in list(vars(module).items()) if module else ():
            value = getattr(value, "__wrapped__", value)
            if isinstance(value, types.FunctionType) and from_a_cell(value.__code__):
                yield f"{name}.{attribute}"


def from_a_cell(code):
    """노트북의 셀이나 exec가 만든 코드인지. ipykernel은 셀을 임시 폴더의 없는 파일에서 온 것으로 적습니다."""
    return "ipykernel_" in code.co_filename or code.co_filename.startswith(("<ipython-input", "<string>"))
