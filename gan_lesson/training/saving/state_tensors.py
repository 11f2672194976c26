"""학습의 상태(``GanState``)와 체크포인트에 남기는 텐서들 사이를 오갑니다."""

import struct

import torch

from gan_lesson.base.errors import quote
from gan_lesson.base.tensor_files import mismatch
from gan_lesson.models import Discriminator, Generator

NETWORKS, OPTIMIZERS = ("generator", "discriminator"), ("optimizer_g", "optimizer_d")


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
        for index, parameter in enumerate(getattr(state, network).parameters() if iteration else ()):
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


def _check_rng(tensor):
    """CPU의 난수 상태에서 다음에 쓸 자리가 배열 안인지. torch는 이것을 확인하지 않습니다."""
    data = b"" if tensor is None else tensor.numpy().tobytes()
    # 메르센 트위스터: 시드 8바이트, 남은 수, 씨를 뿌렸는지, 다음 자리, 상태 624개
    if len(data) > 1000:
        _, left, _, place = struct.unpack_from("=Qiiq", data)
        if (left, place) != (1, 0) and not (0 < place <= 624 and left + place == 625):
            raise ValueError("rng: 난수의 상태가 아닙니다")
