"""Two doors, one result: ``trainer grade`` and stock ``nbgrader autograde`` leave the same gradebook."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from trainer.model.paper import Paper
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade

from .conftest import Submit, bridge, gradebook_rows, sample_answers

ODD = [
    "ＡＢ",
    "答案：a",
    "<script>alert(1)</script>",
    "A" * 3000,
    "1-A 1-B",
    "\u200b",
    "（在这里写答案，写完请删掉这一行）\n\nB",
    "YOUR ANSWER HERE",
    "对错",
    "-1",
    "nan",
    "\u202eB",
    "一百二十元",
]


def _autograde(course: Course, assignment: str, *options: str) -> subprocess.CompletedProcess[str]:
    """The stock command, run in the course folder as an instructor would."""
    command = ["nbgrader", "autograde", assignment, *options]
    return subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def twin(course: Course, tmp_path: Path, repository: Path):
    """Copies the course as it is now, for the other door."""

    def copy() -> Course:
        root = tmp_path / "twin"
        shutil.copytree(course.root, root, dirs_exist_ok=True)
        bridge(root, repository)
        return Course(root)

    return copy


def test_same_marks_comments_and_flags_on_every_kind_and_odd_answers(
    course: Course, paper: Paper, submit: Submit, twin
) -> None:
    form = paper.forms[0]
    for number, which in enumerate(("right", "wrong", "malformed", "blank"), 1):
        submit(f"c{number:02d}", form, sample_answers(form, which))
    for number, odd in enumerate(ODD[:8], 5):
        submit(f"c{number:02d}", form, {item.cell: odd for item in form.items})
    stock = twin()
    grade(course, [paper.id])
    _autograde(stock, form.assignment)
    ours, theirs = gradebook_rows(course), gradebook_rows(stock)
    assert len(ours["grades"]) == 12 * len(form.items)
    assert ours == theirs


def test_same_on_the_rest_of_the_odd_answers_late_papers_and_the_zero_penalty(
    course: Course, paper: Paper, submit: Submit, twin
) -> None:
    form = paper.forms[0]
    with (course.root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    late = Course(course.root)
    with _gradebook(late) as gradebook:
        gradebook.set_duedate(form.assignment, _instant("2026-11-20 02:30:00"))
    for number, odd in enumerate(ODD[8:], 1):
        submit(f"c{number:02d}", form, {item.cell: odd for item in form.items})
    submit("c10", form, sample_answers(form, "right"), at="2026-11-20 02:45:00.000000 UTC")
    stock = twin()
    (stock.root / "nbgrader_config.py").write_text((course.root / "nbgrader_config.py").read_text())
    grade(late, [paper.id])
    _autograde(stock, form.assignment)
    ours = gradebook_rows(late)
    assert ours == gradebook_rows(stock)
    penalties = {account: penalty for _, account, _, _, penalty, _ in ours["submissions"]}
    assert penalties["c10"] == sum(float(item.points) for item in form.items if item.section != "案例")
    assert penalties["c01"] is None


def test_same_with_code_and_code_is_run_by_nbgrader(
    course: Course, full_paper: Paper, submit: Submit, twin
) -> None:
    form = full_paper.forms[0]
    submit("c01", form, sample_answers(form, "right"))
    submit("c02", form, sample_answers(form, "malformed"))
    submit("c03", form, {})
    stock = twin()
    grade(course, [full_paper.id])
    _autograde(stock, form.assignment)
    ours = gradebook_rows(course)
    assert ours == gradebook_rows(stock)
    code = next(item for item in form.items if item.section == "实操")
    scores = {account: auto for _, account, cell, auto, *_ in ours["grades"] if cell == f"{code.cell}-test"}
    assert scores == {"c01": 5.0, "c02": 0.0, "c03": 0.0}


def test_marks_by_people_survive_both_doors_and_are_flagged_alike(
    course: Course, paper: Paper, submit: Submit, twin
) -> None:
    form = paper.forms[0]
    submit("c01", form, sample_answers(form, "right"))
    grade(course, [paper.id])
    essay = next(item.cell for item in form.items if item.section == "案例")
    from trainer.nbgrader.amending import record_manual

    with _gradebook(course) as gradebook:
        record_manual(
            gradebook, {form.assignment: [("c01", essay, 7.5, "要点较全"), ("c01", "q01", 1.0, "")]}
        )
    stock = twin()
    grade(course, [paper.id], force=True)
    _autograde(stock, form.assignment, "--force")
    ours = gradebook_rows(course)
    assert ours == gradebook_rows(stock)
    manual = {cell: (score, flag) for _, _, cell, _, score, _, flag in ours["grades"] if score is not None}
    assert manual == {essay: (7.5, 1), "q01": (1.0, 1)}


def test_unreadable_submissions_leave_nothing_at_either_door(
    course: Course, paper: Paper, submit: Submit, twin
) -> None:
    form = paper.forms[0]
    submit("c01", form, sample_answers(form, "right"))
    torn = submit("c02", form, {})
    torn.write_bytes(torn.read_bytes()[:500])
    extra = submit("c03", form, sample_answers(form, "right"))
    shutil.copy(extra, extra.with_name("副本.ipynb"))
    submit("c04", form, {}, edit=lambda notebook: notebook["cells"].pop(5))
    stock = twin()
    reports = grade(course, [paper.id])
    done = _autograde(stock, form.assignment)
    assert [line.account for line in reports[0].bad] == ["c02", "c03", "c04"]
    assert done.returncode == 1
    ours = gradebook_rows(course)
    assert ours == gradebook_rows(stock)
    assert [account for _, account, *_ in ours["submissions"]] == ["c01"]


def _gradebook(course: Course):
    from trainer.nbgrader.gradebook import CourseGradebook

    return CourseGradebook(course.db_url)


def _instant(text: str):
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).replace(tzinfo=UTC)
