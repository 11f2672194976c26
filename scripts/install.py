"""가상 환경(.venv)을 만들고 강의에 필요한 것을 설치합니다.

쓰는 법: python3 scripts/install.py [--for lab|test] [--torch cpu]

표준 라이브러리만 쓰고, 오래된 Python에서도 "너무 오래됐다"는 말까지는 할 수 있게
새 문법을 쓰지 않습니다. 이미 설치했고 요구 사항이 그대로면 바로 끝납니다.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NEWEST_TESTED = (3, 13)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# 준비물 → (내려받기와 설치에 걸리는 분, 필요한 디스크 GB). PyPI의 torch는 GPU용 CUDA를 함께 담습니다.
COST = {"": ("2~5", 8), "cpu": ("1~3", 3)}


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--for", dest="purpose", choices=("lab", "test"), default="lab")
    parser.add_argument("--torch", choices=("", "cpu"), default="")
    options = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - 오래된 Python이 이 파일을 실행할 수 있습니다
        stop(
            "Python 버전이 너무 낮습니다(지금 {}.{}). 3.11 이상이 필요합니다. python.org에서 새 Python을 설치하고, 이름이 "
            "다르면 'make lab PYTHON=python3.12'처럼 알려 주세요.".format(*sys.version_info[:2])
        )
    stamp = VENV / ("gan_lesson-" + options.purpose)
    wanted = fingerprint(options.purpose)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    minutes, gigabytes = COST[options.torch]
    if not usable():
        check_disk(gigabytes)
        print(
            f"강의에 필요한 패키지(PyTorch, JupyterLab 등)를 {VENV}에 설치합니다. "
            f"디스크 약 {gigabytes} GB, 보통 {minutes}분이 걸립니다. 이 폴더를 지우면 모두 지워집니다.",
            flush=True,
        )
        if sys.version_info[:2] > NEWEST_TESTED:
            print("알림: 이 Python은 아직 시험해 보지 않은 새 버전입니다. 안 되면 3.13을 써 보세요.")
        create_venv()
    else:
        print("바뀐 패키지를 설치합니다.", flush=True)
    if options.torch == "cpu":
        # 나중에 constraints.txt로 설치할 때 CUDA용으로 다시 바뀌지 않도록 같은 버전을 받습니다.
        pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        exact = [line for line in pins if line.startswith(("torch==", "torchvision=="))]
        pip("install", *exact, "--index-url", CPU_INDEX)
    install(options.purpose)
    stamp.write_text(wanted, encoding="utf-8")


def install(purpose):
    packages = ["-r", "requirements.txt"] + (["-e", ".[test,docs]"] if purpose == "test" else [])
    exact = ["-c", "constraints.txt"]
    if purpose == "test":
        pip("install", *exact, *packages)
        return
    if pip("install", *exact, *packages, check=False) != 0:
        print("시험한 버전 그대로는 설치할 수 없어, requirements.txt의 범위 안에서 고릅니다.", flush=True)
        pip("install", *packages)


def usable():
    """.venv가 쓸 수 있는 것인지. uv가 만든 것처럼 pip만 없으면 넣고, 만들다 만 것이나 오래된 Python의 것이면 아닙니다."""
    works = [str(PYTHON), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if PYTHON.exists() and subprocess.call(works, **quiet) != 0:
        subprocess.call([str(PYTHON), "-m", "ensurepip"], **quiet)
    return PYTHON.exists() and subprocess.call(works, **quiet) == 0


def create_venv():
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(
            "Python에 venv가 없습니다. 우분투·데비안에서는 'sudo apt install python3-venv'로 "
            "설치한 뒤 다시 하세요."
        )
    try:
        code = subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)])
    except KeyboardInterrupt:  # 만들다 만 것을 남기지 않습니다.
        code = 130
    if code != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(
            f"가상 환경을 {VENV}에 만들지 못했습니다. 이 폴더에 쓸 수 있는지 확인하고, "
            "우분투·데비안이면 'sudo apt install python3-venv'를 해 보세요."
        )


def check_disk(gigabytes):
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < gigabytes:
        stop(
            f"디스크 여유 공간이 {free:.1f} GB뿐입니다. 약 {gigabytes} GB가 필요합니다. 공간을 만들거나, "
            "GPU를 쓰지 않는다면 'make lab TORCH=cpu'로 3 GB만 써서 설치하세요."
        )


def pip(*arguments, check=True):
    # 요구 사항 파일의 한국어 설명을 cp949로 읽지 않게 합니다.
    environment = dict(os.environ, PYTHONUTF8="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    command = [str(PYTHON), "-m", "pip", "--quiet", *arguments]
    code = subprocess.call(command, cwd=ROOT, env=environment)
    if check and code != 0:
        stop(
            "설치하지 못했습니다. 위의 메시지를 보고, 네트워크가 되는지와 디스크에 여유 공간이 있는지 "
            "확인한 뒤 같은 명령을 다시 하세요. 받던 것은 다시 받지 않습니다."
        )
    return code


def fingerprint(purpose):
    """설치한 것이 지금의 요구 사항과 같은지 알아보는 지문."""
    digest = hashlib.sha256(purpose.encode())
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    # 폴더를 옮기면 가상 환경 안의 경로가 틀리게 되므로 다시 설치합니다.
    digest.update(str(ROOT).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def stop(message):
    print(message, file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
