"""07 학습 루프의 연습문제: Part 1, Part 2, 변화도의 축적.

채점은 아주 작은 신경망에서 학생의 함수를 한 번 돌려 보고, 매개변수를 교과서의 것과 견줍니다. 옵티마이저는
SGD입니다. Adam의 첫걸음은 변화도의 크기에 기대지 않아 손실을 반으로 나눈 실수를 가려내지 못하기 때문입니다.
"""

import copy

import torch
from torch.nn import functional as F

from gan_lesson.checks.verdict import UNSOLVED, ask, attempt, close, matching, right, wrong
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator

CONFIG = LessonConfig(nz=4, ngf=2, ndf=2, batch_size=6, ngpu=0)
LR = 0.1


class Case:
    """채점에 쓰는 신경망과 데이터. 전에 한 반복을 한 것처럼 .grad에 옛 변화도가 남아 있습니다."""

    def __init__(self):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.G, self.D = Generator(CONFIG), Discriminator(CONFIG)
            self.real, self.z = torch.rand(6, 1, 32, 32) * 2 - 1, torch.randn(6, 4)
            for network in (self.G, self.D):
                for parameter in network.parameters():
                    parameter.grad = 0.3 * torch.randn_like(parameter)
        self.optimizer_d = torch.optim.SGD(self.D.parameters(), LR)
        self.optimizer_g = torch.optim.SGD(self.G.parameters(), LR)

    def clear(self):
        for network in (self.G, self.D):
            network.zero_grad()
        return self


def bce(answers, label):
    return F.binary_cross_entropy(answers, torch.full_like(answers, label))


def parameters(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def run(answer, *inputs):
    """학생의 함수를 부릅니다. 오류와 엉뚱한 것은 ``Verdict``로 바꿉니다."""
    _, verdict = attempt(answer, *inputs, explain=_wrong_label_count)
    return verdict


def _wrong_label_count(error):
    if isinstance(error, ValueError) and "target size" in str(error):
        return (
            "라벨의 수가 배치와 다릅니다. 채점은 32장이 아니라 6장짜리 배치로 합니다. 라벨을 "
            "torch.ones(len(real))처럼 들어온 배치의 길이에 맞추어 만드세요."
        )
    return None


def check_part1(answer):
    """``answer(D, G, optimizer_d, real, z)``: Part 1. D를 한 번 갱신합니다."""
    case = Case()
    start_d, start_g = parameters(case.D), parameters(case.G)
    old_g = [p.grad.clone() for p in case.G.parameters()]
    steps = []
    case.optimizer_d.register_step_post_hook(lambda *_: steps.append(1))
    with torch.random.fork_rng(devices=[]):
        verdict = run(answer, case.D, case.G, case.optimizer_d, case.real, case.z)
    if verdict:
        return verdict
    found = parameters(case.D)
    # G의 변화도를 지운 것은 괜찮습니다. 새로 구한 것이 있으면 떼어 내지 않은 것입니다.
    touched = not all(
        p.grad is None or not p.grad.any() or torch.equal(p.grad, old)
        for p, old in zip(case.G.parameters(), old_g, strict=True)
    )
    if torch.equal(found, start_d) and not touched:
        if _grads_as_before(case.D):
            return UNSOLVED
        return wrong(EMPTY_STEP if steps else NO_STEP.format("optimizer_d"))
    if close(found, _stale_step()):
        return wrong(EMPTY_STEP)
    if not torch.equal(parameters(case.G), start_g):
        return wrong("G의 가중치가 움직였습니다. Part 1에서는 D만 갱신합니다.")
    if close(found, _part1()):
        if touched:
            return wrong(
                "D는 맞게 갱신했지만 G의 .grad까지 건드렸습니다. 가짜를 fake.detach()로 떼어 내어 "
                "넣으면 역전파가 G에 닿지 않아 계산도 줄어듭니다."
            )
        return right("교과서의 Part 1과 같은 가중치가 되었습니다.")
    mistakes = [(why, _part1(**change)) for why, change in PART1_MISTAKES.items()]
    return wrong(matching(found, mistakes) or OTHER.format("D"))


EMPTY_STEP = (
    "갱신할 때 이번 배치들의 변화도가 없었습니다. zero_grad → backward → backward → step의 차례입니다."
)
NO_STEP = "변화도만 구하고 갱신하지 않았습니다. 끝에서 {}.step()을 부르세요."
OTHER = "{}의 가중치가 교과서의 것과 다릅니다. zero_grad, 라벨, detach, backward, step을 차례로 살펴보세요."
PART1_MISTAKES = {
    "옛 변화도가 남아 있었습니다. 처음에 D.zero_grad()를 부르세요.": dict(zero=False),
    "진짜와 가짜의 사이에서 zero_grad를 불렀습니다. 그러면 진짜 배치의 변화도가 지워집니다.":
        dict(real=False),
    "가짜 배치의 손실이 빠졌습니다.": dict(fake=False),
    "라벨이 서로 바뀌었습니다. 진짜에 참 라벨 1, 가짜에 거짓 라벨 0을 붙이세요.":
        dict(labels=(0.0, 1.0)),
    "가짜에도 참 라벨을 붙였습니다. 그것은 Part 2에서 하는 일입니다.": dict(labels=(1.0, 1.0)),
    "두 손실을 평균했습니다. 더하기만 하세요: V는 두 항의 합입니다.": dict(scale=0.5),
    "진짜와 가짜를 한 배치로 섞었습니다. 배치 정규화의 통계가 달라지므로 나누어 넣으세요.":
        dict(mixed=True),
    "섞은 배치의 손실을 두 배로 했지만, 배치 정규화가 둘을 섞어서 셉니다. 나누어 넣으세요.":
        dict(mixed=True, scale=2.0),
    "갱신을 두 번 했습니다. 두 변화도를 축적한 뒤 한 번만 갱신하세요.": dict(steps=2),
    "손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄이므로 손실은 -V입니다.": dict(scale=-1.0),
}  # fmt: skip


def _part1(zero=True, real=True, fake=True, labels=(1.0, 0.0), scale=1.0, mixed=False, steps=1):
    """Part 1 뒤의 D의 매개변수. 인자로 실수를 흉내 냅니다."""
    case = Case().clear() if zero else Case()
    made = case.G(case.z).detach()
    if mixed:
        answers = case.D(torch.cat([case.real, made]))
        targets = torch.tensor([labels[0]] * 6 + [labels[1]] * 6)
        (scale * F.binary_cross_entropy(answers, targets)).backward()
    else:
        batches = [(case.real, labels[0])] * real + [(made, labels[1])] * fake
        for images, label in batches:
            if steps == 2:
                case.D.zero_grad()
            (scale * bce(case.D(images), label)).backward()
            if steps == 2:
                case.optimizer_d.step()
    if steps == 1:
        case.optimizer_d.step()
    return parameters(case.D)


def _stale_step():
    """역전파하기 전에, 남아 있던 옛 변화도로 갱신했을 때의 D의 매개변수."""
    case = Case()
    case.optimizer_d.step()
    return parameters(case.D)


def _grads_as_before(network):
    """채점이 넣어 둔 옛 변화도가 그대로인지."""
    fresh = Case()
    reference = fresh.D if isinstance(network, Discriminator) else fresh.G
    return all(
        p.grad is not None and torch.equal(p.grad, old.grad)
        for p, old in zip(network.parameters(), reference.parameters(), strict=True)
    )


def check_part2(answer):
    """``answer(D, G, optimizer_g, fake)``: Part 2. ``fake``는 G가 만든, 떼어 내지 않은 가짜입니다."""
    case = Case()
    start_g, start_d = parameters(case.G), parameters(case.D)
    reached = []
    next(case.G.parameters()).register_hook(reached.append)
    with torch.random.fork_rng(devices=[]):
        verdict = run(answer, case.D, case.G, case.optimizer_g, case.G(case.z))
    if verdict:
        return verdict
    found = parameters(case.G)
    if not torch.equal(parameters(case.D), start_d):
        return wrong("D의 가중치가 움직였습니다. Part 2에서는 optimizer_g로 G만 갱신합니다.")
    if not reached:
        if _grads_as_before(case.G) and _grads_as_before(case.D):
            return UNSOLVED
        return wrong(
            "변화도가 G에 닿지 않았습니다. Part 2에서는 fake.detach()가 아니라 fake를 그대로 넣으세요."
        )
    if torch.equal(found, start_g):
        if all(p.grad is None or not p.grad.any() for p in case.G.parameters()):
            return wrong("갱신하기 전에 변화도가 지워졌습니다. zero_grad → backward → step의 차례입니다.")
        return wrong(NO_STEP.format("optimizer_g"))
    if close(found, _part2()):
        return right("교과서의 Part 2와 같은 가중치가 되었습니다.")
    mistakes = [(why, _part2(**change)) for why, change in PART2_MISTAKES.items()]
    return wrong(matching(found, mistakes) or OTHER.format("G"))


PART2_MISTAKES = {
    "옛 변화도가 남아 있었습니다. 처음에 G.zero_grad()를 부르세요.": dict(zero=False),
    "거짓 라벨을 붙였습니다. 그러면 G가 D에게 더 잘 들키는 쪽으로 배웁니다. 참 라벨 1을 붙이세요.":
        dict(label=0.0),
    "log(1 - D(G(z)))를 최소화하는 포화 손실입니다. D가 앞설 때 변화도가 모자라므로 참 라벨을 붙여 "
    "-log D(G(z))를 쓰세요.": dict(label=0.0, scale=-1.0),
    "손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄입니다.": dict(scale=-1.0),
}  # fmt: skip


def _part2(zero=True, label=1.0, scale=1.0):
    """Part 2 뒤의 G의 매개변수. 인자로 실수를 흉내 냅니다."""
    case = Case().clear() if zero else Case()
    (scale * bce(case.D(case.G(case.z)), label)).backward()
    case.optimizer_g.step()
    return parameters(case.G)


def check_accumulate(answer):
    """``answer(D, real, fake)``: ``.backward()`` 없이 구한, D의 매개변수마다의 축적된 변화도 목록."""
    case = Case().clear()
    D, fake = case.D, case.G(case.z).detach()
    gradients, verdict = ask(answer, D, case.real, fake)
    if verdict:
        return verdict
    wanted = [tuple(p.shape) for p in D.parameters()]
    try:
        gradients = list(gradients)
        shapes = [tuple(gradient.shape) for gradient in gradients]
    except (TypeError, AttributeError):
        return wrong(f"변화도 {len(wanted)}개의 목록이 나와야 합니다: D.parameters()의 차례대로.")
    if shapes != wanted:
        return wrong(
            f"변화도는 D.parameters()와 같은 모양으로 {len(wanted)}개여야 하는데 {len(shapes)}개이거나 "
            "모양이 다릅니다."
        )
    if any(p.grad is not None for p in D.parameters()):
        return wrong(".backward()를 썼습니다. torch.autograd.grad로 배치마다 변화도를 구해 직접 더해 보세요.")
    found = torch.cat([gradient.detach().flatten() for gradient in gradients])
    real, fake_part = (_gradient(D, images, label) for images, label in ((case.real, 1.0), (fake, 0.0)))
    if close(found, real + fake_part):
        return right("backward()를 두 번 부른 것과 같은 변화도입니다.")
    mistakes = [
        ("진짜 배치의 변화도만 있습니다. 가짜 배치의 것을 더하세요.", real),
        ("가짜 배치의 변화도만 있습니다. 더하지 않고 덮어쓰지 않았나요?", fake_part),
        ("둘을 평균했습니다. 축적은 더하기입니다.", (real + fake_part) / 2),
        ("빼기가 되었습니다. 두 손실 모두 줄이는 쪽이므로 더합니다.", real - fake_part),
        ("두 변화도를 이어서 구하지 않고 한쪽의 라벨을 바꾸었습니다. 진짜 1, 가짜 0입니다.",
         _gradient(D, case.real, 0.0) + _gradient(D, fake, 1.0)),
    ]  # fmt: skip
    return wrong(
        matching(found, mistakes)
        or "변화도가 다릅니다. torch.autograd.grad를 배치마다 한 번씩 불러 더해 보세요."
    )


def _gradient(D, images, label):
    twin = copy.deepcopy(D)
    gradients = torch.autograd.grad(bce(twin(images), label), list(twin.parameters()))
    return torch.cat([gradient.flatten() for gradient in gradients])
