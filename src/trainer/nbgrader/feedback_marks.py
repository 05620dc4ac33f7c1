"""What the gradebook gave many people for one assignment, in three queries: what their feedback pages show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from trainer.nbgrader.feedback_page import Given
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


def given_to(
    gradebook: CourseGradebook, assignment: str, notebook: str, accounts: Sequence[str]
) -> dict[str, Given]:
    """By account; who has nothing in the gradebook is not in it. Manual marks and comments win, as nbgrader has it."""
    own = (ASSIGNMENT.c.name == assignment, NOTEBOOK.c.name == notebook)
    people = (
        select(SUBMITTED_NOTEBOOK.c.id, SUBMITTED.c.student_id, SUBMITTED_NOTEBOOK.c.late_submission_penalty)
        .join(SUBMITTED, SUBMITTED.c.id == SUBMITTED_NOTEBOOK.c.assignment_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMITTED.c.assignment_id)
        .join(NOTEBOOK, NOTEBOOK.c.id == SUBMITTED_NOTEBOOK.c.notebook_id)
        .where(*own, SUBMITTED.c.student_id.in_(accounts))
    )
    with gradebook.reading() as connection:
        heads = connection.execute(people).all()
        cells: dict[str, str] = dict(
            connection.execute(
                select(BASE_CELL.c.id, BASE_CELL.c.name)
                .join(NOTEBOOK, NOTEBOOK.c.id == BASE_CELL.c.notebook_id)
                .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
                .where(*own)
            )
            .tuples()
            .all()
        )
        # By both columns, which nbgrader's own unique index holds: no other way in is fast in a large gradebook.
        numbers = [head[0] for head in heads]
        grades = connection.execute(
            select(
                GRADE.c.notebook_id,
                GRADE.c.cell_id,
                GRADE.c.auto_score,
                GRADE.c.manual_score,
                GRADE.c.extra_credit,
            ).where(GRADE.c.cell_id.in_(list(cells)), GRADE.c.notebook_id.in_(numbers))
        ).all()
        said = connection.execute(
            select(
                COMMENT.c.notebook_id, COMMENT.c.cell_id, COMMENT.c.auto_comment, COMMENT.c.manual_comment
            ).where(COMMENT.c.cell_id.in_(list(cells)), COMMENT.c.notebook_id.in_(numbers))
        ).all()
    scores: dict[str, dict[str, float | None]] = defaultdict(dict)
    for number, cell, auto, manual, extra in grades:
        base = manual if manual is not None else auto
        scores[number][cells[cell]] = None if base is None else base + (extra or 0.0)
    comments: dict[str, dict[str, str | None]] = defaultdict(dict)
    for number, cell, auto, manual in said:
        comments[number][cells[cell]] = manual if manual is not None else auto
    return {
        account: Given(scores[number], comments[number], penalty or 0.0) for number, account, penalty in heads
    }
