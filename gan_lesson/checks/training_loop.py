"""07 학습 루프의 연습문제: Part 1, Part 2, 변화도의 축적.

채점은 아주 작은 신경망에서 학생의 함수를 한 번 돌려 보고, 매개변수를 교과서의 것과 비교합니다. 옵티마이저는
SGD입니다. Adam의 첫 스텝은 변화도의 크기에 기대지 않아 손실을 반으로 나눈 실수를 가려내지 못하기 때문입니다.
"""

import torch

from gan_lesson.checks.small_nets import CONFIG, bce, explain_labels, flat, gradients
from gan_lesson.checks.verdict import ask_value, checker, compare, refuse, try_out, unsolved
from gan_lesson.models import Discriminator, Generator

LR = 0.1


class Case:
    """채점에 쓰는 신경망과 데이터. ``stale``이면 전에 한 반복의 것처럼 .grad에 옛 변화도가 남아 있습니다."""

    def __init__(self, stale=True):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.G, self.D = Generator(CONFIG), Discriminator(CONFIG)
            self.real, self.z = torch.rand(6, 1, 32, 32) * 2 - 1, torch.randn(6, 4)
            for parameter in (*self.G.parameters(), *self.D.parameters()):
                parameter.grad = 0.3 * torch.randn_like(parameter) if stale else None
        self.optimizer_d = torch.optim.SGD(self.D.parameters(), LR)
        self.optimizer_g = torch.optim.SGD(self.G.parameters(), LR)


def run(answer, *inputs):
    """학생의 함수를 전역 난수를 건드리지 않고 돌립니다."""
    with torch.random.fork_rng(devices=[]):
        try_out(answer, *inputs, explain=explain_labels)


@checker("교과서의 Part 1과 같은 가중치가 되었습니다.")
def check_part1(answer):
    """``answer(D, G, optimizer_d, real, z)``: Part 1. D를 한 번 갱신합니다."""
    case, fresh = Case(), Case()
    steps = []
    case.optimizer_d.register_step_post_hook(lambda *_: steps.append(1))
    run(answer, case.D, case.G, case.optimizer_d, case.real, case.z)
    found = flat(case.D.parameters())
    # G의 변화도를 지운 것은 괜찮습니다. 새로 구한 것이 있으면 떼어 내지 않은 것입니다.
    touched = gradients(case.G).any() and not _same_gradients(case.G, fresh.G)
    if torch.equal(found, flat(fresh.D.parameters())) and not touched:
        if _same_gradients(case.D, fresh.D):
            unsolved()
        refuse(EMPTY_STEP if steps else NO_STEP.format("optimizer_d"))
    if not torch.equal(flat(case.G.parameters()), flat(fresh.G.parameters())):
        refuse("G의 가중치가 움직였습니다. Part 1에서는 D만 갱신합니다.")
    mistakes = {why: _part1(**change) for why, change in PART1_MISTAKES.items()}
    compare(found, _part1(), mistakes, OTHER.format("D"))
    if touched:
        refuse(
            "D는 맞게 갱신했지만 G의 .grad까지 건드렸습니다. 가짜를 fake.detach()로 떼어 내어 "
            "넣으면 역전파가 G에 닿지 않아 계산도 줄어듭니다."
        )


EMPTY_STEP = (
    "갱신할 때 이번 배치들의 변화도가 없었습니다. zero_grad → backward → backward → step의 차례입니다."
)
NO_STEP = "변화도만 구하고 갱신하지 않았습니다. 끝에서 {}.step()을 부르세요."
OTHER = "{}의 가중치가 교과서의 것과 다릅니다. zero_grad, 라벨, detach, backward, step을 차례로 살펴보세요."
PART1_MISTAKES = {
    EMPTY_STEP: dict(zero=False, real=False, fake=False),
    "옛 변화도가 남아 있었습니다. 처음에 D.zero_grad()를 부르세요.": dict(zero=False),
    "진짜와 가짜의 사이에서 zero_grad를 불렀습니다. 그러면 진짜 배치의 변화도가 지워집니다.": dict(real=False),
    "가짜 배치의 손실이 빠졌습니다.": dict(fake=False),
    "라벨이 서로 바뀌었습니다. 진짜에 참 라벨 1, 가짜에 거짓 라벨 0을 붙이세요.": dict(labels=(0.0, 1.0)),
    "가짜에도 참 라벨을 붙였습니다. 그것은 Part 2에서 하는 일입니다.": dict(labels=(1.0, 1.0)),
    "두 손실을 평균했습니다. 더하기만 하세요: V는 두 항의 합입니다.": dict(scale=0.5),
    "진짜와 가짜를 한 배치로 섞었습니다. 배치 정규화의 통계가 달라지므로 나누어 넣으세요.": dict(mixed=True),
    "섞은 배치의 손실을 두 배로 했지만, 배치 정규화가 둘을 섞어서 셉니다. 나누어 넣으세요.":
        dict(mixed=True, scale=2.0),
    "갱신을 두 번 했습니다. 두 변화도를 축적한 뒤 한 번만 갱신하세요.": dict(twice=True),
    "손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄이므로 손실은 -V입니다.": dict(scale=-1.0),
}  # fmt: skip


def _part1(zero=True, real=True, fake=True, labels=(1.0, 0.0), scale=1.0, mixed=False, twice=False):
    """Part 1 뒤의 D의 매개변수. 인자로 실수를 흉내 냅니다."""
    case = Case(stale=not zero)
    made = case.G(case.z).detach()
    batches = [(case.real, labels[0])] * real + [(made, labels[1])] * fake
    if mixed:
        both = torch.tensor(labels).repeat_interleave(len(made))
        batches = [(torch.cat([case.real, made]), both)]
    for images, label in batches:
        (scale * bce(case.D(images), label)).backward()
        if twice:
            case.optimizer_d.step()
            case.D.zero_grad()
    case.optimizer_d.step()  # 변화도가 지워진 뒤라면 아무 일도 하지 않습니다.
    return flat(case.D.parameters())


def _same_gradients(network, fresh):
    """채점이 넣어 둔 옛 변화도가 그대로인지."""
    return torch.equal(gradients(network), gradients(fresh))


@checker("교과서의 Part 2와 같은 가중치가 되었습니다.")
def check_part2(answer):
    """``answer(D, G, optimizer_g, fake)``: Part 2. ``fake``는 G가 만든, 떼어 내지 않은 가짜입니다."""
    case, fresh = Case(), Case()
    reached = []
    next(case.G.parameters()).register_hook(reached.append)
    run(answer, case.D, case.G, case.optimizer_g, case.G(case.z))
    found = flat(case.G.parameters())
    if not torch.equal(flat(case.D.parameters()), flat(fresh.D.parameters())):
        refuse("D의 가중치가 움직였습니다. Part 2에서는 optimizer_g로 G만 갱신합니다.")
    if not reached:
        if _same_gradients(case.G, fresh.G) and _same_gradients(case.D, fresh.D):
            unsolved()
        refuse(
            "변화도가 G에 닿지 않았습니다. 손실의 backward()를 부르고, fake.detach()가 아니라 fake를 그대로 넣으세요."
        )
    if torch.equal(found, flat(fresh.G.parameters())):
        if not gradients(case.G).any():
            refuse("갱신하기 전에 변화도가 지워졌습니다. zero_grad → backward → step의 차례입니다.")
        refuse(NO_STEP.format("optimizer_g"))
    mistakes = {why: _part2(**change) for why, change in PART2_MISTAKES.items()}
    compare(found, _part2(), mistakes, OTHER.format("G"))


PART2_MISTAKES = {
    "옛 변화도가 남아 있었습니다. 처음에 G.zero_grad()를 부르세요.": dict(zero=False),
    "거짓 라벨을 붙였습니다. 그러면 G가 D에게 더 잘 들키는 쪽으로 학습합니다. 참 라벨 1을 붙이세요.":
        dict(label=0.0),
    "log(1 - D(G(z)))를 최소화하는 포화 손실입니다. 참 라벨을 붙여 -log D(G(z))를 쓰세요(03).":
        dict(label=0.0, scale=-1.0),
    "손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄입니다.": dict(scale=-1.0),
}  # fmt: skip


def _part2(zero=True, label=1.0, scale=1.0):
    """Part 2 뒤의 G의 매개변수. 인자로 실수를 흉내 냅니다."""
    case = Case(stale=not zero)
    (scale * bce(case.D(case.G(case.z)), label)).backward()
    case.optimizer_g.step()
    return flat(case.G.parameters())


@checker("backward()를 두 번 부른 것과 같은 변화도입니다.")
def check_accumulate(answer):
    """``answer(D, real, fake)``: ``.backward()`` 없이 구한, D의 매개변수마다의 축적된 변화도 목록."""
    case = Case(stale=False)
    found = ask_value(answer, case.D, case.real, case.G(case.z).detach())
    wanted = [tuple(p.shape) for p in case.D.parameters()]
    try:
        found = list(found)
        shapes = [tuple(gradient.shape) for gradient in found]
    except (TypeError, AttributeError):
        shapes = None
    if shapes != wanted:
        refuse(
            f"변화도 {len(wanted)}개의 목록이 나와야 합니다: D.parameters()의 차례대로, 저마다 같은 모양으로."
        )
    if any(p.grad is not None for p in case.D.parameters()):
        refuse(".backward()를 썼습니다. torch.autograd.grad로 배치마다 변화도를 구해 직접 더해 보세요.")
    mistakes = {why: _accumulated(**change) for why, change in ACCUMULATE_MISTAKES.items()}
    unknown = "변화도가 다릅니다. torch.autograd.grad를 배치마다 한 번씩 불러 더해 보세요."
    compare(flat(found), _accumulated(), mistakes, unknown)


ACCUMULATE_MISTAKES = {
    "진짜 배치의 변화도만 있습니다. 가짜 배치의 것을 더하세요.": dict(fake=0),
    "가짜 배치의 변화도만 있습니다. 더하지 않고 덮어쓰지 않았나요?": dict(real=0),
    "둘을 평균했습니다. 축적은 더하기입니다.": dict(real=0.5, fake=0.5),
    "빼기가 되었습니다. 두 손실 모두 줄이는 쪽이므로 더합니다.": dict(fake=-1),
    "라벨이 서로 바뀌었습니다. 진짜에 1, 가짜에 0을 붙이세요.": dict(labels=(0.0, 1.0)),
    "두 배치에 모두 참 라벨을 붙였습니다. 가짜에는 0을 붙이세요.": dict(labels=(1.0, 1.0)),
}


def _accumulated(real=1, fake=1, labels=(1.0, 0.0)):
    """D의 축적된 변화도. 인자로 실수를 흉내 냅니다."""
    case = Case(stale=False)
    for scale, images, label in zip((real, fake), (case.real, case.G(case.z).detach()), labels, strict=True):
        (scale * bce(case.D(images), label)).backward()
    return flat(p.grad for p in case.D.parameters())
