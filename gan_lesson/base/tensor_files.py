"""신경망의 가중치를 디스크에 쓰고 읽습니다.

pickle을 쓰지 않는 safetensors 형식이라, 남이 준 파일을 열어도 코드가 실행되지 않습니다. 파일의 내용을
다 확인한 뒤에야 신경망에 넣으므로, 거절된 파일은 아무것도 바꾸지 않습니다.
"""

import io
import pickle
import re
import warnings

import torch

from gan_lesson.base.errors import LessonError, quote, reason
from gan_lesson.base.file_kinds import AGAIN, is_safetensors, not_weights
from gan_lesson.base.files import read_file, write_bytes

LARGEST = 4 * 2**30  # 읽을 텐서 파일의 한계(바이트). paper의 체크포인트가 약 0.1 GB입니다.


def save_weights(network, path):
    """``network.state_dict()``(배치 정규화의 통계도 함께)를 safetensors로 씁니다."""
    write_bytes(path, pack(network.state_dict()))


def pack(tensors):
    """이름 → 텐서를 safetensors의 바이트로. 장치와 메모리 배치는 남지 않습니다."""
    from safetensors.torch import save

    # 같은 메모리를 나눠 가진 텐서는 safetensors가 받지 않으므로 이름마다 따로 둡니다.
    return save({name: t.detach().cpu().contiguous() for name, t in tensors.items()})


def unpack(data):
    """``pack``의 반대.

    Raises:
        ValueError: safetensors가 아니거나, 머리글이 내용과 맞지 않을 때.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(data)
    except (SafetensorError, ArithmeticError, LookupError, TypeError, RuntimeError,
            AttributeError, AssertionError):  # fmt: skip
        # 모르는 자료형이나 터무니없는 모양이 저마다 다른 오류를 냅니다.
        raise ValueError("safetensors가 아니거나 깨졌음") from None


def load_weights(network, path):
    """``save_weights``가 쓴 파일을 ``network``에 넣습니다.

    ``network``가 meta 장치에 있으면 파일의 텐서를 그대로 씁니다. 그래서 설정값이 거짓으로 크게 적혀
    있어도 파일보다 많은 메모리를 쓰지 않습니다.

    Raises:
        LessonError: 파일이 없거나 깨졌거나, 다른 모양의 신경망이 쓴 것일 때. 이때
            ``network``는 그대로입니다.
    """
    tensors = read_tensors(path)
    if problem := mismatch(network.state_dict(), tensors):
        raise LessonError(
            f"가중치 파일 '{path}': {problem}. 같은 폴더의 config.json으로 신경망을 만들었는지 확인하세요."
        )
    on_meta = any(parameter.is_meta for parameter in network.parameters())
    network.load_state_dict(tensors, assign=on_meta)


def read_tensors(path):
    """가중치 파일 하나의 이름 → 텐서(CPU)."""
    try:
        # 메모리 사상으로 읽으면, 쓰는 동안 누가 파일을 잘랐을 때 프로세스가 통째로 죽습니다.
        return unpack(read_file(path, LARGEST))
    except FileNotFoundError:
        raise LessonError(
            f"가중치 파일 '{path}': 파일이 없습니다. 학습을 끝낸 결과 폴더인지 확인하세요."
        ) from None
    except (OSError, ValueError) as error:
        why, remedy = error, "다시 학습하거나 원본을 다시 복사하세요"
        if isinstance(error, OSError):
            why, remedy = reason(error), "경로와 읽기 권한을 확인하세요"
        raise LessonError(f"가중치 파일 '{path}': 읽을 수 없습니다({why}). {remedy}.") from None


def mismatch(expected, found):
    """두 이름 → 텐서가 모양이나 자료형이 다르면 처음 다른 곳을 한국어로, 같으면 ``None``."""

    def kind(tensor):
        shape = ", ".join(map(str, tensor.shape))
        return f"{str(tensor.dtype).removeprefix('torch.')}({shape})"

    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            return f"{quote(name)} 텐서가 없습니다"
        if name not in expected:
            return f"이 설정에 없는 텐서 {quote(name)}가 있습니다"
        wanted, came = kind(expected[name]), kind(found[name])
        if wanted != came:
            return f"{quote(name)}의 모양이 {came}인데 이 설정에서는 {wanted}입니다"
    return None


def read_foreign(path):
    """남이 만든 가중치 파일(PyTorch의 ``torch.save`` 또는 safetensors)에 든 것을 그대로(CPU).

    ``torch.save``의 파일은 pickle이지만 ``weights_only=True``라 텐서가 아닌 것은 실행되지 않고 거절됩니다.

    Returns:
        대개 이름 → 텐서의 dict이거나, 그런 dict들이 든 dict.

    Raises:
        LessonError: 파일이 없거나, 가중치가 아닌 파일이거나, 깨졌거나, 코드를 실행해야 열 수 있을 때.
    """
    whose = f"가중치 파일 '{path}'"
    try:
        data = read_file(path, LARGEST)
    except FileNotFoundError:
        raise LessonError(f"{whose}: 파일이 없습니다. 경로를 확인하세요.") from None
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else error
        raise LessonError(f"{whose}: 읽을 수 없습니다({why}). 경로와 읽기 권한을 확인하세요.") from None
    if found := not_weights(data):
        what, advice = found
        raise LessonError(f"{whose}: 가중치를 담은 파일이 아닙니다({what}). {advice}.")
    try:
        if is_safetensors(data):
            return unpack(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 낯선 pickle에 대한 영어 경고. 아래의 오류로 충분합니다.
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise LessonError(f"{whose}: {_refused(str(error))}") from None
    except Exception as error:
        # 깨진 파일은 자리마다 다른 오류를 냅니다.
        raise LessonError(
            f"{whose}: 깨졌거나 끝이 잘린 파일입니다({type(error).__name__}). {AGAIN}."
        ) from None


def _refused(text):
    """PyTorch가 거절한 pickle: 무엇이 들어 있어서인지, 또는 PyTorch의 파일이 아니라는 말."""
    if named := re.search(r"GLOBAL ([\w.]+)", text):
        what = f"텐서가 아닌 것({named[1]})도 들어 있습니다"
    else:
        what = "PyTorch가 쓴 가중치가 아니거나 깨졌습니다"
    return (
        f"{what}. 모델 전체를 쓴 파일은 코드를 실행할 수 있어 열지 않으니, 그 파일을 만든 곳에서 "
        "torch.save(netG.state_dict(), 'netG.pth')로 저장한 파일을 주세요."
    )
