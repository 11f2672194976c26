"""8비트보다 깊은 그림: 사람이 기대하는 밝기로, 폴더마다 한 가지로 바꿉니다."""

import struct
import warnings

import numpy as np
import pytest
from PIL import Image

from gan_lesson.base.errors import LessonError
from gan_lesson.data.folder import load_folder

pytestmark = pytest.mark.usefixtures("empty_cache")
LEFT, RIGHT = 40, 200  # 왼쪽 절반과 오른쪽 절반의 밝기(8비트)


def halves(left=LEFT, right=RIGHT, dtype=np.uint8):
    """왼쪽과 오른쪽의 값이 다른 (32, 32) 배열."""
    return np.where(np.arange(32) < 16, left, right).astype(dtype)[None].repeat(32, 0)


def tiff(values, bits=None, inverted=False, orientation=1):
    """압축하지 않은 한 쪽짜리 흑백 TIFF(TIFF 6.0)를 쓰는 함수. 바이트 차례는 dtype을 따릅니다. bits: 12면 채워 담습니다."""
    order = ">" if values.dtype.byteorder == ">" else "<"
    data = values.tobytes()
    if bits == 12:
        a, b = values.reshape(-1, 2).astype(np.uint16).T
        data = np.stack([a >> 4, (a & 15) << 4 | b >> 8, b & 255], 1).astype(np.uint8).tobytes()
    sign = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    tags = {256: values.shape[1], 257: values.shape[0], 258: bits or values.dtype.itemsize * 8, 259: 1,
            262: 0 if inverted else 1, 273: 8, 274: orientation, 277: 1, 278: values.shape[0], 279: len(data),
            339: sign}  # fmt: skip
    entries = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in tags.items())
    start = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8 + len(data))
    content = start + data + struct.pack(order + "H", len(tags)) + entries + bytes(4)
    return lambda path: path.with_suffix(".tif").write_bytes(content)


def pgm(values, top, plain=False):
    head = f"{'P2' if plain else 'P5'}\n32 32\n{top}\n".encode()
    body = " ".join(map(str, values.ravel().tolist())).encode() if plain else values.astype(">u2").tobytes()
    return lambda path: path.with_suffix(".pgm").write_bytes(head + body)


def saved(values, ending=".png", **options):
    """Pillow가 쓰는 것."""
    values = values if values.dtype == np.float32 else values.astype(np.uint16)
    return lambda path: Image.fromarray(values).save(path.with_suffix(ending), **options)


def read(folder):
    """(파일마다 (왼쪽, 오른쪽)의 밝기, 알림을 모두 이은 글)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        images = load_folder(folder, 32, 1).images[:, 0].astype(int)
    return [tuple(image[16, [5, 26]].tolist()) for image in images], " ".join(str(w.message) for w in caught)


EIGHT = halves().astype(int)
REAL = EIGHT.astype("<f4")
AS_EXPECTED = {
    "16비트를 다 쓴 PNG": saved(EIGHT * 257),
    "12비트를 16비트 PNG에": saved(EIGHT * 16),
    "10비트를 16비트 TIFF에": tiff((EIGHT * 4).astype("<u2")),
    "8비트를 16비트 TIFF에": tiff(EIGHT.astype("<u2")),
    "16비트 TIFF, 큰 쪽 먼저": tiff((EIGHT * 257).astype(">u2")),
    "0이 흰색인 16비트 TIFF": tiff((65535 - EIGHT * 257).astype("<u2"), inverted=True),
    "12비트로 채운 TIFF": tiff((EIGHT * 16).astype("<u2"), bits=12),
    "부호 있는 16비트": tiff((EIGHT * 16).astype("<i2")),
    "부호 있는 32비트, 큰 쪽 먼저": tiff((EIGHT * 257).astype(">i4")),
    "부호 없는 32비트": tiff((EIGHT * 257).astype("<u4")),
    "부호 있는 8비트": tiff((EIGHT // 2).astype("i1")),
    "PGM 65535에 12비트": pgm(EIGHT * 16, 65535),
    "PGM 4095": pgm(EIGHT * 16, 4095),
    "PGM 1000, 글로": pgm(EIGHT * 1000 // 255, 1000, plain=True),
    "실수 [0, 1]": tiff(REAL / 255),
    "0이 흰색인 실수": tiff(1 - REAL / 255, inverted=True),
    "실수 [-1, 1]": tiff((REAL / 127.5 - 1).astype("<f4")),
    "실수에 담은 12비트": tiff(REAL * 16),
    "정수가 아닌 실수 [0, 255]": tiff(REAL + np.float32(0.3)),
    "조금 넘친 실수": tiff(np.where(np.arange(32)[:, None] == 0, np.float32(1.06), REAL / 255).astype("<f4")),
    "PFM": saved(REAL / 255, ".pfm"),
    "거꾸로 저장한 16비트": tiff((EIGHT[:, ::-1] * 257).astype("<u2"), orientation=3),
    "JPEG 2000": saved(EIGHT * 257, ".jp2"),
    "투명한 값이 있는 PNG": saved(np.where(EIGHT == LEFT, LEFT, EIGHT * 257), transparency=LEFT),
}


def test_each_kind_of_file_as_a_person_expects(tmp_path):
    wrong = {}
    for name, write in AS_EXPECTED.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name / "0")
        (found,), _ = read(tmp_path / name)
        wanted = (LEFT // 2, RIGHT // 2) if "있는 8비트" in name else (LEFT, RIGHT)
        wanted = (255, RIGHT) if "투명" in name else wanted
        if np.abs(np.subtract(found, wanted)).max() > 1:
            wrong[name] = found
    assert not wrong


@pytest.mark.parametrize(
    "write", [tiff(halves(320, 800, "<u2"), bits=12), pgm(halves(320, 800, int), 4095)], ids=["TIFF", "PGM"]
)
def test_a_file_that_states_its_white_is_believed_even_if_dim(tmp_path, write):
    write(tmp_path / "0")
    (found,), _ = read(tmp_path)
    assert np.abs(np.subtract(found, (20, 50))).max() <= 1


def test_one_scale_for_the_folder_and_the_order_of_the_files(tmp_path):
    for i, value in enumerate((200, 250, 260, 400)):
        saved(np.full((32, 32), value))(tmp_path / f"{2 * i + 1}")
        Image.fromarray(halves(i, 255)).save(tmp_path / f"{2 * i}.png")
    found, told = read(tmp_path)
    assert found[::2] == [(i, 255) for i in range(4)]
    assert [left for left, _ in found[1::2]] == [round(v * 255 / 1023) for v in (200, 250, 260, 400)]
    assert "가장 큰 값이 400이라 10비트(흰색이 1,023)로" in told


@pytest.mark.parametrize(
    ("low", "high", "kind"), [(-1024, 3056, "<i2"), (-300.5, 500.25, "<f4"), (7, 3 << 30, "<u4")]
)
def test_values_without_a_natural_range_are_spread_over_the_folder_and_told(tmp_path, low, high, kind):
    """CT의 값은 -1024(공기)에서 3,000쯤까지입니다."""
    tiff(halves(low, high, kind))(tmp_path / "0")
    tiff(halves(low, low / 2 + high / 2, kind))(tmp_path / "1")
    found, told = read(tmp_path)
    assert found[0] == (0, 255) and found[1] in ((0, 127), (0, 128))
    assert f"값이 {low:,.6g}에서 {high:,.6g}까지라 그 둘을 검정과 흰색으로" in told
    assert read(tmp_path)[1] == told  # 캐시에서 읽을 때도 알려 줍니다.


def test_nan_and_infinity_are_refused_by_name(tmp_path):
    for name, value in (("빈 곳", np.nan), ("끝없음", np.inf)):
        tiff(halves(0.2, value, "<f4"))(tmp_path / name)
    with pytest.raises(LessonError, match="끝없음.tif .값에 NaN"):
        load_folder(tmp_path, 32, 1)
    tiff(REAL / 255)(tmp_path / "성한 것")
    found, told = read(tmp_path)
    assert found == [(LEFT, RIGHT)] and "3개 가운데 2개" in told and "빈 곳.tif" in told
