"""제출한 노트북들을 채점해 점수표를 만듭니다: python scripts/class/grade.py 제출폴더   (make grade ARGS=제출폴더)

맨 위의 폴더나 zip이 학생 하나입니다. 학생의 코드를 이 컴퓨터에서 지금 사용자의 권한으로 실행합니다. 다시 실행하면 바뀐 것만
채점합니다.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from marking import fingerprint, load_results, mark_all, save_results, without_network
from report import page, scores_csv
from submissions import find_submissions
from tally import tally

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import write_bytes

RIGHTS = (
    "학생의 코드를 이 컴퓨터에서 지금 사용자의 권한으로 실행합니다. 읽을 수 있는 파일은 학생의 코드도 읽을 수 있습니다. "
    "모르는 사람의 제출물이라면 중요한 것이 없는 컴퓨터나 계정에서 채점하세요."
)
OFFLINE = "노트북을 네트워크 없이 실행합니다."
ONLINE = "이 컴퓨터에서는 네트워크를 끊고 실행할 수 없어, 학생의 코드가 네트워크를 쓸 수 있습니다."
UNLOCKED = (
    "이 컴퓨터에서는 Python이 임시 폴더 밖에 쓰는 것만 막았습니다. 학생의 코드가 실행한 다른 프로그램이 밖에 쓰는 것은 막지 "
    "못하므로, 그런 학생은 '살펴볼 것'에 적었습니다."
)


def main(words=None):
    """종료 코드를 돌려줍니다. 고칠 수 있는 잘못은 한국어 한 줄과 2입니다."""
    try:
        return _grade(_options(words))
    except LessonError as error:
        print(error, file=sys.stderr)
        return 2


def _options(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("place", metavar="제출폴더", help="제출한 노트북이 든 폴더나 zip")
    about = "점수표(기본값 점수.csv). 학생마다의 결과는 같은 이름의 .html"
    parser.add_argument("--out", type=Path, default="점수.csv", help=about)
    about = "노트북 하나의 초(기본값 900). 셀 하나는 그 3분의 1까지"
    parser.add_argument("--seconds", type=int, default=900, help=about)
    parser.add_argument("--memory", type=float, default=3, help="노트북 하나의 메모리(GB, 기본값 3)")
    parser.add_argument("--jobs", type=int, help="함께 채점할 노트북의 수. 기본값은 코어와 메모리에 맞춥니다")
    parser.add_argument("--again", action="store_true", help="바뀌지 않은 것도 모두 다시 채점합니다")
    options = parser.parse_args(words)
    for name, low, high in (("seconds", 10, 86_400), ("memory", 1, 1024), ("jobs", 1, 256)):
        value = getattr(options, name)
        if value is not None and not low <= value <= high:
            raise LessonError(f"--{name} = {value}: {low} 이상 {high} 이하의 수만 쓸 수 있습니다.")
    if options.out.suffix.lower() != ".csv" or options.out.is_dir():
        raise LessonError(f"--out = '{options.out}': .csv로 끝나는 파일 이름이어야 합니다. 예: 점수.csv")
    return options


def _grade(options):
    import psutil
    from tqdm import tqdm

    out, shown = options.out, options.out.with_suffix(".html")
    memory = int(options.memory * 2**30)
    room = max(1, min(os.cpu_count() or 1, psutil.virtual_memory().total // memory))
    limits = {"seconds": options.seconds, "memory": memory}
    submissions = find_submissions(options.place)
    # 다시 실행하면 바뀐 것만 채점할 수 있게 결과를 점수표 옆에 둡니다.
    results_file = out.with_suffix(".results.json")
    kept = {} if options.again else load_results(results_file)
    _write(results_file, lambda: save_results(results_file, kept))
    marked = {fingerprint(one.data, limits) for one in submissions if one.data is not None}
    new = len(marked - kept.keys())
    notes = [OFFLINE if without_network() else ONLINE] if new else []
    if new:
        print(*notes, RIGHTS, sep="\n", file=sys.stderr)
    try:
        with tqdm(total=new, desc="채점", unit="개", disable=new == 0) as bar:
            save = partial(save_results, results_file)
            results = mark_all(submissions, limits, options.jobs or room, kept, save, bar.update)
    except KeyboardInterrupt:
        print(
            "멈추었습니다. 채점을 마친 것은 남아 있으니, 같은 명령을 다시 실행하면 이어서 합니다.",
            file=sys.stderr,
        )
        return 130
    columns, rows = tally(submissions, results, limits)
    if any(result["locked"] is False for result in results.values()):
        notes.insert(0, UNLOCKED)
        print(UNLOCKED, file=sys.stderr)
    _write(out, lambda: write_bytes(out, scores_csv(columns, rows)))
    _write(shown, lambda: write_bytes(shown, page(columns, rows, notes).encode()))
    again = f", 바뀌지 않아 전의 결과를 쓴 것 {len(marked) - new}개" if len(marked) > new else ""
    print(f"학생 {len(rows)}명, 파일 {len(submissions)}개를 채점했습니다(새로 실행한 것 {new}개{again}).")
    print(f"점수는 {out}, 학생마다의 결과는 {shown}에 있습니다.")
    return 0


def _write(path, write):
    try:
        write()
    except OSError as error:
        raise LessonError(
            f"'{path}': 쓸 수 없습니다({reason(error)}). 엑셀에서 열어 두었으면 닫고, 쓸 수 있는 폴더를 --out에 적어 "
            "다시 실행하세요. 채점한 것은 남아 있습니다."
        ) from None


if __name__ == "__main__":
    sys.exit(main())
