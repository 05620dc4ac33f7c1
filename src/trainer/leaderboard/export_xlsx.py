"""The views as one workbook (榜单.xlsx) that an office can print: one sheet per view.

The law of this module: every text is written as text, so that no name can become a formula or a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from trainer.leaderboard import wording
from trainer.leaderboard.export_csv import cell_text
from trainer.leaderboard.frames import Cell, Kind, View
from trainer.model.contest import Board

FILE = "榜单.xlsx"
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.RANK: "0",
    Kind.COUNT: "0",
    Kind.POINTS: "0.00",
    Kind.RATE: "0.00%",
    Kind.MOMENT: "yyyy-mm-dd hh:mm:ss",
    Kind.DURATION: "[h]:mm:ss",
}
FONT = {"font_name": "微软雅黑", "font_size": 10.5, "valign": "vcenter"}
LEFT = (Kind.TEXT,)
NARROWEST, WIDEST, HEADER_WIDEST = 6.0, 44.0, 18.0
#: The rows above a table run no wider than this, about the width of a screen.
NOTES_WIDTH = 110.0
LINE_HEIGHT = 18.0

Formats = dict[str, Format]


def text_width(text: str) -> int:
    """The width of a text in the columns of a spreadsheet: full-width characters count 2."""
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in text)


def _column_width(view: View, index: int) -> float:
    kind = view.kinds[index]
    cells = [cell_text(kind, row[index]) for row in view.rows()]
    content = max((text_width(text) for text in cells), default=0)
    header = min(text_width(view.headers[index]) + 3.0, HEADER_WIDEST)  # 3 for the button of the filter
    return min(max(content + 2.0, header, NARROWEST), WIDEST)


def _formats(book: Workbook) -> Formats:
    border = {"border": 1, "border_color": "#C9D1D9"}
    head = {"bold": True, "bg_color": "#F3E3E1", "align": "center", "text_wrap": True}
    formats = {
        kind.value: {**FONT, **border, "num_format": code, "align": "left" if kind in LEFT else "right"}
        for kind, code in NUMBER_FORMATS.items()
    }
    formats[Kind.RANK.value]["align"] = "center"
    formats["head"] = {**FONT, **border, **head}
    formats["title"] = {**FONT, "bold": True, "font_size": 15}
    formats["note"] = {**FONT, "text_wrap": True, "font_color": "#57606A", "valign": "top"}
    formats["warning"] = {**formats["note"], "bold": True, "font_color": "#A4161A"}
    return {name: book.add_format(values) for name, values in formats.items()}


def _lead(board: Board, view: View) -> list[tuple[str, str]]:
    """(format, text) of the rows above the table."""
    banners = [text for text in (board.rules.notice, wording.provisional(board)) if text]
    return [
        ("title", f"{wording.headline(board)}　{view.name}"),
        *(("warning", text) for text in banners),
        *(("note", text) for text in view.notes),
    ]


def _write_lead(
    sheet: Worksheet, formats: Formats, lead: Sequence[tuple[str, str]], widths: Sequence[float]
) -> None:
    last, room = 0, widths[0]
    while last + 1 < len(widths) and room + widths[last + 1] <= NOTES_WIDTH:
        last += 1
        room += widths[last]
    for row, (style, text) in enumerate(lead):
        lines = -(-text_width(text) * (1.5 if style == "title" else 1.0) // max(room - 2, 1))
        sheet.set_row(row, LINE_HEIGHT * lines + (8 if style == "title" else 0))
        if last:
            sheet.merge_range(row, 0, row, last, "", formats[style])
        sheet.write_string(row, 0, _as_text(text), formats[style])


def _as_text(text: str) -> str:
    """XlsxWriter takes a text in <r>…</r> for markup of its own and writes it raw, which ruins the workbook."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _write_cell(sheet: Worksheet, place: tuple[int, int], cell: Cell, style: Format) -> None:
    if cell is None or cell == "":
        sheet.write_blank(*place, None, style)
    elif isinstance(cell, str):
        sheet.write_string(*place, _as_text(cell), style)
    elif isinstance(cell, (int, float)):
        sheet.write_number(*place, cell, style)
    else:
        sheet.write_datetime(*place, cell, style)


def _write_sheet(book: Workbook, formats: Formats, board: Board, view: View) -> None:
    sheet = book.add_worksheet(view.name)
    widths = [_column_width(view, index) for index in range(len(view.kinds))]
    lead = _lead(board, view)
    header, rows = len(lead), view.rows()
    _write_lead(sheet, formats, lead, widths)
    header_lines = max(
        -(-text_width(name) // (width - 3)) for name, width in zip(view.headers, widths, strict=True)
    )
    sheet.set_row(header, LINE_HEIGHT * header_lines + 4)
    for column, (name, width) in enumerate(zip(view.headers, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(header, column, name, formats["head"])
    for number, row in enumerate(rows, start=header + 1):
        sheet.set_row(number, LINE_HEIGHT)
        for column, (kind, cell) in enumerate(zip(view.kinds, row, strict=True)):
            _write_cell(sheet, (number, column), cell, formats[kind.value])
    sheet.freeze_panes(header + 1, 0)
    sheet.autofilter(header, 0, header + max(len(rows), 1), len(widths) - 1)
    _set_up_print(sheet, header)


def _set_up_print(sheet: Worksheet, header: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def write_xlsx(board: Board, views: Sequence[View], folder: Path, *, generated_at: datetime) -> Path:
    """Write 榜单.xlsx; ``generated_at`` is its date of creation, so that equal boards give equal bytes."""
    path = folder / FILE
    with Workbook(str(path), SAFE) as book:
        book.set_properties(
            {
                "title": wording.headline(board),
                "author": board.rules.organiser,
                "created": generated_at.astimezone(UTC).replace(tzinfo=None, microsecond=0),
            }
        )
        formats = _formats(book)
        for view in views:
            _write_sheet(book, formats, board, view)
    return path
