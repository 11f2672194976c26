"""코드로 그린 얼굴: 바이트까지 같은 재현, 라벨이 그림의 참말인지, 명령줄에서 쓰기."""

from functools import partial

import numpy as np
import pytest

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.config import BUILTIN_DATA, LessonConfig
from gan_lesson.data.faces import DEFAULT_COUNT, FACTORS, LABEL_NAMES, load_faces
from gan_lesson.data.load import load_images

COUNT = 300


@pytest.fixture(scope="module")
def faces():
    return load_faces(64, count=COUNT)


def nearest(colors, pixels):
    """픽셀 (N, 3)마다 가장 가까운 색의 번호."""
    return np.linalg.norm(pixels[:, None].astype(float) - np.array(colors), axis=2).argmin(1)


def column(data, name):
    return data.labels[:, LABEL_NAMES.index(name)]


def test_same_seed_same_bytes_from_scratch(empty_cache, monkeypatch):
    first = load_faces(count=20)
    monkeypatch.setenv("GAN_LESSON_CACHE", str(empty_cache / "다른 곳"))
    again, other = load_faces(count=20), load_faces(count=20, seed=1)
    assert np.array_equal(first.images, again.images) and np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.images, other.images)
    with pytest.raises(LessonError, match="count = 0은 1 이상"):
        load_faces(count=0)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_shapes_ranges_and_labels(size):
    data = load_faces(size, count=8)
    assert data.images.shape == (8, 3, size, size) and data.images.dtype == np.uint8
    assert data.images.min() >= 20 and data.images.max() <= 250  # tanh의 끝에 닿지 않습니다.
    assert data.labels.shape == (8, len(FACTORS)) and data.label_names == LABEL_NAMES
    assert (data.labels >= 0).all() and (data.labels < [len(v) for v in FACTORS.values()]).all()


def test_every_choice_is_drawn_about_as_often(faces):
    for name, values in FACTORS.items():
        counts = np.bincount(column(faces, name), minlength=len(values))
        assert counts.min() > COUNT / len(values) / 2, name


def test_background_and_skin_are_the_labels_colors(faces):
    corner = faces.images[:, :, 1, 1]
    assert np.array_equal(nearest(list(FACTORS["바탕"].values()), corner), column(faces, "바탕"))
    # 두 눈썹의 사이. 옮기고 기울여도 이마이고, 화난 눈썹과 안경만 가까이 옵니다.
    plain = (column(faces, "눈썹") == 0) & (column(faces, "안경") == 0)
    brow = faces.images[plain][:, :, 25:27, 31:33].mean((2, 3))
    right = nearest(list(FACTORS["피부"].values()), brow) == column(faces, "피부")[plain]
    assert plain.sum() > 20 and right.mean() > 0.95


def test_every_factor_shows_in_the_picture(faces):
    """라벨이 다르면 그 자리의 평균 그림이 다릅니다."""
    rows = {
        "옷": (56, 64),
        "머리 모양": (8, 24),
        "눈": (25, 33),
        "눈썹": (19, 26),
        "입": (36, 46),
        "안경": (24, 36),
    }
    for name, (top, bottom) in rows.items():
        means = [faces.images[column(faces, name) == i][:, :, top:bottom, 20:44].mean(0) for i in range(2)]
        assert np.abs(means[0] - means[1]).max() > 12, name


def test_by_the_name_of_the_setting(monkeypatch):
    assert "faces" in BUILTIN_DATA and DEFAULT_COUNT >= 20_000
    monkeypatch.setattr("gan_lesson.data.load.load_faces", partial(load_faces, count=COUNT))
    data = load_images(LessonConfig.quick(dataroot="faces", image_size=64, nc=3, ngpu=0))
    assert data.name == "faces" and data.images.shape == (COUNT, 3, 64, 64)
    assert len(np.unique(data.images.reshape(COUNT, -1), axis=0)) == COUNT  # 같은 얼굴이 없습니다.


def test_grey_is_the_color_picture_made_grey_and_it_is_said(monkeypatch):
    monkeypatch.setattr("gan_lesson.data.load.load_faces", partial(load_faces, count=6))
    with pytest.warns(LessonWarning, match="데이터 faces: 컬러 그림이지만 nc=1이어서"):
        grey = load_images(LessonConfig.quick(dataroot="faces", ngpu=0))
    color = load_faces(32, count=6).images.astype(float)
    luma = np.tensordot(color, [0.299, 0.587, 0.114], axes=(1, 0))  # ITU-R BT.601
    assert grey.images.shape == (6, 1, 32, 32) and np.abs(grey.images[:, 0] - luma).max() <= 1
