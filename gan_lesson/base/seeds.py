"""시드 하나에서 쓰임마다 따로 흐르는 난수의 시드를 만듭니다."""

import zlib

import numpy as np


def stream_seed(seed, *names):
    """``seed``와 쓰임의 이름으로 63비트 시드를 만듭니다.

    이름마다 서로 무관한 흐름이라, 가중치와 z가 똑같은 수로 시작하지 않고 한쪽을 더 뽑아도 다른 쪽이 흔들리지 않습니다.
    """
    words = [seed, *(zlib.crc32(str(name).encode()) for name in names)]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))
