"""Makes the real files that the tests read."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook

HEADER = ["账号", "姓名", "单位", "支部", "职务", "期次"]
LI = ["20260001", "李秀英", "东岭乡", "新村支部", "书记", "第一期"]
WANG = ["20260002", "王建国", "西河镇", "", "委员", ""]


def xlsx(path: Path, *sheets: list[list[object]]) -> Path:
    """A workbook with a sheet for each list of rows."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for number, rows in enumerate(sheets, start=1):
        sheet = workbook.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path
