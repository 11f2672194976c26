"""``Trainer``를 체크포인트로 남기고, 되찾아 이어서 합니다.

CPU에서는 한 번도 멈추지 않은 것과 비트까지 같습니다. 데이터의 순서는 (시드, 에폭)에서 다시 나오므로, 에폭
가운데서 멈추었어도 남은 배치부터 이어집니다.
"""

import json
import os
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import torch

from gan_lesson.base.alone import Alone
from gan_lesson.base.devices import pick_device
from gan_lesson.base.errors import LessonError, LessonWarning, quote
from gan_lesson.config import LessonConfig, pick_improvements
from gan_lesson.data.load import load_images
from gan_lesson.training import Trainer
from gan_lesson.training.engine import pick_engine, works_on
from gan_lesson.training.saving.checkpoint import FORMAT, WITH_IMPROVEMENTS, load_checkpoint, save_checkpoint
from gan_lesson.training.saving.state_tensors import (
    check_tensors,
    load_state,
    record_of,
    record_tensors,
    state_tensors,
)
from gan_lesson.training.stop_reasons import DivergedError, diverged, is_out_of_memory
from gan_lesson.training.trainer import sample_moments

SAVE_EVERY = 30.0  # 초
# 이어서 할 때 바꾸어도 되는 설정값. 나머지는 학습의 내용이 달라지므로 바꿀 수 없습니다.
CHANGEABLE = ("num_epochs", "workers", "dataroot", "ngpu")


class PeriodicCheckpoint:
    """``Trainer.run(on_iteration=PeriodicCheckpoint(폴더))``: 몇 초마다 체크포인트를 남깁니다.

    남기지 못해도(디스크가 가득 찼을 때 등) 학습은 계속하고, 한 번 경고한 뒤 다음 때에 다시 해 봅니다.

    Args:
        folder: 결과 폴더.
        every: 간격(초). 0이면 반복마다 남깁니다.
    """

    def __init__(self, folder, every=SAVE_EVERY):
        self.folder, self.every = folder, every
        self._last = time.monotonic()
        self._failing = False

    def __call__(self, trainer):
        if time.monotonic() - self._last < self.every:
            return
        try:
            save_trainer(trainer, self.folder)
            self._failing = False
        except DivergedError:
            raise
        except Exception as error:
            if not isinstance(error, LessonError) and not is_out_of_memory(error):
                raise
            if not self._failing:
                warnings.warn(f"{error} 학습은 계속합니다.", LessonWarning, stacklevel=2)
            self._failing = True
        self._last = time.monotonic()


def save_trainer(trainer, folder):
    """``trainer``의 지금을 ``folder``(결과 폴더)에 체크포인트로 남깁니다.

    Raises:
        DivergedError: 손실이나 가중치가 수가 아닐 때. 온전한 앞의 것을 지키려고 남기지 않습니다.
        LessonError: 디스크에 쓸 수 없을 때. ``trainer``는 그대로이므로 다른 폴더에 다시 남길 수 있습니다.
    """
    trainer.check_finite()
    state = trainer.state
    tensors = state_tensors(state)
    if not all(tensor.isfinite().all() for tensor in tensors.values() if tensor.is_floating_point()):
        raise diverged(trainer.config, state.iteration, trainer.saved)
    notes = {
        "iteration": state.iteration,
        "config": json.loads(trainer.config.to_json()),
        "engine": trainer.engine.name,
        "learning_rates": {name: getattr(state, f"optimizer_{name}").param_groups[0]["lr"] for name in "dg"},
        "seconds": round(trainer.seconds, 3),
        "moments": sorted(trainer.moments),
        "data": {"name": trainer.data.name, "crc": trainer.data.fingerprint},
        "device": state.device.type,
        "threads": torch.get_num_threads(),
        "processes": state.group.size,
        **_machine(),
    }
    version = FORMAT
    if state.improvements.names:
        notes["improve"], version = list(state.improvements.names), WITH_IMPROVEMENTS
    save_checkpoint(folder, notes, tensors | record_tensors(trainer), version)
    trainer.saved = Path(folder), state.iteration


def resume_trainer(folder, data=None, load=load_images, group=None, **changes):
    """``folder``(결과 폴더)의 가장 새 온전한 체크포인트에서 만든 ``Trainer``. ``run()``으로 이어 갑니다.

    비트까지 같도록 스레드의 수를 그때와 같게 맞춥니다.

    Args:
        data: ``ImageSet``. 기본은 설정값의 데이터를 ``load(config)``로 다시 엽니다.
        group: 여러 프로세스가 함께 이어서 할 때의 ``ProcessGroup``.
        changes: 바꿀 설정값. ``CHANGEABLE``만 됩니다.

    Raises:
        LessonError: 체크포인트가 없거나 깨졌을 때, 데이터가 달라졌을 때, 바꿀 수 없는 설정값일 때.
    """
    if fixed := sorted(set(changes) - set(CHANGEABLE)):
        raise LessonError(
            f"설정값 {', '.join(fixed)}: 이어서 하는 학습에서는 바꿀 수 없습니다. 바꿀 수 있는 것은 "
            f"{', '.join(CHANGEABLE)}뿐입니다. 다른 값으로 하려면 새로 학습하세요."
        )
    found = load_checkpoint(folder)
    with _content_of(found):
        notes, tensors = _newest_names(found)
        saved, iteration = _check_notes(notes), notes["iteration"]
        improve = notes["improve"]
        check_tensors(tensors, saved, improve, iteration, notes["device"])
        so_far = record_of(tensors) | {"seconds": notes["seconds"]}
    config = saved.replace(**changes)
    data = load(config) if data is None else data
    then = notes["data"]
    if data.fingerprint != then["crc"]:
        raise LessonError(
            f"설정값 dataroot = {quote(config.dataroot)}: 학습을 멈춘 뒤 데이터가 달라졌습니다"
            f"(그때 {quote(then['name'])}). 그때와 같은 그림이 든 폴더를 dataroot로 정하거나 새로 학습하세요."
        )
    group = group or Alone()
    device = group.device or pick_device(config.ngpu)
    # 여기서 쓸 수 없는 길로 하던 학습이면, 배우는 것이 같은 fast로 이어 합니다.
    engine = notes["engine"] if works_on(notes["engine"], device, group.size) else "fast"
    trainer = Trainer(config, data, engine, notes["moments"], group, improve=improve, **so_far)
    if iteration > trainer.total:
        raise LessonError(
            f"설정값 num_epochs = {config.num_epochs}: 이미 {iteration:,}번 반복했습니다. "
            f"{-(-iteration // trainer.batches.per_epoch)} 이상으로 정하세요."
        )
    with _content_of(found):
        (judged, _), *_ = trainer.judgements.values()
        if len(judged) != len(trainer.reals):
            raise ValueError(f"judged_real의 길이 {len(judged)}")
        load_state(trainer.state, tensors, iteration, notes["learning_rates"], notes["device"])
    _match_machine(notes, trainer.state)
    if config.num_epochs != saved.num_epochs:
        trainer.moments |= {moment for moment in sample_moments(trainer.total) if moment > iteration}
    trainer.saved = Path(folder), iteration
    return trainer


@contextmanager
def _content_of(found):
    """체크포인트의 내용이 맞지 않아 난 오류를 그 파일의 ``LessonError``로."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"{error}이 없습니다" if isinstance(error, KeyError) else str(error)
        raise LessonError(
            f"체크포인트 '{found.path}': 내용이 맞지 않습니다({' '.join(what.split())}). 이 강의의 train이 쓴 "
            "파일을 고치지 않았는지 확인하세요."
        ) from None


def _newest_names(found):
    """체크포인트의 (notes, tensors). 형식 2에는 학습률과 순간마다의 그림이 이름 없이 차례로 있었습니다."""
    notes, tensors = dict(found.notes), dict(found.tensors)
    if found.format < WITH_IMPROVEMENTS:
        notes["improve"] = []
    if found.format == 2:
        notes["learning_rates"] = dict(zip("dg", notes["learning_rates"], strict=True))
        moments = notes.pop("snapshots")
        for name in ("snapshots", "judged_real", "judged_fake"):
            rows = zip(moments, tensors.pop(name), strict=True)
            tensors |= {f"{name}.{moment}": row for moment, row in rows}
    return notes, tensors


def _check_notes(notes):
    """JSON의 값들이 쓸 수 있는 것인지 보고, 설정값을 돌려줍니다. 아니면 ``ValueError``나 ``TypeError``."""
    for name, names in (("data", {"name", "crc"}), ("learning_rates", {"d", "g"})):
        if not isinstance(notes[name], dict) or set(notes[name]) != names:
            raise ValueError(f"{name} = {quote(notes[name])}")
    if not isinstance(notes["moments"], list) or not all(type(i) is int and i >= 0 for i in notes["moments"]):
        raise ValueError(f"moments = {quote(notes['moments'])}")
    for name, value, kinds, low, high in (
        ("iteration", notes["iteration"], (int,), 0, 10**12),
        ("threads", notes["threads"], (int,), 1, 10**12),
        ("processes", notes["processes"], (int,), 1, 10**6),
        ("seconds", notes["seconds"], (int, float), 0, 1e12),
        *(("learning_rates", rate, (int, float), 0, 1) for rate in notes["learning_rates"].values()),
    ):
        if type(value) not in kinds or not low <= value <= high:
            raise ValueError(f"{name} = {quote(value)}")
    pick_engine(notes["engine"])
    if (
        not isinstance(notes["improve"], list)
        or list(pick_improvements(notes["improve"])) != notes["improve"]
    ):
        raise ValueError(f"improve = {quote(notes['improve'])}")
    for name in ("device", "torch", "cpu"):
        if not isinstance(notes[name], str):
            raise ValueError(f"{name} = {quote(notes[name])}")
    return LessonConfig.from_json(json.dumps(notes["config"]))


def _machine():
    """달라지면 비트까지 같지 않은 것. CPU의 명령어 집합이 다르면 같은 식도 다른 차례로 더합니다."""
    return {"torch": torch.__version__, "cpu": torch.backends.cpu.get_cpu_capability()}


def _match_machine(notes, state):
    """스레드의 수를 그때와 같게 맞추고, 그래도 다른 것은 알립니다."""
    differences = []
    if notes["device"] != state.device.type:
        differences.append(f"장치({notes['device']} → {state.device.type})")
    elif notes["threads"] > (os.cpu_count() or 1):
        differences.append(f"스레드의 수({notes['threads']} → {torch.get_num_threads()})")
    elif notes["processes"] == state.group.size:
        torch.set_num_threads(notes["threads"])  # 더하는 차례가 달라지지 않게
    if notes["processes"] != state.group.size:
        differences.append(f"프로세스의 수({notes['processes']} → {state.group.size})")
    differences += [
        f"{name}({quote(notes[name])} → {now})" for name, now in _machine().items() if notes[name] != now
    ]
    if differences:
        warnings.warn(
            f"그때와 다른 것: {', '.join(differences)}. 이어서 하지만, 멈추지 않은 학습과 비트까지 같지는 않습니다.",
            LessonWarning,
            stacklevel=3,
        )
