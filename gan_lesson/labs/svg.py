"""위젯의 그림: 글로 쓴 SVG. matplotlib보다 수십 배 빨라 초마다 여러 번 다시 그릴 수 있습니다.

글씨는 브라우저의 한글 글꼴로 나옵니다. 좌표는 모두 픽셀이고 y는 아래로 커집니다.
"""

import base64
import html
import io
import math
import re
import textwrap
from typing import NamedTuple

import numpy as np
from PIL import Image

FONT = "'Noto Sans KR','Malgun Gothic','Apple SD Gothic Neo',NanumGothic,sans-serif"
CODE_FONT = "'D2Coding','Nanum Gothic Coding',Consolas,Menlo,'DejaVu Sans Mono',monospace"
INK, GRAY, FAINT = "#222222", "#555555", "#BBBBBB"
# 가장 작은 글씨. 1,000픽셀 남짓한 그림이 800픽셀로 줄어도 프로젝터에서 읽힙니다.
SMALL = 14


def document(width, height, parts, label):
    """SVG 하나. 칸의 너비에 맞춰 커지고 작아집니다. ``label``은 화면을 읽어 주는 도구가 읽습니다."""
    body = "".join(parts)
    # 넓은 창에서는 단추들과 함께 들어갈 만큼까지만 커집니다.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(label)}" font-family="{FONT}" preserveAspectRatio="xMinYMin" '
        f'style="width:100%;max-height:max({height}px,100vh - 330px);background:white;display:block">{body}</svg>'
    )


def text(x, y, words, size=16, color=INK, anchor="start", bold=False, code=False):
    """글 한 줄. ``code``면 고정폭 글꼴로, 들여쓰기를 살립니다."""
    weight = ' font-weight="bold"' if bold else ""
    weight += f' font-family="{CODE_FONT}" xml:space="preserve"' if code else ""
    if code:
        words = words.replace(" ", "\u00a0")
    words = words.replace("  ", "\u2003")  # SVG는 잇단 빈칸을 하나로 줄입니다.
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{color}" '
        f'text-anchor="{anchor}"{weight}>{html.escape(words)}</text>'
    )


def paragraph(x, y, words, width, step, size=16, color=INK):
    """긴 글을 낱말에서 끊어 ``width`` 글자쯤의 여러 줄로. 줄 사이는 ``step`` 픽셀입니다."""
    return [text(x, y + step * i, line, size, color) for i, line in enumerate(textwrap.wrap(words, width))]


def rect(box, fill, stroke="", radius=0):
    """네모 하나. box: (왼쪽, 위, 너비, 높이) 픽셀."""
    x, y, width, height = (f"{number:.1f}" if isinstance(number, float) else number for number in box)
    corner = f' rx="{radius}"' if radius else ""
    edge = f' stroke="{stroke}"' if stroke else ""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{corner} fill="{fill}"{edge}/>'


def path(d, stroke="none", fill="none", width=1.0, opacity=1.0, dash="none", cap="butt"):
    return (
        f'<path d="{d}" stroke="{stroke}" fill="{fill}" stroke-width="{width}" opacity="{opacity}" '
        f'stroke-dasharray="{dash}" stroke-linecap="{cap}"/>'
    )


def dots(points, radius, color, opacity=0.8):
    """동그라미들. points: (N, 2) 픽셀. 끝이 둥근 굵은 선을 길이 없이 그어, 점마다 몇 글자면 됩니다."""
    d = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points.tolist())
    return path(d, color, width=2 * radius, opacity=opacity, cap="round")


def triangles(points, radius, color, opacity=0.9):
    """세모들. points: (N, 2) 픽셀."""
    r = radius
    d = "".join(f"M{x:.1f} {y - r:.1f}l{r:.1f} {1.7 * r:.1f}h{-2 * r:.1f}z" for x, y in points.tolist())
    return path(d, fill=color, opacity=opacity)


def lines(groups, color, width=1.5, opacity=1.0, dash="none"):
    """꺾은선들. groups: (N, 2) 픽셀의 목록. 수가 아닌 점에서는 끊습니다."""
    d = []
    for points in groups:
        pen = "M"
        for x, y in np.asarray(points).tolist():
            if math.isfinite(x) and math.isfinite(y):
                d.append(f"{pen}{x:.1f} {y:.1f}")
                pen = "L"
            else:
                pen = "M"
    return path("".join(d), stroke=color, width=width, opacity=opacity, dash=dash)


def arrows(starts, moves, color):
    """화살표들. starts: (N, 2), moves: (N, 2) 픽셀. 아주 짧은 것은 그리지 않습니다."""
    long = np.hypot(*moves.T) >= 1.5
    starts, moves = starts[long], moves[long]
    length = np.hypot(*moves.T)[:, None]
    ends, head = starts + moves, moves * np.minimum(6.0, 0.5 * length) / length
    side = 0.5 * head[:, ::-1] * (-1, 1)
    rows = np.hstack([starts, ends, ends - head + side, ends, ends - head - side]).tolist()
    d = "".join(
        "M{:.1f} {:.1f}L{:.1f} {:.1f}M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}".format(*r) for r in rows
    )
    return path(d, stroke=color, width=1.6)


def image(box, pixels, sharp=False):
    """그림 하나. pixels: (H, W)나 (H, W, 3) uint8. ``sharp``면 픽셀의 모서리를 살려 키웁니다."""
    left, top, width, height = box
    style = ' style="image-rendering:pixelated"' if sharp else ""
    return (
        f'<image x="{left}" y="{top}" width="{width}" height="{height}" preserveAspectRatio="none"{style} '
        f'href="{png_url(pixels, compress_level=1)}"/>'
    )


def png_url(pixels, **options):
    """그림의 픽셀 (H, W)나 (H, W, 3) uint8을 HTML에 바로 넣을 수 있는 주소로."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", **options)
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


def still(drawing):
    """``document``의 글을 HTML의 작은따옴표 안에 넣을 주소로. 노트북 파일이 크지 않게 안의 그림은 손실이 있게 줄입니다."""

    def smaller(found):
        data = io.BytesIO()
        with Image.open(io.BytesIO(base64.b64decode(found[1]))) as picture:
            picture.thumbnail((346, 346))
            picture.convert("RGB").save(data, "WEBP", quality=15, method=6)
        return f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"

    drawing = re.sub(r"data:image/png;base64,([\w+/=]+)", smaller, drawing)
    for mark, safe in (("%", "%25"), ("#", "%23"), ("&", "&amp;"), ("'", "&#39;")):
        drawing = drawing.replace(mark, safe)
    return f"data:image/svg+xml,{drawing}"


def plain(value, digits):
    """소수 ``digits``째 자리까지 반올림한 수. 0에 가까운 음수도 "-0"이 아니라 0입니다."""
    return round(float(value), digits) + 0.0


class Axes(NamedTuple):
    """네모난 자리 하나: ``box``(왼쪽, 위, 너비, 높이 픽셀)와 두 축의 (처음, 끝)."""

    box: tuple
    x_range: tuple
    y_range: tuple

    def pixels(self, points):
        """데이터 좌표 (N, 2) → 픽셀 (N, 2)."""
        left, top, width, height = self.box
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        x = left + (points[:, 0] - x0) / (x1 - x0) * width
        y = top + height - (points[:, 1] - y0) / (y1 - y0) * height
        return np.stack([x, y], 1)

    def clipped(self, parts):
        """``parts``에서 이 자리를 넘친 것을 잘라 내고 테를 두릅니다. 끝에 닿은 선은 굵기까지 남깁니다."""
        left, top, width, height = self.box
        # id로 가리키는 clipPath는 쪽에 위젯이 둘이면 남의 것을 가리키므로, 안에 든 svg로 자릅니다.
        place = f'x="{left}" y="{top - 2}" width="{width}" height="{height + 4}"'
        box = f'viewBox="{left} {top - 2} {width} {height + 4}"'
        return f"{rect(self.box, 'none', FAINT)}<svg {place} {box}>{''.join(parts)}</svg>"


def chart(box, x_range, y_range, series, marks=(), cursor=None, note=""):
    """반복에 따른 선들. 위에 적은 이름이 범례를 겸합니다.

    Args:
        x_range, y_range: 두 축의 (처음, 끝). 가로축은 반복입니다.
        series: (이름, (반복, 값)의 (N, 2), 색, 기준선의 높이 또는 ``None``)의 목록.
        marks: 점선을 세울 (반복, 글)의 목록.
        cursor: 굵은 세로줄을 그을 반복.
        note: 오른쪽 위에 적을 글.
    """
    axes = Axes(box, x_range, y_range)
    left, top, width, height = box
    inside, outside = [], [text(left + width, top - 8, note, SMALL, GRAY, "end")]
    for i, (words, points, color, level) in enumerate(series):
        outside.append(text(left + 90 * i, top - 8, words, 16, color, bold=True))
        inside.append(lines([axes.pixels(points)], color, 2))
        if level is not None and y_range[0] <= level <= y_range[1]:
            inside.append(lines([axes.pixels([(x, level) for x in x_range])], color, 1.3, dash="6 4"))
    for i, (iteration, words) in enumerate(marks):
        ends = axes.pixels([(iteration, y) for y in y_range])
        inside.append(lines([ends], INK, 1.2, dash="2 3"))
        # 오른쪽 끝에서 잘리지 않게 왼쪽에 적고, 잇달아 바꾼 것이 겹치지 않게 줄을 나눕니다.
        late = ends[0][0] > left + width / 2
        x, anchor = (ends[0][0] - 4, "end") if late else (ends[0][0] + 4, "start")
        inside.append(text(x, top + 15 + 17 * (i % 4), words, SMALL, anchor=anchor))
    if cursor is not None:
        inside.append(lines([axes.pixels([(cursor, y) for y in y_range])], INK, 2))
    for x, anchor, iteration in zip((left, left + width), ("start", "end"), x_range, strict=True):
        words = f"반복 {iteration:,}" if iteration else ""
        outside.append(text(x, top + height + 16, words, SMALL, GRAY, anchor))
    for value in np.linspace(*y_range, 3):
        y = axes.pixels([(0, value)])[0, 1] + 5
        outside.append(text(left - 6, y, f"{plain(value, 2):g}", SMALL, GRAY, "end"))
    return "".join(outside) + axes.clipped(inside)
