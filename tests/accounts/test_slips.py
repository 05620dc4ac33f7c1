"""The sheet of slips."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from docx import Document
from docx.oxml.ns import qn

from trainer.accounts.slips import Slip, make_slips

END = datetime(2026, 12, 21, tzinfo=UTC)


def slip(n: int, name: str = "虚构人") -> Slip:
    return Slip(f"2026{n:04d}", name, "青石镇", f"kmwhxt-{222222 + n}", END)


def cells(content: bytes) -> list[str]:
    [table] = Document(io.BytesIO(content)).tables
    return [cell.text for row in table.rows for cell in row.cells]


def test_every_slip_has_what_its_owner_needs() -> None:
    texts = cells(make_slips([slip(n) for n in range(3)], "虚构县培训平台", "http://192.0.2.1:8000/"))
    assert len(texts) == 4
    assert texts[3] == ""
    for needed in (
        "虚构县培训平台",
        "虚构人",
        "青石镇",
        "20260002",
        "kmwhxt-222224",
        "http://192.0.2.1:8000/",
        "2026 年 12 月 21 日前有效",
        "换成自己的密码",
    ):
        assert needed in texts[2]


def test_without_an_address_none_is_promised() -> None:
    [text, _] = cells(make_slips([slip(1)], "虚构县培训平台"))
    assert "网址" in text
    assert "管理员告知的网址" in text
    assert "上面的网址" not in text


def test_names_are_text_and_signs_that_xml_forbids_are_left_out() -> None:
    [text, _] = cells(make_slips([slip(1, "<b>甲</b>&\x00\x0b\ud800乙　丙")], "x"))
    assert "<b>甲</b>&乙　丙" in text


def test_it_is_a_page_of_a4_with_dashed_lines_and_chinese_fonts() -> None:
    document = Document(io.BytesIO(make_slips([slip(n) for n in range(25)], "虚构县")))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    [table] = document.tables
    assert len(table.rows) == 13
    assert 5 * table.rows[0].height + section.top_margin + section.bottom_margin < section.page_height
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    assert {line.get(qn("w:val")) for line in borders} == {"dashed"}
    runs = [run for cell in table.rows[0].cells for p in cell.paragraphs for run in p.runs]
    assert runs
    assert {run._element.rPr.rFonts.get(qn("w:eastAsia")) for run in runs} == {"宋体", "黑体"}
