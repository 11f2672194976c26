"""명령줄: ``python -m gan_lesson train | info | sample | evaluate | import``.

쓰는 사람이 고칠 수 있는 잘못은 한국어 메시지와 종료 코드 2로 끝납니다. 도중에 멈춘 학습은
결과를 쓰고 종료 코드 130으로 끝납니다.
"""

import shlex
import sys
import tempfile
import warnings
from pathlib import Path

from gan_lesson.command_line import RULES, parse, require, whole_number
from gan_lesson.config import PRESETS
from gan_lesson.errors import LessonError, LessonWarning, quote, reason

USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments=None):
    """명령을 실행하고 종료 코드를 돌려줍니다."""
    for stream in (sys.stdout, sys.stderr):
        # 한국어 윈도의 cp949 터미널에서도 글자 때문에 멈추지 않게 합니다.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    warnings.showwarning = _show_warning
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except LessonError as error:
        return _refuse(str(error))
    except (RuntimeError, MemoryError) as error:
        from gan_lesson.faults import in_words

        if (message := in_words(error)) is None:
            raise
        return _refuse(message)
    except KeyboardInterrupt:
        print("멈추었습니다.", file=sys.stderr)
        return INTERRUPTED


def _refuse(message):
    try:
        print(message, file=sys.stderr)
    except RuntimeError:
        # 작업 프로세스가 죽었다는 신호는 아무 때나, 찍는 도중에도 예외가 됩니다.
        print(message, file=sys.stderr)
    return USAGE_ERROR


def _run(arguments):
    options = parse(arguments)
    if options is None:
        return 0
    run = {
        "train": _train, "info": _info, "sample": _sample, "evaluate": _evaluate, "import": _import,
    }  # fmt: skip
    return run[options.command](options)


def _train(options):
    given = {
        name: RULES[name].parse(text)
        for name in RULES
        if (text := getattr(options, name)) is not None
    }
    every = _seconds("--save-every", options.save_every)
    if options.resume is not None:
        return _resume(options, given, every)
    preset = options.preset or "quick"
    if preset not in PRESETS:
        raise LessonError(
            f"--preset = {quote(preset)}: {', '.join(PRESETS)} 가운데 하나여야 합니다."
        )
    config = PRESETS[preset](**given)

    from gan_lesson.engine import pick_engine
    from gan_lesson.run_folder import next_run_folder, open_run_folder
    from gan_lesson.state import pick_device

    engine = options.engine or "fast"
    pick_engine(engine)
    pick_device(config.ngpu)
    data = _load_with_progress(config)

    from gan_lesson.training import Trainer

    trainer = Trainer(config, data=data, engine=engine)
    out = options.out or next_run_folder(config)
    with open_run_folder(out, config, options.overwrite) as folder:
        return _run_to_the_end(trainer, folder, every)


def _resume(options, given, every):
    fixed = {"--preset": options.preset, "--out": options.out, "--engine": options.engine,
             "--overwrite": options.overwrite or None}  # fmt: skip
    if clash := [name for name, value in fixed.items() if value is not None]:
        raise LessonError(
            f"명령줄: --resume은 {', '.join(clash)}와 함께 쓸 수 없습니다. 이어서 하는 학습은 그때의 폴더와 "
            "설정값을 그대로 쓰므로 그 옵션을 빼세요."
        )
    from gan_lesson.resume import resume_trainer
    from gan_lesson.run_folder import open_run_folder

    with open_run_folder(options.resume) as folder:
        trainer = resume_trainer(folder, load=_load_with_progress, **given)
        if trainer.finished:
            print(
                f"이미 끝까지 학습했습니다(반복 {trainer.total:,}번). 더 하려면 --num_epochs를 늘리세요."
            )
        else:
            (folder / "summary.json").unlink(missing_ok=True)  # 다시 도중인 학습입니다.
            print(f"반복 {trainer.state.iteration:,}에서 이어서 합니다.")
        return _run_to_the_end(trainer, folder, every)


def _run_to_the_end(trainer, folder, every):
    from gan_lesson.diagnosis import advice
    from gan_lesson.resume import Keeper, save_trainer

    if trainer.saved is None:
        save_trainer(trainer, folder)  # 첫 간격이 지나기 전에 꺼져도 이어서 할 수 있게
    config, data = trainer.config, trainer.data
    print(
        f"{data.name} 그림 {len(data):,}장, {config.nc}×{config.image_size}×{config.image_size}, "
        f"장치 {trainer.state.device}, 반복 {trainer.total:,}번. Ctrl+C를 누르면 그때까지의 결과를 저장하고 멈춥니다."
    )
    try:
        finished = trainer.run(on_iteration=Keeper(folder, every))
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


def _write_somewhere(trainer, folder):
    """결과를 쓰고 (폴더, 요약). 그 폴더에 쓸 수 없게 되었으면 임시 폴더에라도 남깁니다."""
    from gan_lesson.faults import DivergedError
    from gan_lesson.resume import save_trainer
    from gan_lesson.run_folder import write_run

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


def _load_with_progress(config):
    from tqdm import tqdm

    from gan_lesson.data.sources import load_images

    with tqdm(desc="데이터 준비", unit="장", delay=1, leave=False) as bar:

        def progress(done, total):
            bar.total = total
            bar.update(done - bar.n)

        return load_images(config, progress=progress)


def _info(options):
    from gan_lesson.environment import report

    print(report())
    return 0


def _sample(options):
    require(options, run="runs/hangul-32-001")
    count = whole_number("--count", options.count, 1, 10_000)
    seed = whole_number("--seed", options.seed, 0, 2**31 - 1)

    import torch

    from gan_lesson.files import write_bytes
    from gan_lesson.models import generate
    from gan_lesson.plots import png_bytes, sample_grid
    from gan_lesson.run_folder import load_generator

    config, generator = load_generator(options.run)
    out = Path(options.out) if options.out else Path(options.run) / "new_samples.png"
    z = torch.randn(count, config.nz, generator=torch.Generator().manual_seed(seed))
    images = generate(generator, z)
    columns = min(count, max(8, round(count**0.5)))
    figure = sample_grid(images, f"새로 만든 그림 {count:,}장 (시드 {seed})", columns=columns)
    try:
        write_bytes(out, png_bytes(figure))
    except OSError as error:
        raise LessonError(
            f"--out = '{out}': 그림을 저장할 수 없습니다({reason(error)}). "
            "쓸 수 있는 폴더의 PNG 파일 이름을 정하세요."
        ) from None
    print(f"그림 {count:,}장을 {out}에 저장했습니다.")
    return 0


def _evaluate(options):
    require(options, run="runs/hangul-32-001")
    count = whole_number("--count", options.count, 100, 10_000)
    seed = whole_number("--seed", options.seed, 0, 2**31 - 1)

    from gan_lesson.evaluation import evaluate_run, write_evaluation

    result, picture = evaluate_run(options.run, options.dataroot, count, seed, options.inception)
    write_evaluation(options.run, result, picture)
    print(result.report())
    print(f"결과는 {options.run} 폴더의 evaluation.json과 evaluation.png에 있습니다.")
    return 0


def _import(options):
    require(options, generator="netG.pth", out="runs/celeba")

    from gan_lesson.run_folder import import_generator

    config = import_generator(options.generator, options.out, options.dataroot or "celeba")
    print(
        f"{config.nc}×{config.image_size}×{config.image_size} 생성자(nz={config.nz}, ngf={config.ngf})를 "
        f"{options.out} 폴더에 옮겼습니다. 'python -m gan_lesson sample --run {options.out}'로 그림을 만들어 보세요."
    )
    return 0


def _seconds(name, text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise LessonError(
            f"{name} = {quote(text)}: 0 이상 86400 이하의 수(초)만 쓸 수 있습니다. 예: {name}=30"
        )
    return seconds


def _show_warning(message, category, filename, lineno, file=None, line=None):
    if issubclass(category, LessonWarning):
        print(f"알림: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
