"""남이 만든 파일의 텐서들에서 이 강의의 생성자와 구분자를 알아봅니다. 이름이 아니라 모양과 이어짐을 봅니다.

이름은 만든 사람마다 다릅니다. ``DataParallel``과 ``DistributedDataParallel``은 ``module.``을, ``torch.compile``은
``_orig_mod.``을 붙이고, 체크포인트에는 ``netG``나 ``state_dict`` 안에 들어 있으며, 차례가 가나다순인 파일도 있습니다.
"""

import re
from dataclasses import dataclass
from itertools import pairwise, permutations

import torch

from gan_lesson.base.errors import LessonError, quote
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator

DEEPEST = 12  # 겹겹의 dict를 이만큼까지 들여다봅니다.
KINDS = {"generator": "생성자", "discriminator": "구분자"}
NETWORKS = {"generator": Generator, "discriminator": Discriminator}
NORM = {"weight", "bias", "running_mean", "running_var"}
COUNT = "num_batches_tracked"  # PyTorch 0.4.0까지는 없었고, PyTorch도 없으면 0으로 채웁니다.
# 이름이 스스로 말하는 것: netG, G, gen, generator, model_G_ema, …
SAYS = {
    "generator": re.compile(r"(?i)(^|[._-])(net_?g|g|gen|generator)([._-]|$)"),
    "discriminator": re.compile(r"(?i)(^|[._-])(net_?d|d|dis|disc|discriminator|critic)([._-]|$)"),
}


@dataclass(frozen=True)
class Network:
    """알아본 신경망 하나.

    Attributes:
        kind: ``"generator"`` 또는 ``"discriminator"``.
        part: 파일의 어느 부분이었는지("netG" 등). 파일 전체면 빈 글.
        settings: 모양에서 알아낸 설정값: nz와 ngf(구분자면 ndf), nc, image_size.
        tensors: 이 강의의 이름 → 텐서. 실수는 float32입니다.
    """

    kind: str
    part: str
    settings: dict
    tensors: dict


class NotOurs(ValueError):
    """이 강의의 신경망이 아닌 이유(문장의 앞부분)."""


def recognise(content, kind, whose):
    """``content``(파일에 든 것)에서 ``kind``인 신경망 하나를 골라 ``Network``로.

    Args:
        whose: 오류 메시지의 첫머리. 예: ``"가중치 파일 'netG.pth'"``.

    Raises:
        LessonError: 하나도 없거나, 여럿이라 고를 수 없을 때. 파일에 무엇이 들어 있는지 늘어놓습니다.
    """
    tensors = _flat(content)
    if not tensors:
        raise LessonError(
            f"{whose}: 이름과 텐서의 짝이 아니라 {type(content).__name__}입니다. {_contents(content)}"
            f"torch.save(net{kind[0].upper()}.state_dict(), ...)로 저장한 파일을 주세요."
        )
    found, reasons, other = [], {}, None
    for part, group in _groups(tensors).items():
        try:
            network = _network(group, part)
        except NotOurs as why:
            reasons[part] = str(why)
            continue
        if network.kind == kind:
            found.append(network)
        other = network
    if found:
        return _choose(found, kind, whose)
    asked = KINDS[kind]
    if other is not None:
        where = f" 파일의 '{other.part}' 부분은" if other.part else ""
        raise LessonError(
            f"{whose}: DCGAN {asked}의 가중치가 아닙니다.{where} {KINDS[other.kind]}의 가중치이니 "
            f"{asked}(net{kind[0].upper()})의 파일을 주세요."
        )
    raise LessonError(
        f"{whose}: 이 강의의 것과 같은 DCGAN {asked}의 가중치가 아닙니다({_best_reason(reasons, tensors, kind)}). "
        f"{_contents(content)}옮길 수 있는 것은 4×4 커널과 배치 정규화가 번갈아 있고 채널이 두 배씩 달라지는, PyTorch "
        "예제의 DCGAN(32, 64, 128픽셀)뿐이니 그런 파일을 주세요."
    )


def _flat(content, prefix="", depth=0):
    """겹겹의 dict와 목록에 든 텐서들을 "이름.이름.…" → 텐서로."""
    if torch.is_tensor(content):
        return {prefix: content.detach()}
    pairs = content.items() if isinstance(content, dict) else ()
    if isinstance(content, list | tuple):
        pairs = enumerate(content)
    if depth == DEEPEST:
        return {}
    flat = {}
    for name, value in pairs:
        flat |= _flat(value, f"{prefix}.{name}" if prefix else str(name), depth + 1)
    return flat


def _groups(tensors):
    """앞부분이 같은 이름들의 모음. 같은 모음이면 짧은 앞부분 하나만: 앞부분 → (이름 → 텐서)."""
    under = {}
    for name in tensors:
        parts = name.split(".")
        for depth in range(len(parts)):
            under.setdefault(".".join(parts[:depth]), []).append(name)
    shortest = {}
    for part in sorted(under, key=len):
        shortest.setdefault(tuple(under[part]), part)
    return {part: {name: tensors[name] for name in names} for names, part in shortest.items()}


def _network(group, part):
    """텐서들이 생성자나 구분자 하나면 ``Network``, 아니면 ``NotOurs``."""
    kernels, norms = _layers(group)
    if not 4 <= len(kernels) <= 6:
        raise NotOurs(
            f"4차원 커널이 {len(kernels)}개인데 32픽셀이면 4개, 64픽셀이면 5개, 128픽셀이면 6개여야 함"
        )
    for name, kernel in kernels.items():
        if kernel.shape[2:] != (4, 4):
            raise NotOurs(f"{quote(name)}의 커널이 {_shape(kernel.shape[2:])}인데 4×4여야 함")
    size, norm_sizes = 4 * 2 ** (len(kernels) - 1), sorted(norms, reverse=True)
    # 이름의 차례부터 보므로, 예제와 같은 파일이면 첫 번째에 맞습니다.
    for order in permutations(kernels.values()):
        # 생성자의 커널은 (입력, 출력), 구분자의 커널은 (출력, 입력)입니다. 둘 다 넓은 쪽에서 좁은 쪽으로 봅니다.
        if any(wide.shape[1] != narrow.shape[0] for wide, narrow in pairwise(order)):
            continue
        widths = [kernel.shape[0] for kernel in order[1:]]
        if any(wide != 2 * narrow for wide, narrow in pairwise(widths)):
            continue
        first, base, nc = order[0].shape[0], widths[-1], order[-1].shape[1]
        if norm_sizes == widths:
            settings = dict(nz=first, ngf=base, nc=nc, image_size=size)
            return _renamed("generator", part, settings, order, norms)
        # 구분자는 입력 층(가장 좁은 층)에 배치 정규화가 없습니다.
        if norm_sizes == widths[:-1] and first == 1:
            settings = dict(ndf=base, nc=nc, image_size=size)
            return _renamed("discriminator", part, settings, order[::-1], norms)
    shapes = ", ".join(_shape(kernel.shape[:2]) for kernel in kernels.values())
    raise NotOurs(f"커널의 채널 {shapes}와 배치 정규화의 채널 {norm_sizes or '없음'}이 이어지지 않음")


def _layers(group):
    """(커널의 이름 → 4차원 텐서, 채널 수 → 배치 정규화의 텐서들). 커널은 이름에 든 수의 차례입니다."""
    layers, kernels, norms = {}, {}, {}
    for name, tensor in group.items():
        layer, _, leaf = name.rpartition(".")
        layers.setdefault(layer, {})[leaf] = tensor
    for layer in sorted(layers, key=_natural):
        leaves = layers[layer]
        sizes = {tuple(leaves[leaf].shape) for leaf in NORM & leaves.keys()}
        if leaves.keys() == {"weight"} and leaves["weight"].ndim == 4:
            kernels[f"{layer}.weight"] = leaves["weight"]
        elif leaves.keys() - {COUNT} == NORM and len(sizes) == 1 and len(size := sizes.pop()) == 1:
            if size[0] in norms:
                raise NotOurs(f"채널이 {size[0]}인 배치 정규화가 둘임")
            norms[size[0]] = leaves
        else:
            raise NotOurs(_strange(layer, leaves))
    return kernels, norms


def _strange(layer, leaves):
    if leaves.keys() == {"weight", "bias"} and leaves["weight"].ndim == 4:
        return f"{quote(f'{layer}.bias')}: 이 강의의 합성곱에는 bias가 없음"
    names = {f"{layer}.{leaf}".lstrip("."): tensor for leaf, tensor in list(leaves.items())[:4]}
    shown = ", ".join(f"{name}({_shape(tensor.shape)})" for name, tensor in names.items())
    return f"합성곱도 배치 정규화도 아닌 것이 있음: {shown}"


def _renamed(kind, part, settings, order, norms):
    """``order``(입력 쪽부터)와 ``norms``를 이 강의의 이름으로 옮긴 ``Network``."""
    try:
        config = LessonConfig(**settings, ngpu=0)
    except LessonError as error:
        raise NotOurs(str(error).rstrip(".")) from None
    with torch.device("meta"):
        expected = NETWORKS[kind](config).state_dict()
    kernels, tensors = iter(order), {}
    for name, like in expected.items():
        layer, _, leaf = name.rpartition(".")
        if like.ndim == 4:
            tensor = next(kernels)
        else:
            tensor = norms[expected[f"{layer}.weight"].shape[0]].get(leaf, torch.zeros(()))
        if like.is_floating_point() and not tensor.is_floating_point():
            raise NotOurs(f"{quote(name)}이 실수가 아니라 {str(tensor.dtype).removeprefix('torch.')}임")
        tensors[name] = tensor.to(like.dtype).reshape(like.shape).contiguous()
        if not tensors[name].isfinite().all():
            raise NotOurs(f"{quote(name)}에 수가 아닌 값(NaN이나 무한대)이 있음. 발산한 학습의 가중치임")
    return Network(kind, part, settings, tensors)


def _choose(found, kind, whose):
    """알아본 것 가운데 하나. 이름이 다른 신경망이라고 말하는 것은 빼고, 그래도 여럿이면 물어봅니다."""
    (other,) = KINDS.keys() - {kind}
    kept = [n for n in found if not SAYS[other].search(n.part) or SAYS[kind].search(n.part)] or found
    for exact in (kept, [n for n in kept if SAYS[kind].search(n.part)],
                  [n for n in kept if SAYS[kind].fullmatch(n.part.rsplit(".", 1)[-1])]):  # fmt: skip
        if len(exact) == 1:
            return exact[0]
    names = ", ".join(f"'{network.part}'" for network in kept)
    raise LessonError(
        f"{whose}: {KINDS[kind]}로 읽을 수 있는 것이 {len(kept)}개입니다({names}). 쓸 것 하나만 "
        f"torch.save로 따로 저장한 파일을 주세요."
    )


def _best_reason(reasons, tensors, kind):
    """여러 부분의 이유 가운데 보여 줄 것: 이름이 ``kind``라고 말하는 것, 그다음은 4차원 텐서가 많은 것."""

    def kernels(part):
        return sum(t.ndim == 4 for name, t in tensors.items() if name.startswith(part))

    return reasons[max(reasons, key=lambda part: (bool(SAYS[kind].search(part)), kernels(part), -len(part)))]


def _contents(content, most=8):
    """파일의 맨 위에 무엇이 있는지 한 문장."""
    if not isinstance(content, dict):
        return ""
    shown = []
    for name, value in list(content.items())[:most]:
        if torch.is_tensor(value):
            about = _shape(value.shape) or "수 하나"
        else:
            count = len(_flat(value))
            about = f"텐서 {count}개" if count else type(value).__name__
        shown.append(f"{str(name)[:60]}({about})")
    more = f" 등 {len(content)}개" if len(content) > most else ""
    return f"파일에 든 것: {', '.join(shown)}{more}. " if shown else "파일이 비어 있습니다. "


def _natural(name):
    """ "main.10"이 "main.4" 뒤에 오게 하는 차례."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _shape(sizes):
    return "×".join(map(str, sizes))
