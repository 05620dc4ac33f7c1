"""Boards read sums that the database made: the same results as from every cell, whatever stands in the gradebook."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from trainer.model.paper import Paper
from trainer.nbgrader import totals as totals_module
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.waiting import marking_of, unmarked_answers
from trainer.workflow.grading import grade
from trainer.workflow.leaderboard import result_of, results_in

from .conftest import Submit, sample_answers


@pytest.fixture
def mixed(course: Course, paper: Paper, full_paper: Paper, submit: Submit) -> Course:
    """Right, wrong and blank; late; marks by people, odd ones too; extra credit; penalties; answers that wait."""
    form, other = paper.forms[0], full_paper.forms[0]
    for account, which in (("c01", "right"), ("c02", "wrong"), ("c03", "malformed"), ("c04", "blank")):
        submit(account, form, sample_answers(form, which))
    submit("c05", form, sample_answers(form, "right"), at="2027-01-01 00:00:00.000000 UTC")
    submit("c06", other, sample_answers(other, "right"))
    submit("c01", other, sample_answers(other, "wrong"))
    grade(course, [paper.id, full_paper.id])
    with CourseGradebook(course.db_url) as gradebook:
        gradebook.set_duedate("keguan", datetime(2026, 12, 1, tzinfo=UTC))
    essay = next(item.cell for item in form.items if item.section == "案例")
    of = (
        "where notebook_id in (select n.id from submitted_notebook n join submitted_assignment s"
        " on s.id = n.assignment_id join assignment a on a.id = s.assignment_id"
        " where s.student_id = ? and a.name = 'keguan')"
        " and cell_id in (select id from base_cell where name = ?)"
    )
    with closing(sqlite3.connect(course.root / "gradebook.db")) as db, db:
        db.execute(f"update grade set manual_score = 8.5, needs_manual_grade = 0 {of}", ("c01", essay))
        # exactly between two hundredths: read by its decimal form, which a float's product is not
        db.execute(f"update grade set manual_score = 1.005 {of}", ("c02", essay))
        db.execute(f"update grade set manual_score = 0.125 {of}", ("c02", form.items[0].cell))
        db.execute(f"update grade set extra_credit = 1.25 {of}", ("c03", form.items[1].cell))
        db.execute(f"update grade set extra_credit = 2 {of}", ("c02", form.items[2].cell))
        db.execute(f"update grade set needs_manual_grade = 1 {of}", ("c05", form.items[3].cell))
        db.execute("update submitted_notebook set late_submission_penalty = 3.5")
    return course


@pytest.fixture(params=["one pass", "by cell", "no indexes of ours"])
def way(request: pytest.FixtureRequest, mixed: Course, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(totals_module, "_MOST", 2.0 if request.param == "by cell" else 0.0)
    if request.param == "no indexes of ours":
        with closing(sqlite3.connect(mixed.root / "gradebook.db")) as db, db:
            names = [
                name for (name,) in db.execute("select name from sqlite_master where name like 'trainer_%'")
            ]
            assert len(names) == 3
            for name in names:
                db.execute(f"drop index {name}")
    return request.param


def test_results_from_sums_are_those_from_cells(
    mixed: Course, paper: Paper, full_paper: Paper, way: str
) -> None:
    forms = {form.assignment: (one, form) for one in (paper, full_paper) for form in one.forms}
    with CourseGradebook(mixed.db_url) as gradebook:
        from_cells = [result_of(entry, *forms[entry.assignment]) for entry in entries(gradebook, list(forms))]
        assert results_in(gradebook, paper, full_paper) == from_cells
        own = [result for result in from_cells if result.assignment == "keguan"]
        assert results_in(gradebook, paper) == own
    assert len(from_cells) == 7
    assert {result.account for result in own if result.late} == {"c05"}
    assert {result.account for result in own if result.unanswered} == {"c04"}
    assert any(result.pending for result in own)


def test_what_waits_is_counted_without_reading_all(mixed: Course, way: str) -> None:
    with CourseGradebook(mixed.db_url) as gradebook:
        found = {entry.account: entry for entry in entries(gradebook, ["keguan"])}
        marking = marking_of(gradebook, "keguan")
        unmarked = {
            account: sum(score.auto is None and score.manual is None for score in entry.cells.values())
            for account, entry in found.items()
        }
        waiting = {
            account: sum(
                score.needs_manual_grade or (score.auto is None and score.manual is None)
                for score in entry.cells.values()
            )
            for account, entry in found.items()
        }
        assert marking.graded == set(found)
        assert (marking.answers, marking.people) == (
            sum(waiting.values()),
            sum(map(bool, waiting.values())),
        )
        assert unmarked_answers(gradebook, ["keguan"]) == sum(unmarked.values())


def test_stock_nbgrader_works_with_our_indexes(mixed: Course) -> None:
    """Its own reading, and its own upgrade of the schema."""
    for command in (["nbgrader", "db", "upgrade"], ["nbgrader", "export", "--to", "marks.csv"]):
        done = subprocess.run(command, cwd=mixed.root, capture_output=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr.decode()
    assert "keguan" in (mixed.root / "marks.csv").read_text()
    with closing(sqlite3.connect(mixed.root / "gradebook.db")) as db:
        count = "select count(*) from sqlite_master where type = 'index' and name like 'trainer_%'"
        assert db.execute(count).fetchone() == (3,)
