"""내 그림 폴더: 두 가지 짜임, 여러 형식과 색 방식, 이상한 EXIF와 깨진 파일, 링크와 이름."""

import io
import os
import random
import unicodedata
import warnings

import numpy as np
import pytest
from PIL import Image

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data import folder as folder_room
from gan_lesson.data.folder import EXTENSIONS, FORMATS, fit_image, load_folder
from gan_lesson.data.load import load_images

pytestmark = pytest.mark.usefixtures("empty_cache")


def picture(path, size=(40, 30), color=200, mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path)
    return path


def two_colors():
    """왼쪽은 붉고 오른쪽은 푸른 그림."""
    image = Image.new("RGB", (32, 32), (200, 40, 60))
    image.paste((30, 90, 220), (16, 0, 32, 32))
    return image


def loaded(folder, nc=3):
    """(데이터, 알림을 모두 이은 글)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = load_folder(folder, 32, nc)
    return data, " ".join(str(w.message) for w in caught)


def test_flat_folder_and_labels_by_subfolder(tmp_path):
    for i in range(3):
        picture(tmp_path / f"{i}.png", color=i * 100)
    data = load_folder(tmp_path, 32, 1)
    assert data.images[:, 0, 16, 16].tolist() == [0, 100, 200]
    assert data.labels.tolist() == [[0], [0], [0]] and data.notes["classes"] == [""]
    picture(tmp_path / "나" / "안쪽" / "a.jpg", mode="RGB", color="red")
    picture(tmp_path / "가" / "b.PNG")
    (tmp_path / "가" / "읽어 보기.txt").write_text("그림 아님", encoding="utf-8")
    data, told = loaded(tmp_path)
    assert (
        data.notes["classes"] == ["", "가", "나"]
        and data.labels[:, 0].tolist() == [0, 0, 0, 1, 2]
        and not told
    )
    red = data.images[4, :, 16, 16]
    assert red[0] > 240 and red[1] < 15


def test_broken_files_are_counted_and_named_not_fatal(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_room, "MOST_PIXELS", 400 * 400)
    picture(tmp_path / "good.png")
    picture(tmp_path / "tiny.png", size=(1, 1))
    picture(tmp_path / "bomb.png", size=(500, 500))
    noise = np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)
    Image.fromarray(noise).save(tmp_path / "cut.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "cut.jpg").read_bytes()[:5000])
    (tmp_path / "text.png").write_text("나는 그림이 아닙니다", encoding="utf-8")
    for _ in range(2):  # 캐시에서 읽을 때도 알려 줍니다.
        data, told = loaded(tmp_path, 1)
        assert len(data) == 2 and "5개 가운데 3개" in told and "bomb.png (500×500픽셀. 16만 픽셀까지" in told
        assert "cut.jpg (파일이 깨졌거나 잘림" in told and "text.png (그림 파일이 아님)" in told


def test_jpegs_of_many_pixels_are_read_small_and_limits_are_told(tmp_path, monkeypatch):
    """1억 800만과 2억 픽셀로 찍는 전화기의 사진. JPEG은 8분의 1까지 줄여 풉니다."""
    monkeypatch.setattr(folder_room, "MOST_PIXELS", 250_000)
    before = Image.MAX_IMAGE_PIXELS
    two_colors().resize((960, 960), Image.Resampling.NEAREST).save(tmp_path / "전화기.jpg", quality=95)
    picture(tmp_path / "너무 큼.jpg", size=(1100, 1000))
    data, told = loaded(tmp_path)
    assert np.abs(data.images[0, :, 16, [5, 26]].astype(int) - [(200, 40, 60), (30, 90, 220)]).max() < 14
    assert "2개 가운데 1개" in told and "너무 큼.jpg (픽셀이" in told and before == Image.MAX_IMAGE_PIXELS


def test_folders_of_a_nas_and_of_systems_are_left_out_and_counted(tmp_path):
    picture(tmp_path / "1.png")
    for name in (
        "@eaDir/1.png",
        "#recycle",
        "$RECYCLE.BIN/S-1",
        "__MACOSX",
        "System Volume Information",
        "lost+found",
    ):
        picture(tmp_path / name / "작은 것.png")
    data, told = loaded(tmp_path)
    assert len(data) == 1 and "운영체제의 폴더 6개를 빼고" in told


def test_a_folder_that_cannot_be_read_is_skipped_and_said(tmp_path, monkeypatch):
    picture(tmp_path / "1.png")
    picture(tmp_path / "남의 것" / "2.png")
    scan = os.scandir

    def refuse(path):
        if "남의 것" in str(path):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    data, told = loaded(tmp_path)
    assert len(data) == 1 and "읽을 수 없는 폴더 1개를 빼고" in told


def test_the_order_of_files_is_the_same_on_a_mac(tmp_path):
    found = []
    for form in ("NFC", "NFD"):
        for i, name in enumerate(("힣/가.png", "힣/거.png", "가각/1.png", "가/1.png", "z.png")):
            picture(tmp_path / form / unicodedata.normalize(form, name), color=10 * i)
        data = load_folder(tmp_path / form, 32, 1)
        found.append((data.images.tolist(), data.labels.tolist(), data.fingerprint))
    assert found[0] == found[1]


def test_a_folder_of_masks_is_told(tmp_path):
    picture(tmp_path / "images" / "1.png")
    assert not loaded(tmp_path)[1]
    picture(tmp_path / "Masks" / "1.png")
    assert "하위 폴더 Masks의 그림은 라벨 같습니다" in loaded(tmp_path)[1]


def test_control_characters_of_a_name_never_reach_the_terminal(tmp_path):
    (tmp_path / "a\x1b[2J\x07.png").write_bytes(b"x")
    with pytest.raises(LessonError, match="a.\\[2J") as refused:
        load_folder(tmp_path, 32, 1)
    picture(tmp_path / "1.png")
    assert str(refused.value).isprintable() and loaded(tmp_path)[1].isprintable()


@pytest.mark.parametrize(
    ("asked", "told"),
    [("/content/drive/MyDrive/faces", "drive.mount"), ("C:\\Users\\kim\\faces", "WSL에서 /mnt/c/"),
     ("../없음/faces", "--dataroot로 지금의 자리"), ("'{here}'", "따옴표와 앞뒤의 빈칸을 빼고"), ("{here} ", "앞뒤의 빈칸")],
)  # fmt: skip
def test_a_path_that_is_not_there_is_no_name_of_a_data_set(tmp_path, asked, told):
    with pytest.raises(LessonError) as refused:
        load_folder(asked.format(here=tmp_path), 32, 1)
    assert told in str(refused.value) and "dataroot=faces" not in str(refused.value)


WAYS = {"x.npy": "fromarray", "x.parquet": "load_dataset", "a.MOV": "ffmpeg", "1.dcm": "pydicom", "b.CR3": "JPEG이나 PNG로",
        "t.tfrecord-00000-of-00001": "fromarray", "c.heic": "pillow-heif", "d.tar": "먼저 풀고"}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_each_kind_that_is_no_picture_gets_its_way(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    for asked in (tmp_path, tmp_path / name):
        with pytest.raises(LessonError, match=WAYS[name]):
            load_folder(asked, 32, 1)


def test_changed_folder_is_noticed(tmp_path):
    first, second = (picture(tmp_path / f"{i}.png", color=i * 10) for i in (1, 2))
    time = first.stat().st_mtime_ns
    for change, expected in (
        (lambda: None, [10, 20]),
        (lambda: picture(tmp_path / "3.png", color=30), [10, 20, 30]),
        (lambda: second.unlink(), [10, 30]),
        # 크기나 고친 시각 하나만 달라도 알아챕니다.
        (lambda: os.utime(picture(first, (400, 300), 99), ns=(time, time)), [99, 30]),
        (lambda: os.utime(picture(first, (400, 300), 55), ns=(time, time + 10**9)), [55, 30]),
    ):
        change()
        assert load_folder(tmp_path, 32, 1).images[:, 0, 0, 0].tolist() == expected


def test_each_picture_is_opened_once_and_an_unchanged_folder_never_again(tmp_path, monkeypatch):
    two_colors().save(tmp_path / "1.jpg")
    Image.new("I;16", (8, 8), 999).save(tmp_path / "2.png")
    opened, really = [], Image.open
    monkeypatch.setattr(Image, "open", lambda path, **options: opened.append(path) or really(path, **options))
    told = [loaded(tmp_path, 1)[1] for _ in range(2)]
    assert len(opened) == 2 and told[0] == told[1] and "--nc 3" in told[0]


def test_result_folders_are_left_out(tmp_path):
    picture(tmp_path / "1.png")
    picture(tmp_path / "결과" / "samples.png")
    (tmp_path / "결과" / "config.json").write_text("{}", encoding="utf-8")
    assert len(load_folder(tmp_path, 32, 1)) == 2  # 아직 남의 폴더일 수 있습니다.
    (tmp_path / "결과" / "history.csv").write_text("", encoding="utf-8")
    assert len(load_folder(tmp_path, 32, 1)) == 1
    with pytest.raises(LessonError, match="그림이 없습니다.*학습 결과 폴더 1개"):
        load_folder(tmp_path / "결과", 32, 1)


@pytest.mark.parametrize(
    ("name", "told"),
    [("없는 곳", "그런 폴더가 없습니다"), ("hangeul", "dataroot=hangul인가요"), ("빈 곳", "그림이 없습니다.*jpg"),
     ("묶음", ".zip 1개.*먼저 풀고"), ("묶음/a.zip", "폴더가 아니라 파일입니다.*먼저 풀고"),
     ("글", "1개를 하나도 읽지 못했습니다.*a.png"), ("남", "그림 파일이 아님")],
)  # fmt: skip
def test_wrong_folders_are_explained(tmp_path, name, told):
    for made in ("빈 곳", "묶음", "글", "남"):
        (tmp_path / made).mkdir()
    (tmp_path / "묶음" / "a.zip").write_bytes(b"PK")
    (tmp_path / "글" / "a.png").write_bytes(b"x")
    # 다른 프로그램을 부르는 형식(EPS)은 열지 않습니다.
    (tmp_path / "남" / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(LessonError, match=told):
        load_images(LessonConfig(dataroot=name if name == "hangeul" else str(tmp_path / name)))


def test_resized_and_centre_cropped():
    wide = Image.new("L", (90, 30), 0)
    wide.paste(255, (30, 0, 60, 30))  # 가운데 1/3이 희다
    assert (fit_image(wide, 30, 1) == 255).all()
    assert (fit_image(wide.transpose(Image.Transpose.ROTATE_90), 30, 1) == 255).all()


@pytest.mark.parametrize(
    ("mode", "color", "gray"),
    [("1", 1, 255), ("L", 77, 77), ("RGB", (77, 77, 77), 77), ("CMYK", (0, 0, 0, 0), 255), ("I;16", 65535, 255),
     ("I;16", 32768, 127), ("F", 51.0, 51), ("LA", (0, 0), 255), ("RGBA", (0, 0, 0, 255), 0)],
)  # fmt: skip
def test_color_modes(mode, color, gray):
    image = Image.new(mode, (50, 40), color)  # 투명한 검정(LA)은 흰 종이로 보입니다.
    for nc in (1, 3):
        fitted = fit_image(image, 32, nc)
        assert fitted.shape == (nc, 32, 32) and np.abs(fitted.astype(int) - gray).max() <= 1


def test_every_ending_that_pillow_writes_is_read_in_color_and_the_first_page_of_many(tmp_path):
    endings = ("jfif", "jpg", "jp2", "png", "gif", "webp", "bmp", "tif", "ppm", "tga", "ico", "pcx", "sgi")
    written = [f".{ending}" for ending in endings]
    written += [".avif"] * ("AVIF" in FORMATS) + [".qoi"] * ("QOI" in Image.SAVE)
    assert set(written) <= set(EXTENSIONS) and not {"EPS", "WMF"} & set(FORMATS)
    for ending in written:
        second = {"save_all": True, "append_images": [Image.new("RGB", (32, 32))]}
        pages = second if ending in (".gif", ".webp", ".tif") else {}
        two_colors().save(tmp_path / f"그림{ending}", **pages)
    data, told = loaded(tmp_path)
    assert len(data) == len(written) and not told
    for image in data.images[:, :, 16, [5, 26]].astype(int):
        assert np.abs(image.T - [(200, 40, 60), (30, 90, 220)]).max() < 14
    assert "--nc 3" in loaded(tmp_path, 1)[1]


UPRIGHT = {
    1: lambda a: a, 2: np.fliplr, 3: lambda a: a[::-1, ::-1], 4: np.flipud,
    5: np.transpose, 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].T, 8: np.rot90,
}  # fmt: skip


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp", ".tif"])
def test_phone_photos_stand_upright(tmp_path, ending):
    stored = np.full((32, 32), 40, np.uint8)
    stored[:16, :16], stored[:16, 16:], stored[16:, :16] = 250, 180, 110
    for turn in UPRIGHT:
        exif = Image.Exif()
        exif[0x0112] = turn
        Image.fromarray(stored).save(tmp_path / f"{turn}{ending}", exif=exif)
    corners = np.ix_([5, 26], [5, 26])
    for found, upright in zip(load_folder(tmp_path, 32, 1).images, UPRIGHT.values(), strict=True):
        assert np.abs(found[0][corners].astype(int) - upright(stored)[corners]).max() < 13


def test_odd_exif_does_not_lose_the_picture(tmp_path):
    rng, exif = random.Random(0), Image.Exif()
    exif[0x010F], exif[0x011A], exif[0x0112] = "카메라", 300.0, 1
    exif.get_ifd(0x8769).update({0x9003: "2020:01:01 00:00:00", 0x829A: 0.01, 0x927C: b"maker" * 9})
    for i in range(40):
        odd = bytearray(exif.tobytes())
        for _ in range(rng.randrange(12)):
            odd[rng.randrange(6, len(odd))] = rng.randrange(256)
        del odd[rng.choice((len(odd), rng.randrange(6, len(odd)))) :]
        for ending in (".jpg", ".png", ".webp"):
            two_colors().save(tmp_path / f"{i:04d}{ending}", exif=bytes(odd))
    data, told = loaded(tmp_path)
    assert len(data) == 120 and not told
    for image in data.images:  # 돌아갔더라도 두 색은 그대로 있습니다.
        assert abs(int(image[0].max()) - 200) < 30 and abs(int(image[0].min()) - 30) < 30


@pytest.mark.parametrize("rounds", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_damaged_files_are_read_or_named(tmp_path, rounds):
    """잘리거나 비트가 바뀐 파일은 그림이 되거나 이름이 적힙니다. 빠진 것도, 다른 오류도 없습니다."""
    rng, whole = random.Random(1), {}
    for form in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000", "PPM", "ICO"):
        content = io.BytesIO()
        two_colors().save(content, form)
        whole[form] = content.getvalue()
    Image.new("L", (8, 8)).save(tmp_path / "성함.png")
    for number in range(5 * rounds):
        for form, content in whole.items():
            data = bytearray(content)
            if rng.random() < 0.4:
                del data[rng.randrange(len(data)) :]
            for _ in range(rng.randrange(6) if data else 0):
                data[rng.randrange(len(data))] = rng.randrange(256)
            (tmp_path / f"{number}-{form}.png").write_bytes(data)
    data, _ = loaded(tmp_path, rng.choice((1, 3)))
    assert len(data) + len(data.notes["unreadable"]) == 45 * rounds + 1


def test_links_that_lead_out_are_told_and_not_followed(tmp_path):
    secret = picture(tmp_path / "집" / "비밀.png")
    folder = tmp_path / "받은 그림"
    picture(folder / "안.png")
    (folder / "밖.png").symlink_to(secret)
    (folder / "끊김.png").symlink_to(tmp_path / "없음.png")
    (folder / "안의 링크.png").symlink_to(folder / "안.png")
    (folder / "밖의 폴더").symlink_to(secret.parent)
    (folder / "다시").symlink_to(folder)  # 끝없이 돌지 않습니다.
    # 폴더 자체가 링크인 것은 사람이 정한 것이므로 따라갑니다.
    (tmp_path / "지름길").symlink_to(folder)
    for asked in (folder, tmp_path / "지름길"):
        data, told = loaded(asked)
        assert len(data) == 2 and "폴더 밖을 가리키는 링크 3개" in told and "cp -rL" in told


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_as_macos_writes_them(tmp_path, form):
    """맥은 한글 이름을 자모로 풀어(NFD) 적어, 눈에는 같아도 다른 이름입니다."""
    folder = tmp_path / unicodedata.normalize(form, "내 그림 😀")
    picture(folder / unicodedata.normalize(form, "가족 사진") / "1.png")
    for asked in ("NFC", "NFD"):
        data = load_folder(tmp_path / unicodedata.normalize(asked, "내 그림 😀"), 32, 1)
        assert len(data) == 1 and data.notes["classes"] == ["가족 사진"]


def test_pipes_and_hidden_folders_are_not_pictures(tmp_path):
    picture(tmp_path / "가" / "1.png")
    picture(tmp_path / ".ipynb_checkpoints" / "1-checkpoint.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "파이프.png")
    data, _ = loaded(tmp_path)
    assert len(data) == 1 and data.notes["classes"] == ["가"]
