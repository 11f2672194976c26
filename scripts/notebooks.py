"""노트북을 다시 실행하고 저장 형식을 고릅니다.

쓰는 법: python scripts/notebooks.py [노트북 …] (없으면 모두)

걸린 시간과 위젯의 상태는 저장하지 않고, 실행할 때마다 달라지는 메타데이터를 지웁니다.
그래서 내용이 그대로면 두 번 실행해도 git에 차이가 남지 않습니다.
"""

import os
import re
import sys
from itertools import groupby
from pathlib import Path

import nbformat
import short_path
import syllabus
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# tags: nbval의 표시, gan_lesson: 다루는 항목과 길, jupyter와 cellView(Colab): 접힌 셀, slideshow: 슬라이드의 나눔
CELL_METADATA = {"tags", "gan_lesson", "jupyter", "cellView", "slideshow"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
TIMEOUT = 1800


def execute(notebook, folder):
    """노트북이 있는 폴더에서 모든 셀을 실행합니다. 셀이 실패하면 예외가 납니다."""
    NotebookClient(
        notebook,
        timeout=TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute(env=os.environ | {"GAN_LESSON_PROGRESS": "off"})  # 만드는 사람의 진도가 저장되지 않게


def normalize(notebook, rules=None):
    """저장할 꼴로 고칩니다. 이미 그런 노트북은 그대로입니다."""
    rules = sanitize_rules() if rules is None else rules
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        kept = {key: value for key, value in cell.metadata.items() if key in CELL_METADATA}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs = [tidy(output, rules) for output in merge_streams(cell.outputs)]
    return notebook


def merge_streams(outputs):
    """잇달아 나온 같은 출력(stdout끼리, stderr끼리)을 하나로 합칩니다."""
    merged = []
    for name, group in groupby(outputs, key=lambda output: output.get("name")):
        group = list(group)
        if name is not None:
            group[0].text = "".join(output.text for output in group)
            group = group[:1]
        merged += group
    return merged


def tidy(output, rules):
    """진행 막대는 마지막 모습만 남기고, 실행할 때마다 다른 글자를 고정된 글자로 바꿉니다."""
    if output.output_type == "stream":
        lines = output.text.split("\n")
        output.text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)
        for pattern, replacement in rules:
            output.text = pattern.sub(replacement, output.text)
    elif "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        output.metadata = nbformat.from_dict({})
        if "[" in (page := output.data.get("text/html", "")):  # 그림의 제목 줄에 든 진행 막대
            for pattern, replacement in rules[:1]:
                page = pattern.sub(replacement, page)
            output.data["text/html"] = page
    return output


def sanitize_rules():
    """nbval이 저장된 출력과 새 출력을 비교하기 전에 둘 다에서 바꾸는 규칙: (정규식, 바꿀 글자)의 목록.

    nbval이 그 파일을 운영체제의 인코딩(한국어 윈도의 cp949 등)으로 열므로, 그 안에는 한글을 적지 않습니다.
    """
    text = SANITIZE.read_text(encoding="utf-8")
    pairs = re.findall(r"^regex: (.*)\nreplace: (.*)$", text, flags=re.MULTILINE)
    return [(re.compile(pattern), replacement) for pattern, replacement in pairs]


def main(names):
    paths = [Path(name).resolve() for name in names] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    for path in paths:
        print(f"{path.name} 실행 중…", flush=True)
        notebook = nbformat.read(path, as_version=4)
        execute(notebook, path.parent)
        # 실행이 끝까지 된 뒤에만 쓰므로, 실패해도 저장된 노트북은 그대로입니다.
        path.write_text(nbformat.writes(normalize(notebook)) + "\n", encoding="utf-8")
    syllabus.TARGET.write_text(syllabus.page(), encoding="utf-8")
    for path, text in short_path.pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
