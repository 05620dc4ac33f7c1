"""A branch's own records: members, meetings, and who came. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

#: Kinds of meetings, as the rules call them.
ASSEMBLY, COMMITTEE, GROUP, LECTURE = "党员大会", "支委会", "党小组会", "党课"
THEME_DAY, LIFE, APPRAISAL = "主题党日", "组织生活会", "民主评议"


@dataclass(frozen=True)
class Member:
    """A line of the register (名册). ``full``: a full member, who has a vote unless the meeting's record says otherwise."""

    id: str
    name: str
    full: bool
    group: str = ""


@dataclass(frozen=True)
class Meeting:
    """A line of the record of meetings. ``entitled`` and ``present_entitled`` count those with a vote; None: not said.

    ``row`` is the line in the sheet, for sentences.
    """

    held: date
    kind: str
    expected: int | None
    present: int | None
    entitled: int | None = None
    present_entitled: int | None = None
    topic: str = ""
    row: int = 0


@dataclass(frozen=True)
class Presence:
    """One member at one meeting. ``came`` is None for those who need not be counted (不计入)."""

    held: date
    kind: str
    member: str
    came: bool | None


@dataclass(frozen=True)
class BranchRecords:
    """What a branch uploaded."""

    members: tuple[Member, ...]
    meetings: tuple[Meeting, ...]
    presences: tuple[Presence, ...] = ()
