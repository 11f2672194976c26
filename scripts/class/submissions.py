"""제출 폴더에서 학생마다의 노트북을 찾습니다: 하위 폴더, zip, 아무 이름이나. 노트북을 내지 않은 학생도 찾습니다."""

import io
import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from reading import LARGEST

from gan_lesson.base.errors import LessonError, reason

LARGEST_ZIP = 2 * 2**30  # zip 하나를 풀었을 때의 크기
MOST_FILES = 20_000  # zip 하나에 든 파일
DEEPEST = 2  # zip 안의 zip
# 학생이 함께 보낸, 들여다보지 않는 폴더. 점으로 시작하는 폴더(.venv 등)도 보지 않습니다.
LEFT_ALONE = {"__MACOSX", "node_modules", "site-packages", "__pycache__", "venv"}
# 노트북의 파일 이름(03_bce 등). 학생의 이름만 남길 때 지웁니다.
LESSON_NAME = re.compile(r"(?<![0-9A-Za-z])\d\d[abc]?_[a-z_]*[a-z]")
# 학습 관리 시스템이 이름에 붙이는 것: Moodle은 뒤에, Canvas는 '이름_번호_번호_파일'
MOODLE = re.compile(r"_\d+_assignsubmission_\w*$")
CANVAS = re.compile(r"^([^_]+)(?:_LATE)?_\d{3,}_\d{3,}_.*")
# 이름이 아니라 복사본임을 알리는 것: 구글 드라이브의 '의 사본', 윈도의 '사본 - '과 ' - 복사본', Jupyter의 -Copy1
COPY = re.compile(
    r"[._]ipynb|[\s_]*의[\s_]사본|^(사본|copy of)[\s_]*-?|[\s_]*-[\s_]*(복사본|copy\d*)", re.IGNORECASE
)
NOT_HANDED_IN = (".csv", ".html", ".json", ".ini", ".db")  # 맨 위에 놓인 점수표나 운영체제의 파일
NOT_A_NOTEBOOK = [None, None]  # 내용도 이유도 없는 파일
ODD_ZIP = "끊겼거나, 암호가 걸렸거나, 보통의 zip이 아님. 보통의 zip으로 다시 내게 하세요"
NOT_A_NAME = re.compile(r"[\s_-]*(\(\d+\))?[\s_-]*")


@dataclass(frozen=True)
class Submission:
    """제출한 파일 하나. 읽지 못했거나 노트북이 없으면 ``data``가 ``None``이고 ``problem``이 그 이유입니다."""

    student: str
    file: str
    data: bytes | None = None
    problem: str | None = None


def find_submissions(place):
    """``place``(폴더나 zip, 노트북 하나)의 제출물들을 학생의 이름, 파일의 이름 차례로.

    맨 위의 폴더나 zip이 학생 하나이고, 그냥 놓인 노트북은 파일 이름(에서 노트북의 번호와 이름을 뺀 것)이 학생입니다. 맨 위에
    폴더나 zip 하나뿐이고 그 안에 여러 폴더가 있으면 그 안을 봅니다.

    Raises:
        LessonError: 없는 곳이거나 아무것도 없을 때.
    """
    place = Path(place)
    try:
        if place.suffix.lower() == ".ipynb":
            files = [((place.name,), place.read_bytes)]
        else:
            files = _in_folder(place, ()) if place.is_dir() else _in_zip(place.read_bytes())
        found = list(_unpacked(files))
    except (OSError, zipfile.BadZipFile) as error:
        raise LessonError(
            f"제출 폴더 '{place}': 읽을 수 없습니다({_why(error)}). 제출물이 든 폴더나 zip의 경로를 적으세요."
        ) from None
    found = _without_wrapping(found)
    if all(rest == NOT_A_NOTEBOOK for _, *rest in found):
        raise LessonError(
            f"제출 폴더 '{place}': 노트북(.ipynb)이 없습니다. 학생마다 노트북이나 zip이 든 폴더를 적으세요."
        )
    everything = [Submission(_student(parts), "/".join(parts), *rest) for parts, *rest in found]
    kept = [one for one in everything if one.data is not None or one.problem]
    students = {one.student for one in kept}
    for one in everything:  # 노트북을 하나도 내지 않은 학생은, 낸 파일 하나를 적습니다.
        if one.student not in students:
            students.add(one.student)
            kept.append(replace(one, problem="노트북이 없음"))
    return sorted(kept, key=lambda one: (one.student, one.file))


def _without_wrapping(found):
    """모두를 싼 폴더를 벗깁니다. 그 안이 폴더 하나뿐이면 그것은 학생입니다."""
    tops = {parts[0] for parts, *rest in found if rest != NOT_A_NOTEBOOK}
    inside = [(parts[1:], *rest) for parts, *rest in found if parts[0] in tops and len(parts) > 1]
    shallow = any(len(parts) < 2 for parts, *rest in inside if rest != NOT_A_NOTEBOOK)
    if len(tops) != 1 or shallow or len({parts[0] for parts, *_ in inside if len(parts) > 1}) < 2:
        return found
    return _without_wrapping(inside)


def _left_alone(name):
    return name.startswith(".") or name in LEFT_ALONE


def _student(parts):
    parts = [part for part in parts[:-1] if not LESSON_NAME.fullmatch(part)] + [parts[-1]]
    name = MOODLE.sub("", parts[0])
    if len(parts) > 1:
        return name or parts[0]
    stem = re.sub(r"\.(ipynb|zip)(\.txt|\.json)?$", "", name, flags=re.IGNORECASE)
    name = COPY.sub("", LESSON_NAME.sub("", CANVAS.sub(r"\1", stem))).strip(" _-")
    return stem if NOT_A_NAME.fullmatch(name) else name


def _why(error):
    if isinstance(error, OSError):
        return reason(error)
    return str(error) if re.search("[가-힣]", str(error)) else ODD_ZIP


def _in_folder(folder, above):
    """폴더 안의 (경로의 조각들, 내용을 주는 함수). 빈 폴더는 내용이 없는 것 하나이고, 링크는 따라가지 않습니다."""
    try:
        inside = [p for p in sorted(folder.iterdir()) if not _left_alone(p.name) and not p.is_symlink()]
    except OSError:
        if not above:
            raise
        inside = []
    if not inside and above:
        yield (*above, ""), None
    for path in inside:
        if path.is_dir():
            yield from _in_folder(path, (*above, path.name))
        elif path.is_file():
            yield (*above, path.name), path.read_bytes


def _in_zip(data):
    """zip 안의 (경로의 조각들, 내용을 주는 함수). 디스크에 풀지 않으므로, 밖을 가리키는 이름도 해롭지 않습니다."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = []
    for info in archive.infolist():
        parts = PurePosixPath(member_name(info).replace("\\", "/")).parts
        parts = tuple(part for part in parts if part not in ("/", ".."))
        link = stat.S_ISLNK(info.external_attr >> 16)
        if parts and not (link or info.is_dir() or any(map(_left_alone, parts))):
            members.append((parts, info))
    if len(members) > MOST_FILES or sum(info.file_size for _, info in members) > LARGEST_ZIP:
        raise zipfile.BadZipFile("풀면 너무 큼")
    for parts, info in members:
        yield parts, lambda info=info: archive.read(info)


def member_name(info):
    """zip 안의 이름. 한국어 윈도의 옛 프로그램은 cp949로 적고 그렇다는 표시를 하지 않습니다."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("cp949")
    except UnicodeError:
        return info.filename


def _unpacked(files, depth=0):
    """(경로의 조각들, 노트북의 내용, 이유)들. zip은 폴더처럼 풀고, 노트북이 아닌 것은 내용도 이유도 없습니다."""
    for parts, read in files:
        parts = tuple(unicodedata.normalize("NFC", part) for part in parts)
        name = parts[-1].lower()
        try:
            # 브라우저와 드라이브는 .ipynb.txt, .ipynb.json으로 받거나 끝을 지웁니다.
            if name.endswith((".ipynb", ".ipynb.txt", ".ipynb.json")) or (read and "." not in name):
                data = read()
                if len(data) <= LARGEST and (".ipynb" in name or b'"nbformat"' in data):
                    yield parts, data, None
                else:
                    yield parts, None, "너무 큼" if ".ipynb" in name else None
            elif name.endswith(".zip"):
                if depth == DEEPEST:
                    raise zipfile.BadZipFile("zip 안의 zip이 너무 깊음")
                inside = list(_unpacked(_in_zip(read()), depth + 1))
                if all(rest == NOT_A_NOTEBOOK for _, *rest in inside):
                    yield parts, None, "zip에 노트북이 없음"
                else:  # 학생 폴더 안의 zip은 그 학생의 것이고, 맨 위의 zip은 제 이름이 학생입니다.
                    yield from (((*parts[:-1], parts[-1][:-4], *below), *rest) for below, *rest in inside)
            elif len(parts) > 1 or not name.endswith(NOT_HANDED_IN):
                yield parts, None, None
        except Exception as error:
            # 손상된 zip을 푸는 오류는 가짓수가 많습니다(zlib, 암호, 모르는 압축). 하나가 나머지를 막지 않습니다.
            what = "zip을 풀" if name.endswith(".zip") else "파일을 읽을"
            yield parts, None, f"{what} 수 없음: {_why(error)}"
