"""명령줄: 결과, 한국어 오류 한 줄, 종료 코드."""

import argparse
import inspect

import pytest
from reader import run_python

from gan_lesson.__main__ import KOREAN, main
from gan_lesson.config import LessonConfig


def refused(capsys, *arguments):
    assert main([*arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err
    return err.splitlines()


@pytest.mark.parametrize(("name", "text"), [("batch_size", "64.0"), ("lr", "nan"), ("num_epochs", "-2")])
def test_bad_setting_is_one_korean_line_and_exit_code_2(capsys, tmp_path, name, text):
    for option in ([f"--{name.replace('_', '-')}={text}"], [f"--{name}", text]):
        (line,) = refused(capsys, "train", *option, "--out", str(tmp_path / "r"))
        assert line.startswith(f"설정값 {name} = ") and LessonConfig.rules()[name].allowed in line
    assert not (tmp_path / "r").exists()


def test_argparse_still_says_the_english_that_is_translated():
    """새 파이썬에서 argparse의 말이 바뀌면 여기서 알게 됩니다."""
    source = inspect.getsource(argparse)
    assert [english for english in KOREAN if repr(english) not in source] == []


def test_others_get_their_argparse_back():
    before = argparse._
    main(["info"])
    main(["train", "--없음"])
    assert argparse._ is before


def test_train_and_sample(tmp_path, capsys):
    run = tmp_path / "실행 하나"
    small = ["--ngf=2", "--ndf=2", "--batch-size", "5000", "--num_epochs=1", "--ngpu=0"]
    assert main(["train", *small, "--out", str(run)]) == 0
    assert "학습을 마쳤습니다: 반복 4번" in capsys.readouterr().out
    (line,) = refused(capsys, "train", *small, "--out", str(run))
    assert "--overwrite" in line
    assert main(["train", *small, "--out", str(run), "--overwrite", "--seed", "1"]) == 0
    capsys.readouterr()

    assert main(["sample", "--run", str(run), "--count", "5"]) == 0
    first = (run / "new_samples.png").read_bytes()
    out = tmp_path / "다른.png"
    assert main(["sample", "--run", str(run), "--count", "5", "--out", str(out)]) == 0
    assert out.read_bytes() == first  # 같은 시드면 같은 그림
    assert main(["sample", "--run", str(run), "--count=5", "--seed=1", "--out", str(out)]) == 0
    assert out.read_bytes() != first


def test_info_lists_what_the_lessons_need(capsys):
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    for word in ("torch ", "장치: ", "hangul: ", "celeba: ", "설치할 것: 없음"):
        assert word in shown


def test_help_names_every_setting_in_korean(capsys):
    with pytest.raises(SystemExit) as done:
        main(["train", "--help"])
    shown = capsys.readouterr().out
    assert done.value.code == 0 and "usage" not in shown and "options" not in shown and "show" not in shown
    for name, rule in LessonConfig.rules().items():
        assert f"--{name}" in shown and f"--{name.replace('_', '-')}" in shown
        assert rule.meaning in shown
    with pytest.raises(SystemExit):
        main([])
    assert "train" in capsys.readouterr().out


def test_import_is_light():
    code = "import sys, gan_lesson; print([m for m in ('torch', 'matplotlib') if m in sys.modules])"
    assert run_python(code) == (0, "[]\n", "")


def test_training_does_not_need_torchvision(tmp_path):
    """짝이 맞지 않는 torchvision은 흔합니다. 내장 한글은 그래도 되어야 합니다."""
    code = (
        "import sys; sys.modules['torchvision'] = None; from gan_lesson.__main__ import main;"
        "sys.exit(main(['train', '--ngf=2', '--ndf=2', '--batch_size=8000', '--num_epochs=1', '--ngpu=0',"
        " '--out', sys.argv[1]]))"
    )
    code, _, err = run_python(code, tmp_path / "r")
    assert code == 0, err
