"""노트북에서 여러 프로세스(GPU마다 하나)로 학습합니다. 명령줄의 ``train --ngpu``와 같은 일을 합니다."""

import warnings
from pathlib import Path

from gan_lesson.base.errors import LessonWarning
from gan_lesson.config import pick_improvements
from gan_lesson.data.load import load_images
from gan_lesson.training import Trainer
from gan_lesson.training.saving.resume import PeriodicCheckpoint, resume_trainer, save_trainer
from gan_lesson.training.saving.run_folder import open_run_folder
from gan_lesson.training.scaling.processes import launch


def train_together(config, folder, processes=None, engine="fast", improve=()):
    """``config``대로 여러 프로세스에서 학습해 ``folder``에 체크포인트를 남기고, 그것을 연 ``Trainer``를 돌려줍니다.

    Args:
        config: ``LessonConfig``. ``batch_size``는 프로세스들이 나누어 갖는 전체입니다.
        folder: 새 결과 폴더.
        processes: 프로세스의 수. 기본은 ``config.ngpu``이며, ngpu가 0이면 CPU의 코어를 나누어 씁니다.
        improve: 켤 변화들의 이름(``config.IMPROVEMENTS``).

    Raises:
        LessonError: 배치를 나눌 수 없거나, 폴더에 다른 결과가 있거나, 한 프로세스가 잘못되었을 때.
    """
    on_gpu = config.ngpu > 0
    processes = max(1, config.ngpu) if processes is None else processes
    if on_gpu:
        config = config.replace(ngpu=processes)
    data = load_images(config)  # 프로세스들이 쓸 캐시도 여기서 만듭니다.
    with open_run_folder(folder, config):
        launch(_train, processes, config, str(folder), engine, pick_improvements(improve), on_gpu=on_gpu)
        with warnings.catch_warnings():
            # 여럿이 한 학습을 혼자 연다는 알림. 이 프로세스는 장치 하나로 엽니다.
            warnings.simplefilter("ignore", LessonWarning)
            return resume_trainer(folder, data=data, ngpu=min(1, config.ngpu))


def _train(group, config, folder, engine, improve):
    with warnings.catch_warnings():
        # 읽지 못한 파일은 이 학습을 부른 쪽이 이미 알렸습니다.
        warnings.simplefilter("ignore", LessonWarning)
        data = load_images(config)
    trainer = Trainer(config, data=data, engine=engine, group=group, improve=improve)
    trainer.run(progress=False, on_iteration=PeriodicCheckpoint(Path(folder)) if group.is_writer else None)
    if group.is_writer:
        save_trainer(trainer, Path(folder))
