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
    **{f"반올림 {i}": {"GAN_LESSON_ROUNDING": str(i), **ONE} for i in (1, 2, 3)},
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
    parser.add_argument("notebooks", nargs="*", type=Path, help="돌릴 노트북(기본값은 모두)")
    names = [*MACHINES, *VERSIONS]
    about = "돌릴 컴퓨터의 이름. 여러 번 쓸 수 있습니다(기본값은 모두)"
    parser.add_argument("--machine", action="append", choices=names, help=about)
    parser.add_argument("--out", default="elsewhere", type=Path, help="표와 기록을 쓸 폴더")
    options = parser.parse_args()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    notebooks = [p.resolve() for p in options.notebooks] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    columns = [path.stem.split("_")[0] for path in notebooks]
    lines = [f"| 컴퓨터 | {' | '.join(columns)} | 시험 | 분 |", "|---" * (len(columns) + 3) + "|"]
    well = True
    for name in options.machine or names:
        started = time.perf_counter()
        with (out / f"{name.replace(' ', '_')}.log").open("w+b") as log:
            failed = run(name, notebooks, log)
        cells = ["✗" if failed is None else str(failed.get(p.name) or "○") for p in notebooks]
        tests = sum(n for file, n in (failed or {}).items() if file.endswith(".py")) or ""
        minutes = (time.perf_counter() - started) / 60
        lines.append(f"| {name} | {' | '.join(cells)} | {tests} | {minutes:.1f} |")
        (out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(lines[-1], flush=True)
        well &= failed == {}
    return int(not well)


def run(name, notebooks, log):
    """컴퓨터 하나에서 돌려 {노트북: 실패한 셀의 수}. 시작도 못 했으면 ``None``."""
    if name in MACHINES:
        return run_nbval(sys.executable, MACHINES[name], notebooks, log)
    wanted, pins = VERSIONS[name]
    base = shutil.which(wanted)
    if base is None:
        print(f"{wanted}이 없어 이 Python으로 대신합니다.", flush=True)
    with tempfile.TemporaryDirectory(prefix="elsewhere-") as folder:
        python = Path(folder) / "bin" / "python"
        install = [python, "-m", "pip", "install", "-q", "-r", "requirements.txt", "-e", ".[test]", *pins]
        for command in ([base or sys.executable, "-m", "venv", folder], install):
            environment = os.environ | {"PYTHONUTF8": "1"}
            if subprocess.call(command, cwd=ROOT, stdout=log, stderr=log, env=environment) != 0:
                return None
        return run_nbval(python, ONE, notebooks, log)


def run_nbval(python, environment, notebooks, log):
    together = ["-n", "2", "--dist", "loadfile"] if "1" in environment.get("OMP_NUM_THREADS", "") else []
    start = [python, "-m", "pytest", "-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", *together]
    nbval = ["--nbval", "--nbval-sanitize-with", ROOT / "tests" / "nbval_sanitize.cfg"]
    commands = [[*start, *nbval, "--nbval-cell-timeout", "1800", *notebooks]]
    if "LC_ALL" in environment:
        commands.append([*start, *(ROOT / "tests" / name for name in KOREAN_TESTS)])
    pretended = ("OMP_", "MKL_", "ATEN_", "ONEDNN_", "LC_", "LANG")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(pretended)}
    clean |= {"LANG": "C.UTF-8", "PYTHONUTF8": "1", "IPYTHONDIR": str(ROOT / "tests" / "ipython")}
    clean |= {"GAN_LESSON_PROGRESS": "off"} | environment
    codes = [subprocess.call(c, cwd=ROOT, env=clean, stdout=log, stderr=log) for c in commands]
    if set(codes) - {0, 1}:
        return None
    log.seek(0)
    text = log.read().decode(errors="replace")
    return dict(Counter(re.findall(r"^(?:FAILED|ERROR) \S*?(\w+\.(?:ipynb|py))", text, re.MULTILINE)))


if __name__ == "__main__":
    sys.exit(main())
