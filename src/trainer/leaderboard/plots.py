"""The plots of the board, drawn without pyplot: the same board gives the same bytes.

The law of this module: nothing is said by colour alone; every bar and cell carries its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from trainer.leaderboard import frames, wording
from trainer.leaderboard.fonts import drawable, plot_style
from trainer.model.contest import Board, TeamStanding
from trainer.model.points import as_text, half_up

DPI = 160
INK, QUIET, GRID = "#1f2328", "#57606a", "#d8dee4"
BAR, PASS, MEAN = "#8bb8d6", "#b42318", "#1f2328"
#: Light enough throughout for dark figures to be read on it.
SHADES = LinearSegmentedColormap.from_list("shades", ["#f6f9fc", "#d3e4f0", "#5b9bc8"])
WIDTH = 9.0
#: How many characters of a team's name go on a line.
NAME_CHARACTERS = 12


@dataclass(frozen=True)
class Plot:
    """A plot: its name (also its file name), how to draw it, and its words for those who cannot see it."""

    name: str
    draw: Callable[[Board], Figure]
    alt: Callable[[Board], str]


def _figure(board: Board, title: str, height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """A sheet that speaks for itself when it is passed on alone: contest, 暂定 and notice are on it."""
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.12))
    FigureCanvasAgg(figure)
    heading = _lines(f"{title}　{wording.headline(board)}", int(width * 5))
    figure.suptitle(heading, x=0.016, ha="left", fontsize=13, color=INK)
    if board.rules.notice:
        figure.supxlabel(
            _lines(board.rules.notice, int(width * 6.4)), x=0.016, ha="left", fontsize=10, color=PASS
        )
    axes = figure.add_subplot()
    axes.tick_params(colors=INK, length=0)
    for spine in axes.spines.values():
        spine.set_color(GRID)
    return figure, axes


def _lines(text: str, limit: int) -> str:
    """The text on as few lines as ``limit`` allows, about equally long, in characters that the font has."""
    parts = ceil(len(text) / limit)
    return drawable(text if parts < 2 else "\n".join(wrap(text, ceil(len(text) / parts))))


def _nothing_yet(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, "还没有成绩", ha="center", va="center", transform=axes.transAxes, color=QUIET, fontsize=14
    )


def score_bins(board: Board) -> list[tuple[Fraction, Fraction, int]]:
    """(from, below, people) over the whole scale, in hundredths; the full score belongs to the last bin."""
    scores = [line.score for line in board.individuals if line.rank is not None]
    number = 20 if len(scores) >= 60 else 10
    full = max(board.full, 1)
    places = [min(score * number // full, number - 1) for score in scores]
    return [
        (Fraction(full * index, number), Fraction(full * (index + 1), number), places.count(index))
        for index in range(number)
    ]


def draw_scores(board: Board) -> Figure:
    """分数分布: how many people reached which points, with the pass line and the mean."""
    figure, axes = _figure(board, "分数分布", 4.6)
    mean = board.summary.mean
    if mean is None:
        _nothing_yet(axes)
        return figure
    bins = score_bins(board)
    width = float(bins[0][1]) / 100
    for start, _, people in bins:
        left = float(start) / 100
        axes.bar(left, people, width=width, align="edge", color=BAR, edgecolor="white")
        if people:
            _count(axes, left + width / 2, people)
    passing = wording.pass_points(board)
    axes.axvline(
        passing / 100, color=PASS, linestyle="--", linewidth=1.6, label=f"及格线 {as_text(passing)} 分"
    )
    mean_label = f"平均分 {wording.points_text(mean)} 分"
    axes.axvline(float(mean) / 100, color=MEAN, linestyle=":", linewidth=2.2, label=mean_label)
    _score_axes(axes, bins)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, borderaxespad=0.2)
    return figure


def _count(axes: Axes, middle: float, people: int) -> None:
    axes.annotate(
        f"{people}",
        (middle, people),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=INK,
        zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )


def _score_axes(axes: Axes, bins: list[tuple[Fraction, Fraction, int]]) -> None:
    edges = [*(start for start, _, _ in bins), bins[-1][1]][:: len(bins) // 10]
    axes.set_xticks([float(edge) / 100 for edge in edges], [as_text(half_up(edge)) for edge in edges])
    axes.set_xlim(0, float(bins[-1][1]) / 100)
    axes.set_ylim(0, max(people for _, _, people in bins) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.yaxis.grid(visible=True, color=GRID)
    axes.set_axisbelow(True)
    axes.set_xlabel("总分（分，每段含左端不含右端，最后一段含满分）", color=INK)
    axes.set_ylabel("人数", color=INK)


def describe_scores(board: Board) -> str:
    """The histogram in words."""
    parts = [
        f"{as_text(half_up(start))} 至 {as_text(half_up(end))} 分 {people} 人"
        for start, end, people in score_bins(board)
        if people
    ]
    return f"分数分布直方图。{'；'.join(parts)}。" if parts else "分数分布直方图，还没有成绩。"


def draw_teams(board: Board) -> Figure:
    """团体对比: the team scores by rank, with how many of each team took part."""
    teams = board.teams
    figure, axes = _figure(board, f"{board.rules.team_word}团体对比", 1.6 + 0.4 * max(len(teams), 4))
    if not any(line.present for line in teams):
        _nothing_yet(axes)
        return figure
    scores = [line.score / 100 for line in teams]
    axes.barh(range(len(teams)), scores, color=BAR, height=0.62)
    _beside(axes, -0.85, "实考/应考（参赛率）")
    for place, line in enumerate(teams):
        text = f" {wording.points_text(line.score)}" if line.present else " 无人参赛"
        axes.text(line.score / 100, place, text, va="center", ha="left", color=INK)
        _beside(axes, place, f"{line.present}/{line.expected}（{wording.percent_text(line.participation)}）")
        _rank(axes, place, line)
    axes.set_yticks(range(len(teams)), [_lines(line.team, NAME_CHARACTERS) for line in teams])
    axes.tick_params(axis="y", pad=76 if any(line.tied for line in teams) else 54)
    axes.set_ylim(len(teams) - 0.4, -1.2)
    axes.set_xlim(0, max(*scores, 0.01) * 1.45)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("团体分（分）", color=INK, loc="left")
    return figure


def _beside(axes: Axes, place: float, text: str) -> None:
    """A line of the column at the right edge."""
    axes.text(1.0, place, text, va="center", ha="right", color=QUIET, transform=axes.get_yaxis_transform())


def _rank(axes: Axes, place: int, line: TeamStanding) -> None:
    """The rank between the name and the bar, in the room that the tick labels leave (their ``pad``)."""
    axes.annotate(
        f"{'并列' if line.tied else ''}第{line.rank}名",
        (0, place),
        xycoords=axes.get_yaxis_transform(),
        xytext=(-8, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=INK,
    )


def describe_teams(board: Board) -> str:
    """The team scores in words."""
    parts = [
        f"第 {line.rank} 名{'（并列）' if line.tied else ''}{line.team} {wording.points_text(line.score)} 分"
        for line in board.teams
    ]
    return f"团体分横条图。{'；'.join(parts)}。"


def draw_sections(board: Board) -> Figure:
    """大题得分率: a row for everybody and for each team, a column for each section, rates in the cells."""
    rows, titles = frames.section_table(board), list(board.sections)
    width = max(WIDTH, 2.6 + 0.95 * len(titles))
    figure, axes = _figure(board, "大题得分率", 2.0 + 0.36 * max(len(rows), 4), width)
    if not rows[0][1]:
        _nothing_yet(axes)
        return figure
    for place, (_, means) in enumerate(rows):
        for column, title in enumerate(titles):
            _draw_cell(axes, column, place, frames.score_rate(means.get(title), board.sections[title]))
    axes.set_xlim(-0.5, len(titles) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.xaxis.tick_top()
    room = max(6, int((width - 2.6) * 6.2 / len(titles)))
    axes.set_xticks(range(len(titles)), [_lines(title, room) for title in titles], linespacing=1.4)
    axes.set_yticks(range(len(rows)), [_lines(who, NAME_CHARACTERS) for who, _ in rows])
    axes.axhline(0.5, color=INK, linewidth=1.2)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(
        "得分率＝平均分÷该大题满分，按实考人数计算；颜色越深得分率越高，“—”表示无人参赛",
        color=QUIET,
        loc="left",
    )
    return figure


def _draw_cell(axes: Axes, column: int, place: int, rate: Fraction | None) -> None:
    shade = 0.0 if rate is None else float(rate)
    axes.fill_between(
        [column - 0.5, column + 0.5],
        place - 0.5,
        place + 0.5,
        facecolor="white" if rate is None else SHADES(shade),
        edgecolor="white",
        linewidth=1.5,
    )
    text = "—" if rate is None else wording.percent_text(rate)
    axes.text(column, place, text, ha="center", va="center", color=INK)


def describe_sections(board: Board) -> str:
    """The score rates of everybody in words; those of the teams stand in the table beside the plot."""
    parts = [
        f"{title} {wording.percent_text(rate)}"
        for title, mean in frames.section_means(board).items()
        if (rate := frames.score_rate(mean, board.sections[title])) is not None
    ]
    overall = "；".join(parts) or "还没有成绩"
    return f"各{board.rules.team_word}各大题得分率图，数字见大题得分率表。全体得分率：{overall}。"


PLOTS = (
    Plot("分数分布", draw_scores, describe_scores),
    Plot("团体对比", draw_teams, describe_teams),
    Plot("大题得分率", draw_sections, describe_sections),
)


def texts(figure: Figure) -> list[str]:
    """Every text that a figure draws, tick labels included."""
    figure.canvas.draw()
    return [words for text in figure.findobj(Text) if (words := text.get_text())]


def write_plots(board: Board, folder: Path) -> list[Path]:
    """Every plot as PNG and as SVG; the SVG carries its letters as outlines and needs no font."""
    paths = []
    with plot_style():
        for plot in PLOTS:
            figure = plot.draw(board)
            png, svg = folder / f"{plot.name}.png", folder / f"{plot.name}.svg"
            figure.savefig(png, dpi=DPI)
            figure.savefig(svg, metadata={"Date": None})
            paths += [png, svg]
    return paths
