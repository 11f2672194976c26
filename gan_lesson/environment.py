"""이 컴퓨터에서 실습할 수 있는지 살펴봅니다."""

import importlib
import importlib.metadata
import importlib.util
import platform
import subprocess
import sys

from gan_lesson import no_package
from gan_lesson.base.errors import TORCHVISION_MISMATCH, LessonError
from gan_lesson.base.files import cache_root
from gan_lesson.base.fonts import font_files, setup_matplotlib
from gan_lesson.config import BUILTIN_DATA, DOWNLOADS, DRAWN, ENGINE_MEANINGS, default_engine, default_ngpu
from gan_lesson.notebook_errors import explain_errors

# 이름 → 없을 때 할 수 없는 일
PACKAGES = {
    "torch": "아무 학습도 할 수 없습니다",
    "torchvision": "내장 한글과 내 그림 폴더는 되지만 MNIST 같은 공개 데이터를 쓸 수 없습니다",
    "numpy": "데이터를 읽을 수 없습니다",
    "pillow": "글자를 그리거나 그림 파일을 열 수 없습니다",
    "matplotlib": "그림(그래프)을 그리거나 글자 데이터를 만들 수 없습니다",
    "ipywidgets": "한 걸음씩 보는 위젯이 나오지 않습니다",
    "jupyterlab": "노트북을 열 수 없습니다(Colab에서는 필요 없음)",
    "safetensors": "가중치를 저장할 수 없습니다",
    "platformdirs": "데이터를 둘 캐시 폴더를 찾을 수 없습니다",
    "filelock": "결과 폴더에 쓸 수 없습니다",
    "tqdm": "진행 막대가 나오지 않습니다",
    "koreanize-matplotlib": "한글 글꼴이 없어 글자 데이터를 만들 수 없습니다",
}


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
    name = (error.name or "").split(".")[0].replace("_", "-")
    name = "pillow" if name == "PIL" else name
    return no_package(name) if name in PACKAGES else None


def problems():
    """고쳐야 할 것의 목록. 한 줄에 하나이고, 비어 있으면 모두 갖춘 것입니다."""
    found = [
        f"{name} 패키지가 없습니다: {PACKAGES[name]}. 'pip install {name}'으로 설치하세요."
        for name, version in versions().items()
        if version is None
    ]
    try:
        font_files()
    except LessonError as error:
        found.append(str(error))
    # 설치는 되어 있어도 짝이 맞지 않으면 import할 때 실패합니다.
    if _importable("torch", "torchvision"):
        try:
            importlib.import_module("torchvision")
        except Exception as error:
            why = " ".join(str(error).split())
            found.append(f"torchvision을 읽지 못했습니다({why}). {TORCHVISION_MISMATCH}")
    return found


def device_name():
    """학습에 쓸 장치의 이름. 가속기면 몇 개인지와, 이 강의가 거기서 얼마나 확인되었는지도."""
    import torch

    from gan_lesson.base.devices import ACCELERATORS, accelerator, describe

    kind = accelerator()
    if kind is None:
        return describe(torch.device("cpu"))
    count = torch.accelerator.device_count()
    _, known = ACCELERATORS.get(kind, (kind, "이 강의가 모르는 장치입니다. 이상하면 ngpu=0(CPU)으로 두세요"))
    return f"{describe(torch.device(kind))} {count}개. {known}"


def report(paths=True):
    """``python -m gan_lesson info``가 보여 주는 글. ``paths``가 거짓이면 폴더의 자리는 빼고 씁니다."""
    lines = [f"Python {platform.python_version()} ({platform.system()} {platform.machine()})"]
    lines += [f"{name} {version or '없음'}" for name, version in versions().items()]
    if _importable("torch"):
        engine = default_engine(default_ngpu())
        lines.append(f"장치: {device_name()}")
        lines.append(f"학습 엔진(engine): {engine}({ENGINE_MEANINGS[engine]}). 끄려면 --engine exact")
    else:
        lines.append("장치: 알 수 없음(torch가 없음)")
    try:
        files = font_files()
        where = f" ({next(iter(files.values())).parent})" if paths else ""
        lines.append(f"한글 글꼴: 나눔고딕 굵기 {len(files)}가지{where}")
    except LessonError:
        lines.append("한글 글꼴: 없음")
    if paths and _importable("platformdirs"):
        lines.append(f"캐시 폴더: {cache_root()} ({_folder_size(cache_root()) / 2**20:.0f} MB)")
    lines.append("데이터:")
    lines += [f"  {name}: {_data_state(name, paths)}" for name in BUILTIN_DATA]
    missing = [f"  - {line}" for line in problems()]
    lines += ["설치할 것: ", *missing] if missing else ["설치할 것: 없음"]
    return "\n".join(lines)


def _data_state(name, paths):
    if name in DRAWN:
        return "항상 쓸 수 있음(그려서 만듦)"
    if not _importable("numpy", "torch", "platformdirs", "PIL"):
        return "알 수 없음(아래의 것을 먼저 설치하세요)"
    from gan_lesson.data.public import is_downloaded, place_of

    _, size, _ = DOWNLOADS[name]
    if is_downloaded(name):
        return "있음"
    by_hand = f". 손으로 둘 때는 {place_of(name)}" if paths else ""
    return f"아직 내려받지 않음. 쓰면 그때 받습니다({size}){by_hand}"


def _importable(*names):
    return all(importlib.util.find_spec(name) for name in names)


def _folder_size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def prepare_notebook():
    """노트북의 준비 셀이 부릅니다. 빠진 패키지만 설치하고, 그림의 글꼴과 오류의 설명을 맞춥니다.

    torch와 torchvision은 건드리지 않습니다. Colab처럼 이미 있는 곳에서 판이 바뀌면 안 되고,
    없는 곳에서는 크기 때문에 사람이 정해야 하기 때문입니다.

    Raises:
        LessonError: 빠진 패키지를 설치할 수 없을 때(네트워크가 없는 곳 등).
    """
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        explain_errors(shell)
    by_hand = {"torch", "torchvision", "jupyterlab"}
    absent = [name for name, version in versions().items() if version is None]
    wanted = [name for name in absent if name not in by_hand]
    if "torch" in absent:
        raise LessonError(no_package("torch"))
    if wanted:
        command = [sys.executable, "-m", "pip", "install", "--quiet", *wanted]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
            raise LessonError(
                f"지금 설치할 수 없습니다. 네트워크를 확인하고 이 셀을 다시 실행하세요. {no_package(', '.join(wanted))}"
            )
        importlib.invalidate_caches()
    setup_matplotlib()
    print("준비되었습니다.")  # 준비 셀은 접혀 있으므로, 실행했다는 것이 이 한 줄로 보입니다.
