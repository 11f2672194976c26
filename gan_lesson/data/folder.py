"""내 그림 폴더를 학습 데이터로 읽습니다.

두 가지 짜임을 모두 받습니다: 종류마다 하위 폴더가 있는 것(torchvision의 ``ImageFolder``)과
그림이 바로 들어 있는 것. 그림은 한 번만 풀어서 uint8 캐시에 둡니다.
"""

import hashlib
import os
import warnings
from bisect import bisect_left
from collections import Counter

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.data.cache import load_or_build
from gan_lesson.data.depth import depth_of, pick_scale, span_of, values_of
from gan_lesson.data.fitting import MADE_GRAY, fit_image, is_colored
from gan_lesson.data.folder_listing import find_folder, folder_name, list_images, manifest
from gan_lesson.data.formats import FORMATS, long_texts, why_unreadable
from gan_lesson.data.images import ImageSet

VERSION = 3  # 같은 파일에서 나오는 바이트가 달라지면 올립니다.
BIG = 20 * 2**20  # 바이트. 파일이 모두 이보다 작으면 workers를 정했어도 작업 프로세스를 띄우지 않습니다.
MOST_KINDS = 2**15 - 1  # 하위 폴더가 이보다 많으면 라벨을 int32로 둡니다.
FLAT, DARK = 3, 32  # 가장 밝은 곳과 어두운 곳의 차이, 가장 밝은 곳(255까지)
NEARLY_ALL = 0.9
_BATCH = 256
_NAMED = 5  # 알림에서 이름을 적어 줄 파일의 수


def load_folder(dataroot, image_size, nc, progress=None, workers=0):
    """폴더의 그림을 모두 ``image_size``로 맞추어 읽습니다.

    짧은 변을 ``image_size``로 줄이고 가운데를 잘라 냅니다. 어떤 크기와 색 방식이든 됩니다. 8비트보다 깊은 흑백의 검정과
    흰색은 폴더 전체의 값을 보고 정합니다(``depth``). 읽지 못한 파일은 세어서 알리고 ``notes["unreadable"]``에 남깁니다.

    Args:
        dataroot: 그림 폴더.
        image_size: 한 변의 픽셀 수.
        nc: 1이면 흑백, 3이면 컬러로 바꿉니다.
        progress: ``progress(done, total)``.
        workers: 파일이 많을 때 함께 푸는 작업 프로세스의 수. 0이면 아무 프로세스도 띄우지 않습니다.

    Returns:
        ``ImageSet``. 라벨은 첫 하위 폴더의 번호이고, 이름은 ``notes["classes"]``에 있습니다.
        하위 폴더가 없으면 모두 0입니다.

    Raises:
        LessonError: 폴더가 없거나, 읽을 수 있는 그림이 하나도 없을 때.
    """
    root = find_folder(dataroot)
    listing = list_images(root)
    files = listing.files
    decoder = _Decoder(str(root), files, image_size, nc, workers)
    place = str(root.resolve())
    key = dict(version=VERSION, root=place, image_size=image_size, nc=nc, manifest=manifest(files))
    kind = f"{place}|{image_size}|{nc}".encode(errors="surrogateescape")
    source = f"folder-{hashlib.sha256(kind).hexdigest()[:12]}"

    def produce(notes):
        unreadable, done, seen = [], 0, Counter()
        for images, labels, failed, found in decoder.parts():
            if "deep" in found:
                raise _DeepPictures
            unreadable += failed
            done += len(labels) + len(failed)
            seen += found
            if labels:
                yield images, labels
            if progress:
                progress(done, len(files))
        if len(unreadable) == len(files):
            advice = " ".join(listing.notices(root))
            raise LessonError(
                f"설정값 dataroot = '{root}': 그림 파일 {len(files)}개를 하나도 읽지 못했습니다. "
                f"처음 것: {unreadable[0]}. {advice or '그림판 같은 프로그램에서 열리는 그림을 이 폴더에 직접 넣으세요.'}"
            )
        told = list(_what_was_seen(seen, len(files) - len(unreadable), decoder.scales or {}))
        notes |= {"classes": decoder.kinds, "files": len(files), "unreadable": unreadable, "told": told}

    shape, label_type = (nc, image_size, image_size), "i16" if len(decoder.kinds) <= MOST_KINDS else "i32"
    try:
        entry = load_or_build(source, key, shape, 1, produce, label_type)
    except _DeepPictures:
        decoder.scales = decoder.measured_scales()
        entry = load_or_build(source, key, shape, 1, produce, label_type)
    told = [*_what_was_left_out(entry.notes), *listing.notices(root), *entry.notes["told"]]
    for sentence in told:
        warnings.warn(f"폴더 '{root}': {sentence}", LessonWarning, stacklevel=2)
    return ImageSet(entry, name=folder_name(root), label_names=("종류",))


class _DeepPictures(Exception):
    """깊은 그림이 있어, 폴더의 값을 모두 재고 다시 풀어야 합니다."""


def _what_was_left_out(notes):
    if unreadable := notes["unreadable"]:
        shown = ", ".join(unreadable[:_NAMED])
        more = f" 외 {len(unreadable) - _NAMED}개" if len(unreadable) > _NAMED else ""
        yield (f"파일 {notes['files']}개 가운데 {len(unreadable)}개를 읽지 못해 빼고 씁니다: {shown}{more}")


def _what_was_seen(seen, count, scales):
    """그림을 푼 방식과 나온 그림에 대해 알려 줄 문장들. ``seen``: 본 것 → 그림의 수."""
    for kind, scale in scales.items():
        if scale.told:
            yield f"8비트보다 깊은 {kind} 그림의 {scale.told}."
    if several := seen["several"]:
        yield f"여러 장이 든 파일 {several:,}개(움직이는 GIF, 여러 쪽의 TIFF 등)에서는 첫 장만 씁니다."
    if seen["colored"]:
        yield MADE_GRAY
    for what, meaning in (("flat", "밝기가 하나뿐입니다"), ("dark", "거의 검은색입니다")):
        if count and seen[what] >= NEARLY_ALL * count:
            yield (
                f"그림 {count:,}장 가운데 {seen[what]:,}장이 {meaning}. 원래 그런 그림이 아니라면 그림 편집 프로그램에서 "
                "밝기를 맞추어 8비트 PNG로 저장해 쓰세요."
            )
            return


class _Decoder(Dataset):
    """파일을 ``_BATCH``개씩 풉니다. 작업 프로세스에서도 돕니다.

    Attributes:
        scales: 깊은 그림의 종류 → ``Scale``. 아직 재지 않았으면 ``None``이고, 깊은 그림을 만나면 거기서 멈춥니다.
    """

    def __init__(self, root, files, image_size, nc, workers):
        self._root, self._files = root, files
        self._image_size, self._nc, self._workers = image_size, nc, workers
        self._measuring = False
        self.scales = None
        self.kinds = sorted({file.kind for file in files})

    def __len__(self):
        return -(-len(self._files) // _BATCH)

    def __getitem__(self, part):
        """풀 때는 (그림들 (B, nc, H, W) uint8, 라벨들 [[종류], …], 풀지 못한 파일의 이름과 이유, 본 것의 ``Counter``).

        잴 때(``measured_scales``)는 깊은 그림의 종류 → ``Span``.
        """
        files = self._files[part * _BATCH : (part + 1) * _BATCH]
        with warnings.catch_warnings(), long_texts():
            # 너무 큰 그림에 대한 Pillow의 경고 대신, 다 풀면 약 9천만 픽셀을 넘는 것은 읽지 않습니다.
            warnings.simplefilter("ignore")
            return self._spans(files) if self._measuring else self._decoded(files, part)

    def _decoded(self, files, part):
        images, labels, failed, seen = [], [], [], Counter()
        for i, file in enumerate(files):
            if file.skipped:
                failed.append(f"{file.name} ({file.skipped})")
                continue
            path = os.path.join(self._root, file.name)
            try:
                with _open(path) as image:
                    if self.scales is None and depth_of(image):
                        return None, [], [], Counter(deep=1)
                    seen["several"] += _has_more(image)
                    # JPEG은 필요한 크기 가까이까지만 풀 수 있어 큰 사진이 훨씬 빨라집니다.
                    image.draft("L" if self._nc == 1 else "RGB", (self._image_size * 2, self._image_size * 2))
                    images.append(fit_image(image, self._image_size, self._nc, self.scales))
                labels.append([bisect_left(self.kinds, file.kind)])
                # 흑백으로 푸는 JPEG의 색은 한 번 더 풀어야 알 수 있으므로, 많을 때는 몇 장만 봅니다.
                sampled = self._nc == 1 and (part == 0 or i % 16 == 0)
                if sampled and not seen["colored"]:
                    with _open(path) as image:
                        seen["colored"] = int(is_colored(image))
            except Exception as error:
                # Pillow는 깨진 파일에서 OSError 말고도 여러 오류를 냅니다.
                failed.append(f"{file.name} ({why_unreadable(error, path)})")
        if not images:
            return None, labels, failed, seen
        images = np.stack(images)
        darkest, brightest = (pick(images, axis=(1, 2, 3)).astype(int) for pick in (np.min, np.max))
        seen["flat"], seen["dark"] = int((brightest - darkest <= FLAT).sum()), int((brightest < DARK).sum())
        return images, labels, failed, seen

    def _spans(self, files):
        spans = {}
        for file in files:
            if file.skipped:
                continue
            try:
                with _open(os.path.join(self._root, file.name)) as image:
                    depth = depth_of(image)
                    if depth and depth.top is None:
                        span = span_of(values_of(image, depth))
                        spans[depth.kind] = span.joined(spans.get(depth.kind, span))
            except Exception:  # noqa: S112  풀 때 이름을 적습니다.
                continue
        return spans

    def measured_scales(self):
        """폴더의 깊은 그림을 모두 재어 정한 ``scales``."""
        self._measuring, together = True, {}
        for spans in self.parts():
            for kind, span in spans.items():
                together[kind] = span.joined(together.get(kind, span))
        self._measuring = False
        return {kind: pick_scale(kind, span) for kind, span in sorted(together.items())}

    def parts(self):
        """모든 부분을 차례대로. 크면 ``workers``개의 작업 프로세스가 나누어 풉니다.

        스레드로 나누면 오히려 느립니다: 작은 그림을 푸는 시간의 대부분은 한 번에 한 스레드만 도는 파이썬입니다.
        """
        big = sum(file.size for file in self._files) >= BIG
        return DataLoader(
            self,
            batch_size=None,
            num_workers=self._workers if big else 0,
            collate_fn=_as_it_is,  # 텐서로 바꾸지 않고 그대로
            # 전역 난수를 소비하지 않게 합니다.
            generator=torch.Generator().manual_seed(0),
        )


def _as_it_is(part):
    return part


def _open(path):
    image = Image.open(path, formats=FORMATS)
    if image.width * image.height > Image.MAX_IMAGE_PIXELS:
        image.close()
        raise Image.DecompressionBombError
    return image


def _has_more(image):
    """여러 장이 든 파일인지. MPO의 둘째 장은 미리 보기이거나 깊이이고, PSD의 장은 층이어서 세지 않습니다."""
    try:
        return image.format not in ("MPO", "PSD") and getattr(image, "is_animated", False)
    except Exception:
        return False  # 둘째 장이 깨졌습니다.
