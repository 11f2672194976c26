"""이 컴퓨터에서 실습할 수 있는지 살펴보고, 노트북에서 난 오류에 무엇을 할지 덧붙입니다."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from gan_lesson.base.errors import TORCHVISION_MISMATCH, LessonError, quote
from gan_lesson.base.files import cache_root
from gan_lesson.base.fonts import setup_matplotlib
from gan_lesson.config import DOWNLOADS, DRAWN, ENGINE_MEANINGS, default_engine, default_ngpu

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "matplotlib", "ipywidgets", "jupyterlab", "safetensors",
            "platformdirs", "filelock", "tqdm", "koreanize-matplotlib")  # fmt: skip
RERUN = (
    "이 이름은 위의 어느 셀에서 만들어집니다. 셀을 건너뛰었거나 커널이 다시 시작되었을 때 나는 오류입니다. 맨 위의 준비 "
    "셀부터 이 셀의 바로 위까지 차례대로 다시 실행하세요(메뉴에서 '실행 → 위의 모든 셀 실행')."
)
TORCHVISION = f"{TORCHVISION_MISMATCH} 그런 다음 커널을 다시 시작하세요."
MEMORY = "메모리가 모자랍니다. batch_size를 반으로 줄이고, 커널을 다시 시작한 뒤 처음부터 실행하세요."
# PyTorch의 오류에 든 말 → 무엇을 할지. 괄호로 묶인 것은 차례대로 들어갑니다.
TENSOR_ERRORS = {
    "through the graph a second time":
        "같은 계산 그래프를 두 번 역전파했습니다. 다시 쓸 값은 순전파부터 다시 하세요. GAN에서는 D를 가르칠 때 "
        "fake.detach()를 넣어, G로 가는 길을 Part 2에 남겨 둡니다.",
    "modified by an inplace":
        "역전파하기 전에 그 계산에 쓴 값이 바뀌었습니다. Part 1에서는 optimizer_d로 D만 갱신하고, Part 2에서는 갱신된 D에 "
        "가짜를 다시 넣으세요.",
    "does not require grad|not to have been used in the graph":
        "손실에서 가중치까지 길이 끊겼습니다: torch.no_grad(), .detach(), .item()을 지났거나 requires_grad가 꺼졌습니다.",
    r"target size \(torch\.Size\((.*?)\)\).*input size \(torch\.Size\((.*?)\)\)":
        "라벨의 모양이 {}인데 D의 답은 {}입니다. torch.ones(len(real))처럼 들어온 배치의 길이에 맞추어 만드세요.",
    "Kernel size can't be greater":
        "그림이 커널보다 작아졌습니다. D는 만들 때 정한 image_size의 그림만 받습니다. images.shape를 찍어 보세요.",
    r"to have (\d+) channels, but got (\d+)":
        "채널 {}개를 받는 층에 {}개를 넣었습니다. 흑백은 nc=1, 컬러는 nc=3이고, 앞 층의 나가는 채널과도 맞아야 합니다.",
    r"shape '\[(.*?)\]' is invalid for input of size (\d+)":
        "값 {1}개로는 모양 ({0})을 만들 수 없습니다. z는 (N, nz), 그림은 (N, nc, image_size, image_size)입니다.",
    r"Input type.*(?:Byte|unsigned char)|scalar type Byte": "uint8 그림입니다. 실수로 바꾸고 [-1, 1]로 맞추세요(04).",
    r"Found dtype|expected scalar type|can't be cast|Input type|same dtype":
        "자료형이나 장치가 다릅니다. 그림, z, 라벨을 모두 float32로 바꾸고(.float()) 신경망과 같은 장치에 두세요.",
    r"could not infer output dtype|only support floating|not implemented for '(?:Long|Bool|Byte)'":
        "정수나 참·거짓으로는 할 수 없는 계산입니다. 먼저 .float()로 바꾸세요.",
    "elements of input should be between 0 and 1":
        "BCELoss에 0과 1 사이가 아닌 답(NaN도)을 넣었습니다. D의 끝에 시그모이드가 있나요? 로짓에는 BCEWithLogitsLoss입니다.",
    "NVIDIA driver|not compiled with CUDA|on the same device|on the expected device":
        "CPU와 GPU에 나뉘어 있거나 GPU가 없습니다. 그림, z, 라벨을 .to(device)로 신경망과 같은 장치에 두세요.",
    r"call numpy\(\) on Tensor|can't convert .* device type tensor to numpy":
        ".detach().cpu().numpy()처럼 계산 그래프에서 떼어 내 CPU로 옮긴 뒤에 바꾸세요.",
    "only for scalar outputs": "backward()는 수 하나에서 부릅니다. 손실을 .mean()으로 모으세요.",
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)":
        "크기가 서로 다른({}, {}) 텐서를 원소끼리 계산했습니다. .shape를 찍어 보세요.",
    "more than 1 value per channel": "배치 정규화는 학습 모드에서 한 장으로는 통계를 구하지 못합니다. 두 장 이상 넣으세요.",
}  # fmt: skip


def versions():
    """패키지 이름 → 설치된 버전. 없으면 ``None``."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


def missing_package(error):
    """``ModuleNotFoundError``가 강의에 필요한 패키지가 없어서 난 것이면 한국어로. 아니면 ``None``."""
    top = (error.name or "").split(".")[0]
    name = "pillow" if top == "PIL" else top.replace("_", "-")
    if name not in PACKAGES:
        return None
    with suppress(Exception):
        if error.name != top and (found := importlib.util.find_spec(top).origin):
            return f"{name} 패키지를 읽지 못했습니다({found}). 환경 변수 PYTHONPATH가 다른 Python의 것을 가리키면 지우고(unset PYTHONPATH), 아니면 'pip install --force-reinstall {name}'으로 다시 설치하세요."
    return _no_package(name)


def _no_package(name):
    """노트북에서는 설치하지 않은 것보다 다른 커널을 고른 일이 더 흔합니다."""
    return (
        f"{name} 패키지가 없습니다. 강의 폴더에서 'make lab'이나 'pip install -r requirements.txt'를 실행하면 한 번에 "
        f"설치됩니다. 이미 설치했다면 다른 Python({sys.executable})으로 연 것이니, VS Code에서는 오른쪽 위의 커널 이름을 "
        "눌러 강의 폴더의 .venv를 고르세요."
    )


def problems():
    """고쳐야 할 것의 목록. 한 줄에 하나이고, 비어 있으면 모두 갖춘 것입니다."""
    installed = versions()
    absent = [name for name, version in installed.items() if version is None]
    found = [f"{name} 패키지가 없습니다. 'pip install {name}'으로 설치하세요." for name in absent]
    # 설치는 되어 있어도 짝이 맞지 않으면 import할 때 실패합니다.
    if installed["torch"] and installed["torchvision"]:
        try:
            importlib.import_module("torchvision")
        except Exception as error:
            why = f"torchvision을 읽지 못했습니다({quote(str(error), 200)[1:-1]}). {TORCHVISION_MISMATCH}"
            found.append(isinstance(error, ModuleNotFoundError) and missing_package(error) or why)
    return found


def report(paths=True):
    """``python -m gan_lesson info``가 보여 주는 글. ``paths``가 거짓이면 폴더의 자리는 빼고 씁니다."""
    installed, missing = versions(), problems()
    lines = [f"Python {platform.python_version()} ({platform.system()} {platform.machine()})"]
    lines += [f"{name} {version or '없음'}" for name, version in installed.items()]
    if installed["torch"]:
        from gan_lesson.base.devices import describe, pick_device

        engine = default_engine(default_ngpu())
        lines.append(f"장치: {describe(pick_device(default_ngpu()))}")
        lines.append(f"학습 엔진(engine): {engine}({ENGINE_MEANINGS[engine]}). 끄려면 --engine exact")
    if paths and installed["platformdirs"]:
        lines.append(f"캐시 폴더: {cache_root()}")
    lines.append("데이터:")
    lines += [f"  {name}: 항상 쓸 수 있음(그려서 만듦)" for name in DRAWN]
    lines += [f"  {name}: 처음 쓸 때 내려받음({size})" for name, (_, size, *_) in DOWNLOADS.items()]
    lines += ["설치할 것: ", *(f"  - {line}" for line in missing)] if missing else ["설치할 것: 없음"]
    return "\n".join(lines)


def prepare_notebook():
    """노트북의 준비 셀이 부릅니다. 빠진 패키지만 설치하고, 그림의 글꼴과 오류의 설명을 맞춥니다.

    torch와 torchvision은 건드리지 않습니다. Colab처럼 이미 있는 곳에서 판이 바뀌면 안 되고, 없는 곳에서는 크기 때문에
    사람이 정해야 하기 때문입니다. 설치할 수 없으면(네트워크가 없는 곳 등) ``LessonError``입니다.
    """
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        explain_errors(shell)
    absent = [name for name, version in versions().items() if version is None]
    if "torch" in absent:
        raise LessonError(_no_package("torch"))
    if wanted := [name for name in absent if name not in ("torchvision", "jupyterlab")]:
        command = [sys.executable, "-m", "pip", "install", "--quiet", *wanted]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
            raise LessonError(
                f"지금 설치할 수 없습니다. 네트워크를 확인하고 이 셀을 다시 실행하세요. {_no_package(', '.join(wanted))}"
            )
        importlib.invalidate_caches()
    setup_matplotlib()
    # 셀의 '!python -m gan_lesson'도 이 강의를 찾게 합니다.
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    print("준비되었습니다.")  # 준비 셀은 접혀 있으므로, 실행했다는 것이 이 한 줄로 보입니다.


def hint(error):
    """오류에 붙일 말. 없으면 ``None``."""
    text = str(error)
    if type(error) is NameError:  # UnboundLocalError는 함수 안의 실수입니다.
        return RERUN
    if isinstance(error, ModuleNotFoundError):
        return missing_package(error)
    if "torchvision::nms" in text:
        return TORCHVISION
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate" in text:
        return MEMORY
    return tensor_hint(error)


def tensor_hint(error):
    """PyTorch가 낸 오류에 붙일 말. 없으면 ``None``."""
    text = str(error)
    found = ((re.search(words, text), what) for words, what in TENSOR_ERRORS.items())
    return next((what.format(*match.groups()) for match, what in found if match), None)


def explain_errors(shell):
    """IPython의 ``shell``이 오류를 보일 때 강의의 오류는 한 줄만, 다른 오류에는 위의 말도 쓰게 합니다."""

    def show(shell, kind, error, trace, tb_offset=None):
        if isinstance(error, LessonError):
            lines = [f"{kind.__name__}: {error}"]
        else:
            lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
            if text := hint(error):
                lines = [*lines, f"\n{text}"]
        shell._showtraceback(kind, error, lines)
        return lines

    # 모든 오류를 잡으면 IPython이 제 오류(UsageError)를 한 줄로 보이지 못합니다.
    explained = (LessonError, NameError, RuntimeError, ImportError, MemoryError, ValueError, AssertionError)
    shell.set_custom_exc(explained, show)
