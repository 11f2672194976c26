"""08b의 연습문제: 망가진 학습을 고치는 학습률을 고릅니다. 고른 값으로 정말 학습해 보고 진단합니다."""

from functools import cache

from gan_lesson.base.errors import LessonError, quote
from gan_lesson.checks.verdict import checker, refuse, refuse_first, unsolved
from gan_lesson.config import LessonConfig
from gan_lesson.labs.troubles import IMAGE_TROUBLES, advance, fail, grown, small_data, start
from gan_lesson.training.diagnosis import FAR, diagnose, examine

ITERATIONS = 200  # 고른 값으로 학습해 볼 반복의 수
LARGE = 30  # G의 첫 층의 가중치가 처음의 이만큼보다 커지면 발산

# (망가진 학습, 고른 뒤의 진단) → 왜 아직인지
HINTS = {
    ("strong-d", "strong-d"): "D가 여전히 다 맞힙니다. D를 늦추거나 G를 빠르게 하세요.",
    ("strong-d", "slow-d"): "이번에는 D가 너무 느립니다(D(G(z))가 0.5보다 큽니다).",
    ("strong-d", "collapse"): "아직 그림이 서로 비슷합니다. D가 아직 너무 빠르거나 G가 너무 느립니다.",
    ("collapse", "collapse"): "그림이 여전히 서로 비슷합니다. D가 몰린 곳을 제때 알아차리려면 "
    "어느 쪽이 빨라져야 할까요?",
    ("collapse", "strong-d"): "이번에는 D가 이깁니다. D를 너무 빠르게 했습니다.",
}


@checker()
def check_cure(name, cure):
    """``cure``: ``dict(d=학습률, g=학습률, restart=처음부터 다시 할지)``. 빈칸은 ``None``."""
    if name not in IMAGE_TROUBLES:
        refuse(f"실패의 이름 {quote(name)}: {', '.join(IMAGE_TROUBLES)} 가운데서 고르세요.")
    if cure is None or cure is Ellipsis:
        unsolved()
    if not isinstance(cure, dict) or set(cure) != {"d", "g", "restart"} or type(cure["restart"]) is not bool:
        refuse("dict(d=학습률, g=학습률, restart=True나 False)로 적어 주세요.")
    try:
        rates = {side: LessonConfig.rules()["lr"].check(side, cure[side]) for side in ("d", "g")}
    except LessonError as error:
        refuse(str(error))
    restart = cure["restart"]
    if name == "collapse" and not restart and rates == IMAGE_TROUBLES[name].settings:
        refuse("망가뜨린 값 그대로입니다. 오래 기다리면 빠져나오지만, 더 빨리 빠져나오는 값을 찾으세요.")
    data, broken = _broken(name)
    trainer = start(data)
    if not restart:
        trainer.state.restore(broken)
    signs = examine(advance(trainer, rates, ITERATIONS))
    found = diagnose(signs)
    if name == "divergence":
        return _stopped(trainer, signs, found, restart)
    if found:
        unknown = f"이 값으로 학습하니 진단이 '{IMAGE_TROUBLES[found].title}'입니다."
        slow = "slow-d" if found == "collapse" and signs.d_gz > 0.5 else found
        refuse(f"{HINTS.get((name, slow)) or HINTS.get((name, found), unknown)} ({signs})")
    if restart and not IMAGE_TROUBLES[name].restart:
        return f"회복했습니다. 다만 처음부터 다시 하지 않고 이어서 고칠 수도 있습니다. ({signs})"
    return f"{ITERATIONS}번 반복하는 동안 회복했습니다. ({signs})"


def _stopped(trainer, signs, found, restart):
    """발산이 멎었는지. 학습률이 작아 200번에 덜 배운 것은 발산이 아닙니다."""
    times = grown(trainer)
    refuse_first({
        f"가중치가 이미 너무 커져 학습률만 바꾸어서는 돌아오지 않습니다. ({signs})": not restart and (found or times > LARGE),
        f"이 값으로 학습하니 진단이 '발산'입니다. ({signs})": found == "divergence",
        f"손실은 작아졌지만 가중치가 처음의 {times:.3g}배로 커졌습니다. 학습률을 더 낮추세요. ({signs})": times > LARGE,
    })  # fmt: skip
    if found or signs.distance > FAR:
        return f"발산이 멎었습니다. {ITERATIONS}번으로는 덜 배웠으니 이어서 더 학습하면 됩니다. ({signs})"
    return f"{ITERATIONS}번 반복하는 동안 회복했습니다. ({signs})"


@cache
def _broken(name):
    """(데이터, 망가진 상태의 사본). 한 번 망가뜨린 것을 여러 번 고쳐 봅니다."""
    data = small_data()
    return data, fail(name, data).state.snapshot()
