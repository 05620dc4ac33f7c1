"""A draft may lack its sources and its explanation; nothing that counts may."""

import pytest
from jsonschema import Draft202012Validator

from trainer.bank.schema import bank_schema


def without(sound: str, status: str) -> str:
    text = sound.replace("status: reviewed", f"status: {status}").replace("某规定第1条。", '""')
    return text.replace(
        "    sources:\n      - regulation: guiding\n        article: 1\n", "    sources: []\n"
    )


def test_a_draft_is_read_without_sources_and_explanation_and_stays_out_of_papers(banks, head, sound):
    bank = banks.read(head + without(sound, "draft"))
    assert len(bank.entries) == 1
    assert bank.eligible() == []


@pytest.mark.parametrize("status", ["reviewed", "retired"])
def test_anything_else_needs_both(banks, head, sound, status):
    problems = banks.problems(head + without(sound, status))
    assert [(p.line, p.sentence) for p in problems] == [
        (10, "“sources”至少要有 1 项。"),
        (16, "“explanation”不能是空的。"),
    ]


@pytest.mark.parametrize(("status", "accepted"), [("draft", True), ("reviewed", False), ("retired", False)])
def test_the_schema_says_the_same(status, accepted):
    question = {"id": "t-1", "version": 1, "kind": "judge", "status": status, "points": 1, "facility": 0.5}
    question |= {"sources": [], "stem": "几年？", "key": True, "explanation": ""}
    data = {"format": 1, "topic": "dangfei", "questions": [question]}
    assert Draft202012Validator(bank_schema()).is_valid(data) is accepted
