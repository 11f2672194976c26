"""실습실의 안전: JupyterLab은 이 컴퓨터에서만, 토큰을 요구하며 열리고, 노트북은 셸 명령을 실행하지 않습니다."""

import json
import re
import sys
import urllib.error
import urllib.request

import pytest
import yaml
from lab_server import lab_command, lab_server
from reader import NOTEBOOKS, ROOT, read_notebook

# 셀에서 다른 프로그램을 실행하는 여러 길
SHELL = re.compile(
    r"^\s*[!%]{1,2}(?!matplotlib\b)\w+|subprocess|os\.(system|popen|exec)|get_ipython\(\)", re.M
)
WEAKER = re.compile(
    r"--ip\b|ServerApp\.(ip|token|password|allow_remote|disable_check_xsrf)|IdentityProvider\.token"
)


def test_nothing_weakens_the_defaults():
    files = [ROOT / "Makefile", *(ROOT / "scripts").rglob("*.py"), *(ROOT / ".ci").iterdir()]
    files += [*(ROOT / "scripts" / "jupyter").rglob("*.json"), *ROOT.glob("*.toml")]
    for path in files:
        assert not WEAKER.search(path.read_text(encoding="utf-8")), path
    assert lab_command() == (
        "JUPYTER_CONFIG_PATH=scripts/jupyter $(BIN)/python -m jupyterlab notebooks/00_start.ipynb $(ARGS)"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="/proc로 열린 포트를 봅니다")
def test_lab_listens_on_loopback_and_asks_for_a_token(tmp_path):
    with lab_server(tmp_path) as server:
        assert server.hostname in ("localhost", "127.0.0.1") and len(server.token) >= 32
        assert listening(server.port) and listening(server.port) <= {"127.0.0.1", "::1"}
        address = f"http://127.0.0.1:{server.port}/api/contents"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address)
        assert refused.value.code == 403
        assert len(server.api("contents")["content"]) > 5


def listening(port):
    """``port``를 듣고 있는 주소들."""
    found = set()
    for table, loopback in (("tcp", "0100007F"), ("tcp6", "0" * 24 + "01000000")):
        with open(f"/proc/net/{table}", encoding="ascii") as lines:
            for line in list(lines)[1:]:
                local, state = line.split()[1], line.split()[3]
                host, number = local.split(":")
                if state == "0A" and int(number, 16) == port:
                    name = {"tcp": "127.0.0.1", "tcp6": "::1"}[table]
                    found.add(name if host == loopback else host)
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_the_setup_cell_runs_other_programs(path):
    setup, *rest = [c for c in read_notebook(path).cells if c.cell_type == "code"]
    assert SHELL.search(setup.source)
    for cell in rest:  # 10은 이 파이썬의 torchrun으로 프로세스 둘을 띄웁니다.
        assert not SHELL.search(cell.source) or "torch.distributed.run" in cell.source, cell.source


def test_workflows_have_the_least_permissions():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        # 사이트를 올리는 작업만 GitHub Pages에 쓸 수 있습니다.
        pages = {"pages": "write", "id-token": "write"} if path.stem == "pages" else {}
        assert workflow["permissions"] == {"contents": "read"} | pages, path
        triggers = workflow[True]  # YAML 1.1에서 on은 참입니다.
        assert "pull_request_target" not in triggers
        for job in workflow["jobs"].values():
            assert "permissions" not in job and "secrets" not in json.dumps(job)
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout"):
                    assert step["with"]["persist-credentials"] is False
