"""What a cell says, as text; and text that is safe to put into a cell."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from openpyxl.cell.cell import ERROR_CODES

#: Excel's limit of one cell, counted as Excel counts: in UTF-16 units.
CELL_LIMIT = 32_767
CUT_NOTE = "……【内容过长，后面的没有显示，请查看原答卷】"

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
#: What Excel takes for an escaped character; the escaped underscore in front makes it plain text again.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
#: Excel's spelling of a pasted carriage return and of an escaped underscore; openpyxl may leave both.
_LEFT_ESCAPED = re.compile("_x000D_|x005F_")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: Excel keeps fifteen digits of a number; whatever came after them is gone.
_KEPT_DIGITS = 15


def clean(text: str) -> str:
    """``text`` without blanks and invisible characters at its ends."""
    return text.strip().strip(_INVISIBLE).strip()


def half_width(text: str) -> str:
    """Full-width digits, letters and signs as ASCII. Not NFKC, which would turn 10² into 102."""
    return text.translate(_FULL_WIDTH)


def is_formula_error(text: str) -> bool:
    """Whether a cell shows the failure of a formula, such as #N/A."""
    return text in ERROR_CODES


def excel_text(value: object) -> str:
    """A workbook's cell as text: numbers without a needless .0, dates in ISO form, a blank cell as ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return clean(_LEFT_ESCAPED.sub("", str(value)))


def _number_text(value: float) -> str:
    """In fifteen digits as in Excel, so 0.1+0.2 is 0.3; an exponent gives away that digits were lost."""
    if abs(value) >= 10**_KEPT_DIGITS:
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else f"{value:.{_KEPT_DIGITS}g}"


def for_excel(text: str) -> str:
    """``text`` without the characters that a workbook may not hold, cut with a note at Excel's limit."""
    text = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _ESCAPE.sub("_x005F_", text)
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_LIMIT:
        return text
    room = 2 * (CELL_LIMIT - len(CUT_NOTE))
    return units[:room].decode("utf-16-le", errors="ignore") + CUT_NOTE
