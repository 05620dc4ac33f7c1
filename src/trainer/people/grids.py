"""Files as grids of text. Nothing here knows what a column means.

The law of this module: whatever a file contains, the outcome is grids or a BadSheet that says what to do.
"""

from __future__ import annotations

import csv
import io
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
_TEXT_SUFFIXES = frozenset({".csv", ".txt", ".tsv"})
_DELIMITERS = (",", ";", "\t")
_LINES_SNIFFED = 30

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
    content = _content(path)
    if content.startswith(_OLE):
        raise BadSheet(_ole_sentence(path, content))
    if content.startswith(b"PK"):
        return _read_workbook(path.name, content)
    if path.suffix.lower() in _TEXT_SUFFIXES:
        return iter([_read_text(path.name, content, is_header)])
    raise BadSheet(_unreadable(path.name))


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
    if not content:
        raise BadSheet(f"“{path.name}”是空文件，请重新导出后再导入。")
    if len(content) > MAX_BYTES:
        megabytes = MAX_BYTES // 1024 // 1024
        raise BadSheet(
            f"“{path.name}”超过 {megabytes} MB，太大了；请删去图片和多余的工作表，或拆成几个文件再导入。"
        )
    return content


def _ole_sentence(path: Path, content: bytes) -> str:
    if _ENCRYPTED in content:
        return f"“{path.name}”设有打开密码；请用 Excel 或 WPS 打开，取消密码，另存为 .xlsx 再导入。"
    return f"“{path.name}”是旧式的 .xls 文件（改扩展名没有用）；请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。"


def _unreadable(name: str) -> str:
    return (
        f"“{name}”不能作为表格读取，可能已经损坏，或者不是 Excel 工作簿；"
        "请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。"
    )


def _read_workbook(name: str, content: bytes) -> Iterator[Grid]:
    with _guard(name):
        _refuse_bomb(name, content)
        workbook = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        with _guard(name):
            sheet.reset_dimensions()  # some exporters write a dimension that cuts the sheet
            rows = (map(excel_text, row) for row in sheet.iter_rows(values_only=True))
            grid = Grid(f"“{name}”的工作表“{sheet.title}”", tuple(_lines(name, rows)))
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


def _refuse_bomb(name: str, content: bytes) -> None:
    """Raises BadSheet before anything is unpacked. zipfile unpacks no more than the stated size."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        raise BadSheet(
            f"“{name}”解开后大得不正常，没有读取；请只把需要的表格复制到新的工作簿，保存后再导入。"
        )


def _read_text(name: str, content: bytes, is_header: Callable[[str], bool]) -> Grid:
    text = _decoded(name, content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, is_header), strict=True)
    try:
        return Grid(f"“{name}”", tuple(_lines(name, (map(clean, row) for row in reader))))
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


def _lines(name: str, rows: Iterable[Iterable[str]]) -> Iterator[Line]:
    """The rows that have text, numbered as Excel numbers them. Raises BadSheet when there are too many."""
    count = 0
    for number, row in enumerate(rows, start=1):
        texts = tuple(row)[:_COLUMNS_READ]
        count += any(texts)
        if count > MAX_ROWS or number > _LAST_ROW_OF_EXCEL:
            raise BadSheet(f"“{name}”超过 {MAX_ROWS} 行，太大了；请删去多余的行，或拆成几个文件再导入。")
        if any(texts):
            yield number, texts
