"""The marked pieces of a text with what stands after each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.bank.importers.base import Piece, Reading, Role
from trainer.bank.importers.mark_patterns import Mark, Marked
from trainer.bank.importers.words import fold

_ANSWER_ONLY = re.compile(
    r"\s*(?:[A-La-l](?:[\s、,]*[A-La-l]){0,11}|[√×对错]|正确|错误|[Yy]es|[Nn]o|[Tt]rue|[Ff]alse)\s*[。.]?\s*"
)
_LONGEST_ANSWER = 60


class Outline:
    """Pieces of a reading in order. ``numbered[i]`` says whether any question of the i-th piece's section has a number."""

    def __init__(self, reading: Reading, pieces: list[Marked]) -> None:
        self.reading = reading
        self.pieces = pieces
        self.numbered = _numbered_stretches(pieces)
        self._next = _next_marks(pieces)

    def account(self, piece: Marked, role: Role, question: int | None = None) -> None:
        """Say what became of a piece."""
        self.reading.pieces.append(Piece(piece.line, piece.start, piece.end, role, question))

    def text_of(self, piece: Marked) -> str:
        """A piece as it stands in the source, its mark included."""
        return self.reading.lines[piece.line].text[piece.start : piece.end]

    def looks_of(self, piece: Marked) -> list[tuple[str, str]]:
        """Underlined words in a stem, or the letter of an option whose words are coloured: the answer, perhaps."""
        line = self.reading.lines[piece.line]
        found = []
        for start, end, how in line.looks:
            if start >= piece.end or end <= piece.start:
                continue
            shown = line.text[max(start, piece.start) : min(end, piece.end)].strip()
            if how == "underline" and piece.mark is not Mark.OPTION and shown:
                found.append(("下划线", shown))
            if how == "colour" and piece.mark is Mark.OPTION and len(shown) * 2 > len(piece.text.strip()):
                found.append(("变色选项", piece.value))
        return found

    def following(self, at: int) -> Marked | None:
        """The very next piece."""
        return self.pieces[at + 1] if at + 1 < len(self.pieces) else None

    def mark_after(self, at: int) -> Marked | None:
        """The next piece that has a mark (neither text nor noise)."""
        index = self._next[at]
        return self.pieces[index] if index < len(self.pieces) else None

    def options_follow(self, at: int) -> bool:
        """Whether one of the next two marks is an option: questions, not answers."""
        first = self._next[at]
        second = self._next[first] if first < len(self.pieces) else len(self.pieces)
        return any(i < len(self.pieces) and self.pieces[i].mark is Mark.OPTION for i in (first, second))


def _next_marks(pieces: Sequence[Marked]) -> list[int]:
    following, found = len(pieces), [0] * len(pieces)
    for index in range(len(pieces) - 1, -1, -1):
        found[index] = following
        weak = (
            pieces[index].weak
            and pieces[index].value == "A"
            and not (
                index + 1 < len(pieces)
                and pieces[index + 1].mark is Mark.OPTION
                and pieces[index + 1].value == "B"
            )
        )
        if pieces[index].mark not in (Mark.TEXT, Mark.NOISE) and not weak:
            following = index
    return found


def _numbered_stretches(pieces: Sequence[Marked]) -> list[bool]:
    """For each piece whether any question of its section has a number."""
    found: list[bool] = []
    begin = 0
    for at in range(len(pieces) + 1):
        if at == len(pieces) or pieces[at].mark in (Mark.HEADING, Mark.KEY_HEADING):
            numbered = any(piece.mark is Mark.START for piece in pieces[begin:at])
            found += [numbered] * (at - begin)
            begin = at
    return found


def entry_like(piece: Marked) -> bool:
    return answer_only(piece.text)


def answer_only(text: str) -> bool:
    """Whether a text is nothing but letters or a judgement."""
    plain = fold(text).strip()
    return len(plain) <= _LONGEST_ANSWER and bool(_ANSWER_ONLY.fullmatch(plain))


def number_in(piece: Marked) -> int:
    """The number of a START, whose value may carry a judgement behind it: 3√."""
    return int(piece.value.rstrip("√×"))


def joined(before: str, after: str, separator: str) -> str:
    if not before or not after:
        return before + after
    if (
        separator == ""
        and before[-1].isascii()
        and before[-1].isalnum()
        and after[0].isascii()
        and after[0].isalnum()
    ):
        separator = " "
    return f"{before}{separator}{after}"
