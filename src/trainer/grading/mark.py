"""From answers to marks; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from trainer.kinds.base import Kind, Layout, all_kinds, question_from_snapshot
from trainer.model.marks import Mark, Marking
from trainer.model.paper import Form, Item
from trainer.model.points import Hundredths
from trainer.model.question import Question


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
        self._mark = cache(self._mark_uncached)

    def _mark_uncached(self, cell: str, text: str) -> Mark:
        kind, question, layout, full = self._prepared[cell]
        return kind.mark(question, layout, text, full, self._marking)

    def mark(self, cell: str, text: str) -> Mark:
        """The mark of one answer. Long answers are not kept."""
        return self._mark(cell, text) if len(text) <= 80 else self._mark_uncached(cell, text)

    def marks(self, answers: Mapping[str, str]) -> dict[str, Mark]:
        """Marks by cell of everything on the form that is not executed."""
        return {
            cell: self.mark(cell, answers.get(cell, ""))
            for cell, (kind, *_) in self._prepared.items()
            if kind.treatment != "executed"
        }


def treatment_of(item: Item) -> str:
    """How an item is marked: compared, manual or executed."""
    return all_kinds()[str(item.question["kind"])].treatment
