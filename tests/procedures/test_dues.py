"""党费 by the worked examples, and what floating point would get wrong."""

from decimal import Decimal

import pytest

from trainer.procedures.dues import (
    PENSIONS,
    WAGES,
    cliff,
    of_farmer,
    of_own_business,
    of_pension,
    of_student_or_poor,
    of_wages,
    of_yearly_salary,
)
from trainer.procedures.findings import Impossible


@pytest.mark.parametrize(
    ("base", "due"),
    [
        ("2500", "12.50"), ("3000", "15.00"), ("3000.01", "30.00"), ("4200", "42.00"), ("5000", "50.00"),
        ("5001", "75.02"), ("8000", "120.00"), ("9999", "149.99"), ("10000", "150.00"), ("10001", "200.02"),
    ],
)  # fmt: skip
def test_wages(base, due):
    found = of_wages(Decimal(base))
    assert (found.least, found.most) == (Decimal(due), Decimal(due))
    assert str(found.least) == due
    assert "第2条" in found.findings[0].basis


def test_other_incomes():
    assert of_pension(Decimal(5000)).least == Decimal("25.00")
    assert of_pension(Decimal(5001)).least == Decimal("50.01")
    assert of_own_business(Decimal(18000)).least == Decimal("90.00")
    assert of_own_business(Decimal(9000)).rate == Decimal("0.005"), "a third of it is exactly the limit"
    assert of_own_business(Decimal("9000.01")).rate == Decimal("0.01")
    assert of_yearly_salary(Decimal(30000)).least == Decimal("600.00")
    assert (of_farmer().least, of_farmer().most) == (Decimal("0.20"), Decimal("1.00"))
    assert of_student_or_poor().least == Decimal("0.20")


@pytest.mark.parametrize("wrong", ["0", "-1", "NaN", "100000000"])
def test_incomes_that_cannot_be(wrong):
    with pytest.raises(Impossible):
        of_wages(Decimal(wrong))


def test_the_line_jumps():
    jumps = [
        (before.due_at_high, after.due_at_low)
        for before, after in zip(cliff(WAGES, Decimal(12000)), cliff(WAGES, Decimal(12000))[1:], strict=False)
    ]
    assert jumps == [(15, 30), (50, 75), (150, 200)]
    assert len(cliff(PENSIONS, Decimal(4000))) == 1
