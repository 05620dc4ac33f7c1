"""Exact points: integers of a hundredth of a point (百分之一分).

Ties must not be decided by float rounding, so every sum, share and comparison is done on integers; floats appear only
at nbgrader's door, whose gradebook stores them.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NewType

Hundredths = NewType("Hundredths", int)

ZERO = Hundredths(0)


def to_hundredths(points: Decimal | float | str) -> Hundredths:
    """Points as hundredths, rounded half up; a float is read by its shortest decimal form."""
    return Hundredths(int((Decimal(str(points)) * 100).to_integral_value(rounding=ROUND_HALF_UP)))


def half_up(value: Fraction | int) -> int:
    """The nearest whole number; halves go up."""
    exact = Fraction(value)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def share(full: Hundredths, part: int, whole: int) -> Hundredths:
    """``full × part ÷ whole`` rounded half up to a hundredth; all of ``full`` when part equals whole.

    Raises ValueError unless 0 ≤ part ≤ whole and whole > 0.
    """
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"no share {part}/{whole}")
    return Hundredths(half_up(Fraction(full * part, whole)))


def as_float(hundredths: Hundredths) -> float:
    """The float that nbgrader's gradebook stores."""
    return hundredths / 100


def as_text(hundredths: int) -> str:
    """Points as people write them: ``2``, ``1.5``, ``0.67``."""
    sign, hundredths = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    whole, rest = divmod(hundredths, 100)
    return f"{sign}{whole}" if not rest else f"{sign}{whole}.{rest:02d}".rstrip("0")
