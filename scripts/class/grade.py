"""제출한 노트북들을 채점해 점수표를 만듭니다: python scripts/class/grade.py 제출폴더   (make grade ARGS=제출폴더)"""

import argparse
import os
import sys
from pathlib import Path

from marking import Limits, fingerprint, load_results, mark_all, save_results, without_network
from report import page, scores_csv
from submissions import find_submissions
from tally import tally

from gan_lesson.base.errors import INTERRUPTED, LessonError, reason
from gan_lesson.base.files import write_bytes
from gan_lesson.base.korean_argparse import number

EXAMPLE = "python scripts/class/grade.py 제출폴더 --out 점수.csv"
RIGHTS = (
    "학생의 코드를 이 컴퓨터에서 지금 사용자의 권한으로 실행합니다. 읽을 수 있는 파일은 학생의 코드도 읽을 수 있습니다. "
    "모르는 사람의 제출물이라면 중요한 것이 없는 컴퓨터나 계정에서 채점하세요."
)
UNLOCKED = (
    "이 컴퓨터에서는 Python이 임시 폴더 밖에 쓰는 것만 막았습니다. 학생의 코드가 실행한 다른 프로그램이 밖에 쓰는 것은 막지 "
    "못하므로, 그런 학생은 '살펴볼 것'에 적었습니다."
)


def run_grade(options):
    """``grade`` 명령. 돌려주는 것은 종료 코드입니다."""
    if not options.place:
        raise LessonError(f"명령줄: 제출물이 든 폴더가 없습니다. 예: {EXAMPLE}")
    limits = _limits(options)
    out = Path(options.out)
    if out.suffix.lower() != ".csv" or out.is_dir():
        raise LessonError(f"--out = '{out}': .csv로 끝나는 파일 이름이어야 합니다. 예: {EXAMPLE}")
    submissions = find_submissions(options.place)
    # 다시 실행하면 바뀐 것만 채점할 수 있게 결과를 점수표 옆에 둡니다.
    memory = out.with_suffix(".results.json")
    kept = {} if options.again else load_results(memory)
    _write(memory, lambda: save_results(memory, kept))
    marked = {fingerprint(one.data, limits) for one in submissions if one.data is not None}
    new = len(marked - kept.keys())
    notes = [_network(new), RIGHTS]
    if new:
        print(*notes, sep="\n", file=sys.stderr)
    try:
        results = _mark(submissions, limits, kept, memory, new)
    except KeyboardInterrupt:
        print(
            "멈추었습니다. 채점을 마친 것은 남아 있으니, 같은 명령을 다시 실행하면 이어서 합니다.",
            file=sys.stderr,
        )
        return INTERRUPTED
    columns, rows = tally(submissions, results, limits)
    if any(result.get("locked") is False for result in results.values()):
        notes.insert(0, UNLOCKED)
        print(UNLOCKED, file=sys.stderr)
    shown = out.with_suffix(".html")
    _write(out, lambda: write_bytes(out, scores_csv(columns, rows)))
    _write(shown, lambda: write_bytes(shown, page(columns, rows, notes[:-1]).encode()))
    again = f", 바뀌지 않아 전의 결과를 쓴 것 {len(marked) - new}개" if len(marked) > new else ""
    print(f"학생 {len(rows)}명, 파일 {len(submissions)}개를 채점했습니다(새로 실행한 것 {new}개{again}).")
    print(f"점수는 {out}, 학생마다의 결과는 {shown}에 있습니다.")
    return 0


def _limits(options):
    import psutil

    seconds = number("--seconds", options.seconds, int, 10, 86_400, example=900)
    memory = int(number("--memory", options.memory, float, 1, 1024, example=3) * 2**30)
    if options.jobs is not None:
        return Limits(seconds, memory, number("--jobs", options.jobs, int, 1, 256, example=2))
    room = psutil.virtual_memory().total // memory
    return Limits(seconds, memory, max(1, min(os.cpu_count() or 1, room)))


def _network(new):
    if not new:
        return "새로 실행한 노트북이 없습니다."
    if without_network():
        return "노트북을 네트워크 없이 실행합니다."
    return "이 컴퓨터에서는 네트워크를 끊고 실행할 수 없어, 학생의 코드가 네트워크를 쓸 수 있습니다."


def _mark(submissions, limits, kept, memory, new):
    from tqdm import tqdm

    with tqdm(total=new, desc="채점", unit="개", disable=new == 0) as bar:
        return mark_all(submissions, limits, kept, lambda found: save_results(memory, found), bar.update)


def _write(path, write):
    try:
        write()
    except OSError as error:
        raise LessonError(
            f"'{path}': 쓸 수 없습니다({reason(error)}). 엑셀에서 열어 두었으면 닫고, 쓸 수 있는 폴더를 --out에 적어 "
            "다시 실행하세요. 채점한 것은 남아 있습니다."
        ) from None


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "place",
        nargs="?",
        metavar="제출폴더",
        help="제출한 노트북이 든 폴더나 zip. 맨 위의 폴더나 zip이 학생 하나입니다",
    )
    parser.add_argument(
        "--out", default="점수.csv", help="점수표. 학생마다의 결과는 같은 이름의 .html (기본값 점수.csv)"
    )
    parser.add_argument(
        "--seconds",
        default="900",
        help="노트북 하나가 CPU를 쓰는 시간(기본값 900). 셀 하나는 그 3분의 1까지입니다",
    )
    parser.add_argument("--memory", default="3", help="노트북 하나의 메모리(GB, 기본값 3)")
    parser.add_argument("--jobs", help="함께 채점할 노트북의 수. 기본값은 코어와 메모리에 맞춥니다")
    parser.add_argument("--again", action="store_true", help="바뀌지 않은 것도 모두 다시 채점합니다")
    return parser.parse_args(words)


def main(words=None):
    """종료 코드를 돌려줍니다. 고칠 수 있는 잘못은 한국어 한 줄과 2입니다."""
    try:
        return run_grade(parse(words))
    except LessonError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
