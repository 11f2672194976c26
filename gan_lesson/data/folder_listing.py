"""그림 폴더에 어떤 파일이 있는지 훑습니다. 열지는 않습니다."""

import difflib
import hashlib
import os
import stat
import unicodedata
from pathlib import Path
from typing import NamedTuple

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.config import BUILTIN_DATA, WHICH_DATA

# torchvision.datasets.folder.IMG_EXTENSIONS와 같은 목록입니다.
EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class ImageFile(NamedTuple):
    """그림 파일 하나. 파일이 수십만 개여도 메모리를 적게 쓰도록 이름만 글로 듭니다.

    name: 폴더에서부터의 경로. size: 바이트 수. mtime: 고친 시각(나노초). skipped: 열지 않고 빼는 까닭.
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


def find_folder(dataroot):
    """``dataroot``의 폴더. 맥에서 옮긴 폴더의 한글 이름은 자모로 풀려(NFD) 있어, 보기에 같은 이름으로도 찾습니다."""
    root = Path(dataroot).expanduser()
    forms = [root, *(Path(unicodedata.normalize(form, str(root))) for form in ("NFC", "NFD"))]
    root = next((form for form in forms if form.exists()), root)
    if not root.is_dir():
        what = "폴더가 아니라 파일입니다" if root.is_file() else "그런 폴더가 없습니다"
        close = difflib.get_close_matches(root.name.lower(), BUILTIN_DATA, n=1)
        hint = f" 혹시 dataroot={close[0]}인가요?" if close else ""
        raise LessonError(f"설정값 dataroot = '{root}': {what}. {WHICH_DATA}을 쓰세요.{hint}")
    return root


def list_images(root):
    """폴더와 그 아래의 ``ImageFile``들. 차례는 언제나 같습니다.

    폴더 밖을 가리키거나 끊어진 링크는 뺍니다(``skipped``). 남에게 받은 폴더의 링크가 이 컴퓨터의 다른 그림을
    학습에 끌어들이지 못하게 따라가지 않습니다.
    """
    files = []
    try:
        for folder, subfolders, names in os.walk(root, onerror=_raise):
            # .ipynb_checkpoints처럼 프로그램이 만든 숨은 폴더는 그림의 종류가 아닙니다.
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            linked = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
            start = os.path.relpath(folder, root)
            for name in sorted([*linked, *names]):
                # macOS가 만드는 "._그림.png"는 그림이 아니라 덧붙은 정보입니다.
                is_image = name.lower().endswith(EXTENSIONS) and not name.startswith("._")
                if is_image or name in linked:
                    inside = name if start == os.curdir else os.path.join(start, name)
                    files += _look(root, inside, is_image)
    except OSError as error:
        raise LessonError(
            f"설정값 dataroot = '{root}': '{error.filename}'을 읽을 수 없습니다({reason(error)}). "
            "읽기 권한을 확인하세요."
        ) from None
    if not files:
        raise LessonError(
            f"설정값 dataroot = '{root}': 폴더에 그림이 없습니다. "
            f"쓸 수 있는 확장자는 {' '.join(EXTENSIONS)}입니다."
        )
    return files


def _look(root, name, is_image):
    """파일 하나의 ``ImageFile``을 담은 목록. 그림이 아니면 빈 목록."""
    path = os.path.join(root, name)
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        target = Path(path)
        if not (target.exists() and target.resolve().is_relative_to(Path(root).resolve())):
            return [ImageFile(name, skipped="폴더 밖을 가리키는 링크")]
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
