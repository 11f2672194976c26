"""한 걸음씩의 그림: 단계의 줄, 실행한 소스, 텐서, 그림과 D의 답, 층마다의 변화도."""

import textwrap
from itertools import groupby

from gan_lesson.iteration import PHASES
from gan_lesson.labs import svg
from gan_lesson.labs.charts import thumbnail
from gan_lesson.labs.stepper.notes import NOTES
from gan_lesson.labs.stepper.phases import LAST, loop_source
from gan_lesson.plots import BLUE, GREEN, ORANGE, PURPLE

# 1280×720의 화면에 단추와 함께 들어가는 크기입니다.
WIDTH, HEIGHT = 1016, 506
RIGHT = 522  # 오른쪽 반이 시작하는 자리
COMMENT = 28  # 왼쪽에 들어가는 주석 한 줄의 글자 수
REALS, FAKES = 4, 5  # 보여 줄 진짜와 가짜 그림의 수
NOW, DONE = "#FFE9A8", "#E3EEF6"
# 변화도의 이름 → 색. D의 세 몫과 G
SERIES = {"D 진짜": GREEN, "D 가짜": PURPLE, "D 합": BLUE, "G": ORANGE}
# 배치 정규화의 γ는 변화도가 훨씬 작아 한 눈금에 보이지 않으므로 합성곱만 그립니다.
LAYERS = {"Conv2d": "합성곱", "ConvTranspose2d": "전치 합성곱"}


def stepper_picture(stepper):
    """``PhaseStepper``의 지금 자리를 그린 SVG 글."""
    note, stop = NOTES.get(stepper.phase), stepper.stop
    parts = [*_timeline(stepper.position), *_heading(stepper), *_source(stepper.phase)]
    if note:
        parts += [*_explanation(note), *_images(stop.seen), *_stop(stop)]
    parts += _gradients(stop.gradients if stop else {})
    title = PHASES[stepper.phase] if note else "처음"
    label = f"반복 {stepper.iteration}, 단계 {stepper.position}/{LAST}: {title}"
    if note:
        numbers = {**stop.seen, "D(x)": stop.seen["d_real"].mean()}
        values = [f"{name} {value.item():.4f}" for name, value in numbers.items() if value.dim() == 0]
        label += f". {note.happens} {', '.join(values)}"
    return svg.document(WIDTH, HEIGHT, parts, label)


def _timeline(position):
    """위의 줄: 12단계. 끝낸 것은 파랑, 방금 끝낸 것은 노랑입니다."""
    x, cell, number = 10, (WIDTH - 20) / LAST, 0
    for part, notes in groupby(NOTES.values(), key=lambda note: note.part):
        notes = list(notes)
        # 한 단계뿐인 묶음은 자리가 좁아 앞의 것과 같은 "Part 1"을 되풀이하지 않습니다.
        yield svg.text(x + 4, 16, part if len(notes) > 1 else part.split(" · ")[-1], 15, bold=True)
        if number:
            yield svg.path(f"M{x - 1.5:.1f} 4v50", stroke=svg.GRAY, width=1.5)
        for note in notes:
            number += 1
            fill = NOW if number == position else DONE if number < position else "white"
            yield svg.rect((x, 23, cell - 3, 29), fill, svg.FAINT, 4)
            yield svg.text(x + cell / 2, 43, f"{number} {note.name}", 15, anchor="middle")
            x += cell


def _heading(stepper):
    if stepper.position == 0:
        done = stepper.iteration
        where = f"반복 {done:,}을 마친 자리" if done else "처음"
        words = f"{where}입니다. '다음'을 누르면 한 반복이 시작됩니다."
    else:
        words = f"반복 {stepper.iteration:,} · {PHASES[stepper.phase]}"
    device = {"cpu": "CPU", "cuda": "GPU"}.get(stepper.state.device.type, stepper.state.device.type)
    kept = f"{device} · 되감을 수 있는 단계 {stepper.steps_back}"
    yield svg.text(10, 78, words, 19, bold=True)
    yield svg.text(WIDTH - 10, 78, kept, svg.SMALL, svg.GRAY, "end")


def _source(phase):
    """왼쪽: 학습 루프의 소스. 방금 실행한 줄에 노란 띠를 둡니다."""
    part = "Part 2" if phase and NOTES[phase].part.startswith("Part 2") else "Part 1"
    y = 104
    for line, owner in loop_source()[part]:
        faint = line.lstrip().startswith(("#", '"""'))
        for row in _fitting(line):
            if phase and owner == phase:
                yield svg.rect((6, y - 13, RIGHT - 20, 17), NOW)
            yield svg.text(10, y, row, svg.SMALL, "#777777" if faint else svg.INK, code=True)
            y += 16.5


def _fitting(line):
    """소스 한 줄. 긴 주석은 낱말에서 끊어 여러 줄로 나눕니다."""
    code = line.lstrip()
    if not code.startswith("#"):
        return [line]
    indent = line[: len(line) - len(code)]
    return textwrap.wrap(code, COMMENT + len(indent), initial_indent=indent, subsequent_indent=f"{indent}  ")


def _explanation(note):
    """오른쪽: 식의 항, 일어난 일, 그대로인 것."""
    yield svg.text(RIGHT, 104, note.term, 18, BLUE, bold=True)
    y = 126
    for title, words in (("일어난 일", note.happens), ("그대로인 것", note.held)):
        lines = svg.paragraph(RIGHT + 82, y, words, 33, 20, 15)
        yield svg.text(RIGHT, y, title, svg.SMALL, svg.GRAY, bold=True)
        yield from lines
        y += 20 * len(lines) + 6


def _images(seen):
    """왼쪽 아래: 진짜와 가짜 그림, 위에는 D의 답의 평균, 아래에는 한 장마다의 답."""
    answers = {"갱신 전": seen.get("d_fake_before"), "갱신 후": seen.get("d_fake_after")}
    yield from _row(10, "진짜", seen["real"], {"D(x)": seen["d_real"]}, REALS)
    if "fake" in seen:
        yield from _row(206, "가짜", seen["fake"], {k: v for k, v in answers.items() if v is not None}, FAKES)


def _row(left, name, images, answers, count):
    """그림 ``count``장. answers: D의 답의 이름 → (N,) 텐서. 답마다 한 줄씩 아래에 적습니다."""
    top, size, gap = 412, 42, 46
    places = [left + gap * i for i in range(min(count, len(images)))]
    means = [f"{words} 평균 {answer.mean().item():.3f}" for words, answer in answers.items()]
    yield svg.text(left, top - 6, f"{name}  {', '.join(means)}", 15, bold=True)
    for x, image in zip(places, images, strict=False):
        yield thumbnail((x, top, size, size), image)
    for y, (words, answer) in zip((top + size + 17, top + size + 34), answers.items(), strict=False):
        for x, value in zip(places, answer.tolist(), strict=False):
            yield svg.text(x + size / 2, y, f"{value:.2f}", 15, anchor="middle")
        if len(answers) > 1:
            yield svg.text(places[-1] + gap + 2, y, words, svg.SMALL, svg.GRAY)


def _gradients(gradients):
    """오른쪽 가운데: 층마다 변화도의 크기. D는 진짜, 가짜, 합을 나란히 놓습니다."""
    yield svg.text(RIGHT, 272, "층마다 변화도의 크기(L2 노름), 1이 입력 쪽", 15, bold=True)
    if not gradients:
        yield svg.text(RIGHT, 298, "아직 역전파하지 않았습니다.", svg.SMALL, svg.GRAY)
    for left, names in ((RIGHT, ("D 진짜", "D 가짜", "D 합")), (RIGHT + 268, ("G",))):
        found = [name for name in names if name in gradients]
        if found:
            layers = {n: [(kind, norm) for kind, norm in gradients[n] if kind in LAYERS] for n in found}
            yield from _bars(left, 282, layers)


def _bars(left, top, series):
    height, width = 78, 222
    highest = max(norm for layers in series.values() for _, norm in layers) or 1.0
    group = width / max(map(len, series.values()))
    bar = group * 0.8 / len(series)
    for k, (name, layers) in enumerate(series.items()):
        color = SERIES[name]
        look = (
            ("white" if name == "D 가짜" else color),
            color,
        )  # 색을 가리기 어려워도 구별되게 하나는 속을 비웁니다.
        yield svg.rect((left + 80 * k, top, 12, 12), *look)
        yield svg.text(left + 80 * k + 17, top + 11, name, svg.SMALL)
        for i, (_, norm) in enumerate(layers):
            h = height * norm / highest
            yield svg.rect((left + i * group + k * bar, top + 20 + height - h, bar, h), *look)
            if k == 0:
                middle = left + (i + 0.4) * group
                yield svg.text(middle, top + height + 34, f"{i + 1}", svg.SMALL, anchor="middle")
    words = f"{LAYERS[layers[0][0]]}, 가장 큰 것 {highest:.3g}"
    yield svg.text(left, top + height + 50, words, svg.SMALL, svg.GRAY)


def _stop(stop):
    """오른쪽 아래: 움직인 거리, 배치 정규화, 이 반복에서 지금까지 나온 텐서의 모양이나 값."""
    moved = " · ".join(f"‖Δθ_{name}‖ {distance:.4f}" for name, distance in stop.moved.items())
    counts = ", ".join(f"{name} {count}번" for name, count in stop.batch_norm.items())
    yield svg.text(RIGHT, 428, f"이 반복에서 움직인 거리: {moved}", svg.SMALL)
    yield svg.text(RIGHT, 447, f"배치 정규화가 통계를 모은 횟수: {counts}", svg.SMALL)
    shapes = " ".join(
        f"{name}:{'×'.join(map(str, value.shape))}" if value.dim() else f"{name}={value.item():.4f}"
        for name, value in stop.seen.items()
    )
    yield from svg.paragraph(RIGHT, 466, shapes, 62, 17, svg.SMALL, svg.GRAY)
