"""버그 찾기: 일부러 망가뜨린 학습 루프 다섯과, 돌려 보면 드러나는 증상.

07의 학생은 소스를 보지 않고 증상만으로 버그를 맞힌 뒤 ``inspect.getsource``로 확인합니다. 그래서 루프마다
처음부터 끝까지 따로 적었습니다. 다섯 모두 오류 없이 돌아갑니다.
"""

from itertools import islice

import torch
from torch.nn import functional as F

from gan_lesson.config import LessonConfig
from gan_lesson.data.images import Batches
from gan_lesson.labs.layers import gradient_norm, weight_vector
from gan_lesson.training.state import GanState

CONFIG = LessonConfig(batch_size=16, nz=8, ngf=4, ndf=4, ngpu=0)
ITERATIONS = 80
COLUMNS = ("d_x", "d_gz", "loss_d", "loss_g", "grad_d", "grad_g", "moved_d", "moved_g")


def real_loss(answers):
    return F.binary_cross_entropy(answers, answers.new_ones(answers.shape))


def fake_loss(answers):
    return F.binary_cross_entropy(answers, answers.new_zeros(answers.shape))


def sound_loop(G, D, optimizer_g, optimizer_d, real, z):
    """비교해 볼 멀쩡한 루프."""
    D.zero_grad()
    d_x = D(real)
    fake = G(z)
    d_gz = D(fake.detach())
    loss_d = real_loss(d_x) + fake_loss(d_gz)
    loss_d.backward()
    optimizer_d.step()

    G.zero_grad()
    loss_g = real_loss(D(fake))
    loss_g.backward()
    optimizer_g.step()
    return d_x, d_gz, loss_d, loss_g


def loop_a(G, D, optimizer_g, optimizer_d, real, z):
    D.zero_grad()
    d_x = D(real)
    fake = G(z)
    d_gz = D(fake.detach())
    loss_d = real_loss(d_x) + fake_loss(d_gz)
    loss_d.backward()
    optimizer_d.step()

    G.zero_grad()
    loss_g = real_loss(D(fake.detach()))
    loss_g.backward()
    optimizer_g.step()
    return d_x, d_gz, loss_d, loss_g


def loop_b(G, D, optimizer_g, optimizer_d, real, z):
    d_x = D(real)
    fake = G(z)
    d_gz = D(fake.detach())
    loss_d = real_loss(d_x) + fake_loss(d_gz)
    loss_d.backward()
    optimizer_d.step()

    G.zero_grad()
    loss_g = real_loss(D(fake))
    loss_g.backward()
    optimizer_g.step()
    return d_x, d_gz, loss_d, loss_g


def loop_c(G, D, optimizer_g, optimizer_d, real, z):
    D.zero_grad()
    d_x = D(real)
    fake = G(z)
    d_gz = D(fake.detach())
    loss_d = real_loss(d_x) + fake_loss(d_gz)
    loss_d.backward()
    optimizer_d.step()

    G.zero_grad()
    loss_g = fake_loss(D(fake))
    loss_g.backward()
    optimizer_g.step()
    return d_x, d_gz, loss_d, loss_g


def loop_d(G, D, optimizer_g, optimizer_d, real, z):
    D.zero_grad()
    d_x = D(real)
    fake = G(z)
    d_gz = D(fake.detach())
    loss_d = real_loss(d_x) + fake_loss(d_gz)
    loss_d.backward()
    optimizer_d.step()

    G.zero_grad()
    loss_g = real_loss(D(fake))
    loss_g.backward()
    optimizer_d.step()
    return d_x, d_gz, loss_d, loss_g


def loop_e(G, D, optimizer_g, optimizer_d, real, z):
    D.zero_grad()
    d_x = D(real)
    fake = G(z)
    d_gz = D(fake.detach())
    loss_d = fake_loss(d_x) + real_loss(d_gz)
    loss_d.backward()
    optimizer_d.step()

    G.zero_grad()
    loss_g = real_loss(D(fake))
    loss_g.backward()
    optimizer_g.step()
    return d_x, d_gz, loss_d, loss_g


LOOPS = {"가": loop_a, "나": loop_b, "다": loop_c, "라": loop_d, "마": loop_e}


def symptoms(loop, data, iterations=ITERATIONS, config=CONFIG):
    """``loop``(위의 루프 하나)을 처음부터 돌리며 잰 것: ``COLUMNS``의 이름 → 반복 수만큼의 float 목록.

    ``grad_*``는 그 모델을 가르치는 부분이 끝났을 때의 ‖변화도‖, ``moved_*``는 그 반복에서 움직인 거리
    ‖Δθ‖입니다.
    """
    state = GanState(config)
    G, D = state.generator, state.discriminator
    columns = {name: [] for name in COLUMNS}
    grad_d = []  # Part 1의 갱신 바로 앞에서 잽니다. 뒤에는 Part 2의 것이 섞입니다.
    hook = state.optimizer_d.register_step_pre_hook(lambda *_: grad_d.append(gradient_norm(D)))
    for real in islice(Batches(data, config).endless(), iterations):
        before_d, before_g = weight_vector(D), weight_vector(G)
        grad_d.clear()
        z = state.sample_z(len(real))
        seen = loop(G, D, state.optimizer_g, state.optimizer_d, real, z)
        moved = torch.dist(weight_vector(D), before_d), torch.dist(weight_vector(G), before_g)
        row = (*seen, grad_d[0], gradient_norm(G), *moved)
        for name, value in zip(COLUMNS, row, strict=True):
            columns[name].append(value.mean().item())
    hook.remove()
    return columns
