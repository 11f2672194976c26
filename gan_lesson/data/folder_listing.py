"""그림 폴더에 어떤 파일이 있는지 훑습니다. 열지는 않습니다."""

import difflib
import hashlib
import os
import shlex
import stat
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.config import BUILTIN_DATA, WHICH_DATA
from gan_lesson.data.by_hand import IDX, place_of
from gan_lesson.data.formats import ARCHIVES, COMMON, COMPANIONS, EXTENSIONS, HEIC, HEIC_ADVICE, ending

# 학습의 결과 폴더에는 config.json과 함께 이 가운데 하나가 있습니다(training/saving/run_folder.py).
RESULTS = {"checkpoint", "summary.json", "history.csv", "generator.safetensors"}
OUTSIDE = "폴더 밖을 가리키는 링크"


class ImageFile(NamedTuple):
    """그림 파일 하나. 파일이 수십만 개여도 메모리를 적게 쓰도록 이름만 글로 듭니다.

    name: 폴더에서부터의 경로. size: 바이트 수. mtime: 고친 시각(나노초). skipped: 열지 않고 빼는 이유.
    """

    name: str
    size: int = 0
    mtime: int = 0
    skipped: str = ""

    @property
    def kind(self):
        """첫 하위 폴더의 이름. 폴더에 바로 들어 있으면 빈 글."""
        top, separator, _ = self.name.partition(os.sep)
        return unicodedata.normalize("NFC", top) if separator else ""


class Listing(NamedTuple):
    """폴더를 훑은 것. files: ``ImageFile``들, others: 그림이 아닌 파일의 확장자 → 수, results: 뺀 결과 폴더의 이름들."""

    files: list
    others: Counter
    results: list

    def notices(self, root):
        """빼고 쓰는 것을 알리는 문장들."""
        if telling := {end: n for end, n in self.others.items() if end not in COMPANIONS}:
            count = sum(telling.values())
            advice = f" {HEIC_ADVICE}" if telling.keys() & set(HEIC) else ""
            yield f"그림으로 읽지 않는 파일 {count:,}개를 빼고 씁니다({_in_words(telling)}).{advice}"
        if self.results:
            shown, more = self.results[:3], len(self.results) - 3
            names = ", ".join(f"'{name}'" for name in shown) + (f" 외 {more}개" if more > 0 else "")
            yield f"학습 결과가 든 폴더는 빼고 씁니다: {names}"
        if any(file.skipped == OUTSIDE for file in self.files):
            yield (
                f"{OUTSIDE}는 이 컴퓨터의 다른 파일을 끌어들일 수 있어 따라가지 않습니다. 믿을 수 있는 폴더라면 "
                f"'cp -rL {shlex.quote(str(root))} 새폴더'로 링크 대신 진짜 파일이 든 폴더를 만들어 쓰세요."
            )


def find_folder(dataroot):
    """``dataroot``의 폴더. 맥에서 옮긴 폴더의 한글 이름은 자모로 풀려(NFD) 있어, 보기에 같은 이름으로도 찾습니다."""
    root = Path(dataroot).expanduser()
    forms = [root, *(Path(unicodedata.normalize(form, str(root))) for form in ("NFC", "NFD"))]
    root = next((form for form in forms if form.exists()), root)
    if root.is_dir():
        return root
    if root.is_file():
        unpack = _how_to_unpack(root)
        raise LessonError(
            f"설정값 dataroot = '{root}': 폴더가 아니라 파일입니다. {unpack or f'{WHICH_DATA}을 쓰세요.'}"
        )
    close = difflib.get_close_matches(root.name.lower(), BUILTIN_DATA, n=1)
    hint = f" 혹시 dataroot={close[0]}인가요?" if close else ""
    raise LessonError(f"설정값 dataroot = '{root}': 그런 폴더가 없습니다. {WHICH_DATA}을 쓰세요.{hint}")


def folder_name(dataroot):
    """``dataroot``를 부를 이름. ``.``과 ``..``은 그것이 가리키는 폴더의 이름입니다."""
    path = Path(dataroot).expanduser()
    return path.name if path.name not in ("", "..") else path.resolve().name or "images"


def list_images(root):
    """폴더와 그 아래의 그림 파일들(``Listing``). 차례는 언제나 같습니다.

    폴더 밖을 가리키거나 끊어진 링크는 뺍니다(``skipped``). 남에게 받은 폴더의 링크가 이 컴퓨터의 다른 그림을
    학습에 끌어들이지 못하게 따라가지 않습니다. 학습의 결과 폴더에 든 그림도 뺍니다.

    Raises:
        LessonError: 읽을 수 없거나, 그림이 없거나, ``root``가 결과 폴더일 때.
    """
    found = Listing([], Counter(), [])
    seen = []
    try:
        for folder, subfolders, names in os.walk(root, onerror=_raise):
            start = os.path.relpath(folder, root)
            if "config.json" in names and RESULTS & {*names, *subfolders}:
                found.results.append(start)
                subfolders.clear()
                continue
            # .ipynb_checkpoints처럼 프로그램이 만든 숨은 폴더는 그림의 종류가 아닙니다.
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            linked = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
            for name in sorted([*linked, *names]):
                is_image = _is_image(name)
                if is_image or name in linked:
                    inside = name if start == os.curdir else os.path.join(start, name)
                    found.files.extend(_look(root, inside, is_image))
                elif not _is_junk(name):
                    found.others[ending(name)] += 1
                    seen += [os.path.join(folder, name)] * (len(seen) < 1_000)
    except OSError as error:
        raise LessonError(
            f"설정값 dataroot = '{root}': '{error.filename}'을 읽을 수 없습니다({reason(error)}). "
            "읽기 권한을 확인하세요."
        ) from None
    if not found.files:
        raise LessonError(f"설정값 dataroot = '{root}': {_why_empty(found, seen)}")
    return found


def _is_image(name):
    # macOS가 만드는 "._그림.png"는 그림이 아니라 덧붙은 정보입니다.
    return name.lower().endswith(EXTENSIONS) and not name.startswith("._")


def _is_junk(name):
    """운영체제가 저절로 만드는 파일."""
    return name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini", "icon\r")


def _why_empty(found, paths):
    if found.results == [os.curdir]:
        return "학습 결과가 든 폴더입니다. 학습할 그림이 든 폴더를 정하세요."
    seen = f"인데, 있는 파일은 {_in_words(found.others)}입니다" if found.others else "입니다"
    advice = next(filter(None, map(_how_to_unpack, paths)), "")
    if any(IDX.search(path) for path in paths):
        advice = f"MNIST의 파일이라면 '{place_of('mnist')}'에 두고 dataroot=mnist로 쓰세요."
    elif found.others.keys() & set(HEIC):
        advice = HEIC_ADVICE
    elif found.results:
        advice = "학습 결과가 든 폴더의 그림은 쓰지 않습니다."
    return f"폴더에 그림이 없습니다. 쓸 수 있는 확장자는 {COMMON} 등{seen}. {advice}".strip()


def _how_to_unpack(path):
    """압축 파일이면 푸는 방법. 아니면 빈 글."""
    end = ending(path)
    if end not in ARCHIVES:
        return ""
    tool = "zipfile" if end == ".zip" else "tarfile"
    how = "" if end in (".7z", ".rar") else f" 예: python -m {tool} -e {shlex.quote(str(path))} 그림"
    return f"압축 파일은 먼저 풀고, 푼 폴더를 dataroot로 정하세요.{how}"


def _in_words(endings):
    """확장자 → 수를 "`.heic 3개, .zip 1개`" 꼴로. 많은 것부터 여섯 가지까지."""
    common = Counter(endings).most_common()
    words = [f"{end or '확장자 없음'} {count:,}개" for end, count in common[:6]]
    return ", ".join([*words, *(["…"] if len(common) > 6 else [])])


def _look(root, name, is_image):
    """파일 하나의 ``ImageFile``을 담은 목록. 그림이 아니면 빈 목록."""
    path = os.path.join(root, name)
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        target = Path(path)
        if not (target.exists() and target.resolve().is_relative_to(Path(root).resolve())):
            return [ImageFile(name, skipped=OUTSIDE)]
        info = os.stat(path)
    if not is_image:
        return []  # 이 폴더 안을 가리키는 하위 폴더의 링크. 원래 자리에서 읽습니다.
    # 파이프를 열면 쓰는 쪽을 끝없이 기다립니다.
    skipped = "" if stat.S_ISREG(info.st_mode) else "보통의 파일이 아님"
    return [ImageFile(name, info.st_size, info.st_mtime_ns, skipped)]


def manifest(files):
    """하나라도 다르면 달라지는 SHA-256."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(os.fsencode(file.name))
        digest.update(f"\0{file.size}\0{file.mtime}{file.skipped}\n".encode())
    return digest.hexdigest()


def _raise(error):
    raise error
