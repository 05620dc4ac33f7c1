"""The sheet of slips to print and cut: one for each person, with the account and the one-time password."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

_COLUMNS = 2
_WIDTH, _HEIGHT = Mm(95), Mm(54)
_CELL_MARGIN = 200  # twentieths of a point
#: Fonts that Windows, WPS and the Linux desktops of government offices have, or replace by something like them.
_SONG, _HEI, _FIXED = "宋体", "黑体", "Courier New"


@dataclass(frozen=True)
class Slip:
    """One person's slip. ``password`` is the only place where a one-time password stands in clear."""

    account: str
    name: str
    unit: str
    password: str
    expires: datetime


def make_slips(slips: Sequence[Slip], installation: str, address: str = "") -> bytes:
    """A .docx on A4 paper, ten slips a page in the given order, with dashed lines to cut along.

    ``address`` is the URL to open, if it is known. The day of expiry is given in the time zone of ``expires``.
    """
    document = Document()
    _use_a4(document)
    rows = -(-len(slips) // _COLUMNS)
    table = document.add_table(rows=rows, cols=_COLUMNS)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _draw_lines(table)
    for index, row in enumerate(table.rows):
        row.height, row.height_rule = _HEIGHT, WD_ROW_HEIGHT_RULE.AT_LEAST
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - python-docx has no other way
        here = slips[index * _COLUMNS : (index + 1) * _COLUMNS]
        for cell, slip in zip(row.cells, here, strict=False):
            cell.width = _WIDTH
            _fill(cell, slip, installation, address)
    _text(_line(document.add_paragraph(), after=0), " ", 1)  # a document must not end with a table
    document.core_properties.author = document.core_properties.title = installation
    document.core_properties.comments = ""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _fill(cell: Any, slip: Slip, installation: str, address: str) -> None:
    day = slip.expires
    head = _line(cell.paragraphs[0], after=3)
    _text(head, installation, 11, font=_HEI)
    who = _line(cell.add_paragraph(), after=1)
    _text(who, slip.name, 12, bold=True)
    _text(who, f"　{slip.unit}" if slip.unit else "", 10)
    if address:
        site = _line(cell.add_paragraph(), after=1)
        _text(site, "网　　址　", 10)
        _text(site, address, 10, font=_FIXED)
    account = _line(cell.add_paragraph(), after=1)
    _text(account, "账　　号　", 10)
    _text(account, slip.account, 13, bold=True, font=_FIXED)
    password = _line(cell.add_paragraph(), after=3)
    _text(password, "一次性密码　", 10)
    _text(password, slip.password, 17, bold=True, font=_FIXED)
    site_known = "打开上面的网址" if address else "打开管理员告知的网址"
    for sentence in (
        f"1. 用手机或电脑的浏览器{site_known}，照此登录。",
        "2. 按提示换成自己的密码，记牢，不要告诉别人。",
        f"3. {day.year} 年 {day.month} 月 {day.day} 日前有效。登录不了、忘了密码，找管理员。",
    ):
        _text(_line(cell.add_paragraph(), after=0), sentence, 8.5)


def _line(paragraph: Any, *, after: float) -> Any:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    paragraph.paragraph_format.space_before = Pt(0)
    paragraph.paragraph_format.space_after = Pt(after)
    paragraph.paragraph_format.line_spacing = 1.0
    return paragraph


def _text(paragraph: Any, text: str, size: float, *, bold: bool = False, font: str = _SONG) -> None:
    """Text without signs that XML forbids, in a font that holds for Chinese too (w:eastAsia)."""
    run = paragraph.add_run("".join(sign for sign in text if unicodedata.category(sign)[0] != "C"))
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), _SONG if font == _FIXED else font)  # noqa: SLF001 - as above


def _use_a4(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(10)
    section.top_margin = section.bottom_margin = Mm(8)
    section.header_distance = section.footer_distance = Mm(4)


def _draw_lines(table: Any) -> None:
    properties = table._tbl.tblPr  # noqa: SLF001 - as above
    borders, margins = OxmlElement("w:tblBorders"), OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "dashed"), ("sz", "4"), ("space", "0"), ("color", "808080")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    for side in ("top", "left", "bottom", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(_CELL_MARGIN if side in ("left", "right") else _CELL_MARGIN // 2))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # Word wants the properties of a table in the order of the schema.
    properties.find(qn("w:tblLayout")).addprevious(borders)
    properties.find(qn("w:tblLook")).addprevious(margins)
