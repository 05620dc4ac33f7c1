"""评议汇总: the ballots of a 民主测评 counted by member and grade. A count is not a conclusion, and says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trainer.procedures.findings import BRANCH, NOTICE, Finding, Impossible

GRADES = ("优秀", "合格", "基本合格", "不合格")
ABSTAINED = "弃权"
COLUMNS = (*GRADES, ABSTAINED)
_NAMES = frozenset(("姓名", "党员", "党员姓名", "被测评人", "测评对象"))
_GRADE = frozenset(("等次", "测评等次", "票", "评价", "测评意见"))
_SPLIT = re.compile(r"[\t,，;；、|]| +")
MOST_ROWS = 2000


@dataclass(frozen=True)
class Tally:
    """One member's ballots by grade, in the order of COLUMNS."""

    name: str
    counts: tuple[int, ...]

    @property
    def ballots(self) -> int:
        return sum(self.counts)


def cells_of(text: str) -> list[list[str]]:
    """A pasted table: cells parted by tabs, commas or blanks, one row a line."""
    lines = [line.strip() for line in text.splitlines()]
    return [
        [cell.strip() for cell in _SPLIT.split(line.strip("|")) if cell.strip()] for line in lines if line
    ]


def tallies(rows: Sequence[Sequence[str]]) -> list[Tally]:
    """Count a table with a header: either a row a ballot (姓名, 等次), or a row a member (姓名, 优秀, 合格, …).

    Raises Impossible that names the row.
    """
    table = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not table:
        raise Impossible("表格是空的。第一行写表头（姓名、优秀、合格、基本合格、不合格），下面一人一行。")
    if len(table) > MOST_ROWS:
        raise Impossible(f"表格超过 {MOST_ROWS} 行，请只留一个支部的。")
    header, body = table[0], list(enumerate(table[1:], 2))
    name_at = next((n for n, cell in enumerate(header) if cell in _NAMES), None)
    grade_at = next((n for n, cell in enumerate(header) if cell in _GRADE), None)
    if name_at is None or not body:
        raise Impossible("第一行要有表头“姓名”，下面至少有一行。")
    if grade_at is not None:
        return _counted(body, name_at, grade_at)
    places = {cell: n for n, cell in enumerate(header) if cell in COLUMNS}
    if not places:
        raise Impossible(
            "表头里没有等次。一行一张票的写“姓名、等次”；一行一个人的写“姓名、优秀、合格、基本合格、不合格”。"
        )
    return [_stated(number, row, name_at, places) for number, row in body]


def _counted(body: Iterable[tuple[int, Sequence[str]]], name_at: int, grade_at: int) -> list[Tally]:
    votes: dict[str, Counter[str]] = {}
    for number, row in body:
        if max(name_at, grade_at) >= len(row):
            raise Impossible(f"第 {number} 行缺姓名或者等次。")
        name, grade = row[name_at], row[grade_at]
        if grade not in COLUMNS:
            raise Impossible(f"第 {number} 行的等次“{grade[:12]}”看不懂，只能是{'、'.join(COLUMNS)}。")
        votes.setdefault(name, Counter())[grade] += 1
    return [Tally(name, tuple(counter[grade] for grade in COLUMNS)) for name, counter in votes.items()]


def _stated(number: int, row: Sequence[str], name_at: int, places: dict[str, int]) -> Tally:
    def count(grade: str) -> int:
        at = places.get(grade, len(row))
        text = row[at] if at < len(row) else "0"
        if not re.fullmatch(r"[0-9]{0,5}", text):
            raise Impossible(f"第 {number} 行“{grade}”下面应当是票数，现在是“{text[:12]}”。")
        return int(text or 0)

    if name_at >= len(row):
        raise Impossible(f"第 {number} 行没有姓名。")
    return Tally(row[name_at], tuple(count(grade) for grade in COLUMNS))


def most_excellent(members: int) -> int:
    """How many may be 优秀 at most: a third of the full members, rounded down (by notices, not by a regulation)."""
    return members // 3


def summary(found: Sequence[Tally], full_members: int, probationary: Iterable[str] = ()) -> list[Finding]:
    """What the count says, and what it does not. ``full_members``: 正式党员 of the branch. Raises Impossible."""
    if full_members < 1:
        raise Impossible("正式党员人数至少是 1。请检查。")
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise Impossible("有同名的人写了两行，请在姓名后面加上区别。")
    uneven = len({one.ballots for one in found}) > 1
    most = most_excellent(full_members)
    leading = [one.name for one in found if one.counts[0] > one.ballots - one.counts[0]]
    findings = [
        Finding("票数", _ballots(found, uneven=uneven), BRANCH.format(18), not uneven),
        Finding(
            "优秀最多几人",
            f"{full_members} 名正式党员，一般不超过三分之一，就是 {most} 人；优秀票超过一半的有 {len(leading)} 人"
            + (f"，多出 {len(leading) - most} 人，由会议研究。" if len(leading) > most else "。"),
            NOTICE,
        ),
        Finding(
            "等次由谁定",
            "这里只数票。评定意见由支部委员会会议或者党员大会根据评议情况和党员日常表现提出，票多不等于就是这个等次。",
            BRANCH.format(18),
        ),
        Finding(
            "不能直接下的结论",
            "“不合格”票多，不等于可以作组织处置；要处置，另按规定的程序办，先请示上级党组织。",
            NOTICE,
        ),
    ]
    given = [name for name in probationary if name in names]
    if given:
        who = "、".join(given)
        findings.append(Finding("预备党员", f"{who}：参加评议，一般不定等次，票数仅供参考。", NOTICE))
    return findings


def _ballots(found: Sequence[Tally], *, uneven: bool) -> str:
    if not uneven:
        return f"{len(found)} 人，每人 {found[0].ballots} 张票。"
    spread = "、".join(f"{one.name} {one.ballots}" for one in found[:12])
    return f"各人的票数不一样（{spread}），请先核对收回的票，看有没有漏记、重记。"
