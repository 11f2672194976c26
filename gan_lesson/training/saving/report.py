"""학습의 결과를 폴더에 씁니다: 설정값과 기록, 그림들, 가중치."""

import json
from pathlib import Path

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import write_bytes
from gan_lesson.base.tensor_files import save_weights
from gan_lesson.plots import png_bytes, sample_grid, snapshots_gif, training_curves
from gan_lesson.training.saving.run_folder import write_config


def write_run(folder, trainer):
    """``Trainer``가 지금까지 한 것을 모두 씁니다. 도중에 멈춘 학습도 됩니다."""
    folder, state = Path(folder), trainer.state
    done = state.iteration
    try:
        (folder / "summary.json").unlink(missing_ok=True)  # 다 쓸 때까지는 "다 쓴 폴더"가 아닙니다.
        write_config(folder, trainer.config)
        save_weights(state.shown_generator, folder / "generator.safetensors")
        save_weights(state.discriminator, folder / "discriminator.safetensors")
        write_bytes(folder / "history.csv", trainer.history.to_csv().encode())
        grid = sample_grid(state.sample(), f"고정된 z 64개에서 만든 그림 (반복 {done:,})")
        write_bytes(folder / "samples.png", png_bytes(grid))
        write_bytes(folder / "training.gif", snapshots_gif(trainer.snapshots, trainer.total))
        if done:
            write_bytes(folder / "curves.png", png_bytes(training_curves(trainer.history)))
        summary = {
            "iterations": done,
            "total": trainer.total,
            "finished": trainer.finished,
            "engine": trainer.engine.name,
            "improve": list(state.improvements.names),
            "device": str(state.device),
            "seconds": round(trainer.seconds, 1),
            "images_per_second": round(done * trainer.config.batch_size / trainer.seconds) if done else 0,
        }
        write_bytes(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 결과를 모두 저장하지 못했습니다({reason(error)}). "
            "디스크에 여유 공간이 있는지, 폴더가 그대로 있는지 확인하세요."
        ) from None
    return summary
