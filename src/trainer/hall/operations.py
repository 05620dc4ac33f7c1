"""What instructors change, and what is only recorded. Each operation is checked and written by the writer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from trainer.hall.bundle import Files, content_hash, file_hashes
from trainer.hall.catalogue import Released, pack
from trainer.hall.desk import Caller, Desk
from trainer.hall.refusals import Refused, not_found
from trainer.hall.released_marks import keep_marks
from trainer.hall.rules import Rules, merged
from trainer.hall.tables import ASSIGNMENTS, EXTENSIONS, FEEDBACK, FETCHES, RELEASES, SUBMISSIONS

_SMALL = 1000


@dataclass(slots=True)
class Release:
    """Release files under a name. The outcome is whether anything changed."""

    caller: Caller
    course: str
    assignment: str
    files: Files
    rules: Any
    force: bool
    weight: int

    def apply(self, desk: Desk) -> bool:
        """Raises Refused (409) when other content is released already and ``force`` is not given."""
        about = (self.course, self.assignment)
        existing = desk.catalogue.assignments.get(about)
        rules = merged(existing.rules if existing else Rules(), self.rules or {})
        hashes = file_hashes(self.files)
        digest = content_hash(hashes)
        if existing and digest == existing.sha256 and not existing.withdrawn:
            changed = rules != existing.rules
            if changed:
                _change(desk, existing, **_columns(rules))
        else:
            changed = True
            if existing and not existing.withdrawn and not self.force:
                raise Refused(
                    409,
                    "released",
                    "这份作业已经发布，而这次的内容不同，没有改动。确实要换成新的内容，请用强制（force）再发布一次。",
                )
            self._release(desk, existing, rules, hashes, digest)
        people = "" if rules.people is None else f" people {len(rules.people)}"
        desk.note(self.caller, "release", about, digest[:16] + people, "ok" if changed else "same")
        return changed

    def _release(
        self, desk: Desk, existing: Released | None, rules: Rules, hashes: dict[str, str], digest: str
    ) -> None:
        number = existing.number if existing else self._new(desk, rules)
        listed, content = pack(self.files, hashes)
        row = {
            "assignment": number,
            "sha256": digest,
            "files": listed,
            "content": content,
            "released_at": self.caller.arrived,
            "released_by": self.caller.who,
        }
        release = desk.connection.scalar(insert(RELEASES).returning(RELEASES.c.id), row)
        changes = {"release": release, "withdrawn": False, **_columns(rules)}
        desk.connection.execute(update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == number).values(changes))
        desk.reload()

    def _new(self, desk: Desk, rules: Rules) -> int:
        row = {
            "course": self.course,
            "name": self.assignment,
            "release": 0,
            "withdrawn": True,
            **_columns(rules),
        }
        return int(desk.connection.scalar(insert(ASSIGNMENTS).returning(ASSIGNMENTS.c.id), row) or 0)


@dataclass(slots=True)
class ChangeRules:
    """Change the rules that are given. The outcome is None."""

    caller: Caller
    course: str
    assignment: str
    rules: Any
    weight: int = _SMALL

    def apply(self, desk: Desk) -> None:
        """Raises Refused (404, 422)."""
        existing = desk.catalogue.find(self.course, self.assignment)
        rules = merged(existing.rules, self.rules)
        _change(desk, existing, **_columns(rules))
        counted = {"people": len(self.rules["people"])} if self.rules.get("people") else {}
        detail = json.dumps({**self.rules, **counted}, ensure_ascii=False)
        desk.note(self.caller, "rules", (self.course, self.assignment), detail)


@dataclass(slots=True)
class Withdraw:
    """Take an assignment back. The outcome is None."""

    caller: Caller
    course: str
    assignment: str
    weight: int = _SMALL

    def apply(self, desk: Desk) -> None:
        """Raises Refused (404). Withdrawing twice is withdrawing once."""
        _change(desk, desk.catalogue.find(self.course, self.assignment), withdrawn=True)
        desk.note(self.caller, "withdraw", (self.course, self.assignment))


@dataclass(slots=True)
class Extend:
    """Give one person extra minutes. The outcome is None."""

    caller: Caller
    course: str
    assignment: str
    account: str
    minutes: int
    weight: int = _SMALL

    def apply(self, desk: Desk) -> None:
        """Raises Refused (404)."""
        existing = desk.catalogue.find(self.course, self.assignment)
        here = (EXTENSIONS.c.assignment == existing.number) & (EXTENSIONS.c.account == self.account)
        if (existing.number, self.account) in desk.catalogue.minutes:
            desk.connection.execute(update(EXTENSIONS).where(here).values(minutes=self.minutes))
        else:
            row = {"assignment": existing.number, "account": self.account, "minutes": self.minutes}
            desk.connection.execute(insert(EXTENSIONS), [row])
        desk.reload()
        detail = f"{self.account} {self.minutes}"
        desk.note(self.caller, "extend", (self.course, self.assignment), detail)


@dataclass(slots=True)
class PutFeedback:
    """Give feedback on one submission. ``said`` is what programs read of it. The outcome is whether it is new."""

    caller: Caller
    course: str
    assignment: str
    account: str
    submission: str
    files: Files
    weight: int
    said: Mapping[str, Any] | None = None

    def apply(self, desk: Desk) -> bool:
        """Raises Refused (404) when the person has no such submission."""
        existing = desk.catalogue.find(self.course, self.assignment)
        whose = select(SUBMISSIONS.c.n).where(
            SUBMISSIONS.c.id == self.submission,
            SUBMISSIONS.c.assignment == existing.number,
            SUBMISSIONS.c.account == self.account,
        )
        if desk.connection.scalar(whose) is None:
            raise not_found(f"“{self.account}”没有编号为“{self.submission}”的交卷，反馈没有存。")
        hashes = file_hashes(self.files)
        digest = content_hash(hashes)
        latest = (
            select(FEEDBACK.c.sha256)
            .where(FEEDBACK.c.submission == self.submission)
            .order_by(FEEDBACK.c.id.desc())
            .limit(1)
        )
        changed = desk.connection.scalar(latest) != digest
        if changed:
            listed, content = pack(self.files, hashes)
            row = {
                "assignment": existing.number,
                "account": self.account,
                "submission": self.submission,
                "sha256": digest,
                "files": listed,
                "content": content,
                "put_at": self.caller.arrived,
                "put_by": self.caller.who,
            }
            desk.connection.execute(insert(FEEDBACK), [row])
            if self.said is not None:
                keep_marks(desk, existing, self.account, self.submission, self.said, self.caller.arrived)
        about = (self.course, self.assignment)
        desk.note(self.caller, "feedback", about, self.account, "ok" if changed else "same")
        return changed


@dataclass(slots=True)
class RecordFetch:
    """Record that somebody fetched the files; the first time counts. The outcome is None."""

    caller: Caller
    released: Released
    weight: int = _SMALL

    def apply(self, desk: Desk) -> None:
        """Adds the first fetch, and always an audit line."""
        number, account = self.released.number, self.caller.who
        before = select(FETCHES.c.fetched_at).where(
            FETCHES.c.assignment == number, FETCHES.c.account == account
        )
        if desk.connection.scalar(before) is None:
            row = {"assignment": number, "account": account, "fetched_at": self.caller.arrived}
            desk.connection.execute(insert(FETCHES), [row])
        desk.note(self.caller, "fetch", (self.released.course, self.released.name))


@dataclass(slots=True)
class Note:
    """Only a line in the audit log: what was read, or refused. The outcome is None."""

    caller: Caller
    what: str
    course: str
    assignment: str
    detail: str
    outcome: str
    weight: int = _SMALL

    def apply(self, desk: Desk) -> None:
        """Adds the line."""
        desk.note(self.caller, self.what, (self.course, self.assignment), self.detail, self.outcome)


def _columns(rules: Rules) -> dict[str, str | None]:
    people = rules.listed_people()
    return {
        "rules": json.dumps(rules.as_json(), ensure_ascii=False),
        "people": None if people is None else json.dumps(people, ensure_ascii=False),
    }


def _change(desk: Desk, existing: Released, **values: Any) -> None:
    desk.connection.execute(update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == existing.number).values(values))
    desk.reload()
