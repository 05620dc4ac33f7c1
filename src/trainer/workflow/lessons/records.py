"""Templates of records: Markdown beside the lessons, made into Word files when a lesson is published.

The same text gives the same bytes, so that publishing again what has not changed changes nothing.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from trainer.errors import TrainerError

_SONG, _FANG, _HEI = "宋体", "仿宋", "黑体"
_TITLE, _TEXT, _CELL = 18, 14, 12
#: Millimetres: between the margins, and a row in which a hand can write.
_MARGIN, _WITHIN, _ROW = 26, 158, 8
#: What a column counts for at least and at most, in characters, when the columns share the width.
_NARROWEST, _WIDEST = 4, 16
#: A column with blanks is written into, so it counts for more than its heading.
_TO_WRITE_IN = 12
#: Any fixed moment: what the archive and the properties would say of when it was made.
_MOMENT = datetime(2026, 1, 1)  # noqa: DTZ001 - python-docx takes it as UTC
_ZIPPED_AT = (2026, 1, 1, 0, 0, 0)
_RULE = re.compile(r":?-{3,}:?")
_BREAK = re.compile(r"<br\s*/?>")
_HEADING = re.compile(r"(#{1,3}) (.+)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_BLANK = re.compile(r"＿+")


class BadRecord(TrainerError):
    """A template that cannot be made into a Word file; the sentence says why."""


Block = tuple[str, Any]


def blocks_of(markdown: str) -> list[Block]:
    """("title" | "heading" | "text", text) and ("table", rows) in order. Raises BadRecord."""
    lines = [line.rstrip() for line in markdown.splitlines()]
    found = list(_blocks(lines))
    if not found or found[0][0] != "title":
        raise BadRecord("样表的第一行应当是“# 标题”。")
    for kind, rows in found:
        if kind == "table" and len({len(row) for row in rows}) > 1:
            raise BadRecord(f"表格“{' | '.join(rows[0])[:30]}”各行的列数不一样。")
    return found


def _blocks(lines: list[str]) -> Iterator[Block]:
    table: list[list[str]] = []
    for line in [*lines, ""]:
        if line.lstrip().startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not all(_RULE.fullmatch(cell) for cell in cells):
                table.append(cells)
            continue
        if table:
            yield "table", table
            table = []
        heading = _HEADING.fullmatch(line)
        if heading:
            yield ("title" if heading[1] == "#" else "heading"), heading[2].strip()
        elif line.strip():
            yield "text", line.strip().removesuffix("\\")


def record_docx(markdown: str) -> bytes:
    """A .docx on A4 paper. Raises BadRecord."""
    from docx import Document
    from docx.shared import Mm

    blocks = blocks_of(markdown)
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(_MARGIN)
    section.top_margin = section.bottom_margin = Mm(22)
    following = [kind for kind, _ in blocks[1:]] + [""]
    for (kind, what), after in zip(blocks, following, strict=True):
        if kind == "table":
            _table(document, what)
        else:
            paragraph = document.add_paragraph()
            _paragraph(paragraph, what, kind)
            if after == "table":
                paragraph.paragraph_format.keep_with_next = True
    _describe(document.core_properties, blocks[0][1])
    file = io.BytesIO()
    document.save(file)
    return _repacked(file.getvalue())


def _describe(properties: Any, title: str) -> None:
    properties.title, properties.author, properties.comments = title, "", ""
    properties.last_modified_by, properties.revision = "", 1
    properties.created = properties.modified = _MOMENT


def _repacked(content: bytes) -> bytes:
    """The same archive without the moment at which it was made."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _ZIPPED_AT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, old.read(name), compresslevel=9)
    return made.getvalue()


def _paragraph(paragraph: Any, text: str, kind: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    form = paragraph.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(0), Pt(6), 1.5
    if kind == "title":
        paragraph.alignment, form.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(14)
        _runs(paragraph, text, _TITLE, _SONG, bold=True)
    elif kind == "heading":
        form.space_before, form.keep_with_next = Pt(8), True
        _runs(paragraph, text, _TEXT, _HEI)
    else:
        _runs(paragraph, text, _TEXT, _FANG)


def _widths(rows: list[list[str]]) -> list[float]:
    """Millimetres for each column, by what stands in it."""

    def counts(column: tuple[str, ...]) -> int:
        blanks = _TO_WRITE_IN if any("＿＿＿＿" in text or not text for text in column[1:]) else 0
        return min(_WIDEST, max(_NARROWEST, blanks, *(len(_BLANK.sub("＿＿", text)) for text in column)))

    shares = [counts(column) for column in zip(*rows, strict=True)]
    return [_WITHIN * share / sum(shares) for share in shares]


def _table(document: Any, rows: list[list[str]]) -> None:
    """Rows are high enough to write in, stay in one piece, and have the heading above them on every page."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.shared import Mm, Pt

    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    table.style, table.autofit = "Table Grid", False  # with borders
    widths = [Mm(width) for width in _widths(rows)]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row, texts in zip(table.rows, rows, strict=True):
        head = texts is rows[0]
        row.height = Mm(_ROW)  # at least
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no other way
        for name in ("w:cantSplit", *(["w:tblHeader"] if head else [])):
            properties.append(OxmlElement(name))
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width, cell.vertical_alignment = width, WD_CELL_VERTICAL_ALIGNMENT.CENTER
            for number, line in enumerate(_BREAK.split("" if _BLANK.fullmatch(text) else text)):
                paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(2)
                _runs(paragraph, line, _CELL, _HEI if head else _FANG)
    _runs(document.add_paragraph(), "", _CELL, _FANG)  # a document must not end with a table


def _runs(paragraph: Any, text: str, size: float, font: str, *, bold: bool = False) -> None:
    """Text in a font that holds for Chinese too (w:eastAsia); ``**words**`` are bold."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    for number, piece in enumerate(_BOLD.split(text)):
        if not piece:
            continue
        run = paragraph.add_run("".join(sign for sign in piece if unicodedata.category(sign)[0] != "C"))
        run.font.size, run.font.bold, run.font.name = Pt(size), bold or number % 2 == 1, font
        run._element.rPr.rFonts.set(qn("w:eastAsia"), font)  # noqa: SLF001 - python-docx has no other way
