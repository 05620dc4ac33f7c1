"""The bulk door: all submissions of a form, marked and written to nbgrader's gradebook in few transactions.

One process reads and writes; marking is a pure function that may run elsewhere (:mod:`trainer.nbgrader.marking`). What
was marked is stored in batches: one transaction, autograded notebooks, ledger. A process killed anywhere leaves whole
batches; the next run does again what was not entered in the ledger, with the same outcome. Nothing is held of more
submissions than are being worked on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from trainer.nbgrader.autograded import discard_unfinished
from trainer.nbgrader.course import Course
from trainer.nbgrader.execution import CodeRunner
from trainer.nbgrader.gradebook import AssignmentCells, CourseGradebook
from trainer.nbgrader.ledger import Ledger
from trainer.nbgrader.marking import Done, Marked, Paper, ToMark
from trainer.nbgrader.recording import Graded, LatePenalty, graded_accounts
from trainer.nbgrader.submissions import Handed, Unreadable, refuse_stray
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
class Known:
    """What is kept of a submission while its notebook is marked."""

    digest: str
    submitted_at: datetime | None
    names: frozenset[str]


@dataclass
class _Task:
    """Submissions that are marked together; ``seen`` counts the unchanged and bad ones among which they were found."""

    papers: list[Paper] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    size: int = 0
    seen: int = 0

    def add(self, account: str, raw: bytes, accepted: bool, known: Known) -> None:
        self.papers.append((account, raw, accepted))
        self.known[account] = known
        self.size += len(raw)


class Grader(ABC):
    """Grades the submissions of one assignment; what it consists of, and how one is marked, is for the kinds of it.

    ``cells`` are those of the assignment's (first) notebook, ``ledger`` what was graded before, ``has_code`` whether
    something of a submission has to be run.
    """

    cells: AssignmentCells
    ledger: Ledger
    has_code: bool

    def __init__(
        self,
        course: Course,
        assignment: str,
        gradebook: CourseGradebook,
        workforce: Workforce | None = None,
    ) -> None:
        """``workforce`` marks in other processes or on other machines; without it this process does."""
        self.course = course
        self.assignment = assignment
        self.gradebook = gradebook
        self.settings = Grading(config=course.config)
        self._workforce = workforce
        self._limit = int(self.settings.max_submission_mb * 1024 * 1024)
        self._late: LatePenalty | None = None

    @property
    @abstractmethod
    def to_mark(self) -> ToMark:
        """All that marking needs to know of the assignment."""

    @abstractmethod
    def read(self, account: str) -> Handed:
        """Somebody's files. Raises Unreadable."""

    @abstractmethod
    def is_shown(self, account: str) -> bool:
        """Whether the autograded files of somebody are there."""

    @abstractmethod
    def store(self, batch: Sequence[Graded], files: Mapping[str, tuple[bytes, Known]]) -> None:
        """Store what was found: the gradebook in one transaction, then the notebooks, then the ledger."""

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
        discard_unfinished(self.course.root, self.assignment)
        run = _Run(self, accept, force, advance or (lambda _: None))
        if self._workforce is not None and (self._workforce.runs_code or not self.has_code):
            run.work(self._workforce.marking(self.to_mark), self._workforce.ahead)
            return run.report()
        runner = CodeRunner(self.course.config) if self.has_code else None
        marker = self.to_mark.marker(runner)
        try:
            run.work(lambda papers: partial(marker.mark_all, papers, self.settings.code_workers), 0)
        finally:
            if runner is not None:
                runner.close()
        return run.report()

    def penalty(self, account: str, score: float, seconds: float) -> float | None:
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
        self._assignment = grader.assignment
        self._accept = accept
        self._force = force
        self._advance = advance
        self._students = grader.gradebook.students()
        self._before = graded_accounts(grader.gradebook, grader.cells)
        self._graded = self._unchanged = self._pending = self._unanswered = 0
        self._bad: list[BadSubmission] = []
        self._protection = ""
        self._batch: list[Graded] = []
        self._files: dict[str, tuple[bytes, Known]] = {}
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
            known = Known(handed.digest, handed.submitted_at, handed.names)
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

    def _settled(self, account: str, known: Known) -> bool:
        """Whether all is there that grading this again would leave."""
        return (
            account in self._before
            and self._ledger.has(account, known.digest, known.submitted_at)
            and self._grader.is_shown(account)
        )

    def _refuse(self, account: str, reason: str, known: Known | None) -> None:
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

    def _gather(self, marked: Marked, known: Known) -> None:
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
