"""글꼴: 설치된 것을 import하지 않고 찾고, 그림에 한글이 나옵니다."""

import importlib.util
import subprocess
import sys
import warnings

import pytest

from gan_lesson.base import fonts
from gan_lesson.base.errors import LessonError
from gan_lesson.plots import new_figure, png_bytes


def test_four_weights_are_found_without_importing_the_package():
    code = (
        "import sys; from gan_lesson.base.fonts import font_files; files = font_files();"
        "assert list(files) == ['light', 'regular', 'bold', 'extrabold'];"
        "assert all(path.is_file() for path in files.values());"
        "assert 'koreanize_matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_missing_font_package_says_how_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LessonError, match="pip install koreanize-matplotlib"):
        fonts.font_files()


def test_figure_has_every_korean_glyph():
    figure = new_figure(2, 1)
    figure.text(0.1, 0.5, "한글 −1.5 뷁 θ")
    with warnings.catch_warnings():
        # 글꼴에 없는 글자가 있으면 matplotlib이 "Glyph … missing"을 경고합니다.
        warnings.simplefilter("error")
        assert png_bytes(figure)[:4] == b"\x89PNG"
