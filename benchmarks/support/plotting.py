"""The plot of docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def plot_costs(path: Path, curves: Mapping[str, Sequence[Any]], items: int) -> None:
    """CPU seconds of whole commands by the number of submissions, both logarithmic; what was computed is dashed."""
    from matplotlib.figure import Figure

    from trainer.leaderboard.fonts import plot_style

    with plot_style():
        figure = Figure(figsize=(8, 6), layout="constrained")
        axes = figure.subplots()
        for way, lines in curves.items():
            ordered = sorted(lines, key=lambda line: line.count)
            if not ordered:
                continue
            counts, cpu = [line.count for line in ordered], [line.whole.cpu for line in ordered]
            style = "--" if any(line.guessed for line in ordered) else "-"
            (drawn,) = axes.plot(counts, cpu, style, label=way)
            real = [(line.count, line.whole.cpu) for line in ordered if not line.guessed]
            axes.plot(*zip(*real, strict=True), "o", color=drawn.get_color())
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel("份数")
        axes.set_ylabel("整个命令的 CPU 秒数（连同它启动的全部进程）")
        axes.set_title(f"阅卷的费用，每份 {items} 题（虚线由少数几份推算）")
        axes.grid(visible=True, which="both", alpha=0.2)
        figure.legend(loc="outside lower center", ncols=2)
        figure.savefig(path, dpi=120)
