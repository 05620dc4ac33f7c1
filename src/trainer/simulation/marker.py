"""A made-up marker with a spreadsheet: fills in the two columns of a mark sheet that a person fills in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openpyxl import load_workbook

from trainer.model.points import Hundredths


def fill_mark_sheet(path: Path, marks: Mapping[tuple[str, str], tuple[Hundredths, str]]) -> int:
    """Write points and a comment beside every (account, cell) that has a mark; returns how many were filled in."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    columns: dict[str, int] = {}
    filled = 0
    for row in sheet.iter_rows():
        texts = {
            str(cell.value): cell.column for cell in row if cell.value is not None and cell.column is not None
        }
        if {"账号", "题号", "得分", "评语"} <= set(texts):
            columns = texts
            continue
        if not columns:
            continue
        place = row[0].row or 0
        key = (str(sheet.cell(place, columns["账号"]).value), str(sheet.cell(place, columns["题号"]).value))
        if key in marks:
            points, comment = marks[key]
            sheet.cell(place, columns["得分"]).value = points / 100
            sheet.cell(place, columns["评语"]).value = comment
            filled += 1
    book.save(path)
    return filled
