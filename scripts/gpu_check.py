"""GPU가 있는 컴퓨터에서 할 것을 한 번에: python scripts/gpu_check.py [--out 폴더] [--without-gpu]   (make gpu-check)

GPU 시험(pytest -m gpu), 벤치마크, 노트북 07·08a·10, paper 설정의 짧은 학습을 차례로 하고 표 하나로 끝냅니다. 하나가
실패해도 나머지를 마저 합니다. 인터넷이 없는 컴퓨터라면 빠진 패키지의 wheel을 저장소의 ``wheels/``에 넣어 두세요.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "wheels"
# import하는 이름 → 설치하는 이름
NEEDED = {
    "torchvision": "torchvision", "matplotlib": "matplotlib", "ipywidgets": "ipywidgets",
    "koreanize_matplotlib": "koreanize-matplotlib", "platformdirs": "platformdirs",
    "safetensors": "safetensors", "filelock": "filelock",
    "tqdm": "tqdm", "pytest": "pytest", "hypothesis": "hypothesis", "nbformat": "nbformat",
    "nbconvert": "nbconvert", "ipykernel": "ipykernel",
}  # fmt: skip
NOTEBOOKS = ("07_training_step", "08a_train", "10_scale")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="gpu-check", help="결과를 쓸 폴더(기본값 gpu-check)")
    parser.add_argument("--without-gpu", action="store_true", help="GPU 없이 이 명령 자체를 시험합니다")
    options = parser.parse_args()
    out = Path(options.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    install_missing()
    import torch

    if not torch.cuda.device_count() and not options.without_gpu:
        print("이 컴퓨터에는 쓸 수 있는 GPU가 없습니다. GPU가 있는 컴퓨터에서 다시 하세요.")
        return 2
    device = torch.cuda.get_device_name() if torch.cuda.device_count() else "GPU 없음"
    print(f"{device}, torch {torch.__version__}", flush=True)
    python, here = sys.executable, str(Path(__file__).parent)
    execute = (
        "import sys, pathlib, nbformat; sys.path.insert(0, sys.argv[1]); from notebooks import execute;"
        "p = pathlib.Path(sys.argv[2]); execute(nbformat.read(p, as_version=4), p.parent)"
    )
    engines = ("fast", "bf16", "graph") if torch.cuda.device_count() else ()
    # NCCL과 SyncBatchNorm까지: GPU마다 프로세스 하나로
    together = (
        "import tempfile, torch; from gan_lesson.config import LessonConfig;"
        "from gan_lesson.training.scaling.together import train_together\n"
        "if __name__ == '__main__':\n"
        "    n = max(1, torch.cuda.device_count()); on = min(1, torch.cuda.device_count())\n"
        "    t = train_together(LessonConfig.quick(num_epochs=1, batch_size=32 * n, ngpu=on),"
        " tempfile.mkdtemp() + '/run', processes=n)\n"
        "    print(n, t.finished, t.history.last(20))\n"
    )
    steps = {
        "GPU 시험": [python, "-m", "pytest", "-m", "gpu", "-q", "-rs", "tests/test_engine.py"],
        "벤치마크": [python, f"{here}/bench.py", "--paper", "--json", str(out / "bench.json")],
        "여러 프로세스": [python, "-c", together],
        **{
            f"노트북 {name}": [python, "-c", execute, here, str(ROOT / "notebooks" / f"{name}.ipynb")]
            for name in NOTEBOOKS
        },
        **{
            f"paper 학습({engine})": [
                python, "-m", "gan_lesson", "train", "--preset", "paper", "--num_epochs", "5",
                "--engine", engine, "--out", str(out / f"paper-{engine}"), "--overwrite",
            ]
            for engine in engines
        },
    }  # fmt: skip
    rows = [do(name, command, out / f"{i:02d}.log") for i, (name, command) in enumerate(steps.items())]
    lines = [f"# {device}, torch {torch.__version__}", "", "| 할 것 | 결과 | 초 | 마지막 줄 |",
             "| --- | --- | --- | --- |"]  # fmt: skip
    lines += [f"| {name} | {'됨' if ok else '실패'} | {s:.0f} | {last} |" for name, ok, s, last in rows]
    if (out / "bench.json").is_file():
        found = json.loads((out / "bench.json").read_text(encoding="utf-8"))
        lines += ["", "| 설정 | 길 | 초당 그림 | 교과서(폴더)의 몇 배 |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {preset} | {run} | {row['images_per_second']:,} | {row['ratio']} |"
            for preset in ("quick", "paper")
            for run, row in found.get(preset, {}).items()
        ]
    report = "\n".join(lines) + "\n"
    (out / "report.md").write_text(report, encoding="utf-8")
    print(report)
    return 0 if all(ok for _, ok, *_ in rows) else 1


def install_missing():
    """빠진 패키지를 ``wheels/``에서만 설치합니다. torch는 건드리지 않습니다."""
    missing = [name for module, name in NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing and WHEELS.is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
        subprocess.run([*pip, "--find-links", str(WHEELS), *missing], check=True)
    elif missing:
        sys.exit(f"빠진 패키지: {', '.join(missing)}. 설치하거나 wheel을 {WHEELS}에 넣으세요.")


def do(name, command, log):
    """(이름, 되었는지, 초, 출력의 마지막 줄). 출력은 ``log``에 남습니다."""
    started = time.perf_counter()
    # 설치하지 않은 저장소에서도, 노트북의 커널에서도 이 패키지를 찾게 합니다.
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": os.pathsep.join(paths)}
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.run(
            command, stdout=file, stderr=subprocess.STDOUT, cwd=ROOT, env=environment
        ).returncode
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    seconds, last = time.perf_counter() - started, (lines or [""])[-1][:100].replace("|", "/")
    print(f"{name}: {'됨' if code == 0 else '실패'}, {seconds:.0f}초. {last}", flush=True)
    return name, code == 0, seconds, last


if __name__ == "__main__":
    sys.exit(main())
