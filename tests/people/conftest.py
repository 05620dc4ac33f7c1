"""Real files for the tests to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook


@pytest.fixture
def xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Makes a workbook with a worksheet (表1, 表2, …) for each list of rows."""

    def make(*sheets: list[list[object]], name: str = "花名册.xlsx") -> Path:
        workbook = Workbook()
        workbook.remove(workbook.worksheets[0])
        for number, rows in enumerate(sheets, start=1):
            sheet = workbook.create_sheet(f"表{number}")
            for row in rows:
                sheet.append(row)
        workbook.save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def text(tmp_path: Path) -> Callable[..., Path]:
    """Makes a text file."""

    def make(content: str, encoding: str = "utf-8", name: str = "花名册.csv") -> Path:
        (tmp_path / name).write_bytes(content.encode(encoding))
        return tmp_path / name

    return make
