"""The grader of a paper's form: declared answers are compared, and only code is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trainer.errors import TrainerError
from trainer.grading.mark import treatment_of
from trainer.model.paper import Form, Paper
from trainer.nbgrader.autograded import has_autograded, write_autograded
from trainer.nbgrader.course import Course
from trainer.nbgrader.execution import SECTIONS as CODE_SECTIONS
from trainer.nbgrader.grade import Grader, Known
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.ledger import Ledger, form_rules, settings_of
from trainer.nbgrader.marking import FormToMark
from trainer.nbgrader.notebooks import graded_cell
from trainer.nbgrader.recording import Graded, record
from trainer.nbgrader.submissions import Handed, read_handed
from trainer.nbgrader.workforce import Workforce


class FormGrader(Grader):
    """Grades one form of a paper in a course."""

    def __init__(
        self,
        course: Course,
        paper: Paper,
        form: Form,
        gradebook: CourseGradebook,
        workforce: Workforce | None = None,
    ) -> None:
        """Raises NotFound before the form was generated, TrainerError when it was built anew since."""
        super().__init__(course, form.assignment, gradebook, workforce)
        self.form = form
        self.cells = gradebook.cells_of(form.assignment)
        self.ledger = Ledger(course, form.assignment, form_rules(course, paper, form), self.cells.duedate)
        self.has_code = any(treatment_of(item) == "executed" for item in form.items)
        self._to_mark = FormToMark(
            form=form.model_dump_json(),
            marking=paper.marking.model_dump_json(),
            sources=tuple(self.cells.sources.values()),
            kernelspec=self.cells.kernelspec,
            grade_cells=tuple(self.cells.grade_cells),
            solution_cells=tuple(self.cells.solution_cells),
            settings=settings_of(course, CODE_SECTIONS),
        )
        self._check_generated()

    @property
    def to_mark(self) -> FormToMark:
        return self._to_mark

    def _check_generated(self) -> None:
        wanted = {graded_cell(item) for item in self.form.items}
        if wanted != set(self.cells.grade_cells):
            raise TrainerError(
                f"成绩册里的 {self.form.assignment} 和试卷对不上（题目不同）。"
                "试卷在发布以后又重新组过：请恢复原来的试卷文件，或者换一个试卷编号重新发布。"
            )

    def read(self, account: str) -> Handed:
        folder = f"{self.course.root}/submitted/{account}/{self.assignment}"
        return read_handed(folder, self.assignment, self._limit)

    def is_shown(self, account: str) -> bool:
        return has_autograded(self.course.root, account, self.assignment)

    def store(self, batch: Sequence[Graded], files: Mapping[str, tuple[bytes, Known]]) -> None:
        record(self.gradebook, self.cells, batch, self.penalty)
        for account, (notebook, known) in files.items():
            write_autograded(self.course.root, account, self.assignment, notebook, known.names)
        self.ledger.enter({a: (known.digest, known.submitted_at) for a, (_, known) in files.items()})
