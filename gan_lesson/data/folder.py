"""내 그림 폴더를 학습 데이터로 읽습니다.

두 가지 짜임을 모두 받습니다: 종류마다 하위 폴더가 있는 것(torchvision의 ``ImageFolder``)과
그림이 바로 들어 있는 것. 그림은 한 번만 풀어서 uint8 캐시에 둡니다.
"""

import difflib
import hashlib
import os
import stat
import unicodedata
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from gan_lesson.config import BUILTIN_DATA
from gan_lesson.data.cache import load_or_build
from gan_lesson.data.images import ImageSet
from gan_lesson.errors import LessonError, LessonWarning, reason

# torchvision.datasets.folder.IMG_EXTENSIONS와 같은 목록입니다.
EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
# 확장자와 내용이 달라도 읽지만, EPS처럼 다른 프로그램을 부르는 형식은 읽지 않습니다.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
# 읽지 않는 파일의 "크기"와 까닭
LEADS_OUT, NOT_A_FILE = -1, -2
SKIPPED = {LEADS_OUT: "폴더 밖을 가리키는 링크", NOT_A_FILE: "보통의 파일이 아님"}
VERSION = 1  # 같은 파일에서 나오는 바이트가 달라지면 올립니다.
_BATCH = 256
_NAMED = 5  # 경고에서 이름을 적어 줄 파일의 수


def load_folder(dataroot, image_size, nc, progress=None):
    """폴더의 그림을 모두 ``image_size``로 맞추어 읽습니다.

    짧은 변을 ``image_size``로 줄이고 가운데를 잘라 냅니다. 어떤 크기와 색 방식이든 됩니다.
    읽지 못한 파일은 세어서 경고하고 ``notes["unreadable"]``에 남깁니다.

    Args:
        dataroot: 그림 폴더.
        image_size: 한 변의 픽셀 수.
        nc: 1이면 흑백, 3이면 컬러로 바꿉니다.
        progress: ``progress(done, total)``.

    Returns:
        ``ImageSet``. 라벨은 첫 하위 폴더의 번호이고, 이름은 ``notes["classes"]``에 있습니다.
        하위 폴더가 없으면 모두 0입니다.

    Raises:
        LessonError: 폴더가 없거나, 읽을 수 있는 그림이 하나도 없을 때.
    """
    root = _find(Path(dataroot).expanduser())
    files = list_images(root)
    classes = sorted({_class_of(root, path) for path, *_ in files})
    key = {
        "version": VERSION,
        "root": str(root.resolve()),
        "image_size": image_size,
        "nc": nc,
        # 이름, 크기, 고친 시각이 하나라도 다르면 폴더가 바뀐 것입니다.
        "manifest": _manifest(root, files),
    }
    source = "folder-" + hashlib.sha256(
        f"{root.resolve()}|{image_size}|{nc}".encode(errors="surrogateescape")
    ).hexdigest()[:12]  # fmt: skip

    def decode(item):
        path, size, _ = item
        if size in SKIPPED:
            return None, f"{path.relative_to(root)} ({SKIPPED[size]})"
        try:
            return _decode(path, image_size, nc), [classes.index(_class_of(root, path))]
        except Exception as error:
            # Pillow는 깨진 파일에서 OSError 말고도 여러 오류를 냅니다.
            return None, f"{path.relative_to(root)} ({_reason(error)})"

    def produce(writer):
        unreadable = []
        with warnings.catch_warnings(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            # 너무 큰 그림에 대한 Pillow의 경고 대신, 다 풀면 약 9천만 픽셀을 넘는 것은 읽지 않습니다.
            warnings.simplefilter("ignore")
            for start in range(0, len(files), _BATCH):
                results = list(pool.map(decode, files[start : start + _BATCH]))
                good = [(image, label) for image, label in results if image is not None]
                unreadable += [why for image, why in results if image is None]
                if good:
                    writer.add(np.stack([g[0] for g in good]), [g[1] for g in good])
                if progress:
                    progress(min(start + _BATCH, len(files)), len(files))
        if len(unreadable) == len(files):
            raise LessonError(
                f"설정값 dataroot = '{root}': 그림 파일 {len(files)}개를 하나도 읽지 못했습니다. "
                f"처음 것: {unreadable[0]}. 그림판 같은 프로그램에서 열리는 그림을 이 폴더에 직접 넣으세요."
            )
        writer.notes = {"classes": classes, "files": len(files), "unreadable": unreadable}

    entry = load_or_build(source, key, (nc, image_size, image_size), 1, produce)
    if unreadable := entry.notes["unreadable"]:
        shown = ", ".join(unreadable[:_NAMED])
        more = f" 외 {len(unreadable) - _NAMED}개" if len(unreadable) > _NAMED else ""
        warnings.warn(
            f"폴더 '{root}': 파일 {len(files)}개 가운데 {len(unreadable)}개를 읽지 못해 "
            f"빼고 씁니다: {shown}{more}",
            LessonWarning,
            stacklevel=2,
        )
    return ImageSet(entry, name=root.name, label_names=("종류",))


def list_images(root):
    """폴더와 그 아래의 그림 파일들: (경로, 크기, 고친 시각)의 이름순 목록.

    폴더 밖을 가리키거나 끊어진 링크는 크기가 ``LEADS_OUT``입니다. 남에게 받은 폴더의 링크가 이 컴퓨터의 다른 그림을
    학습에 끌어들이지 못하게 따라가지 않습니다.
    """
    if not root.is_dir():
        what = "폴더가 아니라 파일입니다" if root.is_file() else "그런 폴더가 없습니다"
        close = difflib.get_close_matches(root.name.lower(), BUILTIN_DATA, n=1)
        hint = f" 혹시 dataroot={close[0]}인가요?" if close else ""
        raise LessonError(
            f"설정값 dataroot = '{root}': {what}. 그림 폴더의 경로나 "
            f"내장 데이터의 이름({', '.join(BUILTIN_DATA)})을 쓰세요.{hint}"
        )
    files = []
    try:
        for folder, subfolders, names in os.walk(root, onerror=_raise):
            # .ipynb_checkpoints처럼 프로그램이 만든 숨은 폴더는 그림의 종류가 아닙니다.
            subfolders[:] = [name for name in subfolders if not name.startswith(".")]
            linked = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
            for name in [*linked, *names]:
                path = Path(folder, name)
                # macOS가 만드는 "._그림.png"는 그림이 아니라 덧붙은 정보입니다.
                is_image = name.lower().endswith(EXTENSIONS) and not name.startswith("._")
                if (is_image or name in linked) and _leads_out(path, root):
                    files.append((path, LEADS_OUT, 0))
                elif is_image:
                    info = path.stat()
                    # 파이프를 열면 쓰는 쪽을 끝없이 기다립니다.
                    size = info.st_size if stat.S_ISREG(info.st_mode) else NOT_A_FILE
                    files.append((path, size, info.st_mtime_ns))
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
    return sorted(files)


def _find(root):
    """맥에서 옮긴 폴더의 한글 이름은 자모로 풀려(NFD) 있어, 보기에 같은 이름으로도 찾습니다."""
    forms = [root, *(Path(unicodedata.normalize(form, str(root))) for form in ("NFC", "NFD"))]
    return next((form for form in forms if form.exists()), root)


def _leads_out(path, root):
    return path.is_symlink() and not (
        path.exists() and path.resolve().is_relative_to(root.resolve())
    )


def fit_image(image, image_size, nc):
    """Pillow 그림 하나를 (nc, image_size, image_size) uint8로 맞춥니다."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)  # 휴대전화 사진은 돌아간 정도가 따로 적혀 있습니다.
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bit(image)
    elif image.has_transparency_data:
        # 투명한 곳의 색은 아무 값이나 들어 있으므로 흰 종이 위에 놓습니다.
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    image = image.convert("L" if nc == 1 else "RGB")
    image = ImageOps.fit(image, (image_size, image_size), Image.Resampling.BICUBIC)
    return np.asarray(image).reshape(image_size, image_size, nc).transpose(2, 0, 1)


def _decode(path, image_size, nc):
    from PIL import Image

    with Image.open(path, formats=FORMATS) as image:
        # JPEG은 필요한 크기 가까이까지만 풀 수 있어 큰 사진이 훨씬 빨라집니다.
        image.draft("L" if nc == 1 else "RGB", (image_size * 2, image_size * 2))
        if image.width * image.height > Image.MAX_IMAGE_PIXELS:
            raise Image.DecompressionBombError
        return fit_image(image, image_size, nc)


def _eight_bit(image):
    """16비트·32비트 흑백을 8비트로. 그냥 바꾸면 255에서 잘려 온통 하얗게 됩니다."""
    from PIL import Image

    values = np.asarray(image, dtype=np.float64)
    top = 65535.0 if values.max() > 255 else 255.0
    return Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))


def _class_of(root, path):
    parts = path.relative_to(root).parts
    return unicodedata.normalize("NFC", parts[0]) if len(parts) > 1 else ""


def _manifest(root, files):
    digest = hashlib.sha256()
    for path, size, mtime in files:
        digest.update(os.fsencode(path.relative_to(root)))
        digest.update(f"\0{size}\0{mtime}\n".encode())
    return digest.hexdigest()


def _reason(error):
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "그림 파일이 아님"
    if isinstance(error, Image.DecompressionBombError):
        return "픽셀이 너무 많음"
    if isinstance(error, PermissionError):
        return "읽기 권한이 없음"
    if isinstance(error, OSError | SyntaxError):
        return "파일이 깨졌거나 잘림"
    return f"읽을 수 없음: {type(error).__name__}"


def _raise(error):
    raise error
