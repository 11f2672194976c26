"""신경망의 가중치를 디스크에 쓰고 읽습니다.

pickle을 쓰지 않는 safetensors 형식이라, 남이 준 파일을 열어도 코드가 실행되지 않습니다.
"""

import os
import uuid
from pathlib import Path

from gan_lesson.errors import LessonError


def write_bytes(path, data):
    """임시 파일에 다 쓴 뒤 이름을 바꿉니다. 도중에 꺼져도 먼저 있던 파일이 남습니다."""
    path = Path(path)
    # tempfile은 자기만 읽을 수 있는 파일을 만들므로, 보통의 권한으로 직접 엽니다.
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def save_weights(network, path):
    """``network.state_dict()``(배치 정규화의 통계도 함께)를 safetensors로 씁니다."""
    from safetensors.torch import save

    tensors = {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}
    write_bytes(path, save(tensors))


def load_weights(network, path):
    """``save_weights``가 쓴 파일을 ``network``에 넣습니다.

    Raises:
        LessonError: 파일이 없거나 깨졌거나, 다른 모양의 신경망이 쓴 것일 때. 이때
            ``network``는 그대로입니다.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except FileNotFoundError:
        raise LessonError(
            f"가중치 파일 '{path}': 파일이 없습니다. 학습을 끝낸 결과 폴더인지 확인하세요."
        ) from None
    except (SafetensorError, OSError) as error:
        raise LessonError(
            f"가중치 파일 '{path}': 읽을 수 없습니다({error}). 파일이 깨졌거나 safetensors가 "
            "아닙니다. 다시 학습하거나 원본을 다시 복사하세요."
        ) from None
    expected = network.state_dict()
    for name in sorted(expected.keys() | tensors.keys()):
        wanted = tuple(expected[name].shape) if name in expected else "없음"
        found = tuple(tensors[name].shape) if name in tensors else "없음"
        if wanted != found:
            raise LessonError(
                f"가중치 파일 '{path}': {name}의 모양이 {found}인데 이 설정의 신경망은 {wanted}입니다. "
                "같은 폴더의 config.json으로 신경망을 만들었는지 확인하세요."
            )
    network.load_state_dict(tensors)
