"""명령줄의 ``train``: 혼자서, 또는 여러 프로세스(GPU마다 하나)가 함께 학습합니다."""

import shlex
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from gan_lesson.base.alone import Alone
from gan_lesson.base.devices import pick_device
from gan_lesson.base.errors import INTERRUPTED, LessonError, choose
from gan_lesson.base.korean_argparse import number
from gan_lesson.config import (
    PRESET_IMPROVEMENTS,
    PRESETS,
    RULES,
    LessonConfig,
    default_engine,
    pick_improvements,
)
from gan_lesson.data.load import load_images
from gan_lesson.state import check_shares
from gan_lesson.training import Trainer
from gan_lesson.training.diagnosis import advice
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.saving.foreign import starting_networks
from gan_lesson.training.saving.resume import PeriodicCheckpoint, resume_trainer, save_trainer
from gan_lesson.training.saving.run_folder import (
    next_run_folder,
    open_run_folder,
    read_config,
    refuse_to_overwrite,
    write_run,
)
from gan_lesson.training.saving.tensorboard import tensorboard
from gan_lesson.training.scaling.processes import joined, start_again_by_torchrun, started_by_torchrun
from gan_lesson.training.stop_reasons import DivergedError


def run_train(options):
    """``train`` 명령을 하고 종료 코드를 돌려줍니다.

    ``torchrun``이 띄운 프로세스면 그 모임에 들어가고, ``ngpu``가 둘 이상이면 이 컴퓨터에서 그만큼 띄웁니다.
    """
    ngpu = _wanted_gpus(options)
    if started_by_torchrun():
        with joined(on_gpu=ngpu > 0) as group:
            return _train(group, options)
    if ngpu > 1:
        pick_device(ngpu)
        start_again_by_torchrun(ngpu)
    return _train(Alone(), options)


def _wanted_gpus(options):
    given = _given(options)
    if options.resume is None:
        return _new_config(options, given).ngpu
    try:
        saved = read_config(options.resume)
    except LessonError:
        return 0  # 이어서 할 수 없는 폴더라는 말은 그 폴더를 여는 곳에서 합니다.
    return saved.replace(**{name: given[name] for name in given if name == "ngpu"}).ngpu


def _given(options):
    """사람이 적은 설정값만: 이름 → 값."""
    texts = {name: getattr(options, name) for name in RULES}
    return {name: RULES[name].parse(text) for name, text in texts.items() if text is not None}


def _new_config(options, given):
    preset = choose("--preset =", options.preset or "quick", PRESETS)
    return LessonConfig().replace(**PRESETS[preset] | given)


def _train(group, options):
    """``group``: 함께 학습하는 ``ProcessGroup`` 또는 ``Alone``. 종료 코드를 돌려줍니다."""
    given, every = _given(options), number("--save-every", options.save_every, float, 0, 86_400, 30)
    if options.tensorboard:
        tensorboard("")  # 없으면 데이터를 읽기 전에 말합니다.
    if group.device is not None:
        given["ngpu"] = group.size if group.device.type != "cpu" else 0
    run = _start if options.resume is None else _resume
    return run(group, options, given, every)


def _start(group, options, given, every):
    paths = {"generator": options.netG, "discriminator": options.netD}
    settings, weights = starting_networks(paths, given)
    config = _new_config(options, settings)
    engine = options.engine or default_engine(config.ngpu)
    pick_engine(engine)
    improve = PRESET_IMPROVEMENTS.get(options.preset, ()) if options.improve is None else options.improve
    improve = pick_improvements(improve)
    if group.device is None:
        pick_device(config.ngpu)
    else:
        check_shares(config, group)
    out = options.out or next_run_folder(config)
    if group.is_writer:
        refuse_to_overwrite(Path(out), options.overwrite)  # 오래 걸릴 수 있는 데이터보다 먼저
    trainer = Trainer(config, _load(config, group), engine, group=group, weights=weights, improve=improve)
    with _only_writer(group, out, config, options.overwrite) as folder:
        return _run_to_the_end(trainer, folder, options, every)


def _resume(group, options, given, every):
    fixed = {"--preset": options.preset, "--engine": options.engine, "--improve": options.improve,
             "--netG": options.netG, "--netD": options.netD, "--overwrite": options.overwrite and options.out is None or None}  # fmt: skip
    if clash := [name for name, value in fixed.items() if value is not None]:
        raise LessonError(
            f"명령줄: --resume은 {', '.join(clash)}와 함께 쓸 수 없습니다. 이어서 하는 학습은 그때의 폴더와 "
            "설정값을 그대로 쓰므로 그 옵션을 빼세요."
        )

    def open_trainer():
        return resume_trainer(options.resume, load=lambda config: _load(config, group), group=group, **given)

    source, out = Path(options.resume), Path(options.out or options.resume)
    if out.resolve() != source.resolve():
        return _resume_elsewhere(group, options, open_trainer, every)
    with _only_writer(group, source) as folder:
        trainer = open_trainer()
        if not trainer.finished and group.is_writer:
            (folder / "summary.json").unlink(missing_ok=True)  # 다시 도중인 학습입니다.
        return _go_on(trainer, folder, options, every)


def _resume_elsewhere(group, options, open_trainer, every):
    """앞의 결과 폴더는 읽기만 하고(잠그지도 않음), 새 폴더에서 이어서 합니다."""
    out = Path(options.out)
    if group.is_writer:
        refuse_to_overwrite(out, options.overwrite)
    trainer = open_trainer()
    trainer.saved = None  # 새 폴더에는 아직 남긴 것이 없습니다.
    with _only_writer(group, out, trainer.config, options.overwrite) as folder:
        return _go_on(trainer, folder, options, every)


def _go_on(trainer, folder, options, every):
    if trainer.finished:
        print(f"이미 끝까지 학습했습니다(반복 {trainer.total:,}번). 더 하려면 --num_epochs를 늘리세요.")
    else:
        print(f"반복 {trainer.state.iteration:,}에서 이어서 합니다.")
    return _run_to_the_end(trainer, folder, options, every)


def _only_writer(group, folder, *new):
    """대장만 결과 폴더를 열고 잠급니다. 나머지는 쓰지 않으므로 이름만 압니다."""
    return open_run_folder(folder, *new) if group.is_writer else nullcontext(Path(folder))


def _run_to_the_end(trainer, folder, options, every):
    if not trainer.state.group.is_writer:
        return 0 if trainer.run(progress=False) else INTERRUPTED
    board = tensorboard(folder) if options.tensorboard else None
    if trainer.saved is None:
        save_trainer(trainer, folder)  # 첫 간격이 지나기 전에 꺼져도 이어서 할 수 있게
    if not trainer.finished:
        print(_plan(trainer))
    try:
        finished = trainer.run(on_snapshot=board, on_iteration=PeriodicCheckpoint(folder, every))
    except LessonError:
        if trainer.saved:
            print(f"반복 {trainer.saved[1]:,}까지의 학습은 {folder} 폴더에 남아 있습니다.")
        raise
    folder, summary = _write_somewhere(trainer, folder)
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
    config, data, group = trainer.config, trainer.data, trainer.state.group
    together = f" 프로세스 {group.size}개가 함께," if group.size > 1 else ""
    improve = ", ".join(trainer.state.improvements.names)
    changed = f"교과서의 학습에 더한 것: {improve}. " if improve else ""
    return (
        f"{data.name} 그림 {len(data):,}장, {config.nc}×{config.image_size}×{config.image_size}, "
        f"장치 {trainer.state.device},{together} 반복 {trainer.total:,}번. "
        f"{changed}Ctrl+C를 누르면 그때까지의 결과를 저장하고 멈춥니다."
    )


def _write_somewhere(trainer, folder):
    """결과를 쓰고 (폴더, 요약). 그 폴더에 쓸 수 없게 되었으면 임시 폴더에라도 남깁니다."""
    try:
        save_trainer(trainer, folder)
        return folder, write_run(folder, trainer)
    except DivergedError:
        raise
    except LessonError as error:
        try:
            spare = Path(tempfile.mkdtemp(prefix="gan_lesson-"))
            save_trainer(trainer, spare)
            summary = write_run(spare, trainer)
        except (LessonError, OSError):
            raise error from None
        print(f"{error} 대신 임시 폴더 {spare}에 저장했습니다.", file=sys.stderr)
        return spare, summary


def _load(config, group):
    """데이터를 진행 막대와 함께 엽니다. 캐시는 컴퓨터마다 한 프로세스만 만듭니다."""
    from tqdm import tqdm

    def progress(done, total):
        bar.total = total
        bar.update(done - bar.n)

    with tqdm(desc="데이터 준비", unit="장", delay=1, leave=False, disable=not group.is_writer) as bar:
        return group.one_by_one(lambda: load_images(config, progress=progress))
