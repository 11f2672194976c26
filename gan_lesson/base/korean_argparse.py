"""argparse의 영어 오류를 한국어로."""

import argparse

from gan_lesson.base.errors import LessonError


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


def join_values(arguments):
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
