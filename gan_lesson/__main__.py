"""명령줄: ``python -m gan_lesson train | info | sample``.

쓰는 사람이 고칠 수 있는 잘못은 한국어 메시지와 종료 코드 2로 끝납니다. 도중에 멈춘 학습은
결과를 쓰고 종료 코드 130으로 끝납니다.
"""

import argparse
import difflib
import sys
import warnings
from pathlib import Path

from gan_lesson.config import PRESETS, LessonConfig
from gan_lesson.errors import LessonError, quote

RULES = LessonConfig.rules()
USAGE_ERROR = 2
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """argparse의 영어 오류를 한국어 ``LessonError``로 바꿉니다."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._optionals.title = "옵션"

    def error(self, message):
        if "ignored explicit argument" in message:
            option = message.split()[1].rstrip(":")
            raise LessonError(f"명령줄: {option}: 값을 받지 않는 옵션입니다. '=' 뒤를 지우세요.")
        raise LessonError(
            f"명령줄: 옵션을 이해하지 못했습니다(argparse: {message}). "
            f"'{self.prog} --help'로 쓰는 법을 볼 수 있습니다."
        )

    def format_help(self):
        return super().format_help().replace("usage: ", "쓰는 법: ", 1)

    def option_names(self):
        return [name for action in self._actions for name in action.option_strings]


def build_parser():
    common = dict(add_help=False, allow_abbrev=False, formatter_class=argparse.RawTextHelpFormatter)
    parser = Parser(
        prog="python -m gan_lesson",
        description="한글로 배우는 GAN과 DCGAN. 명령마다 --help로 자세한 설명을 볼 수 있습니다.",
        **common,
    )
    _help(parser)
    commands = parser.add_subparsers(dest="command", metavar="명령", title="명령")

    train = commands.add_parser("train", help="학습하고 결과를 폴더에 남깁니다", **common)
    _help(train)
    run = train.add_argument_group("학습")
    run.add_argument("--preset", default="quick", metavar="이름",
                     help="설정값의 묶음: quick(CPU에서 몇 분, 기본값) 또는 paper(논문의 크기)")  # fmt: skip
    run.add_argument("--out", metavar="폴더", help="결과 폴더. 기본값은 runs/ 아래의 새 번호입니다")
    run.add_argument(
        "--overwrite", action="store_true", help="결과 폴더에 있던 학습 결과를 덮어씁니다"
    )
    run.add_argument("--engine", default="fast", metavar="이름",
                     help="fast(빠름, 기본값) 또는 exact(교과서와 비트까지 같음)")  # fmt: skip
    settings = train.add_argument_group("설정값(주지 않으면 묶음의 값)")
    presets = {preset: make() for preset, make in PRESETS.items()}
    for name, rule in RULES.items():
        values = ", ".join(
            f"{preset} {getattr(config, name)}" for preset, config in presets.items()
        )
        names = dict.fromkeys([f"--{name}", f"--{name.replace('_', '-')}"])
        settings.add_argument(*names, dest=name, metavar="값",
                              help=f"{rule.meaning}. {rule.allowed}\n[{values}]".replace("%", "%%"))  # fmt: skip

    info = commands.add_parser(
        "info", help="버전, 장치, 글꼴, 데이터와 빠진 것을 보여 줍니다", **common
    )
    _help(info)

    sample = commands.add_parser("sample", help="학습한 생성자로 새 그림을 만듭니다", **common)
    _help(sample)
    sample.add_argument("--run", metavar="폴더", help="학습 결과 폴더(반드시 필요)")
    sample.add_argument("--count", default="64", metavar="수", help="그림의 수(기본값 64)")
    sample.add_argument("--seed", default="0", metavar="시드", help="z를 뽑는 시드(기본값 0)")
    sample.add_argument(
        "--out", metavar="파일", help="PNG 파일. 기본값은 결과 폴더의 new_samples.png"
    )

    evaluate = commands.add_parser(
        "evaluate", help="학습한 생성자의 그림을 데이터와 견주어 잽니다", **common
    )
    _help(evaluate)
    evaluate.add_argument("--run", metavar="폴더", help="학습 결과 폴더(반드시 필요)")
    evaluate.add_argument(
        "--dataroot", metavar="값", help="견줄 데이터. 기본값은 학습한 데이터입니다"
    )
    evaluate.add_argument("--count", default="1000", metavar="수", help="그림의 수(기본값 1000)")
    evaluate.add_argument("--seed", default="0", metavar="시드", help="z를 뽑는 시드(기본값 0)")
    evaluate.add_argument(
        "--inception",
        action="store_true",
        help="컬러 그림의 Inception FID도 잽니다(가중치를 내려받습니다)",
    )
    parser.commands = commands.choices
    return parser


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
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        print("멈추었습니다.", file=sys.stderr)
        return INTERRUPTED


def _run(arguments):
    parser = build_parser()
    known, unknown = _parse(parser, arguments)
    if known.command is None:
        parser.print_help()
        return 0
    if unknown:
        names = parser.commands[known.command].option_names()
        close = difflib.get_close_matches(unknown[0].split("=")[0], names, n=1)
        hint = f" 혹시 {close[0]}인가요?" if close else ""
        raise LessonError(
            f"명령줄: {known.command} 명령에 없는 옵션입니다: {quote(unknown[0])}.{hint} "
            f"'python -m gan_lesson {known.command} --help'로 옵션을 볼 수 있습니다."
        )
    run = {"train": _train, "info": _info, "sample": _sample, "evaluate": _evaluate}
    return run[known.command](known)


def _parse(parser, arguments):
    first = next((word for word in arguments if not word.startswith("-")), None)
    if first is not None and first not in parser.commands:
        raise LessonError(
            f"명령줄: 없는 명령입니다: {quote(first)}. "
            f"{', '.join(parser.commands)} 가운데 하나를 쓰세요."
        )
    for i, word in enumerate(arguments):
        options = parser.commands[first]._option_string_actions if first else {}
        action = options.get(word)
        missing = i + 1 == len(arguments) or arguments[i + 1] in options
        if action is not None and action.nargs is None and missing:
            raise LessonError(f"명령줄: {word} 뒤에 값이 없습니다. 예: {word}={_example(action)}")
    return parser.parse_known_args(_join_values(arguments))


def _join_values(arguments):
    """``--lr -1``을 ``--lr=-1``로. argparse는 빼기로 시작하는 값을 옵션으로 여깁니다."""
    joined = []
    for word in arguments:
        previous = joined[-1] if joined else ""
        number_like = word[:1] == "-" and word[1:2] in set("0123456789.") | {"i", "n"}
        if number_like and previous.startswith("--") and "=" not in previous:
            joined[-1] = f"{previous}={word}"
        else:
            joined.append(word)
    return joined


def _example(action):
    return RULES[action.dest].example if action.dest in RULES else "값"


def _train(options):
    if options.preset not in PRESETS:
        raise LessonError(
            f"--preset = {quote(options.preset)}: {', '.join(PRESETS)} 가운데 하나여야 합니다."
        )
    given = {name: getattr(options, name) for name in RULES}
    config = PRESETS[options.preset](
        **{name: RULES[name].parse(text) for name, text in given.items() if text is not None}
    )

    from gan_lesson.engine import pick_engine
    from gan_lesson.run_folder import next_run_folder, open_run_folder, write_run
    from gan_lesson.state import pick_device

    pick_engine(options.engine)
    device = pick_device(config.ngpu)
    data = _load_with_progress(config)

    from gan_lesson.diagnosis import advice
    from gan_lesson.training import Trainer

    trainer = Trainer(config, data=data, engine=options.engine)
    folder = open_run_folder(options.out or next_run_folder(config), options.overwrite)
    print(
        f"{data.name} 그림 {len(data):,}장, {config.nc}×{config.image_size}×{config.image_size}, "
        f"장치 {device}, 반복 {trainer.total:,}번. Ctrl+C를 누르면 그때까지의 결과를 저장하고 멈춥니다."
    )
    finished = trainer.run()
    summary = write_run(folder, trainer)
    print(
        f"{'학습을 마쳤습니다' if finished else '도중에 멈추었습니다'}: 반복 {summary['iterations']:,}번, "
        f"{summary['seconds']:.0f}초(초당 그림 {summary['images_per_second']:,}장)."
    )
    if problem := advice(trainer):
        print(f"알림: {problem}")
    print(f"결과는 {folder} 폴더에 있습니다. samples.png와 training.gif를 열어 보세요.")
    return 0 if finished else INTERRUPTED


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
    _require_run(options)
    count = _whole_number("--count", options.count, 1, 10_000)
    seed = _whole_number("--seed", options.seed, 0, 2**31 - 1)

    import torch

    from gan_lesson.checkpoint import write_bytes
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
            f"--out = '{out}': 그림을 저장할 수 없습니다({error.strerror or error}). "
            "쓸 수 있는 폴더의 PNG 파일 이름을 정하세요."
        ) from None
    print(f"그림 {count:,}장을 {out}에 저장했습니다.")
    return 0


def _evaluate(options):
    _require_run(options)
    count = _whole_number("--count", options.count, 100, 10_000)
    seed = _whole_number("--seed", options.seed, 0, 2**31 - 1)

    from gan_lesson.evaluation import evaluate_run, write_evaluation

    result, picture = evaluate_run(options.run, options.dataroot, count, seed, options.inception)
    write_evaluation(options.run, result, picture)
    print(result.report())
    print(f"결과는 {options.run} 폴더의 evaluation.json과 evaluation.png에 있습니다.")
    return 0


def _require_run(options):
    if options.run is None:
        raise LessonError(
            f"명령줄: --run이 없습니다. 예: python -m gan_lesson {options.command} "
            "--run runs/hangul-32-001"
        )


def _whole_number(name, text, low, high):
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        raise LessonError(
            f"{name} = {quote(text)}: {low} 이상 {high} 이하의 정수만 쓸 수 있습니다."
        )
    return number


def _help(parser):
    parser.add_argument("-h", "--help", action="help", help="이 설명을 보여 줍니다")


def _show_warning(message, category, filename, lineno, file=None, line=None):
    if category is UserWarning:
        print(f"알림: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
