"""The bulk door: all submissions of a form, marked and written to nbgrader's gradebook in few transactions.

One process reads and writes; marking is a pure function that may run elsewhere (:mod:`trainer.nbgrader.marking`). What
was marked is stored in batches: one transaction, autograded notebooks, ledger. A process killed anywhere leaves whole
batches; the next run does again what was not entered in the ledger, with the same outcome. Nothing is held of more
submissions than are being worked on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from trainer.errors import TrainerError
from trainer.grading.mark import treatment_of
from trainer.model.paper import Form
from trainer.model.paper import Paper as WholePaper
from trainer.nbgrader.autograded import discard_unfinished, has_autograded, write_autograded
from trainer.nbgrader.course import Course
from trainer.nbgrader.execution import SECTIONS as CODE_SECTIONS
from trainer.nbgrader.execution import CodeRunner
from trainer.nbgrader.gradebook import AssignmentCells, CourseGradebook
from trainer.nbgrader.ledger import Ledger, settings_of
from trainer.nbgrader.marking import Done, FormMarker, FormToMark, Marked, Paper
from trainer.nbgrader.notebooks import graded_cell
from trainer.nbgrader.recording import Graded, LatePenalty, graded_accounts, record
from trainer.nbgrader.submissions import Handed, Unreadable, read_handed, refuse_stray
from trainer.nbgrader.workforce import Workforce
from trainer.settings import Grading

#: A task has at most so many submissions, of code fewer, and at most so many bytes; a batch so many bytes.
_TASK, _TASK_WITH_CODE, _TASK_BYTES = 50, 8, 4 << 20
_BATCH_BYTES = 32 << 20
#: After so many unchanged submissions a sign of life is given.
_STRIDE = 500


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


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept of a submission while its notebook is marked."""

    digest: str
    submitted_at: datetime | None
    names: frozenset[str]


@dataclass
class _Task:
    """Submissions that are marked together; ``seen`` counts the unchanged and bad ones among which they were found."""

    papers: list[Paper] = field(default_factory=list)
    known: dict[str, _Known] = field(default_factory=dict)
    size: int = 0
    seen: int = 0

    def add(self, account: str, raw: bytes, accepted: bool, known: _Known) -> None:
        self.papers.append((account, raw, accepted))
        self.known[account] = known
        self.size += len(raw)


class Grader:
    """Grades one form of a paper in a course."""

    def __init__(
        self,
        course: Course,
        paper: WholePaper,
        form: Form,
        gradebook: CourseGradebook,
        workforce: Workforce | None = None,
    ) -> None:
        """``workforce`` marks in other processes or on other machines; without it this process does."""
        self.course = course
        self.form = form
        self.gradebook = gradebook
        self.settings = Grading(config=course.config)
        self._workforce = workforce
        self._limit = int(self.settings.max_submission_mb * 1024 * 1024)
        self.cells: AssignmentCells = gradebook.cells_of(form.assignment)
        self.ledger = Ledger(course, paper, form, self.cells.duedate)
        self.has_code = any(treatment_of(item) == "executed" for item in form.items)
        self._spec = FormToMark(
            form=form.model_dump_json(),
            marking=paper.marking.model_dump_json(),
            sources=tuple(self.cells.sources.values()),
            kernelspec=self.cells.kernelspec,
            grade_cells=tuple(self.cells.grade_cells),
            solution_cells=tuple(self.cells.solution_cells),
            settings=settings_of(course, CODE_SECTIONS),
        )
        self._late: LatePenalty | None = None
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

        Raises NoSandbox where code would have to be run and cannot be run safely, TrainerError when workers are lost;
        what was stored until then stays, and the next run goes on from there.
        """
        discard_unfinished(self.course.root, self.form.assignment)
        run = _Run(self, accept, force, advance or (lambda _: None))
        if self._workforce is not None and (self._workforce.runs_code or not self.has_code):
            run.work(self._workforce.marking(self._spec), self._workforce.ahead)
            return run.report()
        runner = CodeRunner(self.course.config) if self.has_code else None
        marker = FormMarker(self._spec, runner)
        try:
            run.work(lambda papers: partial(marker.mark_all, papers, self.settings.code_workers), 0)
        finally:
            if runner is not None:
                runner.close()
        return run.report()

    def read(self, account: str) -> Handed:
        """Somebody's files. Raises Unreadable."""
        folder = f"{self.course.root}/submitted/{account}/{self.form.assignment}"
        return read_handed(folder, self.form.assignment, self._limit)

    def store(self, batch: Sequence[Graded], files: Mapping[str, tuple[bytes, _Known]]) -> None:
        """Store what was found: the gradebook in one transaction, then the notebooks, then the ledger."""
        record(self.gradebook, self.cells, batch, self._penalty)
        for account, (notebook, known) in files.items():
            write_autograded(self.course.root, account, self.form.assignment, notebook, known.names)
        self.ledger.enter({a: (known.digest, known.submitted_at) for a, (_, known) in files.items()})

    def _penalty(self, account: str, score: float, seconds: float) -> float | None:
        """nbgrader's late submission plugin, as configured; nbgrader is not imported while nobody is late."""
        if self._late is None:
            from nbgrader.preprocessors import AssignLatePenalties

            assign = AssignLatePenalties(config=self.course.config)
            assign.init_plugin()
            self._late = assign.plugin_inst.late_submission_penalty
        return self._late(account, score, seconds)


class _Run:
    """One run of grading: what is found is counted, gathered and stored in batches."""

    def __init__(
        self, grader: Grader, accept: Collection[str], force: bool, advance: Callable[[int], None]
    ) -> None:
        self._grader = grader
        self._ledger = grader.ledger
        self._assignment = grader.form.assignment
        self._accept = accept
        self._force = force
        self._advance = advance
        self._students = grader.gradebook.students()
        self._before = graded_accounts(grader.gradebook, grader.cells)
        self._graded = self._unchanged = self._pending = self._unanswered = 0
        self._bad: list[BadSubmission] = []
        self._protection = ""
        self._batch: list[Graded] = []
        self._files: dict[str, tuple[bytes, _Known]] = {}
        self._size = 0
        self._dealt = 0

    def report(self) -> GradeReport:
        return GradeReport(
            self._assignment,
            self._graded,
            self._unchanged,
            self._pending,
            self._unanswered,
            tuple(sorted(self._bad, key=lambda bad: bad.account)),
            self._protection,
        )

    def work(self, marking: Callable[[Sequence[Paper]], Callable[[], Done]], ahead: int) -> None:
        """Read, have marked (``ahead`` tasks before their turn) and store, in the order of the folders."""
        waiting: deque[tuple[_Task, Callable[[], Done]]] = deque()
        for task in self._tasks():
            waiting.append((task, marking(task.papers)))
            task.papers = []
            while len(waiting) > ahead:
                self._finish(*waiting.popleft())
        while waiting:
            self._finish(*waiting.popleft())
        self._store()
        self._advance_if_any()

    # -- reading ---------------------------------------------------------------------------------------------------

    def _tasks(self) -> Iterator[_Task]:
        grader = self._grader
        most = min(grader.settings.batch_size, _TASK_WITH_CODE if grader.has_code else _TASK)
        task = _Task()
        for account, _ in grader.course.submitted(self._assignment):
            self._read(account, task)
            task.seen += 1
            if len(task.known) >= most or task.size >= _TASK_BYTES or task.seen >= _STRIDE:
                yield task
                task = _Task()
        yield task

    def _read(self, account: str, task: _Task) -> None:
        if account not in self._students:
            self._refuse(account, "名册里没有这个账号，请核对账号，或把此人加进名册后重新导入", None)
            return
        known = None
        try:
            handed = self._grader.read(account)
            known = _Known(handed.digest, handed.submitted_at, handed.names)
            if not self._force and self._settled(account, known):
                self._unchanged += 1
                return
            accepted = account in self._accept
            if not accepted:
                refuse_stray(handed)
        except Unreadable as error:
            self._refuse(account, str(error), known)
            return
        task.add(account, handed.raw, accepted, known)

    def _settled(self, account: str, known: _Known) -> bool:
        """Whether all is there that grading this again would leave."""
        return (
            account in self._before
            and self._ledger.has(account, known.digest, known.submitted_at)
            and has_autograded(self._grader.course.root, account, self._assignment)
        )

    def _refuse(self, account: str, reason: str, known: _Known | None) -> None:
        if known is not None and self._settled(account, known):
            # Marked in spite of its faults, because an instructor accepted it; also when all is graded again.
            self._unchanged += 1
            return
        kept = "；以前阅过的成绩保留着" if account in self._before else ""
        self._bad.append(BadSubmission(account, self._assignment, f"{reason}{kept}"))

    # -- storing ---------------------------------------------------------------------------------------------------

    def _finish(self, task: _Task, result: Callable[[], Done]) -> None:
        done = result() if task.known else Done(())
        self._protection = done.protection or self._protection
        for outcome in done.outcomes:
            known = task.known[outcome.account]
            if isinstance(outcome, Marked):
                self._gather(outcome, known)
            else:
                self._refuse(outcome.account, outcome.reason, known)
        self._dealt += task.seen
        if not self._batch:
            self._advance_if_any()

    def _gather(self, marked: Marked, known: _Known) -> None:
        account = marked.account
        extra = self._ledger.extra_time.get(account)
        again = not self._force and account in self._before and self._ledger.knew(account, known.digest)
        self._batch.append(Graded(account, known.submitted_at, marked.scores, marked.comments, extra, again))
        self._files[account] = (marked.notebook, known)
        self._size += len(marked.notebook)
        self._graded += 1
        self._pending += marked.pending
        self._unanswered += marked.unanswered
        if len(self._batch) >= self._grader.settings.batch_size or self._size >= _BATCH_BYTES:
            self._store()

    def _store(self) -> None:
        if self._batch:
            self._grader.store(self._batch, self._files)
            self._batch, self._files, self._size = [], {}, 0

    def _advance_if_any(self) -> None:
        if self._dealt:
            self._advance(self._dealt)
            self._dealt = 0
