"""The rules of an assignment: when it is open, how often one may hand in, which submission counts. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from trainer.hall.clock import MINUTE, from_iso, iso_or_none
from trainer.hall.names import usable
from trainer.hall.refusals import invalid

_LONGEST_GRACE = 24 * 3600
_MOST_ATTEMPTS = 1000
#: A county has some ten thousand cadres.
_MOST_PEOPLE = 20_000
_COUNTS = ("first", "last", "best")
_LATE = ("accept", "keep")

Sent = TypeVar("Sent")


@dataclass(frozen=True)
class Rules:
    """``opens`` and ``closes`` are in milliseconds since 1970, None for no limit; ``attempts`` None for no limit.

    ``people`` are the accounts (case-folded) that it is for, None for everybody.
    """

    title: str = ""
    opens: int | None = None
    closes: int | None = None
    attempts: int | None = None
    counts: str = "last"
    late: str = "keep"
    grace_seconds: int = 0
    save: bool = True
    people: frozenset[str] | None = None

    def as_json(self) -> dict[str, Any]:
        """As the API shows them to everybody: without ``people``, which is nobody's business but instructors'."""
        shown = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "people"}
        return shown | {"opens": iso_or_none(self.opens), "closes": iso_or_none(self.closes)}

    def listed_people(self) -> list[str] | None:
        """``people`` in order."""
        return None if self.people is None else sorted(self.people)

    def is_for(self, account: str) -> bool:
        """Whether it is for this person. The hub writes names in small letters, a roster perhaps does not."""
        return self.people is None or account.casefold() in self.people

    def own_closes(self, extra_minutes: int) -> int | None:
        """The closing time of someone with extra time."""
        return None if self.closes is None else self.closes + extra_minutes * MINUTE

    def is_open(self, moment: int) -> bool:
        """Whether the opening time has come."""
        return self.opens is None or moment >= self.opens

    def is_late(self, moment: int, extra_minutes: int) -> bool:
        """Whether something that arrives at ``moment`` is late: after closing, extra time and grace."""
        closes = self.own_closes(extra_minutes)
        return closes is not None and moment > closes + self.grace_seconds * 1000


def merged(rules: Rules, wire: Any) -> Rules:
    """``rules`` with what a request's ``"rules"`` object gives. Raises Refused (422) naming what is wrong."""
    if not isinstance(wire, Mapping):
        raise invalid("rules 应是一组规则。")
    foreign = set(wire) - {field.name for field in fields(Rules)}
    if foreign:
        raise invalid(f"没有“{min(foreign)[:40]}”这条规则。")
    changed = replace(rules, **{name: _READERS[name](value) for name, value in wire.items()})
    if changed.opens is not None and changed.closes is not None and changed.closes <= changed.opens:
        raise invalid("截止时间应在开始时间之后。")
    return changed


def counting(rules: Rules, sent: Sequence[tuple[Sent, bool]]) -> list[Sent]:
    """Which of one person's submissions, given in order of arrival with their late flags, count.

    Late ones count only under ``late: accept``. ``best`` leaves all candidates to whoever marks them.
    """
    able = [one for one, late in sent if rules.late == "accept" or not late]
    if rules.counts == "best":
        return able
    return able[:1] if rules.counts == "first" else able[-1:]


def _title(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200 or (value and not value.isprintable()):
        raise invalid("标题应是一行文字，最多 200 个字。")
    return value


def _moment(name: str) -> Any:
    def read(value: Any) -> int | None:
        if value is None:
            return None
        try:
            return from_iso(value)
        except (ValueError, TypeError, OverflowError):
            raise invalid(f"{name}应写成带时区的时间，例如 2026-03-01T09:00:00+08:00。") from None

    return read


def _whole(name: str, least: int, most: int) -> Any:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise invalid(f"{name}应是 {least} 到 {most} 的整数。")
        return value

    return read


def _attempts(value: Any) -> int | None:
    return None if value is None else int(_whole("交卷次数", 1, _MOST_ATTEMPTS)(value))


def _choice(name: str, allowed: Sequence[str]) -> Any:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise invalid(f"{name}只能是 {'、'.join(allowed)} 之一。")
        return value

    return read


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid("save 应是 true 或 false。")
    return value


def _people(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > _MOST_PEOPLE:
        raise invalid(f"people 应是一列账号，最多 {_MOST_PEOPLE} 个；给所有人写 null。")
    for account in value:
        if not isinstance(account, str) or not usable(account):
            raise invalid(f"people 里有不能用的账号：{str(account)[:40]!r}。")
    return frozenset(account.casefold() for account in value)


_READERS = {
    "title": _title,
    "opens": _moment("开始时间"),
    "closes": _moment("截止时间"),
    "attempts": _attempts,
    "counts": _choice("counts", _COUNTS),
    "late": _choice("late", _LATE),
    "grace_seconds": _whole("宽限秒数", 0, _LONGEST_GRACE),
    "save": _yes_or_no,
    "people": _people,
}
