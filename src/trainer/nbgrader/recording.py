"""Write marks into nbgrader's gradebook, in few transactions by one writer.

What is written is what ``nbgrader autograde`` would have written: scores, comments, flags, late penalties. Marks that
people gave (``manual_score``, ``manual_comment``, ``extra_credit``, ``flagged``) are never touched by grading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, insert, select, true, update

from trainer.nbgrader.gradebook import AssignmentCells, CourseGradebook
from trainer.nbgrader.tables import COMMENT, GRADE, SUBMITTED, SUBMITTED_NOTEBOOK

#: (account, score before penalty as a float, seconds late) -> penalty or None: nbgrader's late submission plugin.
LatePenalty = Callable[[str, float, float], float | None]


#: Of the id of a grade or comment so many characters tell the notebook, the others the cell.
_OF_NOTEBOOK = 20
_GRADE_COLUMNS = ("id", "notebook_id", "cell_id", "auto_score", "needs_manual_grade")
_COMMENT_COLUMNS = ("id", "notebook_id", "cell_id", "auto_comment")


@dataclass(frozen=True)
class Graded:
    """What grading found for one submission, ready for the gradebook.

    ``scores`` are those of the assignment's grade cells in their order, None where a person has to mark; ``comments``
    those of its solution cells. ``extension`` is extra time after the due date (zero: none), None to leave what the
    gradebook has. ``again`` says that this very notebook was graded before, by other rules.
    """

    account: str
    submitted_at: datetime | None
    scores: Sequence[float | None]
    comments: Sequence[str | None]
    extension: timedelta | None = None
    again: bool = False


@dataclass
class _Row:
    """What the gradebook has of a submission, or will have when this batch is through."""

    submitted: str
    extension: timedelta | None
    notebook: str
    new: bool


def record(
    gradebook: CourseGradebook, cells: AssignmentCells, batch: Sequence[Graded], penalty: LatePenalty
) -> None:
    """Write a batch of graded submissions in one transaction, creating what is missing.

    Rows are called after what they are about, so that the same grading leaves the same gradebook, killed or not.
    """
    record_notebooks(gradebook, [(cells, batch)], penalty)


def record_notebooks(
    gradebook: CourseGradebook,
    parts: Sequence[tuple[AssignmentCells, Sequence[Graded]]],
    penalty: LatePenalty,
) -> None:
    """The same for an assignment of several notebooks: what was found of each, all in one transaction."""
    if not any(batch for _, batch in parts):
        return
    with gradebook.transaction() as connection:
        for cells, batch in parts:
            rows = _rows(connection, cells, batch)
            _submissions(connection, cells, batch, rows)
            _scores(connection, cells, batch, rows)
            _penalties(connection, cells, batch, rows, penalty)


def graded_accounts(gradebook: CourseGradebook, cells: AssignmentCells) -> set[str]:
    """Of whom the gradebook has a submission of this assignment."""
    with gradebook.transaction() as connection:
        return set(notebooks_by_account(connection, cells))


def _name(*parts: str) -> str:
    return sha256("/".join(parts).encode()).hexdigest()[:32]


def _rows(connection: Connection, cells: AssignmentCells, batch: Sequence[Graded]) -> dict[str, _Row]:
    """The rows of a batch's submissions by account: those that are there, and those to be made."""
    known = connection.execute(
        select(SUBMITTED.c.student_id, SUBMITTED.c.id, SUBMITTED.c.extension, SUBMITTED_NOTEBOOK.c.id)
        .outerjoin(
            SUBMITTED_NOTEBOOK,
            (SUBMITTED_NOTEBOOK.c.assignment_id == SUBMITTED.c.id)
            & (SUBMITTED_NOTEBOOK.c.notebook_id == cells.notebook_id),
        )
        .where(
            SUBMITTED.c.assignment_id == cells.assignment_id,
            SUBMITTED.c.student_id.in_([graded.account for graded in batch]),
        )
    ).tuples()
    rows = {
        account: _Row(key, extension, notebook or "", new=False)
        for account, key, extension, notebook in known
    }
    for graded in batch:
        row = rows.get(graded.account)
        if row is None:
            key = _name(cells.assignment_id, graded.account)
            row = rows[graded.account] = _Row(key, graded.extension or None, "", new=True)
        elif graded.extension is not None:
            row.extension = graded.extension or None
    return rows


def _submissions(
    connection: Connection, cells: AssignmentCells, batch: Sequence[Graded], rows: Mapping[str, _Row]
) -> None:
    """Make submissions and notebooks where missing; bring times up to date."""
    new, dated, extended, notebooks = [], [], [], []
    for graded in batch:
        row = rows[graded.account]
        naive = graded.submitted_at.astimezone(UTC).replace(tzinfo=None) if graded.submitted_at else None
        if row.new:
            new.append(
                {
                    "id": row.submitted,
                    "assignment_id": cells.assignment_id,
                    "student_id": graded.account,
                    "timestamp": naive,
                    "extension": row.extension,
                }
            )
        else:
            if naive is not None:
                dated.append({"key": row.submitted, "at": naive})
            if graded.extension is not None:
                extended.append({"key": row.submitted, "extra": row.extension})
        if not row.notebook:
            row.notebook = _name(cells.notebook_id, row.submitted)
            notebooks.append(
                {
                    "id": row.notebook,
                    "assignment_id": row.submitted,
                    "notebook_id": cells.notebook_id,
                    "flagged": False,
                }
            )
    _insert(connection, SUBMITTED, new)
    _insert(connection, SUBMITTED_NOTEBOOK, notebooks)
    at_key = update(SUBMITTED).where(SUBMITTED.c.id == bindparam("key"))
    if dated:
        connection.execute(at_key.values(timestamp=bindparam("at")), dated)
    if extended:
        connection.execute(at_key.values(extension=bindparam("extra")), extended)


def _scores(
    connection: Connection, cells: AssignmentCells, batch: Sequence[Graded], rows: Mapping[str, _Row]
) -> None:
    """A grade for each grade cell and a comment for each solution cell, made or brought up to date."""
    grade_cells, solution_cells = _with_names(cells.grade_cells), _with_names(cells.solution_cells)
    # In the order of the primary key: a B-tree likes that.
    ordered = sorted(batch, key=lambda graded: rows[graded.account].notebook)
    for again in (False, True):
        grades: list[tuple[Any, ...]] = []
        for graded in ordered:
            if graded.again is again:
                notebook = rows[graded.account].notebook
                first, scores = notebook[:_OF_NOTEBOOK], graded.scores
                grades += [
                    (first + last, notebook, cell, scores[at], scores[at] is None)
                    for last, cell, at in grade_cells
                ]
        _upsert(connection, GRADE, _GRADE_COLUMNS, grades, _again_grade if again else _new_grade)
    comments: list[tuple[Any, ...]] = []
    for graded in ordered:
        notebook = rows[graded.account].notebook
        first, said = notebook[:_OF_NOTEBOOK], graded.comments
        comments += [(first + last, notebook, cell, said[at]) for last, cell, at in solution_cells]
    _upsert(connection, COMMENT, _COMMENT_COLUMNS, comments, _new_comment)


def _with_names(cells: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """(the end of a row's id, cell id, place of the cell in the assignment), in the order of the ends."""
    return sorted((_name(cell)[_OF_NOTEBOOK:], cell, at) for at, cell in enumerate(cells.values()))


def _new_grade(excluded: Any) -> dict[str, Any]:
    # nbgrader's rule: a mark that a person gave wants another look after regrading.
    return {
        "auto_score": excluded.auto_score,
        "needs_manual_grade": case(
            (GRADE.c.manual_score.is_not(None), true()), else_=excluded.needs_manual_grade
        ),
    }


def _again_grade(excluded: Any) -> dict[str, Any]:
    # The same answer as before: a mark that a person gave wants another look only where ours is another now.
    other = GRADE.c.auto_score.is_distinct_from(excluded.auto_score)
    looked_at = case((other, true()), else_=GRADE.c.needs_manual_grade)
    return {
        "auto_score": excluded.auto_score,
        "needs_manual_grade": case(
            (GRADE.c.manual_score.is_not(None), looked_at), else_=excluded.needs_manual_grade
        ),
    }


def _new_comment(excluded: Any) -> dict[str, Any]:
    return {"auto_comment": excluded.auto_comment}


def _upsert(
    connection: Connection,
    table: Any,
    columns: Sequence[str],
    rows: list[tuple[Any, ...]],
    changes: Callable[[Any], dict[str, Any]],
) -> None:
    """Insert rows, or change those of the same notebook and cell that are there, whatever their ids."""
    if not rows:
        return
    sqlite = connection.dialect.name == "sqlite"
    statement = _insert_of(sqlite)(table)
    statement = statement.on_conflict_do_update(
        index_elements=[table.c.cell_id, table.c.notebook_id], set_=changes(statement.excluded)
    )
    if not sqlite:
        connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in rows])
        return
    # Straight to the driver: SQLAlchemy would handle each of a hundred values a submission by itself.
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    assert compiled.positiontup == list(columns)
    connection.exec_driver_sql(str(compiled), rows)


def _insert_of(sqlite: bool) -> Any:
    """The insert that knows ON CONFLICT, in each database's own dialect."""
    if sqlite:
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert


def _penalties(
    connection: Connection,
    cells: AssignmentCells,
    batch: Sequence[Graded],
    rows: Mapping[str, _Row],
    penalty: LatePenalty,
) -> None:
    """nbgrader's rule for those who are late; no penalty for the others."""
    old = [row.notebook for row in rows.values() if not row.new]
    if old:
        statement = update(SUBMITTED_NOTEBOOK).where(SUBMITTED_NOTEBOOK.c.id.in_(old))
        connection.execute(statement.values(late_submission_penalty=None))
    for graded in batch:
        row = rows[graded.account]
        late = _seconds_late(cells.duedate, graded.submitted_at, row.extension)
        if late <= 0:
            continue
        score = float(connection.execute(_notebook_score(row.notebook)).scalar_one() or 0.0)
        amount = penalty(graded.account, score, late)
        if amount is not None:
            connection.execute(
                update(SUBMITTED_NOTEBOOK)
                .where(SUBMITTED_NOTEBOOK.c.id == row.notebook)
                .values(late_submission_penalty=min(max(0.0, amount), score))
            )


def _seconds_late(due: datetime | None, submitted_at: datetime | None, extension: timedelta | None) -> float:
    if due is None or submitted_at is None:
        return 0.0
    return max(0.0, (submitted_at - (due + extension if extension else due)).total_seconds())


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def notebooks_by_account(connection: Connection, cells: AssignmentCells) -> dict[str, str]:
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
