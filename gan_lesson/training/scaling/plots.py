"""속도의 그림: 손잡이 하나씩의 이득, 두 길의 손실 곡선, 프로세스의 수에 따른 예측."""

from gan_lesson.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE, new_figure
from gan_lesson.training.scaling.speed import ratio


def ladder_bars(times):
    """처음 것보다 몇 배 빠른지. ``times``: ``speed.alternate``의 값. 가는 선은 짝마다의 비의 사분위수입니다."""
    base, names = next(iter(times)), list(times)[::-1]
    figure = new_figure(9, 0.5 * len(times) + 1.2)
    axes = figure.add_subplot()
    for name in names:
        middle, (low, high) = ratio(times, base, name)
        axes.barh(name, middle, color=GRAY if name == base else BLUE,
                  xerr=[[middle - low], [high - middle]], ecolor="black", capsize=3)  # fmt: skip
        axes.text(high + 0.03, name, f"{middle:.2f}배", va="center")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlim(0, 1.25 * max(ratio(times, base, name)[1][1] for name in names))
    axes.set_xlabel(f"{base}보다 몇 배 빠른지")
    return figure


def two_loss_curves(histories):
    """두 길의 손실을 겹쳐서. ``histories``: 길의 이름 → (loss_d, loss_g)의 목록."""
    figure = new_figure(10, 3.4)
    panels = figure.subplots(1, 2)
    for index, (axes, title) in enumerate(zip(panels, ("Loss_D", "Loss_G"), strict=True)):
        for (name, rows), style in zip(histories.items(), ("-", "--"), strict=True):
            color = BLUE if style == "-" else ORANGE
            values = [row[index] for row in rows]
            axes.plot(range(1, len(values) + 1), values, style, color=color, label=name)
        axes.set_title(title)
        axes.set_xlabel("반복")
        axes.grid(alpha=0.3)
    panels[0].legend()
    return figure


def efficiency_curves(efficiencies, counts, title=""):
    """프로세스의 수에 따른 효율. ``efficiencies``: 이름 → 효율(0–1)의 목록."""
    figure = new_figure(9, 3.6)
    axes = figure.add_subplot()
    marks = zip(efficiencies.items(), (BLUE, ORANGE, GREEN, PURPLE), "os^D", strict=False)
    for (name, values), color, mark in marks:
        axes.plot(counts, [100 * v for v in values], marker=mark, color=color, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_ylim(0, 105)
    axes.set_xlabel("프로세스(GPU)의 수")
    axes.set_ylabel("효율(%)")
    axes.grid(alpha=0.3)
    axes.set_title(title, fontsize=14)
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.55))  # 선이 지나지 않는 자리
    return figure
