"""07 버그 찾기의 채점: 고른 버그가 증상과 어디서 어긋나는지 잰 수로 말해 줍니다."""

from functools import cache
from statistics import mean

from gan_lesson.checks.verdict import checker, compare_choices
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
    compare_choices(answers, BUGS, _measured, noun="루프", thing="버그의 이름")


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
