"""Everybody's marks, cell by cell, in three queries. Where totals are enough, see :mod:`trainer.nbgrader.totals`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select

from trainer.model.points import Hundredths, to_hundredths
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.tables import (
    ASSIGNMENT,
    BASE_CELL,
    COMMENT,
    GRADE,
    NOTEBOOK,
    SUBMITTED,
    SUBMITTED_NOTEBOOK,
)


@dataclass(frozen=True)
class CellScore:
    """One grade cell of one trainee as the gradebook has it."""

    auto: float | None
    manual: float | None
    extra: float | None
    needs_manual_grade: bool

    @property
    def score(self) -> Hundredths:
        """Manual marks win over automatic ones; extra credit is added: nbgrader's own rule."""
        base = self.manual if self.manual is not None else self.auto
        return Hundredths(
            to_hundredths(base or 0.0) + (to_hundredths(self.extra or 0.0) if base is not None else 0)
        )


@dataclass
class GradebookEntry:
    """All that the gradebook has of one trainee's submission of one assignment."""

    account: str
    assignment: str
    submitted_at: datetime | None
    late: bool
    penalty: Hundredths
    cells: dict[str, CellScore] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """Of one submission everything but its cells; ``number`` is the gradebook's id of the submitted notebook."""

    number: str
    account: str
    assignment: str
    submitted_at: datetime | None
    late: bool
    penalty: Hundredths


def heads_query(assignments: Sequence[str]) -> Select[Any]:
    """All submissions of some assignments, by account and assignment; for :func:`head_of`."""
    return (
        select(
            SUBMITTED_NOTEBOOK.c.id,
            SUBMITTED.c.student_id,
            ASSIGNMENT.c.name,
            SUBMITTED.c.timestamp,
            SUBMITTED.c.extension,
            ASSIGNMENT.c.duedate,
            SUBMITTED_NOTEBOOK.c.late_submission_penalty,
        )
        .join(SUBMITTED, SUBMITTED.c.id == SUBMITTED_NOTEBOOK.c.assignment_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMITTED.c.assignment_id)
        .where(SUBMITTED_NOTEBOOK.c.notebook_id.in_(notebooks_of(assignments)))
        .order_by(SUBMITTED.c.student_id, ASSIGNMENT.c.name)
    )


def notebooks_of(assignments: Sequence[str]) -> Select[Any]:
    """The ids of the notebooks of some assignments: by these, nbgrader's own indexes lead to their submissions."""
    return (
        select(NOTEBOOK.c.id)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
        .where(ASSIGNMENT.c.name.in_(list(assignments)))
    )


def head_of(row: Any) -> Head:
    """A row of :func:`heads_query`. nbgrader keeps naive UTC."""
    number, account, assignment, timestamp, extension, duedate, penalty = row
    due = duedate + extension if duedate and extension else duedate
    return Head(
        number,
        account,
        assignment,
        timestamp.replace(tzinfo=UTC) if timestamp else None,
        bool(timestamp and due and timestamp > due),
        to_hundredths(penalty) if penalty else Hundredths(0),
    )


def entries(gradebook: CourseGradebook, assignments: Sequence[str]) -> list[GradebookEntry]:
    """Everything that reports need of some assignments, by account and assignment."""
    with gradebook.reading() as connection:
        heads = [head_of(row) for row in connection.execute(heads_query(assignments))]
        grades = connection.execute(
            select(
                GRADE.c.notebook_id,
                BASE_CELL.c.name,
                GRADE.c.auto_score,
                GRADE.c.manual_score,
                GRADE.c.extra_credit,
                GRADE.c.needs_manual_grade,
            )
            .join(BASE_CELL, BASE_CELL.c.id == GRADE.c.cell_id)
            .join(NOTEBOOK, NOTEBOOK.c.id == BASE_CELL.c.notebook_id)
            .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
            .where(ASSIGNMENT.c.name.in_(list(assignments)))
        ).all()
        said = connection.execute(
            select(COMMENT.c.notebook_id, BASE_CELL.c.name, COMMENT.c.auto_comment)
            .join(BASE_CELL, BASE_CELL.c.id == COMMENT.c.cell_id)
            .join(NOTEBOOK, NOTEBOOK.c.id == BASE_CELL.c.notebook_id)
            .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
            .where(ASSIGNMENT.c.name.in_(list(assignments)), COMMENT.c.auto_comment.is_not(None))
        ).all()
    cells: dict[str, dict[str, CellScore]] = defaultdict(dict)
    for notebook, name, auto, manual, extra, needs in grades:
        cells[notebook][name] = CellScore(auto, manual, extra, bool(needs))
    comments: dict[str, dict[str, str]] = defaultdict(dict)
    for notebook, name, text in said:
        comments[notebook][name] = text
    return [
        GradebookEntry(
            head.account,
            head.assignment,
            head.submitted_at,
            head.late,
            head.penalty,
            cells[head.number],
            comments[head.number],
        )
        for head in heads
    ]
