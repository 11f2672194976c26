"""채점 결과를 학생마다 한 줄로 모읍니다: 푼 문제, 무엇이 잘못되었는지, 살펴볼 것."""

from collections import defaultdict
from dataclasses import dataclass, field

from marking import UNSOLVED, fingerprint

import gan_lesson
from gan_lesson.checks.exercises import BY_KEY, EXERCISES

MOST_ERRORS, MOST_NAMES = 3, 5


@dataclass
class Row:
    """학생 하나.

    ``lessons``: 낸 노트북의 번호들, ``verdicts``: 문제의 이름 → 채점 결과들(여러 노트북의 것을 이은 것), ``problems``: 잘못된 것,
    ``hints``: 채점하는 사람이 살펴볼 것. 힌트만으로는 잘못이라고 할 수 없습니다.
    """

    student: str
    files: list = field(default_factory=list)
    lessons: set = field(default_factory=set)
    verdicts: dict = field(default_factory=lambda: defaultdict(list))
    problems: list = field(default_factory=list)
    hints: list = field(default_factory=list)

    def score(self, key):
        """풀었으면 1, 아니면 0, 채점 함수에 이르지 못했으면 ``None``."""
        found = self.verdicts.get(key)
        return int(any(one["passed"] for one in found)) if found else None


def tally(submissions, results, limits):
    """(표에 세울 문제들, 학생마다의 ``Row``). 문제는 제출물에 나온 노트북의 것을 강의의 차례로 셉니다."""
    rows, files = {}, defaultdict(set)
    for one in submissions:
        row = rows.setdefault(one.student, Row(one.student))
        row.files.append(one.file)
        if one.data is None:
            row.problems.append(f"{one.file}: {one.problem}")
            continue
        key = fingerprint(one.data, limits)
        result = results[key]
        if any(verdict != UNSOLVED for found in result["verdicts"].values() for verdict in found):
            files[key].add(one.student)  # 받은 그대로 낸 것은 서로 같아도 베낀 것이 아닙니다.
        asked = [exercise for keys in result["read"]["asked"] for exercise in keys]
        for exercise, verdicts in result["verdicts"].items():
            row.verdicts[exercise] += verdicts
        row.lessons |= {BY_KEY[exercise].lesson for exercise in (*asked, *result["verdicts"])}
        row.lessons |= {result["read"]["lesson"]}
        row.problems += [f"{one.file}: {problem}" for problem in _problems(result, asked, limits)]
        row.hints += [f"{one.file}: {hint}" for hint in _hints(result, asked)]
    for students in files.values():
        for student in students if len(students) > 1 else ():
            rows[student].hints.append(f"파일이 {_names(students - {student})}의 것과 똑같음")
    lessons = {lesson for row in rows.values() for lesson in row.lessons}
    return [exercise for exercise in EXERCISES if exercise.lesson in lessons], list(rows.values())


def _names(students):
    first, more = sorted(students)[:MOST_NAMES], len(students) - MOST_NAMES
    return ", ".join(first) + (f" 외 {more}명" if more > 0 else "")


def _titles(keys):
    return ", ".join(BY_KEY[key].title for key in dict.fromkeys(keys))


def _problems(result, asked, limits):
    read = result["read"]
    at = f"코드 셀 {result['cells']}개 가운데 {result['cell']}번째"
    if result["end"] == "unreadable":
        yield f"읽을 수 없음: {result['why']}"
        return
    if result["end"] == "dead":
        yield f"{at}에서 채점이 멈춤({result['why']}). 그 뒤의 셀은 실행하지 못함"
    if result["end"] == "time":
        yield f"{at}에서 노트북 하나의 시간 {limits['seconds']}초를 넘김. 그 뒤의 셀은 실행하지 못함"
    if not asked and not read["lesson"]:
        yield "강의의 노트북이 아닌 것 같음(제목도 연습문제도 없음)"
    for error in result["errors"][:MOST_ERRORS]:
        yield f"코드 셀 {error['cell']}: {error['name']} {error['message']}".rstrip()
    if (more := len(result["errors"]) - MOST_ERRORS) > 0:
        yield f"그 밖에 오류가 난 셀 {more}개"
    imported = [e for e in result["errors"] if "ImportError" in e["name"] or "ModuleNotFound" in e["name"]]
    version = read["version"]
    if (version and version != gan_lesson.__version__) or any("gan_lesson" in e["message"] for e in imported):
        was = f" {version}" if version else ""
        yield f"다른 버전{was}의 노트북인 것 같음(지금은 {gan_lesson.__version__}). 지금의 노트북에 답을 옮겨 다시 내게 하세요"
    if missing := [e.key for e in EXERCISES if e.lesson == read["lesson"] and e.key not in asked]:
        yield f"문제의 셀이 없음: {_titles(missing)}"
    for name in read["redefined"]:
        yield f"채점 함수 {name}를 다시 정의함(그것으로 채점한 것은 세지 않음)"
    for path in result["outside"]:
        yield f"임시 폴더 밖에 쓰려고 함(막음): {path}"


def _hints(result, asked):
    if twice := [key for key in dict.fromkeys(asked) if asked.count(key) > 1]:
        yield f"문제의 셀이 여럿(하나라도 맞으면 푼 것으로 셈): {_titles(twice)}"
    if told := result["verdicts"].keys() - asked:
        yield f"채점 함수를 다른 이름으로 부름: {_titles(sorted(told))}"
    if result["programs"]:
        yield f"다른 프로그램을 실행함(밖에 썼는지 알 수 없음): {', '.join(result['programs'])}"
