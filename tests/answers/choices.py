"""짝짓는 문제의 답: 여러 가지로 쓴 바른 답(``RIGHT``)과, 틀린 답과 그때 나와야 하는 말(``WRONG``)."""

from gan_lesson.checks.choices import (
    BUGS,
    READINGS,
    SHEET_READINGS,
    check_bugs,
    check_log_readings,
    check_score_sheets,
)
from gan_lesson.checks.improving import UNSEEN, check_predictions, measured

TABLES = {check_bugs: BUGS, check_log_readings: READINGS, check_score_sheets: SHEET_READINGS}
SOLVED = {check: {name: choice for choice, (name, _) in table.items()} for check, table in TABLES.items()} | {
    check_predictions: {name: measured(name) for name in UNSEEN}
}


def swapped(solved, one, two):
    return solved | {one: solved[two], two: solved[one]}


# 그대로, 차례를 거꾸로, 따옴표 안에 빈칸을 넣어
RIGHT = {
    check: [solved, dict(reversed(solved.items())), {name: f" {choice} " for name, choice in solved.items()}]
    for check, solved in SOLVED.items()
}

WRONG = [
    (check_bugs, swapped(SOLVED[check_bugs], "다", "마"), "루프 '다'의 답"),
    (check_bugs, swapped(SOLVED[check_bugs], "가", "라"), "루프 '가'의 답"),
    (check_bugs, {"가": SOLVED[check_bugs]["가"]}, "남은 루프: 나, 다, 라, 마"),
    (check_bugs, list(SOLVED[check_bugs].values()), "dict를 넘겨주세요"),
    (
        check_log_readings,
        swapped(SOLVED[check_log_readings], "가", "나"),
        "줄 '가'의 답 'G가 크게 앞섬'대로라면",
    ),
    (check_log_readings, SOLVED[check_log_readings] | {"마": "발산"}, "그런데 줄 '마': Loss_D 0.697"),
    (check_log_readings, {"가": "D가 앞섬"}, "가운데서 고르세요"),
    (check_score_sheets, swapped(SOLVED[check_score_sheets], "나", "라"), "진짜와의 거리"),
    (check_score_sheets, swapped(SOLVED[check_score_sheets], "가", "다"), "줄 '가'의 답"),
    (check_score_sheets, {"가": None, "나": "외운 생성자"}, "남은 줄: 가, 다, 라"),
    (check_predictions, {"ndf": "늘어남", "ngf": "줄어듦"}, "ndf의 예측 '늘어남'"),
    (check_predictions, {"ndf": "비슷함"}, "2개를 골라"),
    (check_predictions, {"ndf": "많아짐", "ngf": "줄어듦"}, "늘어남, 비슷함, 줄어듦 가운데서"),
]
