"""Everybody's points by section, summed up by the database: all that a board needs, without reading each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    case,
    func,
    insert,
    select,
)

from trainer.model.points import ZERO, Hundredths
from trainer.nbgrader.entries import CellScore, Head, head_of, heads_query, notebooks_of
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.indexes import is_unanswered
from trainer.nbgrader.tables import ASSIGNMENT, BASE_CELL, COMMENT, GRADE, NOTEBOOK, SUBMITTED_NOTEBOOK

_CELL, _SECTION = Column("cell_id", String(32), primary_key=True), Column("section", Integer, nullable=False)
#: Where each cell counts, for one pass over all marks: the database looks every one up, and a list has no index.
_PARTS = Table("trainer_parts", MetaData(), _CELL, _SECTION, prefixes=["TEMPORARY"], sqlite_with_rowid=False)

#: Sections by cell name.
Sections = Mapping[str, int]
#: From this share of all cells on, one pass over all marks is cheaper than going in by each submission.
_MOST = 0.4
#: Hundredths are summed as whole numbers; a mark that is further from one is added up here, exactly.
_EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class Totals:
    """One submission: hundredths by section, how many of the cells asked for have a mark, how many have no answer."""

    head: Head
    sections: Sequence[Hundredths]
    marked: int
    unanswered: int


def totals(gradebook: CourseGradebook, asked: Mapping[str, Sections]) -> Iterator[Totals]:
    """Every submission of some assignments, by account and assignment. The database is done with at the first one.

    ``asked``: by assignment, in which section (from 0) each of its cells counts; other cells do not count.
    """
    count = 1 + max((place for sections in asked.values() for place in sections.values()), default=0)
    with gradebook.reading() as connection:
        places = _places(connection, asked)
        if not places:
            return
        sums = _sums(connection, list(asked), places, count)
        inexact = [row[0] for row in sums.values() if row[2] or (row[3] or 0.0) > _EXACT]
        exact = _exact(connection, inexact, places, count)
        unanswered: dict[str, int] = dict(
            connection.execute(
                select(COMMENT.c.notebook_id, func.count())
                .where(is_unanswered())
                .group_by(COMMENT.c.notebook_id)
            )
            .tuples()
            .all()
        )
        heads = connection.execute(heads_query(list(asked))).tuples().all()
    nothing: tuple[Any, ...] = (None, 0, 0, None, *([None] * count))
    for head in map(head_of, heads):
        row = sums.get(head.number, nothing)
        points = exact.get(head.number) or [Hundredths(round((one or 0.0) * 100)) for one in row[4:]]
        yield Totals(head, points, row[1], unanswered.get(head.number, 0))


def _places(connection: Connection, asked: Mapping[str, Sections]) -> dict[str, int]:
    """The section by the gradebook's id of a grade cell."""
    query = (
        select(BASE_CELL.c.id, BASE_CELL.c.name, ASSIGNMENT.c.name)
        .join(NOTEBOOK, NOTEBOOK.c.id == BASE_CELL.c.notebook_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
        .where(ASSIGNMENT.c.name.in_(list(asked)), BASE_CELL.c.type != "SolutionCell")
    )
    found = connection.execute(query).tuples()
    return {number: asked[of][name] for number, name, of in found if name in asked[of]}


def _sums(
    connection: Connection, assignments: Sequence[str], places: Mapping[str, int], count: int
) -> dict[str, Sequence[Any]]:
    """By submitted notebook: (its id, marks, extra credits, distance from hundredths, points of each section or None…)."""
    _PARTS.create(connection)
    connection.execute(insert(_PARTS), [{"cell_id": c, "section": s} for c, s in places.items()])
    # The outer join keeps the order: the marks of each submission as they lie in their index, then where each counts.
    source = GRADE.outerjoin(_PARTS, _PARTS.c.cell_id == GRADE.c.cell_id)
    query = _summed(count).select_from(source)
    all_cells = connection.scalar(select(func.count()).where(BASE_CELL.c.type != "SolutionCell")) or 0
    if len(places) < _MOST * all_cells:
        own = select(SUBMITTED_NOTEBOOK.c.id).where(
            SUBMITTED_NOTEBOOK.c.notebook_id.in_(notebooks_of(assignments))
        )
        query = query.where(GRADE.c.notebook_id.in_(own))
    rows: dict[str, Sequence[Any]] = {row[0]: row for row in connection.execute(query).tuples()}
    _PARTS.drop(connection)
    return rows


def _summed(count: int) -> Select[Any]:
    section, score = _PARTS.c.section, func.coalesce(GRADE.c.manual_score, GRADE.c.auto_score)
    return select(
        GRADE.c.notebook_id,
        func.count(case((section.is_not(None), score))),
        func.count(GRADE.c.extra_credit),
        func.sum(func.abs(score * 100 - func.round(score * 100))),
        *(func.sum(case({place: score}, value=section)) for place in range(count)),
    ).group_by(GRADE.c.notebook_id)


def _exact(
    connection: Connection, numbers: Iterable[str], places: Mapping[str, int], count: int
) -> dict[str, list[Hundredths]]:
    """The points by section of a few submissions, each mark rounded by itself."""
    wanted = set(numbers)
    points: dict[str, list[Hundredths]] = defaultdict(lambda: [ZERO] * count)
    if not wanted:
        return points
    query = select(
        GRADE.c.notebook_id, GRADE.c.cell_id, GRADE.c.auto_score, GRADE.c.manual_score, GRADE.c.extra_credit
    ).where(GRADE.c.cell_id.in_(list(places)))
    if len(wanted) <= 1000:
        query = query.where(GRADE.c.notebook_id.in_(wanted))
    for number, cell, auto, manual, extra in connection.execute(query):
        if number in wanted:
            place, score = places[cell], CellScore(auto, manual, extra, False).score
            points[number][place] = Hundredths(points[number][place] + score)
    return points
