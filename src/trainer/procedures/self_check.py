"""支部自查: how often the branch met, whether each meeting could vote, who came, and what to look into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from trainer.model.branch import (
    APPRAISAL,
    ASSEMBLY,
    COMMITTEE,
    GROUP,
    LIFE,
    THEME_DAY,
    BranchRecords,
    Meeting,
)
from trainer.procedures.findings import ADMISSION, BRANCH, DUES, ELECTION, Finding
from trainer.procedures.votes import is_four_fifths, is_half_or_more, is_more_than_half
from trainer.procedures.working_days import add_months

QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")
#: Members of a branch that has to have a committee (支部工作条例 20).
_WITH_COMMITTEE = 7
#: Months without taking part after which to look (教育管理条例 on those who leave by themselves; only a warning here).
_ABSENT_MONTHS = 6
_ADMISSION_WORDS = ("接收", "转正", "预备期", "预备党员")
_ELECTION_WORDS = ("选举", "换届", "补选")


@dataclass(frozen=True)
class Attendance:
    """How often a member came, of the meetings that count for them."""

    name: str
    came: int
    of: int

    @property
    def percent(self) -> int:
        """In whole percent, half up."""
        return (200 * self.came + self.of) // (2 * self.of) if self.of else 0


@dataclass(frozen=True)
class SelfCheck:
    """The outcome. ``by_month``: kind → twelve numbers of meetings."""

    year: int
    until: date
    by_month: dict[str, tuple[int, ...]]
    gaps: tuple[Finding, ...]
    quorums: tuple[Finding, ...]
    attendance: tuple[Attendance, ...]
    warnings: tuple[Finding, ...]
    ignored: int


def self_check(records: BranchRecords, year: int, today: date) -> SelfCheck:
    """Check the records of a year up to ``today``: what is not over is not missing yet."""
    until = min(date(year, 12, 31), today)
    meetings = [one for one in records.meetings if one.held.year == year and one.held <= until]
    months = _by_month(meetings)
    full = sum(1 for member in records.members if member.full)
    groups = {member.group for member in records.members if member.group}
    return SelfCheck(
        year=year,
        until=until,
        by_month=months,
        gaps=tuple(_gaps(months, year, until, committee=full >= _WITH_COMMITTEE, groups=len(groups) > 1)),
        quorums=tuple(_quorum(one, full) for one in meetings if one.kind in (ASSEMBLY, COMMITTEE)),
        attendance=tuple(_attendance(records, year)),
        warnings=tuple(_warnings(records, until)),
        ignored=len(records.meetings) - len(meetings),
    )


def _by_month(meetings: list[Meeting]) -> dict[str, tuple[int, ...]]:
    counts = Counter((one.kind, one.held.month) for one in meetings)
    kinds = dict.fromkeys((ASSEMBLY, COMMITTEE, GROUP, THEME_DAY, LIFE, APPRAISAL))
    kinds |= dict.fromkeys(one.kind for one in meetings)
    return {kind: tuple(counts[kind, month] for month in range(1, 13)) for kind in kinds}


def _gaps(
    months: dict[str, tuple[int, ...]], year: int, until: date, *, committee: bool, groups: bool
) -> Iterator[Finding]:
    """What should have been held by now. Only months and quarters that are over are looked at."""
    over = 0 if until < date(year, 1, 1) else until.month if _is_month_end(until) else until.month - 1
    empty = [QUARTERS[q] for q in range(over // 3) if not sum(months[ASSEMBLY][3 * q : 3 * q + 3])]
    yield _frequency("党员大会一般每季度 1 次", empty, BRANCH.format(11))
    if committee:
        yield _frequency("支委会会议一般每月 1 次", _missing(months[COMMITTEE], over), BRANCH.format(12))
    if groups:
        yield _frequency("党小组会一般每月 1 次", _missing(months[GROUP], over), BRANCH.format(13))
    yield _frequency("主题党日每月相对固定 1 天", _missing(months[THEME_DAY], over), BRANCH.format(16))
    for kind, words, article in (
        (LIFE, "组织生活会每年至少 1 次", 17),
        (APPRAISAL, "民主评议党员一般每年 1 次", 18),
    ):
        missing = [] if any(months[kind]) or over < 12 else ["全年"]
        if over == 12 or any(months[kind]):
            yield _frequency(words, missing, BRANCH.format(article))
        else:
            yield Finding(words, "还没有记录，年底以前要开。", BRANCH.format(article))


def _is_month_end(day: date) -> bool:
    return add_months(day.replace(day=1), 1).toordinal() - day.toordinal() == 1


def _missing(counts: tuple[int, ...], over: int) -> list[str]:
    return [f"{month + 1}月" for month in range(over) if not counts[month]]


def _frequency(what: str, missing: list[str], basis: str) -> Finding:
    sentence = f"没有记录：{'、'.join(missing)}。" if missing else "已经过去的各期都有记录。"
    return Finding(what, sentence, basis, not missing)


def _quorum(meeting: Meeting, full: int) -> Finding:
    """Whether a meeting could vote, by what it says it was about."""
    what = f"{meeting.held.month}月{meeting.held.day}日 {meeting.kind}"
    if meeting.kind == COMMITTEE:
        return _reached(what, meeting.present, meeting.expected, "半数以上委员", BRANCH.format(12))
    entitled = meeting.entitled or full
    present = meeting.present_entitled
    if any(word in meeting.topic for word in _ELECTION_WORDS):
        return _election(what, present, entitled)
    if any(word in meeting.topic for word in _ADMISSION_WORDS):
        return _reached(what, present, entitled, "超过半数", ADMISSION.format("19条、第32"))
    return _reached(what, present, entitled, "半数以上", BRANCH.format(11))


_LINES = {
    "半数以上委员": is_half_or_more,
    "半数以上": is_half_or_more,
    "超过半数": is_more_than_half,
}


def _reached(what: str, present: int | None, of: int | None, line: str, basis: str) -> Finding:
    if not present or not of:
        return Finding(what, "没有写应到、实到（有表决权的）人数，看不出够不够。", basis)
    if present > of:
        return Finding(what, f"实到 {present} 人比应到 {of} 人还多，请核对记录。", basis, holds=False)
    holds = _LINES[line](present, of)
    sentence = f"要{line}，应到 {of} 人，实到 {present} 人，{'够' if holds else '不够，这次表决不算数'}。"
    return Finding(what, sentence, basis, holds)


def _election(what: str, present: int | None, of: int | None) -> Finding:
    """What an election needs was read in manuals only: it is said and not decided."""
    basis = ELECTION.format("第19条前后")
    if not present or not of or present > of:
        return _reached(what, present, of, "半数以上", basis)
    enough = "够" if is_four_fifths(present, of) else "不够"
    sentence = f"选举另有到会要求。常见的说法是不少于五分之四，照这个说法：应到 {of} 人，实到 {present} 人，{enough}。"
    return Finding(what, sentence, basis)


def _attendance(records: BranchRecords, year: int) -> Iterator[Attendance]:
    came, of = Counter[str](), Counter[str]()
    for one in records.presences:
        if one.held.year == year and one.came is not None:
            of[one.member] += 1
            came[one.member] += one.came
    for member in records.members:
        if of[member.id]:
            yield Attendance(member.name, came[member.id], of[member.id])


def _warnings(records: BranchRecords, until: date) -> Iterator[Finding]:
    """Who has not come for six months. Only something to look into: whether there is a reason is for people to ask."""
    since = add_months(until, -_ABSENT_MONTHS)
    recent = [one for one in records.presences if since < one.held <= until and one.came is not None]
    if recent:
        came = {one.member for one in recent if one.came}
        listed = {one.member for one in recent}
        gone = [member.name for member in records.members if member.id in listed - came]
        if gone:
            sentence = (
                f"{'、'.join(gone)}：最近 6 个月的会一次也没有到。只是提醒，不是结论："
                "请先谈话、了解有没有正当理由，再请示上级党组织。"
            )
            yield Finding("连续 6 个月没有参加", sentence, "《中国共产党章程》第9条", holds=False)
    ids = {member.id for member in records.members}
    strangers = sorted({one.member for one in records.presences} - ids)
    if strangers:
        shown = "、".join(strangers[:8]) + ("等" if len(strangers) > 8 else "")
        yield Finding("名册和签到对不上", f"签到里的 {shown} 不在名册里，请核对编号。", "", holds=False)
    if not records.presences:
        yield Finding("签到", "没有签到表，算不出各人的出勤。", "")
    yield Finding("党费", "党费按月交纳的情况，请和党费台账对照。", DUES.format(12))
