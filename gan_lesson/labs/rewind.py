"""되감으려고 남겨 두는 사본들."""

from collections import deque

import torch


class Rewind:
    """사본을 쌓고, 한도를 넘으면 오래된 것부터 버립니다.

    Args:
        most: 남길 사본의 수.
        most_bytes: 사본들이 쓸 메모리(바이트).
        at_least: 커도 버리지 않을 사본의 수.
    """

    def __init__(self, most, most_bytes, at_least=1):
        self._most, self._most_bytes, self._at_least = most, most_bytes, at_least
        self._kept = deque()  # (사본, 바이트)

    def __len__(self):
        return len(self._kept)

    @property
    def nbytes(self):
        return sum(size for _, size in self._kept)

    @property
    def last(self):
        return self._kept[-1][0]

    def push(self, copy):
        self._kept.append((copy, _bytes(copy)))
        while len(self) > self._at_least and (len(self) > self._most or self.nbytes > self._most_bytes):
            self._kept.popleft()

    def pop(self):
        return self._kept.pop()[0]


def _bytes(value):
    if torch.is_tensor(value):
        return value.nbytes
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_bytes, value))
    return 0
