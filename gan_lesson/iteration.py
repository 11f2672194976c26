"""학습의 심장: 두 부분으로 된 한 반복(iteration).

``gan_iteration``은 교과서의 학습 루프를 그대로 적은 파이썬의 제너레이터입니다. Part 1
(``train_discriminator``)과 Part 2(``train_generator``)를 차례로 하며, 단계마다 멈추어 무엇을 보았는지 내놓으므로, 한 걸음씩 보는 위젯은 그 자리에서 멈추고 학습은 그대로 지나갑니다.
"""

from typing import NamedTuple

from gan_lesson.objectives import ProbabilityBCE


class Phase(NamedTuple):
    """한 단계가 끝난 자리. ``seen``은 그 단계에서 나온, 계산 그래프에서 떼어 낸 텐서들입니다."""

    name: str
    seen: dict


# 단계의 이름(차례대로)과 뜻
PHASES = {
    "real_forward": "진짜 배치를 D에 통과",
    "real_loss": "진짜 배치의 손실 -log D(x)",
    "real_backward": "진짜 배치의 역전파",
    "fake_make": "G가 가짜 배치를 만듦",
    "fake_forward": "떼어 낸 가짜 배치를 D에 통과",
    "fake_loss": "가짜 배치의 손실 -log(1 - D(G(z)))",
    "fake_backward": "가짜 배치의 역전파(변화도 축적)",
    "d_step": "D 갱신",
    "g_forward": "같은 가짜를 갱신된 D에 통과",
    "g_loss": "참 라벨로 구한 G의 손실 -log D(G(z))",
    "g_backward": "G까지 역전파",
    "g_step": "G 갱신",
}

# 한 반복에서 적어 두는 다섯 통계의 이름과 차례
HISTORY_COLUMNS = ("loss_d", "loss_g", "d_x", "d_gz_before", "d_gz_after")


def statistics(seen, objective):
    """단계들의 ``seen``을 모은 것에서 구한 통계: 이름 → 0차원 텐서. Part 1을 하지 않았으면 G의 것뿐입니다."""
    losses, answers = {"loss_g": seen["loss_g"]}, {"d_gz_after": seen["d_fake_after"]}
    if "loss_real" in seen:
        losses["loss_d"] = seen["loss_real"] + seen["loss_fake"]
        answers |= {"d_x": seen["d_real"], "d_gz_before": seen["d_fake_before"]}
    return losses | {name: objective.probability(score).mean() for name, score in answers.items()}


def gan_iteration(state, real_batches, objective=None):
    """한 반복을 단계마다 멈추며 진행합니다. 끝까지 돌려야 한 반복이 끝납니다.

    Args:
        state: ``GanState``. 그 자리에서 갱신됩니다.
        real_batches: 진짜 미니 배치들. D를 한 번 갱신할 때마다 하나씩 씁니다
            (Goodfellow 2014 알고리즘 1의 k가 그 수이고, DCGAN은 하나입니다).
        objective: 손실. 기본은 ``ProbabilityBCE``.

    Yields:
        ``Phase``. 이름은 ``PHASES``의 차례입니다.
    """
    objective = objective or ProbabilityBCE()
    fake = yield from train_discriminator(state, real_batches, objective)
    yield from train_generator(state, fake, objective)
    state.iteration += 1


def train_discriminator(state, real_batches, objective):
    """Part 1. D 학습: log D(x) + log(1 - D(G(z)))를 최대화합니다. 마지막 가짜를 돌려줍니다."""
    G, D = state.generator, state.discriminator
    for real in real_batches:
        D.zero_grad()
        d_real = objective.score(D, real)
        yield Phase("real_forward", {"real": real, "d_real": d_real.detach()})
        loss_real = objective.real_loss(d_real)
        yield Phase("real_loss", {"loss_real": loss_real.detach()})
        loss_real.backward()
        yield Phase("real_backward", {})

        z = state.sample_z(len(real))
        fake = G(z)
        yield Phase("fake_make", {"z": z, "fake": fake.detach()})
        # detach: 여기서 G로 가는 길을 끊습니다. Part 1에서는 D만 배웁니다.
        d_fake = objective.score(D, fake.detach())
        yield Phase("fake_forward", {"d_fake_before": d_fake.detach()})
        loss_fake = objective.fake_loss(d_fake)
        yield Phase("fake_loss", {"loss_fake": loss_fake.detach()})
        # zero_grad를 다시 부르지 않았으므로 진짜 배치의 변화도에 더해집니다(축적).
        loss_fake.backward()
        yield Phase("fake_backward", {})

        state.optimizer_d.step()
        yield Phase("d_step", {})
    return fake


def train_generator(state, fake, objective):
    """Part 2. G 학습: log D(G(z))를 최대화합니다. 같은 가짜를, 갱신된 D로 다시 가려냅니다."""
    G, D = state.generator, state.discriminator
    G.zero_grad()
    d_fake = objective.score(D, fake)
    yield Phase("g_forward", {"d_fake_after": d_fake.detach()})
    loss_g = objective.generator_loss(d_fake)
    yield Phase("g_loss", {"loss_g": loss_g.detach()})
    loss_g.backward()
    yield Phase("g_backward", {})
    state.optimizer_g.step()
    yield Phase("g_step", {})
