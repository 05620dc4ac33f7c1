"""Feedback as data, beside the page: the mark, and for each question what is needed to practise it again.

It holds keys, as the page does: it goes where the page goes, and not before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trainer.grading.practice import entry_of, verdict_word
from trainer.hall.feedback_file import FEEDBACK_FORMAT
from trainer.kinds.base import Kind, kind_of, question_from_snapshot
from trainer.kinds.reading import answer_text
from trainer.model.marks import Marking
from trainer.model.paper import Form, Item, Paper
from trainer.model.points import to_hundredths
from trainer.model.question import Question
from trainer.nbgrader.feedback_page import Given
from trainer.nbgrader.submissions import cell_source, grade_id

#: Where a topic has no title: the bank was moved, or the paper is older than its topics.
_OTHER = "其他"
#: Many give the same answers; longer ones are not worth remembering.
_SHORT = 100


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question: what does not depend on who answers it. ``entry`` is JSON."""

    item: Item
    kind: Kind[Any]
    question: Question
    entry: str


class FeedbackData:
    """The data of everybody who sat one form. ``titles`` are those of the bank's topics."""

    def __init__(self, paper: Paper, form: Form, titles: Mapping[str, str]) -> None:
        self._marking: Marking = paper.marking
        self._asked = [_asked(item, titles) for item in form.items]
        self._known: dict[tuple[str, str], str] = {}

    def content(self, given: Given, full: float, cells: Iterable[dict[str, Any]]) -> bytes:
        """The file of one person. ``cells`` are those of the autograded notebook."""
        sources = {grade_id(cell): cell_source(cell) for cell in cells}
        questions = (
            self._about(asked, sources[asked.item.cell])
            for asked in self._asked
            if asked.item.cell in sources
        )
        head = {
            "format": FEEDBACK_FORMAT,
            "points": _hundredths(given.points),
            "full": _hundredths(full),
            "pending": given.pending,
        }
        return f'{_json(head)[:-1]},"questions":[{",".join(questions)}]}}'.encode()

    def _about(self, asked: _Asked, source: str) -> str:
        known = self._known.get((asked.item.cell, source))
        if known is None:
            known = self._judged(asked, source)
            if len(source) <= _SHORT:
                self._known[asked.item.cell, source] = known
        return known

    def _judged(self, asked: _Asked, source: str) -> str:
        item, question = asked.item, asked.question
        verdict = "manual"
        if asked.kind.treatment == "compared":
            mark = asked.kind.mark(question, item.layout, source, question.hundredths, self._marking)
            verdict = verdict_word(mark)
        said = {"cell": item.cell, "question": question.id, "answer": answer_text(source), "verdict": verdict}
        return f'{_json(said)[:-1]},"entry":{asked.entry}}}'


def _asked(item: Item, titles: Mapping[str, str]) -> _Asked:
    question = question_from_snapshot(item.question)
    kind = kind_of(question)
    entry = None
    if kind.treatment == "compared":
        topic = titles.get(item.topic, _OTHER)
        entry = entry_of(question, item.layout, item.citation, item.topic, topic)
    return _Asked(item, kind, question, _json(entry))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _hundredths(points: float) -> int:
    return to_hundredths(Decimal(str(points)))
