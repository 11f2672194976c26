"""2차원 실험실의 '예측해 보기': 걸음을 내딛기 전에 무엇이 커질지 묻고, 내디딘 뒤 보여 줍니다."""

from gan_lesson.labs.prediction import UP_DOWN, Question, Quiz


def _ask(step, key, name, usual, why):
    text = f"다음은 {step}입니다. 같은 점에서 다시 재면 {name}의 값은 어떻게 될까요?"
    return Question(text, UP_DOWN, name, lambda gan: gan.probe()[key], usual, why)


D_STEP, G_STEP = "D 한 걸음(Part 1)", "G 한 걸음(Part 2)"
# 차례 → 번갈아 묻는 물음들
QUESTIONS = {
    "D": [
        _ask(D_STEP, "d_gz", "D(G(z))", "down", "D는 가짜에 0에 가까운 답을 하도록 배웁니다."),
        _ask(D_STEP, "loss_d", "Loss_D", "down", "D는 Loss_D가 작아지는 쪽으로 갱신됩니다."),
        _ask(D_STEP, "loss_g", "Loss_G", "up", "D가 가짜를 더 잘 가려내면 G의 손실은 커집니다."),
    ],
    "G": [
        _ask(G_STEP, "d_gz", "D(G(z))", "up", "G는 D의 답이 커지는 쪽으로 가짜를 옮깁니다."),
        _ask(G_STEP, "loss_d", "Loss_D", "up", "G가 D를 더 잘 속이면 D의 손실은 커집니다."),
        _ask(G_STEP, "loss_g", "Loss_G", "down", "G는 Loss_G가 작아지는 쪽으로 갱신됩니다."),
    ],
}


class PointQuiz(Quiz):
    """``PointGan`` 하나에 묻는 물음들. 다음 차례(D나 G)와 반복 번호로 정해집니다."""

    still = 1e-4
    unusual = "갱신에 쓴 미니 배치와 여기서 잰 점이 다르고, 걸음이 크면 지나치기도 합니다."

    @property
    def question(self):
        questions = QUESTIONS[self.body.turn]
        return questions[self.body.state.iteration % len(questions)]

    def advance(self):
        self.body.step_d() if self.body.turn == "D" else self.body.step_g()
