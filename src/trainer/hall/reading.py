"""Everything that is only read: lists, receipts, files, collection, progress, audit. Runs on threads of its own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Integer, cast, func, select

from trainer.hall.answers import with_answers
from trainer.hall.bundle import Files, to_json
from trainer.hall.catalogue import Catalogue, Released, unpack
from trainer.hall.clock import iso, iso_or_none
from trainer.hall.refusals import not_found
from trainer.hall.rules import counting
from trainer.hall.tables import AUDIT, CONTENTS, FEEDBACK, FETCHES, RELEASES, SAVES, SUBMISSIONS

#: What every method returns unless it says otherwise: an object ready to become JSON.
Shown = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """Queries of one request: the store, and the catalogue as it was when the request came.

    ``moment`` is now, in ms; ``instruct`` says whether an instructor asks.
    """

    engine: Engine
    catalogue: Catalogue
    moment: int
    instruct: bool

    # -- assignments ---------------------------------------------------------------------------------------------------

    def listing(self, account: str, course: str | None, withdrawn: bool) -> Shown:
        """What one person sees of all assignments."""
        shown = [
            released
            for (its_course, _), released in sorted(self.catalogue.assignments.items())
            if course in (None, its_course) and (withdrawn or not released.withdrawn)
        ]
        with self.engine.begin() as connection:
            mine = _Mine(connection, account)
            rows = [self._row(r, account, mine) for r in shown if self._lists(r, account, mine)]
            return {"now": iso(self.moment), "assignments": rows}

    def _lists(self, released: Released, account: str, mine: _Mine) -> bool:
        """Whether it is in a person's list: what is for them, and what they once handed in, for its receipts and feedback."""
        return self.instruct or released.rules.is_for(account) or bool(mine.receipts.get(released.number))

    def one(self, released: Released, account: str) -> Shown:
        """What one person sees of one assignment; instructors also whom it is for."""
        with self.engine.begin() as connection:
            row = self._row(released, account, _Mine(connection, account, released.number))
        return row | {"people": released.rules.listed_people()} if self.instruct else row

    def worked(self, released: Released, account: str) -> bool:
        """Whether a person has ever fetched or handed in an assignment."""
        with self.engine.begin() as connection:
            mine = _Mine(connection, account, released.number)
        return bool(mine.fetched or mine.receipts)

    def _row(self, released: Released, account: str, mine: _Mine) -> Shown:
        rules, minutes = released.rules, self.catalogue.extra_minutes(released, account)
        meant = None if rules.people is None else len(rules.people)
        receipts = [json.loads(text) for text in mine.receipts[released.number]]
        left = None if rules.attempts is None else max(0, rules.attempts - len(receipts))
        return {
            "course": released.course,
            "assignment": released.name,
            **rules.as_json(),
            "closes": iso_or_none(rules.own_closes(minutes)),
            "extra_minutes": minutes,
            "attempts_left": left,
            "over": rules.is_late(self.moment, minutes),
            "state": self._state(released, minutes, bool(receipts), released.number in mine.fetched),
            "withdrawn": released.withdrawn,
            "allotted": released.rules.is_for(account),
            "released_at": iso(released.released_at),
            "sha256": released.sha256,
            "files": released.hashes if self.instruct or rules.is_open(self.moment) else {},
            "submissions": receipts,
            "feedback": bool(mine.feedback[released.number]),
            "feedback_for": mine.feedback[released.number],
            **({"people_count": meant} if self.instruct else {}),
        }

    def _state(self, released: Released, minutes: int, submitted: bool, fetched: bool) -> str:
        over = released.rules.is_late(self.moment, minutes)
        steps = (
            ("submitted", submitted),
            ("withdrawn", released.withdrawn),
            ("not-open", not released.rules.is_open(self.moment)),
            ("closed", over),
            ("working", fetched),
        )
        return next((code for code, holds in steps if holds), "open")

    def files(self, released: Released) -> Files:
        """The released bundle."""
        with self.engine.begin() as connection:
            return _released_files(connection, released)

    # -- one person's work ---------------------------------------------------------------------------------------------

    def answers(self, released: Released, account: str) -> Shown:
        """The latest saved text of each cell."""
        with self.engine.begin() as connection:
            rows = connection.execute(_latest(released.number, account)).all()
        return {"answers": {row.cell: {"text": row.text, "saved_at": iso(row.saved_at)} for row in rows}}

    def submissions(self, released: Released, account: str | None) -> Shown:
        """Receipts in the order of arrival; None: everybody's."""
        with self.engine.begin() as connection:
            query = select(SUBMISSIONS.c.receipt).where(SUBMISSIONS.c.assignment == released.number)
            if account is not None:
                query = query.where(SUBMISSIONS.c.account == account)
            texts = connection.scalars(query.order_by(SUBMISSIONS.c.n)).all()
        return {"submissions": [json.loads(text) for text in texts]}

    def submission_files(self, released: Released, submission: str, account: str | None) -> Files:
        """The files of one submission; ``account`` None: anybody's. Raises Refused (404)."""
        query = (
            select(SUBMISSIONS.c.files, CONTENTS.c.content, SUBMISSIONS.c.account)
            .join_from(SUBMISSIONS, CONTENTS, SUBMISSIONS.c.content == CONTENTS.c.id)
            .where(SUBMISSIONS.c.id == submission, SUBMISSIONS.c.assignment == released.number)
        )
        with self.engine.begin() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or account not in (None, row.account):
            raise not_found("没有这一次交卷，或者它不是您的。")
        return unpack(row.files, row.content)

    def feedback(self, released: Released, account: str, submission: str | None) -> Shown:
        """The latest feedback, or that on one submission. Raises Refused (404)."""
        query = select(FEEDBACK).where(
            FEEDBACK.c.assignment == released.number, FEEDBACK.c.account == account
        )
        if submission is not None:
            query = query.where(FEEDBACK.c.submission == submission)
        with self.engine.begin() as connection:
            row = connection.execute(query.order_by(FEEDBACK.c.id.desc()).limit(1)).one_or_none()
        if row is None:
            raise not_found("还没有反馈。老师发放以后才能看到。")
        files = to_json(unpack(row.files, row.content))
        return {"files": files, "submission": row.submission, "put_at": iso(row.put_at)}

    # -- for instructors -----------------------------------------------------------------------------------------------

    def feedback_hashes(self, released: Released) -> Shown:
        """The fingerprint of the latest feedback on each submission, so that what is there is not sent again."""
        query = (
            select(FEEDBACK.c.submission, FEEDBACK.c.sha256)
            .where(FEEDBACK.c.assignment == released.number)
            .order_by(FEEDBACK.c.id)
        )
        with self.engine.begin() as connection:
            return {"hashes": dict(connection.execute(query).tuples().all())}

    def collection(self, released: Released, include_saved: bool) -> Shown:
        """Per person: what counts, what was kept but does not count, and for those of whom nothing else counts, a bundle of
        what they saved.

        What is saved is left out while its author may still be working.
        """
        with self.engine.begin() as connection:
            sent = _sent(connection, released.number)
            users = [_collected(released, account, sent[account]) for account in sorted(sent)]
            if include_saved:
                counted = {one["user"] for one in users if one["submissions"]}
                saved = {one["user"]: one for one in self._saved_only(connection, released, counted)}
                # who handed in too late for it to count keeps what was saved in time
                users = [saved.pop(one["user"], {}) | one for one in users] + list(saved.values())
        head = {"now": iso(self.moment), "course": released.course, "assignment": released.name}
        return {**head, "counts": released.rules.counts, "users": users}

    def _saved_only(self, connection: Connection, released: Released, counted: set[str]) -> list[Shown]:
        who = select(SAVES.c.account).where(SAVES.c.assignment == released.number).distinct()
        files = _released_files(connection, released)
        users: list[Shown] = []
        for account in sorted(set(connection.scalars(who)) - counted):
            one: Shown = {"user": account, "submissions": [], "kept": []}
            if released.rules.closes is not None and not self._over(released, account):
                users.append(one | {"working": True})
                continue
            rows = connection.execute(_latest(released.number, account)).all()
            saved = {
                "files": to_json(with_answers(files, {row.cell: row.text for row in rows})),
                "saved_at": iso(max(row.saved_at for row in rows)),
                "answers": sum(row.filled for row in rows),
            }
            users.append(one | {"saved": saved})
        return users

    def _over(self, released: Released, account: str) -> bool:
        return released.rules.is_late(self.moment, self.catalogue.extra_minutes(released, account))

    def progress(self, released: Released) -> Shown:
        """How far everybody is."""
        number = released.number
        people: dict[str, Shown] = defaultdict(lambda: dict(_NOTHING_YET))
        with self.engine.begin() as connection:
            for account, fetched_at in connection.execute(
                select(FETCHES.c.account, FETCHES.c.fetched_at).where(FETCHES.c.assignment == number)
            ):
                people[account]["fetched_at"] = iso(fetched_at)
            for account, saved_at, filled in connection.execute(_saving(number)):
                people[account] |= {"last_saved_at": iso(saved_at), "answers_saved": int(filled)}
            for account, pairs in _sent(connection, number).items():
                last = pairs[-1][0]
                people[account] |= {
                    "submissions": len(pairs),
                    "last_submitted_at": last["received_at"],
                    "answers_submitted": last["answers"],
                    "late": last["late"],
                }
        for (its_number, account), minutes in self.catalogue.minutes.items():
            if its_number == number and minutes:
                people.setdefault(account, dict(_NOTHING_YET))
        users = [
            {
                "user": account,
                **found,
                "extra_minutes": self.catalogue.extra_minutes(released, account),
            }
            for account, found in sorted(people.items())
        ]
        return {"now": iso(self.moment), "counts": _counts(users), "users": users}

    def audit(self, after: int, limit: int) -> Shown:
        """Audit lines after a number, oldest first."""
        query = select(AUDIT).where(AUDIT.c.id > after).order_by(AUDIT.c.id).limit(limit)
        with self.engine.begin() as connection:
            rows = connection.execute(query).mappings().all()
        entries = [{**row, "at": iso(row["at"])} for row in rows]
        return {"entries": entries, "next": rows[-1]["id"] if rows else after}


_NOTHING_YET: Mapping[str, Any] = {
    "fetched_at": None,
    "last_saved_at": None,
    "answers_saved": 0,
    "submissions": 0,
    "last_submitted_at": None,
    "answers_submitted": 0,
    "late": False,
}


class _Mine:
    """One person's receipts, fetches and feedback, by assignment number (all assignments, or one)."""

    def __init__(self, connection: Connection, account: str, number: int | None = None) -> None:
        self.receipts: dict[int, list[str]] = defaultdict(list)
        self.feedback: dict[int, list[str]] = defaultdict(list)

        def own(table: Any, *columns: Any) -> Any:
            query = select(table.c.assignment, *columns).where(table.c.account == account)
            return query if number is None else query.where(table.c.assignment == number)

        for its_number, text in connection.execute(
            own(SUBMISSIONS, SUBMISSIONS.c.receipt).order_by(SUBMISSIONS.c.n)
        ):
            self.receipts[its_number].append(text)
        for its_number, submission in connection.execute(
            own(FEEDBACK, FEEDBACK.c.submission).order_by(FEEDBACK.c.id)
        ):
            if submission not in self.feedback[its_number]:
                self.feedback[its_number].append(submission)
        self.fetched = set(connection.scalars(own(FETCHES)))


def _released_files(connection: Connection, released: Released) -> Files:
    query = select(RELEASES.c.files, RELEASES.c.content).where(RELEASES.c.id == released.release)
    row = connection.execute(query).one()
    return unpack(row.files, row.content)


def _newest(number: int) -> Any:
    """The numbers of the latest save of each person's each cell: from the index alone."""
    return (
        select(func.max(SAVES.c.id))
        .where(SAVES.c.assignment == number)
        .group_by(SAVES.c.account, SAVES.c.cell)
    )


def _latest(number: int, account: str) -> Any:
    newest = _newest(number).where(SAVES.c.account == account)
    return select(SAVES).where(SAVES.c.id.in_(newest)).order_by(SAVES.c.id)


def _saving(number: int) -> Any:
    """(account, time of the last save, cells filled) of everybody who saved."""
    filled = func.sum(cast(SAVES.c.filled, Integer))
    return (
        select(SAVES.c.account, func.max(SAVES.c.saved_at), filled)
        .where(SAVES.c.id.in_(_newest(number)))
        .group_by(SAVES.c.account)
    )


def _sent(connection: Connection, number: int) -> dict[str, list[tuple[Shown, bool]]]:
    """Receipts and late flags by person, in the order of arrival."""
    query = (
        select(SUBMISSIONS.c.account, SUBMISSIONS.c.receipt, SUBMISSIONS.c.late)
        .where(SUBMISSIONS.c.assignment == number)
        .order_by(SUBMISSIONS.c.n)
    )
    sent: dict[str, list[tuple[Shown, bool]]] = defaultdict(list)
    for account, receipt, late in connection.execute(query):
        sent[account].append((json.loads(receipt), bool(late)))
    return sent


def _collected(released: Released, account: str, sent: list[tuple[Shown, bool]]) -> Shown:
    counted = counting(released.rules, sent)
    ids = {receipt["id"] for receipt in counted}
    kept = [receipt for receipt, _ in sent if receipt["id"] not in ids]
    return {"user": account, "submissions": counted, "kept": kept}


def _counts(users: list[Shown]) -> Shown:
    return {
        "fetched": sum(user["fetched_at"] is not None for user in users),
        "saving": sum(user["last_saved_at"] is not None for user in users),
        "submitted": sum(user["submissions"] > 0 for user in users),
        "late": sum(user["late"] for user in users),
    }
