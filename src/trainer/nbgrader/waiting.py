"""What of an assignment is marked, and what waits for a person: a few numbers, without reading everybody's marks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select

from trainer.nbgrader.course import Course
from trainer.nbgrader.database import database_file
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.tables import ASSIGNMENT, GRADE, SUBMITTED, SUBMITTED_NOTEBOOK


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
    unmarked = and_(GRADE.c.auto_score.is_(None), GRADE.c.manual_score.is_(None))
    waits = case((or_(unmarked, GRADE.c.needs_manual_grade.is_(True)), 1), else_=0)
    query = (
        select(SUBMITTED.c.student_id, SUBMITTED_NOTEBOOK.c.id, func.coalesce(func.sum(waits), 0))
        .select_from(SUBMITTED_NOTEBOOK)
        .join(SUBMITTED, SUBMITTED.c.id == SUBMITTED_NOTEBOOK.c.assignment_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMITTED.c.assignment_id)
        .outerjoin(GRADE, GRADE.c.notebook_id == SUBMITTED_NOTEBOOK.c.id)
        .where(ASSIGNMENT.c.name == assignment)
        .group_by(SUBMITTED.c.student_id, SUBMITTED_NOTEBOOK.c.id)
        .order_by(SUBMITTED_NOTEBOOK.c.id)
    )
    with gradebook.reading() as connection:
        rows = connection.execute(query).all()
    open_rows = [(notebook, int(count)) for _, notebook, count in rows if count]
    return Marking(
        graded=frozenset(account for account, _, _ in rows),
        answers=sum(count for _, count in open_rows),
        people=len(open_rows),
        first=open_rows[0][0] if open_rows else None,
    )
