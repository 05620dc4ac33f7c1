"""The workbook that markers fill in: everything is locked but 得分 and 评语."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from trainer.model.points import Hundredths, as_float
from trainer.people.cells import for_excel
from trainer.people.mark_rows import COMMENT, FULL, MARK_COLUMNS, POINTS, MarkRow

MARKS_SHEET = "评分表"
RUBRICS_SHEET = "评分标准"
INSTRUCTION = (
    "填写说明：只填写黄底的“得分”和“评语”两列。得分从 0 到满分，最多两位小数；还没有评阅的留空；"
    "其他各列请不要改动。填好后保存为 .xlsx 交回。"
)

_HEADER = 2  # counted from 0, as XlsxWriter does: the title and the instruction stand above
_FIELDS = [column.field for column in MARK_COLUMNS]
_WIDTHS = (14, 10, 14, 8, 30, 60, 7, 8, 30)
_FULL, _POINTS, _COMMENT = (_FIELDS.index(column.field) for column in (FULL, POINTS, COMMENT))
_RUBRIC_FIELDS = ("试卷", "题号", "评分要点", "分值")
_RUBRIC_WIDTHS = (14, 8, 80, 8)
#: What a marker may still do in a locked sheet, without a password: make room and look for rows.
_ALLOWED = {"format_columns": True, "format_rows": True, "autofilter": True}


def mark_workbook(
    title: str, rows: Sequence[MarkRow], rubrics: Mapping[str, Sequence[tuple[str, Hundredths]]]
) -> bytes:
    """The content of the .xlsx file. What trainees typed is written as text, never as a formula or a link."""
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as workbook:
        formats = _formats(workbook)
        _write_marks(workbook.add_worksheet(MARKS_SHEET), formats, title, rows)
        if rubrics:
            _write_rubrics(workbook.add_worksheet(RUBRICS_SHEET), formats, rubrics)
    return buffer.getvalue()


def _formats(workbook: Workbook) -> dict[str, Format]:
    cell = {"border": 1, "border_color": "#BFBFBF", "valign": "top", "text_wrap": True}
    fill = {**cell, "bg_color": "#FFF2CC", "locked": False}
    looks: dict[str, dict[str, object]] = {
        "title": {"bold": True, "font_size": 16, "valign": "vcenter"},
        "instruction": {"text_wrap": True, "valign": "vcenter", "font_color": "#9C0006"},
        "header": {**cell, "bold": True, "align": "center", "valign": "vcenter", "bg_color": "#D9E1F2"},
        "text": cell,
        "number": {**cell, "align": "center"},
        "points": {**fill, "align": "center"},
        "comment": {**fill, "num_format": "@"},  # a comment that begins with = stays text when it is typed
    }
    return {name: workbook.add_format(look) for name, look in looks.items()}


def _write_marks(
    sheet: Worksheet, formats: Mapping[str, Format], title: str, rows: Sequence[MarkRow]
) -> None:
    last = _HEADER + len(rows)
    for row, (text, look, height) in enumerate(((title, "title", 28), (INSTRUCTION, "instruction", 34))):
        sheet.merge_range(row, 0, row, _COMMENT, "", formats[look])
        sheet.write_string(row, 0, for_excel(text), formats[look])
        sheet.set_row(row, height)
    _write_header(sheet, formats, _HEADER, _FIELDS, _WIDTHS)
    for number, row_marks in enumerate(rows, start=_HEADER + 1):
        _write_row(sheet, formats, number, row_marks)
    sheet.autofilter(_HEADER, 0, last, _COMMENT)
    if rows:
        sheet.data_validation(_HEADER + 1, _POINTS, last, _POINTS, _validation())
        sheet.ignore_errors({"number_stored_as_text": f"A{_HEADER + 2}:F{last + 1}"})
    sheet.protect("", _ALLOWED)


def _write_header(
    sheet: Worksheet, formats: Mapping[str, Format], number: int, fields: Sequence[str], widths: Sequence[int]
) -> None:
    for column, (field, width) in enumerate(zip(fields, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(number, column, field, formats["header"])
    sheet.freeze_panes(number + 1, 0)
    sheet.repeat_rows(number)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_row(sheet: Worksheet, formats: Mapping[str, Format], number: int, row: MarkRow) -> None:
    texts = (row.account, row.name, row.assignment, row.cell, row.question, row.answer)
    for column, text in enumerate(texts):
        sheet.write_string(number, column, for_excel(text), formats["text"])
    sheet.write_number(number, _FULL, as_float(row.full), formats["number"])
    if row.points is None:
        sheet.write_blank(number, _POINTS, None, formats["points"])
    else:
        sheet.write_number(number, _POINTS, as_float(row.points), formats["points"])
    sheet.write_string(number, _COMMENT, for_excel(row.comment), formats["comment"])


def _validation() -> dict[str, object]:
    """Of the first row; Excel moves the reference to 满分 along with the row."""
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": f"=${chr(ord('A') + _FULL)}{_HEADER + 2}",
        "ignore_blank": True,
        "error_title": "得分不对",
        "error_message": "得分应当是 0 到满分之间的数字；还没有评阅的请留空。",
    }


def _write_rubrics(
    sheet: Worksheet, formats: Mapping[str, Format], rubrics: Mapping[str, Sequence[tuple[str, Hundredths]]]
) -> None:
    _write_header(sheet, formats, 0, _RUBRIC_FIELDS, _RUBRIC_WIDTHS)
    number = 0
    for key, points in rubrics.items():
        paper, _, cell = key.rpartition("/")
        for text, worth in points:
            number += 1
            for column, part in enumerate((paper, cell, text)):
                sheet.write_string(number, column, for_excel(part), formats["text"])
            sheet.write_number(number, len(_RUBRIC_FIELDS) - 1, as_float(worth), formats["number"])
    sheet.protect("", _ALLOWED)
