"""온전한 체크포인트를 망가뜨립니다: 사고로 그렇게 된 것과, 지문까지 맞추어 일부러 속이는 것."""

import hashlib
import json
import pickle
import struct

import torch
from safetensors.torch import load, save

from gan_lesson.training.saving.checkpoint import FOLDER, _digest

JSON, TENSORS = "000001.json", "000001.safetensors"
ABSURD = [None, True, "", "…" * 50, -1, 10**30, 10**400, 1.5, ["name", "crc"], float("nan"), float("inf"), [], [[]], {},
          {"a": 1}, ["cuda"], "../../../etc", [None, None], [1, 2, 3]]  # fmt: skip


def files_of(folder):
    """체크포인트 하나의 {파일 이름: 바이트}."""
    return {name: (folder / FOLDER / name).read_bytes() for name in (JSON, TENSORS)}


def write(folder, files):
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (place / name).unlink(missing_ok=True)
        if data is not None:
            (place / name).write_bytes(data)


def sealed(files, notes=None, tensors=None, **body_changes):
    """내용을 바꾸고 지문도 맞추어 다시 적은 파일들. ``tensors``는 safetensors의 바이트입니다."""
    body = json.loads(files[JSON])
    body.pop("digest")
    data = files[TENSORS] if tensors is None else tensors
    body |= {"tensors": hashlib.sha256(data).hexdigest()} | body_changes
    if notes is not None:
        body["notes"] = notes
    text = json.dumps(body | {"digest": _digest(body)})
    return {JSON: text.encode(), TENSORS: data}


def notes_of(files):
    return json.loads(files[JSON])["notes"]


def cut(files, rng):
    name = rng.choice([JSON, TENSORS])
    return files | {name: files[name][: rng.randrange(len(files[name]))]}


def flip(files, rng):
    name = rng.choice([JSON, TENSORS])
    data = bytearray(files[name])
    for _ in range(rng.choice([1, 1, 1, 8])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return files | {name: bytes(data)}


def grow(files, rng):
    name = rng.choice([JSON, TENSORS])
    return files | {name: files[name] + rng.randbytes(rng.randint(1, 99))}


def noise(files, rng):
    name = rng.choice([JSON, TENSORS])
    return files | {name: rng.randbytes(rng.randrange(len(files[name])))}


def swap(files, rng):
    return {JSON: files[TENSORS], TENSORS: files[JSON]}


def lose(files, rng):
    return {rng.choice([JSON, TENSORS]): None}


def header_length(files, rng):
    length = rng.choice([0, 1, 2**31, 2**62, 2**64 - 1, len(files[TENSORS])])
    data = struct.pack("<Q", length) + files[TENSORS][8:]
    return sealed(files, tensors=data)


def header_text(files, rng):
    """머리글 안의 글자 하나를 다른 글자로."""
    data = bytearray(files[TENSORS])
    (length,) = struct.unpack("<Q", data[:8])
    data[8 + rng.randrange(length)] = rng.choice(b'0189-[]{},"aFIx ')
    return sealed(files, tensors=bytes(data))


def renamed(files, rng):
    tensors = load(files[TENSORS])
    name = rng.choice(sorted(tensors))
    tensors[name + rng.choice(["x", ".0", "가"])] = tensors.pop(name)
    return sealed(files, tensors=save(tensors))


def reshaped(files, rng):
    tensors = load(files[TENSORS])
    name = rng.choice(sorted(tensors))
    tensors[name] = tensors[name].reshape(1, *tensors[name].shape)
    return sealed(files, tensors=save(tensors))


def other_dtype(files, rng):
    tensors = load(files[TENSORS])
    name = rng.choice(sorted(tensors))
    kinds = [torch.float16, torch.float64, torch.int64, torch.uint8, torch.bool]
    tensors[name] = tensors[name].to(rng.choice([k for k in kinds if k != tensors[name].dtype]))
    return sealed(files, tensors=save(tensors))


def exchanged(files, rng):
    """모양이 다른 두 텐서의 자리를 바꿉니다."""
    tensors = load(files[TENSORS])
    first = rng.choice(sorted(tensors))
    others = [n for n in sorted(tensors) if tensors[n].shape != tensors[first].shape]
    second = rng.choice(others)
    tensors[first], tensors[second] = tensors[second], tensors[first]
    return sealed(files, tensors=save(tensors))


def dropped(files, rng):
    tensors = load(files[TENSORS])
    del tensors[rng.choice(sorted(tensors))]
    return sealed(files, tensors=save(tensors))


def absurd_note(files, rng):
    notes = notes_of(files)
    notes[rng.choice(sorted(notes))] = rng.choice(ABSURD)
    return sealed(files, notes=notes)


def lost_note(files, rng):
    notes = notes_of(files)
    del notes[rng.choice(sorted(notes))]
    return sealed(files, notes=notes)


def absurd_setting(files, rng):
    notes = notes_of(files)
    notes["config"][rng.choice(sorted(notes["config"]))] = rng.choice(ABSURD)
    return sealed(files, notes=notes)


def other_network(files, rng):
    """설정값만 아주 큰 신경망으로. 믿고 만들면 메모리를 몇 GB 씁니다."""
    notes = notes_of(files)
    notes["config"] |= rng.choice([{"ngf": 512, "nz": 4096}, {"ndf": 512}, {"image_size": 128}, {"nc": 3}])
    return sealed(files, notes=notes)


def other_step(files, rng):
    """Adam의 걸음 수를 터무니없는 값으로. 믿으면 0으로 나누거나 복소수가 됩니다."""
    tensors = load(files[TENSORS])
    name = rng.choice([n for n in sorted(tensors) if n.endswith(".step")])
    tensors[name] = torch.tensor(rng.choice([-1.0, -50.0, 0.0, 1e30, float("nan")]))
    return sealed(files, tensors=save(tensors))


def other_rng(files, rng):
    """난수의 다음 자리를 배열 밖으로."""
    tensors = load(files[TENSORS])
    data = bytearray(tensors["rng"].numpy().tobytes())
    struct.pack_into("=iiq", data, 8, rng.choice([0, 2, 624]), 1, rng.choice([-1, 624, 10**9]))
    tensors["rng"] = torch.tensor(list(data), dtype=torch.uint8)
    return sealed(files, tensors=save(tensors))


def other_values(files, rng):
    """가중치의 값만. 모양이 맞으면 받아들이지만, 이어서 해도 멀쩡하거나 발산했다고 말해야 합니다."""
    tensors = load(files[TENSORS])
    floats = [n for n, t in sorted(tensors.items()) if t.dtype == torch.float32 and t.ndim]
    name = rng.choice(floats)
    tensors[name] = tensors[name] * rng.choice([-1.0, 0.0, 1e30, float("inf"), float("nan")])
    return sealed(files, tensors=save(tensors))


def fewer_tables(files, rng):
    """그림이나 D의 답의 수가 다르거나, 남긴 순간이 하나도 없거나, 그 번호가 이상함."""
    tensors = load(files[TENSORS])
    kept = {name: tensors.pop(name) for name in sorted(tensors) if name.startswith(("snapshots", "judged"))}
    how = rng.choice(["fewer", "none", "-1", "처음", "007"])
    if how == "fewer":
        tensors |= {n: t[:-1].contiguous() if n.startswith("judged_real") else t for n, t in kept.items()}
    elif how != "none":
        tensors |= {f"{name.split('.')[0]}.{how}": t for name, t in kept.items()}
    return sealed(files, tensors=save(tensors))


def empty_huge_shape(files, rng):
    """원소는 없는데 모양만 아주 큰 텐서."""
    (length,) = struct.unpack("<Q", files[TENSORS][:8])
    header = json.loads(files[TENSORS][8 : 8 + length])
    spot = rng.choice([n for n in header if n != "__metadata__"])
    header[spot]["shape"] = [0, 2 ** rng.choice([62, 63, 64])]
    header[spot]["data_offsets"] = [header[spot]["data_offsets"][0]] * 2
    text = json.dumps(header).encode()
    data = struct.pack("<Q", len(text)) + text + files[TENSORS][8 + length :]
    return sealed(files, tensors=data)


def pickled(files, rng):
    return sealed(files, tensors=pickle.dumps({"generator": [1, 2, 3]}))


def other_format(files, rng):
    return sealed(files, format=rng.choice(ABSURD))


MUTATIONS = [cut, flip, grow, noise, swap, lose, header_length, header_text, renamed, reshaped,
             other_dtype, exchanged, dropped, absurd_note, lost_note, absurd_setting,
             other_network, other_step, other_rng, other_values, fewer_tables, empty_huge_shape,
             pickled, other_format]  # fmt: skip
# 지문을 맞추지 않았거나 텐서의 짜임을 바꾼 것은 하나도 받아들여지면 안 됩니다.
NEVER = {cut, grow, noise, swap, lose, header_length, renamed, reshaped, other_dtype, exchanged,
         dropped, lost_note, other_network, other_step, other_rng, fewer_tables,
         empty_huge_shape, pickled, other_format}  # fmt: skip
