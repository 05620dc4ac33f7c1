"""One sheet of cells: a table under its header, or questions that were typed into cells line by line."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.bank.importers.base import Reading, SourceLine
from trainer.bank.importers.columns import HEADER_ROWS, field_of, find_header
from trainer.bank.importers.prose import read_prose
from trainer.bank.importers.tables import read_table
from trainer.bank.importers.unheaded import guessed_header


def read_sheet(
    name: str, lines: Sequence[SourceLine], rows: Sequence[Sequence[str]], section: str = ""
) -> Reading:
    """The questions of a sheet whose rows are ``rows``, with ``lines`` saying where each is."""
    if find_header(rows) is not None:
        return read_table(name, lines, rows, section)
    header = guessed_header(rows)
    if header is not None:
        reading = read_table(name, [SourceLine("", "表头"), *lines], [header, *rows], section)
        reading.notices.append(
            "表格没有表头，各列是什么按内容推断：" + "、".join(filter(None, header)) + "。请核对。"
        )
        for raw in reading.raws:
            raw.inferred.append("表格没有表头，列按内容推断。")
        return reading
    beside = _answers_beside(rows)
    cells = [
        SourceLine(f"答案：{text}" if (number, column) in beside else text, line.place, after_gap=number > 0)
        for number, (line, row) in enumerate(zip(lines, rows, strict=True))
        for column, cell in enumerate(row)
        for text in cell.split("\n")
        if text.strip()
    ]
    return read_prose(name, cells, section)


def _answers_beside(rows: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """The cells (row, column) below a cell that says 答案, where questions were typed into the cells beside it."""
    for head, row in enumerate(rows[:HEADER_ROWS]):
        named = [column for column, cell in enumerate(row) if field_of(cell.strip()) == "answer"]
        if named and named[0] > 0:
            return {(number, named[0]) for number in range(head + 1, len(rows))}
    return set()
