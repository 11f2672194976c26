"""08a의 연습문제: 빈 셀에서 학습 전체를 쓰기.

채점은 글자 두 개의 그림으로 학생의 함수를 정말 학습시키며, 옵티마이저가 갱신할 때마다 변화도와 그 변화도를 낳은
입력을 적어 둡니다. 그다음 같은 가중치에서 시작한 신경망을 같은 입력으로 한 걸음씩 따라 학습시키며 비교합니다.
배치의 차례나 z가 사람마다 달라도 같은 기준으로 채점합니다.
"""

import copy
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import torch
from torch.nn import functional as F
from torch.nn.utils import vector_to_parameters
from torch.optim.optimizer import register_optimizer_step_post_hook

from gan_lesson.checks.small_nets import explain_labels, flat, gradients
from gan_lesson.checks.verdict import checker, refuse, try_out, unsolved
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import to_unit_range
from gan_lesson.models import Discriminator, Generator, weights_init

CONFIG = LessonConfig(batch_size=16, nz=16, ngf=4, ndf=4, lr=0.002, ngpu=0)
COUNT, EPOCHS = 48, 2
ITERATIONS = EPOCHS * COUNT // CONFIG.batch_size


class Step(NamedTuple):
    """옵티마이저의 한 번의 갱신. ``gradients``와 ``weights``는 이름("D", "G") → 한 줄로 이은 것.

    ``whose``: 갱신한 신경망, 둘이면 "DG". ``reals``, ``fakes``: 지난 갱신 뒤에 D에 넣어 역전파한 진짜 배치들과 가짜의
    (배치, z)들.
    """

    whose: str
    reals: list
    fakes: list
    gradients: dict
    weights: dict


class Watch:
    """학생의 함수가 도는 동안 적어 둔 것.

    ``made``: G가 마지막으로 만든 것들의 (그림, z). ``seen``: D에 넣어 역전파한 (그림, 진짜면 ``None``인 z).
    ``evaluated``: D에 넣을 때 평가 모드인 신경망이 있었는지.
    """

    def __init__(self, **networks):
        self.networks = networks
        self.steps, self.seen, self.made, self.evaluated = [], [], [], False

    def hooks(self):
        """확률을 받든 로짓을 받든 지나는 첫 층에 답니다."""
        G, D = self.networks["G"].main, self.networks["D"].main
        return (
            G[0].register_forward_pre_hook(lambda _, inputs: setattr(self, "z", inputs[0].detach().clone())),
            G[-1].register_forward_hook(self._generated),
            D[0].register_forward_hook(self._judged),
            register_optimizer_step_post_hook(self._stepped),
        )

    def _generated(self, layer, inputs, output):
        self.made = [*self.made[-7:], (output.detach().clone(), self.z)]

    def _judged(self, layer, inputs, output):
        if output.requires_grad:  # 보기만 한 것은 세지 않습니다. 역전파가 지나가면 그때 적습니다.
            (images,) = inputs
            z = next((z for fake, z in reversed(self.made) if torch.equal(fake, images)), None)
            seen = images.detach().clone().requires_grad_(images.requires_grad), z
            output.register_hook(lambda gradient: self.seen.append(seen))
            self.evaluated |= not all(network.training for network in self.networks.values())

    def _stepped(self, optimizer, args, kwargs):
        mine = {id(p) for group in optimizer.param_groups for p in group["params"]}
        weights = {name: list(network.parameters()) for name, network in self.networks.items()}
        whose = "".join(name for name, own in weights.items() if mine & set(map(id, own)))
        reals = [images for images, z in self.seen if z is None]
        fakes = [(images, z) for images, z in self.seen if z is not None]
        slopes = {name: gradients(network) for name, network in self.networks.items()}
        self.steps.append(
            Step(whose, reals, fakes, slopes, {name: flat(own) for name, own in weights.items()})
        )
        self.seen = []


@checker("반복마다 D와 G의 변화도가 이 강의의 학습과 같습니다. 이제 빈 파일에서 GAN을 쓸 수 있습니다.")
def check_training(answer):
    """``answer(G, D, images, epochs)``: 학습 전체. 반복마다의 (Loss_D, Loss_G)의 목록을 돌려줍니다.

    ``images``는 (N, 1, 32, 32) uint8. 배치는 16장, Adam의 학습률은 0.002, β는 (0.5, 0.999)입니다.
    """
    images = torch.from_numpy(load_hangul(32, count=COUNT, syllables="가나").images.copy())
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        G, D = Generator(CONFIG).apply(weights_init), Discriminator(CONFIG).apply(weights_init)
        twins = {"D": copy.deepcopy(D), "G": copy.deepcopy(G)}
        watch = Watch(D=D, G=G)
        handles = watch.hooks()
        try:
            log = try_out(answer, G, D, images.clone(), EPOCHS, explain=partial(_explain, watch))
        finally:
            for handle in handles:
                handle.remove()
        if not (watch.steps or watch.made):
            if log is None or log is Ellipsis:
                unsolved()
            refuse("G와 D를 쓰지 않았습니다. 배치마다 D를 한 번, G를 한 번 갱신하세요.")
        _who_steps(watch)
        _inputs(watch)
        losses = _follow(watch.steps, twins)
        _over_epochs(watch.steps, to_unit_range(images).flatten(1))
        _log(log, losses)


UINT8 = "uint8 그림을 그대로 D에 넣었습니다. images.float() / 127.5 - 1로 [-1, 1]의 실수로 바꾸세요."
# 오류에 든 말 → 무엇을 잘못했는지
ERRORS = {
    "modified by an inplace": "역전파하기 전에 그 계산에 쓴 가중치가 갱신되었습니다. Part 1에서는 optimizer_d로 D만 갱신하고, "
    "Part 2에서는 갱신된 D에 가짜를 다시 넣으세요.",
    "second time": "같은 계산 그래프를 두 번 역전파했습니다. D를 가르칠 때는 fake.detach()를 넣어, G로 가는 길을 Part 2에 "
    "남겨 두세요.",
    **dict.fromkeys(("Input type", "unsigned char", "scalar type Byte"), UINT8),
}


def _explain(watch, error):
    _one_net_each(watch)
    return next((why for words, why in ERRORS.items() if words in str(error)), explain_labels(error))


def _one_net_each(watch):
    if any(step.whose == "DG" for step in watch.steps):
        refuse("옵티마이저 하나에 D와 G의 매개변수가 함께 들어 있습니다. 하나씩 따로 만드세요.")


def _who_steps(watch):
    _one_net_each(watch)
    counts = {whose: sum(step.whose == whose for step in watch.steps) for whose in "DG"}
    for whose, count in counts.items():
        if not count:
            refuse(
                f"{whose}를 갱신하지 않았습니다. {whose}.parameters()로 만든 옵티마이저의 step()을 반복마다 부르세요. "
                "다른 신경망의 옵티마이저를 부르지는 않았나요?"
            )
    if set(counts.values()) != {ITERATIONS}:
        refuse(
            f"{COUNT}장을 16장씩 {EPOCHS}에폭이면 D와 G를 {ITERATIONS}번씩 갱신해야 하는데 D는 {counts['D']}번, "
            f"G는 {counts['G']}번 갱신했습니다."
        )


def _inputs(watch):
    """D가 본 진짜의 값의 범위, z의 분포, 학습 모드."""
    reals = [real for step in watch.steps for real in step.reals]
    if any(len(real) > CONFIG.batch_size for real in reals):
        refuse(
            "D에 16장보다 많은 그림을 한꺼번에 넣었습니다. 진짜 16장과 가짜 16장을 나누어 넣으세요(배치 정규화)."
        )
    if not reals or not watch.made:
        refuse("D에 진짜 그림과 G가 만든 그림을 모두 넣고 역전파하세요.")
    low, high = min(real.min().item() for real in reals), max(real.max().item() for real in reals)
    if low < -1.001 or high > 1.001 or low > -0.5:
        refuse(
            f"D에 넣은 진짜 그림의 값이 {low:.3g}에서 {high:.3g}까지입니다. G의 tanh와 같은 [-1, 1]로 바꾸세요: "
            "images.float() / 127.5 - 1."
        )
    z = torch.cat([z.flatten() for _, z in watch.made])
    if abs(z.mean()) > 0.2 or abs(z.std() - 1) > 0.2:
        refuse("z가 표준정규분포에서 나오지 않았습니다. torch.rand가 아니라 torch.randn으로 뽑으세요.")
    if watch.evaluated:
        refuse(
            "학습하는 동안 G나 D가 평가 모드(eval)였습니다. 반복하기 전에 G.train(), D.train()으로 두세요."
        )


def _follow(steps, twins):
    """``twins``를 같은 입력으로 한 걸음씩 따라 학습시키며 변화도와 갱신을 비교합니다.

    이름 → 갱신마다의 (손실, 손실의 배수까지 곱한 손실)을 돌려줍니다.
    """
    weights = {name: torch.nn.Parameter(flat(twin.parameters())) for name, twin in twins.items()}
    adams = {name: torch.optim.Adam([own], CONFIG.lr, (0.5, 0.999)) for name, own in weights.items()}
    losses, scales = {name: [] for name in twins}, {}
    before = None
    for step in steps:
        whose, found = step.whose, step.gradients[step.whose]
        _passes(step, found)
        expected, loss = _reference(step, twins)
        if not _same(found, scales.get(whose, 1.0) * expected):
            for why, change in MISTAKES[whose].items():
                if _same(found, _reference(step, twins, **change)[0]):
                    refuse(why)
            if before and _same(found, scales.get(whose, 1.0) * expected + before.gradients[whose]):
                refuse(
                    f"{whose}의 변화도에 지난 것이 남아 있습니다. 반복마다 {whose}.zero_grad()를 부르세요."
                )
            # 처음부터 배수만 다른 것은 손실의 평균을 낸 것이라 괜찮습니다.
            if whose in scales or F.cosine_similarity(found, expected, dim=0) < 0.9999:
                refuse(OTHER.format(whose))
        scale = scales.setdefault(whose, found.norm() / expected.norm())
        losses[whose].append((loss, scale * loss))
        start, weights[whose].grad = weights[whose].detach().clone(), found
        adams[whose].step()
        if not _same(step.weights[whose] - start, weights[whose].detach() - start, 1e-4):
            refuse(OPTIMIZER.format(whose))
        vector_to_parameters(step.weights[whose], twins[whose].parameters())
        before = step
    return losses


def _passes(step, gradient):
    """변화도가 있고, 그것이 맞는 배치들에서 왔는지 봅니다."""
    if step.whose == "D" and any(images.requires_grad for images, _ in step.fakes):
        refuse("D를 가르칠 때 떼어 내지 않은 가짜를 넣어 역전파가 G까지 갔습니다. fake.detach()를 넣으세요.")
    if not gradient.any():
        refuse(NO_GRADIENT[step.whose])
    if step.whose == "D" and not (step.reals and step.fakes):
        refuse(ONLY_REAL if step.reals else ONLY_FAKE)
    if not step.fakes:
        refuse(
            "G를 갱신하기 전에 갱신된 D에 가짜를 다시 넣지 않았습니다. Part 2에서 D(fake)를 새로 구하세요."
        )


OTHER = "{}를 갱신할 때의 변화도가 다릅니다. zero_grad, 라벨, detach, backward, step을 살펴보세요."
OPTIMIZER = "{0}의 옵티마이저를 torch.optim.Adam({0}.parameters(), 0.002, (0.5, 0.999))로, 반복하기 전에 한 번만 만드세요."
NO_GRADIENT = {
    "D": "D를 갱신할 때 변화도가 0이었습니다. zero_grad → backward → backward → step의 차례입니다.",
    "G": "G를 갱신할 때 변화도가 0이었습니다. Part 2에서는 fake.detach()가 아니라 fake를 넣고, zero_grad → backward → "
    "step의 차례로 부르세요.",
}
ONLY_REAL = "진짜 배치의 손실로만 D를 갱신했습니다. 가짜 배치의 손실도 역전파하세요."
ONLY_FAKE = (
    "가짜 배치의 손실로만 D를 갱신했습니다. 진짜 배치의 손실이 빠졌거나, 사이에서 zero_grad가 지웠습니다."
)
TWICE = "이미 확률인 D의 답에 시그모이드를 한 번 더 씌웠습니다. BCEWithLogitsLoss가 아니라 BCELoss를 쓰세요."
MINUS = "{}의 손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄입니다."
MISTAKES = {
    "D": {
        ONLY_REAL: dict(fake=None),
        ONLY_FAKE: dict(real=None),
        "D의 라벨이 서로 바뀌었습니다. 진짜에 1, 가짜에 0을 붙이세요.": dict(real=0.0, fake=1.0),
        "D를 가르칠 때 가짜에도 참 라벨을 붙였습니다. 그것은 Part 2에서 하는 일입니다.": dict(fake=1.0),
        MINUS.format("D"): dict(sign=-1.0),
        TWICE: dict(loss=F.binary_cross_entropy_with_logits),
    },
    "G": {
        "G에게 거짓 라벨을 붙였습니다. 그러면 더 잘 들키는 쪽으로 학습합니다. 참 라벨 1을 붙이세요.": dict(made=0.0),
        "log(1 - D(G(z)))를 최소화하는 포화 손실입니다. 참 라벨을 붙여 -log D(G(z))를 쓰세요(03).":
            dict(made=0.0, sign=-1.0),
        MINUS.format("G"): dict(sign=-1.0),
        TWICE: dict(loss=F.binary_cross_entropy_with_logits),
    },
}  # fmt: skip


def _reference(step, twins, real=1.0, fake=0.0, made=1.0, sign=1.0, loss=F.binary_cross_entropy):
    """``step``의 입력으로 ``twins``에서 구한 (변화도, 손실). 인자로 실수를 흉내 냅니다(라벨이 ``None``이면 뺀 것)."""
    G, D = twins["G"], twins["D"]
    if step.whose == "D":
        parts = [(images, real) for images in step.reals] + [(images, fake) for images, _ in step.fakes]
    else:
        parts = [(G(step.fakes[-1][1]), made)]
    answers = [(D(images), label) for images, label in parts if label is not None]
    total = sign * sum(loss(answer, torch.full_like(answer, label)) for answer, label in answers)
    return flat(torch.autograd.grad(total, list(twins[step.whose].parameters()))), total.item()


def _same(found, expected, tolerance=1e-3):
    """같은 변화도인지. 더하는 차례가 달라 생긴 반올림은 봐줍니다."""
    return (found - expected).norm() < tolerance * expected.norm()


def _over_epochs(steps, known):
    """에폭에 걸쳐 본 것: 새 z, 그림마다 한 번씩, 새 차례. ``known``: 그림들 (N, 픽셀 수)."""
    for whose in "DG":
        if any(torch.equal(a, b) for a, b in pairwise(s.fakes[0][1] for s in steps if s.whose == whose)):
            refuse("z를 한 번만 뽑아 되풀이해 썼습니다. 반복마다 새로 뽑으세요.")
    reals = [real for step in steps if step.whose == "D" for real in step.reals]
    order = torch.cdist(torch.cat(reals).flatten(1), known).argmin(1)
    epochs = order.split(len(known))
    if len(order) != EPOCHS * len(known) or any(len(epoch.unique()) < len(known) for epoch in epochs):
        refuse("한 에폭에 모든 그림을 한 번씩 보지 않았습니다. 배치마다 다음 16장을 꺼내세요.")
    if any(torch.equal(a, b) for a, b in pairwise(epochs)):
        refuse("에폭마다 그림의 차례가 같습니다. torch.randperm(len(images))이나 shuffle=True로 섞으세요.")


def _log(log, losses):
    """돌려준 목록의 꼴과 값. ``losses``: ``_follow``가 돌려준 것."""
    try:
        rows = [tuple(row) for row in log]
        if any(torch.is_tensor(value) for row in rows for value in row):
            refuse(
                "학습은 맞습니다. 손실을 .item()으로 적으세요. 텐서 그대로면 계산 그래프를 붙들고 있을 수 있습니다."
            )
        found = torch.tensor(rows, dtype=torch.float64)
    except (TypeError, ValueError):
        found = torch.zeros(0)
    if found.shape != (ITERATIONS, 2):
        refuse(f"학습은 맞습니다. 반복마다의 (Loss_D, Loss_G)를 담은 길이 {ITERATIONS}인 목록을 돌려주세요.")
    expected = torch.tensor([losses["D"], losses["G"]], dtype=torch.float64).transpose(0, 1)
    right = torch.isclose(found[:, :, None], expected, rtol=1e-3).any(2).all(1)
    if not right.all():
        i = right.int().argmin()
        wanted, got = ("({:.4f}, {:.4f})".format(*pair) for pair in (expected[i, :, 0], found[i]))
        refuse(f"학습은 맞습니다. {i + 1}번째 반복의 (Loss_D, Loss_G)는 {wanted}인데 적은 것은 {got}입니다.")
