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
SIZES = {
    "stepper": phases, "lab2d": points, "scrubber": charts, "scrubber-paper": charts,
}  # fmt: skip
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
    page = lesson_pages.replay_html(name, "").encode()
    assert len(page) + (replays.FOLDER / f"{name}.json").stat().st_size < BIGGEST
    tape, size = tapes[name], SIZES[name]
    for frame, drawing in zip(tape["frames"], pictures(tape), strict=True):
        root = ElementTree.fromstring(drawing)
        # 위젯의 그림이 바뀌었으면 python scripts/replays.py로 다시 만듭니다.
        assert root.get("viewBox") == f"0 0 {size.WIDTH} {size.HEIGHT}"
        assert root.get("role") == "img" and root.get("aria-label") and frame["words"]
        assert "://" not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert {i for frame in tape["frames"] for i in frame["parts"]} == set(range(len(tape["parts"])))


@pytest.mark.parametrize("name", ["scrubber", "scrubber-paper"])
def test_stacked_columns_cut_nothing(tapes, name):
    (left, right), height = tapes[name]["columns"], charts.HEIGHT
    assert left == [0, 0, right[0], height] and right == [left[2], 0, charts.WIDTH - left[2], height]
    for drawing in pictures(tapes[name]):
        # 왼쪽 칸의 그림판은 그 안에 있고, 곡선의 축과 그 왼쪽에 적은 수는 오른쪽 칸에 있습니다.
        boxes = [
            [float(each.get(k)) for k in ("x", "width")]
            for each in ElementTree.fromstring(drawing)
            if each.tag == f"{SVG}image"
        ]
        assert boxes and all(x + width <= left[2] for x, width in boxes)
    for box in (charts.LOSS_BOX, charts.ANSWER_BOX):
        assert box[0] - right[0] >= 40  # '6.4' 같은 수의 자리


def test_the_stepper_walks_three_iterations(tapes):
    tape = tapes["stepper"]
    labels = [ElementTree.fromstring(drawing).get("aria-label") for drawing in pictures(tape)]
    assert len(labels) == 1 + 3 * LAST and [c["first"] for c in tape["chapters"]] == [
        1,
        1 + LAST,
        1 + 2 * LAST,
    ]
    for number, label in enumerate(labels[1:]):
        phase = list(PHASES)[number % LAST]
        assert f"반복 {201 + number // LAST}, 단계 {number % LAST + 1}/{LAST}: {PHASES[phase]}" == label
        words = tape["frames"][1 + number]["words"][0]
        assert NOTES[phase].happens in words and NOTES[phase].held in words
    shown = {line.replace("\u00a0", " ") for line in texts(pictures(tape)[1])}
    code = {line for line, _ in loop_source()["Part 1"] if "#" not in line}
    assert code <= shown  # 녹화한 소스가 지금의 학습 루프입니다.


def test_the_laboratory_is_broken_and_cured(tapes):
    tape = tapes["lab2d"]
    trouble = TROUBLES[replays.TROUBLE]
    assert [c["name"] for c in tape["chapters"]] == ["보통의 학습", f"망가뜨리기: {trouble.title}", "고치기"]
    said = [" ".join(frame["words"]) for frame in tape["frames"]]
    broken, cured = (next(i for i, t in enumerate(said) if w in t) for w in (trouble.symptom, trouble.remedy))
    assert broken < cured == tape["chapters"][2]["first"]
    modes = {i: next(int(w.split()[2]) for w in texts(d) if w.startswith("만든 모드"))
             for i, d in enumerate(pictures(tape))}  # fmt: skip
    healthy = tape["chapters"][1]["first"] - 1
    assert modes[healthy] == modes[len(said) - 1] == 8 and modes[broken] <= 2


@pytest.mark.parametrize(("name", "recording"), [("scrubber", "quick"), ("scrubber-paper", "paper")])
def test_the_training_is_shown_from_its_start_to_its_end(tapes, name, recording):
    moments = sorted(load_recording(recording).snapshots)
    seen = [next(w for w in texts(d) if w.startswith("반복 ")) for d in pictures(tapes[name])]
    numbers = [int(words.removeprefix("반복 ").replace(",", "")) for words in seen]
    assert numbers == sorted(set(numbers)) and set(numbers) <= set(moments)
    assert (numbers[0], numbers[-1]) == (moments[0], moments[-1])


def test_pieces_that_repeat_are_kept_once(tmp_path):
    tape = replays.Tape("이름")
    tape.shoot("<svg><text>하나 &amp; 둘</text><path d='M0 0'/></svg>", "글", "", None)
    tape.shoot("<svg><text>셋</text><path d='M0 0'/></svg>", "다음 글")
    tape.save(tmp_path / "tape.json")
    saved = json.loads((tmp_path / "tape.json").read_text("utf-8"))
    assert pictures(saved)[0] == "<svg><text>하나 &amp; 둘</text><path d='M0 0'/></svg>"
    assert saved["frames"][0]["words"] == ["글"] and len(saved["parts"]) == 6


def test_a_page_shows_the_first_scene_without_javascript(tapes):
    text = lesson_pages.replay_html("lab2d", "../어딘가")
    assert pictures(tapes["lab2d"])[0] in text and tapes["lab2d"]["frames"][0]["words"][0] in text
    assert '<script src="../어딘가/lab2d.js"></script>' in text and "hidden" in text
