"""진도: 채점 결과를 쓰는 사람의 폴더에 남기고 표로 보여 줍니다.

파일은 한 줄에 시도 하나인 JSON이고 덧붙이기만 합니다. 두 커널이 함께 써도, 쓰다가 꺼져도, 손상된 줄이 있어도 나머지
줄은 그대로 읽힙니다. 남기지 못하는 것이 채점을 막지는 않습니다. 환경 변수 ``GAN_LESSON_PROGRESS``로 파일을 정하거나
``off``로 끌 수 있고, CI와 시험에서는 남기지 않습니다.
"""

import html
import json
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gan_lesson.base.errors import reason
from gan_lesson.checks.exercises import BY_KEY, EXERCISES, LESSONS, find_exercise

LOCK_WAIT = 2.0
SILENT = "진도: 여기서는 기록하지 않습니다. 내 컴퓨터에서 문제를 풀면 푼 문제와 다음에 풀 문제가 이 자리에 나옵니다."

_waiting = []  # 아직 파일에 쓰지 못한 줄. 다음에 다시 써 봅니다.


def announce(check, answers, verdict):
    """채점 함수 ``check``가 ``answers``를 받아 ``verdict``라고 답했다는 것을 ``LISTENERS``에 알립니다."""
    exercise = find_exercise(check.__name__, answers[0] if answers else None)
    if exercise is None:
        return
    for listen in LISTENERS:
        try:
            listen(exercise, verdict, check)
        except Exception as error:
            # 진도를 남기지 못해도(파일 시스템, 빠진 패키지) 학생은 채점 결과를 보아야 합니다.
            warnings.warn(f"채점 결과를 남기지 못했습니다: {error}", stacklevel=2)


def progress_file():
    """진도 파일의 경로. 남기지 않는 곳이면 ``None``."""
    if chosen := os.environ.get("GAN_LESSON_PROGRESS"):
        return None if chosen.lower() == "off" else Path(chosen).expanduser()
    automatic = os.environ.get("CI", "").lower() not in ("", "0", "false") or "PYTEST_VERSION" in os.environ
    if automatic:
        return None
    import platformdirs

    return platformdirs.user_state_path("gan_lesson") / "progress.jsonl"


def record(exercise, verdict, check):
    """시도 하나를 남깁니다. 풀지 않은 것(``passed``가 ``None``)은 시도가 아닙니다."""
    if verdict.passed is None or (path := progress_file()) is None:
        return
    now = datetime.now().astimezone().isoformat()
    _waiting.append(json.dumps({"time": now, "exercise": exercise.key, "passed": verdict.passed}))
    _write(path)


LISTENERS = [record]


def _write(path):
    """밀린 줄을 덧붙입니다. 쓰지 못하면 그 ``OSError``를, 썼으면 ``None``을 돌려줍니다."""
    # 앞사람이 쓰다가 꺼져 줄이 끝나지 않았을 수 있으므로, 줄바꿈을 앞에 둡니다.
    data = "".join(f"\n{line}" for line in _waiting).encode()
    # O_NONBLOCK: 그 자리에 파이프가 있어도 기다리지 않습니다.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            handle = os.open(path, flags, 0o600)
            try:
                # 한 번의 쓰기로 덧붙입니다. 다 쓰지 못했으면 모두 다시 쓰고, 읽을 때 같은 줄은 하나로 셉니다.
                if os.write(handle, data) < len(data):
                    raise OSError("다 쓰지 못함")
            finally:
                os.close(handle)
    except OSError as error:
        return error
    _waiting.clear()
    return None


@contextmanager
def _alone(path):
    """다른 커널이 동시에 쓰지 못하게 잠급니다. 잠글 수 없는 곳이면 그냥 씁니다(덧붙이기 한 번이라 거의 섞이지 않습니다)."""
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(path.name + ".lock"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 잠금이 없는 곳이라는 영어 알림
        try:
            lock.acquire(timeout=LOCK_WAIT)
        except (OSError, Timeout, NotImplementedError):
            lock = None
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def read_attempts(path):
    """(시도들, 읽지 못한 줄의 수). 시도는 ``time``, ``exercise``, ``passed``가 있는 dict입니다.

    Raises:
        OSError, ValueError: 파일을 읽을 수 없을 때. 없는 파일은 시도가 없는 것입니다.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        text = ""
    lines = [line for line in dict.fromkeys([*text.split("\n"), *_waiting]) if line.strip()]
    found = [attempt for line in lines if (attempt := _attempt(line))]
    return found, len(lines) - len(found)


def _attempt(line):
    """한 줄을 시도로. 시도가 아니면 ``None``."""
    try:
        found = json.loads(line)
        when = datetime.fromisoformat(found["time"]).astimezone()
        if isinstance(found["exercise"], str) and isinstance(found["passed"], bool):
            return found | {"time": when}
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        pass
    return None


@dataclass(frozen=True)
class Progress:
    """진도표. 노트북에서 셀의 값이면 표로 보입니다.

    ``rows``: 노트북마다 (이름, 푼 문제의 수, 문제의 수, 시도의 수, 남은 문제의 제목들).
    ``notes``: 표 아래에 쓸 문장들.
    """

    rows: tuple
    notes: tuple

    HEADER = ("노트북", "푼 문제", "시도", "남은 문제")

    def _cells(self):
        for name, solved, count, tries, left in self.rows:
            yield name, f"{solved}/{count}", f"{tries}번" if tries else "", ", ".join(left)

    def __repr__(self):
        lines = [" | ".join(cells) for cells in (self.HEADER, *self._cells())] if self.rows else []
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self):
        if not self.rows:
            return None  # 글 한 줄이면 글 그대로
        head, *body = [
            "".join(f'<{tag} style="text-align: left">{html.escape(cell)}</{tag}>' for cell in cells)
            for tag, cells in [("th", self.HEADER), *(("td", cells) for cells in self._cells())]
        ]
        rows = "".join(f"<tr>{row}</tr>" for row in body)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def progress():
    """지금까지 푼 문제의 표(``Progress``). 남기지 않는 곳에서는 그렇다는 말 한 줄입니다."""
    path = progress_file()
    if path is None:
        return Progress((), (SILENT,))
    notes = []
    if _waiting and (error := _write(path)):
        notes.append(
            f"진도 파일 '{path}'에 쓰지 못해({reason(error)}) 이 커널에서 푼 것은 커널을 닫으면 사라집니다. "
            "환경 변수 GAN_LESSON_PROGRESS에 쓸 수 있는 파일의 경로를 적으면 거기에 남깁니다."
        )
    try:
        attempts, damaged = read_attempts(path)
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else error
        notes.append(f"진도 파일 '{path}'을 읽지 못했습니다({why}). 옮기거나 지우면 새로 시작합니다.")
        attempts, damaged = [_attempt(line) for line in _waiting], 0
    if damaged:
        notes.append(f"진도 파일 '{path}'에서 손상된 줄 {damaged}개는 세지 않았습니다(지우지도 않았습니다).")
    attempts = [attempt for attempt in attempts if attempt["exercise"] in BY_KEY]
    solved = {attempt["exercise"] for attempt in attempts if attempt["passed"]}
    rows = []
    for lesson, title in LESSONS.items():
        keys = [exercise.key for exercise in EXERCISES if exercise.lesson == lesson]
        if keys:
            tries = sum(attempt["exercise"] in keys for attempt in attempts)
            left = tuple(BY_KEY[key].title for key in keys if key not in solved)
            rows.append((f"{lesson} {title}", len(keys) - len(left), len(keys), tries, left))
    return Progress(tuple(rows), (_what_next(attempts, solved), *notes))


def _what_next(attempts, solved):
    """다음에 풀 문제: 마지막에 풀던 노트북부터 차례대로 찾아 처음 나오는 남은 문제입니다."""
    latest = max(attempts, key=lambda attempt: attempt["time"], default=None)
    at = list(LESSONS).index(BY_KEY[latest["exercise"]].lesson) if latest else 0
    lessons = [*list(LESSONS)[at:], *list(LESSONS)[:at]]
    left = [e for lesson in lessons for e in EXERCISES if e.lesson == lesson and e.key not in solved]
    total = f"{len(EXERCISES)}문제 가운데 {len(solved)}문제를 풀었습니다."
    if not left:
        return f"{total} 모두 풀었습니다!"
    return f"{total} 다음에 풀 문제: {left[0].lesson} {LESSONS[left[0].lesson]}의 '{left[0].title}'"
