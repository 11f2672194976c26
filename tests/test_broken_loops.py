"""버그 찾기: 망가진 루프마다 제 증상이 시드와 상관없이 나타나고, 채점이 어긋난 곳을 짚습니다."""

from statistics import mean

import pytest

from gan_lesson.checks.choices import BUGS, check_bugs
from gan_lesson.data.hangul import load_hangul
from gan_lesson.labs.broken_loops import COLUMNS, CONFIG, ITERATIONS, LOOPS, sound_loop, symptoms


def facts(loop, seed):
    """증상을 한 낱말씩으로."""
    columns = symptoms(loop, load_hangul(32), config=CONFIG.replace(seed=seed))
    assert list(columns) == list(COLUMNS) and len(columns["d_x"]) == ITERATIONS
    start = {name: mean(values[:10]) for name, values in columns.items()}
    end = {name: mean(values[-10:]) for name, values in columns.items()}
    return {
        "zero": end["grad_d"] > 3 * start["grad_d"],
        "labels": end["d_x"] < 0.3 and end["d_gz"] > 0.7,
        "fake_label": end["loss_g"] < 0.3 and end["d_gz"] < 0.3,
        "detach": max(columns["grad_g"]) == 0,
        "optimizer": min(columns["grad_g"]) > 0 and max(columns["moved_g"]) == 0,
    }


# 시드 하나는 make test에서, 나머지는 make soak에서 봅니다.
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (1, 2))])
def test_each_bug_shows_its_own_symptom_and_no_other(seed):
    shown = {name: {k for k, on in facts(loop, seed).items() if on} for name, loop in LOOPS.items()}
    assert shown == {
        "가": {"detach"}, "나": {"zero"}, "다": {"fake_label"}, "라": {"optimizer"}, "마": {"labels"},
    }  # fmt: skip
    assert not any(facts(sound_loop, seed).values())


RIGHT = {loop: bug for bug, (loop, *_) in BUGS.items()}


def test_answers_are_judged():
    assert check_bugs(RIGHT).passed is True
    assert check_bugs(dict.fromkeys(LOOPS)).passed is None
    some = check_bugs({**dict.fromkeys(LOOPS), "가": RIGHT["가"], "나": RIGHT["나"]})
    assert some.passed is False and "남은 루프: 다, 라, 마" in some.message
    assert "고르세요" in check_bugs({"가": "모르겠음"}).message
    assert "고르세요" in check_bugs({"가": ["x"]}).message
    assert "dict" in check_bugs(["나"]).message and "dict" in check_bugs({"바": "x"}).message


@pytest.mark.parametrize(
    ("loop", "bug", "evidence"),
    [
        ("가", "Part 2에서 optimizer_d로 갱신함", "‖∇G‖ 0 → 0"),
        ("라", "Part 2에서도 detach를 씀", "‖∇G‖가 0이어야"),
        ("다", "Part 1의 라벨이 서로 바뀜", "D(x)가 0 쪽으로"),
        ("마", "Part 2에 거짓 라벨을 씀", "D(G(z)) 0."),
        ("가", "D.zero_grad()를 잊음", "‖∇D‖가 계속 커져야"),
    ],
)
def test_a_wrong_choice_is_contradicted_by_measured_numbers(loop, bug, evidence):
    verdict = check_bugs({loop: bug})
    assert verdict.passed is False and evidence in verdict.message, verdict
