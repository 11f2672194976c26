"""상태를 비트까지 비교합니다. 비교할 교과서의 루프도 여기 있습니다."""

import torch

from gan_lesson import textbook
from gan_lesson.training.state import GanState


def flat(value):
    """상태에 든 텐서와 수를 모두 한 줄로."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in flat(value[key])]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in flat(item)]
    return [value]


def same(a, b):
    """두 상태(사본, 텐서의 목록, …)가 비트까지 같은지."""
    pairs = zip(flat(a), flat(b), strict=True)
    return all(torch.equal(x, y) if torch.is_tensor(x) else x == y for x, y in pairs)


def everything(trainer):
    """``Trainer``의 상태와 기록과 남긴 그림 전부."""
    return [trainer.state.snapshot(), trainer.history.rows, trainer.snapshots, trainer.judgements]


def batches(config, count, device="cpu"):
    """[-1, 1]의 아무 그림으로 된 배치 ``count``개."""
    rng, shape = torch.Generator().manual_seed(7), (config.nc, config.image_size, config.image_size)
    made = torch.rand((count, config.batch_size, *shape), generator=rng) * 2 - 1
    return list(made.to(device))


def textbook_twin(state, reals):
    """``state``와 같은 출발점에서 교과서의 루프를 돌린 상태와 통계."""
    twin = GanState(state.config, state.device)
    twin.restore(state.snapshot())
    networks, rows = (twin.generator, twin.discriminator, twin.optimizer_g, twin.optimizer_d), []
    for real in reals:
        rows.append(textbook.iteration(*networks, real, twin.sample_z(len(real))))
        twin.iteration += 1
    return twin, rows
