"""내 그림 폴더를 학습 데이터로 읽습니다.

종류마다 하위 폴더가 있는 것(torchvision의 ``ImageFolder``)과 그림이 바로 들어 있는 것을 모두 받습니다.
"""

import difflib
import hashlib
import os
import re
import unicodedata
import warnings
from collections import Counter
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import torch
from PIL import ExifTags, Image, ImageOps, PngImagePlugin
from torch.utils.data import DataLoader, Dataset

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.config import BUILTIN_DATA, WHICH_DATA
from gan_lesson.data.cache import load_or_build
from gan_lesson.data.deep import Deep, deep_image, eight_bit, pick_scale

with suppress(ImportError):  # 있으면 아이폰의 HEIC 사진도 읽습니다.
    import pillow_heif

    pillow_heif.register_heif_opener()

composed = partial(unicodedata.normalize, "NFC")  # 맥의 이름은 자모로 풀려(NFD) 있습니다.
VERSION = 4  # 같은 파일에서 나오는 바이트가 달라지면 올립니다.
# 확장자와 내용이 달라도 읽지만, EPS나 WMF처럼 다른 프로그램을 부르는 형식은 읽지 않습니다.
# TGA는 알아볼 만한 머리글이 없어, 다른 무엇도 아닐 때 맨 나중에 봅니다.
FORMATS = ("AVIF", "BMP", "CUR", "DIB", "GIF", "HEIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "QOI",
           "SGI", "SUN", "TIFF", "WEBP", "XBM", "XPM", "TGA")  # fmt: skip
Image.init()
FORMATS = tuple(name for name in FORMATS if name in Image.OPEN)  # 설치된 Pillow가 아는 것
EXTENSIONS = tuple(end for end, name in Image.registered_extensions().items() if name in FORMATS)
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY  # 딸린 글이 1 MB를 넘는 PNG도 엽니다.
# EXIF의 Orientation → 바로 세우는 Image.Transpose. ImageOps.exif_transpose는 이상한 EXIF에서 멈추기도 합니다.
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
# 학습의 결과 폴더에는 config.json과 함께 이 가운데 하나가 있습니다(training/saving/run_folder.py).
RESULTS = {"checkpoint", "summary.json", "history.csv", "generator.safetensors"}
SIDE_FOLDERS = {"@eadir", "#recycle", "$recycle.bin", "__macosx", "system volume information", "lost+found"}
OUTSIDE, FORBIDDEN, SIDE = "폴더 밖을 가리키는 링크", "읽을 수 없는 폴더", "NAS나 운영체제의 폴더"
ADVICE = {  # 뺀 것(이유나 확장자들) → 어떻게 하면 되는지
    FORBIDDEN: "읽기 권한을 확인하세요.",
    SIDE: "지운 그림이나 작은 사본이 든 곳입니다.",
    OUTSIDE: "믿을 수 있는 폴더라면 'cp -rL 폴더 새폴더'로 링크 대신 진짜 파일이 든 폴더를 만들어 쓰세요.",
}
for endings, way in {
    ".heic .heif": "아이폰 사진은 'pip install pillow-heif'로 설치하거나 JPEG으로 바꾸면 읽습니다.",
    ".zip .tar .gz .rar .7z": "압축 파일은 먼저 풀고(예: python -m zipfile -e 파일.zip 그림), 푼 폴더를 dataroot로 정하세요.",
    ".mp4 .mov .avi .mkv .webm": "동영상은 'ffmpeg -i 동영상 -vf fps=1 그림/%05d.png'로 장면을 뽑으세요.",
    ".parquet .arrow": "그림이 든 표는 datasets의 load_dataset로 열어 image.save('이름.png')로 한 장씩 저장하세요.",
    ".npy .npz .mat .tfrecord": "배열은 한 장씩 Image.fromarray(배열).save('이름.png')로 저장하세요.",
    ".dcm": "의료 영상은 pydicom의 pixel_array를 Image.fromarray(배열).save('이름.png')로 저장하세요.",
    ".arw .cr2 .cr3 .dng .nef .raf .jxl .svg .psd": "RAW나 편집용 파일은 사진 프로그램에서 JPEG이나 PNG로 내보내세요.",
}.items():
    ADVICE |= dict.fromkeys(endings.split(), way)
LABELS = re.compile(r"(?i)mask|label|annot|segment|ground.?truth|마스크|라벨")
MADE_GRAY = "컬러 그림이지만 nc=1이어서 흑백으로 바꾸었습니다. 컬러로 학습하려면 nc=3(명령줄에서는 --nc 3)으로 정하세요."
WHY = {  # Pillow의 오류 → 읽지 못한 이유
    "UnidentifiedImageError": "그림 파일이 아님",
    "DecompressionBombError": "픽셀이 3억 6,000만을 넘음. 줄여서 저장하세요",
}
MOST_PIXELS = 90_000_000  # 풀어서 메모리에 둘 그림의 픽셀 수. JPEG은 줄여 풀므로 네 배까지 됩니다.
TINT = 20  # 채널 사이의 차이가 이보다 큰 점은 색이 있는 점
BIG = 20 * 2**20  # 바이트. 파일이 모두 이보다 작으면 workers를 정했어도 작업 프로세스를 띄우지 않습니다.
_PART = 256  # 한 프로세스가 한 번에 맡는 파일의 수


def load_folder(dataroot, image_size, nc, workers=0):
    """폴더의 그림을 모두 ``image_size``로 맞춘 ``ImageSet``. 짧은 변을 줄이고 가운데를 잘라 냅니다.

    라벨은 첫 하위 폴더의 번호(없으면 0)이고, 이름은 ``notes["classes"]``, 읽지 못한 파일은 ``notes["unreadable"]``에
    있습니다. 파일이 많으면 작업 프로세스 ``workers``개가 함께 풉니다. 폴더가 없거나, 읽을 수 있는 그림이 하나도 없으면
    ``LessonError``입니다.
    """
    root = find_folder(dataroot)
    files, left_out = list_images(root)
    manifest = hashlib.sha256(repr(files).encode(errors="surrogateescape")).hexdigest()
    key = dict(version=VERSION, root=str(root.resolve()), image_size=image_size, nc=nc, manifest=manifest)
    key["count"] = len(files)
    decoder = _Decoder(root, [name for name, *_ in files], image_size, nc)
    if sum(size for _, size, _ in files) < BIG:
        workers = 0
    data = load_or_build("folder", key, ("종류",), partial(_produce, decoder, workers), folder_name(root))
    left_out = {what: count for what, count in left_out.items() if what in ADVICE}
    masks = [name for name in data.notes["classes"] if LABELS.search(name)]
    told = [f"{what} {count:,}개를 빼고 씁니다. {ADVICE[what]}" for what, count in left_out.items()]
    if unreadable := data.notes["unreadable"]:
        shown = ", ".join(unreadable[:5]) + (" …" if len(unreadable) > 5 else "")
        told.append(f"파일 {len(files)}개 가운데 {len(unreadable)}개를 읽지 못해 빼고 씁니다: {shown}")
    if masks and len(data.notes["classes"]) > 1:
        told.append(
            f"하위 폴더 {', '.join(masks)}의 그림은 라벨 같습니다. 배울 그림이 아니면 다른 곳으로 옮기세요."
        )
    for sentence in told + data.notes["told"]:
        warnings.warn(f"폴더 '{root}': {sentence}", LessonWarning, stacklevel=2)
    return data


def _produce(decoder, workers, notes):
    """(그림 (nc, H, W), 라벨 (1,))을 하나씩 냅니다. 깊은 그림부터는 폴더의 값을 다 본 뒤에 냅니다."""
    names, nc = decoder.names, decoder.nc
    tops = [composed(os.path.dirname(name).split(os.sep)[0]) for name in names]
    kinds, label_of = np.unique(tops, return_inverse=True)
    waiting, spans, unreadable, color = [], {}, [], False
    # 스레드로 나누면 오히려 느립니다: 작은 그림을 푸는 시간의 대부분은 한 번에 한 스레드만 도는 파이썬입니다.
    seedless = torch.Generator().manual_seed(0)  # 전역 난수를 소비하지 않게 합니다.
    parts = DataLoader(decoder, _PART, num_workers=workers, collate_fn=list, generator=seedless)
    with TemporaryFile() as later:
        for i, (picture, colored) in enumerate(chain.from_iterable(parts)):
            color |= colored
            if isinstance(picture, str):
                unreadable.append(f"{names[i]} ({picture})")
            elif isinstance(picture, Deep):
                spans.setdefault(picture.kind, []).append(picture.span)
                np.save(later, np.asarray(picture.image))
                waiting.append(([label_of[i]], picture.kind, picture.inverted))
            elif waiting:  # 차례가 바뀌지 않게, 깊은 그림 다음의 것은 모두 미룹니다.
                np.save(later, picture)
                waiting.append(([label_of[i]], None, False))
            else:
                yield picture, [label_of[i]]
        if len(unreadable) == len(names):
            raise LessonError(
                f"설정값 dataroot = '{decoder.root}': 그림 파일 {len(names)}개를 하나도 읽지 못했습니다. 처음 것: {unreadable[0]}. "
                "그림판 같은 프로그램에서 열리는지 보고, 내려받은 것이 그림 대신 링크나 웹 페이지면 다시 받으세요."
            )
        later.seek(0)
        scales = {kind: pick_scale(kind, spans[kind]) for kind in sorted(spans)}
        for label, kind, inverted in waiting:
            picture = np.load(later)
            yield _pixels(eight_bit(picture, scales[kind], inverted), nc) if kind else picture, label
    told = [f"8비트보다 깊은 {kind} 그림의 {scale[2]}." for kind, scale in scales.items() if scale[2]]
    notes |= {"classes": kinds.tolist(), "unreadable": unreadable, "told": told + [MADE_GRAY] * color}


def find_folder(dataroot):
    """``dataroot``의 폴더. 맥에서 옮긴 폴더의 한글 이름은 자모로 풀려(NFD) 있어, 보기에 같은 이름으로도 찾습니다."""
    root = Path(dataroot).expanduser()
    forms = [root, *(Path(unicodedata.normalize(form, str(root))) for form in ("NFC", "NFD"))]
    root = next((form for form in forms if form.exists()), root)
    if root.is_dir():
        return root
    if root.is_file():
        way = ADVICE.get(root.suffix.lower().partition("-")[0], ADVICE[".zip"])
        raise LessonError(f"설정값 dataroot = '{root}': 폴더가 아니라 파일입니다. {way}")
    raise LessonError(
        f"설정값 dataroot = '{root}': 그런 폴더가 없습니다. {WHICH_DATA}을 쓰세요.{_hint(str(dataroot))}"
    )


def _hint(asked):
    """없는 폴더 ``asked``를 어떻게 고칠지 한 문장."""
    bare = asked.strip(" '\"")
    if bare != asked and Path(bare).is_dir():
        return f" 따옴표와 앞뒤의 빈칸을 빼고 {bare}로 적으세요."
    if asked.startswith("/content/drive"):
        return " 먼저 구글 드라이브를 연결하세요(drive.mount('/content/drive'))."
    if os.name != "nt" and re.match(r"[A-Za-z]:[\\/]", asked):
        return f" 윈도의 경로는 WSL에서 /mnt/{asked[0].lower()}/…로 적습니다. 옮겨 온 결과 폴더라면 --dataroot로 지금의 자리를 정하세요."
    if re.search(r"[\\/]", asked):
        return " 다른 곳에서 만든 결과 폴더라면 --dataroot로 지금의 자리를 정하세요."
    close = difflib.get_close_matches(asked.lower(), BUILTIN_DATA, n=1)
    return f" 혹시 dataroot={close[0]}인가요?" if close else ""


def folder_name(dataroot):
    """``dataroot``를 부를 이름. ``.``과 ``..``은 그것이 가리키는 폴더의 이름입니다."""
    path = Path(dataroot).expanduser()
    return path.name if path.name not in ("", "..") else path.resolve().name or "images"


def list_images(root):
    """폴더와 그 아래의 그림 파일들, 맥에서 옮겨도 같은 차례로. 숨은 것과 학습의 결과 폴더는 뺍니다.

    폴더 밖을 가리키는 링크는, 남에게 받은 폴더가 이 컴퓨터의 다른 그림을 학습에 끌어들이지 못하게 따라가지 않습니다.

    Returns:
        (폴더에서부터의 경로, 바이트 수, 고친 시각(나노초))의 목록, 뺀 것(확장자나 이유) → 수인 ``Counter``.
    """
    files, left_out, inside = [], Counter(), root.resolve()
    for folder, subfolders, names in os.walk(root, onerror=lambda error: left_out.update([FORBIDDEN])):
        if "config.json" in names and RESULTS & {*names, *subfolders}:
            left_out["학습 결과 폴더"] += 1
            subfolders.clear()
            continue
        left_out.update(SIDE for name in subfolders if name.lower() in SIDE_FOLDERS)
        seen = (name for name in subfolders if not name.startswith(".") and name.lower() not in SIDE_FOLDERS)
        subfolders[:] = sorted(seen, key=composed)
        links = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
        for path in (Path(folder, name) for name in sorted(links + names, key=composed) if name[0] != "."):
            ending = path.suffix.lower().partition("-")[0]  # .tfrecord-00000-of-00001
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                left_out[OUTSIDE] += 1
            elif ending in EXTENSIONS and os.path.isfile(path):  # 파이프를 열면 끝없이 기다립니다.
                info = path.stat()
                files.append((os.path.relpath(path, root), info.st_size, info.st_mtime_ns))
            else:
                left_out[ending or "확장자 없는 것"] += 1
    if not files:
        there = ", ".join(f"{what} {count:,}개" for what, count in left_out.most_common(6))
        advice = next((text for what, text in ADVICE.items() if left_out[what]), f"{WHICH_DATA}을 쓰세요.")
        raise LessonError(
            f"설정값 dataroot = '{root}': 폴더에 그림이 없습니다. 쓸 수 있는 확장자는 .jpg .png .webp .gif .bmp .tif .avif "
            f".jp2 등인데, 있는 것: {there or '없음'}. {advice}"
        )
    return files, left_out


class _Decoder(Dataset):
    """파일을 하나씩 풉니다. 작업 프로세스에서도 ``_PART``개씩 차례로 돕니다."""

    def __init__(self, root, names, image_size, nc):
        self.root, self.names, self.image_size, self.nc = root, names, image_size, nc

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        """((nc, H, W) uint8이나 ``Deep``이나 풀지 못한 이유, 컬러를 흑백으로 한 적이 있는지)."""
        if i % _PART == 0:  # 작업 프로세스의 수가 달라도 같은 바이트가 나오게 합니다.
            self.colored = False
        most, Image.MAX_IMAGE_PIXELS = (
            Image.MAX_IMAGE_PIXELS,
            2 * MOST_PIXELS,
        )  # Pillow는 그 두 배에서 멈춥니다.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with Image.open(os.path.join(self.root, self.names[i]), formats=FORMATS) as image:
                    looking = self.nc == 1 and not self.colored  # 하나라도 컬러면 나머지는 보지 않습니다.
                    picture, found = _fitted(image, self.image_size, self.nc, looking)
                picture = picture if isinstance(picture, Deep) else _pixels(picture, self.nc)
                self.colored |= found
            except LessonError as error:
                picture = str(error)
            except Exception as error:  # Pillow는 깨진 파일에서 OSError 말고도 여러 오류를 냅니다.
                kind = type(error).__name__
                picture = WHY.get(kind, f"파일이 깨졌거나 잘림: {kind}")
            finally:
                Image.MAX_IMAGE_PIXELS = most
        return picture, self.colored


def fit_image(image, image_size, nc):
    """Pillow 그림 하나를 (nc, image_size, image_size) uint8로 맞춥니다. 8비트보다 깊으면 이 그림의 값만 보고 바꿉니다."""
    picture, _ = _fitted(image, image_size, nc)
    if isinstance(picture, Deep):
        scale = pick_scale(picture.kind, [picture.span])
        picture = eight_bit(picture.image, scale, picture.inverted)
    return _pixels(picture, nc)


def _fitted(image, image_size, nc, looking=False):
    """(바로 세우고 크기와 색을 맞춘 그림, ``looking``일 때 본 것이 컬러 그림인지).

    8비트보다 깊고 흰색이 얼마인지 모르는 그림은 ``Deep``입니다.
    """
    # JPEG은 필요한 크기 가까이까지만, 필요한 색만 풀 수 있어 훨씬 빨라집니다.
    image.draft("L" if nc == 1 and not looking else "RGB", (image_size * 2, image_size * 2))
    if image.width * image.height > MOST_PIXELS:
        raise LessonError(
            f"{image.width:,}×{image.height:,}픽셀. {MOST_PIXELS // 10_000:,}만 픽셀까지이니 줄여서 저장하세요"
        )
    deep = deep_image(image)
    upright = deep.image if deep else image
    with suppress(Exception):  # EXIF가 없거나 이상하면 놓인 그대로 씁니다.
        upright = upright.transpose(TURNS[image.getexif()[ExifTags.Base.Orientation]])
    colored = False
    if not deep:
        if upright.has_transparency_data:
            # 투명한 곳의 색은 아무 값이나 들어 있으므로 흰 종이 위에 놓습니다.
            paper = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(paper, upright.convert("RGBA"))
        colored = looking and upright.mode not in ("1", "L") and _is_colored(upright)
        upright = upright.convert("L" if nc == 1 else "RGB")
    fitted = ImageOps.fit(upright, (image_size, image_size), Image.Resampling.BICUBIC)
    if deep and deep.white:
        return eight_bit(fitted, (0, deep.white), deep.inverted), False
    return (deep._replace(image=fitted) if deep else fitted), colored


def _pixels(picture, nc):
    array = np.asarray(picture.convert("L" if nc == 1 else "RGB"))
    return array.reshape(*array.shape[:2], nc).transpose(2, 0, 1)


def _is_colored(picture):
    """컬러 그림인지. 흑백을 컬러로 저장한 것은 세 채널이 (거의) 같습니다."""
    channels = np.asarray(picture.convert("RGB").resize((32, 32))).astype(int)
    return bool((np.ptp(channels, axis=2) > TINT).mean() > 0.01)
