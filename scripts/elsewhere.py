"""노트북을 다른 컴퓨터인 척 돌립니다: python scripts/elsewhere.py [--machine 이름 …] [노트북 …]

프로세서의 명령어, 스레드의 수, 반올림, 패키지와 Python의 버전, 언어 환경을 바꾸어 가며 모든 노트북을 엄격한 nbval로
돌리고, 줄이 컴퓨터이고 칸이 노트북인 표를 남깁니다(elsewhere/table.md, 실패한 셀의 출력은 그 옆의 .log). 두 시간쯤 걸립니다.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ONE = {"OMP_NUM_THREADS": "1"}
# 한국어 윈도처럼 UTF-8이 아닌 언어 환경. 데비안에서는 locales 패키지로 만듭니다.
KOREAN = {"LC_ALL": "ko_KR.EUC-KR", "LANG": "ko_KR.EUC-KR", "PYTHONUTF8": "0"}
KOREAN_TESTS = ("test_command_line.py", "test_setup_cell.py", "test_bad_input.py")
# 이름 → 환경 변수. 스레드가 하나인 것은 노트북 둘을 함께 돌립니다.
MACHINES = {
    "보통": {},
    "스레드 1개": ONE,
    "스레드 2개": {"OMP_NUM_THREADS": "2"},
    "스레드 4개": {"OMP_NUM_THREADS": "4"},
    "ATen 기본 명령어": {"ATEN_CPU_CAPABILITY": "default", **ONE},
    "ATen AVX2": {"ATEN_CPU_CAPABILITY": "avx2", **ONE},
    "oneDNN SSE4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41", **ONE},
    "oneDNN AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2", **ONE},
    "MKL 호환": {"MKL_CBWR": "COMPATIBLE", **ONE},
    "반올림 1": {"GAN_LESSON_ROUNDING": "1", **ONE},
    "반올림 2": {"GAN_LESSON_ROUNDING": "2", **ONE},
    "반올림 3": {"GAN_LESSON_ROUNDING": "3", **ONE},
    "한국어 EUC-KR": {**KOREAN, **ONE},
}
# 이름 → (Python, 고정할 버전). 고정하지 않은 것은 requirements.txt의 범위에서 가장 새것입니다.
LOWEST = ["torch==2.10.0", "torchvision==0.25.0", "numpy==2.0.0", "matplotlib==3.9.0", "ipywidgets==7.7.1"]  # fmt: skip
COLAB = ["torch==2.11.0", "torchvision==0.26.0", "numpy==2.1.3", "matplotlib==3.10.0", "ipywidgets==7.7.1"]  # fmt: skip
VERSIONS = {
    "가장 낮은 버전": ("python3.11", LOWEST),
    "Colab의 버전": ("python3.13", COLAB),
    "가장 새 버전": ("python3.13", []),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="돌릴 노트북(기본값은 모두)")
    parser.add_argument(
        "--machine", action="append", help="돌릴 컴퓨터의 이름. 여러 번 쓸 수 있습니다(기본값은 모두)"
    )
    parser.add_argument("--out", default="elsewhere", help="표와 기록을 쓸 폴더")
    options = parser.parse_args()
    names = [*MACHINES, *VERSIONS]
    if unknown := set(options.machine or ()) - set(names):
        parser.error(f"없는 컴퓨터: {', '.join(sorted(unknown))}. 쓸 수 있는 이름: {', '.join(names)}")
    out = Path(options.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    notebooks = [Path(name).resolve() for name in options.notebooks]
    notebooks = notebooks or sorted((ROOT / "notebooks").glob("*.ipynb"))
    rows = []
    for name in options.machine or names:
        started = time.perf_counter()
        log = out / f"{name.replace(' ', '_')}.log"
        failed = run(name, notebooks, log)
        rows.append((name, failed, time.perf_counter() - started))
        (out / "table.md").write_text(table(rows, notebooks), encoding="utf-8")
        print(table(rows[-1:], notebooks).splitlines()[-1], flush=True)
    return int(any(failed is None or failed for _, failed, _ in rows))


def run(name, notebooks, log):
    """컴퓨터 하나에서 돌려 {노트북: 실패한 셀의 수}. 시작도 못 했으면 ``None``."""
    log.unlink(missing_ok=True)
    if name in MACHINES:
        return run_nbval(sys.executable, MACHINES[name], notebooks, log)
    with tempfile.TemporaryDirectory(prefix="elsewhere-") as folder:
        python = make_environment(*VERSIONS[name], folder, log)
        return python and run_nbval(python, ONE, notebooks, log)


def run_nbval(python, environment, notebooks, log):
    together = ["-n", "2", "--dist", "loadfile"] if "1" in environment.get("OMP_NUM_THREADS", "") else []
    start = [python, "-m", "pytest", "-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", *together]
    commands = [[*start, "--nbval", "--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg"),
                 "--nbval-cell-timeout", "1800", *map(str, notebooks)]]  # fmt: skip
    if "LC_ALL" in environment:
        commands.append([*start, *(str(ROOT / "tests" / name) for name in KOREAN_TESTS)])
    pretended = ("OMP_", "MKL_", "ATEN_", "ONEDNN_", "LC_", "LANG")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(pretended)}
    clean |= {"LANG": "C.UTF-8", "PYTHONUTF8": "1", "IPYTHONDIR": str(ROOT / "tests" / "ipython")}
    clean |= {"GAN_LESSON_PROGRESS": "off"} | environment
    with log.open("a", encoding="utf-8") as file:
        codes = [subprocess.call(c, cwd=ROOT, env=clean, stdout=file, stderr=file) for c in commands]
    if set(codes) - {0, 1}:
        return None
    text = log.read_bytes().decode(errors="replace")
    found = re.findall(r"^(?:FAILED|ERROR) \S*?(\w+\.(?:ipynb|py))", text, re.MULTILINE)
    return dict(Counter(found))


def make_environment(wanted, pins, folder, log):
    """``folder``에 가상 환경을 만들어 그 python을 돌려줍니다. 만들 수 없으면 이유를 기록하고 ``None``."""
    base = shutil.which(wanted)
    if base is None:
        print(f"{wanted}이 없어 이 Python으로 대신합니다.", flush=True)
        base = sys.executable
    python = Path(folder) / "bin" / "python"
    with log.open("w", encoding="utf-8") as file:
        for command in (
            [base, "-m", "venv", folder],
            [python, "-m", "pip", "install", "-q", "-r", "requirements.txt", "-e", ".[test]", *pins],
        ):
            environment = os.environ | {"PYTHONUTF8": "1"}
            if subprocess.call(command, cwd=ROOT, stdout=file, stderr=file, env=environment) != 0:
                return None
    return str(python)


def table(rows, notebooks):
    names = [path.stem.split("_")[0] for path in notebooks]
    lines = [f"| 컴퓨터 | {' | '.join(names)} | 시험 | 분 |", "|---" * (len(names) + 3) + "|"]
    for name, failed, seconds in rows:
        cells = ["✗" if failed is None else str(failed.get(p.name) or "○") for p in notebooks]
        tests = sum(n for file, n in (failed or {}).items() if file.endswith(".py"))
        lines.append(f"| {name} | {' | '.join(cells)} | {tests or ''} | {seconds / 60:.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
