"""What of an assignment is marked, and what waits for a person: a few numbers, without reading everybody's marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select

from trainer.nbgrader.course import Course
from trainer.nbgrader.database import database_file
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.indexes import waits
from trainer.nbgrader.tables import ASSIGNMENT, BASE_CELL, GRADE, NOTEBOOK, SUBMITTED, SUBMITTED_NOTEBOOK


@dataclass(frozen=True)
class Marking:
    """How far the marking of one assignment is.

    ``graded`` are the accounts that grading has dealt with; ``answers`` wait for a person, of ``people`` of them;
    ``first`` is formgrader's id of the first submission with one that waits, None if there is none.
    """

    graded: frozenset[str] = frozenset()
    answers: int = 0
    people: int = 0
    first: str | None = None


def has_gradebook(course: Course) -> bool:
    """Whether there is one: connecting to a SQLite file that is not there would make an empty one."""
    file = database_file(course.db_url)
    return file is None or file.is_file()


def marking_of(gradebook: CourseGradebook, assignment: str) -> Marking:
    """From the gradebook. The order is formgrader's, so that its “next” goes on from ``first``."""
    people = (
        select(SUBMITTED.c.student_id)
        .join(SUBMITTED_NOTEBOOK, SUBMITTED_NOTEBOOK.c.assignment_id == SUBMITTED.c.id)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMITTED.c.assignment_id)
        .where(ASSIGNMENT.c.name == assignment)
    )
    with gradebook.reading() as connection:
        graded = frozenset(connection.scalars(people))
        rows = connection.execute(
            select(GRADE.c.notebook_id, func.count())
            .where(waits(), GRADE.c.cell_id.in_(_cells([assignment])))
            .group_by(GRADE.c.notebook_id)
        ).all()
    return Marking(
        graded=graded,
        answers=sum(count for _, count in rows),
        people=len(rows),
        first=min((notebook for notebook, _ in rows), default=None),
    )


def unmarked_answers(gradebook: CourseGradebook, assignments: Sequence[str]) -> int:
    """How many answers of some assignments have no mark, neither from the machine nor from a person."""
    unmarked = and_(GRADE.c.auto_score.is_(None), GRADE.c.manual_score.is_(None))
    query = (
        select(func.count())
        .select_from(GRADE)
        .where(waits(), unmarked, GRADE.c.cell_id.in_(_cells(assignments)))
    )
    with gradebook.reading() as connection:
        return connection.scalar(query) or 0


def _cells(assignments: Sequence[str]) -> Select[tuple[Any]]:
    return (
        select(BASE_CELL.c.id)
        .join(NOTEBOOK, NOTEBOOK.c.id == BASE_CELL.c.notebook_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
        .where(ASSIGNMENT.c.name.in_(list(assignments)))
    )
