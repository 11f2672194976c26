"""만들어 낸 그림이 얼마나 좋은지: 읽히는 비율, 글자의 종류, 분포의 거리, 정밀도와 재현율, 가장 가까운 진짜.

거리는 모두 한글 리더의 특징(64차원)에서 잽니다. 사진에 흔히 쓰는 Inception의 특징은 글자를 배우지 않았고
내려받아야 합니다. 특징이 다르면 값의 크기도 다르므로, 여기의 FID를 논문의 FID와 비교할 수는 없습니다.
"""

import math
from dataclasses import dataclass

import torch

from gan_lesson.base.errors import LessonError
from gan_lesson.data.hangul import compose
from gan_lesson.metrics.hangul_reader import as_input, read

NEIGHBOURS = 3  # 정밀도와 재현율에서 진짜의 둘레를 정하는 이웃의 차례(Kynkäänniemi 2019)


def frechet_distance(real, fake):
    """두 특징 모음 (N, d), (M, d)에 맞춘 정규분포 사이의 프레셰 거리의 제곱, 곧 FID의 식(Heusel 2017 식 (6)).

    ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2(Σ₁Σ₂)^½)입니다. N과 M이 d보다 많아야 공분산이 뜻을 가집니다. 표본이 적으면
    같은 분포라도 0보다 커지므로, 표본 수가 같은 것끼리만 비교합니다.
    """
    real, fake = _features(real, fake)
    d = real.shape[1]
    cov1, cov2 = (x.T.cov().reshape(d, d) for x in (real, fake))
    means = (real.mean(0) - fake.mean(0)).square().sum()
    # tr((Σ₁Σ₂)^½)은 Σ₁Σ₂의 고윳값의 제곱근을 더한 것입니다. 반올림이 남긴 허수부는 버립니다.
    shared = torch.linalg.eigvals(cov1 @ cov2).sqrt().real.sum()
    return max(0.0, (means + cov1.trace() + cov2.trace() - 2 * shared).item())


def kernel_distance(real, fake):
    """두 특징 모음 사이의 MMD²의 치우침 없는 추정값, 곧 KID의 식(Bińkowski 2018 §4).

    커널은 (x·y / d + 1)³입니다. 같은 분포면 기댓값이 0이고 조금 음수가 되기도 합니다.
    """
    real, fake = _features(real, fake)

    def kernel(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    # 자기 자신과의 짝(대각선)은 빼고 평균합니다.
    within = sum(
        (k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in (kernel(real, real), kernel(fake, fake))
    )
    return (within - 2 * kernel(real, fake).mean()).item()


def precision_recall(real, fake):
    """개선된 (정밀도, 재현율)(Kynkäänniemi 2019), 둘 다 [0, 1].

    표본마다 ``NEIGHBOURS``번째 이웃까지를 반지름으로 하는 공을 그리고, 다른 쪽의 표본이 그 공들 가운데
    하나에라도 드는 비율입니다. 정밀도(진짜의 둘레에 든 가짜)는 그럴듯함, 재현율(가짜의 둘레에 든 진짜)은 다양함입니다.
    """
    real, fake = _features(real, fake)
    return _share_inside(fake, real), _share_inside(real, fake)


def nearest(queries, pool):
    """``queries``마다 ``pool``에서 가장 가까운 것: (번호 (N,) int64, 거리 (N,))."""
    queries, pool = (torch.as_tensor(x).flatten(1).to(torch.float32) for x in (queries, pool))
    found = [torch.cdist(part, pool).min(1) for part in queries.split(256)]
    return torch.cat([f.indices for f in found]), torch.cat([f.values for f in found])


def distinct(pool):
    """``pool`` (N, …)에서 똑같은 것은 하나씩만 남긴 것. 차례는 달라집니다."""
    return torch.as_tensor(pool).unique(dim=0)


def apart(pool):
    """``pool``에서 자기가 아닌 가장 가까운 것까지의 거리의 중앙값. 베끼지 않은 그림의 기준입니다.

    똑같은 것들은 하나로 봅니다. 서로 다른 것이 둘이 되지 않으면 잴 수 없으므로 ``None``입니다.
    """
    flat = distinct(torch.as_tensor(pool).flatten(1).to(torch.float32))
    if len(flat) < 2:
        return None
    return float(torch.cdist(flat, flat).fill_diagonal_(math.inf).min(1).values.median())


def memorized(fake, real, base):
    """가장 가까운 진짜까지의 거리의 중앙값 ÷ ``base``(``apart(real)``). ``base``가 ``None``이면 ``None``."""
    return None if base is None else float(nearest(fake, real)[1].median()) / base


@dataclass(frozen=True)
class Coverage:
    """만들어 낸 글자의 종류: 한 번이라도 자신 있게 읽힌 글자의 수, 고른 정도, 데이터의 글자 → 읽힌 수.

    고른 정도는 읽힌 글자들의 엔트로피 ÷ ln(글자의 수)입니다. 고르게 나오면 1, 하나뿐이면 0입니다.
    """

    covered: int
    balance: float
    counts: dict

    @property
    def share(self):
        """``covered`` ÷ 데이터에 있는 글자의 수."""
        return self.covered / len(self.counts)


def coverage(reading, syllables):
    """``Reading``에서 어느 글자가 몇 번 나왔는지 셉니다."""
    kept = reading.labels[reading.readable(syllables)].tolist()
    counts = dict.fromkeys(syllables, 0)
    for label in kept:
        counts[compose(*label)] += 1
    shares = [count / len(kept) for count in counts.values() if count]
    entropy = -sum(share * math.log(share) for share in shares)
    balance = entropy / math.log(len(counts)) if len(counts) > 1 else 1.0
    return Coverage(len(shares), balance, counts)


@dataclass(frozen=True)
class Scores:
    """생성 그림의 성적표.

    Attributes:
        readable: 데이터의 글자 하나로 자신 있게 읽히는 비율 [0, 1].
        covered, balance: 나온 글자의 종류 ÷ 데이터의 글자 수, 글자들이 고르게 나오는 정도. 둘 다 [0, 1].
        fid, kid: 리더의 특징에서 잰 거리. 작을수록 좋습니다.
        precision, recall: 그럴듯함과 다양함 [0, 1].
        memorized: 가장 가까운 진짜까지의 픽셀 거리의 중앙값 ÷ 진짜끼리의 그것(``apart``).
            0이면 베낀 것이고, 1쯤이면 진짜끼리만큼 떨어져 있습니다. 진짜가 모두 똑같으면 잴 수 없어 ``None``입니다.
        count: 그림의 수.
    """

    readable: float
    covered: float
    balance: float
    fid: float
    kid: float
    precision: float
    recall: float
    memorized: float | None
    count: int


class Judge:
    """진짜 그림을 한 번 읽어 두고, 만든 그림 여러 벌을 같은 잣대로 잽니다.

    ``real``은 진짜 그림 (M, nc, H, W)이고 가짜와 같은 수를 씁니다. ``syllables``는 데이터에 있는 글자들입니다.
    """

    def __init__(self, real, syllables):
        self.real = as_input(real)
        self.syllables = "".join(syllables)
        self.reading = read(self.real)
        self._apart = apart(self.real)

    def score(self, fake):
        """만든 그림 (N, nc, H, W)의 ``Scores``. N은 진짜보다 많지 않아야 합니다."""
        fake = as_input(fake)
        if not 2 * NEIGHBOURS <= len(fake) <= len(self.real):
            allowed = f"{2 * NEIGHBOURS}장 이상 {len(self.real)}장 이하"
            raise LessonError(f"그림 {len(fake)}장: 진짜가 {len(self.real)}장이므로 {allowed}여야 합니다.")
        reading, real = read(fake), self.reading.features[: len(fake)]
        found = coverage(reading, self.syllables)
        precision, recall = precision_recall(real, reading.features)
        return Scores(
            readable=float(reading.readable(self.syllables).float().mean()),
            covered=found.share,
            balance=found.balance,
            fid=frechet_distance(real, reading.features),
            kid=kernel_distance(real, reading.features),
            precision=precision,
            recall=recall,
            memorized=memorized(fake, self.real, self._apart),
            count=len(fake),
        )


def _features(real, fake):
    pair = [torch.as_tensor(x).detach().to(torch.float64) for x in (real, fake)]
    for name, x in zip(("진짜", "가짜"), pair, strict=True):
        if x.ndim != 2 or len(x) < 2 or x.shape[1] != pair[0].shape[1]:
            raise LessonError(f"{name}의 특징의 모양 {tuple(x.shape)}: (2 이상, d)이고 두 d가 같아야 합니다.")
    return pair


def _share_inside(points, centers):
    """``centers``의 공들 가운데 하나에라도 드는 ``points``의 비율."""
    # 자기 자신이 0번째 이웃이므로 하나 더 셉니다.
    radius = torch.cdist(centers, centers).kthvalue(min(NEIGHBOURS + 1, len(centers)), dim=1).values
    return float((torch.cdist(points, centers) <= radius).any(1).double().mean())
