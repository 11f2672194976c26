"""``dataroot`` 설정값이 가리키는 데이터를 엽니다."""

from gan_lesson.config import DOWNLOADS
from gan_lesson.data.downloads import load_torchvision
from gan_lesson.data.folder import load_folder
from gan_lesson.data.hangul import load_hangul


def load_images(config, progress=None):
    """``config.dataroot``의 그림을 ``image_size``와 ``nc``에 맞추어 엽니다.

    Args:
        config: ``LessonConfig``.
        progress: 캐시를 새로 만들 때 부르는 함수 ``progress(done, total)``.

    Returns:
        ``ImageSet``.
    """
    name, size, nc = config.dataroot, config.image_size, config.nc
    if name == "hangul":
        return load_hangul(size, nc, progress=progress)
    if name in DOWNLOADS:
        return load_torchvision(name, size, nc, progress=progress)
    return load_folder(name, size, nc, progress=progress)
