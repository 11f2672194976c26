"""08a의 연습문제: 고정된 z의 그림 남기기와, 빈 셀에서 학습 전체 쓰기(글자 두 개의 그림으로 정말 학습시킵니다)."""

import copy
from functools import partial
from itertools import pairwise

import torch

from gan_lesson.checks.updates import SMALL, Watch, count_steps, follow, run
from gan_lesson.checks.verdict import ask_tensor, checker, refuse, refuse_first, unsolved
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.data.images import to_unit_range
from gan_lesson.models import Discriminator, Generator, evaluating, weights_init

CONFIG = LessonConfig(batch_size=16, nz=16, ngf=4, ndf=4, lr=0.002, ngpu=0)
COUNT, EPOCHS = 48, 2
ITERATIONS = EPOCHS * COUNT // CONFIG.batch_size
ADAM = partial(torch.optim.Adam, lr=CONFIG.lr, betas=(0.5, 0.999))


@checker("반복마다 D와 G의 변화도가 이 강의의 학습과 같습니다. 이제 빈 파일에서 GAN을 쓸 수 있습니다.")
def check_training(answer):
    """``answer(G, D, images, epochs)``: 학습 전체. 반복마다의 (Loss_D, Loss_G)의 목록을 돌려줍니다.

    ``images``는 (N, 1, 32, 32) uint8. 배치는 16장, Adam의 학습률은 0.002, β는 (0.5, 0.999)입니다.
    """
    images = torch.from_numpy(load_hangul(32, count=COUNT, syllables="가나").images.copy())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        G, D = Generator(CONFIG).apply(weights_init), Discriminator(CONFIG).apply(weights_init)
    watch = Watch(G, D)
    log = run(answer, watch, G, D, images.clone(), EPOCHS)
    if not (watch.used or watch.steps):
        if log is None or log is Ellipsis:
            unsolved()
        refuse("G와 D를 쓰지 않았습니다. 배치마다 D를 한 번, G를 한 번 갱신하세요.")
    count_steps(watch, dict(D=ITERATIONS, G=ITERATIONS))
    _inputs(watch)
    losses = follow(watch, ADAM, CONFIG.batch_size, {})
    _over_epochs(watch.steps, to_unit_range(images).flatten(1))
    _log(log, losses)


def _inputs(watch):
    """D가 본 진짜의 값의 범위와 z의 분포."""
    reals = [real for step in watch.steps for real in step.reals]
    if not reals or not watch.made:
        refuse("D에 진짜 그림과 G가 만든 그림을 모두 넣고 역전파하세요.")
    low, high = min(real.min().item() for real in reals), max(real.max().item() for real in reals)
    z = torch.cat([z.flatten() for _, z in watch.made])
    refuse_first({
        f"D에 넣은 진짜 그림의 값이 {low:.3g}에서 {high:.3g}까지입니다. G의 tanh와 같은 [-1, 1]로 바꾸세요(04).":
            low < -1.001 or high > 1.001 or low > -0.5,
        "z가 표준정규분포에서 나오지 않았습니다. torch.rand가 아니라 torch.randn으로 뽑으세요.":
            abs(z.mean()) > 0.2 or abs(z.std() - 1) > 0.2,
    })  # fmt: skip


def _over_epochs(steps, known):
    """에폭에 걸쳐 본 것: 새 z, 그림마다 한 번씩, 새 차례. ``known``: 그림들 (N, 픽셀 수)."""
    z = {whose: [step.fakes[0][1] for step in steps if step.whose == whose] for whose in "DG"}
    reals = [real for step in steps if step.whose == "D" for real in step.reals]
    order = torch.cdist(torch.cat(reals).flatten(1), known).argmin(1)
    epochs = order.split(len(known))
    refuse_first({
        "z를 한 번만 뽑아 되풀이해 썼습니다. 반복마다 새로 뽑으세요.":
            any(torch.equal(a, b) for used in z.values() for a, b in pairwise(used)),
        "한 에폭에 모든 그림을 한 번씩 보지 않았습니다. 배치마다 다음 16장을 꺼내세요.":
            len(order) != EPOCHS * len(known) or any(len(epoch.unique()) < len(known) for epoch in epochs),
        "에폭마다 그림의 차례가 같습니다. torch.randperm(len(images))이나 shuffle=True로 섞으세요.":
            any(torch.equal(a, b) for a, b in pairwise(epochs)),
    })  # fmt: skip


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


@checker("보기만 하고 G는 그대로 두었습니다. 이제 그림이 달라지면 달라진 것은 G입니다.")
def check_keep_picture(keep_picture):
    """``keep_picture(G, fixed_noise)``: 고정된 z의 그림 (N, nc, H, W)를 돌려주는 함수."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        G, noise = Generator(SMALL), torch.randn(5, SMALL.nz)
        G(torch.randn(32, SMALL.nz))  # 통계가 처음 값(0과 1)에서 벗어나게 합니다.
        untouched = copy.deepcopy(G)
        with torch.no_grad():
            crowd = copy.deepcopy(G)(noise)  # 학습 모드의 그림
            with evaluating(G):
                expected = G(noise)
        picture = ask_tensor(keep_picture, G, noise, shape=tuple(expected.shape))
        _left_alone(G, picture, untouched)
        again = ask_tensor(keep_picture, G, noise, shape=tuple(expected.shape))
    refuse_first({
        "G가 그대로인데 부를 때마다 그림이 다릅니다. 받은 fixed_noise를 쓰세요.": not torch.equal(picture, again),
        "그 배치의 통계로 만든 그림입니다. eval()로 모아 둔 통계를 쓰세요.": torch.allclose(picture, crowd, atol=1e-5),
        "G(fixed_noise)와 다른 그림입니다. 받은 fixed_noise를 그대로, G의 출력 [-1, 1]을 그대로 돌려주세요.":
            not torch.allclose(picture, expected, atol=1e-5),
    })  # fmt: skip


def _left_alone(G, picture, before):
    """그림을 남긴 뒤에도 G와 PyTorch의 상태가 ``before``와 같은지 봅니다."""
    refuse_first({
        "변화도를 구하지 않는 상태로 남았습니다. with torch.no_grad(): 안에서 만드세요.": not torch.is_grad_enabled(),
        "G의 매개변수가 얼어 있습니다. 다음 반복에서 배울 수 있게 되돌리세요.":
            not all(p.requires_grad for p in G.parameters()),
        "그림이 계산 그래프를 붙들고 있습니다. torch.no_grad() 안에서 만드세요.": picture.requires_grad,
        "그림을 남겼더니 배치 정규화의 통계가 바뀌어, 보는 것만으로 G가 달라졌습니다. G.eval()로 바꾼 뒤에 만드세요.":
            not all(map(torch.equal, before.buffers(), G.buffers())),
        "G가 평가 모드로 남아 있습니다. 그림을 만든 뒤 G.train()으로 되돌리세요.": not G.training,
    })  # fmt: skip
