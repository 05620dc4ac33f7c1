"""What a verb leaves behind for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What a verb did, in a sentence, and tables of it."""

    message: str
    result: dict[str, Any] = field(default_factory=dict)


#: The arguments of a verb, as JSON.
Given = Mapping[str, Any]


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A table of an outcome; its cells are shown as they are."""
    return {"title": title, "columns": list(columns), "rows": [list(row) for row in rows]}
