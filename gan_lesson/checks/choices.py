"""여럿을 하나씩 짝짓는 문제의 채점: 로그의 줄, 버그가 있는 루프, 성적표."""

from gan_lesson.base.errors import quote
from gan_lesson.checks.verdict import UNSOLVED, right, wrong


def check_choices(answers, correct, contradiction, praise, noun="줄", thing="읽은 것"):
    """``answers``를 채점합니다. 빈칸(``None``)은 아직 풀지 않은 것입니다.

    Args:
        answers: 이름 → 고른 것. 학생의 답이라 무엇이든 올 수 있습니다.
        correct: 이름 → 맞는 답. 고를 수 있는 것은 이 값들입니다.
        contradiction: ``(이름, 고른 것)``을 받아, 그 답이 어디서 어긋나는지 말하는 함수.
        praise: 모두 맞혔을 때의 말.
        noun, thing: 짝짓는 것의 이름과, 고르는 것의 이름.
    """
    correct = dict(sorted(correct.items()))  # 가, 나, 다, …
    if not isinstance(answers, dict) or set(answers) - set(correct):
        return wrong(f"{noun}의 이름({', '.join(correct)})마다 {thing}을 적은 dict를 넘겨주세요.")
    solved = {name: choice for name, choice in answers.items() if choice is not None}
    if not solved:
        return UNSOLVED
    choices = sorted(correct.values())
    for name, choice in solved.items():
        if not isinstance(choice, str) or choice not in choices:
            return wrong(f"{noun} {name}의 답 {quote(choice)}: {', '.join(choices)} 가운데서 고르세요.")
        if choice != correct[name]:
            return wrong(contradiction(name, choice))
    if len(solved) < len(correct):
        rest = ", ".join(name for name in correct if name not in solved)
        return wrong(f"지금까지는 모두 맞았습니다. 남은 {noun}: {rest}")
    return right(praise)


def check_readings(answers, lines, readings, praise, particle="이라면"):
    """줄마다 읽은 것을 채점합니다.

    Args:
        lines: 줄의 이름 → 보여 준 줄.
        readings: 읽은 것 → (그 줄의 이름, 그렇다면 보여야 할 것).
        particle: 읽은 것의 이름 뒤에 붙는 말.
    """
    return check_choices(
        answers,
        {line: reading for reading, (line, _) in readings.items()},
        lambda line, reading: (
            f"줄 {line}이 '{reading}'{particle} {readings[reading][1]}. 줄 {line}: {lines[line]}"
        ),
        praise,
    )
