"""명령줄의 ``train``: 혼자서, 또는 여러 프로세스(GPU마다 하나)가 함께 학습합니다."""

import shlex
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import torch

from gan_lesson.base.devices import ProcessGroup, pick_device
from gan_lesson.base.errors import INTERRUPTED, LessonError, choose, plain
from gan_lesson.config import (
    DRAWN,
    PRESET_IMPROVEMENTS,
    PRESETS,
    RULES,
    LessonConfig,
    default_engine,
    pick_improvements,
)
from gan_lesson.data.load import load_images
from gan_lesson.iteration import HISTORY_COLUMNS
from gan_lesson.plots import tile
from gan_lesson.training import Trainer
from gan_lesson.training.diagnosis import advice
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.processes import joined, start_again_by_torchrun, started_by_torchrun
from gan_lesson.training.saving.foreign import starting_networks
from gan_lesson.training.saving.resume import PeriodicCheckpoint, resume_trainer, save_trainer
from gan_lesson.training.saving.run_folder import (
    next_run_folder,
    open_run_folder,
    read_config,
    refuse_to_overwrite,
    write_run,
)


def run_train(options):
    """``train`` 명령을 하고 종료 코드를 돌려줍니다. ``torchrun``이 띄운 프로세스면 그 모임에 들어가서 합니다."""
    if options.tensorboard:
        tensorboard("")  # 없으면 데이터를 읽기 전에 말합니다.
    given = {name: value for name in RULES if (value := getattr(options, name)) is not None}
    run = _start if options.resume is None else _resume
    if not started_by_torchrun():
        return run(ProcessGroup(), options, given)
    with joined(on_gpu=torch.cuda.is_available() and given.get("ngpu") != 0) as group:
        return run(group, options, given | {"ngpu": 0 if group.device.type == "cpu" else group.size})


def _start(group, options, given):
    preset = choose("--preset =", options.preset or "quick", PRESETS)
    shapes, weights = starting_networks({"generator": options.netG, "discriminator": options.netD}, given)
    config = LessonConfig().replace(**PRESETS[preset] | shapes)
    improve = PRESET_IMPROVEMENTS.get(preset, ()) if options.improve is None else options.improve
    improve = pick_improvements(improve)
    engine = options.engine or default_engine(config.ngpu)
    pick_engine(engine)
    if preset == "paper" and config.dataroot in DRAWN and group.is_writer:
        print(
            "paper는 사진에 맞춘 논문의 설정이라 코드로 그린 그림은 잘 배우지 못합니다. 그런 그림은 --preset large로 하세요."
        )
    out = Path(options.out or next_run_folder(config))
    if group.is_writer:
        refuse_to_overwrite(out, options.overwrite)  # 오래 걸릴 수 있는 데이터보다 먼저
    _gather(group, config.ngpu)
    trainer = Trainer(config, _load(config, group), engine, group=group, weights=weights, improve=improve)
    with _opened(group, out, config, options.overwrite) as folder:
        return _run_to_the_end(trainer, folder, options)


def _resume(group, options, given):
    fixed = {f"--{name}": getattr(options, name) for name in ("preset", "engine", "improve", "netG", "netD")}
    if clash := [name for name, value in fixed.items() if value is not None]:
        raise LessonError(
            f"명령줄: --resume은 {', '.join(clash)}와 함께 쓸 수 없습니다. 이어서 하는 학습은 그때의 설정값을 그대로 쓰므로 그 "
            "옵션을 빼세요."
        )
    source, out = Path(options.resume), Path(options.out or options.resume)
    _gather(group, read_config(source).replace(**given).ngpu)
    resumed = partial(resume_trainer, source, load=partial(_load, group=group), group=group, **given)
    if out.resolve() == source.resolve():
        with _opened(group, source) as folder:
            return _run_to_the_end(resumed(), folder, options)
    if group.is_writer:
        refuse_to_overwrite(out, options.overwrite)
    trainer = resumed()  # 앞의 폴더는 읽기만 합니다.
    trainer.saved = None  # 새 폴더에는 아직 남긴 것이 없습니다.
    with _opened(group, out, trainer.config, options.overwrite) as folder:
        return _run_to_the_end(trainer, folder, options)


def _gather(group, ngpu):
    """GPU를 여럿 쓰려면 프로세스도 그만큼 있어야 하므로, 이 명령을 ``torchrun``으로 다시 시작합니다."""
    if group.size == 1:
        pick_device(ngpu)
        if ngpu > 1:
            start_again_by_torchrun(ngpu)


def _opened(group, folder, *new):
    """대장만 결과 폴더를 열고 잠급니다. 나머지는 쓰지 않으므로 이름만 압니다."""
    return open_run_folder(folder, *new) if group.is_writer else nullcontext(folder)


def _run_to_the_end(trainer, folder, options):
    if not trainer.state.group.is_writer:
        return 0 if trainer.run(progress=False) else INTERRUPTED
    print(plain(_plan(trainer)))
    (folder / "summary.json").unlink(missing_ok=True)  # 이어서 하면 다시 도중인 학습입니다.
    board = tensorboard(folder) if options.tensorboard else None
    try:
        if trainer.saved is None:
            save_trainer(trainer, folder)  # 첫 간격이 지나기 전에 꺼져도 이어서 할 수 있게
        finished = trainer.run(on_snapshot=board, on_iteration=PeriodicCheckpoint(folder, options.save_every))
        save_trainer(trainer, folder)
        summary = write_run(folder, trainer)
    except LessonError:
        if trainer.saved:
            print(f"반복 {trainer.saved[1]:,}까지의 학습은 {folder} 폴더에 남아 있습니다.")
        raise
    print(
        f"{'학습을 마쳤습니다' if finished else '도중에 멈추었습니다'}: 반복 {summary['iterations']:,}번, "
        f"{summary['seconds']:.0f}초(초당 그림 {summary['images_per_second']:,}장)."
    )
    if problem := advice(trainer):
        print(f"알림: {problem}")
    print(f"결과는 {folder} 폴더에 있습니다. samples.png와 training.gif를 열어 보세요.")
    if not finished:
        print(f"이어서 하려면: python -m gan_lesson train --resume {shlex.quote(str(folder))}")
    return 0 if finished else INTERRUPTED


def _plan(trainer):
    config, data, state = trainer.config, trainer.data, trainer.state
    if trainer.finished:
        return f"이미 끝까지 학습했습니다(반복 {trainer.total:,}번). 더 하려면 --num_epochs를 늘리세요."
    kinds, counts = data.notes.get("classes", ()), np.bincount(data.labels[:, 0])
    kinds = [f"{kind or '바로 아래'} {count:,}장" for kind, count in zip(kinds, counts, strict=False)]
    kinds = f"(하위 폴더마다 {', '.join(kinds[:6])}{' …' if kinds[6:] else ''})" if kinds[1:] else ""
    start = f"반복 {state.iteration:,}에서 이어서 합니다. " if state.iteration else ""
    together = f" 프로세스 {state.group.size}개가 함께," if state.group.size > 1 else ""
    return (
        f"{start}{data.name} 그림 {len(data):,}장{kinds}, {config.nc}×{config.image_size}×{config.image_size}, 장치 {state.device},"
        f"{together} 반복 {trainer.total:,}번, 더한 변화 {', '.join(state.improvements.names) or '없음'}. "
        "Ctrl+C를 누르면 그때까지의 결과를 저장하고 멈춥니다."
    )


def _load(config, group):
    """데이터를 엽니다. 캐시는 컴퓨터마다 한 프로세스만 만듭니다."""
    return group.one_by_one(lambda: load_images(config))


def tensorboard(folder):
    """그림을 남길 때마다 그림과 그때까지의 통계를 TensorBoard의 기록으로 쓰는 ``on_snapshot``. 그 패키지가 있어야 합니다."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise LessonError("--tensorboard: 'pip install tensorboard'로 설치하거나 이 옵션을 빼세요.") from None
    writer, last = None, -1

    def write(trainer):
        nonlocal writer, last
        # 이어서 하면 처음부터의 것을 다시 쓰고, 먼저 쓴 것은 TensorBoard가 보이지 않게 합니다.
        writer = writer or SummaryWriter(f"{folder}/tensorboard", purge_step=0)
        for moment in range(last + 1, trainer.state.iteration + 1):
            row = trainer.history.rows[moment - 1] if moment else ()
            for name, value in zip(HISTORY_COLUMNS, row, strict=False):
                writer.add_scalar(f"{'손실' if name.startswith('loss') else 'D의_답'}/{name}", value, moment)
            if moment in trainer.snapshots:
                board = tile(trainer.snapshots[moment], 8)
                writer.add_image("고정된_z의_그림", board, moment, dataformats="HWC")
        writer.flush()
        last = trainer.state.iteration

    return write
