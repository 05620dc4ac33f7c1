"""Names that can be a course, an assignment or an account."""

from __future__ import annotations

_LONGEST = 128


def usable(name: str) -> bool:
    """Whether it is one visible line that is no path."""
    return (
        0 < len(name) <= _LONGEST
        and name.isprintable()
        and name == name.strip()
        and not name.startswith(".")
        and not set(name) & set("/\\")
    )
