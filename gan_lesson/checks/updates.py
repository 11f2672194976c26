"""학생의 루프가 D와 G를 갱신하는 것을 지켜보고, 같은 입력으로 따라 갱신하며 비교합니다(07, 08a).

손실을 어떻게 쓰고 무엇을 찍어 보든, 배치의 차례와 z가 무엇이든, 갱신마다 남은 변화도와 그것을 낳은 입력은 알 수 있습니다.
같은 가중치의 쌍둥이에서 그 입력으로 구한 변화도와 다르면, 어느 실수를 했을 때의 변화도인지 찾습니다.
"""

import copy
from typing import NamedTuple

import torch
from torch.nn import functional as F
from torch.nn.utils import vector_to_parameters
from torch.optim.optimizer import register_optimizer_step_post_hook

from gan_lesson.checks.verdict import refuse, refuse_first, try_out
from gan_lesson.config import LessonConfig

SMALL = LessonConfig(nz=4, ngf=2, ndf=2, batch_size=6, ngpu=0)  # 한 번만 갱신해 보는 신경망


class Step(NamedTuple):
    """옵티마이저의 한 번의 갱신. ``gradients``와 ``weights``는 이름("D", "G") → 한 줄로 이은 것.

    ``whose``: 갱신한 신경망, 둘이면 "DG". ``reals``, ``fakes``: 지난 갱신 뒤에 D에 넣어 역전파한 진짜 배치들과 가짜의
    (배치, z)들. ``reached``: 그 역전파가 G까지 갔는지.
    """

    whose: str
    reals: list
    fakes: list
    reached: bool = False
    gradients: dict = {}
    weights: dict = {}


class Watch:
    """``with Watch(G, D) as watch:`` 안에서 학생의 함수가 도는 동안 적어 둔 것.

    ``made``: G가 마지막으로 만든 것들의 (그림, z). ``seen``: 지난 갱신 뒤에 D에 넣어 역전파한 (그림, 진짜면 ``None``인
    z). ``used``: G나 D를 불렀는지. ``evaluated``: 역전파할 것을 평가 모드로 넣었는지. ``twins``: 처음의 사본.
    """

    def __init__(self, G, D):
        self.networks = {"D": D, "G": G}
        self.twins, self.old = copy.deepcopy(self.networks), gradients(self.networks)
        self.steps, self.seen, self.made, self.all_z = [], [], [], []
        self.used = self.reached = self.evaluated = False

    def __enter__(self):
        """확률을 받든 로짓을 받든 지나는 첫 층에 답니다."""
        G, D = self.networks["G"].main, self.networks["D"].main
        self.hooks = (
            G[0].register_forward_pre_hook(
                lambda _, inputs: self.all_z.append(inputs[0].detach().flatten(1).clone())
            ),
            G[-1].register_forward_hook(self._generated),
            D[0].register_forward_hook(self._judged),
            register_optimizer_step_post_hook(self._stepped),
        )
        return self

    def __exit__(self, *error):
        for hook in self.hooks:
            hook.remove()

    def _generated(self, layer, inputs, output):
        self.used = True
        self.made = [*self.made[-7:], (output.detach().clone(), self.all_z[-1])]
        if output.requires_grad:
            output.register_hook(lambda gradient: setattr(self, "reached", True))

    def _judged(self, layer, inputs, output):
        self.used = True
        if output.requires_grad:  # 보기만 한 것은 세지 않습니다. 역전파가 지나가면 그때 적습니다.
            images = inputs[0].detach().clone()
            z = next((z for fake, z in reversed(self.made) if torch.equal(fake, images)), None)
            output.register_hook(lambda gradient: self._passed((images, z)))
            self.evaluated |= not all(network.training for network in self.networks.values())

    def _passed(self, fed):
        """같은 순전파를 두 번 역전파해도 한 번만 적습니다. 그러면 변화도가 두 배로 들어간 것이 드러납니다."""
        if not any(fed[0] is images for images, _ in self.seen):
            self.seen.append(fed)

    def _stepped(self, optimizer, args, kwargs):
        mine = {id(p) for group in optimizer.param_groups for p in group["params"]}
        weights = {name: list(network.parameters()) for name, network in self.networks.items()}
        whose = "".join(name for name, own in weights.items() if mine & set(map(id, own)))
        reals = [images for images, z in self.seen if z is None]
        fakes = [(images, z) for images, z in self.seen if z is not None]
        weights = {name: flat(own) for name, own in weights.items()}
        self.steps.append(Step(whose, reals, fakes, self.reached, gradients(self.networks), weights))
        self.seen, self.reached = [], False


def flat(tensors):
    """텐서들을 한 줄로 이은 사본. 학생이 메모리의 차례를 바꾸어 놓아도 됩니다."""
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def gradients(networks):
    """이름 → 매개변수마다의 .grad를 한 줄로 이은 것. 없는 것은 0입니다."""
    return {
        name: flat(torch.zeros_like(p) if p.grad is None else p.grad for p in network.parameters())
        for name, network in networks.items()
    }


def run(answer, watch, *inputs):
    """학생의 함수를 전역 난수를 건드리지 않고 돌리며 지켜봅니다."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad(), watch:
        torch.manual_seed(0)
        return try_out(answer, *inputs, explain=lambda error: _one_network_each(watch))


def _one_network_each(watch):
    if any(step.whose == "DG" for step in watch.steps):
        refuse("옵티마이저 하나에 D와 G의 매개변수가 함께 들어 있습니다. 하나씩 따로 만드세요.")


def count_steps(watch, wanted):
    """D와 G를 저마다 ``wanted``(이름 → 수)번 갱신했고, 갱신하지 않을 것은 그대로인지 봅니다."""
    _one_network_each(watch)
    for whose, count in wanted.items():
        found = sum(step.whose == whose for step in watch.steps)
        twin, network = watch.twins[whose], watch.networks[whose]
        if not count and (found or not torch.equal(flat(twin.parameters()), flat(network.parameters()))):
            refuse(f"{whose}의 가중치가 움직였습니다. 여기서는 다른 쪽만 갱신합니다.")
        if count and not found:
            refuse(NO_STEP.format(whose, whose.lower()))
        if found != count:
            once = " 진짜와 가짜의 변화도를 축적한 뒤 한 번만 갱신하세요." if found == 2 * count else ""
            refuse(f"{whose}를 {count}번 갱신해야 하는데 {found}번 갱신했습니다.{once}")


def follow(watch, optimizer, largest, scales):
    """``watch.twins``를 같은 입력으로 한 걸음씩 따라 갱신하며 변화도와 갱신을 비교합니다.

    Args:
        optimizer: 매개변수의 목록을 받아 옵티마이저를 만드는 함수.
        largest: D에 한꺼번에 넣을 수 있는 그림의 수.
        scales: 이름 → 손실에 곱해도 되는 수. 없으면 처음에 곱한 것을 끝까지 곱하면 됩니다(손실의 평균).

    이름 → 갱신마다의 (손실, 손실의 배수까지 곱한 손실)을 돌려줍니다.
    """
    refuse_first({
        f"D에 {largest}장보다 많은 그림을 한꺼번에 넣었습니다. 배치 정규화의 통계가 섞이므로 진짜와 가짜를 나누어 넣으세요.":
            any(len(real) > largest for step in watch.steps for real in step.reals),
        "학습하는 동안 G나 D가 평가 모드(eval)였습니다. 반복하기 전에 G.train(), D.train()으로 두세요.": watch.evaluated,
    })  # fmt: skip
    twins, scales, old, losses = watch.twins, dict(scales), watch.old, {"D": [], "G": []}
    weights = {name: torch.nn.Parameter(flat(twin.parameters())) for name, twin in twins.items()}
    optimizers = {name: optimizer([own]) for name, own in weights.items()}
    for step in watch.steps:
        whose, found = step.whose, step.gradients[step.whose]
        _right_inputs(step, found)
        expected, loss = reference(step, twins)
        if not _same(found, scales.get(whose, 1.0) * expected):
            for why, change in MISTAKES[whose].items():
                if _same(found, reference(step, twins, **change)[0]):
                    refuse(why)
            if _same(found, scales.get(whose, 1.0) * expected + old[whose]):
                refuse(
                    f"{whose}의 변화도에 지난 것이 남아 있습니다. 반복마다 {whose}.zero_grad()를 부르세요."
                )
            if F.cosine_similarity(found, expected, dim=0) < 0.9999:
                refuse(OTHER.format(whose))
            if whose in scales:
                refuse(SCALED.format(whose, found.norm() / expected.norm()))
        scale = scales.setdefault(whose, found.norm() / expected.norm())
        losses[whose].append((loss, scale * loss))
        start, weights[whose].grad = weights[whose].detach().clone(), found
        optimizers[whose].step()
        if not _same(step.weights[whose] - start, weights[whose].detach() - start, 1e-4):
            refuse(OPTIMIZER.format(whose))
        vector_to_parameters(step.weights[whose], twins[whose].parameters())
        old = step.gradients
    return losses


def _right_inputs(step, gradient):
    """변화도가 있고, 그것이 맞는 배치들에서 왔는지 봅니다."""
    for_d = step.whose == "D"
    refuse_first({
        "D를 가르칠 때 떼어 내지 않은 가짜를 넣어 역전파가 G까지 갔습니다. fake.detach()를 넣으세요.": for_d and step.reached,
        "Part 2에 떼어 낸 가짜를 넣어 변화도가 G에 닿지 않았습니다. fake.detach()가 아니라 fake를 넣으세요.":
            not for_d and step.fakes and not step.reached,
        NO_GRADIENT[step.whose]: not gradient.any() or not (step.fakes or for_d and step.reals),
        ONLY_REAL: for_d and not step.fakes,
        ONLY_FAKE: for_d and not step.reals,
    })  # fmt: skip


NO_STEP = (
    "{0}를 갱신하지 않았습니다. optimizer_{1}처럼 {0}.parameters()로 만든 옵티마이저의 step()을 반복마다 부르세요. 다른 "
    "신경망의 옵티마이저를 부르지는 않았나요?"
)
OTHER = "{}를 갱신할 때의 변화도가 다릅니다. zero_grad, 라벨, detach, backward, step을 차례로 살펴보세요."
OPTIMIZER = (
    "{0}의 변화도는 맞지만 갱신이 다릅니다. 문제의 옵티마이저와 학습률, β 그대로인지, 반복하기 전에 한 번만 만들었는지 "
    "보세요."
)
NO_GRADIENT = {
    "D": "D를 갱신할 때 이번 배치들의 변화도가 없었습니다. zero_grad → backward → backward → step의 차례로 부르세요.",
    "G": "G를 갱신할 때 이번 배치의 변화도가 없었습니다. Part 2에서 갱신된 D에 가짜를 다시 넣어 손실을 구하고, zero_grad → "
    "backward → step의 차례로 부르세요.",
}
ONLY_REAL = "진짜 배치의 변화도만 있습니다. 가짜 배치의 손실도 역전파하세요."
ONLY_FAKE = "가짜 배치의 변화도만 있습니다. 진짜 배치의 손실이 빠졌거나, 사이에서 zero_grad가 지웠습니다."
SCALED = "{}의 변화도의 방향은 맞지만 크기가 {:.3g}배입니다. 손실은 배치의 평균이고, D의 두 손실은 더하기만 합니다."
TWICE = "이미 확률인 D의 답에 시그모이드를 한 번 더 씌웠습니다. BCEWithLogitsLoss가 아니라 BCELoss를 쓰세요."
SMOOTHED = "라벨이 1이 아니라 0.9입니다. 스무딩은 09c에서 배우고, 여기서는 참 라벨이 1입니다."
MINUS = "{}의 손실의 부호가 뒤집혔습니다. 옵티마이저는 손실을 줄입니다."
MISTAKES = {
    "D": {
        ONLY_REAL: dict(fake=None),
        ONLY_FAKE: dict(real=None),
        "D의 라벨이 서로 바뀌었습니다. 진짜에 1, 가짜에 0을 붙이세요.": dict(real=0.0, fake=1.0),
        "D를 가르칠 때 가짜에도 참 라벨을 붙였습니다. 그것은 Part 2에서 하는 일입니다.": dict(fake=1.0),
        SMOOTHED: dict(real=0.9),
        MINUS.format("D"): dict(sign=-1.0),
        TWICE: dict(loss=F.binary_cross_entropy_with_logits),
    },
    "G": {
        "G에게 거짓 라벨을 붙였습니다. 그러면 더 잘 들키는 쪽으로 학습합니다. 참 라벨 1을 붙이세요.": dict(made=0.0),
        "log(1 - D(G(z)))를 최소화하는 포화 손실입니다. 참 라벨을 붙여 -log D(G(z))를 쓰세요(03).":
            dict(made=0.0, sign=-1.0),
        SMOOTHED: dict(made=0.9),
        MINUS.format("G"): dict(sign=-1.0),
        TWICE: dict(loss=F.binary_cross_entropy_with_logits),
    },
}  # fmt: skip


def reference(step, twins, real=1.0, fake=0.0, made=1.0, sign=1.0, loss=F.binary_cross_entropy):
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
