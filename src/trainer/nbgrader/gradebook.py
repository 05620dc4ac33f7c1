"""nbgrader's own gradebook, written in few transactions by one writer and read in few queries.

Tables are nbgrader's (:mod:`nbgrader.api`), addressed through SQLAlchemy Core, so SQLite and PostgreSQL both serve.
What is written is what ``nbgrader autograde`` would have written: scores, comments, flags, late penalties. Marks that
people gave (``manual_score``, ``manual_comment``, ``extra_credit``, ``flagged``) are never touched by grading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nbgrader import api
from sqlalchemy import Connection, bindparam, case, create_engine, delete, func, insert, select, update

from trainer.errors import Conflict, NotFound
from trainer.model.people import Roster
from trainer.model.points import Hundredths, to_hundredths
from trainer.nbgrader.autograded import SourceCell

_ASSIGNMENT = api.Assignment.__table__
_NOTEBOOK = api.Notebook.__table__
_BASE_CELL = api.BaseCell.__table__
_GRADE_CELL = api.GradeCell.__table__
_SOURCE_CELL = api.SourceCell.__table__
_STUDENT = api.Student.__table__
_SUBMITTED = api.SubmittedAssignment.__table__
_SUBMITTED_NOTEBOOK = api.SubmittedNotebook.__table__
_GRADE = api.Grade.__table__
_COMMENT = api.Comment.__table__

#: (account, score before penalty as a float, seconds late) -> penalty or None: nbgrader's late submission plugin.
LatePenalty = Callable[[str, float, float], float | None]


#: (account, cell, points, comment): a mark that a person gave.
ManualMark = tuple[str, str, float, str]


@dataclass(frozen=True)
class Graded:
    """What grading found for one submission, ready for the gradebook.

    ``scores`` are by grade cell name, None where a person has to mark; ``comments`` by solution cell name.
    """

    account: str
    submitted_at: datetime | None
    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]


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


@dataclass(frozen=True)
class AssignmentCells:
    """The cells of an assignment with one notebook, as nbgrader recorded them when it was generated."""

    assignment_id: str
    notebook_id: str
    duedate: datetime | None
    kernelspec: str | None
    grade_cells: dict[str, str]
    solution_cells: dict[str, str]
    sources: dict[str, SourceCell]


def create_gradebook(db_url: str, course_id: str) -> None:
    """Make the database if there is none, as nbgrader does (it runs alembic, which must be on PATH)."""
    api.Gradebook(db_url, course_id).close()


class GradebookWriter:
    """One connection to the gradebook. Use as a context manager."""

    def __init__(self, db_url: str) -> None:
        self.engine = create_engine(db_url)

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
            yield connection

    def cells_of(self, assignment: str) -> AssignmentCells:
        """The recorded cells of an assignment. Raises NotFound before generate_assignment was run."""
        with self.transaction() as connection:
            row = connection.execute(
                select(_ASSIGNMENT.c.id, _ASSIGNMENT.c.duedate, _NOTEBOOK.c.id, _NOTEBOOK.c.kernelspec)
                .join(_NOTEBOOK, _NOTEBOOK.c.assignment_id == _ASSIGNMENT.c.id)
                .where(_ASSIGNMENT.c.name == assignment, _NOTEBOOK.c.name == assignment)
            ).first()
            if row is None:
                raise NotFound(f"成绩册里没有作业 {assignment}，请先运行 trainer release 发布试卷。")
            base = connection.execute(
                select(_BASE_CELL.c.id, _BASE_CELL.c.name, _BASE_CELL.c.type, _GRADE_CELL.c.max_score)
                .outerjoin(_GRADE_CELL, _GRADE_CELL.c.id == _BASE_CELL.c.id)
                .where(_BASE_CELL.c.notebook_id == row[2])
            ).all()
            sources = connection.execute(
                select(_SOURCE_CELL).where(_SOURCE_CELL.c.notebook_id == row[2])
            ).all()
        grades = {name: cell for cell, name, kind, _ in base if kind == "GradeCell"}
        solutions = {name: cell for cell, name, kind, _ in base if kind == "SolutionCell"}
        points = {name: top for _, name, kind, top in base if kind == "GradeCell"}
        return AssignmentCells(
            assignment_id=row[0],
            notebook_id=row[2],
            duedate=row[1].replace(tzinfo=UTC) if row[1] else None,
            kernelspec=row[3],
            grade_cells=grades,
            solution_cells=solutions,
            sources={
                s.name: SourceCell(
                    name=s.name,
                    cell_type=s.cell_type,
                    locked=s.locked,
                    source=s.source,
                    checksum=s.checksum,
                    grade=s.name in grades,
                    solution=s.name in solutions,
                    points=points.get(s.name),
                )
                for s in sources
            },
        )

    def students(self) -> set[str]:
        """The accounts that nbgrader knows."""
        with self.transaction() as connection:
            return set(connection.execute(select(_STUDENT.c.id)).scalars())

    def enrol(self, roster: Roster) -> tuple[int, int]:
        """Add or update the students of a roster; returns how many are new and how many were there."""
        with self.transaction() as connection:
            known = set(connection.execute(select(_STUDENT.c.id)).scalars())
            rows = [{"account": t.account, "last": t.name, "first": ""} for t in roster]
            new = [row for row in rows if row["account"] not in known]
            old = [row for row in rows if row["account"] in known]
            if new:
                statement = insert(_STUDENT).values(
                    id=bindparam("account"), last_name=bindparam("last"), first_name=bindparam("first")
                )
                connection.execute(statement, new)
            if old:
                statement_update = (
                    update(_STUDENT)
                    .where(_STUDENT.c.id == bindparam("account"))
                    .values(last_name=bindparam("last"), first_name=bindparam("first"))
                )
                connection.execute(statement_update, old)
        return len(new), len(old)

    def set_duedate(self, assignment: str, due: datetime) -> None:
        """Set when an assignment is due; nbgrader keeps naive UTC."""
        naive = due.astimezone(UTC).replace(tzinfo=None)
        with self.transaction() as connection:
            connection.execute(
                update(_ASSIGNMENT).where(_ASSIGNMENT.c.name == assignment).values(duedate=naive)
            )

    def record(self, cells: AssignmentCells, batch: Sequence[Graded], penalty: LatePenalty) -> None:
        """Write a batch of graded submissions in one transaction, creating what is missing."""
        with self.transaction() as connection:
            notebooks = self._submissions(connection, cells, batch)
            self._ensure_rows(connection, cells, list(notebooks.values()))
            self._scores(connection, cells, batch, notebooks)
            self._penalties(connection, cells, batch, notebooks, penalty)

    def _submissions(
        self, connection: Connection, cells: AssignmentCells, batch: Sequence[Graded]
    ) -> dict[str, str]:
        """Submitted notebook ids by account, made where missing; timestamps brought up to date."""
        accounts = [graded.account for graded in batch]
        known = {
            row.student_id: row.id
            for row in connection.execute(
                select(_SUBMITTED.c.student_id, _SUBMITTED.c.id).where(
                    _SUBMITTED.c.assignment_id == cells.assignment_id, _SUBMITTED.c.student_id.in_(accounts)
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
                    }
                )
            elif naive is not None:
                dated.append({"key": known[graded.account], "at": naive})
        _insert(connection, _SUBMITTED, new)
        if dated:
            statement = (
                update(_SUBMITTED)
                .where(_SUBMITTED.c.id == bindparam("key"))
                .values(timestamp=bindparam("at"))
            )
            connection.execute(statement, dated)
        return self._notebooks(connection, cells, known)

    def _notebooks(
        self, connection: Connection, cells: AssignmentCells, submitted: Mapping[str, str]
    ) -> dict[str, str]:
        known = {
            row.assignment_id: row.id
            for row in connection.execute(
                select(_SUBMITTED_NOTEBOOK.c.assignment_id, _SUBMITTED_NOTEBOOK.c.id).where(
                    _SUBMITTED_NOTEBOOK.c.notebook_id == cells.notebook_id,
                    _SUBMITTED_NOTEBOOK.c.assignment_id.in_(list(submitted.values())),
                )
            )
        }
        new = [
            {"id": uuid4().hex, "assignment_id": key, "notebook_id": cells.notebook_id, "flagged": False}
            for key in submitted.values()
            if key not in known
        ]
        _insert(connection, _SUBMITTED_NOTEBOOK, new)
        known |= {row["assignment_id"]: row["id"] for row in new}
        return {account: known[key] for account, key in submitted.items()}

    def _ensure_rows(self, connection: Connection, cells: AssignmentCells, notebooks: list[str]) -> None:
        """A grade for each grade cell and a comment for each solution cell, as add_submission makes them."""
        for table, ids in ((_GRADE, cells.grade_cells), (_COMMENT, cells.solution_cells)):
            present = set(
                connection.execute(
                    select(table.c.notebook_id, table.c.cell_id).where(table.c.notebook_id.in_(notebooks))
                ).tuples()
            )
            extra: dict[str, Any] = {"needs_manual_grade": True} if table is _GRADE else {}
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
        self,
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
        looked_at = case((_GRADE.c.manual_score.is_not(None), True), else_=bindparam("open"))
        _update_at(connection, _GRADE, scores, auto_score=bindparam("auto"), needs_manual_grade=looked_at)
        _update_at(connection, _COMMENT, comments, auto_comment=bindparam("text"))

    def _penalties(
        self,
        connection: Connection,
        cells: AssignmentCells,
        batch: Sequence[Graded],
        notebooks: Mapping[str, str],
        penalty: LatePenalty,
    ) -> None:
        connection.execute(
            update(_SUBMITTED_NOTEBOOK)
            .where(_SUBMITTED_NOTEBOOK.c.id.in_(list(notebooks.values())))
            .values(late_submission_penalty=None)
        )
        for graded in batch:
            late = self._seconds_late(connection, cells, graded)
            if late <= 0:
                continue
            notebook = notebooks[graded.account]
            score = float(connection.execute(_notebook_score(notebook)).scalar_one() or 0.0)
            amount = penalty(graded.account, score, late)
            if amount is not None:
                connection.execute(
                    update(_SUBMITTED_NOTEBOOK)
                    .where(_SUBMITTED_NOTEBOOK.c.id == notebook)
                    .values(late_submission_penalty=min(max(0.0, amount), score))
                )

    def _seconds_late(self, connection: Connection, cells: AssignmentCells, graded: Graded) -> float:
        if cells.duedate is None or graded.submitted_at is None or graded.submitted_at <= cells.duedate:
            return 0.0
        extension = connection.execute(
            select(_SUBMITTED.c.extension).where(
                _SUBMITTED.c.assignment_id == cells.assignment_id, _SUBMITTED.c.student_id == graded.account
            )
        ).scalar()
        due = cells.duedate + extension if extension else cells.duedate
        return max(0.0, (graded.submitted_at - due).total_seconds())

    def record_manual(self, marks: Mapping[str, Sequence[ManualMark]]) -> list[tuple[str, str]]:
        """Marks that people gave, by assignment, in one transaction.

        Returns the (account, cell) pairs for which the gradebook has no submission; if there are any, nothing is written.
        """
        cells = {assignment: self.cells_of(assignment) for assignment in marks}
        scores: list[dict[str, Any]] = []
        said: list[dict[str, Any]] = []
        unknown: list[tuple[str, str]] = []
        with self.transaction() as connection:
            for assignment, rows in marks.items():
                known = cells[assignment]
                notebooks = _notebooks_by_account(connection, known)
                for account, cell, points, text in rows:
                    if account not in notebooks or cell not in known.grade_cells:
                        unknown.append((account, cell))
                        continue
                    scores.append(
                        {"nb": notebooks[account], "cell": known.grade_cells[cell], "points": points}
                    )
                    if text and cell in known.solution_cells:
                        said.append(
                            {"nb": notebooks[account], "cell": known.solution_cells[cell], "text": text}
                        )
            if unknown:
                return unknown
            _update_at(connection, _GRADE, scores, manual_score=bindparam("points"), needs_manual_grade=False)
            _update_at(connection, _COMMENT, said, manual_comment=bindparam("text"))
        return []

    def record_auto(
        self, cells: AssignmentCells, marks: Sequence[tuple[str, str, float, str | None]]
    ) -> None:
        """Automatic marks after a key was corrected: (account, cell, points, comment), in one transaction.

        What people marked stays, and so do all flags.
        """
        with self.transaction() as connection:
            notebooks = _notebooks_by_account(connection, cells)
            scores = [
                {"nb": notebooks[account], "cell": cells.grade_cells[cell], "auto": points}
                for account, cell, points, _ in marks
            ]
            comments = [
                {"nb": notebooks[account], "cell": cells.solution_cells[cell], "text": text}
                for account, cell, _, text in marks
            ]
            _update_at(connection, _GRADE, scores, auto_score=bindparam("auto"))
            _update_at(connection, _COMMENT, comments, auto_comment=bindparam("text"))

    def entries(self, assignments: Sequence[str]) -> list[GradebookEntry]:
        """Everything that leaderboards and reports need of some assignments, in three queries."""
        with self.transaction() as connection:
            heads = connection.execute(
                select(
                    _SUBMITTED_NOTEBOOK.c.id,
                    _SUBMITTED.c.student_id,
                    _ASSIGNMENT.c.name,
                    _SUBMITTED.c.timestamp,
                    _SUBMITTED.c.extension,
                    _ASSIGNMENT.c.duedate,
                    _SUBMITTED_NOTEBOOK.c.late_submission_penalty,
                )
                .join(_SUBMITTED, _SUBMITTED.c.id == _SUBMITTED_NOTEBOOK.c.assignment_id)
                .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMITTED.c.assignment_id)
                .where(_ASSIGNMENT.c.name.in_(list(assignments)))
                .order_by(_SUBMITTED.c.student_id, _ASSIGNMENT.c.name)
            ).all()
            grades = connection.execute(
                select(
                    _GRADE.c.notebook_id,
                    _BASE_CELL.c.name,
                    _GRADE.c.auto_score,
                    _GRADE.c.manual_score,
                    _GRADE.c.extra_credit,
                    _GRADE.c.needs_manual_grade,
                )
                .join(_BASE_CELL, _BASE_CELL.c.id == _GRADE.c.cell_id)
                .join(_NOTEBOOK, _NOTEBOOK.c.id == _BASE_CELL.c.notebook_id)
                .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _NOTEBOOK.c.assignment_id)
                .where(_ASSIGNMENT.c.name.in_(list(assignments)))
            ).all()
            said = connection.execute(
                select(_COMMENT.c.notebook_id, _BASE_CELL.c.name, _COMMENT.c.auto_comment)
                .join(_BASE_CELL, _BASE_CELL.c.id == _COMMENT.c.cell_id)
                .join(_NOTEBOOK, _NOTEBOOK.c.id == _BASE_CELL.c.notebook_id)
                .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _NOTEBOOK.c.assignment_id)
                .where(_ASSIGNMENT.c.name.in_(list(assignments)), _COMMENT.c.auto_comment.is_not(None))
            ).all()
        cells: dict[str, dict[str, CellScore]] = defaultdict(dict)
        for notebook, name, auto, manual, extra, needs in grades:
            cells[notebook][name] = CellScore(auto, manual, extra, bool(needs))
        comments: dict[str, dict[str, str]] = defaultdict(dict)
        for notebook, name, text in said:
            comments[notebook][name] = text
        return [_entry(row, cells[row[0]], comments[row[0]]) for row in heads]

    def forget_if_unmarked(self, assignment: str, account: str) -> None:
        """Remove a submission of which nothing was ever marked, by machine or by a person."""
        with self.transaction() as connection:
            notebooks = list(
                connection.execute(
                    select(_SUBMITTED_NOTEBOOK.c.id, _SUBMITTED.c.id)
                    .join(_SUBMITTED, _SUBMITTED.c.id == _SUBMITTED_NOTEBOOK.c.assignment_id)
                    .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMITTED.c.assignment_id)
                    .where(_ASSIGNMENT.c.name == assignment, _SUBMITTED.c.student_id == account)
                ).tuples()
            )
            ids = [notebook for notebook, _ in notebooks]
            marked = connection.execute(
                select(func.count())
                .select_from(_GRADE)
                .where(_GRADE.c.notebook_id.in_(ids))
                .where(_GRADE.c.auto_score.is_not(None) | _GRADE.c.manual_score.is_not(None))
            ).scalar_one()
            if marked:
                return
            for table in (_GRADE, _COMMENT):
                connection.execute(delete(table).where(table.c.notebook_id.in_(ids)))
            connection.execute(delete(_SUBMITTED_NOTEBOOK).where(_SUBMITTED_NOTEBOOK.c.id.in_(ids)))
            connection.execute(delete(_SUBMITTED).where(_SUBMITTED.c.id.in_([key for _, key in notebooks])))


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
            select(_SUBMITTED.c.student_id, _SUBMITTED_NOTEBOOK.c.id)
            .join(_SUBMITTED_NOTEBOOK, _SUBMITTED_NOTEBOOK.c.assignment_id == _SUBMITTED.c.id)
            .where(
                _SUBMITTED.c.assignment_id == cells.assignment_id,
                _SUBMITTED_NOTEBOOK.c.notebook_id == cells.notebook_id,
            )
        )
        .tuples()
        .all()
    )


def _notebook_score(notebook: str) -> Any:
    extra = func.coalesce(_GRADE.c.extra_credit, 0.0)
    score = case(
        (_GRADE.c.manual_score.is_not(None), _GRADE.c.manual_score + extra),
        (_GRADE.c.auto_score.is_not(None), _GRADE.c.auto_score + extra),
        else_=0.0,
    )
    return select(func.sum(score)).where(_GRADE.c.notebook_id == notebook)


def _entry(row: Any, cells: dict[str, CellScore], comments: dict[str, str]) -> GradebookEntry:
    _, account, assignment, timestamp, extension, duedate, penalty = row
    due = duedate + extension if duedate and extension else duedate
    return GradebookEntry(
        account=account,
        assignment=assignment,
        submitted_at=timestamp.replace(tzinfo=UTC) if timestamp else None,
        late=bool(timestamp and due and timestamp > due),
        penalty=to_hundredths(penalty or 0.0),
        cells=cells,
        comments=comments,
    )


def no_such_submissions(pairs: Sequence[tuple[str, str]]) -> Conflict:
    """The error for marks that belong to no submission."""
    some = "、".join(f"{account} 的第 {cell.lstrip('q0')} 题" for account, cell in pairs[:10])
    return Conflict(
        f"成绩册里没有这些作答，一条也没有写入：{some}。请核对账号和题号，或先运行 trainer grade。"
    )
