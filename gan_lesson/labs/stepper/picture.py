"""한 걸음씩의 그림: 단계의 줄, 실행한 소스, 텐서, 그림과 D의 답, 층마다의 변화도."""

from itertools import groupby

from gan_lesson.iteration import PHASES
from gan_lesson.labs import svg
from gan_lesson.labs.charts import thumbnail
from gan_lesson.labs.stepper.notes import NOTES
from gan_lesson.labs.stepper.phases import LAST, loop_source
from gan_lesson.plots import BLUE, GREEN, ORANGE, PURPLE

WIDTH, HEIGHT = 1100, 680
RIGHT = 665  # 오른쪽 반이 시작하는 자리
SHOWN = 6  # 보여 줄 진짜와 가짜 그림의 수
NOW, DONE = "#FFE9A8", "#E3EEF6"
# 변화도의 이름 → 색. D의 세 몫과 G
SERIES = {"D 진짜": GREEN, "D 가짜": PURPLE, "D 합": BLUE, "G": ORANGE}
# 배치 정규화의 γ는 변화도가 훨씬 작아 한 눈금에 보이지 않으므로 합성곱만 그립니다.
LAYERS = {"Conv2d": "합성곱", "ConvTranspose2d": "전치 합성곱"}


def stepper_picture(stepper):
    """``PhaseStepper``의 지금 자리를 그린 SVG 글."""
    note = NOTES.get(stepper.phase)
    parts = [_timeline(stepper.position), _heading(stepper), _source(stepper.phase)]
    parts += [_explanation(note), _images(stepper), _gradients(stepper.stop)]
    title = PHASES[stepper.phase] if note else "처음"
    label = f"반복 {stepper.iteration}, 단계 {stepper.position}/{LAST}: {title}"
    return svg.document(WIDTH, HEIGHT, parts, label)


def _timeline(position):
    """위의 줄: 12단계. 끝낸 것은 파랑, 방금 끝낸 것은 노랑입니다."""
    left, cell, parts = 20, (WIDTH - 40) / LAST, []
    number = 0
    for part, notes in groupby(NOTES.values(), key=lambda note: note.part):
        notes = list(notes)
        x = left + number * cell
        parts.append(svg.text(x + 4, 22, part, 15, bold=True))
        if number:
            parts.append(svg.path(f"M{x - 1.5:.1f} 8v58", stroke=svg.GRAY, width=1.5))
        for note in notes:
            number += 1
            fill = NOW if number == position else DONE if number < position else "white"
            x = left + (number - 1) * cell
            parts.append(svg.rect((x, 30, cell - 3, 34), fill, svg.FAINT, 4))
            parts.append(svg.text(x + cell / 2, 53, f"{number} {note.name}", 14, anchor="middle"))
    return "".join(parts)


def _heading(stepper):
    if stepper.position == 0:
        done = stepper.iteration
        where = f"반복 {done:,}을 마친 자리" if done else "처음"
        words = f"{where}입니다. '다음'을 누르면 한 반복이 시작됩니다."
    else:
        words = f"반복 {stepper.iteration:,} · {PHASES[stepper.phase]}"
    device = {"cpu": "CPU", "cuda": "GPU"}.get(stepper.state.device.type, stepper.state.device.type)
    kept = f"{device} · 되감을 수 있는 단계 {stepper.steps_back} · 사본 {stepper.memory_bytes / 2**20:.0f} MB"
    return svg.text(20, 98, words, 20, bold=True) + svg.text(WIDTH - 20, 98, kept, 13, svg.GRAY, "end")


def _source(phase):
    """왼쪽: 학습 루프의 소스. 방금 실행한 줄에 노란 띠를 둡니다."""
    part = "Part 2" if phase and NOTES[phase].part.startswith("Part 2") else "Part 1"
    parts = []
    for i, (line, owner) in enumerate(loop_source()[part]):
        y = 128 + 19 * i
        if phase and owner == phase:
            parts.append(svg.rect((16, y - 14, 624, 19), NOW))
        faint = line.lstrip().startswith(("#", '"""'))
        line = line if len(line) < 68 else line[:66] + "…"
        parts.append(svg.text(20, y, line, 13.5, "#777777" if faint else svg.INK, code=True))
    return "".join(parts)


def _explanation(note):
    """오른쪽: 식의 항, 일어난 일, 그대로인 것."""
    if note is None:
        return ""
    x, y, parts = RIGHT, 164, [svg.text(RIGHT, 132, note.term, 18, BLUE, bold=True)]
    for title, words in (("일어난 일", note.happens), ("그대로인 것", note.held)):
        lines = svg.paragraph(x, y + 22, words, 34, 22, 15)
        parts += [svg.text(x, y, title, 14, svg.GRAY, bold=True), *lines]
        y += 22 * len(lines) + 32
    return "".join(parts)


def _images(stepper):
    """왼쪽 아래: 진짜와 가짜 그림, 그 아래 D의 답. 그 아래 움직인 거리와 통계."""
    stop = stepper.stop
    if stop is None:
        return ""
    seen = stop.seen
    answers = {"갱신 전": seen.get("d_fake_before"), "갱신 후": seen.get("d_fake_after")}
    parts = _row(418, "진짜", seen.get("real"), {"D(x)": seen.get("d_real")})
    parts += _row(506, "가짜", seen.get("fake"), answers)
    shapes = " ".join(
        f"{name}:{'×'.join(map(str, value.shape))}" if value.dim() else f"{name}={value:.4f}"
        for name, value in seen.items()
    )
    return "".join(parts + svg.paragraph(20, 628, shapes, 76, 22, 14, svg.GRAY))


def _row(top, name, images, answers):
    """그림 한 줄. answers: D의 답의 이름 → (N,) 텐서 또는 ``None``. 답마다 한 줄씩 아래에 적습니다."""
    if images is None:
        return []
    size, gap = 58, 64
    places = [66 + gap * i for i in range(min(SHOWN, len(images)))]
    parts = [svg.text(20, top + 36, name, 17, bold=True)]
    parts += [thumbnail((x, top, size, size), image) for x, image in zip(places, images, strict=False)]
    y = top + size
    for words, answer in answers.items():
        if answer is not None:
            y += 18
            for x, value in zip(places, answer, strict=False):
                parts.append(svg.text(x + size / 2, y, f"{value:.2f}", 14, anchor="middle"))
            parts.append(svg.text(places[-1] + gap + 4, y, f"{words} 평균 {answer.mean():.3f}", 14, svg.GRAY))
    return parts


def _gradients(stop):
    """오른쪽 아래: 층마다 변화도의 크기. D는 진짜, 가짜, 합을 나란히 놓습니다."""
    parts = [svg.text(RIGHT, 354, "층마다 변화도의 크기(L2 노름), 1이 입력 쪽", 15, bold=True)]
    gradients = stop.gradients if stop else {}
    if not gradients:
        parts.append(svg.text(RIGHT, 384, "아직 역전파하지 않았습니다.", 14, svg.GRAY))
    for top, names in ((370, ("D 진짜", "D 가짜", "D 합")), (504, ("G",))):
        found = [name for name in names if name in gradients]
        if found:
            layers = {n: [(kind, norm) for kind, norm in gradients[n] if kind in LAYERS] for n in found}
            parts.append(_bars(RIGHT, top, layers))
    if stop:
        moved = " · ".join(f"‖Δθ_{name}‖ {distance:.4f}" for name, distance in stop.moved.items())
        counts = ", ".join(f"{name} {count}번" for name, count in stop.batch_norm.items())
        parts.append(svg.text(RIGHT, 650, f"이 반복에서 움직인 거리: {moved}", 14))
        parts.append(svg.text(RIGHT, 671, f"배치 정규화가 통계를 모은 횟수: {counts}", 14))
    return "".join(parts)


def _bars(left, top, series):
    height, width = 84, 415
    highest = max(norm for layers in series.values() for _, norm in layers) or 1.0
    count = max(map(len, series.values()))
    group = width / count
    bar = group * 0.8 / len(series)
    parts = []
    for k, (name, layers) in enumerate(series.items()):
        color = SERIES[name]
        parts.append(svg.rect((left + 90 * k, top, 12, 12), color))
        parts.append(svg.text(left + 90 * k + 17, top + 11, name, 13))
        for i, (kind, norm) in enumerate(layers):
            h = height * norm / highest
            x, y = left + i * group + k * bar, top + 20 + height - h
            parts.append(svg.rect((x, y, bar, h), color))
            if k == 0:
                middle = left + (i + 0.4) * group
                parts.append(
                    svg.text(middle, top + height + 35, f"{LAYERS[kind]} {i + 1}", 13, anchor="middle")
                )
    parts.append(svg.text(left + width, top + 11, f"가장 큰 것 {highest:.3g}", 12, svg.GRAY, "end"))
    return "".join(parts)
