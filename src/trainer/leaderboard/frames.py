"""A board as tables: one pandas DataFrame for each view, with what kind of value each column holds.

The law of this module: numbers are numbers (rounded once, in ``wording``); the unknown is missing, not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

import pandas as pd

from trainer.leaderboard import wording
from trainer.model.contest import Board, CohortBoard, Standing, Summary, TeamStanding
from trainer.model.points import ZERO

T = TypeVar("T")
Cell = str | int | float | datetime | timedelta | None

EVERYBODY = "全体"


class Kind(StrEnum):
    """What a column holds; exporters choose their formats by it."""

    TEXT = "text"
    RANK = "rank"
    COUNT = "count"
    POINTS = "points"
    RATE = "rate"
    MOMENT = "moment"
    DURATION = "duration"


DTYPES: dict[Kind, Any] = {
    Kind.TEXT: "str",
    Kind.RANK: "Int64",
    Kind.COUNT: "Int64",
    Kind.POINTS: "float64",
    Kind.RATE: "float64",
    Kind.MOMENT: "datetime64[us]",
    Kind.DURATION: "timedelta64[us]",
}


@dataclass(frozen=True)
class Column:
    """A named column before it joins a table."""

    name: str
    kind: Kind
    values: Sequence[Cell]


@dataclass(frozen=True)
class View:
    """One table of the board. ``name`` also names its sheet and file; ``notes`` are the rules it needs."""

    name: str
    frame: pd.DataFrame
    kinds: tuple[Kind, ...]
    notes: tuple[str, ...] = ()

    @property
    def headers(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    def rows(self) -> list[tuple[Cell, ...]]:
        """The lines as plain Python values; None where something is missing."""
        columns = [_plain(self.frame.iloc[:, index]) for index in range(len(self.kinds))]
        return list(zip(*columns, strict=True))


def _plain(series: pd.Series[Any]) -> list[Cell]:
    """The values as Python has them; pandas' three kinds of nothing all become None."""
    values: list[Any] = series.astype("object").tolist()
    return [None if pd.isna(value) else _unboxed(value) for value in values]


def _unboxed(value: Cell) -> Cell:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.to_pytimedelta() if isinstance(value, pd.Timedelta) else value


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, numbered where the words of a contest collide (a 大题 called 总分, teams called 支部)."""
    result: list[str] = []
    for name in names:
        candidate, number = name, 2
        while candidate in result:
            candidate, number = f"{name}（{number}）", number + 1
        result.append(candidate)
    return result


def _view(name: str, columns: Sequence[Column], notes: Sequence[str] = ()) -> View:
    names = _distinct([column.name for column in columns])
    series = [
        pd.Series(list(column.values), dtype=DTYPES[column.kind], name=name)
        for name, column in zip(names, columns, strict=True)
    ]
    frame = pd.concat(series, axis="columns")
    return View(name, frame, tuple(column.kind for column in columns), tuple(notes))


def _column(name: str, kind: Kind, items: Sequence[T], value: Callable[[T], Cell]) -> Column:
    return Column(name, kind, [value(item) for item in items])


def _points(hundredths: Fraction | int | None) -> float | None:
    return None if hundredths is None else wording.points_number(hundredths)


def _rate(rate: Fraction | None) -> float | None:
    return None if rate is None else wording.rate_number(rate)


def _people(board: Board, people: Sequence[Standing], *, cohort_first: bool = False) -> list[Column]:
    """The columns of a list of people, in the order given."""
    rules = board.rules

    def seen(value: Callable[[Standing], Cell]) -> Callable[[Standing], Cell]:
        """Missing for those who did not sit."""
        return lambda line: None if line.rank is None else value(line)

    def section(title: str) -> Column:
        return _column(title, Kind.POINTS, people, seen(lambda line: _points(line.sections.get(title, ZERO))))

    def used(line: Standing) -> Cell:
        return None if line.time_used is None else timedelta(seconds=int(line.time_used.total_seconds()))

    def submitted(line: Standing) -> Cell:
        return None if line.submitted_at is None else wording.wall_time(line.submitted_at, rules)

    cohort = [_column(rules.cohort_word, Kind.TEXT, people, lambda line: line.trainee.cohort)]
    return [
        *(cohort if cohort_first else []),
        _column("名次", Kind.RANK, people, lambda line: line.rank),
        _column("姓名", Kind.TEXT, people, lambda line: line.trainee.name),
        _column("账号", Kind.TEXT, people, lambda line: line.trainee.account),
        _column(rules.team_word, Kind.TEXT, people, lambda line: line.trainee.team),
        _column("支部", Kind.TEXT, people, lambda line: line.trainee.branch),
        _column("职务", Kind.TEXT, people, lambda line: line.trainee.post),
        *([] if cohort_first else cohort),
        _column("总分", Kind.POINTS, people, seen(lambda line: _points(line.score))),
        *[section(title) for title in board.sections],
        _column("及格", Kind.TEXT, people, wording.pass_word),
        _column("用时", Kind.DURATION, people, used),
        _column("交卷时间", Kind.MOMENT, people, submitted),
        _column("备注", Kind.TEXT, people, lambda line: "；".join(wording.remarks(line))),
        _column("同分依据", Kind.TEXT, people, lambda line: line.tie_evidence),
    ]


def individuals(board: Board) -> View:
    """个人榜: everybody expected, the absent last and without a rank."""
    ranked = sorted(board.individuals, key=lambda line: line.rank is None)
    notes = [
        board.rules.explain_ties(),
        wording.pass_line(board),
        f"交卷时间为{wording.zone_text(board.rules)}。",
    ]
    return _view("个人榜", _people(board, ranked), notes)


def teams(board: Board) -> View:
    """团体榜: every team of the roster; means are missing for a team of which nobody came."""
    lines = board.teams

    def seen(value: Callable[[TeamStanding], Cell]) -> Callable[[TeamStanding], Cell]:
        return lambda line: value(line) if line.present else None

    def notes(line: TeamStanding) -> str:
        return "；".join([*(["并列"] if line.tied else []), *([] if line.present else ["无人参赛"])])

    columns = [
        _column("名次", Kind.RANK, lines, lambda line: line.rank),
        _column(board.rules.team_word, Kind.TEXT, lines, lambda line: line.team),
        _column("团体分", Kind.POINTS, lines, lambda line: _points(line.score)),
        _column("应考", Kind.COUNT, lines, lambda line: line.expected),
        _column("实考", Kind.COUNT, lines, lambda line: line.present),
        _column("缺考", Kind.COUNT, lines, lambda line: line.absent),
        _column("交卷待处理", Kind.COUNT, lines, lambda line: line.unmarked),
        _column("参赛率", Kind.RATE, lines, lambda line: _rate(line.participation)),
        _column("及格人数", Kind.COUNT, lines, lambda line: line.passed),
        *_pass_rates(
            board, lines, lambda line: line.passed, lambda line: line.present, lambda line: line.expected
        ),
        _column("平均分", Kind.POINTS, lines, seen(lambda line: _points(line.mean))),
        _column("最高分", Kind.POINTS, lines, seen(lambda line: _points(line.best))),
        _column("备注", Kind.TEXT, lines, notes),
    ]
    return _view("团体榜", columns, [board.rules.team.explain()])


def _pass_rates(
    board: Board,
    lines: Sequence[T],
    passed: Callable[[T], int],
    present: Callable[[T], int],
    expected: Callable[[T], int],
) -> list[Column]:
    """Both pass rates; the header of each names its denominator and says which one counts."""
    marks = ("以此为准", "供参考") if wording.counts_present(board.rules) else ("供参考", "以此为准")

    def rate(whole: Callable[[T], int]) -> Callable[[T], Cell]:
        return lambda line: _rate(Fraction(passed(line), whole(line))) if whole(line) else None

    return [
        _column(f"及格率（按实考人数，{marks[0]}）", Kind.RATE, lines, rate(present)),
        _column(f"及格率（按应考人数，{marks[1]}）", Kind.RATE, lines, rate(expected)),
    ]


def cohorts(board: Board) -> View:
    """期次榜: the ranking within each cohort, one cohort after the other."""
    lines = [line for cohort in board.cohorts for line in cohort.standings]
    notes = [f"名次为本{board.rules.cohort_word}内的名次。", board.rules.explain_ties()]
    return _view("期次榜", _people(board, lines, cohort_first=True), notes)


def section_means(board: Board) -> dict[str, Fraction]:
    """Everybody's mean by section, in exact fractions of a hundredth; empty when nobody came."""
    present = [line for line in board.individuals if line.rank is not None]
    if not present:
        return {}
    return {
        title: Fraction(sum(line.sections.get(title, ZERO) for line in present), len(present))
        for title in board.sections
    }


def score_rate(mean: Fraction | None, full: int) -> Fraction | None:
    """得分率: the mean as a share of the full points; None when either is missing."""
    return None if mean is None or not full else mean / full


def section_table(board: Board) -> list[tuple[str, dict[str, Fraction]]]:
    """(全体 or team, mean by section): everybody, then the teams by rank; no means where nobody came."""
    return [
        (EVERYBODY, section_means(board)),
        *((t.team, board.team_sections.get(t.team, {})) for t in board.teams),
    ]


def sections(board: Board) -> View:
    """大题: mean and score rate of each section, everybody first and then team by team."""
    lines = [
        (title, full, who, means.get(title))
        for title, full in board.sections.items()
        for who, means in section_table(board)
    ]
    columns = [
        _column("大题", Kind.TEXT, lines, lambda line: line[0]),
        _column("满分", Kind.POINTS, lines, lambda line: _points(line[1])),
        _column(board.rules.team_word, Kind.TEXT, lines, lambda line: line[2]),
        _column("平均分", Kind.POINTS, lines, lambda line: _points(line[3])),
        _column("得分率", Kind.RATE, lines, lambda line: _rate(score_rate(line[3], line[1]))),
    ]
    return _view("大题", columns, ["平均分按实考人数计算；得分率＝平均分÷该大题满分。"])


def statistics(board: Board) -> View:
    """统计: the figures of everybody and of each cohort."""
    groups = [CohortBoard(EVERYBODY, board.summary, ()), *board.cohorts]
    lines: list[Summary] = [group.summary for group in groups]
    columns = [
        Column("范围", Kind.TEXT, [group.cohort for group in groups]),
        _column("应考", Kind.COUNT, lines, lambda line: line.expected),
        _column("实考", Kind.COUNT, lines, lambda line: line.present),
        _column("缺考", Kind.COUNT, lines, lambda line: line.absent),
        _column("交卷待处理", Kind.COUNT, lines, lambda line: line.unmarked),
        _column(
            "参赛率",
            Kind.RATE,
            lines,
            lambda line: _rate(Fraction(line.present, line.expected)) if line.expected else None,
        ),
        _column("及格人数", Kind.COUNT, lines, lambda line: line.passed),
        *_pass_rates(
            board, lines, lambda line: line.passed, lambda line: line.present, lambda line: line.expected
        ),
        _column("平均分", Kind.POINTS, lines, lambda line: _points(line.mean)),
        _column("中位数", Kind.POINTS, lines, lambda line: _points(line.median)),
        _column("最高分", Kind.POINTS, lines, lambda line: _points(line.highest)),
        _column("最低分", Kind.POINTS, lines, lambda line: _points(line.lowest)),
    ]
    notes = ["参赛率＝实考人数÷应考人数。", wording.pass_line(board), wording.pass_rates(board)]
    return _view("统计", columns, notes)


def views(board: Board) -> list[View]:
    """Every table of the board, in the order in which people look for them."""
    return [individuals(board), teams(board), cohorts(board), sections(board), statistics(board)]
