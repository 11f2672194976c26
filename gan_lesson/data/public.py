"""공개 데이터: MNIST, Fashion-MNIST, CIFAR-10, CelebA. torchvision이 내려받고 읽습니다. 이미 있는 파일은 그대로 씁니다."""

from gan_lesson.base.errors import TORCHVISION_MISMATCH, LessonError, quote
from gan_lesson.base.files import cache_root
from gan_lesson.config import DOWNLOADS
from gan_lesson.data.cache import load_or_build
from gan_lesson.data.folder import fit_image

VERSION = 2  # 같은 파일에서 나오는 바이트가 달라지면 올립니다.


def load_public(name, image_size, nc):
    """``DOWNLOADS``의 데이터를 ``image_size``로 맞춘 ``ImageSet``. 학습용(train) 부분만 씁니다.

    파일이 없고 내려받을 수도 없거나 torchvision을 쓸 수 없으면 ``LessonError``입니다.
    """

    def produce(notes):
        dataset = _open(name)
        for i in range(len(dataset)):
            image, label = dataset[i]
            # CelebA의 표적은 속성 40개짜리라 여기서는 쓰지 않습니다.
            yield fit_image(image, image_size, nc), [label if isinstance(label, int) else 0]

    key = dict(version=VERSION, name=name, image_size=image_size, nc=nc)
    return load_or_build(name, key, ("종류",), produce)


def _open(name):
    """torchvision의 데이터. 쓰지 않는 시험용 파일은 없어도 되고, 내려받지도 않습니다."""
    root = cache_root() / "torchvision"
    kind, size, place = DOWNLOADS[name]
    for path in (root / place).glob("train-*.idx?-ubyte"):  # Kaggle의 MNIST는 이름의 빼기가 점입니다.
        path.rename(path.with_name(path.name.replace(".", "-")))
    try:
        import torchvision

        known = getattr(torchvision.datasets, kind)
        if name == "celeba":
            return known(str(root), split="train", download=True)
        needed = {"test_list": []} if name == "cifar10" else {"resources": known.resources[:2]}
        return type(kind, (known,), needed)(str(root), train=True, download=True)
    except Exception as error:  # 네트워크, gdown, 구글 드라이브의 한도, 깨진 파일, 짝이 맞지 않는 torchvision
        remedy = f"네트워크가 되는 곳에서 {kind}({size})를 내려받아 '{root / place}'에 두거나,"
        if isinstance(error, ImportError | AttributeError) or "torchvision::nms" in str(error):
            remedy = f"{TORCHVISION_MISMATCH} 아니면"
        elif name == "celeba":
            remedy = "브라우저로 img_align_celeba.zip을 받아 풀고 그 폴더를 dataroot로 정하거나,"
        raise LessonError(
            f"설정값 dataroot = '{name}': 파일이 없거나 깨졌고 내려받지도 못했습니다({quote(str(error), 200)[1:-1]}). {remedy} "
            "내려받을 것이 없는 dataroot=hangul을 쓰세요."
        ) from None
