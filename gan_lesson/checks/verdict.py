"""채점 결과와, 채점이 함께 쓰는 것.

채점 함수는 ``@checker(칭찬)``을 답니다. 학생의 답에서 값을 받고(``ask_tensor``, ``ask_value``, ``try_out``) 그 값을
따지다가(``compare_all``, ``compare_choices``, ``refuse``, ``unsolved``) 결과가 정해지면 거기서 끝나고, 끝까지 오면 맞은
것입니다.
"""

import copy
import dis
import functools
import inspect
import math
import numbers
import sysconfig
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.overrides import TorchFunctionMode

from gan_lesson.base.errors import quote
from gan_lesson.checks.progress import announce
from gan_lesson.environment import tensor_hint


@dataclass(frozen=True)
class Verdict:
    """채점 결과. 노트북에서 셀의 값이면 ``message``가 그대로 보입니다.

    ``passed``: 맞으면 ``True``, 틀리면 ``False``, 아직 풀지 않았으면 ``None``.
    """

    passed: bool | None
    message: str

    def __repr__(self):
        return self.message


class Decided(Exception):
    """채점하다가 결과가 정해졌습니다. ``args``가 그 ``Verdict`` 하나입니다."""


def refuse(why):
    """채점을 ``why``라는 말로 끝냅니다."""
    raise Decided(Verdict(False, f"아직 아닙니다. {why}"))


def refuse_first(reasons):
    """``reasons``(왜 → 그런지)에서 그런 것 가운데 앞의 것으로 끝냅니다. 없으면 아무 일도 없습니다."""
    for why, wrong in reasons.items():
        if wrong:
            refuse(why)


def unsolved():
    """아직 풀지 않은 것으로 끝냅니다."""
    raise Decided(Verdict(None, "아직 풀지 않았습니다. TODO를 채우고 다시 실행하세요."))


def checker(praise=None):
    """채점 함수에 답니다. 끝까지 오면 ``praise``나 함수가 돌려준 칭찬으로 맞은 것이고, 결과는 진도에 남습니다.

    비교할 수 없는 답(정수나 복소수로 된 그림, 뜯어고친 층)에도 멈추지 않고 말로 답합니다.
    """

    def decorate(check):
        @functools.wraps(check)
        def run(*answers, **named):
            try:
                verdict = Verdict(True, f"맞았습니다. {check(*answers, **named) or praise}")
            except Decided as decided:
                verdict = decided.args[0]
            except Exception as error:
                verdict = Verdict(False, f"아직 아닙니다. 답을 채점하지 못했습니다: {described(error)}")
            announce(check, answers, verdict)
            return verdict

        return run

    return decorate


def try_out(answer, *inputs, doing="실행하다가", explain=lambda error: None):
    """학생의 함수를 돌립니다. 무엇을 돌려주는지는 보지 않습니다. 함수가 아닌 것과 오류는 말로 바꿉니다.

    ``doing``: 오류가 났을 때 무엇을 하다가 났는지. ``explain``: 오류를 받아 더 나은 말이나 ``None``을 돌려주는 함수.
    """
    if not callable(answer):
        refuse(f"함수를 넘겨주세요. 지금은 {type(answer).__name__}입니다.")
    try:
        return answer(*inputs)
    except Decided:
        raise
    except Exception as error:
        if isinstance(error, NotImplementedError) and not error.args:  # PyTorch의 것에는 설명이 있습니다.
            unsolved()
        refuse(explain(error) or f"{doing} 오류가 났습니다: {described(error)}")


def described(error):
    """오류의 종류와 글, 학생의 코드에서 난 줄, 그리고 흔한 것이면 무엇을 할지."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(LIBRARIES)]
    line = f" ({own[-1].lineno}번째 줄: {own[-1].line})" if own and own[-1].line else ""
    hint = tensor_hint(error)
    return f"{type(error).__name__}: {str(error).strip()[:300]}{line}" + (f"\n{hint}" if hint else "")


# 학생의 코드가 아닌 것이 든 폴더
LIBRARIES = (str(Path(__file__).parents[1]), *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))


def without(answer, *names):
    """``answer``와 같되, 이름이 ``names``인 PyTorch의 함수를 부르면 채점이 끝나는 함수."""

    class Without(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), options=None):
            if function.__name__ in names:
                refuse(f"여기서는 {function.__name__} 없이 씁니다. 문제를 다시 읽어 보세요.")
            return function(*args, **(options or {}))

    @functools.wraps(answer)
    def run(*inputs):
        with Without():
            return answer(*inputs)

    return run if callable(answer) else answer


def ask_value(answer, *inputs, **options):
    """``try_out``과 같되, 아무것도 돌려주지 않으면(``None``) 풀지 않았거나 return을 빠뜨린 것입니다."""
    value = try_out(answer, *inputs, **options)
    if value is None or value is Ellipsis:
        code = getattr(inspect.unwrap(answer), "__code__", None)
        if code is None or {step.opname for step in dis.get_instructions(code)} <= EMPTY:
            unsolved()
        refuse(
            "아무것도 돌려주지 않았습니다(None). return을 빠뜨리지 않았나요? print는 값을 돌려주지 않습니다."
        )
    return value


# 상수를 돌려주기만 하는 함수의 바이트코드
EMPTY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}


def ask_tensor(answer, *inputs, shape=()):
    """학생의 함수를 돌려 모양이 ``shape``인 텐서를 받습니다."""
    return require_tensor(ask_value(answer, *inputs), shape)


def require_tensor(value, shape=()):
    """``value``를 모양이 ``shape``인 텐서로. 수는 텐서로 바꾸고, 수 하나를 물었으면 원소가 하나인 텐서도 됩니다."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        value = torch.tensor(float(value))
    if not torch.is_tensor(value):
        refuse(f"{'텐서를' if shape else '수나 텐서 하나를'} 돌려주어야 하는데 {type(value).__name__}입니다.")
    if value.is_meta or value.layout != torch.strided:
        refuse("값이 들어 있는 보통의 텐서(strided)를 돌려주어야 합니다.")
    if value.shape != shape and (shape or value.numel() != 1):
        wanted = f"모양이 {shape}인 텐서" if shape else "스칼라 하나"
        hint = "" if shape else " 원소별 값을 .mean()이나 .sum()으로 모았나요?"
        hint = " 자리마다 하나씩 답했나요?" if value.numel() == 1 < math.prod(shape) else hint
        refuse(f"{wanted}를 돌려주어야 하는데 모양이 {tuple(value.shape)}입니다.{hint}")
    return value.reshape(shape)


def ask_list(answer, *inputs, shapes):
    """학생의 함수를 돌려, 모양이 ``shapes``인 텐서들의 목록을 받아 한 줄로 잇습니다."""
    found = ask_value(answer, *inputs)
    found = list(found) if isinstance(found, Iterable) and not torch.is_tensor(found) else []
    if len(found) != len(shapes):
        refuse(f"매개변수마다 하나씩, 텐서 {len(shapes)}개의 목록을 돌려주어야 합니다.")
    return torch.cat([require_tensor(*pair).detach().flatten() for pair in zip(found, shapes, strict=True)])


def close(value, expected, tolerance=1e-4):
    """모양과 값이 같은지. NaN은 무엇과도 같지 않습니다."""
    expected = torch.as_tensor(expected)
    return value.shape == expected.shape and torch.allclose(value.double(), expected.double(), rtol=tolerance)


# 어느 식에서나 하는 실수 → 맞는 값과, 첫 입력의 길이로 그 실수를 흉내 내는 함수
COMMON = {
    "부호가 뒤집혔습니다. 음의 부호가 빠졌거나 하나 더 있습니다.": lambda right, n: -right,
    "합입니다. .sum() 대신 .mean()으로 평균하세요.": lambda right, n: right * n,
    "평균했습니다. .mean() 대신 .sum()으로 더하세요.": lambda right, n: right / n,
    "로그의 밑이 2입니다. 자연로그 torch.log를 쓰세요.": lambda right, n: right / math.log(2),
    "있어야 할 값의 두 배입니다. 둘을 평균하지 않고 더하기만 했나요?": lambda right, n: 2 * right,
    "있어야 할 값의 절반입니다. 둘을 더하지 않고 평균했나요?": lambda right, n: right / 2,
    "1에서 뺀 값입니다. 진짜와 가짜가 바뀌지 않았나요?": lambda right, n: 1 - right,
    "제곱근을 씌웠습니다. 여기서는 씌우지 않습니다.": lambda right, n: right.sqrt(),
    "퍼센트입니다. 0과 1 사이의 비율로 답하세요.": lambda right, n: 100 * right,
}


def compare_all(answer, right, mistakes, *cases, where="", unfinite=""):
    """학생의 함수를 ``cases``의 입력마다 돌려, ``right``가 내는 값과 하나라도 다르면 채점이 끝납니다.

    Args:
        right: 바른 함수.
        mistakes: 이 식에서 흔한 실수의 설명 → 그 실수를 한 함수. 모든 입력에서 학생과 같은 값을 내는 앞의 것을 말합니다.
        where: 어느 입력인지 입력으로 채우는 틀. 말의 앞에 붙습니다.
        unfinite: NaN이나 무한대가 나왔을 때 덧붙일 말.
    """
    wanted, found = [torch.as_tensor(right(*case)) for case in cases], []
    for case, expected in zip(cases, wanted, strict=True):
        given = copy.deepcopy(case)
        found.append(ask_tensor(answer, *given, shape=tuple(expected.shape)))
        if not _unchanged(case, given):
            refuse("받은 것을 바꾸어 버렸습니다. +=나 이름이 _로 끝나는 연산은 사본에 하세요.")
    sizes = [len(case[0]) if case and hasattr(case[0], "__len__") else 1 for case in cases]
    guesses = {why: [wrong(*case) for case in cases] for why, wrong in mistakes.items()}
    guesses |= {why: list(map(change, wanted, sizes)) for why, change in COMMON.items()}
    for case, value, expected in zip(cases, found, wanted, strict=True):
        if not close(value, expected):
            refuse(
                next((why for why, guess in guesses.items() if all(map(close, found, guess))), None)
                or (value.isfinite().all() and where.format(*case) + expected_found(expected, value))
                or f"{'NaN이' if value.isnan().any() else '무한대가'} 나왔습니다. {unfinite}"
            )


def _unchanged(before, after):
    if isinstance(before, list | tuple):
        return all(map(_unchanged, before, after))
    return torch.equal(before, after) if torch.is_tensor(before) else before == after


def expected_found(expected, value):
    """있어야 할 값과 나온 값. 많으면 처음으로 다른 것 하나만."""
    pairs, where = list(zip(expected.flatten().tolist(), value.flatten().tolist(), strict=True)), ""
    if len(pairs) > 8:
        i = next((i for i, (a, b) in enumerate(pairs) if not math.isclose(a, b, rel_tol=1e-4)), 0)
        pairs, where = [pairs[i]], f"{i + 1}번째 값이 "
    wanted, got = (", ".join(f"{number:.6g}" for number in numbers) for numbers in zip(*pairs, strict=True))
    return f"{where}{wanted}이어야 하는데 나온 값은 {got}입니다. 식의 항을 하나씩 찍어 보세요."


def compare_choices(answers, correct, choices, evidence, noun="줄", thing="읽은 것", least=1):
    """여럿을 하나씩 짝지은 ``answers``(이름 → 고른 것)가 틀리면 채점이 끝납니다. 빈칸(``None``)은 풀지 않은 것입니다.

    Args:
        correct: 이름 → 맞는 것.
        choices: 고를 수 있는 것들.
        evidence: (이름, 고른 것)을 받아, 왜 그것이 아닌지 말하는 함수.
        noun, thing: 짝짓는 것의 이름과, 고르는 것의 이름.
        least: 적어도 채워야 하는 수.

    채운 것만 담은 dict를 돌려줍니다. 다 채웠는지는 보지 않습니다.
    """
    if not isinstance(answers, dict) or set(answers) - set(correct):
        refuse(f"{noun}의 이름({', '.join(correct)})마다 {thing}을 적은 dict를 넘겨주세요.")
    filled = {name: choice for name, choice in answers.items() if choice is not None}
    if not filled:
        unsolved()
    for name, choice in filled.items():
        if not isinstance(choice, str) or choice.strip() not in choices:
            refuse(f"{noun} '{name}'의 답 {quote(choice)}: {', '.join(choices)} 가운데서 고르세요.")
        filled[name] = choice.strip()
    if len(filled) < least:
        refuse(f"{least}개를 골라 적으세요. 지금은 {len(filled)}개입니다.")
    for name in filter(filled.get, correct):
        if filled[name] != correct[name]:
            refuse(evidence(name, filled[name]))
    return filled


def compare_table(answers, table, evidence, noun="줄", thing="읽은 것"):
    """``compare_choices``와 같되 모두 채워야 합니다.

    ``table``: 고를 수 있는 것 → (그것이 맞는 이름, 그것이라면 보여야 할 것). ``evidence``: (이름, 보여야 할 것)을 받아,
    실제로 보인 것을 말하는 함수.
    """

    def why(name, choice):
        expected = table[choice][1]
        return f"{noun} '{name}'의 답 '{choice}'대로라면 {expected}. {evidence(name, expected)}"

    correct = dict(sorted((name, choice) for choice, (name, _) in table.items()))  # 가, 나, 다, …
    filled = compare_choices(answers, correct, sorted(table), why, noun, thing)
    if rest := [name for name in correct if name not in filled]:
        refuse(f"지금까지는 모두 맞았습니다. 남은 {noun}: {', '.join(rest)}")
