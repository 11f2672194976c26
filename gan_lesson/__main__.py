"""명령줄: ``python -m gan_lesson train | info | sample | evaluate | import``.

쓰는 사람이 고칠 수 있는 잘못은 한국어 메시지와 종료 코드 2로, 도중에 멈춘 학습은 결과를 쓰고 130으로 끝납니다.
"""

import argparse
import sys
import warnings
from importlib import import_module

from gan_lesson.base.errors import INTERRUPTED, LessonError, LessonWarning
from gan_lesson.config import ENGINE_MEANINGS, IMPROVEMENTS, PRESETS, RULES
from gan_lesson.environment import missing_package

USAGE_ERROR = 2
# argparse는 영어를 모두 gettext의 _로 꺼내므로, main()이 도는 동안 그 자리에 우리말을 둡니다.
KOREAN = {
    "usage: ": "쓰는 법: ",
    "options": "옵션",
    "show this help message and exit": "이 설명을 보여 줍니다",
    "unrecognized arguments: %s": "없는 옵션입니다: %s(빈칸이 든 이름은 따옴표로 감싸세요)",
    "expected one argument": "값이 하나 있어야 합니다",
    "ignored explicit argument %r": "값을 받지 않는 옵션입니다. '=' 뒤의 %r를 지우세요",
    "the following arguments are required: %s": "빠진 것이 있습니다: %s",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid %(type)s value: %(value)r": "%(value)r: %(type)s만 쓸 수 있습니다",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r: %(choices)s 가운데 하나여야 합니다",
}
ENGINES = ", ".join(f"{name}({meaning})" for name, meaning in ENGINE_MEANINGS.items())
PRESET = (
    "설정값의 묶음: quick(강의에서 배우는 DCGAN을 CPU에서 몇 분, 기본값),\n"
    "better(몇 가지 변화를 더해 글자가 더 또렷함), large(better의 방법으로 컬러 64픽셀), paper(논문의 크기 그대로)"
)
IMPROVE = "교과서의 학습에 더할 변화. 쉼표로 잇고, 모두 끄려면 none(기본값은 묶음의 것):\n" + "\n".join(
    f"{name}: {meaning}" for name, meaning in IMPROVEMENTS.items()
)
RESUME = (
    "이 결과 폴더의 학습을 멈춘 자리에서 이어서 합니다.\n"
    "--out을 함께 주면 이 폴더는 읽기만 하고 그 새 폴더에서 이어서 합니다"
)
RUN = "학습 결과 폴더(반드시 필요). 예: runs/hangul-32-001"
SAMPLE_OUT = (
    "그림 파일이면 그림판 하나(한 장이면 그 그림만), 폴더면 한 장에 파일 하나씩.\n"
    "기본값은 결과 폴더의 new_samples.png"
)
PICK = "이만큼씩 만들어 구분자가 가장 진짜로 보는 하나만 남깁니다(기본값 1: 고르지 않음). 예: 2"
WEIGHTS = "PyTorch의 .pth(체크포인트도 됩니다), safetensors 또는 이 강의의 결과 폴더"


def main(arguments=None):
    """명령을 실행하고 종료 코드를 돌려줍니다."""
    for stream in (sys.stdout, sys.stderr):
        # 한국어 윈도의 cp949 터미널에서도 글자 때문에 멈추지 않게 합니다.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = sys.argv[1:] if arguments is None else arguments
    shown, warnings.showwarning = warnings.showwarning, _show_warning
    english, argparse._ = argparse._, lambda words: KOREAN.get(words, words)
    try:
        options = _parser().parse_args(arguments or ["--help"])
        done = options.work(options)
        if isinstance(done, str):
            done = print(done)
        return done or 0
    except LessonError as error:
        message = str(error)
    except (ModuleNotFoundError, RuntimeError, MemoryError) as error:
        in_korean = missing_package
        if not isinstance(error, ModuleNotFoundError):
            in_korean = import_module("gan_lesson.training.stop_reasons").in_korean
        if (message := in_korean(error)) is None:
            raise
    except KeyboardInterrupt:
        print("멈추었습니다.", file=sys.stderr)
        return INTERRUPTED
    finally:
        warnings.showwarning, argparse._ = shown, english
    print(message, file=sys.stderr)
    return USAGE_ERROR


class Parser(argparse.ArgumentParser):
    """잘못 적은 것을 한국어 한 줄의 ``LessonError``로 말합니다."""

    def error(self, message):
        raise LessonError(f"명령줄: {message}. 명령 뒤에 --help를 붙여 쓰는 법을 보세요.")


def _parser():
    parser = Parser(
        prog="python -m gan_lesson",
        allow_abbrev=False,
        description="한글로 배우는 GAN과 DCGAN. 명령마다 --help로 자세한 설명을 볼 수 있습니다.",
    )
    commands = parser.add_subparsers(metavar="명령", title="명령", required=True)

    def command(name, about, room, function, takes=None):
        """``takes``: 함수에 차례로 줄 옵션들의 이름. ``None``이면 옵션을 통째로 줍니다."""

        def work(given):
            do = getattr(import_module(f"gan_lesson.{room}"), function)  # torch를 그때에야 부릅니다.
            return do(given) if takes is None else do(*(getattr(given, option) for option in takes.split()))

        form = argparse.RawTextHelpFormatter
        added = commands.add_parser(name, help=about, allow_abbrev=False, formatter_class=form)
        added.set_defaults(work=work)

        def add(options, value, about, **how):
            how |= {"metavar": value} if value else {"action": "store_true"}
            added.add_argument(*options.split(), help=about, **how)

        return add

    add = command("train", "학습하고 결과를 폴더에 남깁니다", "commands.train", "run_train")
    add("--preset", "이름", PRESET)
    add("--out", "폴더", "결과 폴더. 기본값은 runs/ 아래의 새 번호입니다")
    add("--overwrite", None, "결과 폴더에 있던 학습 결과를 덮어씁니다")
    add("--engine", "이름", f"{ENGINES}. 기본값은 fast, NVIDIA GPU 하나면 graph입니다")
    add("--improve", "이름,이름", IMPROVE)
    add("--resume", "폴더", RESUME)
    seconds = _number(float, 0, 86_400)
    add("--save-every", "초", "상태를 남기는 간격(초, 기본값 30)", type=seconds, default=30)
    add("--netG", "파일", f"생성자를 처음부터가 아니라 이 가중치에서 시작합니다:\n{WEIGHTS}")
    add("--netD", "파일", "구분자를 처음부터가 아니라 이 가중치에서 시작합니다")
    add("--tensorboard", None, "TensorBoard의 기록도 남깁니다(tensorboard 패키지가 있어야 합니다)")
    for name, rule in RULES.items():
        # 설정을 만들어 보지 않습니다. torch가 없어도 도움말은 나와야 합니다.
        values = ", ".join(f"{kind} {new.get(name, rule.example)}" for kind, new in PRESETS.items())
        values = "GPU가 있으면 1, 없으면 0" if name == "ngpu" else values
        names = dict.fromkeys([f"--{name}", f"--{name.replace('_', '-')}"])
        add(" ".join(names), "값", f"{rule.meaning}. {rule.allowed}\n[{values}]", type=rule.parse)

    command("info", "버전, 장치, 데이터와 설치할 것을 보여 줍니다", "environment", "report", "")

    seed = _number(int, RULES["seed"].low, RULES["seed"].high)
    about = "학습한 생성자로 새 그림을 만듭니다"
    add = command("sample", about, "commands.generator", "write_samples", "run out count seed pick")
    add("--run", "폴더", RUN, required=True)
    add("--count", "수", "그림의 수(기본값 64)", type=_number(int, 1, 100_000), default=64)
    add("--seed", "시드", "z를 뽑는 시드(기본값 0)", type=seed, default=0)
    add("--out", "파일/폴더", SAMPLE_OUT)
    add("--pick", "수", PICK, type=_number(int, 1, 64), default=1)

    add = command("evaluate", "학습한 생성자의 그림을 데이터와 비교해 잽니다", "__main__", "_evaluate")
    add("--run", "폴더", RUN, required=True)
    add("--dataroot", "값", "비교할 데이터. 기본값은 학습한 데이터입니다")
    add("--count", "수", "그림의 수(기본값 1000)", type=_number(int, 100, 10_000), default=1000)
    add("--seed", "시드", "z를 뽑는 시드(기본값 0)", type=seed, default=0)
    add("--out", "폴더", "평가를 쓸 폴더. 기본값은 결과 폴더입니다")

    about = "다른 곳에서 학습한 DCGAN 생성자의 가중치를 결과 폴더로 바꿉니다"
    add = command("import", about, "training.saving.foreign", "import_generator", "generator out dataroot")
    add("--generator", "파일", f"생성자의 가중치(반드시 필요):\n{WEIGHTS}", required=True)
    add("--out", "폴더", "새 결과 폴더(반드시 필요)", required=True)
    add("--dataroot", "값", "그 학습의 데이터. evaluate가 비교할 때 씁니다(기본값 celeba)", default="celeba")
    return parser


def _number(kind, low, high):
    """``low``와 ``high``까지의 수만 받는 argparse의 type. 오류는 이름을 보여 주므로 이름에 범위를 적습니다."""

    def parse(text):
        if low <= (value := kind(text)) <= high:
            return value
        raise ValueError

    parse.__name__ = f"{low} 이상 {high} 이하의 {'정수' if kind is int else '수'}"
    return parse


def _evaluate(options):
    from gan_lesson.commands.generator import evaluate_run, write_evaluation

    result, picture = evaluate_run(options.run, options.dataroot, options.count, options.seed)
    print(result.report())  # 쓰지 못해도 잰 것은 보이게
    folder = options.out or options.run
    write_evaluation(folder, result, picture)
    return f"결과는 {folder} 폴더의 evaluation.json과 evaluation.png에 있습니다."


def _show_warning(message, category, filename, lineno, file=None, line=None):
    if issubclass(category, LessonWarning):
        print(f"알림: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
