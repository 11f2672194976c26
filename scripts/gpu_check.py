"""GPU가 있는 컴퓨터에서 할 것을 한 번에: python scripts/gpu_check.py [--only 이름 …] [--out 폴더] [--dry-run]   (make gpu-check)

GPU 시험, 속도, 이어 하기, 메모리 부족, 여러 프로세스, 논문 크기의 학습과 성적, 기록, 노트북을 차례로 하고 표 하나로
끝냅니다(10분쯤). 할 것마다 시간의 한도가 있어, 하나가 멈추거나 실패해도 나머지를 마저 합니다. 인터넷이 없는
컴퓨터라면 빠진 패키지의 wheel을 저장소의 ``wheels/``에 넣어 두세요. ``--dry-run``은 GPU 없이 작은 크기로 이 명령
자체를 시험합니다.
"""

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # 설치하지 않은 저장소에서도
WHEELS = ROOT / "wheels"
ALSO_NEEDED = ("pytest", "hypothesis", "nbformat", "nbclient", "ipykernel")
NOTEBOOKS = ("07_training_step", "08a_train", "10_scale")
ENGINES = ("fast", "bf16", "graph")


class Part(NamedTuple):
    """할 것 하나. ``command``를 ``limit``초 안에 마쳐야 합니다."""

    name: str
    command: list
    limit: int


def parts(out, dry):
    """차례로 할 것들. ``dry``면 GPU 없이 되는 작은 크기로."""
    python = sys.executable
    own = [python, str(HERE / "gpu_parts.py")]
    size = ["--tiny"] if dry else []
    found = [
        Part("시험", [python, "-m", "pytest", "-m", "gpu", "-q", "-rs", "tests/test_engine.py"], 150),
        Part("메모리 부족", [*own, "memory"], 60),
        Part("이어서 하기", [*own, "resume", *size], 90),
        Part("메모리 배치", [*own, "layouts", *size], 60),
        Part("여러 프로세스", [*own, "together", *size], 90),
        Part(
            "속도",
            [python, str(HERE / "bench.py"), "--json", str(out / "bench.json"), "--only"]
            + (["widgets"] if dry else ["training", "paper", "epoch", "widgets"]),
            240,
        ),
        *(
            Part(f"paper({engine})", [*own, "paper", engine, str(out), *size], 150)
            for engine in (ENGINES[:1] if dry else ENGINES)
        ),
    ]
    if not dry:
        found.append(Part("기록", [python, str(HERE / "record.py"), "--folder", str(out), "paper"], 150))
    # 노트북의 시간은 재지 않으므로 한꺼번에 돌립니다.
    notebooks = [
        Part(f"노트북 {name}", [*own, "notebook", str(ROOT / "notebooks" / f"{name}.ipynb")], 300)
        for name in (NOTEBOOKS[:1] if dry else NOTEBOOKS)
    ]
    return found, notebooks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="gpu-check", help="결과를 쓸 폴더(기본값 gpu-check)")
    parser.add_argument("--only", nargs="*", help="이 글자로 시작하는 이름의 것만")
    parser.add_argument("--dry-run", action="store_true", help="GPU 없이 작은 크기로 이 명령을 시험합니다")
    options = parser.parse_args()
    out = Path(options.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    install_missing()
    import torch

    if not torch.accelerator.is_available() and not options.dry_run:
        print("이 컴퓨터에는 쓸 수 있는 GPU가 없습니다. GPU가 있는 컴퓨터에서 다시 하세요.")
        return 2
    from gan_lesson.environment import device_name

    title = f"{device_name()} torch {torch.__version__}"
    print(title, flush=True)
    wanted = tuple(options.only or ("",))
    one_by_one, together = (
        [part for part in some if part.name.startswith(wanted)] for some in parts(out, options.dry_run)
    )
    log = out / "log.txt"
    log.write_text("", encoding="utf-8")
    rows = [do(part, log) for part in one_by_one]
    with ThreadPoolExecutor() as pool:
        rows += pool.map(lambda part: do(part, log), together)
    report = table(title, rows, out / "bench.json")
    (out / "report.md").write_text(report, encoding="utf-8")
    print(report)
    return 0 if all(how == "됨" for _, how, *_ in rows) else 1


def install_missing():
    """빠진 패키지를 ``wheels/``에서만 설치합니다. torch는 건드리지 않습니다."""
    from gan_lesson.environment import versions

    missing = [name for name, version in versions().items() if version is None and name != "jupyterlab"]
    missing += [name for name in ALSO_NEEDED if importlib.util.find_spec(name) is None]
    if missing and WHEELS.is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
        subprocess.run([*pip, "--find-links", str(WHEELS), *missing], check=True)
    elif missing:
        sys.exit(f"빠진 패키지: {', '.join(missing)}. 설치하거나 wheel을 {WHEELS}에 넣으세요.")


def do(part, log):
    """(이름, 어떻게 되었는지, 초, 출력의 마지막 줄). 출력은 ``log``에 이어 씁니다."""
    started = time.perf_counter()
    # 설치하지 않은 저장소에서도, 노트북의 커널에서도 이 패키지를 찾게 합니다.
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": os.pathsep.join(paths)}
    process = subprocess.Popen(
        part.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        errors="replace", cwd=ROOT, env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=part.limit)
        how = "됨" if process.returncode == 0 else "실패"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # 띄운 프로세스와 커널까지
        said, _ = process.communicate()
        how = f"{part.limit}초를 넘김"
    seconds, lines = time.perf_counter() - started, said.strip().splitlines() or [""]
    with log.open("a", encoding="utf-8") as file:
        file.write(f"\n===== {part.name}: {how}, {seconds:.0f}초\n{said}")
    last = lines[-1][-160:].replace("|", "/")
    print(f"{part.name}: {how}, {seconds:.0f}초. {last}", flush=True)
    if how != "됨":
        print("\n".join(lines[-25:]), flush=True)
    return part.name, how, seconds, last


def table(title, rows, bench):
    lines = [f"# {title}", "", "| 할 것 | 결과 | 초 | 마지막 줄 |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {how} | {s:.0f} | {last} |" for name, how, s, last in rows]
    if bench.is_file():
        found = json.loads(bench.read_text(encoding="utf-8"))
        lines += ["", "| 설정 | 길 | 초당 그림 | 교과서(폴더)의 몇 배 |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {preset} | {run} | {row['images_per_second']:,} | {row['ratio']} |"
            for preset in ("quick", "paper")
            for run, row in found.get(preset, {}).items()
        ]
        for name in ("epoch", "widgets"):
            lines += ["", *(f"- {what}: {value:,.2f}" for what, value in found.get(name, {}).items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
