"""노트북에서 난 오류에 붙는 한국어."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from gan_lesson.environment import MEMORY, RERUN, TORCHVISION, explain_errors


@pytest.fixture
def run():
    """셀을 실행해 화면에 나온 오류의 글을 돌려주는 함수."""
    shell = InteractiveShell()
    shown = []
    shell._showtraceback = lambda kind, error, lines: shown.append("\n".join(lines))
    explain_errors(shell)
    explain_errors(shell)

    def run(cell):
        shown.clear()
        result = shell.run_cell(cell)
        assert not result.success and len(shown) == 1  # 오류는 오류로 남고, 한 번만 보입니다.
        return shown[0]

    return run


def test_our_errors_are_one_line(run):
    shown = run("from gan_lesson.config import LessonConfig\nLessonConfig(nz=0)")
    assert shown.startswith("LessonError: 설정값 nz = 0") and "\n" not in shown


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("G(z)", RERUN),
        ("raise RuntimeError('operator torchvision::nms does not exist')", TORCHVISION),
        ("raise MemoryError", MEMORY),
        ("raise RuntimeError('CUDA out of memory. Tried to allocate')", MEMORY),
        ("raise ModuleNotFoundError(name='ipywidgets')", ".venv를 고르세요."),
    ],
)
def test_common_errors_say_what_to_do(run, cell, hint):
    shown = run(cell)
    assert shown.endswith(hint) and "Traceback" in shown


@pytest.mark.parametrize("cell", ["1 / 0", "raise RuntimeError('모양이 다름')", "import 없는것"])
def test_other_errors_are_left_alone(run, cell):
    shown = run(cell)
    assert "Traceback" in shown and not any(h in shown for h in (RERUN, TORCHVISION, MEMORY, ".venv를"))


SETUP = """import torch
from torch import nn
from gan_lesson.config import LessonConfig
from gan_lesson.models import Discriminator, Generator
config = LessonConfig(ngf=2, ndf=2, nz=8, ngpu=0)
G, D, bce = Generator(config), Discriminator(config), nn.BCELoss()
z, real, ones = torch.randn(4, 8), torch.rand(4, 1, 32, 32), torch.ones(4)
fake, answers = G(z), D(real)
"""


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("bce(D(fake), 0 * ones).backward(); bce(D(fake), ones).backward()", "두 번 역전파"),
        ("out = D(fake); D.main[0].weight.data.zero_(); D.main[0].weight.detach().add_(1); bce(out, ones).backward()",
         "쓴 값이 바뀌었"),
        ("bce(answers.detach(), ones).backward()", "길이 끊겼"),
        ("bce(answers, torch.ones(4, 1))", "라벨의 모양이 [4, 1]인데 D의 답은 [4]"),
        ("D(torch.rand(4, 1, 64, 64))", "모양 (4)을 만들 수 없"),
        ("D(torch.rand(4, 1, 16, 16))", "커널보다 작아"),
        ("D(torch.rand(4, 3, 32, 32))", "채널 1개를 받는 층에 3개"),
        ("G(torch.randn(50, 64))", "z는 (N, nz)"),
        ("bce(answers, ones.long())", "float32로"),
        ("D(real.double())", "float32로"),
        ("D((255 * real).byte())", "uint8 그림"),
        ("(answers > 0.5).mean()", "먼저 .float()로"),
        ("bce(torch.tensor([1.5]), torch.ones(1))", "0과 1 사이가 아닌"),
        ("real.to('meta') + D(real.to('meta'))", "신경망과 같은 장치"),
        ("answers.numpy()", ".detach().cpu().numpy()"),
        ("answers.backward()", "수 하나에서"),
        ("answers + torch.ones(5)", "크기가 서로 다른(4, 5)"),
    ],
)  # fmt: skip
def test_errors_of_tensors_get_a_korean_line(run, cell, hint):
    shown = run(SETUP + cell)
    assert "Traceback" in shown and hint in shown.split("\n")[-1], shown[-300:]
