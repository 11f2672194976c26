"""``Trainer``를 체크포인트로 남기고, 되찾아 이어서 합니다. CPU에서는 한 번도 멈추지 않은 것과 비트까지 같습니다.

하나가 파일 하나(safetensors)이고, 텐서가 아닌 것은 머리글에 JSON으로 적습니다. 다 쓴 뒤에 이름을 바꾸고 바로 앞의 것도
남겨 두므로, 언제 꺼져도 온전한 것이 하나는 남습니다. 데이터의 순서는 (시드, 에폭)에서 다시 나옵니다.
"""

import json
import os
import time
import warnings
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from gan_lesson.base.devices import ProcessGroup, pick_device
from gan_lesson.base.errors import LessonError, LessonWarning, quote, reason
from gan_lesson.base.files import write_bytes
from gan_lesson.config import LessonConfig
from gan_lesson.data.load import load_images
from gan_lesson.iteration import HISTORY_COLUMNS
from gan_lesson.training import Trainer
from gan_lesson.training.engine import works_on
from gan_lesson.training.history import History
from gan_lesson.training.stop_reasons import DivergedError, diverged
from gan_lesson.training.trainer import sample_moments

FOLDER, KEPT = "checkpoint", 2
SAVE_EVERY = 30.0  # 초
BETWEEN = "/"  # 신경망의 텐서 이름("main.0.weight")에는 점이 들어 있습니다.
# 이어서 할 때 바꾸어도 되는 설정값. 나머지는 학습의 내용이 달라지므로 바꿀 수 없습니다.
CHANGEABLE = ("num_epochs", "workers", "dataroot", "ngpu")


class PeriodicCheckpoint:
    """``Trainer.run(on_iteration=PeriodicCheckpoint(폴더))``: ``every``초마다(0이면 반복마다) 체크포인트를 남깁니다.

    남기지 못해도(디스크가 가득 찼을 때 등) 학습은 계속하고, 한 번 경고한 뒤 다음 때에 다시 해 봅니다.
    """

    def __init__(self, folder, every=SAVE_EVERY):
        self.folder, self.every, self._last = folder, every, time.monotonic()

    def __call__(self, trainer):
        if time.monotonic() - self._last < self.every:
            return
        try:
            save_trainer(trainer, self.folder)
        except DivergedError:
            raise
        except LessonError as error:  # 파이썬은 같은 자리의 같은 경고를 한 번만 보입니다.
            warnings.warn(f"{error} 학습은 계속합니다.", LessonWarning, stacklevel=2)
        self._last = time.monotonic()


def save_trainer(trainer, folder):
    """``trainer``의 지금을 ``folder``(결과 폴더)에 체크포인트로 남깁니다.

    손실이나 가중치가 수가 아니면 온전한 앞의 것을 지키려고 남기지 않고 ``DivergedError``를, 디스크에 쓸 수 없으면
    ``LessonError``를 냅니다.
    """
    trainer.check_finite()
    place = Path(folder) / FOLDER
    try:
        tensors, others = flatten({"state": trainer.state.snapshot(), "record": _record_of(trainer)})
        if not all(tensor.isfinite().all() for tensor in tensors.values() if tensor.is_floating_point()):
            raise diverged(trainer.config, trainer.state.iteration, trainer.saved)
        notes = _notes_of(trainer) | {"names": list(tensors), "others": others}
        place.mkdir(exist_ok=True)
        earlier = _newest_first(place)
        number = int(earlier[0].stem) + 1 if earlier else 1
        write_bytes(place / f"{number:06d}.safetensors", save(tensors, {"notes": json.dumps(notes)}))
    except (OSError, MemoryError, torch.OutOfMemoryError) as error:
        why = reason(error) if isinstance(error, OSError) else "메모리가 모자람"
        raise LessonError(
            f"체크포인트 폴더 '{place}': 지금 상태를 저장하지 못했습니다({why}). 학습은 메모리에 그대로 "
            "있으니 디스크에 자리를 만들거나 쓸 수 있는 다른 폴더에 저장하세요."
        ) from None
    trainer.saved = Path(folder), trainer.state.iteration
    with suppress(OSError):  # 새것을 다 쓴 뒤에야 오래된 것과, 꺼질 때 쓰다가 만 것을 지웁니다.
        for old in (*earlier[KEPT - 1 :], *place.glob(".[0-9]*.safetensors-*")):
            old.unlink(missing_ok=True)


def load_checkpoint(folder):
    """``folder``(결과 폴더)에 남은 것 가운데 온전한 가장 새것: (경로, 노트, 설정값, 상태의 사본, 지금까지의 기록).

    새것이 깨졌으면 경고하고 그 앞의 것을 씁니다. 하나도 없으면 ``LessonError``입니다.
    """
    broken = []
    for path in _newest_first(Path(folder) / FOLDER):
        try:
            with safe_open(path, "pt") as file:
                notes = json.loads(file.metadata()["notes"])
                # 파일 안의 차례는 이름의 차례이므로, 남길 때의 차례로 꺼냅니다.
                tensors = {name: file.get_tensor(name).clone() for name in notes["names"]}
            tree = nest(tensors, notes["others"])
            found = path, notes, LessonConfig(**notes["config"]), tree["state"], _so_far(tree["record"])
        except (OSError, SafetensorError, ValueError, TypeError, KeyError, AttributeError) as error:
            broken.append(f"'{path.name}': {quote(str(error))}")
            continue
        if broken:
            told = f"체크포인트 폴더 '{path.parent}': {'; '.join(broken)}. 그 앞의 '{path.name}'에서 이어 갑니다."
            warnings.warn(told, LessonWarning, stacklevel=2)
        return found
    why = f"온전한 체크포인트가 없습니다({'; '.join(broken)})" if broken else "체크포인트가 없습니다"
    raise LessonError(
        f"결과 폴더 '{folder}': 이어서 할 {why}. 'python -m gan_lesson train'이 만든 결과 폴더({FOLDER} 폴더가 들어 있음)를 "
        f"정하세요. 가중치에서 새로 시작하려면 'train --netG {folder} --out 새폴더'를 쓰세요."
    )


def resume_trainer(folder, data=None, load=load_images, group=None, **changes):
    """``folder``(결과 폴더)의 가장 새 온전한 체크포인트에서 만든 ``Trainer``. ``folder``는 읽기만 합니다.

    비트까지 같도록 스레드의 수를 그때와 같게 맞춥니다. 체크포인트가 없거나 깨졌으면, 데이터(기본은 ``load(config)``로 다시
    연 것)가 달라졌으면 ``LessonError``입니다. ``changes``는 바꿀 설정값이고 ``CHANGEABLE``만 됩니다.
    """
    if fixed := sorted(set(changes) - set(CHANGEABLE)):
        raise LessonError(
            f"설정값 {', '.join(fixed)}: 이어서 하는 학습에서는 바꿀 수 없습니다. 바꿀 수 있는 것은 "
            f"{', '.join(CHANGEABLE)}뿐입니다. 다른 값으로 하려면 새로 학습하세요."
        )
    path, notes, saved, state, so_far = load_checkpoint(folder)
    config = saved.replace(**changes)
    data = load(config) if data is None else data
    if data.fingerprint != notes["data"]:
        raise LessonError(
            f"설정값 dataroot = {quote(config.dataroot)}: 학습을 멈춘 뒤 데이터가 달라졌습니다. 그때와 같은 그림이 든 "
            "폴더를 dataroot로 정하거나 새로 학습하세요."
        )
    group = group or ProcessGroup()
    device = group.device or pick_device(config.ngpu)
    # 여기서 쓸 수 없는 길로 하던 학습이면, 배우는 것이 같은 fast로 이어 합니다.
    engine = notes["engine"] if works_on(notes["engine"], device, group.size) else "fast"
    trainer = Trainer(config, data, engine, notes["moments"], group, improve=notes["improve"], **so_far)
    try:
        trainer.state.restore(state)
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise LessonError(
            f"체크포인트 '{path}': 내용이 맞지 않습니다({quote(str(error))}). 고친 파일이면 고치기 전의 것으로 하세요."
        ) from None
    _match_machine(notes["machine"], trainer.state)
    if config.num_epochs != saved.num_epochs:
        trainer.moments |= {m for m in sample_moments(trainer.total) if m > trainer.state.iteration}
    trainer.saved = Path(folder), trainer.state.iteration
    return trainer


def _newest_first(place):
    paths = [path for path in place.glob("*.safetensors") if path.stem.isdecimal()]
    return sorted(paths, key=lambda path: int(path.stem), reverse=True)


def _notes_of(trainer):
    """텐서가 아닌 것: 다시 만드는 데 필요한 이름과 설정값."""
    return {
        "config": json.loads(trainer.config.to_json()),
        "engine": trainer.engine.name,
        "improve": list(trainer.state.improvements.names),
        "moments": sorted(trainer.moments),
        "data": trainer.data.fingerprint,
        "machine": _machine(trainer.state),
    }


def _record_of(trainer):
    """``trainer``가 지금까지 남긴 기록. 통계가 본디 float32이므로 값이 그대로입니다."""
    history = torch.tensor(trainer.history.rows, dtype=torch.float32).reshape(-1, len(HISTORY_COLUMNS))
    judged = {moment: dict(enumerate(answers)) for moment, answers in trainer.judgements.items()}
    return {
        "history": history,
        "snapshots": trainer.snapshots,
        "judgements": judged,
        "seconds": round(trainer.seconds, 3),
    }


def _so_far(record):
    """``_record_of``의 반대: ``Trainer``가 이어서 받는 것."""
    judged = {moment: (answers[0], answers[1]) for moment, answers in record["judgements"].items()}
    return record | {"history": History(record["history"].tolist()), "judgements": judged}


def _machine(state):
    """달라지면 비트까지 같지 않은 것. CPU의 명령어 집합이 다르면 같은 식도 다른 차례로 더합니다."""
    return {
        "장치": state.device.type,
        "프로세스의 수": state.group.size,
        "스레드의 수": torch.get_num_threads(),
        "torch": torch.__version__,
        "CPU": torch.backends.cpu.get_cpu_capability(),
    }


def _match_machine(then, state):
    """스레드의 수를 그때와 같게 맞추고, 그래도 다른 것은 알립니다."""
    now = _machine(state)
    alike = all(then[name] == now[name] for name in ("장치", "프로세스의 수"))
    if alike and then["스레드의 수"] <= (os.cpu_count() or 1):
        torch.set_num_threads(then["스레드의 수"])  # 더하는 차례가 달라지지 않게
        now = _machine(state)
    if told := ", ".join(f"{name}({then[name]} → {now[name]})" for name in now if then[name] != now[name]):
        told = f"그때와 다른 것: {told}. 이어서 하지만, 멈추지 않은 학습과 비트까지 같지는 않습니다."
        warnings.warn(told, LessonWarning, stacklevel=3)


def flatten(tree, prefix=""):
    """겹겹의 dict를 "이름/이름" → 텐서(CPU, 연속 메모리)와, 경로 → 나머지(JSON으로 쓸 수 있는 것)로 폅니다."""
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
