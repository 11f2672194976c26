"""``gpu_check.py``가 프로세스 하나씩에서 하는 것들: python scripts/gpu_parts.py 이름 [인자 …]"""

import sys
import tempfile
import warnings
from pathlib import Path

import torch

from gan_lesson.base.devices import accelerator
from gan_lesson.base.errors import LessonError
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.training import Trainer
from gan_lesson.training.engine import pick_engine
from gan_lesson.training.scaling.speed import Steps, alternate, ratio

TINY = dict(batch_size=8, nz=8, ngf=4, ndf=4)


def memory():
    """장치의 메모리가 모자랄 때의 말. 다 채우지 않고, 이 프로세스가 쓸 몫을 줄여 봅니다."""
    if accelerator() != "cuda":
        print("CUDA가 아니어서 하지 않았습니다")
        return
    torch.cuda.set_per_process_memory_fraction(0.005)
    config = LessonConfig.paper(batch_size=1024, image_size=128)
    try:
        Trainer(config, data=load_hangul(128, 3, count=1024)).run(progress=False)
    except LessonError as error:
        assert "GPU의 메모리가 모자랍니다" in str(error), error
        print(error)
    else:
        raise SystemExit("메모리가 모자라지 않았습니다")


def resume(tiny=False):
    """가속기에서 멈춘 것을 거기서, CPU에서, CPU에서 멈춘 것을 가속기에서 이어 합니다."""
    from gan_lesson.training.saving.resume import resume_trainer, save_trainer

    here = LessonConfig().ngpu
    data = load_hangul(count=640)
    told = []
    for engine in ("fast", "graph") if accelerator() == "cuda" else ("fast",):
        for before, after in ((here, here), (here, 0), (0, here)):
            if engine == "graph" and before == 0:
                continue
            config = LessonConfig.quick(ngpu=before, num_epochs=4, **(TINY if tiny else {}))
            with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                trainer = Trainer(config, data=data, engine=engine)
                trainer.run(until=40, progress=False)
                save_trainer(trainer, folder)
                again = resume_trainer(Path(folder), data=data, ngpu=after)
                again.run(progress=False)
                assert again.finished
                told.append(f"{engine} {before}→{after} {'알림' if seen else '조용히'}")
    print(", ".join(told))


def together(tiny=False):
    """가속기마다 프로세스 하나로(NCCL, SyncBatchNorm). 가속기가 없으면 CPU를 둘로 나눕니다."""
    from gan_lesson.training.scaling.together import train_together

    count = torch.cuda.device_count()
    processes = count or 2
    config = LessonConfig.quick(num_epochs=1, ngpu=min(1, count), **(TINY if tiny else {}))
    config = config.replace(batch_size=config.batch_size * processes)
    with tempfile.TemporaryDirectory() as folder:
        trainer = train_together(config, folder + "/run", processes=processes)
    assert trainer.finished
    print(f"프로세스 {processes}개, 반복 {trainer.total}번, {trainer.seconds:.1f}초")


def paper(engine, out, tiny=False):
    """논문 크기의 학습을 끝까지 하고 성적을 잽니다."""
    from gan_lesson.metrics.evaluation import evaluate_run
    from gan_lesson.training.saving.resume import save_trainer
    from gan_lesson.training.saving.run_folder import open_run_folder, write_run

    config = LessonConfig.paper(**(TINY | {"num_epochs": 1} if tiny else {}))
    data = load_hangul(64, 3, count=100) if tiny else None
    trainer = Trainer(config, data=data, engine=engine)
    trainer.run(progress=False)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        with open_run_folder(folder, config):
            save_trainer(trainer, folder)
            write_run(folder, trainer)
        result, picture = evaluate_run(folder, count=100 if tiny else 1000)
    Path(out, f"paper-{engine}.png").write_bytes(picture)
    scores = result.scores
    speed = trainer.total * config.batch_size / trainer.seconds
    print(
        f"{trainer.seconds:.1f}초, 초당 {speed:,.0f}장, 읽힘 {scores.readable:.1%}, 종류 {scores.covered:.1%}, "
        f"FID {scores.fid:.2f}, 베낌 {result.memorized:.2f}"
    )


def layouts(tiny=False):
    """channels-last와 bf16이 저마다 얼마나 빠르게 하는지: fast(연속 메모리)를 1로 한 비."""
    found = []
    for preset in ("quick", "paper"):
        config = getattr(LessonConfig, preset)(**(TINY if tiny else {}))
        engines = {"fast": pick_engine("fast"), "bf16": pick_engine("bf16")}
        for name in list(engines):
            engines[f"{name}, 연속"] = plain = pick_engine(name)
            plain.channels_last = False
        engines["exact"] = pick_engine("exact")
        steps = {name: Steps(config, engine) for name, engine in engines.items()}
        times = alternate({name: (lambda s=step: s(2 if tiny else 50)) for name, step in steps.items()})
        found += [f"{preset} {name} {ratio(times, 'fast, 연속', name)[0]:.2f}" for name in times]
    print(", ".join(found))


def notebook(path):
    """노트북을 처음부터 끝까지 실행합니다. 가속기가 있으면 거기서 돕니다."""
    import nbformat

    from notebooks import execute

    execute(nbformat.read(path, as_version=4), Path(path).parent)
    print("끝까지 돌았습니다")


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    settings = {"tiny": True} if "--tiny" in arguments else {}
    globals()[name](*(a for a in arguments if a != "--tiny"), **settings)
