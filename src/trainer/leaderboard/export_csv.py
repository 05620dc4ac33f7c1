"""The views as CSV files that Excel opens well: UTF-8 with a mark, CRLF, no text runs as a formula."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from trainer.leaderboard.frames import Cell, Kind, View
from trainer.model.contest import duration_text

#: What makes a spreadsheet take a text for a formula; East Asian editions also take the full-width signs.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """The text with a leading ' where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cell_text(kind: Kind, cell: Cell) -> str:
    """One cell as it is written: points and rates with two decimals, nothing for what is missing."""
    if cell is None:
        text = ""
    elif isinstance(cell, datetime):
        text = f"{cell:%Y-%m-%d %H:%M:%S}"
    elif isinstance(cell, timedelta):
        text = duration_text(cell)
    elif isinstance(cell, str):
        text = guarded(cell)
    else:
        text = {Kind.POINTS: f"{cell:.2f}", Kind.RATE: f"{cell:.2%}"}.get(kind, f"{cell}")
    return text


def write_csv(views: Sequence[View], folder: Path) -> list[Path]:
    """One file per view, named after it."""
    paths = []
    for view in views:
        path = folder / f"{view.name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow([guarded(header) for header in view.headers])
            for row in view.rows():
                writer.writerow([cell_text(kind, cell) for kind, cell in zip(view.kinds, row, strict=True)])
        paths.append(path)
    return paths
