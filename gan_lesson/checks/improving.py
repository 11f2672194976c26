"""09c의 연습문제: 아직 보지 않은 변화가 그림을 어떻게 바꿀지 예측하고, 잰 것과 비교하기."""

from gan_lesson.base.errors import quote
from gan_lesson.checks.verdict import UNSOLVED, checker, right, wrong
from gan_lesson.metrics.bundled import load_changes, load_quick_scores

MOMENT = 1250  # 비교하는 순간(반복의 번호)
UNSEEN = {
    "ndf": "D의 채널을 절반(ndf = 16)으로",
    "lr": "두 학습률을 모두 0.0005로",
    "batch": "미니 배치를 16장으로",
}
OUTCOMES = ("늘어남", "비슷함", "줄어듦")


def seed_range():
    """아무것도 바꾸지 않은 quick 시드 셋이 ``MOMENT`` 무렵에 읽히는 비율: (가장 적은 것, 가장 많은 것)."""
    near = []
    for run in load_quick_scores().values():
        at = min(range(len(run.iterations)), key=lambda i: abs(run.iterations[i] - MOMENT))
        near.append(run.scores[at].readable)
    return min(near), max(near)


def outcome(low, high, after):
    """읽히는 비율 ``after``를 시드 셋의 범위 [low, high]와 비교해 부르는 말(``OUTCOMES``)."""
    return "늘어남" if after > high else "줄어듦" if after < low else "비슷함"


@checker()
def check_predictions(answers):
    """``answers``: 변화의 이름(``UNSEEN``) → 읽히는 비율이 어떻게 될지(``OUTCOMES``). 둘 이상 적습니다. 빈칸은 ``None``."""
    if not isinstance(answers, dict) or set(answers) - set(UNSEEN):
        return wrong(f"변화의 이름({', '.join(UNSEEN)})마다 예측을 적은 dict를 넘겨주세요.")
    predicted = {name: word for name, word in answers.items() if word is not None}
    if not predicted:
        return UNSOLVED
    for name, word in predicted.items():
        if not isinstance(word, str) or word not in OUTCOMES:
            return wrong(f"{name}의 예측 {quote(word)}: {', '.join(OUTCOMES)} 가운데서 고르세요.")
    if len(predicted) < 2:
        return wrong("변화를 둘 골라 적으세요. 하나만 보면 그것이 특별한지 알 수 없습니다.")
    runs, (low, high) = load_changes(), seed_range()
    told = []
    for name, word in predicted.items():
        row = runs[name].rows[MOMENT]
        told.append(
            f"{UNSEEN[name]} 바꾸면 읽히는 비율이 {row['readable']:.0%}, D(G(z))가 {row['d_gz']:.2f}입니다"
            f"(quick은 시드 셋에 {low:.0%}~{high:.0%}, D(G(z)) {runs['none'].rows[MOMENT]['d_gz']:.2f})."
        )
        if word != outcome(low, high, row["readable"]):
            return wrong(f"{name}의 예측은 '{word}'인데, {told[-1]} 왜 그런지 생각해 보고 고쳐 적으세요.")
    return right(" ".join(told))
