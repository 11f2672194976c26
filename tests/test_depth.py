"""8비트보다 깊은 그림: 사람이 기대하는 밝기로, 폴더마다 한 가지로 바꿉니다."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_files import LEFT, RIGHT, halves, write_pgm, write_png, write_tiff
from PIL import Image

from gan_lesson.base.errors import LessonError
from gan_lesson.data.depth import BITS
from gan_lesson.data.folder import load_folder

pytestmark = pytest.mark.usefixtures("empty_cache")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "그림").mkdir()
    return tmp_path / "그림"


def read(folder):
    """(파일마다 (왼쪽, 오른쪽)의 밝기, 알림을 모두 이은 글)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        images = load_folder(folder, 32, 1).images[:, 0].astype(int)
    return [tuple(image[16, [5, 26]].tolist()) for image in images], " ".join(str(w.message) for w in caught)


def tiff(values, **options):
    return lambda path: write_tiff(path.with_suffix(".tif"), values, **options)


def pgm(values, top, plain=False):
    return lambda path: write_pgm(path.with_suffix(".pgm"), values, top, plain)


def png16(values):
    rows = [row.astype(">u2").tobytes() for row in values]
    return lambda path: write_png(path.with_suffix(".png"), rows, 32, 32, 16, 0)


EIGHT = halves().astype(int)
REAL = EIGHT.astype("<f4")
AS_EXPECTED = {
    "16비트를 다 쓴 PNG": png16(EIGHT * 257),
    "14비트를 16비트 PNG에": png16(EIGHT * 64),
    "12비트를 16비트 PNG에": png16(EIGHT * 16),
    "10비트를 16비트 TIFF에": tiff((EIGHT * 4).astype("<u2")),
    "8비트를 16비트 TIFF에": tiff(EIGHT.astype("<u2")),
    "16비트 TIFF, 큰 쪽 먼저": tiff((EIGHT * 257).astype(">u2")),
    "0이 흰색인 16비트 TIFF": tiff((65535 - EIGHT * 257).astype("<u2"), inverted=True),
    "12비트로 채운 TIFF": tiff((EIGHT * 16).astype("<u2"), bits=12),
    "부호 있는 16비트": tiff((EIGHT * 16).astype("<i2")),
    "부호 있는 32비트, 큰 쪽 먼저": tiff((EIGHT * 257).astype(">i4")),
    "부호 없는 32비트": tiff((EIGHT * 257).astype("<u4")),
    "부호 있는 8비트": tiff((EIGHT // 2).astype("i1")),
    "PGM 65535": pgm(EIGHT * 257, 65535),
    "PGM 65535에 12비트": pgm(EIGHT * 16, 65535),
    "PGM 4095": pgm(EIGHT * 16, 4095),
    "PGM 1000, 글로": pgm(EIGHT * 1000 // 255, 1000, plain=True),
    "실수 [0, 1]": tiff(REAL / 255),
    "실수 [0, 1], 큰 쪽 먼저": tiff((REAL / 255).astype(">f4")),
    "0이 흰색인 실수": tiff(1 - REAL / 255, inverted=True),
    "실수 [-1, 1]": tiff((REAL / 127.5 - 1).astype("<f4")),
    "실수에 담은 8비트": tiff(REAL),
    "실수에 담은 12비트": tiff(REAL * 16),
    "정수가 아닌 실수 [0, 255]": tiff(REAL + np.float32(0.3)),
    "PFM": lambda path: Image.fromarray(REAL / 255).save(path.with_suffix(".pfm")),
    "JPEG 2000": lambda path: Image.fromarray((EIGHT * 257).astype(np.uint16)).save(path.with_suffix(".jp2")),
}


def test_each_kind_of_file_as_a_person_expects(folder):
    wrong = {}
    for name, write in AS_EXPECTED.items():
        (folder / name).mkdir()
        write(folder / name / "0")
        (found,), _ = read(folder / name)
        wanted = (LEFT // 2, RIGHT // 2) if "있는 8비트" in name else (LEFT, RIGHT)
        if np.abs(np.subtract(found, wanted)).max() > 1:
            wrong[name] = found
    assert not wrong


@pytest.mark.parametrize("write", [
    tiff(halves(20 * 16, 50 * 16, dtype="<u2"), bits=12),
    pgm(halves(20 * 16, 50 * 16, dtype=int), 4095),
], ids=["TIFF", "PGM"])  # fmt: skip
def test_a_file_that_states_its_white_is_believed_even_if_dim(folder, write):
    write(folder / "0")
    (found,), _ = read(folder)
    assert np.abs(np.subtract(found, (20, 50))).max() <= 1


def test_pictures_keep_their_order_of_brightness(folder):
    for i, value in enumerate((200, 250, 260, 400)):
        png16(np.full((32, 32), value))(folder / f"{i}")
    Image.fromarray(halves()).save(folder / "8비트.png")
    found, told = read(folder)
    assert [left for left, _ in found] == [round(v * 255 / 1023) for v in (200, 250, 260, 400)] + [LEFT]
    assert "가장 큰 값이 400이라 10비트(흰색이 1,023)로" in told


def test_negative_values_are_spread_over_the_range_of_the_folder(folder):
    """CT의 값은 -1024(공기)에서 3,000쯤까지입니다."""
    tiff((EIGHT * 16 - 1024).astype("<i2"))(folder / "0")
    tiff(halves(-1024, 255 * 16 - 1024, dtype="<i2"))(folder / "1")
    found, told = read(folder)
    assert found == [(LEFT, RIGHT), (0, 255)]
    assert "정수 그림의 값이 -1,024에서 3,056까지로 음수가 있어" in told
    assert read(folder)[1] == told  # 캐시에서 읽을 때도 알려 줍니다.


@pytest.mark.parametrize(("values", "told"), [
    (halves(-300.5, 500.25, dtype="<f4"), r"실수 그림의 값이 -300.5에서 500.25까지로 \[0, 1\]도 \[-1, 1\]도"),
    (halves(7, 3 << 30, dtype="<u4"), "정수 그림의 값이 7에서 .*16비트를 넘어"),
])  # fmt: skip
def test_values_without_a_natural_range_are_spread_and_told(folder, values, told):
    tiff(values)(folder / "0")
    found, text = read(folder)
    assert found == [(0, 255)]
    assert re.search(told, text), text


def test_a_little_overshoot_of_resized_floats_is_cut(folder):
    tiff(halves(-0.04, 1.06, dtype="<f4"))(folder / "0")
    tiff(REAL / 255)(folder / "1")
    assert read(folder)[0] == [(0, 255), (LEFT, RIGHT)]


def test_nan_and_infinity_are_refused_by_name(folder):
    for name, value in (("빈 곳", np.nan), ("끝없음", np.inf)):
        tiff(halves(0.2, value, dtype="<f4"))(folder / name)
    with pytest.raises(LessonError, match="끝없음.tif .값에 NaN이나 무한대가 있음"):
        load_folder(folder, 32, 1)
    tiff(REAL / 255)(folder / "성한 것")
    found, told = read(folder)
    assert found == [(LEFT, RIGHT)] and "3개 가운데 2개" in told and "빈 곳.tif" in told


def test_dark_and_flat_folders_are_told(folder):
    for i in range(10):  # 12비트를 16비트 컬러에 담으면 Pillow는 위의 8비트만 줍니다.
        write_tiff(folder / f"{i}.tif", np.stack([EIGHT.astype("<u2") * 16] * 3, 2))
    assert "10장 가운데 10장이 거의 검은색입니다" in read(folder)[1]
    for i in range(10):
        Image.new("L", (32, 32), 90 + i).save(folder / f"{i}.tif")
    assert "10장 가운데 10장이 밝기가 하나뿐" in read(folder)[1]
    for i in range(2):
        Image.fromarray(halves()).save(folder / f"{i}.tif")
    assert "장이" not in read(folder)[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_folder_of_integers_is_scaled_by_its_smallest_depth(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("정수")
    top = 2 ** data.draw(st.sampled_from(BITS)) - 1
    pairs = data.draw(st.lists(st.tuples(*[st.integers(0, top)] * 2), min_size=1, max_size=4))
    for i, pair in enumerate(pairs):
        (png16 if data.draw(st.booleans()) else tiff)(halves(*pair, dtype="<u2"))(folder / f"{i}")
    white = next(2**bits - 1 for bits in BITS if max(map(max, pairs)) < 2**bits)
    assert np.allclose(read(folder)[0], np.array(pairs) / white * 255, atol=0.51)
