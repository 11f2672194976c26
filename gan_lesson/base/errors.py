"""사람에게 보여 줄 오류.

모든 메시지는 한 줄이고 네 가지를 말합니다: 어느 설정값(파일)인지, 무엇이 들어왔고 무엇이 허용되는지, 어떻게 고치는지.
"""

import errno
import re

INTERRUPTED = 130  # 도중에 멈춘 명령의 종료 코드
# 흔한 이유. 드문 것은 운영체제의 말 그대로 보입니다.
REASONS = {
    errno.ENOSPC: "디스크에 남은 자리가 없음",
    errno.EACCES: "권한이 없음",
    errno.EPERM: "권한이 없음",
    errno.EROFS: "읽기 전용인 곳",
    errno.ENOENT: "폴더나 파일이 없음",
    errno.ENOTDIR: "경로의 가운데가 폴더가 아님",
    errno.EISDIR: "파일이 아니라 폴더",
}

TORCHVISION_MISMATCH = (
    "torch와 torchvision의 짝이 맞지 않을 때 나는 오류입니다. 터미널에서 'pip install --force-reinstall torch torchvision'으로 "
    "둘을 함께 다시 설치하세요."
)


def plain(text):
    """터미널을 움직일 수 있는 글자(파일의 이름에 든 제어 문자)를 지운 글. 줄바꿈은 남깁니다."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)


class Told:
    """사람에게 보일 것의 바탕. 글자를 ``plain``으로 씁니다."""

    def __init__(self, text):
        super().__init__(plain(str(text)))


class LessonError(Told, ValueError):
    """쓰는 사람이 고칠 수 있는 문제. 명령줄에서는 이 메시지만 보이고 종료 코드가 2입니다."""


class LessonWarning(Told, UserWarning):
    """알려 줄 일. 학습은 계속됩니다. 명령줄에서는 "알림: …" 한 줄로 보입니다."""


def quote(value, limit=60):
    """``value``를 메시지에 넣을 수 있게 한 줄로, 너무 길면 줄여서 돌려줍니다."""
    try:
        text = repr(value)
    except Exception:
        # repr이 고장 난 물건이 들어와도 오류 메시지는 나와야 합니다.
        text = f"<{type(value).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def choose(what, value, choices, advice=""):
    """``choices``(이름들이나 이름이 열쇠인 dict) 가운데 하나인 ``value``를 그대로 돌려줍니다. 아니면 ``LessonError``입니다.

    ``what``은 메시지의 첫머리(``"보간"``, ``"mode ="``), ``advice``는 끝에 덧붙일 문장입니다.
    """
    # 글인지 먼저 보아, 목록이나 배열처럼 비교할 수 없는 것이 들어와도 이 메시지로 끝납니다.
    if isinstance(value, str) and value in choices:
        return value
    raise LessonError(f"{what} {quote(value)}: {', '.join(choices)} 가운데 하나여야 합니다. {advice}".strip())


def reason(error):
    """``OSError``의 이유를 한국어로. 모르는 이유는 운영체제의 말 그대로입니다."""
    return REASONS.get(error.errno) or error.strerror or str(error)
