"""한 반복의 단계마다 붙는 설명: 식의 어느 항인지, 무엇이 일어나고 무엇을 그대로 두는지."""

from dataclasses import dataclass, replace

REAL, FAKE, UPDATE_D, PART2 = "Part 1 · 진짜", "Part 1 · 가짜", "Part 1 · 갱신", "Part 2 · 생성자"


@dataclass(frozen=True)
class Note:
    """part: 어느 묶음인지, name: 짧은 이름, term: 식의 항, happens: 일어난 일, held: 그대로인 것과 이유."""

    part: str
    name: str
    term: str
    happens: str
    held: str


NOTES = {
    "real_forward": Note(
        REAL, "순전파", "D(x)",
        "변화도를 0으로 지우고 진짜 미니 배치를 D에 넣었습니다.",
        "순전파는 가중치를 바꾸지 않습니다. 배치 정규화의 통계만 새로 모읍니다.",
    ),
    "real_loss": Note(
        REAL, "손실", "-log D(x)",
        "참 라벨 1을 붙인 BCE입니다. D가 진짜를 진짜라고 할수록 작아집니다.",
        "수 하나를 구했을 뿐, 아무것도 바뀌지 않았습니다.",
    ),
    "real_backward": Note(
        REAL, "역전파", "∂(-log D(x)) / ∂θ_D",
        "진짜 배치의 변화도가 D의 .grad에 들어갔습니다.",
        "변화도를 구해 두었을 뿐 D는 아직 그대로입니다. 갱신은 옵티마이저가 합니다.",
    ),
    "fake_make": Note(
        FAKE, "만들기", "G(z)",
        "정규분포에서 z를 새로 뽑아 가짜 미니 배치를 만들었습니다.",
        "D는 아직 이 그림을 보지 않았습니다. G의 배치 정규화 통계만 새로 모읍니다.",
    ),
    "fake_forward": Note(
        FAKE, "순전파", "D(G(z))",
        "가짜를 떼어 내어(detach) D에 넣었습니다.",
        "D의 가중치는 그대로이고 통계만 다시 모읍니다. detach 덕에 이 답에서 시작하는 역전파는 G에 닿지 않습니다.",
    ),
    "fake_loss": Note(
        FAKE, "손실", "-log(1 - D(G(z)))",
        "거짓 라벨 0을 붙인 BCE입니다. D가 가짜를 가짜라고 할수록 작아집니다.",
        "수 하나를 구했을 뿐, 아무것도 바뀌지 않았습니다.",
    ),
    "fake_backward": Note(
        FAKE, "역전파", "∂(-log D(x) - log(1 - D(G(z)))) / ∂θ_D",
        "가짜 배치의 변화도가 진짜 배치의 변화도에 더해졌습니다(축적). 사이에 zero_grad를 부르지 않았기 때문입니다.",
        "G의 .grad에는 아무것도 더해지지 않습니다. 가짜를 떼어 냈으므로 길이 끊겨 있습니다.",
    ),
    "d_step": Note(
        UPDATE_D, "갱신", "θ_D ← Adam(축적한 변화도)",
        "축적한 변화도로 D를 한 번 갱신했습니다. log D(x) + log(1 - D(G(z)))가 커지는 쪽입니다.",
        "G는 그대로입니다. 이 옵티마이저는 D의 매개변수만 압니다.",
    ),
    "g_forward": Note(
        PART2, "순전파", "D(G(z))",
        "같은 가짜를, 갱신된 D에 다시 넣었습니다. 이번에는 떼어 내지 않습니다.",
        "가짜 그림은 그대로이고 D가 달라졌으므로 답이 달라집니다. 학습 로그의 두 D(G(z))가 이것입니다. D의 통계는 세 번째로 모읍니다.",
    ),
    "g_loss": Note(
        PART2, "손실", "-log D(G(z))",
        "가짜에 참 라벨 1을 붙인 BCE입니다. G가 D를 속일수록 작아집니다.",
        "수 하나를 구했을 뿐, 아무것도 바뀌지 않았습니다.",
    ),
    "g_backward": Note(
        PART2, "역전파", "∂(-log D(G(z))) / ∂θ_G",
        "변화도가 D를 거슬러 G까지 닿았습니다. 지나는 길인 D의 .grad에도 더해졌습니다.",
        "D의 가중치는 그대로입니다. D의 .grad는 쓰지 않고 다음 반복의 처음에 지웁니다.",
    ),
    "g_step": Note(
        PART2, "갱신", "θ_G ← Adam(변화도)",
        "G를 한 번 갱신했습니다. log D(G(z))가 커지는 쪽입니다. 한 반복이 끝났습니다.",
        "D는 그대로입니다. 이 옵티마이저는 G의 매개변수만 압니다.",
    ),
}  # fmt: skip

# 변화(config.IMPROVEMENTS)를 켰을 때 그 단계에서 더 일어나는 일: 단계 → (변화 → 문장)
_NOISY = {"noise": "넣기 전에 그림에 잡음을 더했습니다(noise)."}
IMPROVED = {
    "real_forward": _NOISY,
    "real_loss": {"smooth": "다만 라벨을 1 대신 0.9로 낮췄습니다(smooth)."},
    "fake_make": {"mixture": "z는 고정된 중심 하나의 가까이에서 뽑았습니다(mixture)."},
    "fake_forward": _NOISY,
    "g_forward": _NOISY,
    "g_step": {
        "rates": "G의 학습률은 D의 것보다 큽니다(rates).",
        "ema": "평균한 G도 새 가중치 쪽으로 조금 옮겼습니다(ema).",
    },
}


def note_of(phase, improve=()):
    """단계의 ``Note``. ``improve``의 변화가 더하는 일까지 적습니다. 단계가 아니면 ``None``."""
    note = NOTES.get(phase)
    more = [words for name, words in IMPROVED.get(phase, {}).items() if name in improve]
    return replace(note, happens=" ".join([note.happens, *more])) if more else note
