"""What was graded is left alone as long as nothing that decides about it has changed, whatever the clock says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trainer.model.paper import Form, Paper
from trainer.model.people import Roster, Trainee
from trainer.nbgrader.amending import record_manual
from trainer.nbgrader.course import Course
from trainer.nbgrader.extra_time import write_extra_time
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.workflow.grading import grade

from .conftest import Submit, gradebook_rows, sample_answers


def counts(course: Course, name: str) -> tuple[int, int]:
    """How many were graded and how many left alone."""
    (report,) = grade(course, [name])
    assert not report.bad
    return report.graded, report.unchanged


def shown(course: Course, account: str, form: Form) -> Path:
    return course.root / "autograded" / account / form.assignment / f"{form.assignment}.ipynb"


@pytest.fixture
def form(course: Course, paper: Paper, submit: Submit) -> Form:
    """Two submissions, graded."""
    form = paper.forms[0]
    submit("c01", form, sample_answers(form, "right"))
    submit("c02", form, sample_answers(form, "wrong"))
    assert counts(course, paper.id) == (2, 0)
    return form


def journal(course: Course, form: Form) -> Path:
    return course.root / ".trainer" / f"graded-{form.assignment}.jsonl"


def test_the_clock_decides_nothing(course: Course, paper: Paper, form: Form, submit: Submit) -> None:
    before = shown(course, "c01", form).stat()
    path = submit("c01", form, sample_answers(form, "right"))
    os.utime(path, (2_000_000_000, 2_000_000_000))
    assert counts(course, paper.id) == (0, 2)
    after = shown(course, "c01", form).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    stamp = path.stat()
    changed = path.read_bytes().replace(b'"source": "', b'"source": " ', 1)
    path.write_bytes(changed[:-1] + b" }")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert counts(course, paper.id) == (1, 1)


def test_what_is_gone_is_graded_again(course: Course, paper: Paper, form: Form) -> None:
    shown(course, "c01", form).unlink()
    shown(course, "c02", form).write_bytes(b"")
    rows = gradebook_rows(course)
    assert counts(course, paper.id) == (2, 0)
    assert shown(course, "c02", form).stat().st_size > 1000
    assert gradebook_rows(course) == rows


@pytest.mark.parametrize("damage", [b'\n{"c01": ["torn', b"\x00\xff", b'\n[1]\n{"c01": 3, "c02": ["a"]}\n'])
def test_a_damaged_journal_costs_time_and_no_marks(
    course: Course, paper: Paper, form: Form, damage: bytes, submit: Submit
) -> None:
    with journal(course, form).open("ab") as file:
        file.write(damage)
    submit("c03", form, sample_answers(form, "blank"))
    (report,) = grade(course, [paper.id])
    assert (report.graded + report.unchanged, report.bad) == (3, ())
    assert counts(course, paper.id) == (0, 3)


def test_one_line_a_batch_and_a_long_journal_is_made_short(
    course: Course, paper: Paper, form: Form, submit: Submit
) -> None:
    assert journal(course, form).read_bytes().count(b"\n") == 1
    line = journal(course, form).read_bytes()
    journal(course, form).write_bytes(line * 100)
    assert counts(course, paper.id) == (0, 2)
    assert journal(course, form).read_bytes().count(b"\n") == 1


def test_other_rules_grade_again_and_leave_what_people_marked_as_it_was(
    course: Course, paper: Paper, form: Form
) -> None:
    essay = next(item.cell for item in form.items if item.section == "案例")
    with CourseGradebook(course.db_url) as gradebook:
        record_manual(
            gradebook, {form.assignment: [("c01", essay, 7.5, "要点较全"), ("c01", "q01", 1.0, "")]}
        )
        gradebook.set_duedate(form.assignment, datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
    rows = gradebook_rows(course)["grades"]
    assert counts(course, paper.id) == (2, 0)
    assert gradebook_rows(course)["grades"] == rows
    assert [row[6] for row in rows if row[1] == "c01" and row[4] is not None] == [0, 0]
    write_extra_time(course.root, form.assignment, {"c01": 7200})
    assert counts(course, paper.id) == (1, 1)
    course.config.LateSubmissionPlugin.penalty_method = "zero"
    assert counts(course, paper.id) == (2, 0)
    penalties = {account: penalty for _, account, _, _, penalty, _ in gradebook_rows(course)["submissions"]}
    assert penalties["c01"] is None
    assert penalties["c02"] is not None
    assert counts(course, paper.id) == (0, 2)


def test_other_limits_grade_code_again_and_nothing_else(
    course: Course, paper: Paper, full_paper: Paper, form: Form, submit: Submit
) -> None:
    submit("c01", full_paper.forms[0], sample_answers(full_paper.forms[0], "right"))
    assert counts(course, full_paper.id) == (1, 0)
    course.config.CodeSandbox.cell_seconds = 12.5
    assert counts(course, full_paper.id) == (1, 0)
    assert counts(course, full_paper.id) == (0, 1)
    assert counts(course, paper.id) == (0, 2)


_PEAK = """
import resource, sys
from pathlib import Path
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade
(report,) = grade(Course(Path(sys.argv[1])), ["keguan"])
assert not report.bad, report.bad
print(report.graded, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_the_submissions(course: Course, paper: Paper, submit: Submit) -> None:
    """A hundred and twenty large notebooks need no more than forty do, within the size of a batch."""
    form = paper.forms[0]
    added = {"cell_type": "raw", "metadata": {}, "source": "甲" * 350_000}
    first = submit("m000", form, {}, edit=lambda notebook: notebook["cells"].append(added))
    people = [f"m{number:03d}" for number in range(120)]
    with CourseGradebook(course.db_url) as gradebook:
        gradebook.enrol(Roster(tuple(Trainee(account, account, "甲镇") for account in people)))

    def peak(accounts: list[str]) -> int:
        for account in accounts:
            folder = course.root / "submitted" / account / form.assignment
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / first.name).exists():
                os.link(first, folder / first.name)
        done = subprocess.run([sys.executable, "-c", _PEAK, course.root], capture_output=True, check=True)
        graded, mebibytes = map(int, done.stdout.split())
        assert graded == len(accounts) - before
        return mebibytes

    before = 0
    few = peak(people[:40])
    before = 40
    many = peak(people)
    assert many < few + 30  # held at once, the other eighty would be 160 MiB of files and notebooks


def test_an_older_ledger_does_no_harm(course: Course, paper: Paper, form: Form) -> None:
    journal(course, form).rename(journal(course, form).with_suffix(".json"))
    assert counts(course, paper.id) == (2, 0)
    assert json.loads(journal(course, form).read_bytes()).keys() == {"c01", "c02"}
