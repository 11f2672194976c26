"""학습의 상태(``GanState``)와 기록(``Record``)을 체크포인트에 남기는 텐서들로 바꾸고, 되돌립니다."""

import struct

import torch

from gan_lesson.base.errors import quote
from gan_lesson.base.seeds import stream_seed
from gan_lesson.base.tensor_files import mismatch
from gan_lesson.iteration import HISTORY_COLUMNS
from gan_lesson.models import Discriminator, Generator
from gan_lesson.state import GanState
from gan_lesson.training.history import History

PARTS = (("generator", "optimizer_g"), ("discriminator", "optimizer_d"))


def state_tensors(state):
    """``GanState``에서 이어 가는 데 필요한 텐서 전부. 이름 → 텐서."""
    networks = {network: getattr(state, network).state_dict() for network, _ in PARTS}
    optimizers = {optimizer: getattr(state, optimizer).state_dict()["state"] for _, optimizer in PARTS}
    if state.improvements.average is not None:
        networks["average"] = state.improvements.average.state_dict()
    return _flat({"rng": state.rng.get_state(), "fixed_noise": state.fixed_noise} | networks | optimizers)


def record_tensors(record):
    """``Record``의 기록과, 순간마다의 그림과 D의 답. 이름 → 텐서."""
    judged = {
        name: {moment: answers[i] for moment, answers in record.judgements.items()}
        for i, name in enumerate(("judged_real", "judged_fake"))
    }
    # 통계가 본디 float32이므로 값이 그대로입니다.
    history = torch.tensor(record.history.rows, dtype=torch.float32).reshape(-1, len(HISTORY_COLUMNS))
    return _flat({"history": history, "snapshots": record.snapshots} | judged)


def record_of(tensors):
    """``record_tensors``의 반대: ``Record``의 이름 → 값."""
    moments = sorted(map(int, _under("snapshots", tensors)))
    return {
        "history": History(tensors["history"].tolist()),
        "snapshots": {i: tensors[f"snapshots.{i}"] for i in moments},
        "judgements": {i: (tensors[f"judged_real.{i}"], tensors[f"judged_fake.{i}"]) for i in moments},
    }


def check_tensors(tensors, config, improve, iteration, device):
    """``config``대로 ``improve``를 켜고 ``iteration``번 반복한 학습의 텐서들인지, 신경망을 만들기 **전에** 확인합니다.

    설정값이 거짓으로 크게 적혀 있어도 파일보다 많은 메모리를 쓰지 않습니다.
    ``device``는 그때의 장치의 종류("cpu" 등)입니다.

    Raises:
        ValueError: 이름, 모양, 자료형이나 Adam의 걸음 수, 난수의 상태가 맞지 않을 때.
    """
    if problem := mismatch(_expected(tensors, config, improve, iteration, device), tensors):
        raise ValueError(problem)
    for name, tensor in tensors.items():
        if name.endswith(".step") and tensor != iteration:  # 한 반복에 한 걸음씩입니다.
            raise ValueError(f"{name} = {tensor:g}, 반복은 {iteration}")
    if device == "cpu":
        _check_rng(tensors["rng"])


def _expected(tensors, config, improve, iteration, device):
    count, size = GanState.fixed_noise_count, config.image_size
    # 남긴 순간은 하나는 있고, 진짜 그림의 수는 데이터를 열어야 압니다.
    moments = list(_under("snapshots", tensors)) or ["0"]
    if not all(map(str.isdecimal, moments)):
        raise ValueError(f"snapshots = {quote(moments)}")
    reals = tensors[f"judged_real.{moments[0]}"].numel()
    # GPU의 난수의 크기는 그 GPU에 넣을 때 확인됩니다.
    rng = torch.Generator().get_state() if device == "cpu" else tensors["rng"]
    with torch.device("meta"):
        expected = {
            "rng": rng,
            "fixed_noise": torch.empty(count, config.nz),
            "history": torch.empty(iteration, len(HISTORY_COLUMNS)),
            "snapshots": dict.fromkeys(moments, torch.empty(count, config.nc, size, size, dtype=torch.uint8)),
            "judged_real": dict.fromkeys(moments, torch.empty(reals)),
            "judged_fake": dict.fromkeys(moments, torch.empty(count)),
        }
        for (network, optimizer), make in zip(PARTS, (Generator, Discriminator), strict=True):
            made, step = make(config), torch.empty(())
            adam = [{"step": step, "exp_avg": p, "exp_avg_sq": p} for p in made.parameters()]
            expected |= {network: made.state_dict(), optimizer: dict(enumerate(adam if iteration else ()))}
        if "ema" in improve:
            expected["average"] = expected["generator"]
    return _flat(expected)


def load_state(state, tensors, iteration, learning_rates, device):
    """``check_tensors``를 지난 것을 새로 만든 ``GanState``에 넣습니다. 메모리 배치는 상태의 것을 따릅니다.

    Args:
        iteration: 끝낸 반복의 수.
        learning_rates: {"d": …, "g": …}.
        device: 그때의 장치의 종류. 다르면 z의 난수를 옮기지 않고, 멈춘 자리에서 새로 흐르게 합니다(CPU와 GPU는
            난수를 만드는 방법이 다릅니다).

    Raises:
        ValueError: 이 장치의 난수 상태가 아닐 때.
    """
    try:
        if device == state.device.type:
            state.rng.set_state(tensors["rng"])
        else:
            state.rng.manual_seed(stream_seed(state.config.seed, "z", iteration))
    except RuntimeError as error:
        raise ValueError(f"rng: 난수의 상태가 아닙니다({quote(str(error))})") from None
    state.fixed_noise.copy_(tensors["fixed_noise"])
    for network, name in PARTS:
        getattr(state, network).load_state_dict(_under(network, tensors))
        optimizer, saved = getattr(state, name), _under(name, tensors)
        (group,) = optimizer.param_groups
        for index, parameter in enumerate(group["params"] if iteration else ()):
            # fused Adam은 걸음 수도 장치에 둡니다.
            place = parameter.device if group.get("fused") else "cpu"
            like = torch.empty_like(parameter, requires_grad=False)
            optimizer.state[parameter] = {
                "step": saved[f"{index}.step"].to(place),
                "exp_avg": like.copy_(saved[f"{index}.exp_avg"]),
                "exp_avg_sq": torch.empty_like(like).copy_(saved[f"{index}.exp_avg_sq"]),
            }
    if state.improvements.average is not None:
        state.improvements.average.load_state_dict(_under("average", tensors))
    state.set_learning_rates(**learning_rates)
    state.iteration = iteration


def _flat(tree, prefix=""):
    """겹겹의 dict에 든 텐서들을 "이름.이름.…" → 텐서로."""
    flat = {}
    for name, value in tree.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _under(name, tensors):
    prefix = f"{name}."
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}


def _check_rng(tensor):
    """CPU의 난수 상태에서 다음에 쓸 자리가 배열 안인지. torch는 이것을 확인하지 않습니다."""
    # 메르센 트위스터: 시드 8바이트, 남은 수, 씨를 뿌렸는지, 다음 자리, 상태 624개
    _, left, _, place = struct.unpack_from("=Qiiq", tensor.numpy().tobytes())
    if (left, place) != (1, 0) and not (0 < place <= 624 and left + place == 625):
        raise ValueError("rng: 난수의 상태가 아닙니다")
