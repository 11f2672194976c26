"""위젯마다 그것을 만드는 셀. 브라우저 시험과 Colab 시험이 함께 씁니다."""

import nbformat
from reader import ROOT

FIRST = nbformat.read(ROOT / "notebooks" / "00_start.ipynb", 4)
SETUP = next(cell.source for cell in FIRST.cells if cell.cell_type == "code")
TINY = "LessonConfig.quick(batch_size=16, ngf=8, ndf=8, num_epochs=1, ngpu=0)"
TRAINED = f"""
from gan_lesson.config import LessonConfig
from gan_lesson.data.hangul import load_hangul
from gan_lesson.training import Trainer
trainer = Trainer({TINY}, data=load_hangul(count=800), engine="fast")
trainer.run(progress=False)
"""
# 위젯의 CSS 이름 → 셀
WIDGETS = {
    "lab2d": "from gan_lesson.labs.points.widget import Lab2D\nwidget = Lab2D()\nwidget",
    "stepper": "from gan_lesson.config import LessonConfig\nfrom gan_lesson.labs.stepper.widget import Stepper\n"
    f"widget = Stepper({TINY})\nwidget",
    "dashboard": f"{TRAINED}from gan_lesson.labs.dashboard import Dashboard\n"
    "widget = Dashboard(trainer)\nwidget",
    "scrubber": f"{TRAINED}from gan_lesson.labs.replay.widget import Scrubber\n"
    "widget = Scrubber(trainer)\nwidget",
    "conv-explorer": "from gan_lesson.labs.convolution import ConvExplorer\nwidget = ConvExplorer()\nwidget",
    "latent-explorer": "from gan_lesson.metrics.bundled import load_quick_generator\n"
    "from gan_lesson.data.hangul import load_hangul\n"
    "from gan_lesson.labs.latent.widget import LatentExplorer\n"
    "G = load_quick_generator()\n"
    "widget = LatentExplorer(G, load_hangul(count=400).take(range(400)))\nwidget",
}
