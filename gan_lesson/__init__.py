"""GAN과 DCGAN을 한 걸음씩 배우는 한국어 강의의 도구 모음입니다.

먼저 ``textbook.py``를 보세요. DCGAN이 한 쪽에 다 있습니다. 나머지는 그것을 나눈 것이고, 이 열 개를 이 차례로 읽으면
학습이 통째로 보입니다.

1. ``config``: 설정값 12개
2. ``objectives``: V(D, G)와 손실들
3. ``models``: G와 D, 가중치 초기화
4. ``training.state``: 학습 하나를 이루는 모든 것
5. ``iteration``: 한 반복을 단계마다
6. ``data.images``: 그림과 미니 배치
7. ``training.trainer``: 여러 에폭에 걸친 학습
8. ``training.history``: 로그
9. ``training.engine``: 같은 계산을 더 빨리
10. ``metrics.image_quality``: 잘 배웠는지 재는 지표

그 밖의 방은 CONTRIBUTING.md에 있습니다. 여기서는 아무것도 import하지 않습니다. torch가 없어도 도움말과 환경 점검은 나와야 하기 때문입니다.
"""

import sys

if (
    sys.argv[0] == "-m" and not sys.flags.safe_path
):  # 지금 폴더에 있는 torch.py나 random.py가 진짜를 가리지 않게
    sys.path.append(sys.path.pop(0))

__version__ = "0.1.0"
READING_ORDER = (
    "textbook", "config", "objectives", "models", "training.state", "iteration",
    "data.images", "training.trainer", "training.history", "training.engine", "metrics.image_quality",
)  # fmt: skip
