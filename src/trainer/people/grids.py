"""Files as grids of text. Nothing here knows what a column means.

The law of this module: whatever a file contains, the outcome is grids or a BadSheet that says what to do.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from trainer.errors import BadSheet, NotFound
from trainer.people.cells import clean, excel_text

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_ROWS = 100_000

_LAST_ROW_OF_EXCEL = 1_048_576
_COLUMNS_READ = 256
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_TEXT_SUFFIXES = (".csv", ".txt", ".tsv")
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t")
_LINES_SNIFFED = 30


@dataclass(frozen=True)
class Bounds:
    """The most that a file may hold; ``unpacked`` counts the bytes of all its parts, ``rows`` blank ones too when tight."""

    bytes: int = MAX_BYTES
    unpacked: int = MAX_UNPACKED_BYTES
    rows: int = MAX_ROWS
    last_row: int = _LAST_ROW_OF_EXCEL


#: For a person's own small server, where a branch's book has a few hundred rows.
TIGHT = Bounds(bytes=4 * 1024 * 1024, unpacked=12 * 1024 * 1024, rows=5_000, last_row=20_000)

#: A row as its number in Excel and its texts; rows without any text are left out.
Line = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Grid:
    """One sheet. ``place`` names it in sentences: the file, and the worksheet if there is one."""

    place: str
    lines: tuple[Line, ...]


def read_grids(path: Path, is_header: Callable[[str], bool]) -> Iterator[Grid]:
    """The visible sheets of a workbook in order, or the one grid of a text file.

    Which of both it is, the content decides. ``is_header`` tells the cells of a header; by them the delimiter
    of a text file is recognised. Raises NotFound, and BadSheet for anything that cannot be read as a table.
    """
    return grids_of(path.name, _content(path), is_header)


def grids_of(
    name: str, content: bytes, is_header: Callable[[str], bool], bounds: Bounds | None = None
) -> Iterator[Grid]:
    """The same for a file that is in memory. Raises BadSheet."""
    bounds = bounds or Bounds()
    if not content:
        raise BadSheet(f"“{name}”是空文件，请重新导出后再导入。")
    if len(content) > bounds.bytes:
        megabytes = bounds.bytes // 1024 // 1024
        raise BadSheet(
            f"“{name}”超过 {megabytes} MB，太大了；请删去图片和多余的工作表，或拆成几个文件再导入。"
        )
    if content.startswith(_OLE):
        raise BadSheet(_ole_sentence(name, content))
    if content.startswith(b"PK"):
        return _read_workbook(name, content, bounds)
    if name.lower().endswith(_TEXT_SUFFIXES):
        return iter([_read_text(name, content, is_header, bounds)])
    raise BadSheet(_unreadable(name))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"找不到文件“{path}”，请检查文件名和所在的文件夹。") from error
    except IsADirectoryError as error:
        raise BadSheet(f"“{path}”是文件夹，不是表格，请指明具体的 .xlsx 或 .csv 文件。") from error
    except OSError as error:
        raise BadSheet(f"“{path}”打不开，请检查是否有读取这个文件的权限。") from error
    return content


def _ole_sentence(name: str, content: bytes) -> str:
    if _ENCRYPTED in content:
        return f"“{name}”设有打开密码；请用 Excel 或 WPS 打开，取消密码，另存为 .xlsx 再导入。"
    return f"“{name}”是旧式的 .xls 文件（改扩展名没有用）；请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。"


def _unreadable(name: str) -> str:
    return (
        f"“{name}”不能作为表格读取，可能已经损坏，或者不是 Excel 工作簿；"
        "请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。"
    )


def _read_workbook(name: str, content: bytes, bounds: Bounds) -> Iterator[Grid]:
    with _guard(name):
        _refuse_bomb(name, content, bounds.unpacked)
        workbook = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        with _guard(name):
            sheet.reset_dimensions()  # some exporters write a dimension that cuts the sheet
            rows = (map(excel_text, row[:_COLUMNS_READ]) for row in sheet.iter_rows(values_only=True))
            grid = Grid(f"“{name}”的工作表“{sheet.title}”", tuple(_lines(name, rows, bounds)))
        yield grid


@contextmanager
def _guard(name: str) -> Iterator[None]:
    """Turns whatever openpyxl meets in a damaged file into BadSheet, and keeps its remarks to itself."""
    with warnings.catch_warnings():
        # About styles and validations that openpyxl would not write back; we only read.
        warnings.simplefilter("ignore", UserWarning)
        try:
            yield
        except BadSheet:
            raise
        except Exception as error:
            raise BadSheet(_unreadable(name)) from error


def _refuse_bomb(name: str, content: bytes, most: int) -> None:
    """Raises BadSheet before anything is unpacked. zipfile unpacks no more than the stated size.

    Excel never declares entities, which reach for files and blow up memory.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked <= most and any(_declares(archive, part) for part in archive.namelist()):
            raise BadSheet(f"“{name}”里有外部实体声明，正常的 Excel 文件不会有，没有读取；请向发来的人核实。")
    if unpacked > most:
        raise BadSheet(
            f"“{name}”解开后大得不正常，没有读取；请只把需要的表格复制到新的工作簿，保存后再导入。"
        )


def _declares(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether a part of XML has a document type; a declaration stands before the root element."""
    if not part.lower().endswith((".xml", ".rels")):
        return False
    with archive.open(part) as file:
        return _DECLARATION.search(file.read(64 * 1024).replace(b"\0", b"")) is not None


def _read_text(name: str, content: bytes, is_header: Callable[[str], bool], bounds: Bounds) -> Grid:
    text = _decoded(name, content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, is_header), strict=True)
    try:
        return Grid(f"“{name}”", tuple(_lines(name, (map(clean, row) for row in reader), bounds)))
    except csv.Error as error:
        raise BadSheet(
            f"“{name}”到第 {reader.line_num} 行读不下去了，多半是前面某一格的双引号没有成对；"
            "请改正，或用 Excel 另存为 .xlsx 再导入。"
        ) from error


def _decoded(name: str, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadSheet(f"“{name}”的文字编码认不出来；请用 Excel 打开，另存为 .xlsx 或“CSV UTF-8”再导入。")


def _delimiter(text: str, is_header: Callable[[str], bool]) -> str:
    """The delimiter under which one of the first lines shows the most headers."""
    lines = text.split("\n", _LINES_SNIFFED)[:_LINES_SNIFFED]

    def headers(delimiter: str) -> int:
        return max(sum(map(is_header, line.split(delimiter))) for line in lines)

    return max(_DELIMITERS, key=headers)


def _lines(name: str, rows: Iterable[Iterable[str]], bounds: Bounds) -> Iterator[Line]:
    """The rows that have text, numbered as Excel numbers them. Raises BadSheet when there are too many."""
    count = 0
    for number, row in enumerate(rows, start=1):
        texts = tuple(row)[:_COLUMNS_READ]
        count += any(texts)
        if count > bounds.rows or number > bounds.last_row:
            raise BadSheet(f"“{name}”超过 {bounds.rows} 行，太大了；请删去多余的行，或拆成几个文件再导入。")
        if any(texts):
            yield number, texts
