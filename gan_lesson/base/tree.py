"""겹겹의 dict를 "이름/이름" → 텐서와, 나머지(JSON으로 쓸 수 있는 것)로 펴고 되돌립니다."""

import torch

BETWEEN = "/"  # 신경망의 텐서 이름("main.0.weight")에는 점이 들어 있습니다.


def flatten(tree, prefix=""):
    """(경로 → 텐서(CPU, 연속 메모리), 경로 → 나머지)."""
    tensors, others = {}, {}
    for name, value in tree.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and value:
            inner = flatten(value, path + BETWEEN)
            tensors |= inner[0]
            others |= inner[1]
        elif torch.is_tensor(value):
            tensors[path] = value.detach().cpu().contiguous()
        else:
            others[path] = value
    return tensors, others


def nest(tensors, others):
    """``flatten``의 반대. 수로 된 이름은 수가 됩니다."""
    tree = {}
    for path, value in (tensors | others).items():
        *parents, leaf = (int(name) if name.isdecimal() else name for name in path.split(BETWEEN))
        at = tree
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value
    return tree
