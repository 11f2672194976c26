"""결과 폴더의 생성자를 평가합니다: 성적표 하나와 그림 하나."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from gan_lesson.base.errors import LessonError, reason
from gan_lesson.base.files import write_bytes
from gan_lesson.base.seeds import stream_seed
from gan_lesson.data.hangul import LABEL_NAMES, compose
from gan_lesson.data.load import load_images
from gan_lesson.metrics.hangul_reader import read
from gan_lesson.metrics.image_quality import Judge, Scores, apart, distinct, memorized, nearest
from gan_lesson.metrics.plots import pictures_with_words, reading_board
from gan_lesson.models import generate
from gan_lesson.plots import png_bytes
from gan_lesson.training.diagnosis import ALIKE, spread
from gan_lesson.training.saving.run_folder import load_generator

SAMPLES = 1000  # 성적을 잴 때의 그림 수
SHOWN = 40  # 그림에 보여 줄 수
FEW = 30  # 서로 다른 진짜가 이보다 적으면 값이 표본마다 크게 달라진다고 알립니다.


def evaluation_z(nz, count=SAMPLES, seed=0):
    """성적을 재고 ``sample``이 그리는 z (count, nz). 학습의 난수와는 따로입니다.

    ``count``를 늘려도 앞의 것은 그대로입니다. torch.randn은 모두 몇 개를 뽑는지에 따라 마지막 16개가 달라지므로
    16줄씩 뽑습니다.
    """
    rng = torch.Generator().manual_seed(stream_seed(seed, "evaluate"))
    return torch.cat([torch.randn(16, nz, generator=rng) for _ in range(0, count, 16)])[:count]


@dataclass(frozen=True)
class Evaluation:
    """평가 하나.

    Attributes:
        data: 비교한 데이터의 이름. count: 그림의 수. seed: z를 뽑은 시드. seconds: 걸린 시간(초).
        scores: 한글이면 ``Scores``, 아니면 ``None``.
        memorized: 가장 가까운 진짜까지의 픽셀 거리의 비(``Scores.memorized``와 같은 뜻). 잴 수 없으면 ``None``.
        diversity: 만든 그림끼리의 평균 픽셀 거리 ÷ 진짜끼리의 것. 잴 수 없으면 ``None``.
        inception_fid: Inception-v3의 특징에서 잰 FID. 재지 않았으면 ``None``.
        notes: 재지 못한 것과 그 이유, 값을 읽을 때 알아야 할 것.
    """

    data: str
    count: int
    seed: int
    seconds: float
    scores: Scores | None
    memorized: float | None
    diversity: float | None
    inception_fid: float | None
    notes: tuple = ()

    def report(self):
        """사람이 읽는 성적표."""
        lines = [f"{self.data}, 그림 {self.count:,}장(시드 {self.seed}), {self.seconds:.0f}초"]
        s = self.scores
        if s is not None:
            lines += [
                f"  읽히는 비율   {s.readable:6.1%}   데이터의 글자 하나로 자신 있게 읽히는 그림",
                f"  글자의 종류   {s.covered:6.1%}   데이터의 글자 가운데 한 번이라도 나온 것",
                f"  고른 정도     {s.balance:6.2f}   1이면 글자들이 고르게, 0이면 하나만",
                f"  FID           {s.fid:6.2f}   리더의 특징에서, 작을수록 좋음",
                f"  KID           {s.kid:6.3f}   리더의 특징에서, 작을수록 좋음",
                f"  정밀도        {s.precision:6.2f}   그럴듯함",
                f"  재현율        {s.recall:6.2f}   다양함",
            ]
        if self.memorized is None:
            lines.append("  진짜와의 거리  재지 못함")
        else:
            lines.append(f"  진짜와의 거리 {self.memorized:6.2f}   0이면 베낀 것, 1이면 진짜끼리만큼")
        if s is None and self.diversity is not None:
            lines.append(
                f"  다양성        {self.diversity:6.2f}   0이면 모두 같은 그림, 1이면 진짜만큼 여러 가지"
            )
        if self.inception_fid is not None:
            lines.append(f"  Inception FID {self.inception_fid:6.1f}   작을수록 좋음")
        if s is None:
            lines.append("  (한글이 아니어서 글자를 읽는 성적은 재지 않았습니다)")
        lines += [f"  ({note})" for note in self.notes]
        return "\n".join(lines)


def evaluate_run(folder, dataroot=None, count=1000, seed=0, inception=False):
    """결과 폴더의 생성자가 만든 그림을 그 데이터와 비교해 잽니다.

    Args:
        dataroot: 비교할 데이터. 기본은 학습한 데이터입니다.
        count: 만들 그림의 수. 진짜의 수를 넘으면 진짜의 수로 줄입니다.
        inception: Inception FID도 잴지. 가중치를 내려받아야 합니다.

    Returns:
        (``Evaluation``, PNG 바이트).
    """
    started = time.perf_counter()
    config, generator = load_generator(folder)
    config = config.replace(ngpu=0, **({} if dataroot is None else {"dataroot": dataroot}))
    data = load_images(config)
    count = min(count, len(data))
    z = evaluation_z(config.nz, count, seed)
    fake = generate(generator, z)
    real = data.take(range(count))
    if not fake.isfinite().all():
        raise LessonError(
            f"결과 폴더 '{folder}': 생성자가 만든 그림에 수가 아닌 값(NaN이나 무한대)이 있어 잴 수 없습니다. 발산한 학습이니 "
            "lr을 낮추어 다시 학습하세요."
        )
    inception_fid = inception_distance(real, fake) if inception else None
    if data.label_names == LABEL_NAMES:
        syllables = sorted({compose(*map(int, label)) for label in data.labels})
        scores = Judge(real, syllables).score(fake)
        copied = scores.memorized
        title = f"만든 그림과 리더가 읽은 글자: {scores.readable:.0%}를 읽음"
        picture = reading_board(fake[:SHOWN], read(fake[:SHOWN]), syllables, 10, title)
    else:
        scores, (found, _) = None, nearest(fake, real)
        copied = memorized(fake, real, apart(real))
        # 만든 그림 한 줄, 그 아래에 가장 가까운 진짜 한 줄
        columns = min(8, count)
        starts = range(0, min(SHOWN // 2, count) - columns + 1, columns)
        pairs = torch.cat(
            [images[start : start + columns] for start in starts for images in (fake, real[found])]
        )
        words = [("만든 것", "가장 가까운 진짜")[i // columns % 2] for i in range(len(pairs))]
        picture = pictures_with_words(pairs, words, columns)
    different = distinct(real)
    diversity = spread(fake) / spread(different) if len(different) > 1 else None
    seconds = time.perf_counter() - started
    result = Evaluation(
        f"{data.name} {config.nc}×{config.image_size}×{config.image_size}", count, seed,
        round(seconds, 1), scores, copied, diversity, inception_fid,
        _notes(count, len(different), diversity),
    )  # fmt: skip
    return result, png_bytes(picture)


def _notes(count, kinds, diversity):
    """진짜 그림 ``count``장(서로 다른 것 ``kinds``장)이 너무 적거나, 만든 그림이 서로 비슷할 때 알려 줄 말들."""
    if count == 1:
        return (
            "진짜와의 거리는 진짜끼리의 거리로 나눈 값인데, 비교할 데이터의 그림이 한 장뿐이라 나눌 것이 없습니다",
        )
    if kinds == 1:
        return (
            f"진짜와의 거리는 진짜끼리의 거리로 나눈 값인데, 비교할 그림 {count:,}장이 모두 똑같아 그 거리가 0입니다",
        )
    notes = []
    if kinds < count:
        notes.append(
            f"진짜 그림 {count:,}장 가운데 {count - kinds:,}장은 다른 것의 사본이라, 진짜끼리의 거리에서는 빼고 쟀습니다"
        )
    if kinds < FEW:
        notes.append(f"서로 다른 진짜 그림이 {kinds:,}장뿐이라 값을 크게 믿을 수 없습니다")
    if diversity < ALIKE:
        notes.append(
            "만든 그림이 서로 비슷합니다. 회색이나 흐린 그림이면 진짜와의 거리가 작아도 베낀 것이 아닙니다"
        )
    return tuple(notes)


def write_evaluation(folder, result, picture):
    """``evaluation.json``과 ``evaluation.png``를 결과 폴더에 씁니다."""
    folder = Path(folder)
    text = json.dumps(asdict(result), ensure_ascii=False, indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / "evaluation.json", text.encode())
        write_bytes(folder / "evaluation.png", picture)
    except OSError as error:
        raise LessonError(
            f"결과 폴더 '{folder}': 평가를 저장할 수 없습니다({reason(error)}). 쓸 수 있는 폴더를 --out으로 정하세요."
        ) from None


def inception_distance(real, fake):
    """사진에 쓰는 보통의 FID(Heusel 2017): Inception-v3의 2048차원 특징.

    Raises:
        LessonError: 3채널이 아니거나, 필요한 패키지가 없거나, 가중치를 내려받지 못할 때.
    """
    if real.shape[1] != 3:
        raise LessonError(
            "--inception: Inception은 컬러 그림(nc=3)만 볼 수 있습니다. 흑백 한글은 리더의 FID를 보세요."
        )
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance

        metric = FrechetInceptionDistance(feature=2048, normalize=True)
    except ModuleNotFoundError:
        raise LessonError(
            "--inception: torchmetrics와 torch-fidelity 패키지가 있어야 합니다. "
            "'pip install torchmetrics torch-fidelity'로 설치하세요."
        ) from None
    except OSError as error:  # URLError도 OSError입니다.
        raise LessonError(
            f"--inception: Inception의 가중치를 내려받지 못했습니다({error}). 인터넷에 연결된 곳에서 한 번 "
            "실행하면 그 뒤로는 네트워크 없이 됩니다."
        ) from None
    if len(real) < 2:
        raise LessonError(
            "--inception: 비교할 그림이 한 장뿐이라 FID를 잴 수 없습니다. 두 장 이상인 --dataroot를 주세요."
        )
    for images, is_real in ((real, True), (fake, False)):
        for part in images.split(64):
            metric.update((part + 1) / 2, real=is_real)
    return float(metric.compute())
