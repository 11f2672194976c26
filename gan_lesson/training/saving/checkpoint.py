"""체크포인트 파일을 쓰고 읽습니다. 무엇이 든 텐서인지는 모릅니다(``state_tensors``). 언제 꺼져도 온전한 것이 하나는 남습니다.

결과 폴더의 ``checkpoint/`` 안에, 한 번 남길 때마다 파일이 둘 생깁니다. ``000012.safetensors``에는 텐서가,
``000012.json``에는 나머지와 두 파일의 SHA-256이 있습니다. JSON을 나중에 쓰므로 JSON이 있으면 다 쓴 것입니다.
새것을 디스크에서 다시 읽어 확인한 뒤에야 오래된 것을 지우고, 바로 앞의 것은 남겨 둡니다. pickle은 없습니다.
"""

import hashlib
import json
import re
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gan_lesson.base.errors import LessonError, LessonWarning, quote, reason
from gan_lesson.base.files import read_file, write_bytes
from gan_lesson.base.tensor_files import LARGEST, pack, unpack

# 2: 프로세스의 수, 3: 학습률과 그림에 이름, 4: 켜 놓은 변화(improvements). 켠 것이 없으면 3으로 남깁니다.
FORMAT, WITH_IMPROVEMENTS, READABLE = 3, 4, (2, 3, 4)
FOLDER = "checkpoint"
LARGEST_NOTES = 4 * 2**20  # 읽을 JSON의 한계(바이트)
TRIED = 5  # 새것부터 이만큼만 읽어 봅니다.
_NAME = re.compile(r"[0-9]{6,9}")
_LEFTOVER = re.compile(r"\.[0-9]{6,9}\.(json|safetensors)-[0-9]+-[0-9a-f]{8}")


@dataclass(frozen=True)
class Checkpoint:
    """읽어서 확인까지 마친 체크포인트. notes: JSON으로 쓸 수 있는 dict, tensors: 이름 → 텐서(CPU)."""

    path: Path
    format: int
    notes: dict
    tensors: dict


def save_checkpoint(folder, notes, tensors, version=FORMAT):
    """``folder``(결과 폴더)에 하나(``Checkpoint``의 notes와 tensors)를 더 남기고 오래된 것을 지웁니다.

    Raises:
        LessonError: 디스크에 쓸 수 없을 때. 먼저 남긴 것은 그대로이고, 다른 폴더에 다시 남길 수 있습니다.
    """
    place = Path(folder) / FOLDER
    try:
        _refuse_link(place)
        place.mkdir(exist_ok=True)
        earlier = _newest_first(place)
        number = int(earlier[0].stem) + 1 if earlier else 1
        path = place / f"{number:06d}.json"
        data = pack(tensors)
        body = {"format": version, "tensors": hashlib.sha256(data).hexdigest(), "notes": notes}
        write_bytes(path.with_suffix(".safetensors"), data)
        text = json.dumps(body | {"digest": _digest(body)}, ensure_ascii=False, indent=1)
        write_bytes(path, text.encode(errors="backslashreplace"))
        _read(path)
    except (OSError, ValueError) as error:
        raise LessonError(
            f"체크포인트 폴더 '{place}': 지금 상태를 저장하지 못했습니다({_why(error)}). 학습은 메모리에 그대로 "
            "있으니 디스크에 자리를 만들거나 쓸 수 있는 다른 폴더에 저장하세요."
        ) from None
    _sweep(place, earlier, path)


def _sweep(place, earlier, newest):
    """온전한 바로 앞의 것 하나를 남기고, 더 오래된 것과 쓰다가 만 것을 지웁니다. 지우지 못해도 저장은 된 것입니다."""
    kept = {newest.stem}
    for path in earlier:
        with suppress(OSError, ValueError):
            _read(path)
            kept.add(path.stem)
            break
    for path in place.iterdir():
        old = path.suffix in (".json", ".safetensors") and _NAME.fullmatch(path.stem)
        if (old and path.stem not in kept) or _LEFTOVER.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()


def load_checkpoint(folder):
    """``folder``(결과 폴더)에 남은 것 가운데 온전한 가장 새것. 하나도 없으면 ``LessonError``입니다.

    새것이 깨졌으면 경고하고 그 앞의 것을 씁니다.
    """
    place = Path(folder) / FOLDER
    broken = []
    for path in _newest_first(place)[:TRIED]:
        try:
            _refuse_link(place)
            found = _read(path)
        except (OSError, ValueError, MemoryError) as error:
            broken.append(f"'{path.name}': {_why(error)}")
            continue
        if broken:
            warnings.warn(
                f"체크포인트 폴더 '{place}': {'; '.join(broken)}. 그 앞의 '{path.name}'에서 이어 갑니다.",
                LessonWarning,
                stacklevel=2,
            )
        return found
    if broken:
        raise LessonError(
            f"체크포인트 폴더 '{place}': 온전한 체크포인트가 없습니다({'; '.join(broken)}). 원본을 다시 "
            "복사하거나 처음부터 학습하세요."
        )
    raise LessonError(
        f"결과 폴더 '{folder}': 체크포인트가 없어 이어 갈 수 없습니다. 'python -m gan_lesson train'이 만든 "
        f"폴더({FOLDER} 폴더가 든 곳)인지 확인하세요."
    )


def has_checkpoint(folder):
    """이어 갈 만한 것이 남아 있는지(온전한지는 보지 않습니다)."""
    return bool(_newest_first(Path(folder) / FOLDER))


def _newest_first(place):
    """남은 것들의 JSON."""
    paths = [path for path in place.glob("*.json") if _NAME.fullmatch(path.stem)]
    return sorted(paths, key=lambda path: int(path.stem), reverse=True)


def _refuse_link(place):
    if place.is_symlink():
        raise ValueError("폴더가 아니라 링크임")


def _why(error):
    if isinstance(error, MemoryError):
        return "메모리가 모자람"
    return reason(error) if isinstance(error, OSError) else str(error)


def _digest(body):
    text = json.dumps(body, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path):
    """JSON 하나와 그 짝을 읽고 확인한 ``Checkpoint``. 맞지 않으면 ``ValueError``, 읽지 못하면 ``OSError``."""
    text = read_file(path, LARGEST_NOTES)
    try:
        body = json.loads(text)
        given = body.pop("digest", None) if isinstance(body, dict) else None
        digest = _digest(body)
    except (ValueError, RecursionError):
        raise ValueError("JSON이 아닙니다") from None
    if not isinstance(body, dict) or not isinstance(body.get("notes"), dict):
        raise ValueError("체크포인트의 JSON이 아닙니다")
    version = body.get("format")
    if type(version) is not int or version not in READABLE:
        readable = ", ".join(map(str, READABLE))
        raise ValueError(f"형식 {quote(version)}: 이 강의는 형식 {readable}만 읽습니다")
    if given != digest:
        raise ValueError("JSON의 내용이 쓸 때와 다릅니다")
    data = read_file(path.with_suffix(".safetensors"), LARGEST)
    if hashlib.sha256(data).hexdigest() != body.get("tensors"):
        raise ValueError(f"{path.stem}.safetensors의 내용이 쓸 때와 다릅니다")
    return Checkpoint(path, version, body["notes"], unpack(data))
