"""The bulk door: all submissions of a form, marked and written to nbgrader's gradebook in few transactions.

Each batch goes: read, mark, one transaction, autograded notebooks, ledger. A process killed anywhere leaves whole
batches; the next run does again what was not entered in the ledger, with the same outcome.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from trainer.errors import TrainerError
from trainer.grading.mark import Marker, treatment_of
from trainer.model.marks import Verdict
from trainer.model.paper import Form, Paper
from trainer.model.points import as_float
from trainer.nbgrader.autograded import autograded_notebook, write_autograded
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import accounts_with_marks
from trainer.nbgrader.execution import CodeRunner, test_scores, tests_apart
from trainer.nbgrader.extra_time import read_extra_time
from trainer.nbgrader.gradebook import AssignmentCells, CourseGradebook
from trainer.nbgrader.notebooks import graded_cell
from trainer.nbgrader.recording import Graded, LatePenalty, record
from trainer.nbgrader.submissions import Submission, Unreadable, read_submission
from trainer.settings import Grading


@dataclass(frozen=True)
class BadSubmission:
    """A submission that was left as it was, and why."""

    account: str
    assignment: str
    reason: str


@dataclass(frozen=True)
class GradeReport:
    """What a run of grading did. ``protection`` says what code answers ran in, "" where none were run."""

    assignment: str
    graded: int
    unchanged: int
    pending: int
    unanswered: int
    bad: tuple[BadSubmission, ...]
    protection: str = ""


class Ledger:
    """Which submissions were graded with which paper, so that unchanged ones are left alone.

    Kept by content, not by time. Lost or damaged, everything is simply graded again.
    """

    def __init__(self, course: Course, paper: Paper, form: Form) -> None:
        self._path = course.root / ".trainer" / f"graded-{form.assignment}.json"
        rules = [form.model_dump(mode="json"), paper.marking.model_dump(mode="json")]
        self._paper = sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()
        try:
            self._seen: dict[str, str] = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            self._seen = {}
        self.extra_time = read_extra_time(course.root, form.assignment)

    def _entry(self, submission: Submission) -> str:
        at = submission.submitted_at.isoformat() if submission.submitted_at else ""
        extra = self.extra_time.get(submission.account)
        at += f"+{extra.total_seconds():.0f}s" if extra else ""
        return f"{submission.digest} {at} {self._paper}"

    def has(self, submission: Submission) -> bool:
        return self._seen.get(submission.account) == self._entry(submission)

    def enter(self, submissions: Sequence[Submission]) -> None:
        """These were graded with this paper."""
        self._seen |= {submission.account: self._entry(submission) for submission in submissions}
        self._write()

    def carry_over(self) -> None:
        """All that was graded counts as graded with this paper: its marks were corrected in place."""
        self._seen = {
            account: f"{entry.rsplit(' ', 1)[0]} {self._paper}" for account, entry in self._seen.items()
        }
        self._write()

    def _write(self) -> None:
        """Beside, then renamed."""
        self._path.parent.mkdir(exist_ok=True)
        beside = self._path.with_suffix(".tmp")
        beside.write_text(json.dumps(self._seen), encoding="utf-8")
        beside.replace(self._path)


class Grader:
    """Grades one form of a paper in a course."""

    def __init__(self, course: Course, paper: Paper, form: Form, gradebook: CourseGradebook) -> None:
        self.course = course
        self.form = form
        self.gradebook = gradebook
        self.settings = Grading(config=course.config)
        self._limit = int(self.settings.max_submission_mb * 1024 * 1024)
        self.marker = Marker(form, paper.marking)
        self.ledger = Ledger(course, paper, form)
        self.cells: AssignmentCells = gradebook.cells_of(form.assignment)
        self.executed = [item for item in form.items if treatment_of(item) == "executed"]
        self._runner: CodeRunner | None = None
        self._protection = ""
        self._check_generated()

    def _check_generated(self) -> None:
        wanted = {graded_cell(item) for item in self.form.items}
        if wanted != set(self.cells.grade_cells):
            raise TrainerError(
                f"成绩册里的 {self.form.assignment} 和试卷对不上（题目不同）。"
                "试卷在发布以后又重新组过：请恢复原来的试卷文件，或者换一个试卷编号重新发布。"
            )

    def run(
        self,
        *,
        accept: Collection[str] = (),
        force: bool = False,
        advance: Callable[[int], None] | None = None,
    ) -> GradeReport:
        """Grade everything that is new or changed; ``advance`` is told how many submissions were dealt with.

        Raises NoSandbox where code would have to be run and cannot be run safely.
        """
        try:
            return self._run(accept, force, advance)
        finally:
            if self._runner is not None:
                self._runner.close()

    def _run(
        self, accept: Collection[str], force: bool, advance: Callable[[int], None] | None
    ) -> GradeReport:
        students = self.gradebook.students()
        known = accounts_with_marks(self.gradebook, self.form.assignment)
        bad: list[BadSubmission] = []
        counts = dict.fromkeys(("graded", "unchanged", "pending", "unanswered"), 0)
        folders = iter(self.course.submitted(self.form.assignment))
        while batch := list(islice(folders, self.settings.batch_size)):
            fresh = []
            for account, folder in batch:
                try:
                    submission = self._read(account, folder, students, accept)
                except Unreadable as error:
                    if account in known and self._accepted_before(account, folder):
                        counts["unchanged"] += 1
                        continue
                    kept = "；以前阅过的成绩保留着" if account in known else ""
                    bad.append(BadSubmission(account, self.form.assignment, f"{error}{kept}"))
                    continue
                if not force and account in known and self.ledger.has(submission):
                    counts["unchanged"] += 1
                else:
                    fresh.append(submission)
            for outcome in self._grade_batch(fresh):
                if isinstance(outcome, BadSubmission):
                    bad.append(outcome)
                    continue
                counts["graded"] += 1
                counts["pending"] += outcome[0]
                counts["unanswered"] += outcome[1]
            if advance:
                advance(len(batch))
        return GradeReport(self.form.assignment, bad=tuple(bad), protection=self._protection, **counts)

    def _read(self, account: str, folder: Path, students: set[str], accept: Collection[str]) -> Submission:
        if account not in students:
            raise Unreadable("名册里没有这个账号，请核对账号，或把此人加进名册后重新导入")
        return read_submission(folder, account, self.form, limit=self._limit, accept_faults=account in accept)

    def _accepted_before(self, account: str, folder: Path) -> bool:
        """Whether this very submission was marked in spite of its faults, because an instructor accepted it."""
        try:
            return self.ledger.has(
                read_submission(folder, account, self.form, limit=self._limit, accept_faults=True)
            )
        except Unreadable:
            return False

    def _grade_batch(self, batch: Sequence[Submission]) -> Iterator[tuple[int, int] | BadSubmission]:
        """Mark and store a batch; (answers waiting for a person, unanswered) of each, or why one was left out."""
        if not batch:
            return
        kernelspec = json.loads(self.cells.kernelspec) if self.cells.kernelspec else None
        notebooks = [autograded_notebook(submission, self.cells.sources, kernelspec) for submission in batch]
        ready: list[tuple[Submission, Any, Graded]] = []
        for submission, notebook in zip(batch, self._executed(notebooks), strict=True):
            if isinstance(notebook, Exception):
                known = isinstance(notebook, TrainerError)
                why = (
                    str(notebook)
                    if known
                    else f"（{type(notebook).__name__}），请在 formgrader 里查看后人工评阅"
                )
                reason = why if isinstance(notebook, Unreadable) else f"实操题没有运行完：{why}"
                yield BadSubmission(submission.account, submission.assignment, reason)
                continue
            marks = self.marker.marks(submission.answers)
            graded = self._graded(submission, notebook, marks)
            ready.append((submission, notebook, graded))
            verdicts = [mark.verdict for mark in marks.values()]
            yield verdicts.count(Verdict.PENDING), verdicts.count(Verdict.UNANSWERED)
        record(self.gradebook, self.cells, [graded for _, _, graded in ready], self._penalty())
        for submission, notebook, _ in ready:
            write_autograded(self.course.root, submission, notebook)
        self.ledger.enter([submission for submission, _, _ in ready])

    def _executed(self, notebooks: list[dict[str, Any]]) -> Iterator[Any]:
        if not self.executed:
            return iter(notebooks)
        if self._runner is None:
            self._runner = CodeRunner(self.course.config)
        self._protection = self._runner.protection()
        return self._runner.run_all(notebooks, tests_apart(self.form), self.settings.code_workers)

    def _graded(self, submission: Submission, notebook: Any, marks: dict[str, Any]) -> Graded:
        scores = {
            cell: None if mark.points is None else as_float(mark.points) for cell, mark in marks.items()
        }
        comments = {cell: mark.comment for cell, mark in marks.items()}
        if self.executed:
            from trainer.nbgrader.preprocessors import code_comment

            scores |= test_scores(notebook, [graded_cell(item) for item in self.executed])
            by_name = {
                cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]
            }
            comments |= {item.cell: code_comment(by_name[item.cell]) for item in self.executed}
        extra = self.ledger.extra_time.get(submission.account)
        return Graded(submission.account, submission.submitted_at, scores, comments, extra)

    def _penalty(self) -> LatePenalty:
        """nbgrader's late submission plugin, as configured."""
        from nbgrader.preprocessors import AssignLatePenalties

        assign = AssignLatePenalties(config=self.course.config)
        assign.init_plugin()
        penalty: LatePenalty = assign.plugin_inst.late_submission_penalty
        return penalty
