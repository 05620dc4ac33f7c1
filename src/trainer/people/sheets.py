"""Tables out of the files that people send: the header found, columns recognised, row numbers kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl.utils import get_column_letter

from trainer.errors import BadSheet
from trainer.people.columns import Column, Recogniser
from trainer.people.grids import Bounds, Grid, Line, grids_of, read_grids

#: A header stands in one of the first rows; titles and blank rows may precede it.
HEADER_ROWS = 10


@dataclass(frozen=True)
class Row:
    """A row of a sheet; ``number`` is the one that Excel shows."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        """The text of a field; "" when the cell is blank or the sheet has no such column."""
        return self.cells.get(field, "")


@dataclass(frozen=True)
class Table:
    """The rows below a header, fully blank ones left out. ``place`` names the sheet in sentences."""

    place: str
    rows: tuple[Row, ...]

    def refuse(self, problems: Iterable[tuple[int, str]]) -> None:
        """Raises BadSheet that tells all problems in the order of their rows; none, and nothing happens."""
        found = sorted(problems)
        if found:
            lines = "\n".join(f"  第 {number} 行：{sentence}" for number, sentence in found)
            raise BadSheet(f"{self.place}有 {len(found)} 处问题，请改正后重新导入：\n{lines}")


@dataclass(frozen=True)
class _Header:
    grid: Grid
    line: Line
    located: Mapping[str, list[int]]


def read_table(path: Path, columns: Sequence[Column]) -> Table:
    """The table of the first visible sheet whose header has all required columns.

    Raises NotFound, and BadSheet: the file cannot be read, has no such header, has two columns for one field,
    or has no row below the header.
    """
    recogniser = Recogniser(columns)
    grids = read_grids(path, lambda cell: recogniser.field(cell) is not None)
    return _table(path.name, grids, recogniser)


def table_of(name: str, content: bytes, columns: Sequence[Column], bounds: Bounds) -> Table:
    """The same for a file that is in memory. Raises BadSheet."""
    recogniser = Recogniser(columns)
    grids = grids_of(name, content, lambda cell: recogniser.field(cell) is not None, bounds)
    return _table(name, grids, recogniser)


def _table(name: str, grids: Iterable[Grid], recogniser: Recogniser) -> Table:
    header = _find_header(name, grids, recogniser)
    _refuse_twins(header)
    places = {field: positions[0] for field, positions in header.located.items()}
    rows = tuple(_row(line, places) for line in header.grid.lines if line[0] > header.line[0])
    if not rows:
        raise BadSheet(f"{header.grid.place}只有表头，下面一行内容也没有，请填写后再导入。")
    return Table(header.grid.place, rows)


def _row(line: Line, places: Mapping[str, int]) -> Row:
    number, texts = line
    return Row(number, {field: texts[place] for field, place in places.items() if place < len(texts)})


def _find_header(name: str, grids: Iterable[Grid], recogniser: Recogniser) -> _Header:
    """The first complete header of any sheet. Raises BadSheet that tells what the best candidate lacks."""
    best: _Header | None = None
    blank = True
    for grid in grids:
        blank = blank and not grid.lines
        for line in grid.lines:
            if line[0] > HEADER_ROWS:
                break
            candidate = _Header(grid, line, recogniser.locate(line[1]))
            if not recogniser.missing(candidate.located):
                return candidate
            if len(candidate.located) > (len(best.located) if best else 0):
                best = candidate
    if blank:
        raise BadSheet(f"“{name}”里没有任何内容，请检查是否选错了文件。")
    raise BadSheet(_no_header(name, recogniser, best))


def _no_header(name: str, recogniser: Recogniser, best: _Header | None) -> str:
    if best is None:
        names = "、".join(column.field for column in recogniser.columns if column.required)
        return f"“{name}”的前 {HEADER_ROWS} 行里找不到表头；表头至少要有这几列：{names}。"
    lacking = "；".join(_described(column) for column in recogniser.missing(best.located))
    return f"{best.grid.place}第 {best.line[0]} 行的表头还缺：{lacking}。请补上后再导入。"


def _described(column: Column) -> str:
    others = "、".join(column.variants[:4])
    return f"{column.field}（也可写作{others}）" if others else column.field


def _refuse_twins(header: _Header) -> None:
    """Raises BadSheet when two columns mean the same; nobody but the sender knows which is right."""
    number, texts = header.line
    twins = [
        f"{'、'.join(f'{get_column_letter(i + 1)} 列“{texts[i]}”' for i in positions)}都表示{field}"
        for field, positions in header.located.items()
        if len(positions) > 1
    ]
    if twins:
        place = f"{header.grid.place}第 {number} 行的表头里"
        raise BadSheet(f"{place}，{'；'.join(twins)}。请只保留一列，把不用的列删去或改名。")
