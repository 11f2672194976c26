"""07의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import torch
from torch import nn

from gan_lesson.checks.training_loop import check_accumulate, check_part1, check_part2
from gan_lesson.objectives import ProbabilityBCE

BCE = nn.BCELoss()


def part1(zero=True, between=False, labels=(1.0, 0.0), detach=True, scale=1, step=True, early=False,
          real_too=True, fake_too=True):  # fmt: skip
    def answer(D, G, optimizer_d, real, z):
        if zero:
            D.zero_grad()
        if real_too:
            (scale * BCE(D(real), torch.full((len(real),), labels[0]))).backward()
        if early:
            optimizer_d.step()
            D.zero_grad()
        if between:
            D.zero_grad()
        fake = G(z)
        fake = fake.detach() if detach else fake
        if fake_too:
            (scale * BCE(D(fake), torch.full((len(fake),), labels[1]))).backward()
        if step:
            optimizer_d.step()

    return answer


def part1_by_sum(D, G, optimizer_d, real, z):
    """손실을 더해 한 번에 역전파하는 답."""
    loss = ProbabilityBCE()
    with torch.no_grad():
        fake = G(z)
    optimizer_d.zero_grad()
    (loss.real_loss(D(real)) + loss.fake_loss(D(fake))).backward()
    optimizer_d.step()


def mixed(scale):
    def answer(D, G, optimizer_d, real, z):
        D.zero_grad()
        images = torch.cat([real, G(z).detach()])
        labels = torch.cat([torch.ones(len(real)), torch.zeros(len(z))])
        (scale * BCE(D(images), labels)).backward()
        optimizer_d.step()

    return answer


def part1_real_twice(D, G, optimizer_d, real, z):
    """진짜의 손실을 따로도, 합에 넣어서도 역전파하는 답."""
    D.zero_grad()
    loss_real = BCE(D(real), torch.ones(len(real)))
    loss_real.backward(retain_graph=True)
    (loss_real + BCE(D(G(z).detach()), torch.zeros(len(z)))).backward()
    optimizer_d.step()


def part1_moving_g(D, G, optimizer_d, real, z):
    part1_by_sum(D, G, optimizer_d, real, z)
    with torch.no_grad():
        next(G.parameters()).add_(1)


def part2(zero=True, label=1.0, detach=False, scale=1, step=True, late_zero=False):
    def answer(D, G, optimizer_g, fake):
        if zero:
            G.zero_grad()
        fake = fake.detach() if detach else fake
        (scale * BCE(D(fake), torch.full((len(fake),), label))).backward()
        if late_zero:
            G.zero_grad()
        if step:
            optimizer_g.step()

    return answer


def part2_by_log(D, G, optimizer_g, fake):
    optimizer_g.zero_grad(set_to_none=False)
    (-D(fake).log().mean()).backward()
    optimizer_g.step()


def part2_by_freezing(D, G, optimizer_g, fake, back=True):
    """D의 변화도를 구하지 않게 잠시 얼리는 답."""
    D.requires_grad_(False)
    part2()(D, G, optimizer_g, fake)
    D.requires_grad_(back)


def part2_without_backward(D, G, optimizer_g, fake):
    G.zero_grad()
    BCE(D(fake), torch.ones(len(fake)))
    optimizer_g.step()


def part1_on(change_d=lambda D: D, change_z=lambda z: z):
    def answer(D, G, optimizer_d, real, z):
        part1()(change_d(D), G, optimizer_d, real, change_z(z))

    return answer


def part2_moving_d(D, G, optimizer_g, fake):
    part2_by_log(D, G, optimizer_g, fake)
    torch.optim.SGD(D.parameters(), 0.1).step()


def accumulate(combine=torch.add, labels=(1.0, 0.0)):
    def answer(D, real, fake):
        one, two = (
            torch.autograd.grad(BCE(D(x), torch.full((len(x),), y)), list(D.parameters()))
            for x, y in zip((real, fake), labels, strict=True)
        )
        return [combine(a, b) for a, b in zip(one, two, strict=True)]

    return answer


def accumulate_by_the_sum(D, real, fake):
    """손실의 합을 한 번에 미분하는 답."""
    loss = BCE(D(real), torch.ones(len(real))) + BCE(D(fake), torch.zeros(len(fake)))
    return (g for g in torch.autograd.grad(loss, list(D.parameters())))


def accumulate_one_by_one(D, real, fake):
    """매개변수마다 따로 미분하는 답."""
    parts = [(D(real), 1.0), (D(fake), 0.0)]
    total = sum(BCE(answers, torch.full_like(answers, label)) for answers, label in parts)
    return [torch.autograd.grad(total, p, retain_graph=True)[0] for p in D.parameters()]


def accumulate_by_backward(D, real, fake):
    D.zero_grad()
    (BCE(D(real), torch.ones(len(real))) + BCE(D(fake), torch.zeros(len(fake)))).backward()
    return [p.grad for p in D.parameters()]


def part1_clearing_g(D, G, optimizer_d, real, z):
    """쓰지 않을 G의 변화도까지 지우는 답."""
    G.zero_grad()
    part1()(D, G, optimizer_d, real, z)


def part1_stepping_first(D, G, optimizer_d, real, z):
    optimizer_d.step()
    part1(step=False)(D, G, optimizer_d, real, z)


def part1_late_zero(D, G, optimizer_d, real, z):
    part1(step=False)(D, G, optimizer_d, real, z)
    D.zero_grad()
    optimizer_d.step()


def labels_of_32(D, G, optimizer_d, real, z):
    BCE(D(real), torch.ones(32)).backward()


RIGHT = {
    check_part1: [part1(), part1_by_sum, part1_clearing_g],
    check_part2: [part2(), part2_by_log, part2_by_freezing],
    check_accumulate: [accumulate(), accumulate_by_the_sum, accumulate_one_by_one],
}

WRONG = [
    (check_part1, part1(zero=False), "D.zero_grad()를 부르세요"),
    (check_part1, part1(between=True), "사이에서 zero_grad"),
    (check_part1, part1(fake_too=False), "진짜 배치의 변화도만"),
    (check_part1, part1(labels=(0.0, 1.0)), "서로 바뀌었"),
    (check_part1, part1(labels=(1.0, 1.0)), "가짜에도 참 라벨"),
    (check_part1, part1(scale=0.5), "크기가 0.5배"),
    (check_part1, part1(scale=-1), "부호"),
    (check_part1, part1(detach=False), "G까지 갔습니다"),
    (check_part1, part1(step=False), "D를 갱신하지 않았습니다"),
    (check_part1, part1(early=True), "2번 갱신"),
    (check_part1, part1_stepping_first, "변화도가 없었습니다"),
    (check_part1, part1_late_zero, "변화도가 없었습니다"),
    (check_part1, labels_of_32, "라벨의 모양이 [32]인데 D의 답은 [6]"),
    (check_part1, mixed(1), "6장보다 많은"),
    (check_part1, mixed(2), "6장보다 많은"),
    (check_part1, part1_real_twice, "D를 갱신할 때의 변화도가 다릅니다"),
    (check_part1, part1_moving_g, "G의 가중치가 움직"),
    (check_part1, part1(scale=3), "크기가 3배"),
    (check_part1, lambda D, G: None, "TypeError"),
    (check_part1, None, "함수를 넘겨"),
    (check_part1, part1_on(change_d=lambda D: D.eval()), "평가 모드"),
    (check_part1, part1_on(change_z=torch.randn_like), "받은 real과 z가 아닌"),
    (check_part1, part1(labels=(0.9, 0.0)), "0.9입니다"),
    (check_part2, lambda *given: part2_by_freezing(*given, back=False), "얼어 있습니다"),
    (check_part2, part2_without_backward, "이번 배치의 변화도가 없었"),
    (check_part2, part2(zero=False), "G.zero_grad()를 부르세요"),
    (check_part2, part2(label=0.0), "들키는 쪽"),
    (check_part2, part2(label=0.0, scale=-1), "포화"),
    (check_part2, part2(scale=-1), "부호"),
    (check_part2, part2(detach=True), "닿지 않"),
    (check_part2, part2(detach=True, zero=False), "닿지 않"),
    (check_part2, part2(step=False), "G를 갱신하지 않았습니다"),
    (check_part2, part2(late_zero=True), "zero_grad → backward → step"),
    (check_part2, part2_moving_d, "D의 가중치가 움직"),
    (check_part2, part2(scale=3), "크기가 3배"),
    (check_accumulate, accumulate(lambda a, b: a), "진짜 배치의 변화도만"),
    (check_accumulate, accumulate(lambda a, b: b), "가짜 배치의 변화도만"),
    (check_accumulate, accumulate(lambda a, b: (a + b) / 2), "평균"),
    (check_accumulate, accumulate(torch.sub), "1번째 값이"),
    (check_accumulate, accumulate(labels=(0.0, 1.0)), "서로 바뀌었"),
    (check_accumulate, accumulate(lambda a, b: 3 * a), "1번째 값이"),
    (check_accumulate, accumulate_by_backward, "backward 없이"),
    (check_accumulate, lambda D, real, fake: torch.zeros(3), "텐서 8개의 목록"),
    (
        check_accumulate,
        lambda D, real, fake: [torch.zeros(p.shape, device="meta") for p in D.parameters()],
        "보통의 텐서",
    ),
    (check_accumulate, lambda D, real, fake: 3, "텐서 8개의 목록"),
]
