"""명령줄의 옵션: 이름과 설명, 그리고 잘못 적었을 때의 한국어 오류."""

import argparse
import difflib

from gan_lesson.base.errors import LessonError, quote
from gan_lesson.base.korean_argparse import Parser, join_values
from gan_lesson.config import DEFAULT_ENGINE, ENGINE_MEANINGS, PRESETS, LessonConfig

RULES = LessonConfig.rules()


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
    run.add_argument("--preset", metavar="이름",
                     help="설정값의 묶음: quick(CPU에서 몇 분, 기본값) 또는 paper(논문의 크기)")  # fmt: skip
    run.add_argument("--out", metavar="폴더", help="결과 폴더. 기본값은 runs/ 아래의 새 번호입니다")
    run.add_argument("--overwrite", action="store_true", help="결과 폴더에 있던 학습 결과를 덮어씁니다")
    engines = ", ".join(f"{name}({meaning})" for name, meaning in ENGINE_MEANINGS.items())
    run.add_argument("--engine", metavar="이름", help=f"{engines}. 기본값은 {DEFAULT_ENGINE}입니다")
    run.add_argument("--resume", metavar="폴더",
                     help="이 결과 폴더의 학습을 멈춘 자리에서 이어서 합니다.\n"
                     "함께 줄 수 있는 설정값은 num_epochs, workers, dataroot, ngpu뿐입니다")  # fmt: skip
    run.add_argument("--save-every", default="30", metavar="초",
                     help="이어서 할 수 있게 상태를 남기는 간격(초, 기본값 30)")  # fmt: skip
    settings = train.add_argument_group("설정값(주지 않으면 묶음의 값)")
    for name, rule in RULES.items():
        # 설정을 만들어 보지 않습니다. torch가 없어도 도움말은 나와야 합니다.
        values = ", ".join(f"{kind} {new.get(name, rule.example)}" for kind, new in PRESETS.items())
        if name == "ngpu":
            values = "GPU가 있으면 1, 없으면 0"
        names = dict.fromkeys([f"--{name}", f"--{name.replace('_', '-')}"])
        settings.add_argument(*names, dest=name, metavar="값",
                              help=f"{rule.meaning}. {rule.allowed}\n[{values}]".replace("%", "%%"))  # fmt: skip

    info = commands.add_parser("info", help="버전, 장치, 글꼴, 데이터와 설치할 것을 보여 줍니다", **common)
    _help(info)

    sample = commands.add_parser("sample", help="학습한 생성자로 새 그림을 만듭니다", **common)
    _help(sample)
    sample.add_argument("--run", metavar="폴더", help="학습 결과 폴더(반드시 필요)")
    sample.add_argument("--count", default="64", metavar="수", help="그림의 수(기본값 64)")
    sample.add_argument("--seed", default="0", metavar="시드", help="z를 뽑는 시드(기본값 0)")
    sample.add_argument("--out", metavar="파일", help="PNG 파일. 기본값은 결과 폴더의 new_samples.png")

    evaluate = commands.add_parser("evaluate", help="학습한 생성자의 그림을 데이터와 견주어 잽니다", **common)
    _help(evaluate)
    evaluate.add_argument("--run", metavar="폴더", help="학습 결과 폴더(반드시 필요)")
    evaluate.add_argument("--dataroot", metavar="값", help="견줄 데이터. 기본값은 학습한 데이터입니다")
    evaluate.add_argument("--count", default="1000", metavar="수", help="그림의 수(기본값 1000)")
    evaluate.add_argument("--seed", default="0", metavar="시드", help="z를 뽑는 시드(기본값 0)")
    evaluate.add_argument(
        "--inception", action="store_true", help="컬러 그림의 Inception FID도 잽니다(가중치를 내려받습니다)"
    )

    imported = commands.add_parser(
        "import", help="PyTorch의 DCGAN 예제가 남긴 가중치(.pth)를 결과 폴더로 바꿉니다", **common
    )
    _help(imported)
    imported.add_argument("--generator", metavar="파일", help="생성자의 .pth 파일(반드시 필요)")
    imported.add_argument("--out", metavar="폴더", help="새 결과 폴더(반드시 필요)")
    imported.add_argument(
        "--dataroot", metavar="값", help="그 학습의 데이터. evaluate가 견줄 때 씁니다(기본값 celeba)"
    )
    parser.commands = commands.choices
    return parser


def parse(arguments):
    """명령줄의 낱말들을 옵션으로. 명령이 없으면 도움말을 보여 주고 ``None``."""
    parser = build_parser()
    known, unknown = _parse(parser, arguments)
    if known.command is None:
        parser.print_help()
        return None
    if unknown:
        names = parser.commands[known.command].option_names()
        close = difflib.get_close_matches(unknown[0].split("=")[0], names, n=1)
        hint = f" 혹시 {close[0]}인가요?" if close else ""
        raise LessonError(
            f"명령줄: {known.command} 명령에 없는 옵션입니다: {quote(unknown[0])}.{hint} "
            f"'python -m gan_lesson {known.command} --help'로 옵션을 볼 수 있습니다."
        )
    return known


def _parse(parser, arguments):
    first = next((word for word in arguments if not word.startswith("-")), None)
    if first is not None and first not in parser.commands:
        raise LessonError(
            f"명령줄: 없는 명령입니다: {quote(first)}. {', '.join(parser.commands)} 가운데 하나를 쓰세요."
        )
    for i, word in enumerate(arguments):
        options = parser.commands[first]._option_string_actions if first else {}
        action = options.get(word)
        missing = i + 1 == len(arguments) or arguments[i + 1] in options
        if action is not None and action.nargs is None and missing:
            raise LessonError(f"명령줄: {word} 뒤에 값이 없습니다. 예: {word}={_example(action)}")
    return parser.parse_known_args(join_values(arguments))


def _example(action):
    return RULES[action.dest].example if action.dest in RULES else "값"


def require(options, **examples):
    """반드시 필요한 옵션이 빠졌으면 ``LessonError``. ``examples``: 옵션의 이름 → 예로 보여 줄 값."""
    for name, example in examples.items():
        if getattr(options, name) is None:
            raise LessonError(
                f"명령줄: --{name} 옵션이 없습니다. 예: python -m gan_lesson {options.command} "
                f"--{name} {example}"
            )


def whole_number(name, text, low, high):
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        raise LessonError(f"{name} = {quote(text)}: {low} 이상 {high} 이하의 정수만 쓸 수 있습니다.")
    return number


def _help(parser):
    parser.add_argument("-h", "--help", action="help", help="이 설명을 보여 줍니다")
