"""Feedback as data, beside the page: the mark, and for each question what is needed to practise it again.

It holds keys, as the page does: it goes where the page goes, and not before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from trainer.bank.topics import topic_titles
from trainer.grading.practice import entry_of, judge
from trainer.hall.released_marks import FEEDBACK_FILE, FEEDBACK_FORMAT
from trainer.kinds.base import kind_of, question_from_snapshot
from trainer.kinds.reading import answer_text
from trainer.model.paper import Form, Item, Paper
from trainer.model.points import to_hundredths

#: Where a topic has no title: the bank was moved, or the paper is older than its topics.
_OTHER = "其他"


def feedback_data(
    paper: Paper, form: Form, notebook: Any, resources: Mapping[str, Any], bank: Path
) -> tuple[str, bytes]:
    """(name, content) of the file. ``notebook`` is the autograded one with the scores that GetGrades put into it."""
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    titles = topic_titles(bank)
    said = {
        "format": FEEDBACK_FORMAT,
        "points": _hundredths(resources["nbgrader"]["score"]),
        "full": _hundredths(resources["nbgrader"]["max_score"]),
        "pending": int(resources.get("trainer_pending", 0)),
        "questions": [
            _question(paper, item, cells[item.cell], titles.get(item.topic, _OTHER))
            for item in form.items
            if item.cell in cells
        ],
    }
    return FEEDBACK_FILE, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _question(paper: Paper, item: Item, cell: Any, topic_title: str) -> dict[str, Any]:
    question = question_from_snapshot(item.question)
    answer = answer_text(cell.source)
    said: dict[str, Any] = {"cell": item.cell, "question": question.id, "answer": answer, "entry": None}
    if kind_of(question).treatment != "compared":
        return said | {"verdict": "manual"}
    entry = entry_of(question, item.layout, item.citation, item.topic, topic_title)
    judged = judge(entry, cell.source, paper.marking)
    return said | {"verdict": judged.verdict, "entry": entry}


def _hundredths(points: Any) -> int:
    return to_hundredths(Decimal(str(points or 0)))
