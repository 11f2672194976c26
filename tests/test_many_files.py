"""큰 그림 폴더: 여러 프로세스로 풀어도 같은 캐시이고, 많아져도 메모리를 더 쓰지 않습니다."""

import io
import json
import multiprocessing
import os
import sys

import numpy as np
import pytest
from PIL import Image
from reader import run_python

from gan_lesson.data import folder as folder_module
from gan_lesson.data.folder import load_folder

# 그림을 읽고 한 에폭을 도는 동안 이 프로세스만의 메모리(파일에서 사상한 것은 빼고)가 가장 많이 는 양(KB)
MEASURE = """
import json, sys, threading
from gan_lesson.data.folder import load_folder
from gan_lesson.data.images import epoch_batches

def private():
    lines = open("/proc/self/status", encoding="ascii").read().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1])

base, peak, done = private(), [0], threading.Event()

def watch():
    while not done.wait(0.005):
        peak[0] = max(peak[0], private() - base)

threading.Thread(target=watch).start()
data = load_folder(sys.argv[1], 64, 3, workers=int(sys.argv[2]))
load_folder(sys.argv[1], 64, 3)
count = sum(len(batch) for batch in epoch_batches(data, 128))
done.set()
print(json.dumps({"images": len(data), "seen": count, "peak_mb": peak[0] / 1024}))
"""


def write_jpegs(folder, count, size=64):
    """``folder``에 JPEG ``count``장을 1,000장씩 하위 폴더로 나누어 씁니다. 내용은 1,000장마다 되풀이됩니다."""
    contents = []
    for pixels in np.random.default_rng(0).integers(0, 255, (min(count, 1_000), 8, 8, 3), np.uint8):
        content = io.BytesIO()
        Image.fromarray(pixels).resize((size, size)).save(content, "JPEG", quality=90)
        contents.append(content.getvalue())
    for i in range(count):
        place = folder / f"{i // 1_000:04d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i % 1_000:04d}.jpg").write_bytes(contents[i % 1_000])


def measure(folder):
    code, out, err = run_python(MEASURE, folder, min(16, os.cpu_count() or 1))
    assert code == 0, err
    return json.loads(out)


def test_worker_processes_build_the_same_cache(tmp_path, monkeypatch, request):
    write_jpegs(tmp_path / "그림", 600, 32)
    (tmp_path / "그림" / "0000" / "0300.jpg").write_bytes(b"\xff\xd8 not a picture")
    found = []
    monkeypatch.setattr(folder_module, "BIG", 0)
    for workers in (0, 2):
        monkeypatch.setenv("GAN_LESSON_CACHE", str(tmp_path / str(workers)))
        with pytest.warns(UserWarning, match="600개 가운데 1개.*0300.jpg"), monkeypatch.context() as patch:
            if not workers:  # 사람이 정하지 않으면 아무 프로세스도 띄우지 않습니다.
                patch.setattr(multiprocessing.process.BaseProcess, "start", None)
            found.append(load_folder(tmp_path / "그림", 32, 1, workers))
    assert np.array_equal(found[0].images, found[1].images)
    assert found[0].fingerprint == found[1].fingerprint


@pytest.mark.skipif(sys.platform != "linux", reason="리눅스의 /proc를 봅니다")
@pytest.mark.parametrize("count", [12_000, pytest.param(200_000, marks=pytest.mark.soak)])
def test_memory_does_not_grow_with_the_folder(tmp_path, empty_cache, count):
    few, many = tmp_path / "few", tmp_path / "many"
    write_jpegs(few, 1_000)
    write_jpegs(many, count)
    small, large = measure(few), measure(many)
    assert (large["images"], large["seen"]) == (count, count // 128 * 128)
    # 풀린 그림은 한 장에 12,288바이트(12,000장이면 141 MB)입니다. 파일 이름의 목록(한 장에 약 250바이트)과 할당기가
    # 쥐고 있는 20 MB쯤은 늘어도 되지만, 그림을 들고 있으면 그 몇 배입니다.
    assert large["peak_mb"] - small["peak_mb"] < 70 + 400 * count / 2**20
