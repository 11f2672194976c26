"""연습문제의 채점: 두 가지로 쓴 바른 답은 통과하고, 흔한 실수는 저마다 맞는 말로 거절합니다."""

import importlib
import pkgutil

import answers
import pytest
import torch
from answers import architecture, theory, training_loop, weights

from gan_lesson.checks.architecture import check_g_block
from gan_lesson.metrics.image_quality import frechet_distance

TABLES = [
    importlib.import_module(f"answers.{table.name}") for table in pkgutil.iter_modules(answers.__path__)
]
ANSWERS = {check: right for table in TABLES for check, right in table.RIGHT.items()}
RIGHT = [(check, answer) for check, right in ANSWERS.items() for answer in right]
WRONG = [case for table in TABLES for case in table.WRONG]
FUNCTIONS = [check for check, right in ANSWERS.items() if callable(right[0])]
BLOCK = architecture.block(6, 4)


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer):
    verdict = check(answer)
    assert verdict.passed is True and repr(verdict).startswith("맞았습니다"), verdict


@pytest.mark.parametrize(("check", "answer", "message"), WRONG)
def test_wrong_answers_are_told_apart(check, answer, message):
    verdict = check(answer)
    assert verdict.passed is False and message in repr(verdict), verdict
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("check", FUNCTIONS)
def test_an_empty_stub_is_not_a_mistake(check):
    def not_yet(*inputs):
        raise NotImplementedError

    for stub in (lambda *inputs: None, lambda *inputs: ..., not_yet):
        verdict = check(stub)
        assert verdict.passed is None and "아직 풀지 않았습니다" in repr(verdict)


@pytest.mark.parametrize("check", theory.RIGHT)
def test_no_two_mistakes_look_alike(check):
    """실수마다 다른 말이 나와야, 말이 그 실수에 맞는 것입니다."""
    messages = {words: repr(check(answer)) for c, answer, words in theory.WRONG if c is check}
    assert len(set(messages.values())) == len(messages)


@pytest.mark.parametrize(
    ("check", "answer"),
    [(check, answer) for check, right in (training_loop.RIGHT | weights.RIGHT).items() for answer in right]
    + [(check_g_block, lambda a, b: BLOCK), (weights.check_weights_init, lambda module: None)],
)
def test_checking_leaves_the_global_random_numbers_alone(check, answer):
    state = torch.get_rng_state()
    check(answer)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("check", FUNCTIONS)
def test_an_answer_that_writes_into_its_inputs_spoils_no_later_check(check):
    def scribble(*inputs):
        for value in inputs:
            if torch.is_tensor(value):
                value.zero_()
        return 0.0

    assert not check(scribble).passed
    assert check(ANSWERS[check][0]).passed is True


def test_the_books_formula_is_what_the_package_measures():
    rng = torch.Generator().manual_seed(0)
    one = 1 + 2 * torch.randn(60_000, 2, generator=rng)
    two = 2 + 0.5 * torch.randn(60_000, 2, generator=rng)
    assert frechet_distance(one, two) == pytest.approx(2 * (1 + 1.5**2), rel=0.03)
