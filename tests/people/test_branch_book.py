"""A branch's own workbook: found by its headers, refused when it is not what it says."""

import io
import zipfile

import openpyxl
import pytest

from trainer.errors import BadSheet
from trainer.people.branch_book import read_branch

REGISTER = [
    ["某支部名册（虚构）"],
    ["党员编号", "姓名", "党员类型", "所在党小组"],
    ["01", "甲", "正式党员", "一组"],
    ["02", "乙", "预备党员", "一组"],
]
MEETINGS = [["日期", "会议类型", "应到", "实到", "应到会有表决权人数", "有表决权实到", "主要议题"],
            ["2026年3月5日", "支部党员大会", 12, "10人", 11, 9, "接收预备党员"], ["2026-03-09", "支部委员会会议", 3, 3, None, None, None]]  # fmt: skip
PRESENCES = [
    ["日期", "会议类型", "党员编号", "状态"],
    ["2026-03-05", "党员大会", "01", "到会"],
    ["2026-03-05", "党员大会", "02", "不计入"],
]


def book(*sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for rows in sheets:
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def test_one_workbook_with_all_or_one_for_each():
    together = read_branch([("台账.xlsx", book(REGISTER, MEETINGS, PRESENCES))])
    apart = read_branch([("会议.xlsx", book(MEETINGS, PRESENCES)), ("名册.xlsx", book(REGISTER))])
    assert together == apart
    assert [(one.id, one.full) for one in together.members] == [("01", True), ("02", False)]
    first, second = together.meetings
    assert (first.kind, first.present, first.entitled, first.present_entitled) == ("党员大会", 10, 11, 9)
    assert second.kind == "支委会"
    assert [one.came for one in together.presences] == [True, None]


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ([["日期", "会议类型", "实到"], ["三月", "党员大会", 3]], "第 2 行：日期“三月”看不懂"),
        ([["日期", "会议类型", "实到"], ["2026-02-30", "党员大会", 3]], "看不懂"),
        ([["日期", "会议类型", "实到"], ["2026-03-05", "联欢会", 3]], "会议类型“联欢会”看不懂"),
        ([["日期", "会议类型", "实到"], ["2026-03-05", "党员大会", "多数"]], "应当是人数"),
        ([["日期", "备注"], ["2026-03-05", ""]], "会议类型"),
    ],
)
def test_rows_that_cannot_be_used_are_named(sheet, said):
    with pytest.raises(BadSheet, match=said):
        read_branch([("台账.xlsx", book(REGISTER, sheet))])


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 14_000_000)
    return file.getvalue()


def far_down():
    workbook = openpyxl.Workbook()
    workbook.active.append(["姓名", "党员类型"])
    workbook.active.cell(row=1_000_000, column=1, value="甲")
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def declared():
    """A workbook that declares entities."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(REGISTER, MEETINGS))) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/workbook.xml":
                content = content.replace(b"<workbook", b'<!DOCTYPE w [<!ENTITY a "aa">]><workbook', 1)
            new.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
        bytes(5_000_000),
        b"MZ" + bytes(100),
    ],
    ids=["empty", "cut", "old", "large", "program"],
)
def test_hostile_files(content):
    with pytest.raises(BadSheet):
        read_branch([("台账.xlsx", content)])


@pytest.mark.parametrize("made", [bomb, far_down, declared])
def test_hostile_workbooks(made):
    with pytest.raises(BadSheet):
        read_branch([("台账.xlsx", made())])


def test_nothing_was_uploaded():
    with pytest.raises(BadSheet, match="没有收到文件"):
        read_branch([])
