"""Chinese numerals and Arabic ones made equal, for answers such as 三个月 and 3个月.

Not a general number parser: both the key and the answer go through the same folding, so a word that merely contains a
numeral (三会一课) is folded the same way on both sides and still compares equal to itself.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_DIGITS |= {c: i for i, c in enumerate("〇壹贰叁肆伍陆柒捌玖")}
_DIGITS |= {"两": 2, "○": 0}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIAD = "万"
_RUN = re.compile(f"[{''.join(_DIGITS)}{''.join(_UNITS)}{_MYRIAD}]+")


def _below_myriad(run: str) -> int | None:
    total, digit, lowest = 0, None, 10000
    zero = False  # whether a zero was said since the last unit: 一百零五 is 105, 一百五 is 150
    for c in run:
        if c in _UNITS:
            unit = _UNITS[c]
            if unit >= lowest or (digit is None and (unit != 10 or (total and not zero))):
                return None
            total += (1 if digit is None else digit) * unit
            lowest, digit, zero = unit, None, False
        elif digit is not None or c not in _DIGITS:
            return None
        elif _DIGITS[c] == 0:
            zero = True
        else:
            digit = _DIGITS[c]
    last = lowest // 10 if lowest < 10000 and not zero else 1
    return total + (digit or 0) * last


def _value(run: str) -> str | None:
    """The number that a run of numerals names, in Arabic digits; None when it is not one number."""
    if all(c in _DIGITS for c in run):
        return "".join(str(_DIGITS[c]) for c in run).lstrip("0") or "0"
    high, myriad, low = run.partition(_MYRIAD)
    if not myriad:
        value = _below_myriad(run)
        return None if value is None else str(value)
    above, below = _below_myriad(high) if high else None, _below_myriad(low)
    if above is None or below is None:
        return None
    colloquial = len(low) == 1 and below > 0  # 一万五 is 15000
    return str(above * 10000 + below * (1000 if colloquial else 1))


def arabic(text: str) -> str:
    """``text`` with each run of Chinese numerals that names one number written in Arabic digits."""

    def replaced(match: re.Match[str]) -> str:
        return _value(match[0]) or match[0]

    return re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", _RUN.sub(replaced, text))


def to_decimal(text: str) -> Decimal | None:
    """A plain number in either script, thousands separators allowed; None for anything else, nan and inf included."""
    plain = arabic(text.strip()).replace(" ", "")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,10})?|[+-]?\.\d{1,10}", plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        return None
