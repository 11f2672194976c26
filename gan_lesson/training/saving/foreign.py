"""다른 곳에서 학습한 생성자를 이 강의의 결과 폴더로 옮깁니다."""

import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.base.tensor_files import load_weights, read_pytorch_tensors, save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Generator
from gan_lesson.training.saving.run_folder import open_run_folder


def import_generator(weights, folder, dataroot):
    """PyTorch의 DCGAN 예제가 남긴 생성자의 가중치로 새 결과 폴더를 만듭니다. 크기는 텐서의 모양에서 알아냅니다.

    Args:
        weights: ``torch.save(netG.state_dict(), ...)``로 쓴 .pth 파일.
        folder: 새 결과 폴더.
        dataroot: 그 학습의 데이터.

    Returns:
        ``LessonConfig``.
    """
    tensors = read_pytorch_tensors(weights)
    kernels = [t for t in tensors.values() if t.ndim == 4]
    try:
        config = LessonConfig(
            dataroot=dataroot, nz=kernels[0].shape[0], ngf=kernels[-1].shape[0],
            nc=kernels[-1].shape[1], image_size=4 * 2 ** (len(kernels) - 1), ngpu=0,
        )  # fmt: skip
    except (IndexError, LessonError):
        raise LessonError(
            f"가중치 파일 '{weights}': DCGAN 생성자의 가중치가 아닙니다. 생성자(netG)의 파일인지 확인하세요."
        ) from None
    with torch.device("meta"):
        generator = Generator(config)
    load_weights(generator, weights, tensors)
    with open_run_folder(folder, config) as place:
        save_weights(generator, place / "generator.safetensors")
    return config
