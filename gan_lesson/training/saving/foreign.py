"""다른 곳에서 학습한 DCGAN의 가중치를 가져옵니다: 결과 폴더로 옮기거나, 거기서부터 학습하거나.

층의 이름은 만든 사람마다 다르므로 텐서의 모양과 차례를 봅니다. ``DataParallel``의 ``module.``이나 ``torch.compile``의
``_orig_mod.``이 붙어도, 체크포인트의 ``netG``나 ``state_dict`` 안에 들어 있어도, 이름의 차례로 적혀 있어도 됩니다.
"""

import re
from pathlib import Path

import torch
from safetensors.torch import load_file

from gan_lesson.base.errors import LessonError, quote
from gan_lesson.base.files import save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training.saving.run_folder import open_run_folder

NETWORKS = {"generator": ("생성자", "netG", Generator), "discriminator": ("구분자", "netD", Discriminator)}
# 파일 안에서 그 신경망이라고 말하는 이름: netG, G, gen, model_G_ema, …
SAYS = {
    "generator": re.compile(r"(?i)(?:^|[._-])(net_?g|g|gen|generator)(?:[._-]|$)"),
    "discriminator": re.compile(r"(?i)(?:^|[._-])(net_?d|d|dis|disc|discriminator)(?:[._-]|$)"),
}


def read_network(path, kind):
    """가중치 파일(.pth, 체크포인트, safetensors, 결과 폴더)에서 (모양이 정하는 설정값, 이 강의의 이름 → 텐서).

    Args:
        kind: ``"generator"`` 또는 ``"discriminator"``.

    Raises:
        LessonError: 읽을 수 없거나, 이 강의의 것과 같은 신경망이 들어 있지 않거나, 여럿이라 고를 수 없을 때.
    """
    name, usual, _ = NETWORKS[kind]
    whose = f"가중치 파일 '{path}'"
    advice = f"torch.save({usual}.state_dict(), …)로 쓴 파일을 주세요"
    try:
        tensors = _flat(_read(Path(path), kind))
    except Exception as error:  # 깨진 파일은 자리마다 다른 오류를 냅니다.
        raise LessonError(
            f"{whose}: 읽을 수 없습니다({type(error).__name__}: {quote(str(error), 100)}). {advice}. 내려받기가 끊겼거나 웹 "
            "페이지를 받은 것은 아닌지도 보세요."
        ) from None
    parts = _parts(tensors)
    found = {part: ours for part, inside in parts.items() if (ours := _as_ours(inside, kind))}
    if not found:
        (other,) = NETWORKS.keys() - {kind}
        if any(_as_ours(inside, other) for inside in parts.values()):
            raise LessonError(f"{whose}: {name}가 아니라 {NETWORKS[other][0]}의 가중치입니다. {advice}.")
        kernels = [f"{key}{[*tensor.shape]}" for key, tensor in tensors.items() if tensor.ndim == 4]
        raise LessonError(
            f"{whose}: 이 강의의 것과 같은 DCGAN {name}의 가중치가 아닙니다(4차원 커널: {', '.join(kernels[:8]) or '없음'}). "
            f"bias 없는 4×4 커널과 배치 정규화가 번갈아 있는, PyTorch 예제의 DCGAN(32, 64, 128픽셀)만 옮길 수 있습니다. {advice}."
        )
    best = max(_says(part, kind) for part in found)
    named = [part for part in found if _says(part, kind) == best]
    if len(named) > 1:
        raise LessonError(
            f"{whose}: {name}로 읽을 수 있는 것이 여럿입니다({', '.join(named)}). 하나만 든 파일을 주세요."
        )
    settings, ours = found[named[0]]
    if not all(tensor.isfinite().all() for tensor in ours.values()):
        raise LessonError(f"{whose}: 수가 아닌 값(NaN이나 무한대)이 있습니다. 발산하기 전의 가중치를 주세요.")
    return settings, ours


def _read(place, kind):
    place = inside if (inside := place / f"{kind}.safetensors").is_file() else place
    with place.open("rb") as file:
        is_safetensors = file.read(9)[8:] == b"{"  # 머리글의 길이(8바이트)와 JSON
    return load_file(place) if is_safetensors else torch.load(place, map_location="cpu", weights_only=True)


def _flat(content, prefix=""):
    """겹겹의 dict와 목록에 든 텐서들을 "이름.이름.…" → 텐서로."""
    if torch.is_tensor(content):
        return {prefix: content.detach()}
    pairs = content.items() if isinstance(content, dict) else ()
    pairs = enumerate(content) if isinstance(content, list | tuple) else pairs
    inner = [_flat(value, f"{prefix}.{name}" if prefix else str(name)) for name, value in pairs]
    return {name: tensor for flat in inner for name, tensor in flat.items()}


def _parts(tensors):
    """앞부분이 같은 이름들의 모음: 앞부분("", "netG", "netG.module", …) → (이름 → 텐서). 모음이 같으면 짧은 앞부분 하나만."""
    parts = {}
    for name, tensor in tensors.items():
        words = name.split(".")
        for depth in range(len(words)):
            parts.setdefault(".".join(words[:depth]), {})[name] = tensor
    shortest = {tuple(parts[part]): part for part in sorted(parts, key=len, reverse=True)}
    return {part: parts[part] for part in shortest.values()}


def _says(part, kind):
    """앞부분의 이름이 그 신경망이라고 말하는 정도. 다른 신경망이라고 말하면 -1입니다."""
    (other,) = NETWORKS.keys() - {kind}
    if ours := SAYS[kind].search(part):
        return 2 if part.endswith(ours[1]) else 1
    return -1 if SAYS[other].search(part) else 0


def _as_ours(tensors, kind):
    """텐서들의 모양과 이어짐이 ``kind``인 신경망의 것이면 (설정값, 이 강의의 이름 → float32 텐서), 아니면 ``None``."""
    layers = {}
    for name, tensor in tensors.items():
        layer, _, leaf = name.rpartition(".")
        layers.setdefault(layer, {})[leaf] = tensor
    kernels = {layer: leaves["weight"] for layer, leaves in layers.items() if leaves.keys() == {"weight"}}
    norms = {leaves["running_mean"].numel(): leaves for leaves in layers.values() if "running_mean" in leaves}
    if not 4 <= len(kernels) <= 6 or len(kernels) + len(norms) != len(layers):
        return None
    # 커널은 파일의 차례로, 아니면 이름의 차례로. 배치 정규화는 층마다 다른 채널의 수로 찾습니다.
    for order in (list(kernels), sorted(kernels, key=_natural)):
        if found := _matched([kernels[layer] for layer in order], norms, kind):
            return found
    return None


def _matched(kernels, norms, kind):
    first, last, size = kernels[0].shape, kernels[-1].shape, 4 * 2 ** (len(kernels) - 1)
    try:
        if kind == "generator":
            settings = dict(nz=first[0], ngf=last[0], nc=last[1], image_size=size)
        else:
            settings = dict(ndf=first[0], nc=first[1], image_size=size)
        with torch.device("meta"):
            expected = NETWORKS[kind][2](LessonConfig(**settings, ngpu=0)).state_dict()
    except (IndexError, LessonError):
        return None
    found, kernels = {}, iter(kernels)
    for name, like in expected.items():
        layer, _, leaf = name.rpartition(".")
        norm = norms.get(expected[f"{layer}.weight"].shape[0], {})
        # PyTorch 0.4.0까지는 num_batches_tracked가 없었습니다.
        tensor = next(kernels) if like.ndim == 4 else norm.get(leaf, torch.zeros(()))
        if tensor.shape != like.shape or (like.ndim and not tensor.is_floating_point()):
            return None
        found[name] = tensor.to(like.dtype).contiguous()
    used = sum(name.endswith("running_mean") for name in expected)
    return (settings, found) if len(norms) == used else None


def _natural(name):
    """ "main.10"이 "main.4" 뒤에 오게 하는 차례."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def import_generator(weights, folder, dataroot):
    """다른 곳에서 학습한 생성자의 가중치로 새 결과 폴더를 만들고, 그 ``LessonConfig``를 돌려줍니다."""
    settings, tensors = read_network(weights, "generator")
    config = LessonConfig(dataroot=dataroot, **settings, ngpu=0)
    generator = Generator(config)
    generator.load_state_dict(tensors)
    with open_run_folder(folder, config) as place:
        save_weights(generator, place / "generator.safetensors")
    return config


def starting_networks(paths, given):
    """가져온 가중치에서 시작할 신경망들: (모양이 정하는 것까지 더한 설정값, 이름 → 텐서들).

    Args:
        paths: ``"generator"``나 ``"discriminator"`` → 파일. ``None``이면 처음부터 시작합니다.
        given: 사람이 적은 설정값.
    """
    settings, weights = dict(given), {}
    for kind, path in paths.items():
        if path is not None:
            shapes, weights[kind] = read_network(path, kind)
            if off := [
                f"{name}={value}" for name, value in shapes.items() if settings.get(name, value) != value
            ]:
                raise LessonError(
                    f"가중치 파일 '{path}': 모양이 정하는 값 {', '.join(off)}가 적은 설정값이나 다른 파일의 것과 다릅니다. 그 "
                    "설정값을 빼거나 함께 학습한 두 파일을 주세요."
                )
            settings |= shapes
    return settings, weights
