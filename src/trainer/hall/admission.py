"""Whether an assignment may be fetched, and whether it takes anything, now, and from whom."""

from __future__ import annotations

from trainer.hall.catalogue import Catalogue, Released
from trainer.hall.desk import Caller
from trainer.hall.refusals import Refused, no_assignment


def admit(released: Released, caller: Caller) -> None:
    """Raises Refused when an assignment takes nothing from the caller, or from anybody now."""
    if not (caller.instruct or released.rules.is_for(caller.who)):
        raise no_assignment(released.course, released.name)
    if released.withdrawn:
        raise Refused(409, "withdrawn", "这份作业已被老师撤回，这次没有存上。请问监考老师。")
    if not released.rules.is_open(caller.arrived):
        raise Refused(403, "not-open", "还没有到开始时间，这次没有存上。")


def may_fetch(catalogue: Catalogue, released: Released, account: str, moment: int) -> None:
    """Raises Refused when a trainee may not have the files, or not now."""
    if not released.rules.is_for(account):
        raise no_assignment(released.course, released.name)
    if released.withdrawn:
        raise Refused(409, "withdrawn", "这份作业已被老师撤回，不能领卷。请问监考老师。")
    if not released.rules.is_open(moment):
        raise Refused(403, "not-open", "还没有到开始时间，到时再领卷。")
    over = released.rules.is_late(moment, catalogue.extra_minutes(released, account))
    if over and released.rules.late != "accept":
        raise Refused(403, "over", "已经截止，不能再领卷。")
