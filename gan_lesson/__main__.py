"""명령줄: ``python -m gan_lesson train | info | sample | evaluate | import``.

쓰는 사람이 고칠 수 있는 잘못은 한국어 메시지와 종료 코드 2로 끝납니다. 도중에 멈춘 학습은
결과를 쓰고 종료 코드 130으로 끝납니다.
"""

import sys
import warnings

from gan_lesson.base.errors import INTERRUPTED, LessonError, LessonWarning
from gan_lesson.base.korean_argparse import Parser, number, parse
from gan_lesson.config import ENGINE_MEANINGS, IMPROVEMENTS, PRESETS, RULES

USAGE_ERROR = 2
ENGINES = ", ".join(f"{name}({meaning})" for name, meaning in ENGINE_MEANINGS.items())
PRESET = (
    "설정값의 묶음: quick(강의에서 배우는 DCGAN을 CPU에서 몇 분, 기본값),\n"
    "better(quick에 몇 가지 변화를 더해 글자가 더 또렷함), paper(논문의 크기)"
)
IMPROVE = "교과서의 학습에 더할 변화. 쉼표로 잇고, 모두 끄려면 none(기본값은 묶음의 것):\n" + "\n".join(
    f"{name}: {meaning}" for name, meaning in IMPROVEMENTS.items()
)
RESUME = (
    "이 결과 폴더의 학습을 멈춘 자리에서 이어서 합니다.\n"
    "함께 줄 수 있는 설정값은 num_epochs, workers, dataroot, ngpu뿐입니다.\n"
    "--out을 함께 주면 이 폴더는 읽기만 하고 그 새 폴더에서 이어서 합니다"
)
WEIGHTS = "PyTorch의 .pth(체크포인트도 됩니다), safetensors 또는 이 강의의 결과 폴더"
SAMPLE_OUT = (
    "그림 파일(.png .jpg .webp .bmp .tif)이면 그림판 하나(한 장이면 그 그림만),\n"
    "폴더면 한 장에 파일 하나씩. 기본값은 결과 폴더의 new_samples.png"
)
# 명령, 옵션, 값의 이름(없으면 값을 받지 않음), 기본값, 설명
OPTIONS = (
    ("train", "--preset", "이름", None, PRESET),
    ("train", "--out", "폴더", None, "결과 폴더. 기본값은 runs/ 아래의 새 번호입니다"),
    ("train", "--overwrite", None, None, "결과 폴더에 있던 학습 결과를 덮어씁니다"),
    ("train", "--engine", "이름", None, f"{ENGINES}. 기본값은 fast, NVIDIA GPU 하나면 graph입니다"),
    ("train", "--improve", "이름,이름", None, IMPROVE),
    ("train", "--resume", "폴더", None, RESUME),
    ("train", "--save-every", "초", "30", "이어서 할 수 있게 상태를 남기는 간격(초, 기본값 30)"),
    ("train", "--netG", "파일", None, f"생성자를 처음부터가 아니라 이 가중치에서 시작합니다:\n{WEIGHTS}"),
    ("train", "--netD", "파일", None, "구분자를 처음부터가 아니라 이 가중치에서 시작합니다"),
    (
        "train",
        "--tensorboard",
        None,
        None,
        "TensorBoard의 기록도 남깁니다(tensorboard 패키지가 있어야 합니다)",
    ),
    ("sample", "--run", "폴더", None, "학습 결과 폴더(반드시 필요)"),
    ("sample", "--count", "수", "64", "그림의 수(기본값 64)"),
    ("sample", "--seed", "시드", "0", "z를 뽑는 시드(기본값 0)"),
    ("sample", "--out", "파일/폴더", None, SAMPLE_OUT),
    ("evaluate", "--run", "폴더", None, "학습 결과 폴더(반드시 필요)"),
    ("evaluate", "--dataroot", "값", None, "비교할 데이터. 기본값은 학습한 데이터입니다"),
    ("evaluate", "--count", "수", "1000", "그림의 수(기본값 1000)"),
    ("evaluate", "--seed", "시드", "0", "z를 뽑는 시드(기본값 0)"),
    ("evaluate", "--inception", None, None, "컬러 그림의 Inception FID도 잽니다(가중치를 내려받습니다)"),
    ("evaluate", "--out", "폴더", None, "평가를 쓸 폴더. 기본값은 결과 폴더입니다"),
    ("import", "--generator", "파일", None, f"생성자의 가중치(반드시 필요):\n{WEIGHTS}"),
    ("import", "--out", "폴더", None, "새 결과 폴더(반드시 필요)"),
    ("import", "--dataroot", "값", None, "그 학습의 데이터. evaluate가 비교할 때 씁니다(기본값 celeba)"),
)
# 반드시 필요한 옵션과, 빠졌을 때 보여 줄 예
REQUIRED = {
    "sample": {"run": "runs/hangul-32-001"},
    "evaluate": {"run": "runs/hangul-32-001"},
    "import": {"generator": "netG.pth", "out": "runs/celeba"},
}


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
    parser, commands = _build_parser()
    options = parse(parser, commands, arguments)
    if options is None:
        return 0
    for name, example in REQUIRED.get(options.command, {}).items():
        if getattr(options, name) is None:
            raise LessonError(
                f"명령줄: --{name} 옵션이 없습니다. 예: {parser.prog} {options.command} --{name} {example}"
            )
    return COMMANDS[options.command][1](options)


def _build_parser():
    """(``Parser``, 명령 → 그 명령의 ``Parser``)."""
    description = "한글로 배우는 GAN과 DCGAN. 명령마다 --help로 자세한 설명을 볼 수 있습니다."
    parser = Parser(prog="python -m gan_lesson", description=description)
    added = parser.add_subparsers(dest="command", metavar="명령", title="명령")
    commands = {name: added.add_parser(name, help=about) for name, (about, _) in COMMANDS.items()}
    for command, option, value, default, about in OPTIONS:
        how = {"metavar": value, "default": default} if value else {"action": "store_true"}
        commands[command].add_argument(option, help=about, **how)
    commands["train"].examples = {name: rule.example for name, rule in RULES.items()}
    settings = commands["train"].add_argument_group("설정값(주지 않으면 묶음의 값)")
    for name, rule in RULES.items():
        # 설정을 만들어 보지 않습니다. torch가 없어도 도움말은 나와야 합니다.
        values = ", ".join(f"{kind} {new.get(name, rule.example)}" for kind, new in PRESETS.items())
        values = "GPU가 있으면 1, 없으면 0" if name == "ngpu" else values
        about = f"{rule.meaning}. {rule.allowed}\n[{values}]".replace("%", "%%")
        settings.add_argument(
            *dict.fromkeys([f"--{name}", f"--{name.replace('_', '-')}"]), metavar="값", help=about
        )
    return parser, commands


def _train(options):
    from gan_lesson.training.command import run_train

    return run_train(options)


def _info(options):
    from gan_lesson.environment import report

    print(report())
    return 0


def _sample(options):
    count = number("--count", options.count, int, 1, 1_000_000, example=64)
    seed = number("--seed", options.seed, int, 0, 2**31 - 1, example=0)

    from gan_lesson.metrics.sampling import write_samples

    print(write_samples(options.run, options.out, count, seed))
    return 0


def _evaluate(options):
    count = number("--count", options.count, int, 100, 10_000, example=1000)
    seed = number("--seed", options.seed, int, 0, 2**31 - 1, example=0)

    from gan_lesson.metrics.evaluation import evaluate_run, write_evaluation

    result, picture = evaluate_run(options.run, options.dataroot, count, seed, options.inception)
    print(result.report())  # 쓰지 못해도 잰 것은 보이게
    folder = options.out or options.run
    write_evaluation(folder, result, picture)
    print(f"결과는 {folder} 폴더의 evaluation.json과 evaluation.png에 있습니다.")
    return 0


def _import(options):
    from gan_lesson.training.saving.foreign import import_generator

    config = import_generator(options.generator, options.out, options.dataroot or "celeba")
    print(
        f"{config.nc}×{config.image_size}×{config.image_size} 생성자(nz={config.nz}, ngf={config.ngf})를 "
        f"{options.out} 폴더에 옮겼습니다. 'python -m gan_lesson sample --run {options.out}'로 그림을 만들거나, "
        f"'python -m gan_lesson train --netG {options.out} --dataroot 그림폴더'로 더 학습해 보세요."
    )
    return 0


def _show_warning(message, category, filename, lineno, file=None, line=None):
    if issubclass(category, LessonWarning):
        print(f"알림: {message}", file=sys.stderr)


COMMANDS = {
    "train": ("학습하고 결과를 폴더에 남깁니다", _train),
    "info": ("버전, 장치, 글꼴, 데이터와 설치할 것을 보여 줍니다", _info),
    "sample": ("학습한 생성자로 새 그림을 만듭니다", _sample),
    "evaluate": ("학습한 생성자의 그림을 데이터와 비교해 잽니다", _evaluate),
    "import": ("다른 곳에서 학습한 DCGAN 생성자의 가중치를 결과 폴더로 바꿉니다", _import),
}


if __name__ == "__main__":
    sys.exit(main())
