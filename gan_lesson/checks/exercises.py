"""연습문제의 목록: 어느 노트북의 무슨 문제를 어느 채점 함수가 채점하는지. 차례는 노트북에 나오는 차례입니다.

torch 없이 읽을 수 있습니다. 진도와 제출물 채점이 함께 씁니다.
"""

from typing import NamedTuple

# 노트북의 번호 → 제목
LESSONS = {
    "00": "시작하기",
    "01": "GAN이란",
    "02": "최소최대 게임",
    "03": "BCE 손실",
    "04": "데이터와 설정값",
    "05a": "전치 합성곱",
    "05b": "생성자와 구분자",
    "06": "가중치 초기화",
    "07": "두 부분으로 된 학습 루프",
    "08a": "학습과 결과",
    "08b": "실패와 설정값",
    "09a": "평가",
    "09b": "잠재공간",
    "09c": "더 좋은 그림",
    "10": "더 빠르게, 더 크게",
    "11": "원하는 글자 만들기",
}


class Exercise(NamedTuple):
    """연습문제 하나. ``key``: 파일에 남기는 이름. 채점 함수의 이름이고, 한 함수로 여럿을 채점하면 첫 인자를 덧붙입니다."""

    lesson: str
    title: str
    key: str

    @property
    def check(self):
        return self.key.split(":")[0]


EXERCISES = (
    Exercise("01", "맞힌 비율", "check_accuracy"),
    Exercise("02", "값 함수", "check_value"),
    Exercise("02", "JSD의 하한", "check_jsd_bound"),
    Exercise("02", "JSD", "check_jsd"),
    Exercise("03", "BCE", "check_bce"),
    Exercise("03", "Loss_D", "check_loss_d"),
    Exercise("03", "Loss_G", "check_loss_g"),
    Exercise("04", "[-1, 1]로 맞추기", "check_to_unit_range"),
    Exercise("04", "오류 읽고 고치기", "check_settings"),
    Exercise("05a", "출력의 크기", "check_output_size"),
    Exercise("05a", "도장 찍기", "check_stamp"),
    Exercise("05b", "생성자의 블록", "check_g_block"),
    Exercise("05b", "32픽셀 구분자", "check_d32"),
    Exercise("05b", "매개변수의 수", "check_parameter_count"),
    Exercise("06", "가중치 초기화 함수", "check_weights_init"),
    Exercise("07", "버그 찾기", "check_bugs"),
    Exercise("07", "Part 1", "check_part1"),
    Exercise("07", "Part 2", "check_part2"),
    Exercise("07", "변화도 축적", "check_accumulate"),
    Exercise("08a", "로그 읽기", "check_log_readings"),
    Exercise("08a", "그림 남기기", "check_keep_picture"),
    Exercise("08a", "빈 셀에서 학습 쓰기", "check_training"),
    Exercise("08b", "D가 이김 고치기", "check_cure:strong-d"),
    Exercise("08b", "모드 붕괴 고치기", "check_cure:collapse"),
    Exercise("08b", "발산 고치기", "check_cure:divergence"),
    Exercise("09a", "프레셰 거리", "check_frechet"),
    Exercise("09a", "글자의 종류", "check_coverage"),
    Exercise("09a", "성적표 읽기", "check_score_sheets"),
    Exercise("09b", "구면 보간", "check_slerp"),
    Exercise("09c", "변화의 예측", "check_predictions"),
    Exercise("10", "합성곱의 FLOP", "check_conv_flops"),
    Exercise("10", "변화도 평균", "check_average_gradients"),
    Exercise("11", "라벨을 보는 점수", "check_conditional_score"),
    Exercise("11", "초성·중성·종성", "check_syllable_parts"),
)
BY_KEY = {exercise.key: exercise for exercise in EXERCISES}


def find_exercise(check, case=None):
    """``check``라는 이름의 함수가 첫 인자 ``case``로 채점하는 문제. 목록에 없으면 ``None``."""
    return BY_KEY.get(check) or BY_KEY.get(f"{check}:{case}" if isinstance(case, str) else None)
