"""노트북만 받은 사람의 준비 셀, 그리고 저장소의 주소와 배지."""

import locale
import os
import shutil
import subprocess
import sys

import badges
import nbformat
import pytest
from reader import NOTEBOOKS, ROOT, read_notebook

# 이 저장소를 편집 가능하게 설치해 두었어도, 설치하지 않은 컴퓨터처럼 찾지 못하게 합니다.
HIDDEN = (
    "import sys\n"
    "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
    f"sys.path = [p for p in sys.path if p != {str(ROOT)!r}]\n"
)
SHOW = "\nimport gan_lesson; print(gan_lesson.__file__)"
# 셀의 '!python -m gan_lesson'이 같은 것을 찾게 하는 값
SHOW += "; import os; print('앞', os.environ['PYTHONPATH'].split(os.pathsep)[0])"


def setup_source(repository=""):
    cell = next(c for c in read_notebook(NOTEBOOKS[0]).cells if c.cell_type == "code")
    source = cell.source.replace("%matplotlib inline", "")
    return badges.ADDRESS.sub(f"REPOSITORY = {repository!r}", source)


def run_cell(folder, repository="", **environment):
    """빈 곳에서 준비 셀을 실행한 (종료 코드, 출력)."""
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN + setup_source(repository) + SHOW],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True,
        encoding=locale.getpreferredencoding(False),  # UTF-8이 아닌 곳에서도
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """패키지만 든 git 저장소."""
    root = tmp_path_factory.mktemp("저장소")
    shutil.copytree(ROOT / "gan_lesson", root / "gan_lesson", ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    git = ["git", "-c", "user.name=시험", "-c", "user.email=test@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "처음"]):
        subprocess.run([*git, *words], cwd=root, check=True)
    return root


def test_inside_the_course_folder(tmp_path, package):
    (package / "notebooks").mkdir(exist_ok=True)
    code, out = run_cell(package / "notebooks")
    assert code == 0 and str(package / "gan_lesson") in out, out


def test_only_a_notebook_and_an_address(tmp_path, package):
    for _ in range(2):  # 두 번째에는 이미 받은 것을 씁니다.
        code, out = run_cell(tmp_path, package.as_uri())
        assert code == 0 and str(tmp_path / "gan_lesson_course" / "gan_lesson") in out, out
        assert f"앞 {tmp_path / 'gan_lesson_course'}\n" in out


def test_without_address_network_or_git_it_says_so(tmp_path, package):
    address = (tmp_path / "없는 저장소").as_uri()
    for repository, path, words in (
        ("", os.environ["PATH"], "저장소의 주소가 정해지지 않았으니"),
        (address, os.environ["PATH"], "네트워크와 git을 확인하거나"),
        (package.as_uri(), "", "네트워크와 git을 확인하거나"),
    ):
        code, out = run_cell(tmp_path, repository, PATH=path)
        assert code != 0 and "강의 폴더를 통째로 받아" in out.splitlines()[-1], out
        assert words in out.splitlines()[-1]
        assert list(tmp_path.iterdir()) == []


def project_address(root=ROOT):
    found = badges.URLS.search((root / "pyproject.toml").read_text(encoding="utf-8"))
    return found[0].split("github.com/")[1].split('"')[0] if found else ""


def test_address_and_badges_agree_everywhere():
    repo = project_address()
    texts = {path.name: read_notebook(path).cells for path in NOTEBOOKS}
    for name, cells in texts.items():
        setup = next(c.source for c in cells if c.cell_type == "code")
        assert f'REPOSITORY = "{badges.clone_url(repo)}"' in setup
        assert cells[0].source.count("colab-badge") == bool(repo)
        if repo:
            assert badges.colab_link(repo, name) in cells[0].source
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count("colab-badge") == readme.count("/play.html") == bool(repo)


def test_badges_are_set_everywhere_and_taken_away_again(tmp_path):
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(NOTEBOOKS[0], tmp_path / "notebooks")
    badges.set_repository(tmp_path, "")
    unset = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for repo in ("hong/gan_lesson", "kim/other", "kim/other"):
        badges.set_repository(tmp_path, repo)
    assert project_address(tmp_path) == repo
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert readme.count("quick_training.gif)](https://kim.github.io/other/play.html)") == 1
    cells = nbformat.read(tmp_path / "notebooks" / NOTEBOOKS[0].name, 4).cells
    assert cells[0].source.startswith("# ") and cells[0].source.count("colab-badge") == 1
    assert cells[0].source.count(badges.colab_link(repo, NOTEBOOKS[0].name)) == 1
    setup = next(c for c in cells if c.cell_type == "code")
    assert f'REPOSITORY = "https://github.com/{repo}.git"' in setup.source
    badges.set_repository(tmp_path, "")
    assert {p: p.read_bytes() for p in unset} == unset
    with pytest.raises(SystemExit, match="저장소 = 'https://x': .*owner/name"):
        badges.main("https://x")
