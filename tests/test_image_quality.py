"""그림의 성적: 답을 아는 경우, 그리고 일부러 나쁘게 만든 것을 알아보는지."""

import math

import numpy as np
import pytest
import torch
from scipy import linalg

from gan_lesson.base.errors import LessonError
from gan_lesson.data.hangul import basic_syllables, decompose, load_hangul
from gan_lesson.metrics import distortions
from gan_lesson.metrics.hangul_reader import Reading
from gan_lesson.metrics.image_quality import (
    Judge,
    coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
)


def normal(count, seed, d=8, mean=0.0, std=1.0):
    rng = torch.Generator().manual_seed(seed)
    return mean + std * torch.randn(count, d, generator=rng, dtype=torch.float64)


def test_frechet_equals_the_formula_with_scipys_matrix_root():
    mix = normal(6, 9, d=6)
    a, b = normal(300, 0, d=6) @ mix, normal(250, 1, d=6) + 0.3
    (m1, c1), (m2, c2) = ((x.mean(0).numpy(), np.cov(x.numpy().T)) for x in (a, b))
    root = linalg.sqrtm(c1 @ c2).real
    expected = ((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_the_finite_sample_floor_of_frechet_falls_with_the_count():
    floors = [frechet_distance(normal(n, 0), normal(n, 1)) for n in (100, 1_000, 10_000)]
    assert floors[0] > 3 * floors[1] > 9 * floors[2] > 0


def test_kernel_distance_is_the_unbiased_mmd():
    a, b = normal(30, 0, d=3), normal(30, 1, d=3, mean=1.0)

    def kernel(x, y):
        return (float(x @ y) / 3 + 1) ** 3

    n = len(a)
    within = sum(kernel(x[i], x[j]) for x in (a, b) for i in range(n) for j in range(n) if i != j)
    across = sum(kernel(x, y) for x in a for y in b)
    assert kernel_distance(a, b) == pytest.approx(within / (n * (n - 1)) - 2 * across / n**2)
    same = [kernel_distance(normal(200, s), normal(200, s + 100)) for s in range(30)]
    assert abs(np.mean(same)) < 3 * np.std(same) / math.sqrt(30)  # 치우치지 않았습니다.
    assert kernel_distance(normal(300, 0), normal(200, 1, mean=1.0)) > max(same)


def test_precision_and_recall_of_known_cases():
    real = normal(400, 0)
    assert min(precision_recall(real, normal(400, 1))) > 0.8
    assert precision_recall(real, real + 100) == (0.0, 0.0)
    precision, recall = precision_recall(real, real[:1] + normal(400, 2, std=1e-3))  # 한곳에 모임
    assert precision > 0.95 and recall < 0.02
    precision, recall = precision_recall(real, normal(400, 3, std=4.0))  # 넓게 퍼짐
    assert precision < 0.2 < recall


def reading_of(text, confidence):
    labels = torch.tensor([decompose(syllable) for syllable in text])
    return Reading(labels, torch.tensor(confidence), torch.zeros(len(text), 64))


def test_coverage_counts_kinds_of_confident_letters_in_the_data():
    found = coverage(reading_of("가가나힣다", [0.9, 0.95, 0.99, 0.99, 0.3]), "가나다라")
    assert found.share == 0.5 and found.counts == {"가": 2, "나": 1, "다": 0, "라": 0}
    entropy = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    assert found.balance == pytest.approx(entropy / math.log(4))
    even = coverage(reading_of("가나다라", [0.9] * 4), "가나다라")
    assert even.balance == pytest.approx(1) and even.share == 1
    nothing = coverage(reading_of("가", [0.1]), "가나")
    assert nothing.covered == 0 == nothing.balance


@pytest.fixture(scope="module")
def judged():
    """진짜와, 일부러 만든 네 가지 '생성자'의 성적."""
    real = load_hangul(32, count=1_600).take(range(1_600))
    judge, rng = Judge(real[:800], basic_syllables()), torch.Generator().manual_seed(0)
    fakes = {
        "good": real[800:],
        "blurred": distortions.blur(real[800:], 1.3),
        "collapsed": load_hangul(32, count=800, syllables="가나다라", seed=3).take(range(800)),
        "memorised": real[:800],
        "noise": distortions.noise((800, 1, 32, 32), rng),
    }
    return {name: judge.score(images) for name, images in fakes.items()}


def test_each_bad_generator_is_noticed_by_the_metrics_that_should(judged):
    good = judged["good"]
    assert good.readable > 0.97 and good.covered > 0.95
    assert good.precision > 0.85 and good.recall > 0.85 and 0.85 < good.memorized < 1.15
    for bad in ("blurred", "collapsed", "noise"):
        assert judged[bad].fid > 10 * good.fid and judged[bad].kid > 10 * abs(good.kid)
    assert judged["blurred"].readable < 0.8 and judged["blurred"].precision < 0.5
    assert judged["collapsed"].readable > 0.97 and judged["collapsed"].precision > 0.95
    assert judged["collapsed"].covered < 0.05 and judged["collapsed"].recall < 0.1
    assert judged["noise"].readable < 0.02 and judged["noise"].covered < 0.1


def test_memorising_is_seen_only_by_the_distance_to_the_nearest_real(judged):
    copied = judged["memorised"]
    assert copied.memorized == 0 and copied.fid < judged["good"].fid
    assert copied.precision == 1 and copied.recall == 1 and copied.readable > 0.97


def test_too_few_pictures_and_other_features_are_explained():
    judge = Judge(load_hangul(32, count=40).take(range(40)), basic_syllables())
    for count in (5, 41):
        with pytest.raises(LessonError, match=f"그림 {count}장: 진짜가 40장"):
            judge.score(torch.zeros(count, 1, 32, 32))
    with pytest.raises(LessonError, match="모양"):
        frechet_distance(normal(9, 0), normal(9, 1, d=3))
