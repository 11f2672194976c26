"""실습실의 안전: JupyterLab은 이 컴퓨터에서만, 토큰을 요구하며 열리고, 노트북은 셸 명령을 실행하지 않습니다."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
import yaml
from reader import NOTEBOOKS, ROOT, read_notebook

# 셀에서 다른 프로그램을 실행하는 여러 길
SHELL = re.compile(
    r"^\s*[!%]{1,2}(?!matplotlib\b)\w+|subprocess|os\.(system|popen|exec)|get_ipython\(\)", re.M
)
WEAKER = re.compile(
    r"--ip\b|ServerApp\.(ip|token|password|allow_remote|disable_check_xsrf)|IdentityProvider\.token"
)


def lab_command():
    """Makefile이 JupyterLab을 여는 줄."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\t(.*jupyterlab.*)$", text, re.M)
    return line


def test_nothing_weakens_the_defaults():
    files = [ROOT / "Makefile", *(ROOT / "scripts").glob("*.py"), *(ROOT / ".ci").iterdir()]
    files += [*ROOT.glob("*.json"), *ROOT.glob("jupyter*"), *ROOT.glob("*.toml")]
    for path in files:
        assert not WEAKER.search(path.read_text(encoding="utf-8")), path
    assert lab_command() == "$(BIN)/python -m jupyterlab notebooks/00_start.ipynb $(ARGS)"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc로 열린 포트를 봅니다")
def test_lab_listens_on_loopback_and_asks_for_a_token(tmp_path):
    words = shlex.split(lab_command().replace("$(ARGS)", ""))
    command = [sys.executable if word == "$(BIN)/python" else word for word in words]
    extra = ["--no-browser", "--ServerApp.port=0"] + (["--allow-root"] if os.geteuid() == 0 else [])
    runtime = tmp_path / "runtime"
    server = subprocess.Popen(
        [*command, *extra], cwd=ROOT,
        env=os.environ | {"JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            if found := list(runtime.glob("jpserver-*.json")):
                break
            assert server.poll() is None
            time.sleep(0.1)
        info = json.loads(found[0].read_text(encoding="utf-8"))
        assert info["hostname"] in ("localhost", "127.0.0.1") and len(info["token"]) >= 32
        assert listening(info["port"]) and listening(info["port"]) <= {"127.0.0.1", "::1"}
        address = f"http://127.0.0.1:{info['port']}/api/contents"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address)
        assert refused.value.code == 403
        with urllib.request.urlopen(f"{address}?token={info['token']}") as answer:
            assert answer.status == 200
    finally:
        server.terminate()
        server.wait(30)


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
    for cell in rest:
        assert not SHELL.search(cell.source), cell.source


def test_workflows_have_the_least_permissions():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {"contents": "read"}, path
        triggers = workflow[True]  # YAML 1.1에서 on은 참입니다.
        assert "pull_request_target" not in triggers
        for job in workflow["jobs"].values():
            assert "permissions" not in job and "secrets" not in json.dumps(job)
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout"):
                    assert step["with"]["persist-credentials"] is False
