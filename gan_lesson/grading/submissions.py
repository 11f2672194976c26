"""제출 폴더에서 학생마다의 노트북을 찾습니다: 하위 폴더, zip, 아무 이름이나."""

import io
import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gan_lesson.base.errors import LessonError, reason

MOST_FILES = 20_000
LARGEST_ZIP = 2 * 2**30  # zip 하나를 풀었을 때의 크기
# 노트북의 파일 이름(03_bce 등). 학생의 이름만 남길 때 지웁니다.
LESSON_NAME = re.compile(r"(?<![0-9A-Za-z])\d\d[abc]?_[a-z_]*[a-z]")
# 이름 없이 복사본임만 알리는 나머지: (1), -Copy1, - 복사본 (2)
COPY = re.compile(r"[\s_-]*(copy\s*\d*|복사본)?\s*(\(\d+\))?[\s_-]*", re.IGNORECASE)
MOODLE = re.compile(r"_\d+_assignsubmission_\w*$")  # 학습 관리 시스템 Moodle이 학생의 이름 뒤에 붙이는 것


@dataclass(frozen=True)
class Submission:
    """제출한 파일 하나. 읽지 못했으면 ``data``가 ``None``이고 ``problem``이 그 이유입니다."""

    student: str
    file: str
    data: bytes | None = None
    problem: str | None = None


def find_submissions(place):
    """``place``(폴더나 zip)의 제출물들을 학생의 이름, 파일의 이름 차례로.

    맨 위의 폴더나 zip이 학생 하나이고, 그냥 놓인 노트북은 파일 이름(에서 노트북의 번호와 이름을 뺀 것)이 학생입니다. 맨 위에
    폴더나 zip 하나뿐이면 그 안을 봅니다.

    Raises:
        LessonError: 없는 곳이거나 노트북이 하나도 없을 때.
    """
    place = Path(place)
    try:
        files = _in_zip(place.read_bytes()) if place.is_file() else _in_folder(place)
        found = list(_unpacked(files))
    except (OSError, zipfile.BadZipFile) as error:
        why = reason(error) if isinstance(error, OSError) else "zip 파일이 아님"
        raise LessonError(
            f"제출 폴더 '{place}': 읽을 수 없습니다({why}). 제출물이 든 폴더나 zip의 경로를 적으세요."
        ) from None
    while len({parts[0] for parts, *_ in found}) == 1 and all(len(parts) > 2 for parts, *_ in found):
        found = [(parts[1:], data, problem) for parts, data, problem in found]
    submissions = [
        Submission(_student(parts), "/".join(parts), data, problem) for parts, data, problem in found
    ]
    if not submissions:
        raise LessonError(
            f"제출 폴더 '{place}': 노트북(.ipynb)이 없습니다. 학생마다 노트북이나 zip이 든 폴더를 적으세요."
        )
    return sorted(submissions, key=lambda one: (one.student, one.file))


def _student(parts):
    parts = [part for part in parts[:-1] if not LESSON_NAME.fullmatch(part)] + [parts[-1]]
    if len(parts) > 1:
        return MOODLE.sub("", parts[0]) or parts[0]
    stem = re.sub(r"\.(ipynb|zip)$", "", parts[0], flags=re.IGNORECASE)
    name = LESSON_NAME.sub("", stem).strip(" _-")
    return stem if COPY.fullmatch(name) else name


def _hidden(parts):
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _in_folder(folder):
    """폴더 안의 (경로의 조각들, 내용을 주는 함수). 폴더 밖을 가리키는 링크는 따라가지 않습니다."""
    if not folder.is_dir():
        raise FileNotFoundError(2, "", str(folder))
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if number >= MOST_FILES:
            raise LessonError(
                f"제출 폴더 '{folder}': 파일이 {MOST_FILES:,}개를 넘습니다. 제출 폴더가 맞나요?"
            )
        parts = path.relative_to(folder).parts
        if not _hidden(parts) and not path.is_symlink() and path.is_file():
            yield parts, path.read_bytes


def _in_zip(data):
    """zip 안의 (경로의 조각들, 내용을 주는 함수)."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MOST_FILES or sum(info.file_size for info in members) > LARGEST_ZIP:
        raise zipfile.BadZipFile("풀면 너무 큼")
    for info in members:
        if not stat.S_ISLNK(info.external_attr >> 16):
            parts = PurePosixPath(member_name(info).replace("\\", "/")).parts
            # 디스크에 풀지 않고 이름으로만 쓰므로, 밖을 가리키는 이름도 해롭지 않습니다.
            yield tuple(part for part in parts if part not in ("/", "..")), lambda i=info: archive.read(i)


def member_name(info):
    """zip 안의 이름. 한국어 윈도의 옛 프로그램은 cp949로 적고 그렇다는 표시를 하지 않습니다."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("cp949")
    except UnicodeError:
        return info.filename


def _unpacked(files, depth=0):
    """노트북들: (경로의 조각들, 내용, 이유). zip은 폴더처럼 풀고, 노트북이 없는 zip은 그렇다고 말합니다."""
    for parts, read in files:
        parts = tuple(unicodedata.normalize("NFC", part) for part in parts)
        suffix = PurePosixPath(parts[-1]).suffix.lower() if parts else ""
        if not parts or _hidden(parts) or suffix not in (".ipynb", ".zip"):
            continue
        try:
            data = read()
            if suffix == ".ipynb":
                yield parts, data, None
                continue
            if depth == 2:
                raise zipfile.BadZipFile("zip 안의 zip이 너무 깊음")
            inside = list(_unpacked(_in_zip(data), depth + 1))
        except Exception as error:
            # 손상된 zip을 푸는 오류는 가짓수가 많습니다(zlib, 암호, 모르는 압축). 하나가 나머지를 막지 않습니다.
            kind = "zip을 풀" if suffix == ".zip" else "파일을 읽을"
            yield parts, None, f"{kind} 수 없음: {reason(error) if isinstance(error, OSError) else error}"
            continue
        # 학생 폴더 안의 zip은 그 학생의 것이고, 맨 위의 zip은 제 이름이 학생입니다.
        above = (*parts[:-1], parts[-1][: -len(suffix)])
        if not inside:
            yield parts, None, "zip에 노트북이 없음"
        for rest, data, problem in inside:
            yield (*above, *rest), data, problem
