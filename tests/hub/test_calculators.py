"""The calculators of lessons: forms without a script, answers with their articles, uploads in memory."""

from __future__ import annotations

import io
import re
from datetime import date
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from trainer.hub.singleuser.calculators import CALCULATORS, fill_in
from trainer.hub.singleuser.pages import _PAGES
from trainer.procedures.working_days import packaged_calendar

TODAY = date(2026, 7, 15)


def ask(calculator, form, files=None, **given):
    found = CALCULATORS[calculator].form(form)
    return fill_in(found, given, files or {}, packaged_calendar(), TODAY)


def book(**sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


BOOK = book(
    名册=[["姓名", "党员类型"], *([f"虚构{n}", "正式"] for n in range(1, 9))],
    会议=[
        ["日期", "会议类型", "应到", "实到", "有表决权实到"],
        ["2026-02-03", "党员大会", 8, 5, 5],
        ["2026-05-03", "党员大会", 8, 3, 3],
    ],
)
FILLED = [
    ("huiyi-piaoshu", "branch", {"entitled": "１８", "present": "9", "in_favour": "10"}, {}, "不能多于到会的人数"),
    ("huiyi-piaoshu", "branch", {"entitled": "18", "present": "12", "in_favour": "10"}, {}, "支部工作条例（试行）》第11条"),
    ("huiyi-piaoshu", "admission", {"entitled": "18", "present": "9", "in_favour": "8", "written": "2"}, {}, "不能开会表决"),
    ("huiyi-piaoshu", "committee", {"members": "3", "attending": "2"}, {}, "可以开会表决"),
    ("huiyi-piaoshu", "election", {"entitled": "25", "present": "20", "seats": "3", "candidates": "4", "voters": "20",
                                   "returned": "20", "votes": "甲 18\n乙，15\n丙：13"}, {}, "甲（18 票）、乙（15 票）、丙（13 票）。是不是当选，以条例原文"),
    ("fazhan-riqi", "chain", {"posted": "2026-06-15", "posting": "counts"}, {}, "2026年6月22日"),
    ("fazhan-riqi", "chain", {"posting": "counts"}, {}, "请至少填一个日期"),
    ("fazhan-riqi", "chain", {"applied": "三月", "posting": "counts"}, {}, "写成 2026-06-15"),
    ("dangfei", "due", {"kind": "gongzi", "income": "5,001 元"}, {}, "75.02 元"),
    ("dangfei", "due", {"kind": "nongmin"}, {}, "0.2 元到 1 元"),
    ("dangfei", "due", {"kind": "mei-you", "income": "1"}, {}, "请选一项"),
    ("renqi", "term", {"kind": "cun", "elected": "2021-12-20"}, {}, "2026年12月20日"),
    ("pingyi", "tally", {"table": "姓名 优秀 合格\n甲 2 1", "full": "17"}, {}, "5 人"),
    ("pingyi", "tally", {"full": "6"}, {"book": ("票.xlsx", book(票=[["姓名", "等次"], ["甲", "优秀"]]))}, "票多不等于"),
    ("zhibu-zicha", "check", {}, {"book": ("台账.xlsx", BOOK)}, "不够，这次表决不算数"),
    ("zhibu-zicha", "check", {}, {"book": ("台账.xlsx", b"MZ")}, "不能作为表格读取"),
    ("zhibu-zicha", "check", {}, {}, "没有收到文件"),
]  # fmt: skip


@pytest.mark.parametrize(("calculator", "form", "given", "files", "said"), FILLED)
def test_what_is_filled_in_is_answered_in_its_place(calculator, form, given, files, said):
    outcome = ask(calculator, form, files, **given)
    macro = _PAGES.get_template("calculator_parts.html").module.calculator
    computed = {"place": "suan-3", "form": form, "given": given, "outcome": outcome}
    page = macro(CALCULATORS[calculator], "suan-3", computed, "token", "/lesson/a")
    place = page.partition(f'id="suan-3-{form}" class="outcome"')[2].partition("</div>\n")[0]
    assert said in page
    assert place
    assert all(f'name="{name}"' in page for name in given)


def test_every_field_has_its_label_and_no_script_is_needed():
    macro = _PAGES.get_template("calculator_parts.html").module.calculator
    for calculator in CALCULATORS.values():
        page = ET.fromstring(_closed(str(macro(calculator, "suan-1", {}, "token", "/a"))))
        labelled = {label.get("for") for label in page.iter("label")}
        fields = [one for tag in ("input", "select", "textarea") for one in page.iter(tag)]
        assert {one.get("id") for one in fields if one.get("type") != "hidden"} == labelled
        for form in page.iter("form"):
            assert form.get("method") == "post"
            assert form.get("action").startswith("/a#suan-1-")
            has_file = any(one.get("type") == "file" for one in form.iter("input"))
            assert (form.get("enctype") == "multipart/form-data") == has_file


def _closed(page: str) -> str:
    """The page as XML: its inputs closed."""
    return re.sub(r"<input([^>]*)>", r"<input\1/>", page)


def test_pictures_are_sound():
    for outcome in (
        ask("dangfei", "due", kind="gongzi", income="4200"),
        ask("zhibu-zicha", "check", {"book": ("台账.xlsx", BOOK)}),
    ):
        (picture,) = outcome.pictures
        assert ET.fromstring(picture).get("role") == "img"


def test_what_is_written_is_only_text():
    given = {"table": "姓名 优秀\n<script>甲 1", "full": "3"}
    outcome = ask("pingyi", "tally", **given)
    macro = _PAGES.get_template("calculator_parts.html").module.calculator
    page = macro(
        CALCULATORS["pingyi"],
        "a",
        {"place": "a", "form": "tally", "given": given, "outcome": outcome},
        "t",
        "/a",
    )
    assert "<script>" not in page
    assert "&lt;script&gt;甲" in page
