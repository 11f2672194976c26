"""일부러 망가뜨리는 설정: 무엇을 바꾸면 무엇이 보이고, 어떻게 고치는지."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """망가뜨리는 설정 하나.

    Attributes:
        title: 이름.
        settings: 기본 설정에서 바꾸는 값. 처음부터 다시 시작합니다.
        iterations: 증상이 뚜렷해질 때까지의 반복 수.
        symptom: 보게 될 것.
        cure: 고치려고 바꾸는 값.
        restart: 고칠 때 처음부터 다시 시작해야 하는지.
        remedy: 왜 그렇게 고치는지.
    """

    title: str
    settings: dict
    iterations: int
    symptom: str
    cure: dict
    restart: bool
    remedy: str
