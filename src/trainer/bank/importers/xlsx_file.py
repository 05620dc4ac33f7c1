"""Excel workbooks: every visible sheet, one kind a sheet or all kinds in one."""

from __future__ import annotations

import io
import warnings
from typing import Any, ClassVar

from trainer.bank.importers.base import CannotImport, Importer, Reading, SourceLine
from trainer.bank.importers.opening import MAX_ROWS
from trainer.bank.importers.sheets import read_sheet
from trainer.bank.importers.words import kind_of_title

_MAX_COLUMNS = 64


class XlsxImporter(Importer):
    suffixes: ClassVar[tuple[str, ...]] = (".xlsx",)
    title: ClassVar[str] = "Excel 工作簿"

    def read(self, name: str, content: bytes) -> Reading:
        import openpyxl

        reading = Reading(name)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", UserWarning
            )  # about styles and validations that only writing would lose
            try:
                # Formulas as formulas: what they last came to may be stale, so they are doubts, not text.
                workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
                for sheet in workbook.worksheets:
                    if sheet.title in OWN_SHEETS:
                        continue
                    self._read_sheet(reading, name, sheet)
            except CannotImport:
                raise
            except Exception as error:
                raise CannotImport(
                    f"“{name}”已经损坏，或者不是 Excel 工作簿；请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。"
                ) from error
        return reading

    def _read_sheet(self, reading: Reading, name: str, sheet: Any) -> None:
        if sheet.sheet_state != "visible":
            reading.notices.append(f"工作表“{sheet.title}”是隐藏的，没有读取；需要的话请取消隐藏再导入。")
            return
        rows, lines = [], []
        sheet.reset_dimensions()  # some programs write a dimension that cuts the sheet
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > MAX_ROWS:
                raise CannotImport(
                    f"“{name}”的工作表“{sheet.title}”超过 {MAX_ROWS} 行（多半是空行），太大了；"
                    "请只把有题目的行复制到新的工作簿，保存后再导入。"
                )
            cells = [_text(value) for value in values[:_MAX_COLUMNS]]
            if any(cells):
                rows.append(cells)
                lines.append(SourceLine(" | ".join(cells), f"{sheet.title}!第 {number} 行"))
        if rows:
            reading.add(read_sheet(name, lines, rows, kind_of_title(sheet.title)))


#: Sheets of our own workbooks that hold no questions: what was left over, and how to fill in.
LEFT_OVER, HOW_TO = "其余内容", "填写说明"
OWN_SHEETS = frozenset({LEFT_OVER, HOW_TO})


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.15g}"
    return str(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()
