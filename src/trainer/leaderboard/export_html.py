"""The board as one page (榜单.html) that stands alone: no script, no font file, nothing fetched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from trainer.leaderboard import frames, wording
from trainer.leaderboard.export_csv import cell_text
from trainer.leaderboard.fonts import SUBSTITUTE, missing_characters
from trainer.leaderboard.frames import Cell, Kind
from trainer.leaderboard.plots import PLOTS
from trainer.model.contest import Board, Standing, duration_text

FILE = "榜单.html"
TEMPLATES = Path(__file__).parent / "templates"
PODIUM = {1: "第一名", 2: "第二名", 3: "第三名"}


@dataclass(frozen=True)
class Drawing:
    """A plot as the page shows it."""

    name: str
    source: str
    alt: str


@dataclass(frozen=True)
class Figure:
    """One of the key figures at the top."""

    name: str
    value: str
    note: str = ""


def shown(kind: Kind, cell: Cell) -> str:
    """A cell as it is read on the page; — where something is missing."""
    if isinstance(cell, str):
        return cell
    return "—" if cell is None else cell_text(kind, cell)


def _points(hundredths: Fraction | int | None) -> str:
    return "—" if hundredths is None else wording.points_text(hundredths)


def _percent(rate: Fraction | None) -> str:
    return "—" if rate is None else wording.percent_text(rate)


def _side_notes(standing: Standing) -> list[str]:
    """The remarks beside a line; 并列 and 缺考 already stand in the column of the ranks."""
    notes = [note for note in wording.remarks(standing) if note not in {"并列", "缺考", "交卷待处理"}]
    return [*notes, f"同分依据：{standing.tie_evidence}"] if standing.tie_evidence else notes


def key_figures(board: Board) -> list[Figure]:
    """What most people come for; the headline pass rate before the other one."""
    summary = board.summary
    rates = [
        Figure("及格率", _percent(summary.pass_rate_present), "按实考人数"),
        Figure("及格率", _percent(summary.pass_rate_expected), "按应考人数"),
    ]
    first, second = rates if wording.counts_present(board.rules) else rates[::-1]
    participation = Fraction(summary.present, summary.expected) if summary.expected else None
    return [
        Figure("应考", f"{summary.expected} 人"),
        Figure("实考", f"{summary.present} 人", wording.absence(summary)),
        Figure("参赛率", _percent(participation), "实考÷应考"),
        Figure("及格", f"{summary.passed} 人", f"及格线 {_points(wording.pass_points(board))} 分"),
        Figure(first.name, first.value, f"{first.note}，以此为准"),
        Figure(second.name, second.value, f"{second.note}，供参考"),
        Figure("平均分", _points(summary.mean)),
        Figure("中位数", _points(summary.median)),
        Figure("最高分", _points(summary.highest)),
        Figure("最低分", _points(summary.lowest)),
    ]


def _drawings(board: Board, svgs: Mapping[str, bytes]) -> dict[str, Drawing]:
    return {
        plot.name: Drawing(
            plot.name,
            f"data:image/svg+xml;base64,{b64encode(svgs[plot.name]).decode('ascii')}",
            plot.alt(board),
        )
        for plot in PLOTS
    }


def _substituted(board: Board) -> str:
    """The sentence about characters that the plots could not draw; empty when there are none."""
    labels = [board.rules.title, board.rules.notice, board.rules.team_word, *board.sections]
    missing = missing_characters("".join([*labels, *(line.team for line in board.teams)]))
    return f"图中的“{SUBSTITUTE}”代替字库里没有的字：{'、'.join(missing)}。" if missing else ""


def _environment(board: Board) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "points": _points,
        "percent": _percent,
        "duration": duration_text,
        "clock": lambda at: f"{wording.wall_time(at, board.rules):%m-%d %H:%M:%S}",
        "pass_word": wording.pass_word,
        "side_notes": _side_notes,
    }
    return environment


def page(board: Board, svgs: Mapping[str, bytes], *, generated_at: datetime) -> str:
    """The page as text. ``svgs`` holds the plots by name."""
    people = [line.trainee for line in board.individuals]
    return (
        _environment(board)
        .get_template("board.html.j2")
        .render(
            board=board,
            rules=board.rules,
            podium=PODIUM,
            provisional=wording.provisional(board),
            period=wording.period(board.rules),
            figures=key_figures(board),
            statistics=frames.statistics(board),
            shown=shown,
            section_table=frames.section_table(board),
            score_rate=frames.score_rate,
            rule_sentences=wording.rule_sentences(board),
            drawings=_drawings(board, svgs),
            substituted=_substituted(board),
            generated=f"{wording.day_and_time(generated_at, board.rules)}，{wording.zone_text(board.rules)}",
            has_branch=any(person.branch for person in people),
            has_post=any(person.post for person in people),
            has_cohort=any(person.cohort for person in people),
        )
    )


def write_html(board: Board, folder: Path, *, generated_at: datetime) -> Path:
    """Write 榜单.html with the plots that ``plots.write_plots`` has put into the same folder."""
    path = folder / FILE
    svgs = {plot.name: (folder / f"{plot.name}.svg").read_bytes() for plot in PLOTS}
    path.write_text(page(board, svgs, generated_at=generated_at), encoding="utf-8")
    return path
