"""설치 스크립트: 무엇을 설치할지 알려 주고, 안 되는 이유를 한국어로 말합니다. 실제로 설치하지는 않습니다."""

import subprocess
import sys
from collections import namedtuple

import install
import pytest

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """빈 폴더의 새 컴퓨터. pip 명령은 실행하지 않고 모읍니다."""
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((install.ROOT / name).read_bytes())
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: Usage(0, 0, 100e9))
    commands = []

    def call(command, **options):
        if command[1] == "-c" or "ensurepip" in command:  # 쓸 수 있는지 봅니다.
            return 0
        commands.append(command)
        if command[1:3] == ["-m", "venv"]:
            install.VENV.mkdir()
            install.PYTHON.touch()
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    return commands


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["install.py", *arguments])
    install.main()


def refused(monkeypatch, capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_it_installs_once_and_again_when_the_requirements_change(machine, monkeypatch, capsys):
    run(monkeypatch, "--for", "test")
    shown = capsys.readouterr().out
    assert "8 GB" in shown and "2~5분" in shown and str(install.VENV) in shown
    assert len(machine) == 2 and {"constraints.txt", "-e", ".[test,docs]"} <= set(machine[1])
    run(monkeypatch, "--for", "test")
    assert len(machine) == 2 and capsys.readouterr().out == ""
    (install.ROOT / "requirements.txt").write_text("torch\n", encoding="utf-8")
    run(monkeypatch, "--for", "test")
    assert len(machine) == 3


def test_lab_falls_back_to_the_ranges_and_test_does_not(machine, monkeypatch, capsys):
    inner = subprocess.call
    monkeypatch.setattr(subprocess, "call", lambda c, **o: inner(c, **o) or int("constraints.txt" in c))
    run(monkeypatch, "--for", "lab")
    assert "constraints.txt" in machine[1] and "constraints.txt" not in machine[2]
    assert "설치하지 못했습니다" in refused(monkeypatch, capsys, "--for", "test")


def test_cpu_takes_torch_from_the_public_cpu_index_first(machine, monkeypatch):
    run(monkeypatch, "--torch", "cpu")
    torch_only = machine[1]
    assert torch_only[-2:] == ["--index-url", install.CPU_INDEX]
    # 다음 단계의 constraints.txt와 같은 버전이어야 CUDA용으로 다시 바뀌지 않습니다.
    assert [a.split("==")[0] for a in torch_only if "==" in a] == ["torch", "torchvision"]
    assert "-r" in machine[2]


def test_what_is_missing_is_told_before_anything_is_installed(machine, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, 10, 0))
        assert "지금 3.10). 3.11 이상" in refused(patch, capsys)
    with monkeypatch.context() as patch:
        patch.setattr(install.shutil, "disk_usage", lambda path: Usage(0, 0, 2e9))
        message = refused(patch, capsys)
        assert "2.0 GB뿐" in message and "TORCH=cpu" in message
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # 우분투의 python3에는 없습니다.
    assert "sudo apt install python3-venv" in refused(monkeypatch, capsys)
    assert machine == []


@pytest.fixture
def real_venv(tmp_path, monkeypatch):
    """진짜 가상 환경을 만들 자리. 아무것도 내려받지 않습니다."""
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(
        install, "PYTHON", tmp_path / ".venv" / install.PYTHON.relative_to(install.ROOT / ".venv")
    )
    return tmp_path / ".venv"


def test_a_venv_without_pip_gets_one_and_a_half_made_one_is_not_used(real_venv):
    assert not install.usable()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", real_venv], check=True)
    assert install.usable()  # uv가 만든 것처럼 pip만 없었습니다.
    subprocess.run([install.PYTHON, "-m", "pip", "--version"], check=True, capture_output=True)
    (real_venv / "pyvenv.cfg").unlink()
    for path in (real_venv / "lib").glob("*/site-packages/pip*"):
        path.rename(path.with_name("x" + path.name))
    install.PYTHON.unlink()
    assert not install.usable()


def test_an_interrupted_venv_is_not_left(real_venv, monkeypatch, capsys):
    def interrupted(command, **options):
        real_venv.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "call", interrupted)
    with pytest.raises(SystemExit):
        install.create_venv()
    assert not real_venv.exists() and "만들지 못했습니다" in capsys.readouterr().err
