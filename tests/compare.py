"""상태를 비트까지 비교합니다."""

import torch


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
