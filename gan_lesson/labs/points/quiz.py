"""2차원 실험실의 '예측해 보기': 걸음을 내딛기 전에 무엇이 커질지 묻고, 내디딘 뒤 보여 줍니다."""

from dataclasses import dataclass

from gan_lesson.base.errors import LessonError, quote

SAME = 1e-4  # 이보다 적게 바뀌면 그대로라고 봅니다.

# 차례 → 번갈아 묻는 (잰 값, 이름, 흔히 가는 쪽, 그 까닭)
QUESTIONS = {
    "D": [
        ("d_gz", "D(G(z))", "down", "D는 가짜에 0에 가까운 답을 하도록 배웁니다."),
        ("loss_d", "Loss_D", "down", "D는 Loss_D가 작아지는 쪽으로 갱신됩니다."),
        ("loss_g", "Loss_G", "up", "D가 가짜를 더 잘 가려내면 G의 손실은 커집니다."),
    ],
    "G": [
        ("d_gz", "D(G(z))", "up", "G는 D의 답이 커지는 쪽으로 가짜를 옮깁니다."),
        ("loss_d", "Loss_D", "up", "G가 D를 더 잘 속이면 D의 손실은 커집니다."),
        ("loss_g", "Loss_G", "down", "G는 Loss_G가 작아지는 쪽으로 갱신됩니다."),
    ],
}
WORDS = {"up": "커집니다", "down": "작아집니다"}
HAPPENED = {"up": "커졌습니다", "down": "작아졌습니다", "same": "거의 그대로입니다"}


@dataclass
class Tally:
    """right: 맞힌 수, asked: 답한 수."""

    right: int = 0
    asked: int = 0


class PointQuiz:
    """``PointGan`` 하나에 묻는 물음들.

    Attributes:
        gan: ``PointGan``. ``answer``가 한 걸음 나아가게 합니다.
        tally: ``Tally``.
    """

    def __init__(self, gan):
        self.gan = gan
        self.tally = Tally()

    def question(self):
        """지금 물을 글. 다음 차례(D나 G)와 반복 번호로 정해집니다."""
        _, name, _, _ = self._current()
        model, part = ("D", "Part 1") if self.gan.turn == "D" else ("G", "Part 2")
        return f"다음은 {model} 한 걸음({part})입니다. 같은 점에서 다시 재면 {name}의 값은 어떻게 될까요?"

    def answer(self, guess):
        """``guess``(``"up"``이나 ``"down"``)를 적고, 한 걸음 나아간 뒤, 무슨 일이 있었는지 돌려줍니다."""
        if guess not in WORDS:
            raise LessonError(f"예측 {quote(guess)}: {', '.join(WORDS)} 가운데 하나여야 합니다.")
        key, name, usual, reason = self._current()
        before = self.gan.probe()[key]
        self.gan.step_d() if self.gan.turn == "D" else self.gan.step_g()
        after = self.gan.probe()[key]
        change = after - before
        happened = "same" if abs(change) < SAME else ("up" if change > 0 else "down")
        right = guess == happened
        if happened == "same":
            return (
                f"둘 다 아닙니다: {name} {before:.4f} → {after:.4f}, {HAPPENED[happened]}. 변화도가 0에 "
                "가깝거나 학습률이 아주 작습니다. (세지 않습니다)"
            )
        self.tally = Tally(self.tally.right + right, self.tally.asked + 1)
        if happened == usual:
            why = reason
        else:
            why = (
                "흔한 일은 아닙니다. 갱신에 쓴 미니 배치와 여기서 잰 점이 다르고, 걸음이 크면 "
                "지나치기도 합니다."
            )
        return (
            f"{'맞았습니다' if right else '아닙니다'}: {name} {before:.4f} → {after:.4f}, "
            f"{HAPPENED[happened]}. {why} ({self.tally.asked}번 가운데 {self.tally.right}번 맞힘)"
        )

    def _current(self):
        questions = QUESTIONS[self.gan.turn]
        return questions[self.gan.state.iteration % len(questions)]
