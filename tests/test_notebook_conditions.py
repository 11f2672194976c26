"""나쁜 형편에서도 노트북이 끝까지 갑니다: 네트워크 없음, 고장 난 torchvision, 셀을 두 번씩."""

import os
from contextlib import suppress

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from reader import NOTEBOOKS, read_notebook

# make test에서는 빠른 것만, pytest -m soak에서는 모두
QUICK = {("00_start", "나쁜 형편"), ("04_data_config", "나쁜 형편"), ("05a_transposed_conv", "두 번씩")}

# 아무도 듣지 않는 곳으로 보내, 어떤 내려받기도 바로 실패합니다.
NO_NETWORK = dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], "http://127.0.0.1:9")
BROKEN_TORCHVISION = "raise RuntimeError('operator torchvision::nms does not exist')\n"


# 환경을 점검하는 노트북은 고장을 알아채고 무엇을 할지 말한 뒤 멈춥니다.
SAYS_SO = {("00_start", "나쁜 형편"): "torch와 torchvision의 짝이 맞지 않을 때"}


def execute(cells, folder, env):
    # 같은 셀을 두 번 넣어도 id는 셀마다 다릅니다.
    cells = [nbformat.from_dict(cell | {"id": f"cell-{n}"}) for n, cell in enumerate(cells)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=900, resources=resources)
    with suppress(CellExecutionError):  # '모두 실행'은 오류가 난 셀에서 멈춥니다.
        client.execute(env=os.environ | env)
    return notebook


@pytest.mark.parametrize(
    ("path", "condition"),
    [
        pytest.param(
            path, condition, id=f"{path.stem}-{condition}",
            marks=() if (path.stem, condition) in QUICK else pytest.mark.soak,
        )
        for path in NOTEBOOKS
        for condition in ("나쁜 형편", "두 번씩")
    ],
)  # fmt: skip
def test_notebook_runs_to_its_end(tmp_path, path, condition):
    cells = [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]
    env = {}
    if condition == "두 번씩":
        cells = [cell for cell in cells for _ in range(2)]
    else:
        broken = tmp_path / "torchvision"
        broken.mkdir()
        (broken / "__init__.py").write_text(BROKEN_TORCHVISION, encoding="utf-8")
        env = NO_NETWORK | {"PYTHONPATH": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    done = execute(cells, path.parent, env)
    said = SAYS_SO.get((path.stem, condition))
    assert said or done.cells[-1].execution_count == len(cells)
    for cell in done.cells:
        errors = [o for o in cell.outputs if o.output_type == "error"]
        printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
        assert not errors or (said and said in printed), errors


def test_skipped_cells_and_a_restarted_kernel_are_explained(tmp_path):
    """준비 셀만 실행하고 가운데로 건너뛴 학생이 보는 말."""
    path = next(path for path in NOTEBOOKS if path.stem == "03_bce")
    cells = [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]
    done = execute([cells[0], cells[4]], path.parent, {})
    (error,) = [o for o in done.cells[1].outputs if o.output_type == "error"]
    assert error.ename == "NameError"
    assert "준비 셀부터 이 셀의 바로 위까지" in error.traceback[-1]
