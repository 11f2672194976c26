"""Colab에 있는 판(ipykernel 6, IPython 7, ipywidgets 7)의 커널에서 준비 셀과 위젯을 메시지로 다룹니다.

ipywidgets 7은 JupyterLab 4에 그려지지 않으므로, 화면이 보낼 메시지를 커널에 바로 보냅니다. torch는 지금 것을 씁니다.
"""

import json
import os
import subprocess
import sys
import time

import pytest
from jupyter_client.manager import KernelManager
from reader import ROOT
from widget_cells import SETUP, WIDGETS

COLAB = {"ipykernel": "6.17.1", "ipython": "7.34.0", "ipywidgets": "7.7.1"}
# 위젯 → 누를 것(단추의 글, 또는 (조절 장치의 이름, 새 값))
PRESSED = {
    "lab2d": "한 반복",
    "stepper": "다음",
    "dashboard": "한 반복",
    "scrubber": ("순간", 0),
    "conv-explorer": ("종류", 1),
    "latent-explorer": ("시작 z의 번호", 3),
}
FIND = """
import ipywidgets, json
print(json.dumps({w.description: w.model_id for w in ipywidgets.Widget.widgets.values()
                  if getattr(w, "description", "")}))
"""


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """Colab의 판들이 든 폴더. 받을 수 없으면 건너뜁니다."""
    target = tmp_path_factory.mktemp("colab")
    pins = [f"{name}=={version}" for name, version in COLAB.items()]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), *pins]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"Colab의 판을 내려받지 못했습니다: {done.stderr.strip().splitlines()[-1:]}")
    return target


class Kernel:
    """커널 하나. ``run``은 셀 하나를 실행하고 찍힌 글을 돌려줍니다."""

    def __init__(self, target, folder):
        self.manager = KernelManager()
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.manager.kernel_spec.argv = command
        # 저장소를 함께 찾게 해, 편집 가능한 설치의 찾기 규칙에 기대지 않습니다.
        paths = os.pathsep.join([str(target), str(ROOT)])
        self.manager.start_kernel(env=os.environ | {"PYTHONPATH": paths}, cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, source, timeout=180):
        printed, displayed = [], []

        def hook(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            if message["msg_type"] in ("execute_result", "display_data"):
                displayed.append(content["data"])

        reply = self.client.execute_interactive(source, timeout=timeout, output_hook=hook)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(printed), displayed

    def send(self, model_id, data):
        """화면이 커널에 보내는 comm 메시지."""
        content = {"comm_id": model_id, "data": data}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(colab, tmp_path):
    opened = Kernel(colab, tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", WIDGETS)
def test_widget_answers_the_messages_of_a_screen(kernel, name):
    code = f"from importlib.metadata import version; print([version(name) for name in {list(COLAB)}])"
    assert kernel.run(code)[0].strip() == str(list(COLAB.values()))
    kernel.run(SETUP)
    _, displayed = kernel.run(WIDGETS[name])
    assert any("application/vnd.jupyter.widget-view+json" in data for data in displayed)
    found = json.loads(kernel.run(FIND)[0])
    kernel.run("before = widget.picture.value")
    press = PRESSED[name]
    if isinstance(press, str):
        kernel.send(found[press], {"method": "custom", "content": {"event": "click"}})
    else:
        label, value = press
        trait = "index" if label in ("순간", "종류") else "value"
        kernel.send(found[label], {"method": "update", "state": {trait: value}, "buffer_paths": []})
    for _ in range(50):
        if "True" in kernel.run("print(widget.picture.value != before)")[0]:
            break
        time.sleep(0.2)
    else:
        pytest.fail("그림이 바뀌지 않았습니다")
    assert kernel.run("print(repr(widget.message.value))")[0].strip() == "''"


def test_playing_is_a_message_of_the_screen(kernel):
    """ipywidgets 7의 Play: 화면이 _playing과 값을 보냅니다. 멈춘 뒤에 늦게 온 값으로는 나아가지 않습니다."""
    kernel.run(SETUP)
    kernel.run(WIDGETS["lab2d"])
    play = kernel.run("print(widget.clock.play.model_id)")[0].strip()

    def advanced(**state):
        before = int(kernel.run("print(widget.gan.state.iteration)")[0])
        kernel.send(play, {"method": "update", "state": state, "buffer_paths": []})
        return int(kernel.run("print(widget.gan.state.iteration)")[0]) > before

    assert advanced(_playing=True, value=1)
    assert advanced(value=2)
    assert not advanced(_playing=False, value=3)
    assert not advanced(value=4)
