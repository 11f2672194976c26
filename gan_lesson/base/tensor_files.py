"""신경망의 가중치를 디스크에 쓰고 읽습니다.

pickle을 쓰지 않는 safetensors 형식이라, 남이 준 파일을 열어도 코드가 실행되지 않습니다. 파일의 내용을
다 확인한 뒤에야 신경망에 넣으므로, 거절된 파일은 아무것도 바꾸지 않습니다.
"""

import warnings

import torch

from gan_lesson.base.errors import LessonError, quote, reason
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


def load_weights(network, path, tensors=None):
    """``save_weights``가 쓴 파일을 ``network``에 넣습니다.

    이미 읽은 ``tensors``가 있으면 그것을 넣고, ``path``는 오류 메시지에만 씁니다.

    ``network``가 meta 장치에 있으면 파일의 텐서를 그대로 씁니다. 그래서 설정값이 거짓으로 크게 적혀
    있어도 파일보다 많은 메모리를 쓰지 않습니다.

    Raises:
        LessonError: 파일이 없거나 깨졌거나, 다른 모양의 신경망이 쓴 것일 때. 이때
            ``network``는 그대로입니다.
    """
    tensors = read_tensors(path) if tensors is None else tensors
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


def read_pytorch_tensors(path):
    """PyTorch의 DCGAN 예제가 ``torch.save``로 쓴 ``state_dict`` 파일(.pth)의 이름 → 텐서(CPU).

    층의 차례와 이름이 이 강의와 같습니다. ``DataParallel``이 이름 앞에 붙인 ``module.``은 뗍니다. pickle이지만
    ``weights_only=True``라 텐서가 아닌 것은 실행되지 않고 거절됩니다.

    Raises:
        LessonError: 파일이 없거나, 가중치만 든 파일이 아닐 때.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 낯선 pickle에 대한 영어 경고. 아래의 오류로 충분합니다.
            found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise LessonError(f"가중치 파일 '{path}': 파일이 없습니다. 경로를 확인하세요.") from None
    except Exception as error:
        # 깨진 파일과 거절된 pickle이 서로 다른 오류를 냅니다.
        raise LessonError(
            f"가중치 파일 '{path}': 읽을 수 없습니다({type(error).__name__}). 모델 전체를 쓴 파일은 코드를 "
            "실행할 수 있어 열지 않으니, torch.save(netG.state_dict(), ...)로 쓴 파일을 주세요."
        ) from None
    if not isinstance(found, dict) or not all(map(torch.is_tensor, found.values())):
        raise LessonError(
            f"가중치 파일 '{path}': 이름과 텐서의 짝이 아니라 {type(found).__name__}을 쓴 파일입니다. "
            "torch.save(netG.state_dict(), ...)로 다시 저장하세요."
        )
    return {str(name).removeprefix("module."): tensor for name, tensor in found.items()}
