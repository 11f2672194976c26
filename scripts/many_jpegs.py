"""JPEG 파일을 아주 많이 만듭니다: python scripts/many_jpegs.py 폴더 수 [한 변의 픽셀]

``dataroot``로 큰 폴더를 읽는 것을 재거나 시험할 때 씁니다. 내용은 내장 한글을 조금씩 다르게 잘라 다시 압축한 것이라
파일마다 다릅니다.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

PER_FOLDER = 1_000
POOL = 2_000  # 바탕이 되는 글자의 수


def write_part(folder, part, count, size):
    """``part``번째 하위 폴더에 ``count``장."""
    from PIL import Image

    from gan_lesson.data.hangul import load_hangul

    images = load_hangul(64, 3, count=POOL).images
    rng = np.random.default_rng(part)
    place = Path(folder) / f"{part:04d}"
    place.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        pixels = images[rng.integers(POOL)].transpose(1, 2, 0)
        dx, dy = rng.integers(-4, 5, 2)
        picture = Image.fromarray(np.roll(pixels, (dy, dx), (0, 1))).resize((size, size))
        picture.save(place / f"{i:04d}.jpg", quality=90)


def write_jpegs(folder, count, size=64):
    """``folder``에 ``count``장을 1,000장씩 하위 폴더로 나누어 씁니다."""
    from gan_lesson.data.hangul import load_hangul

    load_hangul(64, 3, count=POOL)  # 캐시를 한 번만 만듭니다.
    parts = range(-(-count // PER_FOLDER))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(write_part, folder, part, min(PER_FOLDER, count - part * PER_FOLDER), size)
            for part in parts
        ]
        for job in jobs:
            job.result()


if __name__ == "__main__":
    write_jpegs(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if sys.argv[3:] else 64)
