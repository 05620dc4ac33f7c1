"""Tables without a header, when their content leaves no choice what the columns are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.bank.importers.answers import judgement, letters_in
from trainer.bank.importers.words import kind_in

_LEAST_ROWS = 4
_LEAST_PAIRS = 10
_ASKS = re.compile(r"[（(]\s*[)）]|_{2,}|[?？]")
_LONGEST_ANSWER = 60


def guessed_header(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """A header for rows that have none: the longest column is the stem, the one of letters the answer."""
    width = max((len(row) for row in rows), default=0)
    if width == 2:
        return _pairs_header(rows)
    if len(rows) < _LEAST_ROWS or width < 3:
        return None
    columns = [[row[i].strip() if i < len(row) else "" for row in rows] for i in range(width)]
    answers = [i for i, column in enumerate(columns) if _share(column, _is_answer) > 0.9]
    if len(answers) != 1:
        return None
    lengths = [sum(map(len, column)) / len(rows) for column in columns]
    stem = max(range(width), key=lengths.__getitem__)
    if stem == answers[0] or lengths[stem] < 8:
        return None
    header = [""] * width
    header[answers[0]], header[stem] = "答案", "题干"
    letters = iter("ABCDEFGHIJKL")
    for i, column in enumerate(columns):
        if header[i]:
            continue
        if _share(column, str.isdigit) > 0.9 and i < stem:
            header[i] = "序号"
        elif _share(column, lambda text: bool(kind_in(text)) and len(text) < 8) > 0.9:
            header[i] = "题型"
        elif i > stem and any(column) and (i < answers[0] or answers[0] < stem or answers[0] == stem + 1):
            header[i] = f"选项{next(letters)}"
    return header if sum(name.startswith("选项") for name in header) >= 2 or "题型" in header else None


def _pairs_header(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """A header for two columns: sentences that ask, mostly with a gap, and a short answer to each."""
    if len(rows) < _LEAST_PAIRS:
        return None
    left, right = ([row[i].strip() if i < len(row) else "" for row in rows] for i in (0, 1))
    asks = _share(left, lambda text: bool(_ASKS.search(text)))
    short = _share(right, lambda text: len(text) <= _LONGEST_ANSWER and not _ASKS.search(text))
    return ["题干", "答案"] if asks > 0.8 and short > 0.8 else None


def _is_answer(text: str) -> bool:
    return (
        bool(re.fullmatch(r"[A-Za-z、,\s]{1,12}", text) and letters_in(text)) or judgement(text) is not None
    )


def _share(column: Sequence[str], test: object) -> float:
    filled = [text for text in column if text]
    assert callable(test)
    return sum(bool(test(text)) for text in filled) / len(column) if filled else 0.0
