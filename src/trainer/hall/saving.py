"""Answers saved as they are given. Decided and written by the writer, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from trainer.hall.admission import admit
from trainer.hall.catalogue import Released
from trainer.hall.desk import Batched, Caller, Desk, by_assignment
from trainer.hall.refusals import Refused
from trainer.hall.tables import SAVES


@dataclass(slots=True)
class Save(Batched):
    """One answer as it is given. The outcome is None."""

    caller: Caller
    course: str
    assignment: str
    cell: str
    text: str
    filled: bool
    weight: int

    @classmethod
    def apply_all(cls, desk: Desk, operations: Sequence[Save]) -> list[Refused | None]:
        allowed = [_may_save(desk, one) for one in operations]
        _read_usage(
            desk,
            {
                (r.number, one.caller.who)
                for r, one in zip(allowed, operations, strict=True)
                if isinstance(r, Released)
            },
        )
        rows: list[dict[str, Any]] = []
        outcomes = [
            released if isinstance(released, Refused) else _save(desk, one, released, rows)
            for released, one in zip(allowed, operations, strict=True)
        ]
        if rows:
            desk.connection.execute(insert(SAVES), rows)
        return outcomes


def _may_save(desk: Desk, save: Save) -> Released | Refused:
    try:
        released = desk.catalogue.find(save.course, save.assignment)
        admit(released, save.caller.arrived)
    except Refused as refused:
        return refused
    if not released.rules.save:
        return Refused(409, "no-saving", "这份作业不用边做边存，请做完以后交卷。")
    if save.cell not in released.stubs:
        return Refused(404, "no-cell", "卷上没有这一个作答格，没有存上。请刷新页面；还不行，请重新领卷。")
    if released.rules.is_late(save.caller.arrived, desk.catalogue.extra_minutes(released, save.caller.who)):
        return Refused(409, "over", "作答时间已到，这一处改动没有存上；时间到以前存上的都在。")
    return released


def _save(desk: Desk, save: Save, released: Released, rows: list[dict[str, Any]]) -> Refused | None:
    used = desk.usage[released.number, save.caller.who]
    if used[0] >= desk.policy.person_saves or used[1] + save.weight > desk.policy.person_bytes:
        return Refused(413, "quota", "存的次数或内容太多，超过了上限，这一处改动没有存上。请直接交卷。")
    used[0] += 1
    used[1] += save.weight
    rows.append(
        {
            "assignment": released.number,
            "account": save.caller.who,
            "cell": save.cell,
            "text": save.text,
            "filled": save.filled,
            "saved_at": save.caller.arrived,
        }
    )
    return None


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
