"""코드로 그린 얼굴: 바이트까지 같은 재현, 라벨이 그림의 참말인지, 명령줄에서 쓰기."""

from functools import partial

import numpy as np
import pytest

from gan_lesson.base.errors import LessonError, LessonWarning
from gan_lesson.config import BUILTIN_DATA, LessonConfig
from gan_lesson.data.faces import DEFAULT_COUNT, FACTORS, LABEL_NAMES, LINE, Pose, draw_face, load_faces
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


def test_every_factor_changes_the_picture_where_it_should():
    base = draw_face(64)
    rows = {
        "바탕": (0, 4),
        "옷": (56, 64),
        "머리 모양": (8, 24),
        "눈": (25, 33),
        "눈썹": (19, 26),
        "입": (36, 46),
    }
    for name, (top, bottom) in rows.items():
        changed = draw_face(64, **{name.replace(" ", "_"): list(FACTORS[name])[1]})
        assert (changed[:, top:bottom] != base[:, top:bottom]).any(), name
    for name in FACTORS:
        seen = {draw_face(64, **{name.replace(" ", "_"): value, "머리_모양": "짧음"} if name != "머리 모양"
                          else {"머리_모양": value}).tobytes() for value in FACTORS[name]}  # fmt: skip
        assert len(seen) == len(FACTORS[name]), name


@pytest.mark.parametrize(("mouth", "sign"), [("미소", 1), ("시무룩", -1), ("다묾", 0)])
def test_a_smile_turns_up_and_a_frown_down(mouth, sign):
    dark = np.abs(draw_face(128, 입=mouth).astype(int) - np.array(LINE)[:, None, None]).sum(0) < 60
    dark[:78] = False  # 입만
    columns = np.flatnonzero(dark.any(0))
    height = [np.flatnonzero(dark[:, x]).mean() for x in (columns[0], columns[len(columns) // 2])]
    assert np.sign(round(height[1] - height[0])) == sign  # y는 아래로 커집니다: 미소는 가운데가 낮습니다.


def test_the_pose_moves_the_face():
    plain = draw_face(64)
    for pose in (Pose(size=1.1), Pose(x=0.05), Pose(y=0.05), Pose(tilt=10), Pose(gaze=0.07)):
        assert (draw_face(64, pose, 눈="큰 눈") != draw_face(64, 눈="큰 눈")).any(), pose
    assert np.array_equal(plain, draw_face(64, Pose()))


def test_by_the_name_of_the_setting(monkeypatch):
    assert "faces" in BUILTIN_DATA and DEFAULT_COUNT >= 20_000
    monkeypatch.setattr("gan_lesson.data.load.load_faces", partial(load_faces, count=COUNT))
    data = load_images(LessonConfig.quick(dataroot="faces", image_size=64, nc=3, ngpu=0))
    assert data.name == "faces" and data.images.shape == (COUNT, 3, 64, 64)
    assert len(np.unique(data.images.reshape(COUNT, -1), axis=0)) == COUNT  # 같은 얼굴이 없습니다.


def test_grey_is_the_color_picture_made_grey_and_it_is_said():
    with pytest.warns(LessonWarning, match="데이터 faces: 컬러 그림이지만 nc=1이어서"):
        grey = load_faces(32, 1, count=6)
    color = load_faces(32, count=6).images.astype(float)
    luma = np.tensordot(color, [0.299, 0.587, 0.114], axes=(1, 0))  # ITU-R BT.601
    assert grey.images.shape == (6, 1, 32, 32) and np.abs(grey.images[:, 0] - luma).max() <= 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: load_faces(count=0), "count = 0은 1 이상"),
        (lambda: draw_face(입="찡그림"), "얼굴의 입"),
        (lambda: draw_face(코="큼"), "얼굴의 요소"),
    ],
)
def test_bad_choices_are_explained(call, told):
    with pytest.raises(LessonError, match=told):
        call()
