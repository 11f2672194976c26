"""진도: 채점 결과를 쓰는 사람의 폴더에 남기고 표로 보여 줍니다.

파일은 한 줄에 시도 하나인 JSON(``time``, ``exercise``, ``passed``, ``message``)이고 덧붙이기만 합니다. 환경 변수
``GAN_LESSON_PROGRESS``로 파일을 정하거나 ``off``로 끌 수 있고, CI와 시험에서는 남기지 않습니다.
"""

import html
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gan_lesson.checks.exercises import BY_KEY, EXERCISES, LESSONS, find_exercise

SILENT = "진도: 여기서는 기록하지 않습니다. 내 컴퓨터에서 문제를 풀면 푼 문제와 다음에 풀 문제가 이 자리에 나옵니다."


def announce(check, answers, verdict):
    """채점 함수 ``check``가 ``answers``를 받아 ``verdict``라고 답했다는 것을 남깁니다.

    풀지 않은 것(``passed``가 ``None``)은 시도가 아닙니다. 남기지 못해도 학생은 채점 결과를 보아야 합니다.
    """
    exercise, path = find_exercise(check.__name__, answers[0] if answers else None), progress_file()
    if exercise is None or verdict.passed is None or path is None:
        return
    attempt = {"time": datetime.now().astimezone().isoformat(), "exercise": exercise.key}
    attempt |= {"passed": verdict.passed, "message": verdict.message}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(attempt) + "\n")


def progress_file():
    """진도 파일의 경로. 남기지 않는 곳이면 ``None``."""
    if chosen := os.environ.get("GAN_LESSON_PROGRESS"):
        return None if chosen.lower() == "off" else Path(chosen).expanduser()
    if os.environ.get("CI") or "PYTEST_VERSION" in os.environ:
        return None
    import platformdirs

    return platformdirs.user_state_path("gan_lesson") / "progress.jsonl"


def read_attempts(path):
    """시도들의 dict, 남긴 차례대로. 읽을 수 없는 파일이나 줄은 없는 것으로 칩니다."""
    text, attempts = "", []
    with suppress(OSError):
        text = path.read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines():
        with suppress(ValueError, TypeError, KeyError):
            attempt = json.loads(line)
            if attempt["exercise"] in BY_KEY and isinstance(attempt["passed"], bool):
                attempts.append(attempt)
    return attempts


@dataclass(frozen=True)
class Progress:
    """진도표. 노트북에서 셀의 값이면 표로 보입니다. ``rows``: 칸의 글들(머리가 먼저), ``note``: 아래의 한 줄."""

    rows: tuple
    note: str

    def __repr__(self):
        return "\n".join([*(" | ".join(row) for row in self.rows), self.note])

    def _repr_html_(self):
        if not self.rows:
            return None  # 글 한 줄이면 글 그대로
        cell = '<td style="text-align: left">{}</td>'.format
        rows = ("".join(cell(html.escape(text)) for text in row) for row in self.rows)
        return f"<table><tr>{'</tr><tr>'.join(rows)}</tr></table><p>{html.escape(self.note)}</p>"


def progress():
    """지금까지 푼 문제의 표(``Progress``). 남기지 않는 곳에서는 그렇다는 말 한 줄입니다."""
    if (path := progress_file()) is None:
        return Progress((), SILENT)
    attempts = read_attempts(path)
    solved = {attempt["exercise"] for attempt in attempts if attempt["passed"]}
    rows = [("노트북", "푼 문제", "시도", "남은 문제")]
    for lesson, title in LESSONS.items():
        if here := [exercise for exercise in EXERCISES if exercise.lesson == lesson]:
            left = [exercise.title for exercise in here if exercise.key not in solved]
            tries = sum(BY_KEY[attempt["exercise"]].lesson == lesson for attempt in attempts)
            done = f"{len(here) - len(left)}/{len(here)}"
            rows.append((f"{lesson} {title}", done, f"{tries}번" if tries else "", ", ".join(left)))
    return Progress(tuple(rows), _what_next(attempts, solved))


def _what_next(attempts, solved):
    """다음에 풀 문제: 마지막에 풀던 노트북부터 차례대로 찾아 처음 나오는 남은 문제입니다."""
    total = f"{len(EXERCISES)}문제 가운데 {len(solved)}문제를 풀었습니다."
    lessons = list(LESSONS)
    at = lessons.index(BY_KEY[attempts[-1]["exercise"]].lesson) if attempts else 0
    for lesson in lessons[at:] + lessons[:at]:
        for exercise in EXERCISES:
            if exercise.lesson == lesson and exercise.key not in solved:
                return f"{total} 다음에 풀 문제: {lesson} {LESSONS[lesson]}의 '{exercise.title}'"
    return f"{total} 모두 풀었습니다!"
