"""A branch's own workbook: the register (名册), the record of meetings (会议记录), and if there is one who came (签到)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from trainer.errors import BadSheet
from trainer.model.branch import (
    APPRAISAL,
    ASSEMBLY,
    COMMITTEE,
    GROUP,
    LECTURE,
    LIFE,
    THEME_DAY,
    BranchRecords,
    Meeting,
    Member,
    Presence,
)
from trainer.people.cells import half_width
from trainer.people.columns import NAME, Column
from trainer.people.grids import TIGHT
from trainer.people.sheets import Row, Table, table_of

#: A file as it was uploaded: its name and what is in it.
Upload = tuple[str, bytes]
Read = TypeVar("Read")

_ID = Column("党员编号", ("编号", "党员号", "序号"), second=("序号",))
_KIND_OF_MEMBER = Column("党员类型", ("类型", "人员类别", "党员类别", "类别"), required=True)
_GROUP = Column("所在党小组", ("党小组", "小组"))
_DATE = Column("日期", ("开会日期", "时间", "开会时间", "会议日期", "会议时间"), required=True)
_MEETING = Column("会议类型", ("类型", "会议", "会议名称", "名称", "类别"), required=True)
_EXPECTED = Column("应到", ("应到人数", "应到会", "应到会人数"))
_PRESENT = Column("实到", ("实到人数", "实到会", "实到会人数", "到会人数"), required=True)
_ENTITLED = Column(
    "有表决权应到", ("应到有表决权", "应到会有表决权", "应到会有表决权人数", "有表决权应到人数")
)
_VOTING = Column("有表决权实到", ("实到有表决权", "实到会有表决权", "实到会有表决权人数", "有表决权实到人数"))
_TOPIC = Column("议题", ("主要议题", "内容", "会议内容", "主要内容", "主题"))
_STATE = Column("状态", ("到会情况", "签到", "出勤", "是否到会"), required=True)
REGISTER = (_ID, Column(NAME.field, NAME.variants, required=True), _KIND_OF_MEMBER, _GROUP)
MEETINGS = (_DATE, _MEETING, _EXPECTED, _PRESENT, _ENTITLED, _VOTING, _TOPIC)
PRESENCES = (
    _DATE,
    _MEETING,
    Column(_ID.field, (*_ID.variants, *(NAME.field, *NAME.variants)), required=True),
    _STATE,
)

_KINDS = (
    (re.compile("支委|支部委员会"), COMMITTEE),
    (re.compile("小组会"), GROUP),
    (re.compile("组织生活会"), LIFE),
    (re.compile("评议"), APPRAISAL),
    (re.compile("主题党日|党日"), THEME_DAY),
    (re.compile("党课"), LECTURE),
    (re.compile("党员大会|支部大会|选举"), ASSEMBLY),
)
_STATES = {
    "到会": True,
    "到": True,
    "√": True,
    "请假": False,
    "缺席": False,
    "缺": False,
    "未到": False,
    "不计入": None,
}
_DAY = re.compile(r"((?:19|20)\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?", re.ASCII)


def read_branch(uploads: Sequence[Upload]) -> BranchRecords:
    """The records in the files that were uploaded: one with all sheets, or one for each.

    Raises BadSheet that says which table was not found, or which rows cannot be used.
    """
    register = _find(uploads, REGISTER)
    meetings = _find(uploads, MEETINGS)
    presences = _find(uploads, PRESENCES, needed=False)
    assert register is not None
    assert meetings is not None
    return BranchRecords(
        tuple(_each(register, _member)),
        tuple(_each(meetings, _meeting)),
        tuple(_each(presences, _presence)) if presences else (),
    )


def _find(uploads: Sequence[Upload], columns: Sequence[Column], *, needed: bool = True) -> Table | None:
    """The first table with these columns. Raises BadSheet with what the files lack."""
    said: list[str] = []
    for name, content in uploads:
        try:
            return table_of(name, content, columns, TIGHT)
        except BadSheet as error:
            said.append(str(error))
    if needed:
        raise BadSheet("\n".join(dict.fromkeys(said)) or "没有收到文件。请选一个 .xlsx 文件再算。")
    return None


def _each(table: Table, read: Callable[[Row], Read | str]) -> Iterator[Read]:
    """The rows as values; ``read`` gives a sentence for one that it cannot use. Raises BadSheet with all of them."""
    found = [(row.number, read(row)) for row in table.rows]
    table.refuse((number, value) for number, value in found if isinstance(value, str))
    yield from (value for _, value in found if not isinstance(value, str))


def _member(row: Row) -> Member | str:
    kind = row[_KIND_OF_MEMBER.field]
    if not row[NAME.field]:
        return "没有填写姓名；如果是合计、备注之类的行，请删去。"
    if not any(word in kind for word in ("正式", "预备")):
        return f"党员类型“{kind[:12]}”看不懂，请写“正式”或者“预备”。"
    return Member(row[_ID.field] or row[NAME.field], row[NAME.field], "正式" in kind, row[_GROUP.field])


def _meeting(row: Row) -> Meeting | str:
    held = _day(row[_DATE.field])
    kind = _kind(row[_MEETING.field])
    if held is None:
        return f"日期“{row[_DATE.field][:16]}”看不懂，请写成 2026-03-05。"
    if kind is None:
        return f"会议类型“{row[_MEETING.field][:12]}”看不懂，请写党员大会、支委会、党小组会、党课、主题党日、组织生活会或者民主评议。"
    counts: dict[str, int | None] = {}
    for column in (_EXPECTED, _PRESENT, _ENTITLED, _VOTING):
        text = half_width(row[column.field]).removesuffix("人").strip()
        if not re.fullmatch(r"[0-9]{0,4}", text):
            return f"“{column.field}”应当是人数，现在是“{text[:12]}”。"
        counts[column.field] = int(text) if text else None
    return Meeting(
        held,
        kind,
        expected=counts[_EXPECTED.field],
        present=counts[_PRESENT.field],
        entitled=counts[_ENTITLED.field],
        present_entitled=counts[_VOTING.field],
        topic=row[_TOPIC.field] + row[_MEETING.field],
        row=row.number,
    )


def _presence(row: Row) -> Presence | str:
    held, kind, state = _day(row[_DATE.field]), _kind(row[_MEETING.field]), row[_STATE.field]
    if held is None:
        return f"日期“{row[_DATE.field][:16]}”看不懂，请写成 2026-03-05。"
    if state not in _STATES:
        return f"状态“{state[:12]}”看不懂，请写到会、请假、缺席或者不计入。"
    return Presence(held, kind or row[_MEETING.field], row[_ID.field], _STATES[state])


def _kind(text: str) -> str | None:
    return next((kind for words, kind in _KINDS if words.search(text)), None)


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(half_width(text))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
