"""여럿을 하나씩 짝짓는 문제의 채점: 로그의 줄, 버그가 있는 루프, 성적표."""

from gan_lesson.base.errors import quote
from gan_lesson.checks.verdict import UNSOLVED, right, wrong


def check_choices(answers, table, contradiction, praise, noun="줄", thing="읽은 것"):
    """``answers``를 채점합니다. 빈칸(``None``)은 아직 풀지 않은 것입니다.

    Args:
        answers: 이름 → 고른 것. 학생의 답이라 무엇이든 올 수 있습니다.
        table: 고를 수 있는 것 → (그것이 맞는 이름, 그것이라면 보여야 할 것).
        contradiction: ``(이름, 고른 것, 보여야 할 것)``을 받아, 그 답이 어디서 어긋나는지 말하는 함수.
        praise: 모두 맞혔을 때의 말.
        noun, thing: 짝짓는 것의 이름과, 고르는 것의 이름.
    """
    correct = dict(sorted((name, choice) for choice, (name, _) in table.items()))  # 가, 나, 다, …
    if not isinstance(answers, dict) or set(answers) - set(correct):
        return wrong(f"{noun}의 이름({', '.join(correct)})마다 {thing}을 적은 dict를 넘겨주세요.")
    solved = {name: choice for name, choice in answers.items() if choice is not None}
    if not solved:
        return UNSOLVED
    for name, choice in solved.items():
        if not isinstance(choice, str) or choice not in table:
            return wrong(f"{noun} {name}의 답 {quote(choice)}: {', '.join(sorted(table))} 가운데서 고르세요.")
        if choice != correct[name]:
            return wrong(contradiction(name, choice, table[choice][1]))
    if len(solved) < len(correct):
        rest = ", ".join(name for name in correct if name not in solved)
        return wrong(f"지금까지는 모두 맞았습니다. 남은 {noun}: {rest}")
    return right(praise)


def check_readings(answers, lines, readings, praise, particle="이라면"):
    """줄마다 읽은 것을 채점합니다. ``lines``: 줄의 이름 → 보여 준 줄, ``particle``: 읽은 것의 이름 뒤에 붙는 말."""

    def contradiction(line, reading, expected):
        return f"줄 {line}이 '{reading}'{particle} {expected}. 줄 {line}: {lines[line]}"

    return check_choices(answers, readings, contradiction, praise)
