"""The stock door: what ``nbgrader autograde`` and ``nbgrader generate_feedback`` run for our papers.

Named in jupyter_config.py. For assignments that are not ours (a course's ordinary exercises) every class here behaves
as the nbgrader class that it stands in for.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import compute_checksum

from trainer.grading.mark import Marker
from trainer.model.paper import Form, Paper
from trainer.model.points import as_float
from trainer.nbgrader.execution import files_beside, kept_runner, note_of, tests_apart
from trainer.nbgrader.feedback_page import Given, Release
from trainer.nbgrader.feedback_release import release_of
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.submissions import Submission, Unreadable, grade_id, read_submission
from trainer.papers.files import find_papers
from trainer.sandbox.sandbox import NoSandbox
from trainer.settings import CodeSandbox, Grading

#: What a grade cell and its comment are called in nbgrader's comments when code was left as it was.
NO_ANSWER = "未作答。"
_NOT_PYTHON = "沙箱只运行 Python 的笔记本，这一份没有运行，请人工评阅。"
_TOGETHER = (
    "这份作业的测试和学员的程序在同一个进程里运行（nbgrader 的通常做法），存心作弊的程序可以伪造自己的分数。"
)


@lru_cache(maxsize=8)
def _papers(root: Path, stamp: tuple[tuple[str, int], ...]) -> tuple[Paper, ...]:  # noqa: ARG001
    return tuple(find_papers(root))


def find_form(root: Path, assignment: str) -> tuple[Paper, Form] | None:
    """The paper and form of an assignment; None when it is not one of ours. Read again when a file has changed."""
    stamp = tuple((path.name, path.stat().st_mtime_ns) for path in sorted((root / "papers").glob("*.json")))
    for paper in _papers(root, stamp):
        form = paper.form_for(assignment)
        if form is not None:
            return paper, form
    return None


def read_for(converter: Any, place: dict[str, Any], form: Form) -> Submission:
    """A submission as the bulk door reads it, for what runs inside nbgrader's converters. Raises Unreadable."""
    root = Path(converter.coursedir.root)
    limit = int(Grading(parent=converter).max_submission_mb * 1024 * 1024)
    return read_submission(
        root / "submitted" / place["student"] / form.assignment, place["student"], form, limit=limit
    )


class SubmissionExporter(NotebookExporter):
    """Refuse a submission that cannot be marked as it is, before anything of it is parsed or written.

    A refused submission leaves nothing in the gradebook: nbgrader has just made an empty entry for it, which would
    look like a paper handed in. One that was marked before keeps its marks.
    """

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> tuple[Any, Any]:
        place = (resources or {}).get("nbgrader", {})
        converter: Any = self.parent
        sanitizing = getattr(converter, "_sanitizing", False)
        found = find_form(Path(converter.coursedir.root), place.get("assignment", "")) if sanitizing else None
        if found is not None:
            try:
                read_for(converter, place, found[1])
            except Unreadable as error:
                self._forget(place)
                self.log.error("%s：%s", place["student"], error)  # noqa: TRY400 - a sentence, no traceback
                raise
        exported: tuple[Any, Any] = super().from_filename(filename, resources=resources, **kwargs)
        return exported

    @staticmethod
    def _forget(place: dict[str, Any]) -> None:
        with CourseGradebook(place["db_url"]) as gradebook:
            gradebook.forget_if_unmarked(place["assignment"], place["student"])


class _Ours(NbGraderPreprocessor):  # type: ignore[misc]
    """What the preprocessors share: which form a notebook belongs to."""

    def ours(self, resources: dict[str, Any]) -> tuple[Paper, Form] | None:
        # A preprocessor's parent is the exporter, and the exporter's the converter.
        return find_form(Path(self.parent.parent.coursedir.root), resources["nbgrader"]["assignment"])


class ExecuteCode(_Ours, Execute):  # type: ignore[misc]
    """Run a notebook in the sandbox, and only where there is code to be graded: declared answers need none.

    The tests of our papers are evaluated apart from the answers. Those of other assignments run together with them, as
    nbgrader has it: a hostile notebook can forge its own marks there, and reach nothing else.
    """

    def preprocess(self, nb: Any, resources: dict[str, Any], **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        found = self.ours(resources)
        apart = tests_apart(found[1]) if found is not None else {}
        if found is not None and not apart:
            return nb, resources
        runner = kept_runner(self.config)
        if found is None and nb.metadata.get("kernelspec", {}).get("language", "python") != "python":
            if not CodeSandbox(config=self.config).unsafe_run_without_sandbox:
                raise NoSandbox(_NOT_PYTHON)
            executed: tuple[Any, dict[str, Any]] = Execute.preprocess(self, nb, resources, **kwargs)
            return executed
        files = files_beside(Path(resources["metadata"]["path"])) if found is None else {}
        if found is None:
            self.log.warning("%s", _TOGETHER)
        self.log.info("%s", runner.protection())
        return runner.run(nb, apart, files), resources


class SaveMarks(_Ours, SaveAutoGrades):  # type: ignore[misc]
    """Write marks and comments into the gradebook: ours by comparing with the key, code's by nbgrader's own rule."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        self._marks = {}
        found = self.ours(resources)
        if found is not None:
            paper, form = found
            submission = read_for(self.parent.parent, resources["nbgrader"], form)
            self._marks = Marker(form, paper.marking).marks(submission.answers)
            self._keep_times(submission, resources["nbgrader"]["db_url"])
        self._is_ours = found is not None
        saved: tuple[Any, dict[str, Any]] = SaveAutoGrades.preprocess(self, nb, resources)
        return saved

    def _keep_times(self, submission: Submission, db_url: str) -> None:
        """Store the time as we read it (nbgrader's own reading knows no offsets), and extra time from the hall."""
        from trainer.nbgrader.extra_time import read_extra_time

        account, assignment = submission.account, submission.assignment
        extra = read_extra_time(Path(self.parent.parent.coursedir.root), assignment).get(account)
        with CourseGradebook(db_url) as gradebook:
            gradebook.set_times(assignment, account, submission.submitted_at, extra)

    def _add_score(self, cell: Any, resources: dict[str, Any]) -> None:
        mark = self._marks.get(cell.metadata["nbgrader"]["grade_id"])
        if mark is None:
            super()._add_score(cell, resources)
            return
        grade = self.gradebook.find_grade(
            cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        grade.auto_score = None if mark.points is None else as_float(mark.points)
        grade.needs_manual_grade = grade.manual_score is not None or mark.points is None
        self.gradebook.db.commit()

    def _add_comment(self, cell: Any, resources: dict[str, Any]) -> None:
        if not self._is_ours:
            super()._add_comment(cell, resources)
            return
        name = cell.metadata["nbgrader"]["grade_id"]
        comment = self.gradebook.find_comment(name, self.notebook_id, self.assignment_id, self.student_id)
        mark = self._marks.get(name)
        comment.auto_comment = mark.comment if mark is not None else code_comment(cell)
        self.gradebook.db.commit()


def code_comment(cell: Any) -> str | None:
    """The comment on an executed code answer: that there is none, or why its test did not pass."""
    unchanged = cell.metadata["nbgrader"].get("checksum") == compute_checksum(cell)
    return NO_ANSWER if unchanged else note_of(cell)


class FeedbackNotes(_Ours):
    """Scores and comments as nbgrader reads them from the gradebook, beside what the release says.

    Whatever a notebook claims of itself is not believed: names of cells, flags and points count as the gradebook has them.
    """

    #: Where the exporter finds the outcome among the resources: (Release, Given).
    RESULT = "trainer_feedback"

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        place = resources["nbgrader"]
        carried = {grade_id(cell) or "": cell.get("attachments") for cell in nb.cells}
        with CourseGradebook(place["db_url"]) as gradebook:
            release = release_of(
                gradebook, place["assignment"], place["notebook"], self.ours(resources), carried
            )
        with Gradebook(place["db_url"]) as gradebook:
            given = self._given(gradebook, release, place)
        resources[self.RESULT] = (release, given)
        return nb, resources

    @staticmethod
    def _given(gradebook: Any, release: Release, place: dict[str, Any]) -> Given:
        where = (place["notebook"], place["assignment"], place["student"])
        scores: dict[str, float | None] = {}
        comments: dict[str, str | None] = {}
        for name, cell in release.cells.items():
            if cell.graded:
                grade = gradebook.find_grade(name, *where)
                waits = grade.auto_score is None and grade.manual_score is None
                scores[name] = None if waits else grade.score
            if cell.answered or cell.task:
                comments[name] = gradebook.find_comment(name, *where).comment
        return Given(
            scores, comments, gradebook.find_submission_notebook(*where).late_submission_penalty or 0.0
        )
