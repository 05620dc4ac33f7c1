"""The workbook that markers fill in: everything is locked but 得分 and 评语.

openpyxl writes it, not XlsxWriter, which would take an answer such as <r>…</r> for its own markup and break
the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from trainer.model.points import Hundredths, as_float
from trainer.people.cells import for_excel
from trainer.people.mark_rows import COMMENT, FULL, MARK_COLUMNS, POINTS, MarkRow

MARKS_SHEET = "评分表"
RUBRICS_SHEET = "评分标准"
INSTRUCTION = (
    "填写说明：只填写黄底的“得分”和“评语”两列。得分从 0 到满分，最多两位小数；还没有评阅的留空；"
    "其他各列请不要改动。填好后保存为 .xlsx 交回。"
)

_HEADER = 3  # the title and the instruction stand above
_FIELDS = [column.field for column in MARK_COLUMNS]
_FULL, _POINTS, _LAST = (
    get_column_letter(_FIELDS.index(column.field) + 1) for column in (FULL, POINTS, COMMENT)
)
_WIDTHS = (14, 10, 14, 8, 30, 60, 7, 8, 30)
_LOOKS = ("文字", "文字", "文字", "文字", "文字", "文字", "数字", "得分", "评语")
_RUBRIC_FIELDS = ("试卷", "题号", "评分要点", "分值")
_RUBRIC_WIDTHS = (14, 8, 80, 8)
_RUBRIC_LOOKS = ("文字", "文字", "文字", "数字")

_Value = str | float | None


def mark_workbook(
    title: str, rows: Sequence[MarkRow], rubrics: Mapping[str, Sequence[tuple[str, Hundredths]]]
) -> bytes:
    """The content of the .xlsx file. What trainees typed is written as text, never as a formula or a link."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for style in _styles():
        workbook.add_named_style(style)
    _write_marks(workbook.create_sheet(MARKS_SHEET), title, rows)
    if rubrics:
        _write_rubrics(workbook.create_sheet(RUBRICS_SHEET), rubrics)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _styles() -> Iterable[NamedStyle]:
    side = Side("thin", "BFBFBF")
    border = Border(side, side, side, side)
    top, centre = Alignment(vertical="top", wrap_text=True), Alignment("center", "top", wrap_text=True)
    middle = Alignment(vertical="center", wrap_text=True)
    to_fill = PatternFill("solid", "FFF2CC")
    free = Protection(locked=False)
    yield NamedStyle("标题", Font(bold=True, size=16), alignment=middle)
    yield NamedStyle("说明", Font(color="9C0006"), alignment=middle)
    header = PatternFill("solid", "D9E1F2")
    yield NamedStyle("表头", Font(bold=True), header, border, Alignment("center", "center", wrap_text=True))
    yield NamedStyle("文字", border=border, alignment=top)
    yield NamedStyle("数字", border=border, alignment=centre)
    yield NamedStyle("得分", fill=to_fill, border=border, alignment=centre, protection=free)
    # As text (@), a comment that a marker begins with - or = is no formula.
    yield NamedStyle("评语", fill=to_fill, border=border, alignment=top, number_format="@", protection=free)


def _write_marks(sheet: Worksheet, title: str, rows: Sequence[MarkRow]) -> None:
    _write_top(sheet, 1, title, "标题", 28)
    _write_top(sheet, 2, INSTRUCTION, "说明", 34)
    _write_header(sheet, _HEADER, _FIELDS, _WIDTHS)
    for number, row in enumerate(rows, start=_HEADER + 1):
        _write_row(sheet, number, _values(row), _LOOKS)
    last = _HEADER + len(rows)
    sheet.auto_filter.ref = f"A{_HEADER}:{_LAST}{last}"
    if rows:
        sheet.add_data_validation(_validation(_HEADER + 1, last))
    _lock(sheet)


def _values(row: MarkRow) -> tuple[_Value, ...]:
    points = None if row.points is None else as_float(row.points)
    texts = (row.account, row.name, row.assignment, row.cell, row.question, row.answer)
    return (*texts, as_float(row.full), points, row.comment)


def _write_top(sheet: Worksheet, number: int, text: str, look: str, height: int) -> None:
    _write_row(sheet, number, (text,), (look,))
    sheet.merge_cells(f"A{number}:{_LAST}{number}")
    sheet.row_dimensions[number].height = height


def _write_header(sheet: Worksheet, number: int, fields: Sequence[str], widths: Sequence[int]) -> None:
    _write_row(sheet, number, fields, ["表头"] * len(fields))
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{number + 1}"
    sheet.print_title_rows = f"{number}:{number}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _write_row(sheet: Worksheet, number: int, values: Sequence[_Value], looks: Sequence[str]) -> None:
    for column, (value, look) in enumerate(zip(values, looks, strict=True), start=1):
        cell = sheet.cell(number, column)
        cell.style = look
        if isinstance(value, str) and value:
            cell.value = for_excel(value)
            cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        elif value != "":
            cell.value = value


def _validation(first: int, last: int) -> DataValidation:
    """Of 得分 against 满分 in the first row; Excel moves the reference along with the row."""
    rule = DataValidation(
        type="decimal",
        operator="between",
        formula1="0",
        formula2=f"${_FULL}{first}",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="得分不对",
        error="得分应当是 0 到满分之间的数字；还没有评阅的请留空。",
    )
    rule.add(f"{_POINTS}{first}:{_POINTS}{last}")
    return rule


def _lock(sheet: Worksheet) -> None:
    """Locks without a password; what a marker may still do is to make room and to look for rows."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False  # False means that it is not forbidden
    sheet.protection.formatRows = False
    sheet.protection.autoFilter = False


def _write_rubrics(sheet: Worksheet, rubrics: Mapping[str, Sequence[tuple[str, Hundredths]]]) -> None:
    _write_header(sheet, 1, _RUBRIC_FIELDS, _RUBRIC_WIDTHS)
    lines = ((key.rpartition("/"), text, worth) for key, points in rubrics.items() for text, worth in points)
    for number, ((paper, _, cell), text, worth) in enumerate(lines, start=2):
        _write_row(sheet, number, (paper, cell, text, as_float(worth)), _RUBRIC_LOOKS)
    _lock(sheet)
