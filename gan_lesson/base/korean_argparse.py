"""argparse를 한국어로: 명령과 옵션의 이름이나 값을 잘못 적으면 한국어 한 줄로 말합니다."""

import argparse
import difflib
import re

from gan_lesson.base.errors import LessonError, choose, quote


class Parser(argparse.ArgumentParser):
    """argparse의 영어 오류를 한국어 ``LessonError``로 바꿉니다.

    Attributes:
        examples: 값이 빠졌을 때 보여 줄 예: 옵션의 이름(빼기 없이) → 값.
    """

    def __init__(self, **options):
        form = argparse.RawTextHelpFormatter
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=form, **options)
        self.examples = {}
        self._optionals.title, self._positionals.title = "옵션", "넣을 것"
        # argparse는 -1은 값으로 보지만 -inf와 -1e-3은 옵션으로 봅니다.
        self._negative_number_matcher = re.compile(r"-(\d|\.\d|inf$|nan$)")
        self.add_argument("-h", "--help", action="help", help="이 설명을 보여 줍니다")

    def error(self, message):
        option = message.partition(":")[0].removeprefix("argument ").split("/")[0]
        if "ignored explicit argument" in message:
            raise LessonError(f"명령줄: {option}: 값을 받지 않는 옵션입니다. '=' 뒤를 지우세요.")
        if "expected one argument" in message:
            example = self.examples.get(option.strip("-"), "값")
            raise LessonError(f"명령줄: {option} 뒤에 값이 없습니다. 예: {option}={example}")
        raise LessonError(
            f"명령줄: 옵션을 이해하지 못했습니다(argparse: {message}). "
            f"'{self.prog} --help'로 쓰는 법을 볼 수 있습니다."
        )

    def format_help(self):
        return super().format_help().replace("usage: ", "쓰는 법: ", 1)


def parse(parser, commands, words):
    """낱말들을 옵션으로. 명령이 없으면 도움말을 보여 주고 ``None``. ``commands``: 명령 → 그 명령의 ``Parser``."""
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None:
        choose("명령줄: 없는 명령입니다:", first, commands)
    known, unknown = parser.parse_known_args(words)
    if known.command is None:
        parser.print_help()
        return None
    if unknown:
        # 누구에게나 있는 앞의 "--"까지 비교하면 전혀 다른 이름도 비슷해 보입니다.
        names = {name.strip("-"): name for name in commands[first]._option_string_actions}
        close = difflib.get_close_matches(unknown[0].split("=")[0].strip("-"), names, n=1)
        hint = f" 혹시 {names[close[0]]}인가요?" if close else ""
        raise LessonError(
            f"명령줄: {first} 명령에 없는 옵션입니다: {quote(unknown[0])}.{hint} "
            f"'{parser.prog} {first} --help'로 옵션을 볼 수 있습니다."
        )
    return known


def number(name, text, kind, low, high, example):
    """옵션 ``name``에 적은 글을 ``kind``의 수로. ``low``와 ``high``까지 받습니다."""
    try:
        if low <= (found := kind(text)) <= high:
            return found
    except ValueError:
        pass
    what = "정수" if kind is int else "수"
    raise LessonError(
        f"{name} = {quote(text)}: {low} 이상 {high} 이하의 {what}만 쓸 수 있습니다. 예: {name}={example}"
    )
