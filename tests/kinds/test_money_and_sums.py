"""计算题: sums written out and money as people write it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trainer.kinds.number import NumberKind, NumberQuestion
from trainer.model.marks import Marking, Verdict
from trainer.model.points import Hundredths


def question(unit: str = "元") -> NumberQuestion:
    return NumberQuestion.model_validate(
        {
            "id": "n-1",
            "version": 1,
            "kind": "number",
            "status": "reviewed",
            "points": "4",
            "facility": 0.5,
            "sources": [{"regulation": "r", "article": 1}],
            "stem": "算一算",
            "explanation": "道理",
            "key": "12.50",
            "unit": unit,
        }
    )


@pytest.mark.parametrize(
    "typed", ["2.50×5=12.50", "5*2.5=12.5元", "十二元五角", "12块5毛", "12元5角0分", "12块5", "答案：=12.5"]
)
def test_a_sum_written_out_and_money_in_words_count(typed: str) -> None:
    mark = NumberKind().mark(question(), (), typed, Hundredths(400), Marking())
    assert mark.verdict is Verdict.CORRECT, mark


@pytest.mark.parametrize("typed", ["12元5分", "12.5=13", "12元50角", "12=", "1212元5角"])
def test_what_is_not_the_result_does_not(typed: str) -> None:
    assert NumberKind().mark(question(), (), typed, Hundredths(400), Marking()).points == 0


def test_money_words_are_no_unit_of_anything_else() -> None:
    assert NumberKind().mark(question("人"), (), "12元5角", Hundredths(400), Marking()).points == 0
    assert question().key == Decimal("12.50")
