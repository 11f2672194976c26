"""하나씩 짝짓는 연습문제: 07의 버그 찾기, 08a의 로그 읽기, 09a의 성적표 읽기."""

from functools import cache
from statistics import mean

from gan_lesson.checks.verdict import checker, compare_table
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.broken_loops import LOOPS, symptoms

# 글에 나오는 이름 → 잰 값의 열
COLUMNS = {
    "Loss_G": "loss_g",
    "D(x)": "d_x",
    "D(G(z))": "d_gz",
    "‖∇D‖": "grad_d",
    "‖∇G‖": "grad_g",
    "‖Δθ_G‖": "moved_g",
}
# 버그 → (그 버그가 있는 루프, 그 버그라면 보여야 할 증상)
BUGS = {
    "D.zero_grad()를 잊음": ("나", "D의 변화도가 반복할수록 쌓여 ‖∇D‖가 계속 커져야 합니다"),
    "Part 1의 라벨이 서로 바뀜": ("마", "D(x)가 0 쪽으로, D(G(z))가 1 쪽으로 가야 합니다"),
    "Part 2에 거짓 라벨을 씀": ("다", "Loss_G와 D(G(z))가 함께 0 쪽으로 가야 합니다"),
    "Part 2에서도 detach를 씀": ("가", "변화도가 G에 닿지 않아 ‖∇G‖가 0이어야 합니다"),
    "Part 2에서 optimizer_d로 갱신함": ("라", "‖∇G‖는 0이 아닌데 G가 움직인 거리 ‖Δθ_G‖는 0이어야 합니다"),
}


@checker("버그 다섯을 증상만으로 모두 찾았습니다.")
def check_bugs(answers):
    """``answers``: 루프의 이름 → 버그의 이름(``BUGS``의 열쇠). 빈칸(``None``)은 아직 풀지 않은 것입니다."""
    compare_table(answers, BUGS, _measured, noun="루프", thing="버그의 이름")


def _measured(loop, expected):
    columns = _symptoms(loop)
    measured = [
        f"{name} {mean(columns[column][:10]):.3g} → {mean(columns[column][-10:]):.3g}"
        for name, column in COLUMNS.items()
        if name in expected
    ]
    return f"그런데 잰 값은 {', '.join(measured)}입니다(처음 → 끝)."


@cache
def _symptoms(loop):
    return symptoms(LOOPS[loop], load_hangul(32))


# 다섯 학습의 로그 한 줄씩. 배치 평균입니다.
LOGS = {
    "가": "Loss_D 0.006  Loss_G 7.213  D(x) 0.998  D(G(z)) 0.003 / 0.001",
    "나": "Loss_D 3.604  Loss_G 0.054  D(x) 0.420  D(G(z)) 0.930 / 0.950",
    "다": "Loss_D 1.424  Loss_G 0.721  D(x) 0.487  D(G(z)) 0.502 / 0.488",
    "라": "Loss_D 11.740  Loss_G 56.290  D(x) 0.912  D(G(z)) 0.118 / 0.093",
    "마": "Loss_D 0.697  Loss_G 0.705  D(x) 0.510  D(G(z)) 0.500 / 0.495",
}
# 고를 수 있는 답 → (그 답인 줄, 그 답이라면 보여야 할 것)
READINGS = {
    "D가 크게 앞섬": ("가", "D(x)가 1, D(G(z))가 0에 붙고 Loss_D가 0에 가까워야 합니다"),
    "G가 크게 앞섬": ("나", "D(G(z))가 1에 가깝고 Loss_G가 0에 가까워야 합니다"),
    "균형이거나 모드 붕괴": ("다", "Loss_D가 1.386, Loss_G가 0.693, D의 답이 모두 0.5에 가까워야 합니다"),
    "발산": ("라", "Loss_G가 수십까지 치솟아야 합니다"),
    "Loss_D를 잘못 계산함": (
        "마",
        "Loss_D가 D의 답과 맞지 않아야 합니다. 평균의 로그와 비교하면, 제대로 계산한 Loss_D는 "
        "-log(D(x)의 평균) - log(1 - D(G(z))의 평균)보다 작을 수 없습니다",
    ),
}


@checker(
    "다섯 줄을 모두 읽었습니다. '가'가 괜찮은지, '다'가 균형인지는 로그만으로 가릴 수 없어 그림을 보아야 합니다."
)
def check_log_readings(answers):
    """``answers``: 줄의 이름(``LOGS``) → 읽은 것(``READINGS``의 열쇠). 빈칸은 ``None``."""
    compare_table(answers, READINGS, lambda line, _: f"그런데 줄 '{line}': {LOGS[line]}")


SHEETS = {
    "가": "읽히는 비율  97%  글자의 종류   4%  정밀도 0.95  재현율 0.03  진짜와의 거리 0.96",
    "나": "읽히는 비율  98%  글자의 종류  99%  정밀도 0.99  재현율 0.98  진짜와의 거리 0.00",
    "다": "읽히는 비율  31%  글자의 종류  62%  정밀도 0.02  재현율 0.05  진짜와의 거리 2.46",
    "라": "읽히는 비율  81%  글자의 종류  96%  정밀도 0.74  재현율 0.78  진짜와의 거리 1.12",
}
SHEET_READINGS = {
    "모드 붕괴": ("가", "글자의 종류와 재현율이 아주 낮아야 합니다"),
    "외운 생성자": ("나", "진짜와의 거리가 0이어야 합니다"),
    "흐리거나 뭉개진 생성자": ("다", "읽히는 비율과 정밀도가 함께 낮고 진짜에서 멀어야 합니다"),
    "쓸 만한 생성자": ("라", "네 비율이 모두 높고 진짜와의 거리는 1쯤이어야 합니다"),
}


@checker("FID 하나였다면 '나'를 가장 좋다고 했을 것입니다. 여러 잣대를 함께 보아야 합니다.")
def check_score_sheets(answers):
    """``answers``: 줄의 이름(``SHEETS``) → 읽은 것(``SHEET_READINGS``의 열쇠). 빈칸은 ``None``."""
    compare_table(answers, SHEET_READINGS, lambda line, _: f"그런데 줄 '{line}': {SHEETS[line]}")
