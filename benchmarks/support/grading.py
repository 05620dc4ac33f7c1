"""Courses to grade, stock nbgrader on the very same files, and the least that grading could cost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from support.common import Cost, median, run
from trainer.kinds.reading import answer_text
from trainer.model.paper import Paper
from trainer.nbgrader.course import Course
from trainer.nbgrader.notebooks import graded_cell

STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "leitai"\n'


class Graded:
    """A course on which grading is measured again and again, each time as if nothing had been graded."""

    def __init__(self, original: Path, name: str, keep: Collection[str]) -> None:
        """A copy of the ``original`` with only the submissions of some people."""
        self.root = original.with_name(name)
        shutil.copytree(original, self.root, ignore=shutil.ignore_patterns("submitted"))
        (self.root / "submitted").mkdir()
        for account in keep:
            own = self.root / "submitted" / account
            # Links: the very same files, and the disk is not filled with copies.
            shutil.copytree(original / "submitted" / account, own, copy_function=os.link)
        self._fresh = self.root / "fresh.db"
        shutil.copyfile(self.root / "gradebook.db", self._fresh)
        self._before = self.root.with_name(f"{name}-before")
        self._before.mkdir()

    def forget(self) -> None:
        """Back to where nothing was graded.

        What was written is moved aside, not deleted: ext4 is five times slower at making files where some were just
        deleted, and a real grading does not come after a deletion.
        """
        if (self.root / "autograded").exists():
            (self.root / "autograded").rename(self._before / uuid4().hex)
        shutil.rmtree(self.root / ".trainer", ignore_errors=True)
        shutil.copyfile(self._fresh, self.root / "gradebook.db")

    def first(self, command: list[str], repeats: int) -> Cost:
        """Median cost of a command that grades everything."""
        costs = []
        for _ in range(repeats):
            self.forget()
            costs.append(run(command, self.root))
        return median(costs)

    def again(self, command: list[str], repeats: int) -> Cost:
        """Median cost of the same command when everything is graded and unchanged."""
        return median([run(command, self.root) for _ in range(repeats)])


def as_stock(course: Graded) -> Graded:
    """Nothing of ours is configured any more: the submissions are graded by nbgrader as it comes."""
    (course.root / "nbgrader_config.py").write_text(STOCK_CONFIG)
    return course


def floor(course: Course, paper: Paper) -> None:
    """Read, compare with a key, write the rows that grading writes, in one transaction of plain inserts.

    No notebook is written, no comment made, no other way of writing an answer is understood.
    """
    rows: list[tuple[str, str, dict[str, float]]] = []
    for form in paper.forms:
        key = {graded_cell(item): answer_text(item.cell) for item in form.items}
        points = {item.cell: float(item.points) for item in form.items}
        for account, folder in course.submitted(form.assignment):
            cells = json.loads((folder / f"{form.assignment}.ipynb").read_bytes())["cells"]
            typed = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["source"] for cell in cells}
            marks = {cell: points[cell] if typed[cell] == right else 0.0 for cell, right in key.items()}
            rows.append((account, form.assignment, marks))
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database, database:
        _insert(database, rows)


def _insert(database: sqlite3.Connection, rows: list[tuple[str, str, dict[str, float]]]) -> None:
    ids = {
        (name, kind, cell): (assignment, notebook, base)
        for name, assignment, notebook, base, kind, cell in database.execute(
            "select a.name, a.id, n.id, b.id, b.type, b.name from assignment a "
            "join notebook n on n.assignment_id = a.id join base_cell b on b.notebook_id = n.id"
        )
    }
    for account, name, marks in rows:
        submitted, own = uuid4().hex, uuid4().hex
        assignment, notebook, _ = ids[name, "GradeCell", next(iter(marks))]
        database.execute(
            "insert into submitted_assignment (id, assignment_id, student_id) values (?, ?, ?)",
            (submitted, assignment, account),
        )
        database.execute(
            "insert into submitted_notebook (id, assignment_id, notebook_id) values (?, ?, ?)",
            (own, submitted, notebook),
        )
        database.executemany(
            "insert into grade (id, cell_id, notebook_id, auto_score, needs_manual_grade) values (?, ?, ?, ?, 0)",
            [(uuid4().hex, ids[name, "GradeCell", cell][2], own, score) for cell, score in marks.items()],
        )
        database.executemany(
            "insert into comment (id, cell_id, notebook_id) values (?, ?, ?)",
            [(uuid4().hex, ids[name, "SolutionCell", cell][2], own) for cell in marks],
        )
