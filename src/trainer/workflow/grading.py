"""Grade all submissions of papers, and report what could not be graded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from trainer.nbgrader.course import Course, quiet_nbgrader
from trainer.nbgrader.grade import Grader, GradeReport
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.workforce import workforce
from trainer.settings import Grading
from trainer.workflow.forms import forms_named


def grade(
    course: Course,
    names: Sequence[str],
    *,
    accept: Collection[str] = (),
    force: bool = False,
    advance: Callable[[int], None] | None = None,
) -> list[GradeReport]:
    """Grade every form named. One bad submission never stops the others; see :class:`GradeReport`."""
    forms = forms_named(course, names)
    count = sum(1 for _, form in forms for _ in course.submitted(form.assignment))
    with (
        CourseGradebook(course.db_url) as gradebook,
        quiet_nbgrader(),
        workforce(Grading(config=course.config), count) as workers,
    ):
        return [
            Grader(course, paper, form, gradebook, workers).run(accept=accept, force=force, advance=advance)
            for paper, form in forms
        ]
