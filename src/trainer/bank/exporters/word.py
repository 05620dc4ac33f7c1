"""What the printed documents share: paper, fonts, lines; and Chinese numerals."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

#: Fonts that Windows, WPS and the Linux desktops of government offices have, or replace by something like them.
SONG, HEI = "宋体", "黑体"
NUMERALS = "一二三四五六七八九十"


def new_document(title: str) -> Any:
    """An empty A4 document with page numbers in its footer."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(22)
    document.core_properties.author = ""
    document.core_properties.title = title
    document.core_properties.comments = ""
    _page_number(section.footer.paragraphs[0])
    return document


def saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def line(
    document: Any, text: str, size: float = 12, *, bold: bool = False, font: str = SONG, centred: bool = False
) -> Any:
    """A paragraph in one font; underscores become a line to write on."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(0)
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.line_spacing = 1.25
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(paragraph, text, size, bold=bold, font=font)
    return paragraph


def write(paragraph: Any, text: str, size: float, *, bold: bool = False, font: str = SONG) -> None:
    """Text without signs that XML forbids, in a font that holds for Chinese too (w:eastAsia)."""
    run = paragraph.add_run("".join(sign for sign in text if unicodedata.category(sign)[0] != "C"))
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)  # noqa: SLF001 - python-docx has no other way


def numeral(number: int) -> str:
    """一, 二, … for the numbers of sections; digits beyond ten."""
    return NUMERALS[number - 1] if number <= len(NUMERALS) else str(number)


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._element.append(mark)  # noqa: SLF001 - as above
