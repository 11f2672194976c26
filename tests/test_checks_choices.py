"""08a의 로그와 09a의 성적표 읽기: 맞는 짝은 통과하고, 틀린 짝은 어디서 어긋나는지 말합니다."""

import math
import re

import pytest

from gan_lesson.checks.choices import (
    LOGS,
    READINGS,
    SHEET_READINGS,
    SHEETS,
    check_log_readings,
    check_score_sheets,
)

EXERCISES = [(check_log_readings, LOGS, READINGS), (check_score_sheets, SHEETS, SHEET_READINGS)]


@pytest.mark.parametrize(("check", "lines", "readings"), EXERCISES)
def test_readings(check, lines, readings):
    solved = {line: reading for reading, (line, _) in readings.items()}
    assert check(solved).passed is True
    assert check(dict.fromkeys(lines)).passed is None
    first, *rest = lines
    part = check({first: solved[first]})
    assert part.passed is False and f"남은 줄: {', '.join(rest)}" in part.message
    for line in lines:
        for reading in set(readings) - {solved[line]}:
            verdict = check(solved | {line: reading})
            assert verdict.passed is False and f"줄 '{line}'의 답 '{reading}'대로라면" in verdict.message
            assert readings[reading][1] in verdict.message and str(lines[line]) in verdict.message
    for answers in (None, 3, {"바": "발산"}, {first: "모름"}, {first: [1]}):
        assert check(answers).passed is False


def test_log_lines_are_what_training_could_print():
    mistaken, _ = READINGS["Loss_D를 잘못 계산함"]
    for line, log in LOGS.items():
        loss_d, loss_g, d_x, before, after = map(float, re.findall(r"\d+\.\d+", log))
        # 옌센 부등식: -log는 볼록하므로, 손실의 평균은 평균의 손실보다 작지 않습니다.
        possible = loss_d >= -math.log(d_x) - math.log(1 - before)
        assert possible == (line != mistaken)
        assert loss_g >= -math.log(after) or not possible
