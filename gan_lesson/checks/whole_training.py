"""08a의 연습문제: 빈 셀에서 학습 전체를 쓰기.

채점은 글자 두 개, 그림 32장으로 학생의 함수를 정말 학습시키며 두 신경망에 들어간 것과 옵티마이저가 갱신할 때의
변화도를 적어 둡니다. 그다음 갱신마다 같은 입력에서 구한 변화도와 비교합니다. 배치의 차례나 z가 사람마다 달라도
같은 기준으로 채점합니다.
"""

import math
from functools import partial

import torch
from torch.nn import functional as F

from gan_lesson.checks.training_loop import bce, flat
from gan_lesson.checks.verdict import UNSOLVED, Decided, checker, refuse, try_out
from gan_lesson.checks.watched_training import Watch
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import to_unit_range
from gan_lesson.models import Discriminator, Generator, weights_init

CONFIG = LessonConfig(batch_size=16, nz=16, ngf=4, ndf=4, lr=0.002, ngpu=0)
COUNT, EPOCHS = 32, 2  # 반복 4번
PER_EPOCH = COUNT // CONFIG.batch_size


@checker("반복마다 D와 G의 변화도가 이 강의의 학습과 같습니다. 이제 빈 파일에서 GAN을 쓸 수 있습니다.")
def check_training(answer):
    """``answer(G, D, images, epochs)``: 학습 전체. 반복마다의 (Loss_D, Loss_G)의 목록을 돌려줍니다.

    ``images``는 (N, 1, 32, 32) uint8. 배치는 16장, Adam의 학습률은 0.002, β는 (0.5, 0.999)입니다.
    """
    images = torch.from_numpy(load_hangul(32, count=COUNT, syllables="가나").images.copy())
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        watch = Watch(Generator(CONFIG).apply(weights_init), Discriminator(CONFIG).apply(weights_init))
        handles = watch.hooks()
        try:
            log = try_out(answer, watch.G, watch.D, images.clone(), EPOCHS, explain=partial(_explain, watch))
        finally:
            for handle in handles:
                handle.remove()
        if not (watch.steps or watch.pending or watch.made):
            if log is None or log is Ellipsis:
                raise Decided(UNSOLVED)
            refuse("G와 D를 쓰지 않았습니다. 배치마다 D를 한 번, G를 한 번 갱신하세요.")
        _inputs(watch)
        _who_steps(watch)
        _gradients(watch)
        _over_epochs(watch, images)
        _log(log)


def _explain(watch, error):
    words = str(error)
    if "modified by an inplace" in words:
        _one_net_each(watch)
        return (
            "역전파하기 전에 그 계산에 쓴 가중치가 갱신되었습니다. Part 1에서는 optimizer_d로 D만 갱신하고, Part 2에서는 "
            "갱신된 D에 가짜를 다시 넣으세요."
        )
    if "second time" in words:
        return (
            "같은 계산 그래프를 두 번 역전파했습니다. D를 가르칠 때는 fake.detach()를 넣어, G로 가는 길을 Part 2에 "
            "남겨 두세요."
        )
    if "Input type" in words or "unsigned char" in words or "Byte" in words:
        return "uint8 그림을 그대로 D에 넣었습니다. images.float() / 127.5 - 1로 [-1, 1]의 실수로 바꾸세요."
    if "target size" in words:
        return "라벨의 수가 배치와 다릅니다. torch.ones(len(real))처럼 배치의 길이에 맞추세요."
    return None


def _inputs(watch):
    """D가 본 진짜의 값의 범위, z의 분포, 학습 모드."""
    seen = [each for step in watch.steps for each in step.seen] + watch.pending
    reals = [each.images for each in seen if each.z is None]
    if not watch.made:
        refuse("G가 그림을 만들지 않았습니다. z를 뽑아 G(z)를 만드세요.")
    if not reals:
        refuse("D에 진짜 그림을 넣지 않았습니다.")
    if any(len(real) > CONFIG.batch_size for real in reals):
        refuse(
            "D에 16장보다 많은 그림을 한꺼번에 넣었습니다. 진짜 16장과 가짜 16장을 나누어 넣으세요(배치 정규화)."
        )
    low, high = min(r.min().item() for r in reals), max(r.max().item() for r in reals)
    if low < -1.001 or high > 1.001 or low > -0.5:
        refuse(
            f"D에 넣은 진짜 그림의 값이 {low:.3g}에서 {high:.3g}까지입니다. G의 tanh와 같은 [-1, 1]로 바꾸세요: "
            "images.float() / 127.5 - 1."
        )
    zs = torch.cat([z for _, z in watch.made]).flatten()
    if zs.min() >= 0 or zs.abs().max() <= 1:
        refuse("z가 정규분포에서 나오지 않았습니다. torch.rand가 아니라 torch.randn으로 뽑으세요.")
    if not all(each.training for each in seen):
        refuse(
            "학습하는 동안 G나 D가 평가 모드(eval)였습니다. 반복하기 전에 G.train(), D.train()으로 두세요."
        )


def _one_net_each(watch):
    if any(step.whose == "DG" for step in watch.steps):
        refuse("옵티마이저 하나에 D와 G의 매개변수가 함께 들어 있습니다. 하나씩 따로 만드세요.")


def _who_steps(watch):
    _one_net_each(watch)
    for whose in "DG":
        if not watch.of(whose):
            refuse(
                f"{whose}를 갱신하지 않았습니다. {whose}.parameters()로 만든 옵티마이저의 step()을 반복마다 부르세요. "
                "다른 신경망의 옵티마이저를 부르지는 않았나요?"
            )
        for group in watch.of(whose)[0].optimizer.param_groups:
            if group.get("betas", (0,))[0] != 0.5 or not math.isclose(group["lr"], CONFIG.lr):
                refuse(
                    f"{whose}의 옵티마이저를 torch.optim.Adam({whose}.parameters(), 0.002, (0.5, 0.999))로 만드세요."
                )


def _gradients(watch):
    for whose, losses, mistakes in (("D", _d_losses, D_MISTAKES), ("G", _g_losses, G_MISTAKES)):
        for number, step in enumerate(watch.of(whose)):
            if whose == "D" and any(each.attached for each in step.seen if each.z is not None):
                refuse(
                    "D를 가르칠 때 떼어 내지 않은 가짜를 넣어 역전파가 G까지 갔습니다. fake.detach()를 넣으세요."
                )
            if not step.gradient.any():
                refuse(NO_GRADIENT[whose])
            slope = losses(step)
            right = slope("right")
            if _same(step.gradient, right):
                continue
            if number:  # 첫 갱신은 맞았습니다.
                refuse(
                    f"{number + 1}번째 갱신부터 {whose}의 변화도에 지난 것이 남아 있습니다. 반복마다 "
                    f"{whose}.zero_grad()를 부르세요."
                )
            for why, name in mistakes.items():
                if _same(step.gradient, slope(name)):
                    refuse(why)
            if F.cosine_similarity(step.gradient, right, dim=0) < 0.9999:  # 손실의 평균은 괜찮습니다.
                refuse(
                    f"{whose}를 갱신할 때의 변화도가 다릅니다. zero_grad, 라벨, detach, backward, step을 살펴보세요."
                )
            return


NO_GRADIENT = {
    "D": "D를 갱신할 때 변화도가 0이었습니다. zero_grad → backward → backward → step의 차례입니다.",
    "G": "G를 갱신할 때 변화도가 0이었습니다. Part 2에서는 fake.detach()가 아니라 fake를 넣고, zero_grad → backward → "
    "step의 차례로 부르세요.",
}
TWICE = "이미 확률인 D의 답에 시그모이드를 한 번 더 씌웠습니다. BCEWithLogitsLoss가 아니라 BCELoss를 쓰세요."
D_MISTAKES = {
    "진짜 배치의 손실로만 D를 갱신했습니다. 가짜 배치의 손실도 역전파하세요.": "real",
    "가짜 배치의 손실로만 D를 갱신했습니다. 진짜 배치의 손실이 빠졌거나, 사이에서 zero_grad가 지웠습니다.": "fake",
    "D의 라벨이 서로 바뀌었습니다. 진짜에 1, 가짜에 0을 붙이세요.": "swapped",
    "D를 가르칠 때 가짜에도 참 라벨을 붙였습니다. 그것은 Part 2에서 하는 일입니다.": "ones",
    "D의 손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄입니다.": "minus",
    TWICE: "twice",
}
G_MISTAKES = {
    "G에게 거짓 라벨을 붙였습니다. 그러면 더 잘 들키는 쪽으로 배웁니다. 참 라벨 1을 붙이세요.": "zeros",
    "log(1 - D(G(z)))를 최소화하는 포화 손실입니다. 참 라벨을 붙여 -log D(G(z))를 쓰세요(03).": "saturating",
    "G의 손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄입니다.": "minus",
    TWICE: "twice",
}  # fmt: skip


def _twin(network, step, name):
    twin = network(CONFIG)
    twin.load_state_dict(step.weights[name])
    return twin


def _same(found, expected):
    """같은 변화도인지. 더하는 차례가 달라 생긴 반올림은 봐줍니다."""
    return (found - expected).norm() < 1e-3 * expected.norm()


def _d_losses(step):
    """손실의 이름을 받아 그것으로 갱신했을 때의 D의 변화도를 돌려주는 함수."""
    D = _twin(Discriminator, step, "D")
    batches = [(D(each.images), each.z is None) for each in step.seen]
    if not batches:
        refuse("D를 갱신하기 전에 D에 아무것도 넣지 않았습니다. 갱신마다 진짜와 가짜를 한 배치씩 넣으세요.")
    if {real for _, real in batches} != {True, False}:
        refuse(list(D_MISTAKES)[0 if batches[0][1] else 1])

    def total(label, only=(True, False), loss=bce, scale=1.0):
        parts = [loss(answers, float(label(real))) for answers, real in batches if real in only]
        return _slope(scale * sum(parts), D)

    losses = {
        "right": lambda: total(lambda real: real),
        "swapped": lambda: total(lambda real: not real),
        "ones": lambda: total(lambda real: True),
        "minus": lambda: total(lambda real: real, scale=-1.0),
        "twice": lambda: total(lambda real: real, loss=_twice),
        "real": lambda: total(lambda real: real, only=(True,)),
        "fake": lambda: total(lambda real: real, only=(False,)),
    }
    return lambda name: losses[name]()


def _g_losses(step):
    """손실의 이름을 받아 그것으로 갱신했을 때의 G의 변화도를 돌려주는 함수."""
    G, D = _twin(Generator, step, "G"), _twin(Discriminator, step, "D")
    zs = [each.z for each in step.seen if each.z is not None]
    if not zs:
        refuse(
            "G를 갱신하기 전에 갱신된 D에 가짜를 다시 넣지 않았습니다. Part 2에서 D(fake)를 새로 구하세요."
        )
    answers = D(G(zs[-1]))
    losses = {
        "right": lambda: bce(answers, 1.0),
        "zeros": lambda: bce(answers, 0.0),
        "saturating": lambda: -bce(answers, 0.0),
        "minus": lambda: -bce(answers, 1.0),
        "twice": lambda: _twice(answers, 1.0),
    }
    return lambda name: _slope(losses[name](), G)


def _slope(loss, network):
    return flat(torch.autograd.grad(loss, list(network.parameters()), retain_graph=True))


def _twice(answers, label):
    return F.binary_cross_entropy_with_logits(answers, torch.full_like(answers, label))


def _over_epochs(watch, images):
    """에폭에 걸쳐 본 것: 반복의 수, 그림마다 한 번씩, 새 차례, 새 z."""
    steps = watch.of("D")
    if len(steps) != EPOCHS * PER_EPOCH or len(watch.of("G")) != len(steps):
        refuse(
            f"{len(images)}장을 16장씩 {EPOCHS}에폭이면 D와 G를 {EPOCHS * PER_EPOCH}번씩 갱신해야 하는데 D는 "
            f"{len(steps)}번, G는 {len(watch.of('G'))}번 갱신했습니다."
        )
    zs = [next(each.z for each in step.seen if each.z is not None) for step in steps]
    if any(torch.equal(a, b) for a, b in zip(zs, zs[1:], strict=False)):
        refuse("z를 한 번만 뽑아 되풀이해 썼습니다. 반복마다 새로 뽑으세요.")
    known = to_unit_range(images).flatten(1)
    seen = [torch.cat([each.images for each in step.seen if each.z is None]).flatten(1) for step in steps]
    orders = torch.cdist(torch.cat(seen), known).argmin(1).view(EPOCHS, -1)
    if any(len(order.unique()) < len(known) for order in orders):
        refuse("한 에폭에 모든 그림을 한 번씩 보지 않았습니다. 배치마다 다음 16장을 꺼내세요.")
    if torch.equal(orders[0], orders[1]):
        refuse("에폭마다 그림의 차례가 같습니다. torch.randperm(len(images))이나 shuffle=True로 섞으세요.")


def _log(log):
    want = f"반복마다의 (Loss_D, Loss_G)를 담은 길이 {EPOCHS * PER_EPOCH}인 목록을 돌려주세요."
    try:
        rows = [tuple(row) for row in log]
    except TypeError:
        refuse(f"학습은 맞습니다. {want}")
    if len(rows) != EPOCHS * PER_EPOCH or any(len(row) != 2 for row in rows):
        refuse(f"학습은 맞습니다. {want}")
    if any(torch.is_tensor(value) and value.requires_grad for row in rows for value in row):
        refuse(
            "학습은 맞습니다. 손실을 .item()으로 적으세요. 텐서 그대로면 계산 그래프를 모두 붙들고 있습니다."
        )
