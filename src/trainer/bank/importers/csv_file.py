"""Comma-, tab- and semicolon-separated tables."""

from __future__ import annotations

import csv
import io
from typing import ClassVar

from trainer.bank.importers.base import CannotImport, Importer, Reading, SourceLine
from trainer.bank.importers.columns import find_header
from trainer.bank.importers.sheets import read_sheet
from trainer.bank.importers.text_file import decode

_DELIMITERS = (",", "\t", ";", "|")
_MAX_ROWS = 100_000
_SAMPLE = 200_000


class CsvImporter(Importer):
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    title: ClassVar[str] = "CSV 表格"

    def read(self, name: str, content: bytes) -> Reading:
        text, notices = decode(name, content)
        rows = self._rows(name, text)
        lines = [SourceLine(" | ".join(row), f"第 {number} 行") for number, row in rows]
        reading = read_sheet(name, lines, [row for _, row in rows])
        reading.notices += notices
        return reading

    def _rows(self, name: str, text: str) -> list[tuple[int, list[str]]]:
        """(line number, cells) of the rows that say something, under the delimiter that shows a header."""
        best, most = _DELIMITERS[0], 0
        for delimiter in _DELIMITERS:
            rows = [row for _, row in _parsed(name, text[:_SAMPLE], delimiter)]
            if find_header(rows[:30]) is not None:
                return _parsed(name, text, delimiter)
            if max(map(len, rows), default=0) > most:
                best, most = delimiter, max(map(len, rows))
        return _parsed(name, text, best)


def _parsed(name: str, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((reader.line_num, [cell.strip() for cell in row[:64]]))
            if len(found) > _MAX_ROWS:
                raise CannotImport(f"“{name}”超过 {_MAX_ROWS} 行，太大了；请拆成几个文件再导入。")
    except csv.Error:
        raise CannotImport(
            f"“{name}”到第 {reader.line_num} 行读不下去了，多半是前面某一格的双引号没有成对；"
            "请改正，或用 Excel 另存为 .xlsx 再导入。"
        ) from None
    return found
