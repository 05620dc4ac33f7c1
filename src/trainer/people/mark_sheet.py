"""The mark sheet (评分表): answers go out to the markers, points and comments come back.

The law of this module: a sheet comes back whole or not at all. No mark is taken from a sheet with a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from trainer.model.points import ZERO, Hundredths, as_text, to_hundredths
from trainer.people.accounts import account_in
from trainer.people.cells import half_width
from trainer.people.columns import ACCOUNT, NAME
from trainer.people.mark_rows import (
    ANSWER,
    CELL,
    COMMENT,
    FULL,
    MARK_COLUMNS,
    PAPER,
    POINTS,
    QUESTION,
    MarkRow,
)
from trainer.people.mark_workbook import mark_workbook
from trainer.people.replacing import replace_file
from trainer.people.sheets import Row, read_table

__all__ = ["MarkRow", "read_mark_sheet", "write_mark_sheet"]

ANONYMOUS = "匿名"

_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,9}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})")


def write_mark_sheet(
    path: Path,
    title: str,
    rows: Iterable[MarkRow],
    *,
    anonymous: bool = False,
    rubrics: Mapping[str, Sequence[tuple[str, Hundredths]]] | None = None,
) -> None:
    """Writes a workbook in which only 得分 and 评语 can be filled in. Raises OSError.

    ``anonymous`` leaves the names out (the accounts stay: by them the marks find their way back). ``rubrics``
    gives the marking points of a question under ``assignment/cell`` and becomes a second sheet.
    """
    shown = [replace(row, name=ANONYMOUS) if anonymous else row for row in rows]
    replace_file(path, mark_workbook(title, shown, rubrics or {}))


def read_mark_sheet(path: Path) -> tuple[MarkRow, ...]:
    """The rows that have points, in the order of the sheet; the same mark twice counts once.

    A row whose 得分 is blank is not marked yet and is left out. Whether the answers exist and 满分 is true,
    only the caller can know.

    Raises NotFound, and BadSheet: the file is no mark sheet, or some rows cannot be used (no key; points that
    are no number, negative, above 满分 or finer than a hundredth; two different marks for one answer). All of
    these are told at once.
    """
    table = read_table(path, MARK_COLUMNS)
    marked: list[tuple[int, MarkRow]] = []
    problems: list[tuple[int, str]] = []
    for row in table.rows:
        if not row[POINTS.field]:
            continue
        sentences = list(_row_problems(row))
        problems += [(row.number, sentence) for sentence in sentences]
        if not sentences:
            marked.append((row.number, _mark_row(row)))
    table.refuse([*problems, *_contradictions(marked)])
    return tuple({mark.key: mark for _, mark in marked}.values())


def _row_problems(row: Row) -> Iterator[str]:
    needed = (ACCOUNT, PAPER, CELL, FULL)
    blank = [column.field for column in needed if not row[column.field]]
    if blank:
        yield f"有得分，却没有{'、'.join(blank)}；请补上，如果是合计之类的行，请删去。"
    full = _number(row[FULL.field])
    if row[FULL.field] and (full is None or full < 0 or _is_too_fine(full)):
        yield f"满分“{row[FULL.field]}”不是合适的分数，请改回发下来时的满分。"
        full = None
    if sentence := _points_problem(row[POINTS.field], full):
        yield sentence


def _points_problem(text: str, full: Decimal | None) -> str | None:
    points = _number(text)
    if points is None:
        return f"得分“{text}”不是数字；还没有评阅的请留空。"
    if points < 0:
        return f"得分“{text}”是负数，最低为 0 分。"
    if _is_too_fine(points):
        return f"得分“{text}”超过两位小数。"
    if full is not None and points > full:
        return f"得分“{text}”超过满分 {as_text(to_hundredths(full))} 分。"
    return None


def _number(text: str) -> Decimal | None:
    plain = half_width(text).strip()
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def _is_too_fine(number: Decimal) -> bool:
    return number * 100 % 1 != 0


def _mark_row(row: Row) -> MarkRow:
    return MarkRow(
        account=account_in(row),
        name=row[NAME.field],
        assignment=row[PAPER.field],
        cell=row[CELL.field],
        question=row[QUESTION.field],
        answer=row[ANSWER.field],
        full=_hundredths(row[FULL.field]),
        points=_hundredths(row[POINTS.field]),
        comment=row[COMMENT.field],
    )


def _hundredths(text: str) -> Hundredths:
    number = _number(text)
    return ZERO if number is None else to_hundredths(number)


def _contradictions(marked: Sequence[tuple[int, MarkRow]]) -> Iterator[tuple[int, str]]:
    first: dict[tuple[str, str, str], tuple[int, MarkRow]] = {}
    for number, mark in marked:
        earlier_number, earlier = first.setdefault(mark.key, (number, mark))
        if (mark.points, mark.full, mark.comment) != (earlier.points, earlier.full, earlier.comment):
            which = f"账号“{mark.account}”试卷“{mark.assignment}”题号“{mark.cell}”"
            yield (
                number,
                f"{which}在第 {earlier_number} 行已经评过，两处的得分、满分或评语不一致，请只留一处。",
            )
