"""명령줄: ``python -m gan_lesson train | info | sample | evaluate | import``.

쓰는 사람이 고칠 수 있는 잘못은 한국어 메시지와 종료 코드 2로 끝납니다. 도중에 멈춘 학습은
결과를 쓰고 종료 코드 130으로 끝납니다.
"""

import sys
import warnings
from pathlib import Path

from gan_lesson.base.errors import INTERRUPTED, LessonError, LessonWarning, reason
from gan_lesson.options import parse, require, whole_number

USAGE_ERROR = 2


def main(arguments=None):
    """명령을 실행하고 종료 코드를 돌려줍니다."""
    for stream in (sys.stdout, sys.stderr):
        # 한국어 윈도의 cp949 터미널에서도 글자 때문에 멈추지 않게 합니다.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    shown, warnings.showwarning = warnings.showwarning, _show_warning
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except LessonError as error:
        return _refuse(str(error))
    except ModuleNotFoundError as error:
        from gan_lesson.environment import missing_package

        if (message := missing_package(error)) is None:
            raise
        return _refuse(message)
    except (RuntimeError, MemoryError) as error:
        from gan_lesson.training.stop_reasons import in_korean

        if (message := in_korean(error)) is None:
            raise
        return _refuse(message)
    except KeyboardInterrupt:
        print("멈추었습니다.", file=sys.stderr)
        return INTERRUPTED
    finally:
        warnings.showwarning = shown


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
    from gan_lesson.training.command import run_train

    return run_train(options)


def _info(options):
    from gan_lesson.environment import report

    print(report())
    return 0


def _sample(options):
    require(options, run="runs/hangul-32-001")
    count = whole_number("--count", options.count, 1, 10_000)
    seed = whole_number("--seed", options.seed, 0, 2**31 - 1)

    from gan_lesson.base.files import write_bytes
    from gan_lesson.metrics.evaluation import evaluation_z
    from gan_lesson.models import generate
    from gan_lesson.plots import png_bytes, sample_grid
    from gan_lesson.training.saving.run_folder import load_generator

    config, generator = load_generator(options.run)
    out = Path(options.out) if options.out else Path(options.run) / "new_samples.png"
    z = evaluation_z(config.nz, count, seed)  # evaluate가 재는 바로 그 그림들입니다.
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

    from gan_lesson.metrics.evaluation import evaluate_run, write_evaluation

    result, picture = evaluate_run(options.run, options.dataroot, count, seed, options.inception)
    write_evaluation(options.run, result, picture)
    print(result.report())
    print(f"결과는 {options.run} 폴더의 evaluation.json과 evaluation.png에 있습니다.")
    return 0


def _import(options):
    require(options, generator="netG.pth", out="runs/celeba")

    from gan_lesson.training.saving.foreign import import_generator

    config = import_generator(options.generator, options.out, options.dataroot or "celeba")
    print(
        f"{config.nc}×{config.image_size}×{config.image_size} 생성자(nz={config.nz}, ngf={config.ngf})를 "
        f"{options.out} 폴더에 옮겼습니다. 'python -m gan_lesson sample --run {options.out}'로 그림을 만들어 보세요."
    )
    return 0


def _show_warning(message, category, filename, lineno, file=None, line=None):
    if issubclass(category, LessonWarning):
        print(f"알림: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
