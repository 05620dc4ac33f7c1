"""党费: one rate on the whole base, not marginal, rounded half up to the fen. Decimal throughout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from trainer.procedures.findings import DUES, Finding, Impossible

_FEN = Decimal("0.01")
_MOST = Decimal(10_000_000)
#: (up to and including, rate): 党费规定 2 for wages, 5 for pensions.
Scale = tuple[tuple[Decimal | None, Decimal], ...]
WAGES: Scale = (
    (Decimal(3000), Decimal("0.005")),
    (Decimal(5000), Decimal("0.01")),
    (Decimal(10000), Decimal("0.015")),
    (None, Decimal("0.02")),
)
PENSIONS: Scale = ((Decimal(5000), Decimal("0.005")), (None, Decimal("0.01")))


@dataclass(frozen=True)
class Due:
    """What a member pays a month, in yuan. For farmers ``least`` and ``most`` differ, and there is no rate."""

    least: Decimal
    most: Decimal
    rate: Decimal | None
    base: Decimal
    findings: tuple[Finding, ...]


def to_fen(amount: Decimal) -> Decimal:
    """Yuan with two decimals, half up."""
    return amount.quantize(_FEN, rounding=ROUND_HALF_UP)


def rate_of(base: Decimal, scale: Scale, parts: int = 1) -> Decimal:
    """The rate for a base of ``base / parts`` yuan a month; compared without dividing, so that limits are exact."""
    return next(rate for limit, rate in scale if limit is None or base <= limit * parts)


def of_wages(base: Decimal) -> Due:
    """Members in work with a monthly wage: the fixed, regular parts after tax (党费规定 1, 2). Raises Impossible."""
    return _scaled(base, WAGES, 1, "2", "每月工资收入（相对固定的、经常性的，税后）")


def of_yearly_salary(base: Decimal) -> Due:
    """Members on a yearly salary: what they were really paid this month (党费规定 3)."""
    return _scaled(base, WAGES, 1, "2条、第3", "当月实际领取的薪酬收入")


def of_own_business(quarter: Decimal) -> Due:
    """Members without a monthly income: the monthly mean of the last quarter's net income (党费规定 4)."""
    return _scaled(quarter, WAGES, 3, "2条、第4", "上季度月平均纯收入")


def of_pension(base: Decimal) -> Due:
    """Retired members: the whole pension (党费规定 5)."""
    return _scaled(base, PENSIONS, 1, "5", "实际领取的离退休费或养老金总额")


def of_farmer() -> Due:
    """Farmers pay 0.2 to 1 yuan a month whatever they earn (党费规定 6)."""
    sentence = "农民党员每月交 0.2 元到 1 元，不按收入的比例算。"
    finding = Finding("应交党费", sentence, DUES.format(6))
    return Due(Decimal("0.20"), Decimal("1.00"), None, Decimal(0), (finding,))


def of_student_or_poor() -> Due:
    """Students, the unemployed, those on relief: 0.2 yuan a month (党费规定 6)."""
    sentence = (
        "学生党员、下岗失业的党员、依靠抚恤或救济生活的党员、领取当地最低生活保障金的党员，每月交 0.2 元。"
    )
    finding = Finding("应交党费", sentence, DUES.format(6))
    return Due(Decimal("0.20"), Decimal("0.20"), None, Decimal(0), (finding,))


def _scaled(given: Decimal, scale: Scale, parts: int, article: str, what: str) -> Due:
    if not given.is_finite() or not 0 < given <= _MOST:
        raise Impossible("收入要大于 0 元，不超过 1000 万元。请检查。")
    rate = rate_of(given, scale, parts)
    base = to_fen(given / parts)
    amount = to_fen(given * rate / parts)
    percent = f"{(rate * 100).normalize():f}%"
    sentence = f"{what} {base} 元，全部按 {percent} 算（不是分段累进）：每月 {amount} 元，四舍五入到分。"
    return Due(amount, amount, rate, base, (Finding("应交党费", sentence, DUES.format(article)),))


@dataclass(frozen=True)
class Segment:
    """A straight part of the line from base to due: from just above ``low`` to ``high``, in yuan."""

    low: Decimal
    high: Decimal
    rate: Decimal

    @property
    def due_at_low(self) -> Decimal:
        return self.low * self.rate

    @property
    def due_at_high(self) -> Decimal:
        return self.high * self.rate


def cliff(scale: Scale, up_to: Decimal) -> list[Segment]:
    """The line from base to due, which jumps wherever the rate changes."""
    found: list[Segment] = []
    low = Decimal(0)
    for limit, rate in scale:
        high = up_to if limit is None else min(limit, up_to)
        if high > low:
            found.append(Segment(low, high, rate))
        low = high
    return found


@dataclass(frozen=True)
class KindOfMember:
    """How a kind of members pays. ``asks``: whether an income is needed."""

    title: str
    compute: Callable[[Decimal], Due]
    asks: bool = True


#: By the name that forms use.
KINDS: dict[str, KindOfMember] = {
    "gongzi": KindOfMember("在职，按月领工资", of_wages),
    "nianxin": KindOfMember("实行年薪制", of_yearly_salary),
    "geti": KindOfMember("个体经营者等不按月取得收入的", of_own_business),
    "tuixiu": KindOfMember("离退休", of_pension),
    "nongmin": KindOfMember("农民", lambda _: of_farmer(), asks=False),
    "xuesheng": KindOfMember(
        "学生、下岗失业、靠抚恤救济、领低保", lambda _: of_student_or_poor(), asks=False
    ),
}


def due_of(kind: str, income: Decimal) -> Due:
    """What a member of a kind pays; ``income`` is not looked at where none is asked for. Raises Impossible."""
    return KINDS[kind].compute(income)
