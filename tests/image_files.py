"""시험에 쓸 그림 파일을 손으로 씁니다: Pillow가 읽기만 하는 깊이와 방식."""

import struct
import zlib

import numpy as np

LEFT, RIGHT = 40, 200  # 왼쪽 절반과 오른쪽 절반의 밝기(8비트)


def halves(left=LEFT, right=RIGHT, size=32, dtype=np.uint8):
    """왼쪽과 오른쪽의 값이 다른 (size, size) 배열."""
    return np.where(np.arange(size) < size // 2, left, right).astype(dtype)[None].repeat(size, 0)


def write_tiff(path, values, bits=None, sign=None, inverted=False, orientation=1):
    """압축하지 않은 한 쪽짜리 TIFF(TIFF 6.0). ``values``: (H, W) 또는 (H, W, 채널). 바이트 차례는 dtype을 따릅니다.

    bits: 12면 두 값을 3바이트에 채워 담습니다. sign: SampleFormat. 기본은 dtype대로 1(부호 없음), 2(있음), 3(실수).
    """
    big = values.dtype.byteorder == ">"
    order = ">" if big else "<"
    data = values.tobytes()
    if bits == 12:
        first, second = values.reshape(-1, 2).astype(np.uint16).T
        data = (
            np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 1)
            .astype(np.uint8)
            .tobytes()
        )
    bits = bits or values.dtype.itemsize * 8
    sign = sign or {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    channels = values.shape[2] if values.ndim == 3 else 1
    kind = 2 if channels == 3 else 0 if inverted else 1
    tags = {256: values.shape[1], 257: values.shape[0], 258: bits, 259: 1, 262: kind, 273: 8, 274: orientation,
            277: channels, 278: values.shape[0], 279: len(data), 339: sign}  # fmt: skip
    after = 8 + len(data) + len(data) % 2
    extra, entries = b"", b""
    for tag, value in tags.items():
        if tag in (258, 339) and channels == 3:  # 채널마다 하나씩, 디렉터리 뒤에
            place = after + 2 + 12 * len(tags) + 4 + len(extra)
            extra += struct.pack(order + "3H", value, value, value)
            entries += struct.pack(order + "HHII", tag, 3, 3, place)
        else:
            entries += struct.pack(order + "HHII", tag, 4, 1, value)
    start = (b"MM\0*" if big else b"II*\0") + struct.pack(order + "I", after)
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4) + extra
    path.write_bytes(start + data + bytes(len(data) % 2) + directory)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, rows, width, height, bits, color, extra=b""):
    """PNG. ``rows``: 줄마다의 바이트들(거르개 0). ``extra``: IDAT 앞에 넣을 덩어리들."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    path.write_bytes(start + extra + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b""))


def write_pgm(path, values, top, plain=False):
    """PGM(P5, ``plain``이면 P2). top: 흰색의 값(maxval)."""
    height, width = values.shape
    head = f"{'P2' if plain else 'P5'}\n{width} {height}\n{top}\n".encode()
    body = " ".join(map(str, values.ravel().tolist())).encode() if plain else values.astype(">u2").tobytes()
    path.write_bytes(head + body)
