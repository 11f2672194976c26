"""내 그림 폴더: 두 가지 짜임, 여러 크기와 색 방식, 깨진 파일."""

import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.folder import fit_image, load_folder
from gan_lesson.data.load import load_images

pytestmark = pytest.mark.usefixtures("empty_cache")


def picture(path, size=(40, 30), color=200, mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "내 그림 모음"


def test_flat_folder(folder):
    for i in range(3):
        picture(folder / f"{i}.png", color=i * 100)
    data = load_folder(folder, 32, 1)
    assert data.images[:, 0, 16, 16].tolist() == [0, 100, 200]
    assert data.labels.tolist() == [[0], [0], [0]] and data.notes["classes"] == [""]


def test_image_folder_layout_labels_by_subfolder(folder):
    picture(folder / "나" / "안쪽" / "a.jpg", mode="RGB", color="red")
    picture(folder / "가" / "b.PNG")
    (folder / "가" / "읽어 보기.txt").write_text("그림 아님", encoding="utf-8")
    data = load_folder(folder, 32, 3)
    assert data.notes["classes"] == ["가", "나"] and data.labels[:, 0].tolist() == [0, 1]
    red = data.images[1, :, 16, 16]
    assert red[0] > 240 and red[1] < 15


def test_broken_files_are_counted_and_named_not_fatal(folder):
    picture(folder / "good.png")
    picture(folder / "tiny.png", size=(1, 1))
    picture(folder / "huge.jpg", size=(6000, 4000))
    noise = np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)
    Image.fromarray(noise).save(folder / "cut.jpg")
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:5000])
    (folder / "text.png").write_text("나는 그림이 아닙니다", encoding="utf-8")
    with pytest.warns(UserWarning) as caught:
        data = load_folder(folder, 64, 1)
    assert data.images.shape == (3, 1, 64, 64)
    message = str(caught[0].message)
    assert "5개 가운데 2개" in message
    assert "cut.jpg (파일이 깨졌거나 잘림)" in message and "text.png (그림 파일이 아님)" in message
    with pytest.warns(UserWarning, match="2개를 읽지 못해"):  # 캐시에서 읽을 때도 알려 줍니다.
        load_folder(folder, 64, 1)


@pytest.mark.parametrize("change", ["add", "remove", "edit", "touch"])
def test_changed_folder_is_noticed(folder, change):
    first = picture(folder / "1.png", color=10)
    second = picture(folder / "2.png", color=20)
    assert load_folder(folder, 32, 1).images[:, 0, 0, 0].tolist() == [10, 20]
    if change == "add":
        picture(folder / "3.png", color=30)
        expected = [10, 20, 30]
    elif change == "remove":
        second.unlink()
        expected = [10]
    else:
        info = first.stat()
        picture(first, color=99)
        if change == "edit":  # 고친 시각을 되돌려도 크기가 다르면 알아챕니다.
            picture(first, size=(400, 300), color=99)
        os.utime(first, ns=(info.st_atime_ns, info.st_mtime_ns + (change == "touch") * 10**9))
        expected = [99, 20]
    assert load_folder(folder, 32, 1).images[:, 0, 0, 0].tolist() == expected


def test_unchanged_folder_is_not_decoded_again(folder, monkeypatch):
    picture(folder / "1.png")
    load_folder(folder, 32, 1)
    monkeypatch.setattr(Image, "open", None)
    assert len(load_folder(folder, 32, 1)) == 1


def test_nothing_readable_is_an_error(folder):
    folder.mkdir()
    (folder / "a.png").write_bytes(b"x")
    with pytest.raises(LessonError, match="1개를 하나도 읽지 못했습니다.*a.png"):
        load_folder(folder, 32, 1)


def test_wrong_folders_are_explained(folder, tmp_path):
    with pytest.raises(LessonError, match="그런 폴더가 없습니다.*내장 데이터"):
        load_folder(folder, 32, 1)
    with pytest.raises(LessonError, match="dataroot=hangul인가요"):
        load_images(LessonConfig(dataroot=str(tmp_path / "hangeul")))
    folder.mkdir()
    with pytest.raises(LessonError, match="그림이 없습니다.*jpg"):
        load_folder(folder, 32, 1)
    file = picture(tmp_path / "one.png")
    with pytest.raises(LessonError, match="폴더가 아니라 파일입니다"):
        load_folder(file, 32, 1)


def test_resized_and_centre_cropped():
    wide = Image.new("L", (90, 30), 0)
    wide.paste(255, (30, 0, 60, 30))  # 가운데 1/3이 희다
    assert (fit_image(wide, 30, 1) == 255).all()
    tall = wide.transpose(Image.Transpose.ROTATE_90)
    assert (fit_image(tall, 30, 1) == 255).all()


@pytest.mark.parametrize(
    ("mode", "color", "gray"),
    [
        ("1", 1, 255),
        ("L", 77, 77),
        ("RGB", (77, 77, 77), 77),
        ("CMYK", (0, 0, 0, 0), 255),
        ("I;16", 65535, 255),
        ("I;16", 32768, 127),
        ("F", 51.0, 51),
        ("LA", (0, 0), 255),  # 투명한 검정은 흰 종이로 보입니다.
        ("RGBA", (0, 0, 0, 255), 0),
    ],
)
def test_color_modes(mode, color, gray):
    image = Image.new(mode, (50, 40), color)
    for nc in (1, 3):
        fitted = fit_image(image, 32, nc)
        assert fitted.shape == (nc, 32, 32)
        assert np.abs(fitted.astype(int) - gray).max() <= 1


def test_phone_photos_stand_upright(tmp_path):
    sideways = Image.new("L", (40, 40), 0)
    sideways.paste(255, (0, 0, 20, 40))  # 왼쪽 절반이 희다
    exif = Image.Exif()
    exif[0x0112] = 6  # 시계 방향으로 90도 돌려야 바로 선다
    sideways.save(tmp_path / "p.png", exif=exif)
    with Image.open(tmp_path / "p.png") as image:
        upright = fit_image(image, 40, 1)[0]
    assert upright[:18].min() == 255 and upright[22:].max() == 0


def test_links_that_lead_out_are_named_and_not_followed(tmp_path):
    secret = picture(tmp_path / "집" / "비밀.png")
    folder = tmp_path / "받은 그림"
    picture(folder / "안.png")
    (folder / "밖.png").symlink_to(secret)
    (folder / "끊김.png").symlink_to(tmp_path / "없음.png")
    (folder / "안의 링크.png").symlink_to(folder / "안.png")
    (folder / "밖의 폴더").symlink_to(secret.parent)
    with pytest.warns(UserWarning, match="5개 가운데 3개를 읽지 못해.*끊김.png .폴더 밖을"):
        data = load_folder(folder, 32, 1)
    assert len(data) == 2
    # 폴더 자체가 링크인 것은 사람이 정한 것이므로 따라갑니다.
    (tmp_path / "지름길").symlink_to(folder)
    with pytest.warns(UserWarning, match="3개를 읽지 못해"):
        assert len(load_folder(tmp_path / "지름길", 32, 1)) == 2


def test_links_between_folders_do_not_go_round_forever(tmp_path):
    picture(tmp_path / "가" / "1.png")
    (tmp_path / "가" / "다시").symlink_to(tmp_path)
    assert len(load_folder(tmp_path, 32, 1)) == 1


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_as_macos_writes_them(tmp_path, form):
    """맥은 한글 이름을 자모로 풀어(NFD) 적어, 눈에는 같아도 다른 이름입니다."""
    folder = tmp_path / unicodedata.normalize(form, "내 그림 😀")
    picture(folder / unicodedata.normalize(form, "가족 사진") / "1.png")
    for asked in ("NFC", "NFD"):
        data = load_folder(tmp_path / unicodedata.normalize(asked, "내 그림 😀"), 32, 1)
        assert len(data) == 1 and data.notes["classes"] == ["가족 사진"]


def test_pictures_that_unpack_too_large_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 90 * 90)
    picture(tmp_path / "작음.png", size=(80, 80))
    picture(tmp_path / "폭탄.png", size=(120, 120))
    with pytest.warns(UserWarning, match="폭탄.png .픽셀이 너무 많음"):
        assert len(load_folder(tmp_path, 32, 1)) == 1


def test_formats_that_run_other_programs_are_not_opened(tmp_path):
    (tmp_path / "그림.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(LessonError, match="그림.png .그림 파일이 아님"):
        load_folder(tmp_path, 32, 1)


def test_pipes_and_hidden_folders_are_not_pictures(tmp_path):
    picture(tmp_path / "가" / "1.png")
    picture(tmp_path / ".ipynb_checkpoints" / "1-checkpoint.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "파이프.png")
        with pytest.warns(UserWarning, match="파이프.png .보통의 파일이 아님"):
            data = load_folder(tmp_path, 32, 1)
    else:
        data = load_folder(tmp_path, 32, 1)
    assert len(data) == 1 and data.notes["classes"][-1] == "가"
