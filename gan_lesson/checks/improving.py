"""09c의 연습문제: 아직 보지 않은 변화가 그림과 D의 답을 어떻게 바꿀지 예측하고, 잰 것과 비교하기."""

from gan_lesson.base.errors import quote
from gan_lesson.checks.verdict import checker, refuse, unsolved
from gan_lesson.metrics.bundled import load_changes, load_quick_scores

MOMENT = 1250  # 비교하는 순간(반복의 번호)
TIMES = 2.0  # D(G(z))는 이만큼의 배수 안이면 비슷합니다. 시드를 바꾼 것을 재어 두지 않아 넉넉히 잡습니다.
UNSEEN = {"ndf": "D의 채널을 절반으로", "ngf": "G의 채널을 절반으로", "batch": "미니 배치를 16장으로"}
OUTCOMES = ("늘어남", "비슷함", "줄어듦")
MEASURED = ("읽히는 비율", "D(G(z))")


def seed_range():
    """아무것도 바꾸지 않은 quick 시드 셋이 ``MOMENT`` 무렵에 읽히는 비율: (가장 적은 것, 가장 많은 것)."""
    near = []
    for run in load_quick_scores().values():
        at = min(range(len(run.iterations)), key=lambda i: abs(run.iterations[i] - MOMENT))
        near.append(run.scores[at].readable)
    return min(near), max(near)


def outcome(low, high, after):
    """``after``를 범위 [low, high]와 비교해 부르는 말(``OUTCOMES``)."""
    return "늘어남" if after > high else "줄어듦" if after < low else "비슷함"


def outcomes(name):
    """변화 ``name``을 재어 보니 맞는 말 둘. ``MEASURED``의 차례입니다."""
    runs = load_changes()
    before, row = runs["none"].rows[MOMENT]["d_gz"], runs[name].rows[MOMENT]
    return (outcome(*seed_range(), row["readable"]), outcome(before / TIMES, before * TIMES, row["d_gz"]))


@checker()
def check_predictions(answers):
    """``answers``: 변화의 이름(``UNSEEN``) → (읽히는 비율, D(G(z)))의 예측(``OUTCOMES``). 둘 이상 적습니다. 빈칸은 ``None``."""
    if not isinstance(answers, dict) or set(answers) - set(UNSEEN):
        refuse(f"변화의 이름({', '.join(UNSEEN)})마다 예측을 적은 dict를 넘겨주세요.")
    predicted = {name: words for name, words in answers.items() if words is not None}
    if not predicted:
        unsolved()
    for name, words in predicted.items():
        if not isinstance(words, tuple | list) or len(words) != len(MEASURED):
            refuse(f"{name}의 예측 {quote(words)}: ({', '.join(MEASURED)})의 예측 둘을 적으세요.")
        for word in words:
            if not isinstance(word, str) or word not in OUTCOMES:
                refuse(f"{name}의 예측 {quote(word)}: {', '.join(OUTCOMES)} 가운데서 고르세요.")
    if len(predicted) < 2:
        refuse("변화를 둘 골라 적으세요. 하나만 보면 그것이 특별한지 알 수 없습니다.")
    for name, words in predicted.items():
        for thing, word, measured in zip(MEASURED, words, outcomes(name), strict=True):
            if word != measured:
                told = f"'{word}'이라고 예측했는데, {_told(name)} 왜 그런지 생각해 보고 고쳐 적으세요."
                refuse(f"{name}의 {thing}: {told}")
    return " ".join(_told(name) for name in predicted)


def _told(name):
    """변화 ``name``에서 잰 것과 quick에서 잰 것을 말로."""
    (low, high), rows = seed_range(), {run: changed.rows[MOMENT] for run, changed in load_changes().items()}
    return (
        f"{UNSEEN[name]} 바꾸면 읽히는 비율이 {rows[name]['readable']:.0%}, D(G(z))가 {rows[name]['d_gz']:.2f}입니다"
        f"(quick은 시드 셋에 {low:.0%}~{high:.0%}, D(G(z)) {rows['none']['d_gz']:.2f})."
    )
