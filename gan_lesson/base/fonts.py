"""나눔고딕 네 굵기를 찾고 matplotlib에 등록합니다.

글꼴이 든 ``koreanize-matplotlib``은 Python 3.12부터 import하면 실패하므로(``distutils``가 사라짐) 폴더만 찾습니다.
"""

import importlib.util
from functools import cache
from pathlib import Path

from gan_lesson.base.errors import LessonError

WEIGHTS = {
    "light": "NanumGothicLight.ttf",
    "regular": "NanumGothic.ttf",
    "bold": "NanumGothicBold.ttf",
    "extrabold": "NanumGothicExtraBold.ttf",
}


def font_files():
    """굵기 이름 → 글꼴 파일 경로. 글꼴 패키지가 없거나 글꼴 파일이 빠졌으면 ``LessonError``입니다."""
    spec = importlib.util.find_spec("koreanize_matplotlib")
    for folder in (spec and spec.submodule_search_locations) or ():
        files = {weight: Path(folder) / "fonts" / name for weight, name in WEIGHTS.items()}
        if all(path.is_file() for path in files.values()):
            return files
    raise LessonError(
        "한글 글꼴: koreanize-matplotlib 패키지의 나눔고딕 글꼴을 찾지 못했습니다. "
        "'pip install koreanize-matplotlib'으로 설치하세요."
    )


@cache
def setup_matplotlib():
    """matplotlib이 한글을 그리게 합니다. ``rcParams``의 글꼴과 빼기 기호만 바꿉니다. 글꼴이 없으면 ``LessonError``입니다."""
    import matplotlib
    from matplotlib import font_manager

    for path in font_files().values():
        font_manager.fontManager.addfont(path)
    matplotlib.rcParams["font.family"] = ["NanumGothic", "DejaVu Sans"]
    # 나눔고딕에는 수학 빼기 기호(U+2212)가 없어 네모로 보이므로 하이픈을 씁니다.
    matplotlib.rcParams["axes.unicode_minus"] = False
