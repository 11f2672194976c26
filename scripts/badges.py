"""강의 저장소의 주소를 한 번에 정합니다: python scripts/badges.py owner/name

pyproject.toml의 주소, 노트북마다의 준비 셀(REPOSITORY)과 Colab 배지, README의 배지를 함께 바꾸고, README의 첫 그림에
사이트(.github/workflows/pages.yml이 올립니다)의 눌러 보기로 가는 링크를 답니다. 빈 이름이면 모두 지웁니다. 주소가
정해지기 전에는 배지가 없고, 준비 셀은 강의 폴더 안에서만 동작합니다.
"""

import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
BADGE = "[![Colab에서 열기](https://colab.research.google.com/assets/colab-badge.svg)]({link})"
BADGE_LINE = re.compile(r"\n\[!\[Colab에서 열기\]\([^)]*\)\]\([^)]*\)\n")
FIRST_PICTURE = re.compile(r"\[?(!\[[^\]]*\]\(images/quick_training\.gif\))(?:\]\([^)]*\))?")
ADDRESS = re.compile(r'^REPOSITORY = ".*?"', re.MULTILINE)
URLS = re.compile(r'\n\[project\.urls\]\nRepository = ".*?"\n')


def clone_url(repo):
    return f"https://github.com/{repo}.git" if repo else ""


def colab_link(repo, notebook):
    return f"https://colab.research.google.com/github/{repo}/blob/main/notebooks/{notebook}"


def play_link(repo):
    owner, name = repo.split("/")
    return f"https://{owner.lower()}.github.io/{name}/play.html"


def with_badge(text, link):
    """첫 줄(제목) 아래에 배지를 놓은 글. ``link``가 비었으면 배지가 없는 글."""
    title, _, rest = BADGE_LINE.sub("", text, count=1).partition("\n")
    badge = "\n" + BADGE.format(link=link) + "\n" if link else ""
    return f"{title}\n{badge}{rest}"


def set_repository(root, repo):
    """``root``의 파일들을 ``repo``(owner/name, 없으면 빈 글)에 맞춥니다. 여러 번 해도 같습니다."""
    project = root / "pyproject.toml"
    text = URLS.sub("", project.read_text(encoding="utf-8"))
    if repo:
        urls = f'\n[project.urls]\nRepository = "https://github.com/{repo}"\n'
        text = text.replace("\n[project.optional-dependencies]", f"{urls}\n[project.optional-dependencies]")  # fmt: skip
    project.write_text(text, encoding="utf-8")
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        link = colab_link(repo, path.name) if repo else ""
        notebook.cells[0].source = with_badge(notebook.cells[0].source, link)
        setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
        setup.source = ADDRESS.sub(f'REPOSITORY = "{clone_url(repo)}"', setup.source)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    readme = root / "README.md"
    link = colab_link(repo, "00_start.ipynb") if repo else ""
    text = with_badge(readme.read_text(encoding="utf-8"), link)
    picture = rf"[\1]({play_link(repo)})" if repo else r"\1"
    readme.write_text(FIRST_PICTURE.sub(picture, text), encoding="utf-8")


def main(repo):
    if repo and not NAME.fullmatch(repo):
        sys.exit(f"저장소 = '{repo}': GitHub 저장소의 owner/name만 쓸 수 있습니다. 예: python scripts/badges.py hong/gan_lesson")  # fmt: skip
    set_repository(ROOT, repo)
    print(f"저장소의 주소를 {repo or '없음으'}로 정했습니다. git diff로 바뀐 것을 확인하세요.")


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "")
