"""What an ordinary assignment consists of, as nbgrader recorded it when it was generated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, select

from trainer.errors import NotFound
from trainer.nbgrader.autograded import SourceCell
from trainer.nbgrader.gradebook import AssignmentCells, CourseGradebook
from trainer.nbgrader.tables import ASSIGNMENT, BASE_CELL, GRADE_CELL, NOTEBOOK, SOURCE_CELL, TASK_CELL


@dataclass(frozen=True)
class Outline:
    """One notebook of an assignment, as plain data.

    ``grades`` are the names of graded cells and tasks, ``comments`` those of solution cells and tasks, in the order in
    which their marks are wanted; ``points`` is what a graded cell or task is worth.
    """

    name: str
    kernelspec: str | None
    sources: tuple[SourceCell, ...]
    grades: tuple[str, ...]
    comments: tuple[str, ...]
    tasks: tuple[str, ...]
    points: Mapping[str, float]


def assignments_in(gradebook: CourseGradebook) -> set[str]:
    """The names of all assignments that were generated."""
    with gradebook.reading() as connection:
        return set(connection.execute(select(ASSIGNMENT.c.name)).scalars())


def notebooks_of(gradebook: CourseGradebook, assignment: str) -> list[tuple[AssignmentCells, Outline]]:
    """The notebooks of an assignment by name: what marks are written to, and what marking needs. Raises NotFound."""
    query = (
        select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate, NOTEBOOK.c.id, NOTEBOOK.c.name, NOTEBOOK.c.kernelspec)
        .join(NOTEBOOK, NOTEBOOK.c.assignment_id == ASSIGNMENT.c.id)
        .where(ASSIGNMENT.c.name == assignment)
        .order_by(NOTEBOOK.c.name)
    )
    with gradebook.reading() as connection:
        found = [_notebook(connection, row) for row in connection.execute(query).all()]
    if not found:
        raise NotFound(f"成绩册里没有作业 {assignment}，请先运行 nbgrader generate_assignment {assignment}。")
    return found


def _notebook(connection: Connection, row: Any) -> tuple[AssignmentCells, Outline]:
    assignment_id, due, notebook_id, name, kernelspec = row
    cells = connection.execute(
        select(
            BASE_CELL.c.id, BASE_CELL.c.name, BASE_CELL.c.type, GRADE_CELL.c.max_score, TASK_CELL.c.max_score
        )
        .outerjoin(GRADE_CELL, GRADE_CELL.c.id == BASE_CELL.c.id)
        .outerjoin(TASK_CELL, TASK_CELL.c.id == BASE_CELL.c.id)
        .where(BASE_CELL.c.notebook_id == notebook_id)
    ).all()
    sources = connection.execute(select(SOURCE_CELL).where(SOURCE_CELL.c.notebook_id == notebook_id)).all()
    grades = {cell: key for key, cell, kind, *_ in cells if kind in ("GradeCell", "TaskCell")}
    comments = {cell: key for key, cell, kind, *_ in cells if kind in ("SolutionCell", "TaskCell")}
    points = {
        cell: float(task if kind == "TaskCell" else grade)
        for _, cell, kind, grade, task in cells
        if kind in ("GradeCell", "TaskCell")
    }
    by_name = {
        source.name: SourceCell(
            name=source.name,
            cell_type=source.cell_type,
            locked=source.locked,
            source=source.source or "",
            checksum=source.checksum,
            grade=source.name in grades,
            solution=source.name in comments,
            points=points.get(source.name),
        )
        for source in sources
    }
    tasks = tuple(cell for _, cell, kind, *_ in cells if kind == "TaskCell")
    written = AssignmentCells(
        assignment_id=assignment_id,
        notebook_id=notebook_id,
        duedate=due.replace(tzinfo=UTC) if due else None,
        kernelspec=kernelspec,
        grade_cells=grades,
        solution_cells=comments,
        sources=by_name,
    )
    outline = Outline(
        name, kernelspec, tuple(by_name.values()), tuple(grades), tuple(comments), tasks, points
    )
    return written, outline
