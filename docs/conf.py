"""강의 사이트의 Sphinx 설정. ``make site``가 모아 놓은 글을 HTML로 바꿉니다."""

import re
from pathlib import Path

from sphinx import search
from sphinx.search import SearchLanguage

project = "gan_lesson"
author = copyright = "gan_lesson"
language = "ko"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx-mathjax-offline"]
exclude_patterns = ["README.md"]

html_theme = "furo"
html_title = "한글로 배우는 GAN과 DCGAN"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("replay.js", "play/network.js", "play/play.js")]
html_favicon = "_static/icon.svg"
html_copy_source = html_show_sourcelink = html_show_sphinx = False
html_show_copyright = False

# 노트북에 저장된 출력을 그대로 씁니다. 다시 실행하지 않습니다.
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show, nb_code_prompt_hide = "준비 셀 보기", "준비 셀 접기"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
myst_links_external_new_tab = True
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]

autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
napoleon_numpy_docstring = False
# 저장소의 주소가 있으면(make badges) 쪽마다 그 파일로 가는 링크를 답니다.
_address = re.search(
    r'^Repository = "(.+)"',
    (Path(__file__).parent / "pyproject.toml").read_text(encoding="utf-8"),
    re.MULTILINE,
)
html_theme_options = {"source_repository": _address[1] + "/"} if _address else {}


class Korean(SearchLanguage):
    """낱말의 앞부분도 모두 찾을 말로 넣습니다. "로짓을"은 "로짓"으로도, "변화도가"는 "변화"로도 찾습니다."""

    lang, language_name = "ko", "Korean"
    longest = 8  # 이보다 긴 앞부분은 조사가 아니라 다른 낱말이 붙은 것입니다.

    def split(self, text):
        words = super().split(text)
        hangul = [word for word in words if re.match("[가-힣]", word)]
        return words + [word[:end] for word in hangul for end in range(1, min(len(word), self.longest))]


search.languages["ko"] = Korean


def separate_particles(app, what, name, thing, options, lines):
    """``이름``처럼 표시한 것에 조사가 바로 붙으면 reStructuredText가 읽지 못하므로, 보이지 않는 빈칸을 끼웁니다."""
    for i, line in enumerate(lines):
        parts = re.split(r"(``[^`]+``|\*\*[^*]+\*\*)", line)
        for k in range(1, len(parts), 2):
            if parts[k - 1] and not parts[k - 1][-1].isspace():
                parts[k - 1] += "\\ "
            if parts[k + 1] and not parts[k + 1][0].isspace():
                parts[k + 1] = "\\ " + parts[k + 1]
        lines[i] = "".join(parts)


def setup(app):
    app.connect("autodoc-process-docstring", separate_particles)
