"""Change marks that are in the gradebook: marks that people gave, and automatic ones after a key was corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, update

from trainer.errors import Conflict
from trainer.nbgrader.gradebook import AssignmentCells, CourseGradebook
from trainer.nbgrader.recording import notebooks_by_account
from trainer.nbgrader.tables import COMMENT, GRADE

#: (account, cell, points, comment): a mark that a person gave.
ManualMark = tuple[str, str, float, str]


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
            notebooks = notebooks_by_account(connection, known)
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
        notebooks = notebooks_by_account(connection, cells)
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


def _update_at(connection: Connection, table: Any, rows: list[dict[str, Any]], **values: Any) -> None:
    """Update grades or comments, each addressed by its notebook (nb) and cell."""
    if rows:
        place = (table.c.notebook_id == bindparam("nb"), table.c.cell_id == bindparam("cell"))
        connection.execute(update(table).where(*place).values(**values), rows)


def no_such_submissions(pairs: Sequence[tuple[str, str]]) -> Conflict:
    """The error for marks that belong to no submission."""
    some = "、".join(f"{account} 的第 {cell.lstrip('q0')} 题" for account, cell in pairs[:10])
    return Conflict(
        f"成绩册里没有这些作答，一条也没有写入：{some}。请核对账号和题号，或先运行 trainer grade。"
    )
