"""노트북의 셀을 화면에 맞게 고치는 것: 사이트와 슬라이드가 함께 씁니다.

저장된 노트북에는 위젯이 글로만 있고 그림에 설명이 없습니다. 위젯 자리에는 녹화한 그림이나(사이트에서는) 눌러
보는 녹화를, 그림에는 바로 아래의 글에서 뽑은 설명(alt)을 답니다.
"""

import html
import json
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = ROOT / "images" / "widgets"
REPLAYS = ROOT / "images" / "replays"
# 글로 저장된 위젯의 이름 → images/widgets/의 녹화
WIDGETS = {
    "2차원 GAN 실험실": "lab2d",
    "한 걸음씩": "stepper",
    "학습 계기판": "dashboard",
    "학습 되짚어 보기": "scrubber",
    "합성곱 탐험기": "conv-explorer",
    "잠재공간 탐험기": "latent-explorer",
}
WIDGET_TEXT = re.compile(r"\[(.+): JupyterLab이나 Colab에서 실행하면 여기에 나옵니다\]")
SYMBOLS = {
    "approx": "≈", "times": "×", "cdot": "·", "to": "→", "theta": "θ", "sigma": "σ", "lVert": "‖", "rVert": "‖",
    "sqrt": "√", "frac12": "1/2", "top": "ᵀ", "Omega": "Ω", "mathrm": "", "mathbb": "", "in": "∈", "le": "≤",
}  # fmt: skip
SEEN = "**무엇을 보았나요?**"


def show_recordings(cells, folder, replays=None):
    """위젯이 글로 남은 출력을, ``folder``(쪽에서 본 주소)에 있는 녹화로 바꿉니다.

    ``replays``(쪽에서 본 주소)를 주면, 눌러 보는 녹화가 있는 위젯은 그것으로 바꿉니다.
    """
    for cell in cells:
        outputs = cell.get("outputs", [])
        outputs[:] = [o for o in outputs if "gan-lesson-still" not in o.get("data", {}).get("text/html", "")]
        for output in outputs:
            found = WIDGET_TEXT.fullmatch(output.get("data", {}).get("text/plain", ""))
            if found:
                name = found[1]
                replay = _replay(WIDGETS[name], cell.source) if replays else None
                if replay:
                    words = f"[{name}: 눌러 보는 녹화]"
                    text = replay_html(replay, replays)
                    output.data = nbformat.from_dict({"text/html": text, "text/plain": words})
                    continue
                alt = f"{name} 위젯을 눌러 보는 모습. 직접 눌러 보려면 JupyterLab이나 Colab에서 여세요."
                output.data = nbformat.from_dict(
                    {"text/html": f'<img src="{folder}/{WIDGETS[name]}.webp" alt="{alt}">', "text/plain": alt}
                )


def _replay(widget, source):
    """그 위젯의 눌러 보는 녹화의 이름. 셀이 논문 크기의 학습을 되짚어 보면 그 학습의 것입니다. 없으면 ``None``."""
    name = f"{widget}-large" if "large" in source else widget
    return name if (REPLAYS / f"{name}.json").is_file() else None


def replay_html(name, folder):
    """눌러 보는 녹화 하나의 HTML. 자바스크립트가 없어도 첫 장면과 그 글이 보입니다(``docs/_static/replay.js``)."""
    tape = json.loads((REPLAYS / f"{name}.json").read_text(encoding="utf-8"))
    title, frame = html.escape(tape["title"]), tape["frames"][0]
    picture = "".join(tape["parts"][i] for i in frame["parts"])
    words = "".join(f"<p>{html.escape(text)}</p>" for text in frame["words"])
    steps = "".join(f'<button type="button">{word}</button>' for word in ("처음", "이전", "다음", "재생"))
    chapters = "".join(
        f'<button type="button" aria-pressed="false">{html.escape(chapter["name"])}</button>'
        for chapter in tape["chapters"]
    )
    return f"""<div class="replay" data-replay="{name}" role="group" aria-label="{title}: 눌러 보는 녹화">
<p>녹화한 <b>{title}</b>입니다. 장면을 넘겨 보세요. 설정값을 바꾸며 직접 학습하려면 JupyterLab이나 Colab에서 여세요.</p>
<div class="replay-controls" hidden>
<div class="replay-chapters" role="group" aria-label="대목">{chapters}</div>
<div class="replay-steps">{steps}
<input class="replay-slider" type="range" min="0" max="{len(tape["frames"]) - 1}" value="0" aria-label="장면">
<span class="replay-count"></span></div>
</div>
<p class="replay-hint" hidden>그림이 화면보다 넓습니다. 옆으로 밀면 나머지가 보입니다.</p>
<div class="replay-picture" tabindex="0" role="region" aria-label="{title}의 그림. 좁은 화면에서는 옆으로 밀어 봅니다">{picture}</div>
<div class="replay-words" aria-live="polite">{words}</div>
<script src="{folder}/{name}.js"></script>
</div>"""


def describe_pictures(cells):
    """그림 출력마다 설명(alt)을 메타데이터에 적습니다. nbconvert는 출력에서, myst-nb는 셀에서 읽습니다."""
    heading = ""
    for at, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            titles = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
            heading = plain(titles[-1]) if titles else heading
            continue
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = _seen_below(cells, at) or f"{heading}: 바로 위의 코드가 그린 그림"
                output.metadata = nbformat.from_dict({"image/png": {"alt": alt}})
                cell.metadata["mystnb"] = {"image": {"alt": alt}}


def _seen_below(cells, at):
    """``at``번째 셀 다음에 오는 "무엇을 보았나요?"의 첫 문단. 다음 제목을 넘어가지 않습니다."""
    for cell in cells[at + 1 :]:
        if cell.cell_type == "markdown":
            if not cell.source.startswith(SEEN):
                return ""
            return plain(cell.source.removeprefix(SEEN).strip().split("\n\n")[0])
    return ""


def plain(markdown):
    """마크다운에서 꾸미는 글자를 뺀 글. 수식의 흔한 기호는 글자로 바꿉니다."""
    text = re.sub(r"<[^>]*>", "", markdown)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\$+([^$]*)\$+", lambda found: _plain_math(found[1]), text)
    return html.unescape(re.sub(r"[*`]", "", text)).strip()


def _plain_math(formula):
    for command, symbol in SYMBOLS.items():
        formula = re.sub(rf"\\{command}(?![A-Za-z])", symbol, formula)
    return re.sub(r"[\\{}]", "", formula).replace("*", "∗")
