"""任期与换届: when a term ends, when to be reminded, how far it may be put off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trainer.procedures.findings import BRANCH, TERMS, Finding, Impossible
from trainer.procedures.working_days import add_months, add_years, in_chinese

#: Years of a term by what the committee is of (《关于党的基层组织任期的意见》, 支部工作条例 21).
YEARS = {"zhibu": 3, "cun": 5, "jiceng": 5}
TITLES = {
    "zhibu": "党总支、党支部",
    "cun": "村和社区的党委、党总支、党支部",
    "jiceng": "党的基层委员会",
}
_REMINDED_MONTHS = 6


@dataclass(frozen=True)
class Term:
    """The days of a term."""

    ends: date
    reminder: date
    latest: date
    findings: tuple[Finding, ...]


def term(elected: date, kind: str, today: date) -> Term:
    """The term of a committee elected on a day; ``kind`` is a key of YEARS. Raises Impossible.

    ``today`` says whether the term is over. Terms of 党总支, 党支部 and 基层委员会 are so long as a rule (一般).
    """
    if not date(1990, 1, 1) <= elected <= date(2100, 1, 1):
        raise Impossible("当选日期不像是对的，请检查年份。")
    years = YEARS[kind]
    ends = add_years(elected, years)
    reminder, latest = add_months(ends, -_REMINDED_MONTHS), add_years(ends, 1)
    usually = "" if kind == "cun" else "一般"
    by_branch = BRANCH.format(21)
    findings = [
        Finding("任期届满", f"{in_chinese(ends)}（{TITLES[kind]}每届任期{usually} {years} 年）。", TERMS),
        Finding("届满提醒", f"{in_chinese(reminder)}前后：上级党组织一般提前 6 个月提醒。", by_branch),
        Finding(
            "延期或者提前换届", f"要报上级党委批准，一般不超过 1 年，最晚大致到 {in_chinese(latest)}。", TERMS
        ),
        _now(today, ends, reminder, latest),
    ]
    return Term(ends, reminder, latest, tuple(findings))


def _now(today: date, ends: date, reminder: date, latest: date) -> Finding:
    what, basis = f"今天（{in_chinese(today)}）", BRANCH.format(21)
    if today > latest:
        return Finding(what, "届满已经超过 1 年，请马上向上级党组织报告，商定换届时间。", basis, holds=False)
    if today > ends:
        return Finding(what, "已经届满。没有报批延期的，请马上向上级党组织报告。", basis, holds=False)
    if today >= reminder:
        return Finding(what, f"离届满还有 {(ends - today).days} 天，可以开始准备换届了。", basis, holds=True)
    return Finding(what, f"还没有到提醒的时候，离届满还有 {(ends - today).days} 天。", basis, holds=True)
