"""다른 곳에서 학습한 DCGAN의 가중치를 가져옵니다: 결과 폴더로 옮기거나, 거기서부터 학습하거나.

층의 이름은 만든 사람마다 다르므로 텐서의 모양과 차례를 봅니다. ``DataParallel``의 ``module.``이나 ``torch.compile``의
``_orig_mod.``이 붙어도, 체크포인트의 ``netG``나 ``state_dict`` 안에 들어 있어도, 이름의 차례로 적혀 있어도 됩니다.
"""

import re
from pathlib import Path

import torch
from safetensors.torch import load_file

from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training.saving.resume import BETWEEN, flatten
from gan_lesson.training.saving.run_folder import open_run_folder

NETWORKS = {"generator": ("생성자", "netG", Generator), "discriminator": ("구분자", "netD", Discriminator)}
# 파일 안에서 그 신경망이라고 말하는 이름: netG, G, gen, model_G_ema, …
SAYS = {"generator": "net_?g|g|gen|generator", "discriminator": "net_?d|d|dis|disc|discriminator"}


def read_network(path, kind):
    """가중치 파일(.pth, 체크포인트, safetensors, 결과 폴더)에서 (모양이 정하는 설정값, 이 강의의 이름 → 텐서).

    읽을 수 없거나, 이 강의의 것과 같은 ``kind``("generator", "discriminator")가 꼭 하나가 아니면 ``LessonError``입니다.
    """
    name, usual, _ = NETWORKS[kind]
    whose = f"가중치 파일 '{path}'"
    advice = f"torch.save({usual}.state_dict(), …)로 쓴 파일을 주세요"
    try:
        tensors, _ = flatten(_read(Path(path), kind))
    except Exception as error:  # 깨진 파일은 자리마다 다른 오류를 냅니다.
        raise LessonError(
            f"{whose}: 읽을 수 없습니다({type(error).__name__}). {advice}. ONNX, Keras, TensorFlow, StyleGAN의 파일이나 모델을 "
            "통째로 저장한 것은 옮길 수 없습니다. 내려받기가 끊겼거나 웹 페이지를 받은 것은 아닌지도 보세요."
        ) from None
    tensors = {name.replace(BETWEEN, "."): tensor for name, tensor in tensors.items()}
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
    """앞부분의 이름이 그 신경망이라고 말하는 정도: 2(netG), 1(netG_ema), 0(state_dict), 다른 신경망이라고 말하면 -1."""
    said = {each: re.search(rf"(?i)(?:^|[._-])({words})(?:[._-]|$)", part) for each, words in SAYS.items()}
    if ours := said.pop(kind):
        return 2 if part.endswith(ours[1]) else 1
    return -1 if any(said.values()) else 0


def _as_ours(tensors, kind):
    """텐서들의 모양과 이어짐이 ``kind``인 신경망의 것이면 (설정값, 이 강의의 이름 → float32 텐서), 아니면 ``None``."""
    layers = {}
    for name, tensor in tensors.items():
        layer, _, leaf = name.rpartition(".")
        layers.setdefault(layer, {})[leaf] = tensor
    alone = {layer: leaves["weight"] for layer, leaves in layers.items() if leaves.keys() == {"weight"}}
    kernels = {layer: weight for layer, weight in alone.items() if weight.ndim == 4}
    norms = {leaves["running_mean"].numel(): leaves for leaves in layers.values() if "running_mean" in leaves}
    without_norm = len(kernels) - len(norms)  # 출력 층과, 구분자면 입력 층에도 배치 정규화가 없습니다.
    if len(kernels) + len(norms) != len(layers) or without_norm != (1 if kind == "generator" else 2):
        return None
    # 커널은 파일의 차례로, 아니면 이름의 차례로. 배치 정규화는 층마다 다른 채널의 수로 찾습니다.
    for order in (list(kernels), sorted(kernels, key=_natural)):
        if found := _matched([kernels[layer] for layer in order], norms, kind):
            return found
    return None


def _matched(kernels, norms, kind):
    first, last = kernels[0].shape, kernels[-1].shape
    try:
        shapes = {"nz": first[0], "ngf": last[0], "nc": last[1]}
        if kind == "discriminator":
            shapes = {"ndf": first[0], "nc": first[1]}
        settings = shapes | {"image_size": 4 * 2 ** (len(kernels) - 1)}  # 커널이 4, 5, 6개면 32, 64, 128픽셀
        with torch.device("meta"):
            expected = NETWORKS[kind][2](LessonConfig(**settings, ngpu=0)).state_dict()
    except LessonError:
        return None
    found, kernels = {}, iter(kernels)
    for name, like in expected.items():
        layer, _, leaf = name.rpartition(".")
        norm = norms.get(expected[f"{layer}.weight"].shape[0], {})
        # PyTorch 0.4.0까지는 num_batches_tracked가 없었으므로, 없으면 0입니다.
        tensor = next(kernels) if like.ndim == 4 else norm.get(leaf, torch.zeros(()))
        if tensor.shape != like.shape or (like.ndim and not tensor.is_floating_point()):
            return None
        found[name] = tensor.to(like.dtype).contiguous()
    return settings, found


def _natural(name):
    """ "main.10"이 "main.4" 뒤에 오게 하는 차례."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def import_generator(weights, folder, dataroot):
    """다른 곳에서 학습한 생성자의 가중치로 새 결과 폴더를 만들고, 무엇을 어디에 두었는지 한 문장을 돌려줍니다."""
    settings, tensors = read_network(weights, "generator")
    config = LessonConfig(dataroot=dataroot, **settings, ngpu=0)
    generator = Generator(config)
    generator.load_state_dict(tensors)
    with open_run_folder(folder, config) as place:
        save_weights(generator, place / "generator.safetensors")
    return (
        f"{config.nc}×{config.image_size}×{config.image_size} 생성자(nz={config.nz}, ngf={config.ngf})를 {folder} 폴더에 "
        f"옮겼습니다. 'python -m gan_lesson sample --run {folder}'로 그림을 만들거나, "
        f"'python -m gan_lesson train --netG {folder} --dataroot 그림폴더'로 더 학습해 보세요."
    )


def starting_networks(paths, given):
    """가져온 가중치에서 시작할 신경망들: (모양이 정하는 것까지 더한 설정값, 종류 → 텐서들). ``given``: 사람이 적은 설정값.

    ``paths``는 종류("generator", "discriminator") → 파일이고, ``None``이면 처음부터 시작합니다.
    """
    settings, weights = dict(given), {}
    for kind, path in paths.items():
        if path is not None:
            shapes, weights[kind] = read_network(path, kind)
            off = [f"{name}={new}" for name, new in shapes.items() if settings.get(name, new) != new]
            if off:
                raise LessonError(
                    f"가중치 파일 '{path}': 모양이 정하는 값 {', '.join(off)}가 적은 설정값이나 다른 파일의 것과 다릅니다. 그 "
                    "설정값을 빼거나 함께 학습한 두 파일을 주세요."
                )
            settings |= shapes
    return settings, weights
