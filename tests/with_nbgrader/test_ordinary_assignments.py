"""``trainer grade`` on assignments that are not ours: nbgrader's own example course and the notebooks of its own tests."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
import pytest
from nbgrader.api import Gradebook

from trainer.errors import NotFound, TrainerError
from trainer.nbgrader.course import Course
from trainer.nbgrader.grade import GradeReport
from trainer.workflow.grading import grade

PACKAGE = Path(nbgrader.__file__).parent
EXAMPLE = PACKAGE / "docs" / "source" / "user_guide"
FILES = PACKAGE / "tests" / "apps" / "files"
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "example"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"
"""
OURS = f"from trainer.nbgrader.configuration import configure\nc = get_config()\nconfigure(c)\n{STOCK}"
OF_EACH = """
SELECT s.student_id, a.name, n.name, b.name, {columns} FROM {table} g
JOIN submitted_notebook sn ON g.notebook_id = sn.id JOIN submitted_assignment s ON s.id = sn.assignment_id
JOIN assignment a ON a.id = s.assignment_id JOIN base_cell b ON b.id = g.cell_id JOIN notebook n ON n.id = sn.notebook_id
ORDER BY 1, 2, 3, 4
"""
OF_NOTEBOOKS = """
SELECT s.student_id, s.timestamp, s.extension, n.name, sn.flagged, sn.late_submission_penalty FROM submitted_notebook sn
JOIN submitted_assignment s ON s.id = sn.assignment_id JOIN notebook n ON n.id = sn.notebook_id ORDER BY 1, 4
"""


def rows(course: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that grading leaves in a gradebook, by what it is about."""
    grades = "g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade"
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        return {
            "grades": database.execute(OF_EACH.format(columns=grades, table="grade")).fetchall(),
            "comments": database.execute(
                OF_EACH.format(columns="g.auto_comment, g.manual_comment", table="comment")
            ).fetchall(),
            "notebooks": database.execute(OF_NOTEBOOKS).fetchall(),
        }


def scores(course: Path) -> dict[tuple[str, str], float | None]:
    """Of ps2, by account and cell."""
    return {(row[0], row[3]): row[4] for row in rows(course)["grades"] if row[1] == "ps2"}


def shown(course: Path) -> dict[str, Any]:
    """The autograded notebooks, except how long an error's traceback is and when cells ran."""
    found = {}
    for path in sorted((course / "autograded").rglob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        for cell in cells:
            cell.metadata = {key: cell.metadata[key] for key in cell.metadata if key == "nbgrader"}
            cell.pop("id", None)
            for output in cell.get("outputs", ()):
                output.pop("traceback", None)
        found[str(path.relative_to(course))] = cells
    return found


def run(course: Path, *command: str) -> None:
    done = subprocess.run(
        ["nbgrader", *command], cwd=course, capture_output=True, text=True, timeout=280, check=False
    )
    assert "Traceback" not in done.stderr or command[0] == "autograde", done.stderr


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The same submissions graded by stock nbgrader as it is, and by ``trainer grade``."""
    stock = tmp_path_factory.mktemp("stock") / "course"
    for name in ("source/ps1", "submitted"):
        shutil.copytree(EXAMPLE / name, stock / name)
    (stock / "source" / "ps2").mkdir()
    shutil.copy(FILES / "submitted-unchanged.ipynb", stock / "source" / "ps2" / "p1.ipynb")
    (stock / "source" / "ps2" / "data").mkdir()
    (stock / "source" / "ps2" / "data" / "numbers.csv").write_text("1\n2\n")
    for account, file in {
        "bitdiddle": "submitted-changed",
        "hacker": "submitted-cheat-attempt",
        "locked": "submitted-locked-cell-changed",
        "points": "submitted-grade-cell-changed",
        "silent": "submitted-unchanged",
    }.items():
        folder = stock / "submitted" / account / "ps2"
        folder.mkdir(parents=True)
        shutil.copy(FILES / f"{file}.ipynb", folder / "p1.ipynb")
        (folder / "timestamp.txt").write_text("2026-11-02 15:58:23.948203 UTC")
    (stock / "nbgrader_config.py").write_text(STOCK)
    missing = stock / "submitted" / "locked" / "ps1"
    shutil.copytree(stock / "submitted" / "bitdiddle" / "ps1", missing)
    (missing / "problem2.ipynb").unlink()
    for assignment in ("ps1", "ps2"):
        run(stock, "generate_assignment", assignment)
    with Gradebook(f"sqlite:///{stock}/gradebook.db", "example") as gradebook:
        for account in ("bitdiddle", "hacker", "locked", "points", "silent"):
            gradebook.update_or_create_student(account)
        gradebook.update_or_create_assignment("ps2", duedate="2026-11-02 15:00:00 UTC")
    ours = tmp_path_factory.mktemp("ours") / "course"
    shutil.copytree(stock, ours)
    (ours / "nbgrader_config.py").write_text(OURS)
    for assignment in ("ps1", "ps2"):
        run(stock, "autograde", assignment)
    reports = grade(Course(ours), ["ps1", "ps2"])
    assert [report.bad for report in reports] == [(), ()]
    return stock, ours


def test_the_gradebook_is_that_of_stock_nbgrader_row_by_row(twins: tuple[Path, Path]) -> None:
    stock, ours = map(rows, twins)
    assert {name: len(found) for name, found in stock.items()} == {
        "grades": len(ours["grades"]),
        "comments": len(ours["comments"]),
        "notebooks": 11,
    }
    assert ours == stock
    assert len(stock["grades"]) > 40
    assert {row[5] for row in stock["notebooks"]} == {None}


def test_the_autograded_notebooks_are_those_of_stock_nbgrader(twins: tuple[Path, Path]) -> None:
    stock, ours = map(shown, twins)
    assert set(ours) == set(stock)
    for name, cells in stock.items():
        assert ours[name] == cells, name
    files = [path.relative_to(twins[0]) for path in (twins[0] / "autograded").rglob("*") if path.is_file()]
    assert all((twins[1] / file).is_file() for file in files)


@pytest.fixture
def course(twins: tuple[Path, Path], tmp_path: Path) -> Course:
    """A course of its own for what changes it."""
    shutil.copytree(twins[1], tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture
def graded(course: Course) -> Callable[..., GradeReport]:
    return lambda assignment="ps2", **options: grade(course, [assignment], **options)[0]


def paper(course: Course, account: str) -> Path:
    return course.root / "submitted" / account / "ps2" / "p1.ipynb"


def test_what_is_unchanged_is_left_alone_and_what_a_person_marked_stays(
    course: Course, graded: Callable[..., GradeReport]
) -> None:
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database, database:
        database.execute("UPDATE grade SET manual_score = 0.25, needs_manual_grade = 0")
    before = rows(course.root)
    assert (graded().graded, graded().unchanged) == (0, 5)
    assert rows(course.root) == before
    shutil.copy(FILES / "submitted-changed.ipynb", paper(course, "silent"))
    assert (graded().graded, graded().unchanged) == (1, 5)
    marked = [row for row in rows(course.root)["grades"] if row[0] == "silent"]
    assert {(row[5], row[7]) for row in marked} == {(0.25, 1)}
    (course.root / "source" / "ps2" / "data" / "numbers.csv").write_text("3\n")
    assert graded().graded == 5


def test_penalties_are_those_of_the_course(course: Course, graded: Callable[..., GradeReport]) -> None:
    (course.root / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\nclass Tenth(BasePlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n        return score / 10\n"
    )
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(
            f"import sys\nsys.path.insert(0, {str(course.root)!r})\n"
            "c.AssignLatePenalties.plugin_class = 'late.Tenth'\n"
        )
    grade(Course(course.root), ["ps2"])
    late = {row[0]: row[5] for row in rows(course.root)["notebooks"] if row[3] == "p1"}
    total = sum(score or 0 for (account, _), score in scores(course.root).items() if account == "silent")
    assert late["silent"] == pytest.approx(total / 10) or total == 0
    assert any(late.values())


def hurt(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    notebook = json.loads(path.read_bytes())
    change(notebook["cells"])
    path.write_text(json.dumps(notebook))


def forget_names(cells: list[dict[str, Any]]) -> None:
    for cell in cells:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] = {"grade": True}


def test_what_is_hostile_ends_in_a_mark_or_a_row_and_the_others_go_on(
    course: Course, graded: Callable[..., GradeReport]
) -> None:
    before = scores(course.root)
    paper(course, "bitdiddle").write_text('{"cells": [')
    paper(course, "hacker").unlink()
    (course.root / "submitted" / "hacker" / "ps2" / "data").write_text("a file where a folder belongs")
    paper(course, "hacker").symlink_to(course.root / "gradebook.db")
    hurt(paper(course, "locked"), lambda cells: cells.__delitem__(slice(None)))
    hurt(paper(course, "points"), lambda cells: cells.extend([dict(cell) for cell in cells]))
    (course.root / "submitted" / "points" / "ps2" / "data").write_text("a file where a folder belongs")
    hurt(paper(course, "silent"), forget_names)
    stranger = course.root / "submitted" / "stranger" / "ps2"
    stranger.mkdir(parents=True)
    shutil.copy(FILES / "submitted-changed.ipynb", stranger / "p1.ipynb")
    report = graded()
    reasons = {line.account: line.reason for line in report.bad}
    assert set(reasons) == {"bitdiddle", "hacker", "silent", "stranger"}
    assert all("一" in reason or "请" in reason for reason in reasons.values()), reasons
    assert "内容损坏" in reasons["bitdiddle"]
    assert "缺少笔记本 p1.ipynb" in reasons["hacker"]
    assert "名册里没有这个账号" in reasons["stranger"]
    assert report.graded == 2
    after = scores(course.root)
    for account in ("bitdiddle", "hacker", "silent"):
        assert of(account, after) == of(account, before)
    assert set(of("locked", after).values()) == {None}
    assert of("points", after) == of("points", before)


def of(account: str, found: dict[tuple[str, str], float | None]) -> dict[str, float | None]:
    return {cell: score for (who, cell), score in found.items() if who == account}


def test_a_course_with_steps_of_its_own_is_sent_to_nbgrader(course: Course) -> None:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("c.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n")
    with pytest.raises(TrainerError, match="nbgrader autograde ps2"):
        grade(Course(course.root), ["ps2"])


def test_other_languages_are_refused_before_anything_is_run(course: Course) -> None:
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database, database:
        kernel = json.dumps({"name": "ir", "language": "R", "display_name": "R"})
        database.execute("UPDATE notebook SET kernelspec = ?", (kernel,))
    with pytest.raises(TrainerError, match="沙箱只运行 Python"):
        grade(course, ["ps2"])


def test_a_name_that_nothing_has(course: Course) -> None:
    with pytest.raises(NotFound, match="没有叫 ps3 的试卷或作业"):
        grade(course, ["ps3"])
