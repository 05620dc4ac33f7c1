"""发展党员日期链 and 任期与换届 as forms."""

from __future__ import annotations

from trainer.hub.singleuser.calculators.forms import Asked, Calculator, Field, Form, Outcome
from trainer.procedures.admission import NAMES, Steps, chain
from trainer.procedures.findings import Finding
from trainer.procedures.terms import TITLES, term


def _chain(asked: Asked) -> Outcome:
    steps = Steps(**{name: asked.optional_day(name) for name in NAMES})
    counts = asked.chosen("posting") == "counts"
    lines = chain(steps, asked.calendar, posting_day_counts=counts)
    findings = [
        Finding(line.what, f"{line.when}。{line.note}{'。' if line.note else ''}", line.basis, line.holds)
        for line in lines
    ]
    late = sum(line.holds is False for line in lines)
    if late:
        findings.insert(0, Finding("期限", f"有 {late} 处不符合，见标 × 的几条。", "", holds=False))
    return Outcome(findings)


ADMISSION_DATES = Calculator(
    "fazhan-riqi",
    "发展党员日期链",
    (
        Form(
            "chain",
            "填已经知道的日期，其余空着",
            (
                *(Field(name, title, "date", needed=False) for name, title in NAMES.items()),
                Field(
                    "posting",
                    "公示贴出当天",
                    "choice",
                    "条文没有写当天算不算，按上级党组织的要求选",
                    (("next", "不算，从第二天数起（稳妥）"), ("counts", "算第 1 天")),
                ),
            ),
            _chain,
        ),
    ),
)


def _term(asked: Asked) -> Outcome:
    return Outcome(term(asked.day("elected"), asked.chosen("kind"), asked.today).findings)


TERM = Calculator(
    "renqi",
    "任期与换届",
    (
        Form(
            "term",
            "什么时候换届",
            (
                Field(
                    "kind",
                    "哪一级组织",
                    "choice",
                    choices=[(key, TITLES[key]) for key in ("cun", "zhibu", "jiceng")],
                ),
                Field("elected", "本届当选日期", "date"),
            ),
            _term,
        ),
    ),
)
