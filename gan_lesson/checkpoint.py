"""학습의 상태를 디스크에 남기고 되찾습니다. 언제 꺼져도 온전한 것이 하나는 남습니다.

결과 폴더의 ``checkpoint/`` 안에, 한 번 남길 때마다 파일이 둘 생깁니다. ``000012.safetensors``에는 텐서가,
``000012.json``에는 나머지와 두 파일의 SHA-256이 있습니다. JSON을 나중에 쓰므로 JSON이 있으면 다 쓴 것입니다.
새것을 디스크에서 다시 읽어 확인한 뒤에야 오래된 것을 지우고, 바로 앞의 것은 남겨 둡니다. pickle은 없습니다.
"""

import hashlib
import json
import re
import struct
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from gan_lesson.errors import LessonError, LessonWarning, quote, reason
from gan_lesson.files import read_file, write_bytes
from gan_lesson.models import Discriminator, Generator
from gan_lesson.weights import LARGEST, mismatch, pack, unpack

FORMAT = 2  # 2: 프로세스의 수
FOLDER = "checkpoint"
LARGEST_NOTES = 4 * 2**20  # 읽을 JSON의 한계(바이트)
TRIED = 5  # 새것부터 이만큼만 읽어 봅니다.
_NAME = re.compile(r"[0-9]{6,9}")
_LEFTOVER = re.compile(r"\.[0-9]{6,9}\.(json|safetensors)-[0-9]+-[0-9a-f]{8}")
NETWORKS, OPTIMIZERS = ("generator", "discriminator"), ("optimizer_g", "optimizer_d")


@dataclass(frozen=True)
class Checkpoint:
    """읽어서 확인까지 마친 체크포인트. notes: JSON으로 쓸 수 있는 dict, tensors: 이름 → 텐서(CPU)."""

    path: Path
    notes: dict
    tensors: dict


def save_checkpoint(folder, notes, tensors):
    """``folder``(결과 폴더)에 하나를 더 남기고 오래된 것을 지웁니다.

    Args:
        notes: JSON으로 쓸 수 있는 dict.
        tensors: 이름 → 텐서.

    Raises:
        LessonError: 디스크에 쓸 수 없을 때. 먼저 남긴 것은 그대로이고, 다른 폴더에 다시 남길 수 있습니다.
    """
    place = Path(folder) / FOLDER
    try:
        _refuse_link(place)
        place.mkdir(exist_ok=True)
        earlier = _numbers(place)
        number = max(earlier, default=0) + 1
        name = f"{number:06d}"
        data = pack(tensors)
        body = {"format": FORMAT, "tensors": hashlib.sha256(data).hexdigest(), "notes": notes}
        write_bytes(place / f"{name}.safetensors", data)
        text = json.dumps(body | {"digest": _digest(body)}, ensure_ascii=False, indent=1)
        write_bytes(place / f"{name}.json", text.encode(errors="backslashreplace"))
        _read(place / f"{name}.json")
    except (OSError, ValueError) as error:
        raise LessonError(
            f"체크포인트 폴더 '{place}': 지금 상태를 저장하지 못했습니다({_why(error)}). 학습은 메모리에 그대로 "
            "있으니 디스크에 자리를 만들거나 쓸 수 있는 다른 폴더에 저장하세요."
        ) from None
    _sweep(place, earlier, number)


def _sweep(place, earlier, newest):
    """온전한 바로 앞의 것 하나를 남기고, 더 오래된 것과 쓰다가 만 것을 지웁니다. 지우지 못해도 저장은 된 것입니다."""
    kept = {newest}
    for number in sorted(earlier, reverse=True):
        with suppress(OSError, ValueError):
            _read(place / f"{number:06d}.json")
            kept.add(number)
            break
    for path in place.iterdir():
        old = path.suffix in (".json", ".safetensors") and _NAME.fullmatch(path.stem)
        if (old and int(path.stem) not in kept) or _LEFTOVER.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()


def load_checkpoint(folder):
    """``folder``(결과 폴더)에 남은 것 가운데 온전한 가장 새것.

    새것이 깨졌으면 경고하고 그 앞의 것을 씁니다.

    Raises:
        LessonError: 온전한 것이 하나도 없을 때.
    """
    place = Path(folder) / FOLDER
    broken = []
    for number in sorted(_numbers(place), reverse=True)[:TRIED]:
        path = place / f"{number:06d}.json"
        try:
            _refuse_link(place)
            found = _read(path)
        except (OSError, ValueError, MemoryError) as error:
            broken.append(f"'{path.name}': {_why(error)}")
            continue
        if broken:
            warnings.warn(
                f"체크포인트 폴더 '{place}': {'; '.join(broken)}. 그 앞의 '{path.name}'에서 이어 갑니다.",
                LessonWarning,
                stacklevel=2,
            )
        return found
    if broken:
        raise LessonError(
            f"체크포인트 폴더 '{place}': 온전한 체크포인트가 없습니다({'; '.join(broken)}). 원본을 다시 "
            "복사하거나 처음부터 학습하세요."
        )
    raise LessonError(
        f"결과 폴더 '{folder}': 체크포인트가 없어 이어 갈 수 없습니다. 'python -m gan_lesson train'이 만든 "
        f"폴더({FOLDER} 폴더가 든 곳)인지 확인하세요."
    )


def has_checkpoint(folder):
    """이어 갈 만한 것이 남아 있는지(온전한지는 보지 않습니다)."""
    return bool(_numbers(Path(folder) / FOLDER))


def state_tensors(state):
    """``GanState``에서 이어 가는 데 필요한 텐서 전부. 이름 → 텐서."""
    tensors = {"rng": state.rng.get_state(), "fixed_noise": state.fixed_noise}
    for name in NETWORKS:
        for key, tensor in getattr(state, name).state_dict().items():
            tensors[f"{name}.{key}"] = tensor
    for name in OPTIMIZERS:
        for index, moments in getattr(state, name).state_dict()["state"].items():
            for key, tensor in moments.items():
                tensors[f"{name}.{index}.{key}"] = tensor
    return tensors


def check_networks(config, tensors):
    """텐서들이 ``config``의 신경망에 맞는지, 신경망을 만들기 **전에** 확인합니다.

    설정값이 거짓으로 크게 적혀 있어도 파일보다 많은 메모리를 쓰지 않습니다.

    Raises:
        ValueError: 모양이 다를 때.
    """
    with torch.device("meta"):
        networks = zip(NETWORKS, (Generator(config), Discriminator(config)), strict=True)
    for name, network in networks:
        if problem := mismatch(network.state_dict(), _under(name, tensors)):
            raise ValueError(f"{name}: {problem}")


def load_state(state, tensors, iteration, learning_rates, same_device=True):
    """``state_tensors``가 낸 것을 새로 만든 ``GanState``에 넣습니다. 메모리 배치는 상태의 것을 따릅니다.

    Args:
        iteration: 끝낸 반복의 수.
        learning_rates: (D의 학습률, G의 학습률).
        same_device: 거짓이면 z의 난수를 옮기지 않습니다(CPU와 GPU는 난수를 만드는 방법이 다릅니다).

    Raises:
        ValueError: 이름, 모양, 자료형이 맞지 않을 때.
    """
    # 새 상태에는 Adam이 모은 것이 아직 없어, 매개변수의 모양에서 그것을 압니다.
    expected = state_tensors(state)
    if same_device:
        _check_rng(tensors.get("rng"))
    else:
        del expected["rng"]
        tensors = {name: tensor for name, tensor in tensors.items() if name != "rng"}
    step = torch.zeros(())
    for name, network in zip(OPTIMIZERS, NETWORKS, strict=True):
        for index, parameter in enumerate(
            getattr(state, network).parameters() if iteration else ()
        ):
            moments = {"step": step, "exp_avg": parameter, "exp_avg_sq": parameter}
            expected |= {f"{name}.{index}.{key}": t for key, t in moments.items()}
    if problem := mismatch(expected, tensors):
        raise ValueError(problem)
    for name, tensor in tensors.items():
        if name.endswith(".step") and tensor != iteration:  # 한 반복에 한 걸음씩입니다.
            raise ValueError(f"{name} = {tensor:g}, 반복은 {iteration}")

    try:
        if same_device:
            state.rng.set_state(tensors["rng"])
    except RuntimeError as error:
        raise ValueError(f"rng: 난수의 상태가 아닙니다({quote(str(error))})") from None
    state.fixed_noise.copy_(tensors["fixed_noise"])
    for name in NETWORKS:
        getattr(state, name).load_state_dict(_under(name, tensors))
    for name, rate in zip(OPTIMIZERS, reversed(learning_rates), strict=True):
        optimizer = getattr(state, name)
        saved = _under(name, tensors)
        (group,) = optimizer.param_groups
        group["lr"] = rate
        if iteration:
            for index, parameter in enumerate(group["params"]):
                # fused Adam은 걸음 수도 장치에 둡니다.
                place = parameter.device if group.get("fused") else "cpu"
                like = torch.empty_like(parameter, requires_grad=False)
                optimizer.state[parameter] = {
                    "step": saved[f"{index}.step"].to(place),
                    "exp_avg": like.copy_(saved[f"{index}.exp_avg"]),
                    "exp_avg_sq": torch.empty_like(like).copy_(saved[f"{index}.exp_avg_sq"]),
                }
    state.iteration = iteration


def all_finite(tensors):
    """모두 유한한 수인지. 발산한 상태를 남기지 않으려고 묻습니다."""
    return all(bool(t.isfinite().all()) for t in tensors.values() if t.is_floating_point())


def _under(name, tensors):
    prefix = f"{name}."
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}


def _numbers(place):
    return [int(path.stem) for path in place.glob("*.json") if _NAME.fullmatch(path.stem)]


def _refuse_link(place):
    if place.is_symlink():
        raise ValueError("폴더가 아니라 링크임")


def _why(error):
    if isinstance(error, MemoryError):
        return "메모리가 모자람"
    return reason(error) if isinstance(error, OSError) else str(error)


def _check_rng(tensor):
    """CPU의 난수 상태에서 다음에 쓸 자리가 배열 안인지. torch는 이것을 확인하지 않습니다."""
    data = b"" if tensor is None else tensor.numpy().tobytes()
    # 메르센 트위스터: 시드 8바이트, 남은 수, 씨를 뿌렸는지, 다음 자리, 상태 624개
    if len(data) > 1000:
        _, left, _, place = struct.unpack_from("=Qiiq", data)
        if (left, place) != (1, 0) and not (0 < place <= 624 and left + place == 625):
            raise ValueError("rng: 난수의 상태가 아닙니다")


def _digest(body):
    text = json.dumps(body, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path):
    """JSON 하나와 그 짝을 읽고 확인한 ``Checkpoint``. 맞지 않으면 ``ValueError``, 읽지 못하면 ``OSError``."""
    text = read_file(path, LARGEST_NOTES)
    try:
        body = json.loads(text)
        given = body.pop("digest", None) if isinstance(body, dict) else None
        digest = _digest(body)
    except (ValueError, RecursionError):
        raise ValueError("JSON이 아닙니다") from None
    if not isinstance(body, dict) or not isinstance(body.get("notes"), dict):
        raise ValueError("체크포인트의 JSON이 아닙니다")
    version = body.get("format")
    if type(version) is not int or version != FORMAT:
        raise ValueError(f"형식 {quote(version)}: 이 강의는 형식 {FORMAT}만 읽습니다")
    if given != digest:
        raise ValueError("JSON의 내용이 쓸 때와 다릅니다")
    data = read_file(path.with_suffix(".safetensors"), LARGEST)
    if hashlib.sha256(data).hexdigest() != body.get("tensors"):
        raise ValueError(f"{path.stem}.safetensors의 내용이 쓸 때와 다릅니다")
    return Checkpoint(path, body["notes"], unpack(data))
