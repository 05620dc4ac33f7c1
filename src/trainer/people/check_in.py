"""The check-in sheet (签到表): when each person's own time began."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path

from trainer.people.accounts import account_in
from trainer.people.cells import half_width
from trainer.people.columns import ACCOUNT, Column
from trainer.people.sheets import Row, read_table

_TIME = Column(
    "签到时间",
    ("开始时间", "入场时间", "开考时间", "进场时间", "报到时间", "签到", "check_in", "check-in", "start"),
    required=True,
)
_MOMENT = re.compile(
    r"(?P<year>20\d\d)[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?[ T]*"
    r"(?<=[ T日])(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,6}))?)?"
    r" ?(?P<offset>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


def read_check_in(path: Path, tz: tzinfo) -> dict[str, datetime]:
    """The moment that each account checked in, in ``tz``; a time without an offset is meant in ``tz``.

    An account without a time did not check in and is left out. Raises NotFound, and BadSheet: the file is
    no table, or some rows cannot be used (no account, no readable time, two different times); all of these
    are told at once.
    """
    table = read_table(path, (ACCOUNT, _TIME))
    moments: dict[str, tuple[Row, datetime]] = {}
    problems: list[tuple[int, str]] = []
    for row in table.rows:
        moment = _moment(row[_TIME.field], tz)
        problems += [(row.number, sentence) for sentence in _row_problems(row, moment)]
        if moment is None or not account_in(row):
            continue
        first, earlier = moments.setdefault(account_in(row).casefold(), (row, moment))
        if earlier != moment:
            problems.append((row.number, _contradiction(row, first)))
    table.refuse(problems)
    return {account_in(row): moment for row, moment in moments.values()}


def _row_problems(row: Row, moment: datetime | None) -> Iterator[str]:
    if not account_in(row):
        yield "没有填写账号；如果是合计、备注之类的行，请删去。"
    if row[_TIME.field] and moment is None:
        yield f"签到时间“{row[_TIME.field]}”看不懂，请写明日期和时刻，例如 2026-11-20 09:03:12。"


def _contradiction(row: Row, first: Row) -> str:
    return (
        f"账号“{account_in(row)}”的签到时间与第 {first.number} 行的“{first[_TIME.field]}”不一致，请只留一个。"
    )


def _moment(text: str, tz: tzinfo) -> datetime | None:
    """The moment that a text names; None when it names none."""
    match = _MOMENT.fullmatch(half_width(text))
    if match is None:
        return None
    offset = match["offset"] or ""
    fraction = (match["fraction"] or "").ljust(6, "0")
    day = f"{match['year']}-{match['month']:0>2}-{match['day']:0>2}"
    clock = f"{match['hour']:0>2}:{match['minute']:0>2}:{match['second'] or '0':0>2}.{fraction}"
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{offset}")
    except ValueError:
        return None
    return moment.astimezone(tz) if offset else moment.replace(tzinfo=tz)
