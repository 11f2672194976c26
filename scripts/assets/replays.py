"""사이트에서 눌러 보는 녹화를 만듭니다: python scripts/assets/replays.py [이름 …]   (CPU 2코어에서 2분쯤)

위젯의 몸통을 정해진 대로 움직이며 그 그림(SVG)과 글을 장면으로 모아 images/replays/에 남깁니다. 사이트의
docs/_static/replay.js는 장면을 넘기기만 합니다. 시드가 정해져 있어, 같은 컴퓨터에서는 다시 만들어도 같습니다.
"""

import base64
import io
import json
import re
import sys
from pathlib import Path

import torch
from PIL import Image

from gan_lesson.config import LessonConfig
from gan_lesson.iteration import PHASES
from gan_lesson.labs import charts
from gan_lesson.labs.points import picture
from gan_lesson.labs.points.widget import Lab2D
from gan_lesson.labs.replay.recording import load_recording
from gan_lesson.labs.replay.widget import Scrubber
from gan_lesson.labs.stepper.notes import NOTES
from gan_lesson.labs.stepper.phases import LAST
from gan_lesson.labs.stepper.widget import Stepper
from gan_lesson.labs.troubles import TROUBLES

FOLDER = Path(__file__).resolve().parents[2] / "images" / "replays"
LEARNT = 200  # 한 걸음씩은 이만큼 배운 자리에서 시작해야 그림과 D의 답에 볼 것이 있습니다.
SPLIT = charts.GRID[0] + charts.GRID[2] + 4  # 학습 되짚어 보기의 그림판과 곡선 사이
TROUBLE = "collapse"
LARGE = 10_000  # 이보다 큰 그림(바이트)은 손실이 있게 줄입니다.
QUALITY = 55  # WebP의 품질. 논문 크기의 그림판은 커서 더 낮춥니다.
EMBEDDED = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")


class Tape:
    """장면들. 여러 장면에 똑같이 나오는 SVG의 조각은 한 번만 적습니다."""

    def __init__(self, title, quality=QUALITY):
        self.quality = quality
        self.title, self.chapters, self.frames, self._parts = title, [], [], {}
        self.columns = None  # 좁은 화면에서 위아래로 놓을 칸들: (왼쪽, 위, 너비, 높이)

    def chapter(self, name):
        """다음 장면부터 새 대목."""
        self.chapters.append({"name": name, "first": len(self.frames)})

    def shoot(self, drawing, *words):
        """``drawing``(SVG 글)과 그 아래에 놓을 문단들."""
        drawing = EMBEDDED.sub(lambda found: _smaller(found[1], self.quality), drawing)
        pieces = re.findall(r"<[^>]*>[^<]*", drawing)
        assert "".join(pieces) == drawing
        numbers = [self._parts.setdefault(piece, len(self._parts)) for piece in pieces]
        self.frames.append({"parts": numbers, "words": [text for text in words if text]})

    def save(self, path):
        tape = {"title": self.title, "chapters": self.chapters}
        tape |= {"columns": self.columns} if self.columns else {}
        tape |= {"frames": self.frames, "parts": list(self._parts)}
        text = json.dumps(tape, ensure_ascii=False, separators=(",", ":"))
        path.write_text(text + "\n", encoding="utf-8")


def _smaller(encoded, quality):
    """base64로 적은 PNG를 WebP로."""
    data, smaller = base64.b64decode(encoded), io.BytesIO()
    options = {"quality": quality} if len(data) > LARGE else {"lossless": True}
    with Image.open(io.BytesIO(data)) as image:
        image.convert("RGB").save(smaller, "WEBP", method=6, **options)
    return f"data:image/webp;base64,{base64.b64encode(smaller.getvalue()).decode()}"


def stepper():
    """한 걸음씩: 세 반복의 12단계."""
    widget = Stepper(LessonConfig.quick(ngpu=0))
    widget.step(LEARNT)
    tape = Tape(widget.title)
    tape.shoot(widget.draw(), f"반복 {LEARNT}을 마친 자리입니다. '다음'을 누르면 한 반복이 시작됩니다.")
    for number in range(3 * LAST):
        if number % LAST == 0:
            tape.chapter(f"반복 {LEARNT + 1 + number // LAST}")
        question = widget.quiz.question
        before = question.measure(widget.phases) if question else None
        widget.next()
        phases, note = widget.phases, NOTES[widget.phases.phase]
        words = [f"{phases.position}/{LAST} {PHASES[phases.phase]}. {note.happens} {note.held}"]
        if question:
            after = question.measure(phases)
            moved = question.usual in ("yes", "up" if after > before else "down")
            words.append(f"{question.name} {before:.4f} → {after:.4f}. {question.why if moved else ''}")
        following = widget.quiz.question
        words.append(following and f"예측해 보기. {following.text}")
        tape.shoot(widget.draw(), *words)
    return tape


def lab2d():
    """2차원 GAN 실험실: 보통의 학습, 망가뜨리기, 고치기."""
    # 쪽이 가볍도록 점과 화살표와 곡선을 성기게 그립니다.
    picture.SHOWN, picture.PUSHED, picture.CURVE_POINTS = 150, 60, 100
    lab, trouble = Lab2D(), TROUBLES[TROUBLE]
    tape = Tape(lab.title)

    def play(iterations):
        for count in iterations:
            lab.step(count)
            modes = lab.gan.quality()["covered"]
            tape.shoot(lab.draw(), f"반복 {lab.gan.state.iteration:,}까지 재생했습니다. 만든 모드는 8개 가운데 {modes}개입니다.")  # fmt: skip

    tape.chapter("보통의 학습")
    tape.shoot(lab.draw(), "처음입니다. 진짜는 여덟 무리의 고리, 가짜는 가운데에 뭉쳐 있습니다.")
    steps = {"D 한 걸음(Part 1)": lab.step_d, "G 한 걸음(Part 2)": lab.step_g}
    for name, step in [*steps.items()] * 2:
        before = lab.gan.probe()["d_gz"]
        step()
        words = f"{name}. 같은 점에서 다시 잰 D(G(z)): {before:.3f} → {lab.gan.probe()['d_gz']:.3f}"
        tape.shoot(lab.draw(), words)
    play((48, 150, 300, 500, 1000))
    tape.chapter(f"망가뜨리기: {trouble.title}")
    lab.restart(**trouble.settings)
    rates = "D의 학습률 {lr_d:g}, G의 학습률 {lr_g:g}".format(**trouble.settings)
    tape.shoot(lab.draw(), f"처음부터 다시 시작합니다. 이번에는 {rates}입니다.")
    play((50, 100))
    lab.step(trouble.iterations - lab.gan.state.iteration)
    tape.shoot(lab.draw(), f"{trouble.title}. 증상: {trouble.symptom}")
    play((100,))
    tape.chapter("고치기")
    lab.cure()
    tape.shoot(lab.draw(), f"고치기: {trouble.remedy}")
    play((50, 150, 300, 500, 1000))
    return tape


def scrubber(name="quick", keep=8, quality=QUALITY):
    """학습 되짚어 보기: 함께 들어 있는 기록 ``name``의 순간 ``keep``개."""
    widget = Scrubber(load_recording(name))
    tape, last = Tape(widget.title, quality), len(widget.moments) - 1
    tape.columns = [(0, 0, SPLIT, charts.HEIGHT), (SPLIT, 0, charts.WIDTH - SPLIT, charts.HEIGHT)]
    for moment in sorted({round(i * last / (keep - 1)) for i in range(keep)}):
        widget.go(moment)
        iteration, history = widget.moments[moment], widget.trainer.history
        recent = slice(max(0, iteration - 20), iteration)
        means = {n: history[n][recent] for n in ("d_x", "d_gz_before")}
        d_x, d_gz = (sum(values) / max(1, len(values)) for values in means.values())
        words = f"최근 20번 반복의 평균은 D(x) {d_x:.2f}, D(G(z)) {d_gz:.2f}입니다."
        if iteration == 0:
            words = "학습하기 전입니다. 가짜는 고른 회색입니다."
        tape.shoot(widget.draw(), f"반복 {iteration:,}: 고정된 z로 만든 그림. {words}")
    return tape


TAPES = {
    "stepper": stepper,
    "lab2d": lab2d,
    "scrubber": scrubber,
    "scrubber-large": lambda: scrubber("large", 6, 25),
}


def main(names):
    if unknown := set(names) - set(TAPES):
        sys.exit(f"{', '.join(sorted(unknown))}: {', '.join(TAPES)} 가운데 하나여야 합니다.")
    torch.set_num_threads(1)  # 스레드의 수가 달라도 같은 파일이 되게
    FOLDER.mkdir(exist_ok=True)
    for name in names or TAPES:
        path = FOLDER / f"{name}.json"
        tape = TAPES[name]()
        tape.save(path)
        print(f"{path.name}: 장면 {len(tape.frames)}개, {path.stat().st_size / 1e3:.0f} KB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
