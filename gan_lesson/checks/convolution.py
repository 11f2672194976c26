"""05a 전치 합성곱의 연습문제: 출력의 크기와, 손으로 하는 전치 합성곱."""

import torch

from gan_lesson.checks.verdict import checker, compare_all, without

SIZES = [(6, 5, 3, 1), (4, 4, 2, 1), (1, 4, 1, 0), (6, 5, 2, 2)]  # 입력, 커널, 보폭, 패딩
LINE, KERNEL = torch.tensor([1.0, -2.0, 3.0, 5.0]), torch.tensor([1.0, 10.0, 100.0])
STAMPS = [(LINE, KERNEL, 2), (LINE, KERNEL, 1), (LINE, KERNEL, 3), (LINE[:2], KERNEL[:2], 1)]


@checker("nn.ConvTranspose2d의 크기와 같습니다.")
def check_output_size(answer):
    """``answer(size, kernel, stride, padding)``: 전치 합성곱의 출력의 한 변."""
    mistakes = {
        "합성곱의 식입니다. 전치 합성곱은 보폭으로 나누지 않고 곱합니다.": lambda n, k, s, p: (n + 2 * p - k) // s + 1,
        "입력에서 1을 빼지 않았습니다. 도장 n개 사이의 간격은 n - 1개입니다.": lambda n, k, s, p: n * s - 2 * p + k,
        "패딩을 더했습니다. 전치 합성곱의 패딩은 양쪽을 잘라 내므로 뺍니다.": lambda n, k, s, p: (n - 1) * s + 2 * p + k,
        "패딩을 한 번만 뺐습니다. 양쪽에서 자르므로 두 배를 뺍니다.": lambda n, k, s, p: (n - 1) * s - p + k,
        "패딩을 빼지 않았습니다. 양쪽에서 패딩만큼 잘라 냅니다.": lambda n, k, s, p: (n - 1) * s + k,
        "커널의 크기를 더하지 않았습니다. 마지막 도장의 너비도 세어야 합니다.": lambda n, k, s, p: (n - 1) * s - 2 * p,
        "입력에 보폭을 곱하기만 했습니다. 커널과 패딩도 세어야 합니다.": lambda n, k, s, p: n * s,
    }  # fmt: skip
    where = "입력 {}, 커널 {}, 보폭 {}, 패딩 {}: "
    compare_all(answer, lambda n, k, s, p: (n - 1) * s - 2 * p + k, mistakes, *SIZES, where=where)


@checker("F.conv_transpose1d와 같습니다.")
def check_stamp(answer):
    """``answer(x, kernel, stride)``: 한 줄 x (N,)의 전치 합성곱(패딩 0), ((N - 1) · stride + K,)."""
    mistakes = {
        "겹친 자리를 덮어썼습니다. 도장이 겹치면 더해야 합니다: = 대신 +=를 쓰세요.":
            lambda *case: _stamped(*case, old=0),
        "커널을 뒤집었습니다. 도장은 뒤집지 않고 그대로 찍습니다.": lambda x, k, s: _stamped(x, k.flip(0), s),
        "입력의 값을 곱하지 않았습니다. 도장은 입력의 값만큼 진하게 찍힙니다.": lambda x, k, s: _stamped(x**0, k, s),
        "0만 끼워 넣었습니다. 그다음 커널로 도장을 찍어야 합니다.":
            lambda x, k, s: _stamped(x, torch.eye(len(k))[0], s),
        "마지막 도장을 찍지 않았습니다. range(len(x))까지 돕니다.":
            lambda x, k, s: _stamped(x * (torch.arange(len(x)) < len(x) - 1), k, s),
        "첫 도장만 찍었습니다. return이 반복문 안에 있지 않나요?":
            lambda x, k, s: _stamped(x * (torch.arange(len(x)) < 1), k, s),
    }  # fmt: skip
    answer = without(answer, "conv_transpose1d", "conv_transpose2d")
    compare_all(answer, _stamped, mistakes, *STAMPS, where="보폭 {2}: ")


def _stamped(x, kernel, stride, old=1):
    """``old``: 전에 찍힌 것에 곱하는 수. 0이면 덮어씁니다."""
    out = torch.zeros((len(x) - 1) * stride + len(kernel))
    for i, value in enumerate(x):
        place = slice(i * stride, i * stride + len(kernel))
        out[place] = old * out[place] + value * kernel
    return out
