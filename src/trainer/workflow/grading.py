"""Grade all submissions of papers and of ordinary assignments, and report what could not be graded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from trainer.nbgrader.course import Course, quiet_nbgrader
from trainer.nbgrader.form_grader import FormGrader
from trainer.nbgrader.grade import Grader, GradeReport
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.ordinary.grader import OrdinaryGrader
from trainer.nbgrader.ordinary.outline import assignments_in
from trainer.nbgrader.waiting import has_gradebook
from trainer.nbgrader.workforce import Workforce, workforce
from trainer.papers.files import find_papers
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
    """Grade everything named: papers, their forms, ordinary assignments of nbgrader.

    One bad submission never stops the others; see :class:`GradeReport`. Raises NotFound for a name that nothing has.
    """
    with CourseGradebook(course.db_url) as gradebook, quiet_nbgrader():
        ordinary = _ordinary(course, names, gradebook)
        forms = forms_named(course, [name for name in names if name not in ordinary])
        assignments = [form.assignment for _, form in forms] + ordinary
        count = sum(1 for assignment in assignments for _ in course.submitted(assignment))

        def graders(workers: Workforce | None) -> Iterator[Grader]:
            for paper, form in forms:
                yield FormGrader(course, paper, form, gradebook, workers)
            for assignment in ordinary:
                yield OrdinaryGrader(course, assignment, gradebook, workers)

        with workforce(Grading(config=course.config), count) as workers:
            return [grader.run(accept=accept, force=force, advance=advance) for grader in graders(workers)]


def _ordinary(course: Course, names: Sequence[str], gradebook: CourseGradebook) -> list[str]:
    """Those names that are no paper's, and that the gradebook knows as assignments."""
    papers = find_papers(course.root)
    ours = {name for paper in papers for name in (paper.id, *(form.assignment for form in paper.forms))}
    others = [name for name in dict.fromkeys(names) if name not in ours]
    if not others or not has_gradebook(course):
        return []
    known = assignments_in(gradebook)
    return [name for name in others if name in known]
