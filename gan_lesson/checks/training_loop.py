"""07 학습 루프의 연습문제: Part 1, Part 2, 변화도의 축적.

옵티마이저는 SGD입니다. Adam의 첫 스텝은 변화도의 크기에 기대지 않아 손실을 반으로 나눈 실수를 가려내지 못하기 때문입니다.
"""

from functools import partial

import torch

from gan_lesson.checks.updates import MISTAKES, SMALL, Step, Watch, count_steps, follow, reference, run
from gan_lesson.checks.verdict import ask_list, checker, compare_all, refuse, unsolved, without
from gan_lesson.models import Discriminator, Generator

SGD = partial(torch.optim.SGD, lr=0.1)


def _networks(old):
    """(G, D, 진짜 (6, 1, 32, 32), z (6, 4)). ``old``면 전에 한 반복의 것처럼 .grad에 옛 변화도가 남아 있습니다."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        G, D = Generator(SMALL), Discriminator(SMALL)
        real, z = torch.rand(6, 1, 32, 32) * 2 - 1, torch.randn(6, 4)
        for parameter in (*G.parameters(), *D.parameters()) if old else ():
            parameter.grad = 0.3 * torch.randn_like(parameter)
    return G, D, real, z


def _one_update(watch, **wanted):
    """``wanted``(이름 → 수)번 갱신했고, 교과서의 갱신과 같은지 봅니다."""
    if not (watch.used or watch.steps):
        unsolved()
    count_steps(watch, wanted)
    follow(watch, SGD, SMALL.batch_size, dict(D=1.0, G=1.0))


@checker("교과서의 Part 1과 같은 가중치가 되었습니다.")
def check_part1(answer):
    """``answer(D, G, optimizer_d, real, z)``: Part 1. D를 한 번 갱신합니다."""
    G, D, real, z = _networks(old=True)
    watch = Watch(G, D)
    run(answer, watch, D, G, SGD(D.parameters()), real.clone(), z.clone())
    _one_update(watch, D=1, G=0)
    (step,) = watch.steps
    if not all(map(torch.equal, (step.reals[0], step.fakes[0][1]), (real, z))):
        refuse("받은 real과 z가 아닌 것으로 가르쳤습니다. real은 그대로, 가짜는 G(z)로 넣으세요.")


@checker("교과서의 Part 2와 같은 가중치가 되었습니다.")
def check_part2(answer):
    """``answer(D, G, optimizer_g, fake)``: Part 2. ``fake``는 G가 만든, 떼어 내지 않은 가짜입니다."""
    G, D, _, z = _networks(old=True)
    watch = Watch(G, D)
    with watch:
        fake = G(z)
    watch.used = False
    run(answer, watch, D, G, SGD(G.parameters()), fake)
    _one_update(watch, D=0, G=1)
    if not all(p.requires_grad for p in D.parameters()):
        refuse("D의 매개변수가 얼어 있습니다. 다음 Part 1에서 배울 수 있게 requires_grad를 되돌리세요.")


@checker("backward()를 두 번 부른 것과 같은 변화도입니다.")
def check_accumulate(answer):
    """``answer(D, real, fake)``: ``.backward()`` 없이 구한, D의 매개변수마다의 축적된 변화도 목록."""
    G, D, real, z = _networks(old=False)
    twins, fake = Watch(G, D).twins, G(z).detach()
    shapes = [tuple(p.shape) for p in D.parameters()]
    found = ask_list(without(answer, "backward"), D, real.clone(), fake.clone(), shapes=shapes)

    def accumulated(**change):
        return lambda: reference(Step("D", [real], [(fake, z)]), twins, **change)[0]

    mistakes = {why: accumulated(**change) for why, change in MISTAKES["D"].items()}
    compare_all(lambda: found, accumulated(), mistakes, ())
