"""``make lab``과 같은 명령으로 JupyterLab을 띄웁니다."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

from reader import ROOT


def lab_command():
    """Makefile이 JupyterLab을 여는 줄."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\t(.*python -m jupyterlab.*)$", text, re.M)
    return line


@dataclass(frozen=True)
class Server:
    hostname: str
    port: int
    token: str

    def url(self, path=""):
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def api(self, path):
        """``/api/…``의 답."""
        with urllib.request.urlopen(self.url(f"api/{path}"), timeout=30) as answer:
            return json.load(answer)


@contextmanager
def lab_server(folder, root=None):
    """서버를 띄우고 ``Server``를 내줍니다.

    Args:
        folder: 설정과 실행 파일을 둘 임시 폴더. 쓰는 사람의 설정을 읽지 않습니다.
        root: 노트북이 있는 폴더. 기본은 ``make lab``처럼 이 저장소입니다.
    """
    words = shlex.split(lab_command().replace("$(ARGS)", ""))
    environment = os.environ | {"JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "JUPYTER_CONFIG_DIR": str(folder)}  # fmt: skip
    while "=" in words[0]:  # 명령 앞의 환경 변수
        name, value = words.pop(0).split("=")
        environment[name] = str(ROOT / value)
    command = [sys.executable if word == "$(BIN)/python" else word for word in words]
    command += ["--no-browser", "--ServerApp.port=0"]
    if root is not None:
        command = [word for word in command if not word.endswith(".ipynb")]
        command.append(f"--ServerApp.root_dir={root}")
    if os.name == "posix" and os.geteuid() == 0:
        command.append("--allow-root")
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            if found := list((folder / "runtime").glob("jpserver-*.json")):
                break
            assert process.poll() is None, "JupyterLab이 뜨지 않았습니다"
            time.sleep(0.1)
        time.sleep(0.2)
        info = json.loads(found[0].read_text(encoding="utf-8"))
        yield Server(info["hostname"], info["port"], info["token"])
    finally:
        process.terminate()
        process.wait(30)
