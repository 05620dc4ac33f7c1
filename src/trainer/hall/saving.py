"""Answers saved as they are given. Decided and written by the writer, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, tuple_

from trainer.hall.admission import admit
from trainer.hall.catalogue import Released
from trainer.hall.clock import iso
from trainer.hall.desk import Batched, Caller, Desk, by_assignment
from trainer.hall.refusals import Refused
from trainer.hall.tables import SAVES

#: The base of an edit that began where nothing had been saved.
NOTHING_SAVED = 0

#: (assignment number, account, cell) → (text, ms since 1970) of the latest save; None: never saved
_Latest = dict[tuple[int, str, str], tuple[str, int] | None]


@dataclass(slots=True)
class Save(Batched):
    """One answer as it is given. The outcome is when it was saved (ms since 1970).

    ``base`` is the time of the save that the edit began from; None asks for no comparison. When another text was saved since,
    the save is refused and says which.
    """

    caller: Caller
    course: str
    assignment: str
    cell: str
    text: str
    filled: bool
    weight: int
    base: int | None = None

    @classmethod
    def apply_all(cls, desk: Desk, operations: Sequence[Save]) -> list[Refused | int]:
        allowed = [_may_save(desk, one) for one in operations]
        _read_usage(
            desk,
            {
                (r.number, one.caller.who)
                for r, one in zip(allowed, operations, strict=True)
                if isinstance(r, Released)
            },
        )
        shelf = _Shelf(desk, _read_latest(desk, allowed, operations))
        outcomes = [
            released if isinstance(released, Refused) else shelf.save(one, released)
            for released, one in zip(allowed, operations, strict=True)
        ]
        shelf.write()
        return outcomes


def _may_save(desk: Desk, save: Save) -> Released | Refused:
    try:
        released = desk.catalogue.find(save.course, save.assignment)
        admit(released, save.caller)
    except Refused as refused:
        return refused
    if not released.rules.save:
        return Refused(409, "no-saving", "这份作业不用边做边存，请做完以后交卷。")
    if save.cell not in released.stubs:
        return Refused(404, "no-cell", "卷上没有这一个作答格，没有存上。请刷新页面；还不行，请重新领卷。")
    if released.rules.is_late(save.caller.arrived, desk.catalogue.extra_minutes(released, save.caller.who)):
        return Refused(409, "over", "作答时间已到，这一处改动没有存上；时间到以前存上的都在。")
    return released


class _Shelf:
    """The saves of one batch, on their way into the store."""

    def __init__(self, desk: Desk, latest: _Latest) -> None:
        self._desk, self._latest = desk, latest
        self._rows: list[dict[str, Any]] = []

    def save(self, save: Save, released: Released) -> Refused | int:
        key = (released.number, save.caller.who, save.cell)
        newer = self._latest.get(key) if save.base is not None else None
        if newer is not None:
            text, saved_at = newer
            if text == save.text:  # sent twice: it is there
                return saved_at
            if saved_at != save.base:
                return _newer(text, saved_at)
        policy, used = self._desk.policy, self._desk.usage[released.number, save.caller.who]
        if used[0] >= policy.person_saves or used[1] + save.weight > policy.person_bytes:
            return Refused(413, "quota", "存的次数或内容太多，超过了上限，这一处改动没有存上。请直接交卷。")
        used[0] += 1
        used[1] += save.weight
        self._latest[key] = (save.text, save.caller.arrived)
        self._rows.append(
            {
                "assignment": released.number,
                "account": save.caller.who,
                "cell": save.cell,
                "text": save.text,
                "filled": save.filled,
                "saved_at": save.caller.arrived,
            }
        )
        return save.caller.arrived

    def write(self) -> None:
        if self._rows:
            self._desk.connection.execute(insert(SAVES), self._rows)


def _newer(text: str, saved_at: int) -> Refused:
    return Refused(
        409,
        "newer-answer",
        "这一题在别的窗口或设备上刚改过，这一处改动没有存上。请比较以后选一个。",
        more={"text": text, "saved_at": iso(saved_at)},
    )


def _read_latest(desk: Desk, allowed: Sequence[Released | Refused], operations: Sequence[Save]) -> _Latest:
    """What was saved last in the cells whose edits say what they began from."""
    wanted: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for released, one in zip(allowed, operations, strict=True):
        if isinstance(released, Released) and one.base is not None:
            wanted[released.number].add((one.caller.who, one.cell))
    latest: _Latest = {}
    for number, cells in wanted.items():
        newest = (
            select(func.max(SAVES.c.id))
            .where(SAVES.c.assignment == number, tuple_(SAVES.c.account, SAVES.c.cell).in_(sorted(cells)))
            .group_by(SAVES.c.account, SAVES.c.cell)
        )
        for row in desk.connection.execute(select(SAVES).where(SAVES.c.id.in_(newest))):
            latest[number, row.account, row.cell] = (row.text, row.saved_at)
    return latest


def _read_usage(desk: Desk, wanted: Iterable[tuple[int, str]]) -> None:
    """Count what people have saved, when the writer has not seen them yet."""
    for number, accounts in by_assignment(key for key in wanted if key not in desk.usage).items():
        query = (
            select(SAVES.c.account, func.count(), func.sum(func.length(SAVES.c.text)))
            .where(SAVES.c.assignment == number, SAVES.c.account.in_(accounts))
            .group_by(SAVES.c.account)
        )
        desk.usage.update({(number, account): [0, 0] for account in accounts})
        for account, count, size in desk.connection.execute(query):
            desk.usage[number, account] = [count, int(size)]
