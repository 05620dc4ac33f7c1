"""Submissions. Decided, signed and written by the writer, many at a time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from trainer.hall.admission import admit
from trainer.hall.bundle import Files, content_hash, file_hashes
from trainer.hall.catalogue import Released, pack
from trainer.hall.clock import iso
from trainer.hall.desk import Batched, Caller, Desk, by_assignment
from trainer.hall.receipts import VERSION, canonical
from trainer.hall.refusals import Refused
from trainer.hall.tables import CONTENTS, SUBMISSIONS


class Sent(NamedTuple):
    """A submission that is in the store, or will be with this transaction."""

    n: int
    attempt: int
    sha256: str
    size: int
    content: int
    receipt: str | None


class Accepted(NamedTuple):
    """The outcome of a submission: whether it is new, and its receipt as JSON."""

    created: bool
    receipt: str


@dataclass(slots=True)
class Submit(Batched):
    """One submission. The outcome is Accepted."""

    caller: Caller
    course: str
    assignment: str
    listed: str
    content: bytes
    hashes: dict[str, str]
    sha256: str
    answers: int
    weight: int

    @classmethod
    def of(cls, caller: Caller, course: str, assignment: str, files: Files, answers: int) -> Submit:
        """From checked files, of which ``answers`` answer cells are filled."""
        hashes = file_hashes(files)
        listed, content = pack(files, hashes)
        return cls(
            caller, course, assignment, listed, content, hashes, content_hash(hashes), answers, len(content)
        )

    @classmethod
    def apply_all(cls, desk: Desk, operations: Sequence[Submit]) -> list[Accepted | Refused]:
        return _Shelf(desk, operations).outcomes()


class _Shelf:
    """The submissions of one batch, on their way into the store."""

    def __init__(self, desk: Desk, operations: Sequence[Submit]) -> None:
        self._desk, self._operations = desk, operations
        self._rows: list[dict[str, Any]] = []
        self._contents: list[dict[str, Any]] = []
        self._sent: dict[tuple[int, str], list[Sent]] = {}

    def outcomes(self) -> list[Accepted | Refused]:
        found = [self._find(one) for one in self._operations]
        pairs = list(zip(found, self._operations, strict=True))
        self._read_sent({(r.number, one.caller.who) for r, one in pairs if isinstance(r, Released)})
        outcomes = [r if isinstance(r, Refused) else self._take(one, r) for r, one in pairs]
        for one, outcome in zip(self._operations, outcomes, strict=True):
            if isinstance(outcome, Accepted):
                result = "ok" if outcome.created else "same"
                self._desk.note(one.caller, "submit", (one.course, one.assignment), one.sha256[:16], result)
        if self._contents:
            self._desk.connection.execute(insert(CONTENTS), self._contents)
        if self._rows:
            self._desk.connection.execute(insert(SUBMISSIONS), self._rows)
        return outcomes

    def _find(self, one: Submit) -> Released | Refused:
        try:
            return self._desk.catalogue.find(one.course, one.assignment)
        except Refused as refused:
            return refused

    def _read_sent(self, wanted: set[tuple[int, str]]) -> None:
        columns = SUBMISSIONS.c
        self._sent = {key: [] for key in wanted}
        for number, accounts in by_assignment(wanted).items():
            query = (
                select(
                    columns.account, columns.n, columns.attempt, columns.sha256, columns.size, columns.content
                )
                .where(columns.assignment == number, columns.account.in_(accounts))
                .order_by(columns.attempt)
            )
            for row in self._desk.connection.execute(query):
                self._sent[number, row.account].append(
                    Sent(row.n, row.attempt, row.sha256, row.size, row.content, None)
                )

    def _take(self, one: Submit, released: Released) -> Accepted | Refused:
        """What was accepted before is so still, whatever has changed since; only then comes the question of admission."""
        sent = self._sent[released.number, one.caller.who]
        again = _same(released, sent, one.sha256)
        if again is not None:
            return Accepted(False, again.receipt or self._receipt_of(again.n))
        try:
            admit(released, one.caller)
            self._limit(one, released, sent)
        except Refused as refused:
            return refused
        return self._add(one, released, sent)

    def _limit(self, one: Submit, released: Released, sent: Sequence[Sent]) -> None:
        policy, most = self._desk.policy, released.rules.attempts
        if most is not None and len(sent) >= most:
            raise Refused(
                409, "no-attempts", f"这份作业最多交 {most} 次，已经交满，这次没有存上；以前交的都在。"
            )
        kept = sum({past.content: past.size for past in sent}.values())
        if len(sent) >= policy.person_submissions or kept + one.weight > policy.person_bytes:
            raise Refused(
                413, "quota", "交的次数或内容太多，超过了上限，这次没有存上；以前交的都在。请问监考老师。"
            )

    def _add(self, one: Submit, released: Released, sent: list[Sent]) -> Accepted:
        desk, number = self._desk, self._desk.numbers.next()
        late = released.rules.is_late(
            one.caller.arrived, desk.catalogue.extra_minutes(released, one.caller.who)
        )
        attempt = sent[-1].attempt + 1 if sent else 1
        earlier = next((past.content for past in sent if past.sha256 == one.sha256), None)
        name = secrets.token_hex(8)
        receipt = _receipt(desk, one, name, late, attempt)
        if earlier is None:
            self._contents.append({"id": number, "content": one.content})
        content = number if earlier is None else earlier
        self._rows.append(
            {
                "n": number,
                "id": name,
                "assignment": released.number,
                "account": one.caller.who,
                "received_at": one.caller.arrived,
                "late": late,
                "attempt": attempt,
                "answers": one.answers,
                "sha256": one.sha256,
                "files": one.listed,
                "size": one.weight,
                "content": content,
                "receipt": receipt,
            }
        )
        sent.append(Sent(number, attempt, one.sha256, one.weight, content, receipt))
        return Accepted(True, receipt)

    def _receipt_of(self, n: int) -> str:
        query = select(SUBMISSIONS.c.receipt).where(SUBMISSIONS.c.n == n)
        return str(self._desk.connection.scalar(query))


def _same(released: Released, sent: Sequence[Sent], sha256: str) -> Sent | None:
    """The submission that this one repeats.

    Where the last one counts, going back to an earlier content is a new submission (its bytes are not stored again):
    otherwise what was in between would count against the trainee's last word.
    """
    candidates = sent[-1:] if released.rules.counts == "last" else sent
    return next((past for past in candidates if past.sha256 == sha256), None)


def _receipt(desk: Desk, one: Submit, name: str, late: bool, attempt: int) -> str:
    body = canonical(
        {
            "version": VERSION,
            "id": name,
            "course": one.course,
            "assignment": one.assignment,
            "trainee": one.caller.who,
            "received_at": iso(one.caller.arrived),
            "late": late,
            "attempt": attempt,
            "answers": one.answers,
            "sha256": one.sha256,
            "files": one.hashes,
            "key_id": desk.signer.key_id,
        }
    )
    return f'{body[:-1].decode("utf-8")},"signature":"{desk.signer.sign(body)}"}}'
