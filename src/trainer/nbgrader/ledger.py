"""Which submissions were graded, and with what, so that unchanged ones are left alone.

Kept by content, not by time: the digest of the notebook, the time of submission with its extra time, and all that
decides about marks. A journal to which every batch adds one line, so that its cost does not grow with what is there
already; a line torn by a kill is passed over. Lost or damaged, everything is simply graded again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

import orjson

from trainer.grading.mark import treatment_of
from trainer.model.paper import Form, Paper
from trainer.nbgrader.course import Course
from trainer.nbgrader.execution import SECTIONS as CODE_SECTIONS
from trainer.nbgrader.extra_time import read_extra_time
from trainer.people.replacing import replace_file

#: The sections of a configuration that decide about penalties.
_PENALTY_SECTIONS = ("AssignLatePenalties", "LateSubmissionPlugin")


def settings_of(course: Course, sections: Iterable[str]) -> str:
    """Some sections of a course's configuration as JSON, the same for the same settings."""
    own = {name: dict(course.config[name]) for name in sections if name in course.config}
    return orjson.dumps(own, default=str, option=orjson.OPT_SORT_KEYS).decode()


def form_rules(course: Course, paper: Paper, form: Form) -> str:
    """All that decides about the marks of a form: the form with its keys, how the paper marks, how code is run."""
    code = any(treatment_of(item) == "executed" for item in form.items)
    settings = settings_of(course, CODE_SECTIONS if code else ())
    return f"{form.model_dump_json()}\n{paper.marking.model_dump_json()}\n{settings}"


class Ledger:
    """The ledger of one assignment, as far as it was graded by its present rules and by others."""

    def __init__(self, course: Course, assignment: str, rules: str, due: datetime | None = None) -> None:
        """``rules`` is all that decides about marks, as text; ``due`` the due date in the gradebook, which decides who is late."""
        self._path = course.root / ".trainer" / f"graded-{assignment}.jsonl"
        self._rules = sha256(rules.encode()).hexdigest()[:32]
        late = settings_of(course, _PENALTY_SECTIONS) + (due.isoformat() if due else "")
        self._late = sha256(late.encode()).hexdigest()[:16]
        self.extra_time = read_extra_time(course.root, assignment)
        self._seen: dict[str, list[str]] = {}
        self._lines = 0
        self._read()
        if self._lines > len(self._seen) // 8 + 64:
            self._rewrite()

    # -- reading ---------------------------------------------------------------------------------------------------

    def has(self, account: str, digest: str, submitted_at: datetime | None) -> bool:
        """Whether this very submission was graded as it would be now."""
        return self._seen.get(account) == self._entry(account, digest, submitted_at)

    def knew(self, account: str, digest: str) -> bool:
        """Whether this very notebook was graded, in whatever way."""
        entry = self._seen.get(account)
        return entry is not None and entry[0] == digest

    def _entry(self, account: str, digest: str, submitted_at: datetime | None) -> list[str]:
        at = submitted_at.isoformat() if submitted_at else ""
        extra = self.extra_time.get(account)
        return [digest, f"{at}+{extra.total_seconds():.0f}s" if extra else at, self._late, self._rules]

    # -- writing ---------------------------------------------------------------------------------------------------

    def enter(self, graded: Mapping[str, tuple[str, datetime | None]]) -> None:
        """These (digest and time of submission, by account) were graded as they would be now."""
        entries = {account: self._entry(account, *what) for account, what in graded.items()}
        if entries:
            self._seen |= entries
            self._append(entries)

    def carry_over(self) -> None:
        """All that was graded counts as graded by the present rules: its marks were corrected in place."""
        self._seen = {account: [*entry[:-1], self._rules] for account, entry in self._seen.items()}
        self._rewrite()

    def _read(self) -> None:
        try:
            lines = self._path.read_bytes().splitlines()
        except OSError:
            return
        for line in lines:
            try:
                entries = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(entries, dict):
                self._seen |= {account: entry for account, entry in entries.items() if _is_entry(entry)}
        self._lines = len(lines)

    def _append(self, entries: Mapping[str, list[str]]) -> None:
        """One line in one write, on a line of its own also after one that was torn."""
        self._path.parent.mkdir(exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            whole = not size or os.pread(descriptor, 1, size - 1) == b"\n"
            os.write(descriptor, (b"" if whole else b"\n") + orjson.dumps(entries) + b"\n")
        finally:
            os.close(descriptor)

    def _rewrite(self) -> None:
        self._path.parent.mkdir(exist_ok=True)
        replace_file(self._path, orjson.dumps(self._seen) + b"\n" if self._seen else b"")
        self._lines = 1


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 4 and all(isinstance(part, str) for part in entry)
