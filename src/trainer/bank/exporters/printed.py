"""A question as it is printed, whether it comes from the bank or from a form of a paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trainer.bank.reader import Bank, Entry
from trainer.kinds.base import Layout, all_kinds, kind_of, lay_out
from trainer.model.question import Question


@dataclass(frozen=True)
class Printed:
    """``lines`` is what stands on the paper, stem first; ``choices`` the number of letters to mark (0: none)."""

    section: str
    kind: str
    points: Decimal
    lines: tuple[str, ...]
    key: str
    explanation: str
    citation: str
    choices: int = 0
    blanks: int = 0


def printed(question: Question, layout: Layout, section: str, points: Decimal, citation: str) -> Printed:
    """A question under a layout, ready to print."""
    kind = kind_of(question)
    shown = kind.show(question, layout).replace("**", "")
    key: Any = getattr(question, "key", None)
    return Printed(
        section,
        question.kind,
        points,
        tuple(line.strip() for line in shown.split("\n") if line.strip()),
        kind.key_text(question, layout)
        or str(getattr(question, "reference", "") or getattr(question, "solution", "")),
        question.explanation,
        citation,
        choices=len(getattr(question, "options", ())),
        blanks=len(key) if question.kind == "blank" else 0,
    )


def from_bank(bank: Bank, entries: Iterable[Entry]) -> list[Printed]:
    """Questions in the order of the kinds on a paper; steps and pairs are shuffled, options stand as written."""
    order = list(all_kinds())
    found = []
    for entry in sorted(entries, key=lambda entry: order.index(entry.question.kind)):
        question, kind = entry.question, kind_of(entry.question)
        shuffled = question.kind in ("order", "match")
        layout = (
            lay_out(kind, question, "print") if shuffled else tuple(range(len(kind.arrangeable(question))))
        )
        found.append(printed(question, layout, kind.title, question.points, bank.citation(question)))
    return found


def sections_of(questions: Sequence[Printed]) -> list[tuple[str, list[Printed]]]:
    """The questions by section, in order."""
    found: dict[str, list[Printed]] = {}
    for question in questions:
        found.setdefault(question.section, []).append(question)
    return list(found.items())
