"""Write marks into nbgrader's gradebook, in few transactions by one writer.

What is written is what ``nbgrader autograde`` would have written: scores, comments, flags, late penalties. Marks that
people gave (``manual_score``, ``manual_comment``, ``extra_credit``, ``flagged``) are never touched by grading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, case, func, insert, select, update

from trainer.errors import Conflict
from trainer.nbgrader.gradebook import AssignmentCells, CourseGradebook
from trainer.nbgrader.tables import COMMENT, GRADE, SUBMITTED, SUBMITTED_NOTEBOOK

#: (account, score before penalty as a float, seconds late) -> penalty or None: nbgrader's late submission plugin.
LatePenalty = Callable[[str, float, float], float | None]


#: (account, cell, points, comment): a mark that a person gave.
ManualMark = tuple[str, str, float, str]


@dataclass(frozen=True)
class Graded:
    """What grading found for one submission, ready for the gradebook.

    ``scores`` are by grade cell name, None where a person has to mark; ``comments`` by solution cell name.
    ``extension`` is extra time after the due date (zero: none), None to leave what the gradebook has.
    """

    account: str
    submitted_at: datetime | None
    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]
    extension: timedelta | None = None


def record(
    gradebook: CourseGradebook, cells: AssignmentCells, batch: Sequence[Graded], penalty: LatePenalty
) -> None:
    """Write a batch of graded submissions in one transaction, creating what is missing."""
    with gradebook.transaction() as connection:
        notebooks = _submissions(connection, cells, batch)
        _ensure_rows(connection, cells, list(notebooks.values()))
        _scores(connection, cells, batch, notebooks)
        _penalties(connection, cells, batch, notebooks, penalty)


def _submissions(connection: Connection, cells: AssignmentCells, batch: Sequence[Graded]) -> dict[str, str]:
    """Submitted notebook ids by account, made where missing; timestamps brought up to date."""
    accounts = [graded.account for graded in batch]
    known = {
        row.student_id: row.id
        for row in connection.execute(
            select(SUBMITTED.c.student_id, SUBMITTED.c.id).where(
                SUBMITTED.c.assignment_id == cells.assignment_id, SUBMITTED.c.student_id.in_(accounts)
            )
        )
    }
    new, dated = [], []
    for graded in batch:
        naive = graded.submitted_at.astimezone(UTC).replace(tzinfo=None) if graded.submitted_at else None
        if graded.account not in known:
            known[graded.account] = uuid4().hex
            new.append(
                {
                    "id": known[graded.account],
                    "assignment_id": cells.assignment_id,
                    "student_id": graded.account,
                    "timestamp": naive,
                    "extension": graded.extension or None,
                }
            )
        elif naive is not None:
            dated.append({"key": known[graded.account], "at": naive})
    _insert(connection, SUBMITTED, new)
    if dated:
        statement = (
            update(SUBMITTED).where(SUBMITTED.c.id == bindparam("key")).values(timestamp=bindparam("at"))
        )
        connection.execute(statement, dated)
    extended = [
        {"key": known[g.account], "extra": g.extension or None} for g in batch if g.extension is not None
    ]
    if extended:
        longer = (
            update(SUBMITTED).where(SUBMITTED.c.id == bindparam("key")).values(extension=bindparam("extra"))
        )
        connection.execute(longer, extended)
    return _notebooks(connection, cells, known)


def _notebooks(
    connection: Connection, cells: AssignmentCells, submitted: Mapping[str, str]
) -> dict[str, str]:
    known = {
        row.assignment_id: row.id
        for row in connection.execute(
            select(SUBMITTED_NOTEBOOK.c.assignment_id, SUBMITTED_NOTEBOOK.c.id).where(
                SUBMITTED_NOTEBOOK.c.notebook_id == cells.notebook_id,
                SUBMITTED_NOTEBOOK.c.assignment_id.in_(list(submitted.values())),
            )
        )
    }
    new = [
        {"id": uuid4().hex, "assignment_id": key, "notebook_id": cells.notebook_id, "flagged": False}
        for key in submitted.values()
        if key not in known
    ]
    _insert(connection, SUBMITTED_NOTEBOOK, new)
    known |= {row["assignment_id"]: row["id"] for row in new}
    return {account: known[key] for account, key in submitted.items()}


def _ensure_rows(connection: Connection, cells: AssignmentCells, notebooks: list[str]) -> None:
    """A grade for each grade cell and a comment for each solution cell, as add_submission makes them."""
    for table, ids in ((GRADE, cells.grade_cells), (COMMENT, cells.solution_cells)):
        present = set(
            connection.execute(
                select(table.c.notebook_id, table.c.cell_id).where(table.c.notebook_id.in_(notebooks))
            ).tuples()
        )
        extra: dict[str, Any] = {"needs_manual_grade": True} if table is GRADE else {}
        _insert(
            connection,
            table,
            [
                {"id": uuid4().hex, "notebook_id": notebook, "cell_id": cell, **extra}
                for notebook in notebooks
                for cell in ids.values()
                if (notebook, cell) not in present
            ],
        )


def _scores(
    connection: Connection,
    cells: AssignmentCells,
    batch: Sequence[Graded],
    notebooks: Mapping[str, str],
) -> None:
    scores = [
        {
            "nb": notebooks[graded.account],
            "cell": cells.grade_cells[name],
            "auto": score,
            "open": score is None,
        }
        for graded in batch
        for name, score in graded.scores.items()
    ]
    comments = [
        {"nb": notebooks[graded.account], "cell": cells.solution_cells[name], "text": text}
        for graded in batch
        for name, text in graded.comments.items()
    ]
    # nbgrader's rule: a mark that a person gave wants another look after regrading.
    looked_at = case((GRADE.c.manual_score.is_not(None), True), else_=bindparam("open"))
    _update_at(connection, GRADE, scores, auto_score=bindparam("auto"), needs_manual_grade=looked_at)
    _update_at(connection, COMMENT, comments, auto_comment=bindparam("text"))


def _penalties(
    connection: Connection,
    cells: AssignmentCells,
    batch: Sequence[Graded],
    notebooks: Mapping[str, str],
    penalty: LatePenalty,
) -> None:
    connection.execute(
        update(SUBMITTED_NOTEBOOK)
        .where(SUBMITTED_NOTEBOOK.c.id.in_(list(notebooks.values())))
        .values(late_submission_penalty=None)
    )
    for graded in batch:
        late = _seconds_late(connection, cells, graded)
        if late <= 0:
            continue
        notebook = notebooks[graded.account]
        score = float(connection.execute(_notebook_score(notebook)).scalar_one() or 0.0)
        amount = penalty(graded.account, score, late)
        if amount is not None:
            connection.execute(
                update(SUBMITTED_NOTEBOOK)
                .where(SUBMITTED_NOTEBOOK.c.id == notebook)
                .values(late_submission_penalty=min(max(0.0, amount), score))
            )


def _seconds_late(connection: Connection, cells: AssignmentCells, graded: Graded) -> float:
    if cells.duedate is None or graded.submitted_at is None or graded.submitted_at <= cells.duedate:
        return 0.0
    extension = connection.execute(
        select(SUBMITTED.c.extension).where(
            SUBMITTED.c.assignment_id == cells.assignment_id, SUBMITTED.c.student_id == graded.account
        )
    ).scalar()
    due = cells.duedate + extension if extension else cells.duedate
    return max(0.0, (graded.submitted_at - due).total_seconds())


def record_manual(
    gradebook: CourseGradebook, marks: Mapping[str, Sequence[ManualMark]]
) -> list[tuple[str, str]]:
    """Marks that people gave, by assignment, in one transaction.

    Returns the (account, cell) pairs for which the gradebook has no submission; if there are any, nothing is written.
    """
    cells = {assignment: gradebook.cells_of(assignment) for assignment in marks}
    scores: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    unknown: list[tuple[str, str]] = []
    with gradebook.transaction() as connection:
        for assignment, rows in marks.items():
            known = cells[assignment]
            notebooks = _notebooks_by_account(connection, known)
            for account, cell, points, text in rows:
                if account not in notebooks or cell not in known.grade_cells:
                    unknown.append((account, cell))
                    continue
                scores.append({"nb": notebooks[account], "cell": known.grade_cells[cell], "points": points})
                if text and cell in known.solution_cells:
                    said.append({"nb": notebooks[account], "cell": known.solution_cells[cell], "text": text})
        if unknown:
            return unknown
        _update_at(connection, GRADE, scores, manual_score=bindparam("points"), needs_manual_grade=False)
        _update_at(connection, COMMENT, said, manual_comment=bindparam("text"))
    return []


def record_auto(
    gradebook: CourseGradebook, cells: AssignmentCells, marks: Sequence[tuple[str, str, float, str | None]]
) -> None:
    """Automatic marks after a key was corrected: (account, cell, points, comment), in one transaction.

    What people marked stays, and so do all flags.
    """
    with gradebook.transaction() as connection:
        notebooks = _notebooks_by_account(connection, cells)
        scores = [
            {"nb": notebooks[account], "cell": cells.grade_cells[cell], "auto": points}
            for account, cell, points, _ in marks
        ]
        comments = [
            {"nb": notebooks[account], "cell": cells.solution_cells[cell], "text": text}
            for account, cell, _, text in marks
        ]
        _update_at(connection, GRADE, scores, auto_score=bindparam("auto"))
        _update_at(connection, COMMENT, comments, auto_comment=bindparam("text"))


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _update_at(connection: Connection, table: Any, rows: list[dict[str, Any]], **values: Any) -> None:
    """Update grades or comments, each addressed by its notebook (nb) and cell."""
    if rows:
        place = (table.c.notebook_id == bindparam("nb"), table.c.cell_id == bindparam("cell"))
        connection.execute(update(table).where(*place).values(**values), rows)


def _notebooks_by_account(connection: Connection, cells: AssignmentCells) -> dict[str, str]:
    """Submitted notebook ids of an assignment by account."""
    return dict(
        connection.execute(
            select(SUBMITTED.c.student_id, SUBMITTED_NOTEBOOK.c.id)
            .join(SUBMITTED_NOTEBOOK, SUBMITTED_NOTEBOOK.c.assignment_id == SUBMITTED.c.id)
            .where(
                SUBMITTED.c.assignment_id == cells.assignment_id,
                SUBMITTED_NOTEBOOK.c.notebook_id == cells.notebook_id,
            )
        )
        .tuples()
        .all()
    )


def _notebook_score(notebook: str) -> Any:
    extra = func.coalesce(GRADE.c.extra_credit, 0.0)
    score = case(
        (GRADE.c.manual_score.is_not(None), GRADE.c.manual_score + extra),
        (GRADE.c.auto_score.is_not(None), GRADE.c.auto_score + extra),
        else_=0.0,
    )
    return select(func.sum(score)).where(GRADE.c.notebook_id == notebook)


def no_such_submissions(pairs: Sequence[tuple[str, str]]) -> Conflict:
    """The error for marks that belong to no submission."""
    some = "、".join(f"{account} 的第 {cell.lstrip('q0')} 题" for account, cell in pairs[:10])
    return Conflict(
        f"成绩册里没有这些作答，一条也没有写入：{some}。请核对账号和题号，或先运行 trainer grade。"
    )
