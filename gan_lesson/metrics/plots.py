"""평가의 그림: 읽은 글자, 글자의 종류, 확신의 보정, 시간에 따른 성적."""

import math

import numpy as np

from gan_lesson import plots
from gan_lesson.data.hangul import compose, decompose
from gan_lesson.metrics.hangul_reader import CONFIDENT
from gan_lesson.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE, new_figure, tile, to_rgb


def pictures_with_words(images, words, columns=8, colors=None, title=""):
    """그림 (N, nc, H, W)마다 그 아래에 글(``words``) 한 줄. ``colors``는 글의 색 N개이고 기본은 모두 검정입니다."""
    rows = math.ceil(len(images) / columns)
    figure = new_figure(1.05 * columns, 1.35 * rows + (0.4 if title else 0))
    for i, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        if i < len(images):
            plots.show_board(axes, to_rgb(images[i : i + 1])[0])
            place = dict(transform=axes.transAxes, ha="center", va="top")
            axes.text(0.5, -0.04, words[i], fontsize=12, color=colors[i] if colors else "black", **place)
        axes.set_axis_off()
    if title:
        figure.suptitle(title, fontsize=15)
    return figure


def reading_board(images, reading, syllables, columns=8, title=""):
    """그림과 리더가 읽은 글자. 자신 없는 것은 주황색 물음표입니다."""
    good = reading.readable(syllables).tolist()
    words = [
        f"{syllable} {confidence:.0%}" if ok else f"? {confidence:.0%}"
        for syllable, confidence, ok in zip(reading.syllables, reading.confidence.tolist(), good, strict=True)
    ]
    colors = [BLUE if ok else ORANGE for ok in good]
    return pictures_with_words(images, words, columns, colors, title)


def coverage_table(counts, title):
    """받침 없는 글자마다 나온 수(``Coverage.counts``)를 초성 × 중성의 표로. 한 번도 나오지 않은 칸은 빗금입니다."""
    pairs = {decompose(syllable)[:2]: count for syllable, count in counts.items()}
    initials = sorted({initial for initial, _ in pairs})
    vowels = sorted({vowel for _, vowel in pairs})
    table = np.array([[pairs.get((i, v), 0) for v in vowels] for i in initials])
    figure = new_figure(0.62 * len(vowels) + 1.2, 0.42 * len(initials) + 1.0)
    axes = figure.add_subplot()
    axes.imshow(table, cmap="Blues", aspect="auto", vmin=0)
    for (row, column), count in np.ndenumerate(table):
        syllable = compose(initials[row], vowels[column])
        faint = count < table.max() / 2
        axes.text(column, row, f"{syllable} {count}" if count else syllable, ha="center", va="center",
                  fontsize=11, color="black" if faint else "white")  # fmt: skip
        if not count:
            axes.fill_between([column - 0.5, column + 0.5], row - 0.5, row + 0.5, facecolor="none",
                              edgecolor=ORANGE, hatch="//", linewidth=0)  # fmt: skip
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=14)
    return figure


def calibration_curve(table):
    """확신과 바르게 읽은 비율. ``table``: (구간의 아래 끝, 그림 수, 평균 확신, 바르게 읽은 비율)의 목록."""
    said, was = ([row[k] for row in table] for k in (2, 3))
    figure = new_figure(5, 4.2)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=GRAY, linestyle="--", label="말한 만큼 맞히면")
    plots.line_chart(axes, {"리더": was}, said, "리더가 말한 확신", "바르게 읽은 비율", marks="o")
    axes.axvline(CONFIDENT, color=ORANGE, linestyle=":", label=f"읽은 것으로 치는 {CONFIDENT}")
    axes.legend(fontsize=12)
    return figure


def scores_over_time(moments, rows, loss_g):
    """``moments``(반복 번호들)마다의 성적 ``rows``(``Scores``). 위는 [0, 1]의 비율들, 아래는 FID와 ``loss_g``입니다."""
    figure = new_figure(9, 6)
    shares, distance = figure.subplots(2, 1, sharex=True)
    names = {"readable": "읽히는 비율", "covered": "글자의 종류", "precision": "정밀도", "recall": "재현율"}
    series = {words: [getattr(row, name) for row in rows] for name, words in names.items()}
    plots.line_chart(
        shares, series, moments, ylabel="비율", marks="osD^", colors=(BLUE, GREEN, ORANGE, PURPLE)
    )
    shares.set_ylim(-0.03, 1.03)
    distance.set_yscale("log")
    plots.line_chart(
        distance, {"FID": [row.fid for row in rows]}, moments, "반복", "FID(로그 눈금)", marks="o"
    )
    distance.yaxis.set_major_formatter("{x:g}")
    distance.yaxis.set_minor_formatter("")
    low, high = distance.get_ylim()
    marks = [m * 10**k for k in range(-3, 5) for m in (1, 2, 5)]
    distance.set_yticks([mark for mark in marks if low <= mark <= high])
    right = distance.twinx()
    right.plot(moments, loss_g, color=ORANGE, marker="s", linewidth=2, label="Loss_G")
    right.set_ylabel("Loss_G", fontsize=14, color=ORANGE, weight="bold")
    lines = [*distance.lines, *right.lines]
    plots.legend_beside(distance, lines, [line.get_label() for line in lines], x=1.1)
    plots.legend_beside(shares, x=1.1)
    return figure


def beside_neighbours(fake, real, indices, columns=8):
    """위에는 만든 그림, 아래에는 가장 가까운 진짜."""
    columns = min(columns, len(fake))
    # 위아래를 따로 이어 붙여, 한쪽이 uint8이고 한쪽이 float여도 됩니다.
    upper, lower = tile(fake[:columns], columns), tile(real[indices[:columns]], columns)
    figure = new_figure(1.1 * columns, 2.9)
    axes = figure.add_subplot()
    plots.show_board(axes, np.concatenate([upper, lower[2:]]))
    size = fake.shape[-1]
    axes.set_yticks([size / 2 + 2, size * 1.5 + 4], ["만든 그림", "가장 가까운 진짜"], fontsize=13)
    axes.tick_params(length=0)
    return figure
