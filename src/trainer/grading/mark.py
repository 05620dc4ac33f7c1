"""From answers to marks; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from trainer.kinds.base import Kind, Layout, all_kinds, question_from_snapshot
from trainer.model.marks import Mark, Marking
from trainer.model.paper import Form, Item
from trainer.model.points import Hundredths
from trainer.model.question import Question

#: How many marks are remembered, and of answers how long: a few megabytes however many submissions there are.
_KEPT = 1 << 13
_SHORT = 80


class Marker:
    """Marks the answers of one form: definitions are read once, answers many times."""

    def __init__(self, form: Form, marking: Marking) -> None:
        self._marking = marking
        self._prepared: dict[str, tuple[Kind[Question], Question, Layout, Hundredths]] = {}
        for item in form.items:
            question = question_from_snapshot(item.question)
            kind = all_kinds()[question.kind]
            self._prepared[item.cell] = (kind, question, item.layout, item.hundredths)
        # Most answers repeat (a letter, 对): a form has few distinct ones, so marking is looked up.
        self._mark = lru_cache(maxsize=_KEPT)(self._mark_uncached)
        #: The cells that :meth:`marks` marks, in the order of the form.
        self.cells = [cell for cell, (kind, *_) in self._prepared.items() if kind.treatment != "executed"]

    def _mark_uncached(self, cell: str, text: str) -> Mark:
        kind, question, layout, full = self._prepared[cell]
        return kind.mark(question, layout, text, full, self._marking)

    def mark(self, cell: str, text: str) -> Mark:
        """The mark of one answer. Long answers are not kept."""
        return self._mark(cell, text) if len(text) <= _SHORT else self._mark_uncached(cell, text)

    def marks(self, answers: Mapping[str, str]) -> dict[str, Mark]:
        """Marks by cell of everything on the form that is not executed."""
        return {cell: self.mark(cell, answers.get(cell, "")) for cell in self.cells}


def treatment_of(item: Item) -> str:
    """How an item is marked: compared, manual or executed."""
    return all_kinds()[str(item.question["kind"])].treatment
