"""제출물의 코드가 정해진 폴더 밖에 쓰지 못하게 하고, 쓰려 했으면 알립니다. 쓸 수 있는 메모리도 정합니다.

막는 것은 둘입니다. 리눅스에서는 커널의 Landlock이 자식 프로세스까지 막고, 어디서나 Python의 감사 훅이 막으며 알립니다.
감사 훅은 Python으로 하는 일만 보므로, Landlock이 없는 곳에서는 다른 프로그램을 실행한 것도 알립니다. 읽는 것은 막지 않습니다.
"""

import ctypes
import os
import struct
import sys
from contextlib import suppress

# 쓰기를 알려 주는 감사 이벤트 → 그 인자 가운데 바뀌는 경로의 자리들
CHANGES = {
    "os.remove": [0], "os.rename": [0, 1], "os.mkdir": [0], "os.rmdir": [0], "os.link": [1], "os.symlink": [1],
    "os.truncate": [0], "os.chmod": [0], "os.chown": [0], "os.utime": [0], "shutil.rmtree": [0],
    "sqlite3.connect": [0],
}  # fmt: skip
# 다른 프로그램을 실행하는 감사 이벤트
PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# 폴더 밖이지만 써도 남지 않는 곳. IPython은 !로 시작하는 줄을 가짜 터미널(pts, ptmx)에서 실행합니다.
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/pts", "/dev/ptmx")
SHARED_MEMORY = "/dev/shm"  # 여러 프로세스가 텐서를 주고받는 자리. C로 된 코드만 씁니다.
REFUSED = "채점하는 동안에는 임시 폴더 밖에 쓸 수 없습니다"

# Landlock(리눅스 커널 5.13부터). 이름은 linux/landlock.h의 것입니다.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
WRITE_FILE, REFER, TRUNCATE = 1 << 1, 1 << 13, 1 << 14
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
SCOPED = 0b11  # 밖의 프로세스에 신호를 보내거나 이름만 있는 소켓으로 잇지 못하게(ABI 6부터)
NO_NEW_PRIVILEGES = 38


def keep_inside(folder, tell, tell_program):
    """지금부터 이 프로세스는 ``folder`` 안에만 쓸 수 있습니다. 되돌릴 수 없습니다.

    Args:
        folder: 써도 되는 폴더.
        tell: 밖에 쓰려 한 경로를 받는 함수.
        tell_program: 운영체제가 막아 주지 않을 때, 실행한 다른 프로그램을 받는 함수.

    Returns:
        운영체제까지 막아 주는지. 거짓이면 Python으로 하는 일만 막습니다.
    """
    folder = os.path.realpath(folder)
    locked = _landlock(folder)
    _watch(folder, tell, None if locked else tell_program)
    return locked


def _watch(folder, tell, tell_program):
    allowed = (folder, *DEVICES)

    def inside(path):
        real = os.path.realpath(os.fsdecode(path))
        return any(real == root or real.startswith(root + os.sep) for root in allowed)

    def hook(event, arguments):
        if tell_program and event in PROGRAMS:
            name = arguments[0]
            tell_program(os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else str(name))
        if event == "open":
            changed = arguments[:1] if (arguments[2] or 0) & WRITING else ()
        else:
            changed = [arguments[at] for at in CHANGES.get(event, ())]
        for path in changed:
            # 수는 이미 연 파일이고, ":memory:"는 메모리에 여는 데이터베이스입니다.
            if isinstance(path, str | bytes | os.PathLike) and path != ":memory:" and not inside(path):
                tell(os.fsdecode(path))
                raise PermissionError(f"{REFUSED}: {os.fsdecode(path)}")

    sys.addaudithook(hook)


def _landlock(folder):
    """운영체제가 막게 합니다. 그럴 수 없는 곳이면 ``False``."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 2:  # 1은 폴더 사이로 옮기는 것을 언제나 막아, 안에서 하는 일까지 막습니다.
        return False
    rights = WRITE_FILE | REMOVE_AND_MAKE | REFER | (TRUNCATE if version >= 3 else 0)
    # struct landlock_ruleset_attr: 파일, 네트워크, 나눌 것. 옛 커널은 모르는 칸까지 받으면 거절합니다.
    rules = struct.pack("QQQ", rights, 0, SCOPED)[: 24 if version >= 6 else 8]
    ruleset = libc.syscall(CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0:
        return False
    try:
        for path in (folder, *DEVICES, SHARED_MEMORY):
            with suppress(OSError):
                where = os.open(path, os.O_PATH | os.O_CLOEXEC)
                kept = rights if os.path.isdir(path) else rights & (WRITE_FILE | TRUNCATE)
                libc.syscall(ADD_RULE, ruleset, 1, struct.pack("=Qi", kept, where), 0)
                os.close(where)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def limit_resources(memory):
    """이 프로세스가 쓸 데이터를 ``memory``바이트, 파일 하나를 1 GB로 묶습니다. 윈도에서는 하지 않습니다."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (("RLIMIT_DATA", memory), ("RLIMIT_FSIZE", 2**30), ("RLIMIT_CORE", 0)):
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, kind), (most, most))
