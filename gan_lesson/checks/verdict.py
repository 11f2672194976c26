"""채점 결과와, 채점이 함께 쓰는 것."""

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Verdict:
    """채점 결과. 노트북에서 셀의 값이면 ``message``가 그대로 보입니다.

    ``passed``: 맞으면 ``True``, 틀리면 ``False``, 아직 풀지 않았으면 ``None``.
    """

    passed: bool | None
    message: str

    def __repr__(self):
        return self.message


UNSOLVED = Verdict(None, "아직 풀지 않았습니다. TODO를 채우고 다시 실행하세요.")


def right(message):
    return Verdict(True, f"맞았습니다. {message}")


def wrong(message):
    return Verdict(False, f"아직 아닙니다. {message}")


def attempt(answer, *inputs, doing="실행하다가", explain=lambda error: None):
    """학생의 함수를 돌립니다. 무엇을 돌려주는지는 보지 않습니다.

    Args:
        doing: 오류가 났을 때 무엇을 하다가 났는지.
        explain: 오류를 받아 더 나은 말을 돌려주는 함수. 할 말이 없으면 ``None``.

    Returns:
        (값, ``None``) 또는 (``None``, ``Verdict``). 함수가 아닌 것과 오류는 말로 바꿉니다.
    """
    if not callable(answer):
        return None, wrong(f"함수를 넘겨주세요. 지금은 {type(answer).__name__}입니다.")
    try:
        return answer(*inputs), None
    except NotImplementedError:
        return None, UNSOLVED
    except Exception as error:
        said = explain(error) or f"{doing} 오류가 났습니다: {type(error).__name__}: {error}"
        return None, wrong(said)


def ask(answer, *inputs, **options):
    """``attempt``와 같되, 아무것도 돌려주지 않으면(``None``) 아직 풀지 않은 것입니다."""
    value, verdict = attempt(answer, *inputs, **options)
    unsolved = verdict is None and (value is None or value is Ellipsis)
    return value, UNSOLVED if unsolved else verdict


def call(answer, *inputs, shape=()):
    """학생의 함수를 돌려 텐서를 받습니다.

    Args:
        shape: 돌려주어야 하는 모양. 기본은 스칼라이고, 원소가 하나면 모양을 따지지 않습니다.

    Returns:
        (값, ``None``) 또는 (``None``, ``Verdict``). 오류와 이상한 값은 말로 바꿉니다.
    """
    value, verdict = ask(answer, *inputs)
    if verdict:
        return None, verdict
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = torch.tensor(float(value))
    if not torch.is_tensor(value):
        return None, wrong(f"텐서를 돌려주어야 하는데 {type(value).__name__}입니다.")
    if value.is_meta or value.layout != torch.strided:
        return None, wrong("값이 들어 있는 보통의 텐서(strided)를 돌려주어야 합니다.")
    if value.numel() != math.prod(shape):
        wanted = f"모양이 {shape}인 텐서" if shape else "스칼라 하나"
        hint = "자리마다 하나씩 답했나요?" if shape else "원소별 값을 .mean()이나 .sum()으로 모았나요?"
        return None, wrong(f"{wanted}를 돌려주어야 하는데 모양이 {tuple(value.shape)}입니다. {hint}")
    return value.reshape(shape), None


def close(value, expected):
    """값이 같은지. NaN과 무한대는 무엇과도 같지 않습니다."""
    return torch.allclose(value.detach().double(), torch.as_tensor(expected).double(), rtol=1e-4)


def matching(value, mistakes):
    """``value``와 값이 같은 흔한 실수의 설명. 없으면 ``None``.

    Args:
        mistakes: (설명, 그 실수를 했을 때의 값)의 목록. 앞의 것이 먼저입니다.
    """
    return next((why for why, result in mistakes if close(value, result)), None)


def expected_found(expected, value):
    """어느 실수와도 맞지 않을 때의 말."""
    wanted, got = (
        ", ".join(f"{number:.4f}" for number in torch.as_tensor(numbers).reshape(-1).tolist())
        for numbers in (expected, value.detach())
    )
    return f"{wanted}이어야 하는데 {got}이 나왔습니다. 식의 항을 하나씩 찍어 보세요."
