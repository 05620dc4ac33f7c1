"""Grade all submissions of papers, and report what could not be graded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from trainer.nbgrader.course import Course, quiet_nbgrader
from trainer.nbgrader.grade import Grader, GradeReport
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.workflow.papers import forms_named


def grade(
    course: Course,
    names: Sequence[str],
    *,
    accept: Collection[str] = (),
    force: bool = False,
    advance: Callable[[int], None] | None = None,
) -> list[GradeReport]:
    """Grade every form named. One bad submission never stops the others; see :class:`GradeReport`."""
    reports = []
    with CourseGradebook(course.db_url) as gradebook, quiet_nbgrader():
        for paper, form in forms_named(course, names):
            grader = Grader(course, paper, form, gradebook)
            reports.append(grader.run(accept=accept, force=force, advance=advance))
    return reports
