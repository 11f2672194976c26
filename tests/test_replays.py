"""사이트에서 눌러 보는 녹화: 가볍고, 장면이 온전하고, 지금의 위젯이 그린 것과 같은 모습입니다."""

import json
import xml.etree.ElementTree as ElementTree

import lesson_pages
import pytest
import replays

from gan_lesson.iteration import PHASES
from gan_lesson.labs import charts
from gan_lesson.labs.points import picture as points
from gan_lesson.labs.replay.recording import load_recording
from gan_lesson.labs.stepper import picture as phases
from gan_lesson.labs.stepper.notes import NOTES
from gan_lesson.labs.stepper.phases import LAST, loop_source
from gan_lesson.labs.troubles import TROUBLES

BIGGEST = 300_000  # 쪽 하나에 더해지는 크기(바이트)
SIZES = {"stepper": phases, "lab2d": points, "scrubber": charts, "scrubber-large": charts}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tapes():
    return {name: json.loads((replays.FOLDER / f"{name}.json").read_text("utf-8")) for name in replays.TAPES}


def pictures(tape):
    return ["".join(tape["parts"][i] for i in frame["parts"]) for frame in tape["frames"]]


def texts(drawing):
    return [each.text for each in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", SIZES)
def test_tapes_are_light_and_every_scene_is_whole(tapes, name):
    page, tape, size = lesson_pages.replay_html(name, "../곳"), tapes[name], SIZES[name]
    assert len(page.encode()) + (replays.FOLDER / f"{name}.json").stat().st_size < BIGGEST
    # 자바스크립트가 없어도 첫 장면이 보입니다.
    assert pictures(tape)[0] in page and f'<script src="../곳/{name}.js"></script>' in page
    for frame, drawing in zip(tape["frames"], pictures(tape), strict=True):
        root = ElementTree.fromstring(drawing)
        # 위젯의 그림이 바뀌었으면 python scripts/assets/replays.py로 다시 만듭니다.
        assert root.get("viewBox") == f"0 0 {size.WIDTH} {size.HEIGHT}"
        assert root.get("role") == "img" and root.get("aria-label") and frame["words"]
        assert "://" not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")


@pytest.mark.parametrize(("name", "recording"), [("scrubber", "quick"), ("scrubber-large", "large")])
def test_the_training_is_shown_from_its_start_to_its_end_in_two_columns(tapes, name, recording):
    left, right = tapes[name]["columns"]
    assert left[2] == right[0] and right[0] + right[2] == charts.WIDTH
    for drawing in pictures(tapes[name]):
        images = [each for each in ElementTree.fromstring(drawing) if each.tag == f"{SVG}image"]
        assert images and all(float(i.get("x")) + float(i.get("width")) <= left[2] for i in images)
    moments = sorted(load_recording(recording).snapshots)
    seen = [next(w for w in texts(d) if w.startswith("반복 ")) for d in pictures(tapes[name])]
    numbers = [int(words.split()[1].replace(",", "")) for words in seen]
    assert numbers == sorted(set(numbers)) and set(numbers) <= set(moments)
    assert (numbers[0], numbers[-1]) == (moments[0], moments[-1])


def test_the_stepper_walks_three_iterations(tapes):
    tape = tapes["stepper"]
    labels = [ElementTree.fromstring(drawing).get("aria-label") for drawing in pictures(tape)]
    assert len(labels) == 1 + 3 * LAST
    assert [chapter["first"] for chapter in tape["chapters"]] == [1, 1 + LAST, 1 + 2 * LAST]
    for number, label in enumerate(labels[1:]):
        phase = list(PHASES)[number % LAST]
        assert label == f"반복 {201 + number // LAST}, 단계 {number % LAST + 1}/{LAST}: {PHASES[phase]}"
        assert NOTES[phase].happens in tape["frames"][1 + number]["words"][0]
    shown = {line.replace("\u00a0", " ") for line in texts(pictures(tape)[1])}
    code = {line for line, _ in loop_source()["Part 1"] if "#" not in line}
    assert code <= shown  # 녹화한 소스가 지금의 학습 루프입니다.


def test_the_laboratory_is_broken_and_cured(tapes):
    tape, trouble = tapes["lab2d"], TROUBLES[replays.TROUBLE]
    said = [" ".join(frame["words"]) for frame in tape["frames"]]
    broken, cured = (next(i for i, t in enumerate(said) if w in t) for w in (trouble.symptom, trouble.remedy))
    assert broken < cured == tape["chapters"][2]["first"]
    drawn = [next(w for w in texts(drawing) if w.startswith("만든 모드")) for drawing in pictures(tape)]
    modes = [int(words.split()[2]) for words in drawn]
    healthy = tape["chapters"][1]["first"] - 1
    assert modes[healthy] == modes[-1] == 8 and modes[broken] <= 2
