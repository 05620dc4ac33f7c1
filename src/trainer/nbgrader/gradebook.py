"""nbgrader's own gradebook: who is enrolled, what an assignment consists of, what everybody has.

Tables are nbgrader's (:mod:`trainer.nbgrader.tables`), addressed through SQLAlchemy Core, so SQLite and PostgreSQL both
serve. Writing marks is in :mod:`trainer.nbgrader.recording`, reading them in :mod:`trainer.nbgrader.entries` and
:mod:`trainer.nbgrader.totals`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, bindparam, delete, func, insert, make_url, select, update

from trainer.errors import NotFound
from trainer.model.people import Roster
from trainer.nbgrader import disks
from trainer.nbgrader.autograded import SourceCell
from trainer.nbgrader.database import Database, database_file, use_wal
from trainer.nbgrader.database_trouble import in_words
from trainer.nbgrader.tables import (
    ASSIGNMENT,
    BASE_CELL,
    COMMENT,
    GRADE,
    GRADE_CELL,
    NOTEBOOK,
    SOURCE_CELL,
    STUDENT,
    SUBMITTED,
    SUBMITTED_NOTEBOOK,
)


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
    """Make the database if there is none, as nbgrader does (it runs alembic, which must be on PATH).

    Raises TrainerError when there cannot be one.
    """
    from nbgrader import api  # takes a second, and is needed once

    file = database_file(db_url)
    with disks.in_words(file or Path.cwd()), in_words(make_url(db_url)):
        api.Gradebook(db_url, course_id).close()
        if file is not None:
            use_wal(file)


class CourseGradebook:
    """One connection to the gradebook. Use as a context manager."""

    def __init__(self, db_url: str) -> None:
        """Raises TrainerError when the URL cannot be used."""
        self._database = Database(db_url)
        self.engine = self._database.engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def transaction(self) -> AbstractContextManager[Connection]:
        """One transaction that writes: all of it or nothing. Raises TrainerError with what to do."""
        return self._database.transaction()

    def reading(self) -> AbstractContextManager[Connection]:
        """One transaction that only reads, and keeps nobody waiting. Raises TrainerError with what to do."""
        return self._database.reading()

    def cells_of(self, assignment: str) -> AssignmentCells:
        """The recorded cells of an assignment. Raises NotFound before generate_assignment was run."""
        with self.reading() as connection:
            row = connection.execute(
                select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate, NOTEBOOK.c.id, NOTEBOOK.c.kernelspec)
                .join(NOTEBOOK, NOTEBOOK.c.assignment_id == ASSIGNMENT.c.id)
                .where(ASSIGNMENT.c.name == assignment, NOTEBOOK.c.name == assignment)
            ).first()
            if row is None:
                raise NotFound(f"成绩册里没有作业 {assignment}，请先运行 trainer release 发布试卷。")
            base = connection.execute(
                select(BASE_CELL.c.id, BASE_CELL.c.name, BASE_CELL.c.type, GRADE_CELL.c.max_score)
                .outerjoin(GRADE_CELL, GRADE_CELL.c.id == BASE_CELL.c.id)
                .where(BASE_CELL.c.notebook_id == row[2])
            ).all()
            sources = connection.execute(select(SOURCE_CELL).where(SOURCE_CELL.c.notebook_id == row[2])).all()
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
        with self.reading() as connection:
            return set(connection.execute(select(STUDENT.c.id)).scalars())

    def enrol(self, roster: Roster) -> tuple[int, int]:
        """Add or update the students of a roster; returns how many are new and how many were there."""
        with self.transaction() as connection:
            known = set(connection.execute(select(STUDENT.c.id)).scalars())
            rows = [{"account": t.account, "last": t.name, "first": ""} for t in roster]
            new = [row for row in rows if row["account"] not in known]
            old = [row for row in rows if row["account"] in known]
            if new:
                statement = insert(STUDENT).values(
                    id=bindparam("account"), last_name=bindparam("last"), first_name=bindparam("first")
                )
                connection.execute(statement, new)
            if old:
                statement_update = (
                    update(STUDENT)
                    .where(STUDENT.c.id == bindparam("account"))
                    .values(last_name=bindparam("last"), first_name=bindparam("first"))
                )
                connection.execute(statement_update, old)
        return len(new), len(old)

    def set_duedate(self, assignment: str, due: datetime | None) -> None:
        """Set when an assignment is due; nbgrader keeps naive UTC. None: never, and then nobody has extra time."""
        naive = due.astimezone(UTC).replace(tzinfo=None) if due else None
        with self.transaction() as connection:
            connection.execute(
                update(ASSIGNMENT).where(ASSIGNMENT.c.name == assignment).values(duedate=naive)
            )
            if naive is None:  # nbgrader cannot add extra time to no due date
                named = select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == assignment).scalar_subquery()
                connection.execute(
                    update(SUBMITTED).where(SUBMITTED.c.assignment_id == named).values(extension=None)
                )

    def set_times(
        self, assignment: str, account: str, at: datetime | None, extension: timedelta | None
    ) -> None:
        """Set when somebody submitted (nbgrader keeps naive UTC) and their extra time (zero: none).

        None leaves what is there.
        """
        values: dict[str, Any] = {"timestamp": at.astimezone(UTC).replace(tzinfo=None)} if at else {}
        values |= {"extension": extension or None} if extension is not None else {}
        if not values:
            return
        named = select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == assignment).scalar_subquery()
        with self.transaction() as connection:
            connection.execute(
                update(SUBMITTED)
                .where(SUBMITTED.c.student_id == account, SUBMITTED.c.assignment_id == named)
                .values(**values)
            )

    def forget_if_unmarked(self, assignment: str, account: str) -> None:
        """Remove a submission of which nothing was ever marked, by machine or by a person."""
        with self.transaction() as connection:
            notebooks = list(
                connection.execute(
                    select(SUBMITTED_NOTEBOOK.c.id, SUBMITTED.c.id)
                    .join(SUBMITTED, SUBMITTED.c.id == SUBMITTED_NOTEBOOK.c.assignment_id)
                    .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMITTED.c.assignment_id)
                    .where(ASSIGNMENT.c.name == assignment, SUBMITTED.c.student_id == account)
                ).tuples()
            )
            ids = [notebook for notebook, _ in notebooks]
            marked = connection.execute(
                select(func.count())
                .select_from(GRADE)
                .where(GRADE.c.notebook_id.in_(ids))
                .where(GRADE.c.auto_score.is_not(None) | GRADE.c.manual_score.is_not(None))
            ).scalar_one()
            if marked:
                return
            for table in (GRADE, COMMENT):
                connection.execute(delete(table).where(table.c.notebook_id.in_(ids)))
            connection.execute(delete(SUBMITTED_NOTEBOOK).where(SUBMITTED_NOTEBOOK.c.id.in_(ids)))
            connection.execute(delete(SUBMITTED).where(SUBMITTED.c.id.in_([key for _, key in notebooks])))
