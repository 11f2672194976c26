"""다른 곳에서 학습한 신경망을 가져옵니다: 결과 폴더로 옮기거나, 거기서부터 학습하거나."""

from pathlib import Path

from gan_lesson.base.errors import LessonError, quote
from gan_lesson.base.tensor_files import read_foreign, save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Generator
from gan_lesson.training.saving.recognition import KINDS, recognise
from gan_lesson.training.saving.run_folder import open_run_folder

ENDINGS = (".pth", ".pt", ".ckpt", ".bin", ".safetensors", ".tar", ".pkl")


def read_network(path, kind):
    """가중치 파일에서 알아본 ``Network`` 하나.

    Args:
        path: PyTorch의 .pth(``state_dict``나 그것이 든 체크포인트), safetensors, 또는 이 강의의 결과 폴더.
        kind: ``"generator"`` 또는 ``"discriminator"``.

    Raises:
        LessonError: 이 강의의 것과 같은 신경망이 들어 있지 않을 때.
    """
    inside = Path(path) / f"{kind}.safetensors"
    if inside.is_file():
        path = inside
    elif Path(path).is_dir():
        files = sorted(file.name for file in Path(path).iterdir() if file.suffix in ENDINGS)
        listed = (
            f"들어 있는 {', '.join(files[:5])} 가운데" if files else "가중치 파일(.pth, .safetensors) 가운데"
        )
        raise LessonError(f"가중치 파일 '{path}': 파일이 아니라 폴더입니다. {listed} 하나를 정하세요.")
    return recognise(read_foreign(path), kind, f"가중치 파일 '{path}'")


def import_generator(weights, folder, dataroot):
    """다른 곳에서 학습한 생성자의 가중치로 새 결과 폴더를 만듭니다. 크기는 텐서의 모양에서 알아냅니다.

    Args:
        weights: ``read_network``가 읽는 파일.
        folder: 새 결과 폴더.
        dataroot: 그 학습의 데이터.

    Returns:
        (``LessonConfig``, 파일의 어느 부분이었는지. 파일 전체면 빈 글).
    """
    found = read_network(weights, "generator")
    config = LessonConfig(dataroot=dataroot, **found.settings, ngpu=0)
    generator = Generator(config)
    generator.load_state_dict(found.tensors)
    with open_run_folder(folder, config) as place:
        save_weights(generator, place / "generator.safetensors")
    return config, found.part


def starting_networks(generator, discriminator):
    """처음부터가 아니라 가져온 가중치에서 시작할 신경망들: 이름 → ``Network``. 주지 않은 것(``None``)은 없습니다.

    Raises:
        LessonError: 가중치가 아니거나, 둘의 그림의 크기나 색이 다를 때.
    """
    paths = {"generator": generator, "discriminator": discriminator}
    found = {kind: read_network(path, kind) for kind, path in paths.items() if path is not None}
    if len(found) == 2:
        for name in ("image_size", "nc"):
            g, d = (found[kind].settings[name] for kind in KINDS)
            if g != d:
                raise LessonError(
                    f"--netG와 --netD: 생성자의 {name}는 {g}인데 구분자의 {name}는 {d}입니다. 함께 학습한 두 파일을 주세요."
                )
    return found


def shapes_of(networks, given):
    """가져온 신경망들의 모양이 정하는 설정값. ``given``(사람이 적은 것)과 다르면 ``LessonError``."""
    shapes = {}
    for kind, network in networks.items():
        for name, value in network.settings.items():
            if given.get(name, value) != value:
                raise LessonError(
                    f"설정값 {name} = {quote(given[name])}: 가져온 {KINDS[kind]}의 {name}는 {value}입니다. 가중치의 "
                    f"모양이 정하는 값이니 이 옵션을 빼거나 {name}={value}로 정하세요."
                )
        shapes |= network.settings
    return shapes


def beginning(networks):
    """어느 신경망이 가져온 가중치에서, 어느 것이 처음부터 시작하는지 한 줄."""
    says = []
    for kind, name in KINDS.items():
        part = f"('{networks[kind].part}')" if kind in networks and networks[kind].part else ""
        says.append(f"{name}는 " + (f"가져온 가중치{part}에서" if kind in networks else "처음부터"))
    hint = "" if "discriminator" in networks else " 함께 학습한 구분자도 있으면 --netD로 주세요."
    return f"{', '.join(says)} 시작합니다.{hint}"
