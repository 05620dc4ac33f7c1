"""Made-up answers: as often right as the model says, and wrong ones really wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from trainer.bank.reader import read_bank
from trainer.kinds.base import kind_of, lay_out
from trainer.model.marks import Marking, Verdict
from trainer.model.paper import Item
from trainer.simulation.answers import chance, essay, typed_answer


@pytest.fixture(scope="module")
def items(bank_folder: Path) -> list[Item]:
    bank = read_bank(bank_folder)
    return [
        Item(
            cell=f"q{number:03d}",
            section=entry.question.kind,
            points=entry.question.points,
            layout=lay_out(kind_of(entry.question), entry.question, "7"),
            topic=entry.topic,
            citation="",
            question=entry.question.snapshot(),
        )
        for number, entry in enumerate(bank.eligible(), 1)
    ]


def verdicts(items: list[Item], ability: float) -> list[Verdict]:
    found = []
    for item in items:
        if item.question["kind"] not in ("case", "code"):
            from trainer.kinds.base import question_from_snapshot

            question = question_from_snapshot(item.question)
            text = typed_answer(item, ability, Random(f"{item.cell}/{ability}"))
            found.append(
                kind_of(question).mark(question, item.layout, text, item.hundredths, Marking()).verdict
            )
    return found


def test_somebody_hopeless_is_never_right(items: list[Item]) -> None:
    assert Verdict.CORRECT not in verdicts(items, -50.0)


def test_somebody_brilliant_is_right_but_for_slips(items: list[Item]) -> None:
    found = verdicts(items, 50.0)
    assert set(found) <= {Verdict.CORRECT, Verdict.UNANSWERED, Verdict.MALFORMED}
    assert found.count(Verdict.CORRECT) > 0.9 * len(found)


def test_ability_zero_meets_the_prior_facility() -> None:
    assert chance(0.0, 0.7) == pytest.approx(0.7)
    assert chance(1.0, 0.7) > 0.7 > chance(-1.0, 0.7)


def test_an_essay_earns_the_points_of_what_it_says(items: list[Item]) -> None:
    case = next(item for item in items if item.question["kind"] == "case")
    assert essay(case, 50.0, Random(1)).points == case.hundredths
    assert essay(case, -50.0, Random(1)).points == 0
