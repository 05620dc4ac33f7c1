"""Questions of every kind, and a short way to have an answer marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from trainer.kinds.base import Kind, Layout, all_kinds
from trainer.model.marks import Mark, Marking
from trainer.model.points import Hundredths
from trainer.model.question import Question

COMMON: dict[str, Any] = {
    "id": "t-001",
    "version": 1,
    "status": "reviewed",
    "points": "6",
    "facility": 0.6,
    "sources": [{"regulation": "guiding", "article": 1}],
    "stem": "题干",
    "explanation": "解析",
}


@dataclass(frozen=True)
class Asked:
    """A question of some kind, laid out."""

    kind: Kind[Any]
    question: Question
    layout: Layout

    def mark(self, text: str, full: int = 600, **marking: str) -> Mark:
        return self.kind.mark(self.question, self.layout, text, Hundredths(full), Marking(**marking))

    def points(self, text: str, full: int = 600, **marking: str) -> int | None:
        return self.mark(text, full, **marking).points

    @property
    def problems(self) -> list[tuple[str, str]]:
        return list(self.kind.problems(self.question))


@pytest.fixture(scope="session")
def ask() -> Callable[..., Asked]:
    """Makes a question of a kind; shown in the authored order unless a layout is given."""

    def make(kind_name: str, layout: Layout | None = None, **fields: Any) -> Asked:
        kind = all_kinds()[kind_name]
        question = kind.question_type.model_validate({**COMMON, "kind": kind_name, **fields})
        shown = tuple(range(len(kind.arrangeable(question)))) if layout is None else layout
        return Asked(kind, question, shown)

    return make


EXAMPLES: dict[str, dict[str, Any]] = {
    "single": {"options": {"A": "一年", "B": "两年", "C": "三年", "D": "四年"}, "key": "B"},
    "multiple": {
        "options": {"A": "支部党员大会", "B": "支部委员会", "C": "党小组会", "D": "村民会议"},
        "key": ["A", "C", "D"],
    },
    "judge": {"key": True},
    "blank": {"stem": "____个月，____年", "key": [["3", "3个月"], ["一", "1年"]]},
    "number": {"key": "12.50", "tolerance": "0.01", "unit": "元", "unit_aliases": ["块"]},
    "order": {"steps": ["申请", "谈话", "推优", "公示", "审批"]},
    "match": {
        "pairs": [{"left": f"左{i}", "right": f"右{i}"} for i in range(1, 4)],
        "distractors": ["多余"],
    },
    "case": {"rubric": [{"point": "要点", "points": 6}], "reference": "参考"},
    "code": {"starter": "x = 0", "solution": "x = 1", "tests": "assert x == 1"},
}


@pytest.fixture(scope="session")
def example(ask: Callable[..., Asked]) -> Callable[[str], Asked]:
    """A question of a kind, with nothing special about it."""
    return lambda kind_name: ask(kind_name, **EXAMPLES[kind_name])
