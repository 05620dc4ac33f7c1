"""Reading key lists: where one begins, what belongs to it, where questions begin again."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.bank.importers.base import Role
from trainer.bank.importers.keys import KeyEntry, KeyGroup, Section, key_entries, looks_like_key
from trainer.bank.importers.mark_patterns import Mark, Marked
from trainer.bank.importers.outline import Outline, answer_only, entry_like, joined, number_in
from trainer.bank.importers.words import kind_in

_TITLE_LENGTH = 45


class KeyReader:
    """Collects the groups of answers of a text. ``active`` while the pieces at hand belong to a list."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self.groups: list[KeyGroup] = []
        self.active = False

    def open(self, kind: str) -> None:
        """Begin a list, or a further group of it, under a heading that names ``kind`` (or "")."""
        self.active = True
        self.groups.append(KeyGroup(kind))

    def follows(self, at: int) -> bool:
        """Whether the pieces after a heading are entries of a key list and not questions of another section."""
        following = self._outline.pieces[at + 1 : at + 8]
        for index, piece in enumerate(following):
            if looks_like_key(self._outline.text_of(piece)):
                return True
            if piece.mark is Mark.START:
                after = following[index + 1].mark if index + 1 < len(following) else None
                return entry_like(piece) or (not piece.text.strip() and after is Mark.ANSWER)
            if piece.mark not in (Mark.NOISE, Mark.HEADING, Mark.KEY_HEADING, Mark.TEXT):
                return False
        return False

    def goes_on(self, at: int, piece: Marked, sections: Sequence[Section]) -> bool:
        """Whether a heading inside a key list heads further answers, not the next section of questions."""
        if self._outline.options_follow(at):
            return False
        raws = self._outline.reading.raws
        waiting = any(
            section.kind == piece.value and any(not raws[index].answer for index in section.questions)
            for section in sections
        )
        return not piece.value or waiting or self.follows(at)

    def take(self, at: int, piece: Marked) -> bool:
        """Take a piece of a key list; False when the list has ended and questions begin again."""
        after = self._outline.mark_after(at)
        if piece.mark is Mark.OPTION or (
            piece.mark is Mark.START
            and after is not None
            and after.mark is Mark.OPTION
            and not entry_like(piece)
        ):
            self.active = False
            return False
        whole = self._outline.text_of(piece)
        entries = (
            key_entries(whole) if piece.mark in (Mark.START, Mark.TEXT) and looks_like_key(whole) else []
        )
        place, position = self._outline.reading.lines[piece.line].place, len(self._outline.reading.pieces)
        self._outline.account(piece, Role.ANSWER)
        if piece.mark is Mark.START and not entries:
            entries = [(number_in(piece), piece.text.strip())]
        elif entries:
            self._name_kind(kind_in(whole[:12]))
        for number, answer in entries:
            self._group_for(number).entries.append(KeyEntry(number, answer, place, piece=position))
        if not entries:
            self._more(piece, whole)
        return True

    def _name_kind(self, kind: str) -> None:
        """A new group where a line of a key list names another kind: 判断题：1.√ 2.×."""
        group = self.groups[-1]
        if kind and group.entries and group.kind != kind:
            self.groups.append(KeyGroup(kind))

    def _more(self, piece: Marked, whole: str) -> None:
        """A piece of a key list that is no entry: more of the last one, or a heading."""
        last = self.groups[-1].entries[-1] if self.groups[-1].entries else None
        if last is not None and piece.mark is Mark.EXPLANATION:
            last.explanation, last.last = last.explanation + piece.text.strip(), "explanation"
        elif last is not None and piece.mark is Mark.ANSWER and not last.answer:
            last.answer = piece.text.strip()
        elif last is not None and last.last == "explanation":
            last.explanation += whole.strip()
        elif last is not None and not answer_only(last.answer):
            last.answer = joined(last.answer, whole.strip(), "\n")
        else:
            self._outline.reading.pieces[-1].role = (
                Role.HEADING if len(whole) <= _TITLE_LENGTH else Role.DOUBT
            )
            if last is not None:
                self.groups.append(KeyGroup(kind_in(whole)))

    def _group_for(self, number: int) -> KeyGroup:
        """The current group, or a new one where the numbers start again."""
        group = self.groups[-1]
        if group.entries and number <= group.entries[-1].number:
            group = KeyGroup("")
            self.groups.append(group)
        return group
