"""09c의 연습문제: 아직 보지 않은 변경이 읽히는 비율을 어떻게 바꿀지 예측하고, 잰 것과 비교하기."""

from gan_lesson.checks.verdict import checker, compare_choices
from gan_lesson.metrics.bundled import load_changes, load_quick_scores

MOMENT = 1250  # 비교하는 순간(반복의 번호)
MARGIN = 0.03  # 그림 1,000장으로 잰 비율의 오차(표준오차의 두 배). 범위를 이보다 더 벗어나야 다르다고 합니다.
UNSEEN = {"ndf": "D의 채널을 절반으로", "ngf": "G의 채널을 절반으로", "batch": "미니 배치를 16장으로"}
OUTCOMES = ("늘어남", "비슷함", "줄어듦")


def seed_range():
    """아무것도 바꾸지 않은 quick의 세 시드에서 ``MOMENT`` 무렵에 읽히는 비율: (가장 적은 것, 가장 많은 것)."""
    near = []
    for run in load_quick_scores().values():
        at = min(range(len(run.iterations)), key=lambda i: abs(run.iterations[i] - MOMENT))
        near.append(run.scores[at].readable)
    return min(near), max(near)


def outcome(low, high, after):
    """``after``를 범위 [low, high]와 비교해 부르는 말(``OUTCOMES``)."""
    return "늘어남" if after > high + MARGIN else "줄어듦" if after < low - MARGIN else "비슷함"


def measured(name):
    """``name``에서 읽히는 비율을 재어 보니 맞는 말."""
    return outcome(*seed_range(), load_changes()[name].rows[MOMENT]["readable"])


@checker()
def check_predictions(answers):
    """``answers``: 바꾼 것의 이름(``UNSEEN``) → 읽히는 비율의 예측(``OUTCOMES``). 둘 이상 적습니다. 빈칸은 ``None``."""

    def why(name, word):
        return f"{name}의 예측 '{word}': {_told(name)} 왜 그런지 생각해 보고 고쳐 적으세요."

    correct = {name: measured(name) for name in UNSEEN}
    predicted = compare_choices(answers, correct, OUTCOMES, why, "바꾼 것", "예측", least=2)
    return " ".join(_told(name) for name in predicted)


def _told(name):
    """``name``에서 잰 것과 quick에서 잰 것을 말로."""
    (low, high), share = seed_range(), load_changes()[name].rows[MOMENT]["readable"]
    return f"{UNSEEN[name]} 바꾸면 읽히는 비율이 {share:.0%}입니다(quick은 세 시드에서 {low:.0%}~{high:.0%})."
