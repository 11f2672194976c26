"""학생에게 나누어 줄 노트북의 폴더와 zip을 만듭니다: 답이 없고, 준비 셀이 바로 되고, 나중에 채점할 수 있습니다.

쓰는 법: python scripts/class/handout.py [노트북 …] [--keep-answers] [--drop-hints] [--keep-outputs] [--out 폴더]

노트북은 번호(03)나 파일로 적고, 적지 않으면 모두입니다. 패키지의 소스에는 채점의 정답이 들어 있으므로
(``gan_lesson/checks``), 찾으려는 학생은 찾을 수 있습니다.
"""

import argparse
import re
import shutil
import zipfile
from pathlib import Path

import nbformat

import gan_lesson

ROOT = Path(__file__).resolve().parents[2]
ALONG = ("docs/symbols.md", "images/iteration.png")  # 노트북이 가리키는 쪽과 그 쪽의 그림
FIRST = """# 강의 노트북

1. Python 3.11 이상이 있는 컴퓨터에서, 이 폴더를 터미널로 열고 필요한 것을 설치합니다(한 번만, 디스크 약 8 GB).

   ```
   python3 -m venv .venv
   .venv/bin/python -m pip install -r requirements.txt
   ```

2. `.venv/bin/python -m jupyterlab`을 실행하고 `{first}`부터 엽니다.

윈도에서는 `python3` 대신 `py`, `.venv/bin/python` 대신 `.venv\\Scripts\\python`입니다.

노트북의 첫 셀(준비)이 옆에 있는 `gan_lesson-….whl`을 찾아 씁니다. 노트북만 다른 곳으로 옮기지 마세요. **Colab**에서는 노트북을
올리고, 왼쪽의 파일 창에 `gan_lesson-….whl`도 올린 뒤 준비 셀을 실행합니다.

연습문제는 `# TODO`를 채우고 그 셀을 실행하면 바로 채점됩니다. 낼 때는 저장한 노트북 파일의 이름 뒤에 자기 이름을 적어
(`{handed}`) 그대로 냅니다.

다음에 받은 노트북은 이 폴더에 옮겨 넣으면 다시 설치하지 않아도 됩니다. 푼 노트북을 덮어쓰지 않게 조심하세요.
"""
DETAILS = re.compile(r"\n*<details><summary>(답|힌트)[^<]*</summary>.*?</details>\n*", re.DOTALL)


def hand_out(notebook, answers=False, hints=True, outputs=False):
    """노트북을 나누어 줄 꼴로 고쳐 돌려줍니다.

    Args:
        answers, hints: 접힌 답(확인 문제의 답도)과 힌트를 남길지.
        outputs: 저장된 출력을 남길지.
    """
    kept = {"답": answers, "힌트": hints}
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = DETAILS.sub(
                lambda found: found[0] if kept[found[1]] else "\n\n", cell.source
            ).strip()
            if not cell.source:
                continue  # 답만 있던 셀
            cell.source = cell.source.replace("](../docs/", "](docs/")
            cell.metadata.pop("slideshow", None)  # 강사의 메모에는 흔한 실수가 적혀 있습니다.
        elif not outputs:
            cell.outputs, cell.execution_count = [], None
        cells.append(cell)
    notebook.cells = cells
    # 어느 버전을 나누어 주었는지 채점할 때 알아봅니다.
    notebook.metadata["gan_lesson"] = {"version": gan_lesson.__version__}
    return notebook


def write_wheel(folder):
    """준비 셀이 찾아 쓰는 패키지의 wheel을 ``folder``에 둡니다. Python 파일과 자료뿐이라 그대로 묶으면 됩니다."""
    path = folder / f"gan_lesson-{gan_lesson.__version__}-py3-none-any.whl"
    about = f"gan_lesson-{gan_lesson.__version__}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in sorted((ROOT / "gan_lesson").rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                wheel.write(file, file.relative_to(ROOT).as_posix())
        wheel.writestr(
            f"{about}/METADATA",
            f"Metadata-Version: 2.1\nName: gan_lesson\nVersion: {gan_lesson.__version__}\n",
        )
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("notebooks", nargs="*", help="나누어 줄 노트북의 번호나 파일. 없으면 모두")
    parser.add_argument("--keep-answers", action="store_true", help="답을 남깁니다")
    parser.add_argument("--drop-hints", action="store_true", help="힌트를 지웁니다")
    parser.add_argument("--keep-outputs", action="store_true", help="저장된 출력을 남깁니다")
    parser.add_argument(
        "--out", default=str(ROOT / "handout"), help="만들 폴더(기본값 handout). 옆에 zip도 생깁니다"
    )
    options = parser.parse_args(words)
    lessons = {path.stem.split("_")[0]: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    paths = [lessons.get(name, Path(name)) for name in options.notebooks] or list(lessons.values())
    if lost := [str(path) for path in paths if not path.is_file()]:
        known = ", ".join(lessons)
        parser.error(
            f"노트북 '{lost[0]}': 그런 파일이 없습니다. 번호({known})나 노트북 파일의 경로를 적으세요."
        )
    out = Path(options.out)
    made_here = list(out.glob("gan_lesson-*.whl"))
    if out.exists() and any(out.iterdir()) and not made_here:
        parser.error(f"--out = '{out}': 다른 것이 든 폴더입니다. 비어 있거나 전에 만든 폴더를 적으세요.")
    out.mkdir(parents=True, exist_ok=True)
    # 전에 만든 것만 지웁니다.
    for path in (*made_here, *(out / path.name for path in lessons.values())):
        path.unlink(missing_ok=True)
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        done = hand_out(notebook, options.keep_answers, not options.drop_hints, options.keep_outputs)
        (out / path.name).write_text(nbformat.writes(done) + "\n", encoding="utf-8")
    for name in ALONG:
        (out / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, out / name)
    (out / "README.md").write_text(
        FIRST.format(first=paths[0].name, handed=f"{paths[0].stem}_홍길동.ipynb"), encoding="utf-8"
    )
    # 패키지는 wheel로 옆에 있으므로 그 줄(-e .)은 뺍니다.
    needed = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in needed if not line.startswith("-e "))
    (out / "requirements.txt").write_text(kept, encoding="utf-8")
    write_wheel(out)
    made = shutil.make_archive(str(out), "zip", out.parent, out.name)
    print(f"노트북 {len(paths)}개와 패키지를 {out}와 {made}에 두었습니다.")


if __name__ == "__main__":
    main()
