"""The real bank and blueprint, and banks made up for a purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trainer.bank.reader import Bank, read_bank
from trainer.kinds.base import all_kinds
from trainer.model.paper import Blueprint
from trainer.papers.assemble import Candidate
from trainer.papers.files import read_blueprint

ROOT = Path(__file__).parents[2]
OWN: dict[str, dict[str, Any]] = {
    "single": {"options": {"A": "甲", "B": "乙", "C": "丙"}, "key": "A"},
    "judge": {"key": True},
    "order": {"steps": ["甲", ["乙", "丙"], "丁"]},
    "match": {"pairs": [{"left": str(i), "right": c} for i, c in enumerate("甲乙丙")]},
    "blank": {"stem": "____", "key": [["甲"]]},
}


@pytest.fixture(scope="session")
def real_bank() -> Bank:
    return read_bank(ROOT / "question_bank")


@pytest.fixture(scope="session")
def real_candidates(real_bank: Bank) -> list[Candidate]:
    return [Candidate(entry.question, entry.topic) for entry in real_bank.eligible()]


@pytest.fixture(scope="session")
def leitai() -> Blueprint:
    return read_blueprint(ROOT / "courses" / "leitai" / "blueprints" / "leitai.yaml")


@pytest.fixture(scope="session")
def candidate() -> Callable[..., Candidate]:
    """Makes a candidate."""

    def make(question_id: str, kind: str = "single", topic: str = "dangfei", **fields: Any) -> Candidate:
        given = {
            "id": question_id,
            "version": 1,
            "kind": kind,
            "status": "reviewed",
            "points": 2,
            "facility": 0.6,
            "sources": [{"regulation": "guiding", "article": 1}],
            "stem": f"题 {question_id}",
            "explanation": "解析",
            **OWN[kind],
            **fields,
        }
        return Candidate(all_kinds()[kind].question_type.model_validate(given), topic)

    return make


@pytest.fixture(scope="session")
def many(candidate: Callable[..., Candidate]) -> Callable[..., list[Candidate]]:
    """Makes several candidates of a kind and topic."""

    def make(count: int, kind: str = "single", topic: str = "dangfei", **fields: Any) -> list[Candidate]:
        name = f"{kind}-{topic}-{round(100 * fields.get('facility', 0.6))}"
        return [candidate(f"{name}-{i:03d}", kind, topic, **fields) for i in range(count)]

    return make


@pytest.fixture(scope="session")
def blueprint() -> Callable[..., Blueprint]:
    """Makes a blueprint; ``sections`` are (kind, count, points) or mappings."""

    def make(*sections: Any, **fields: Any) -> Blueprint:
        plans = [
            s if isinstance(s, dict) else {"title": f"第{i}大题", "kind": s[0], "count": s[1], "points": s[2]}
            for i, s in enumerate(sections, 1)
        ]
        return Blueprint.model_validate(
            {"format": 1, "id": "juan", "title": "试卷", "sections": plans, **fields}
        )

    return make
