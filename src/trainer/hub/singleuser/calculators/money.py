"""党费 as a form, with the line that jumps."""

from __future__ import annotations

from decimal import Decimal

from trainer.hub.singleuser.calculators.forms import Asked, Calculator, Field, Form, Outcome, Table
from trainer.hub.singleuser.drawing import cliff_plot
from trainer.procedures.dues import KINDS, PENSIONS, WAGES, cliff, due_of


def _due(asked: Asked) -> Outcome:
    kind = asked.chosen("kind")
    income = asked.money("income") if KINDS[kind].asks else Decimal(0)
    due = due_of(kind, income)
    if due.rate is None:
        return Outcome(due.findings)
    scale = PENSIONS if kind == "tuixiu" else WAGES
    rows = [
        (f"{part.low:,} 元" if part.low else "", f"{part.high:,} 元（含）", _percent(part.rate))
        for part in cliff(scale, Decimal(12000))
    ]
    rows[-1] = (rows[-1][0], "", rows[-1][2])
    table = Table("比例（全额按一档算，过了线整笔跳一档）", ("超过", "到", "比例"), rows)
    return Outcome(due.findings, (table,), (cliff_plot(cliff(scale, Decimal(12000)), due.base, due.least),))


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"


DUES = Calculator(
    "dangfei",
    "党费",
    (
        Form(
            "due",
            "每月交多少",
            (
                Field(
                    "kind", "哪一类党员", "choice", choices=[(key, one.title) for key, one in KINDS.items()]
                ),
                Field(
                    "income",
                    "收入（元）",
                    "money",
                    "按月领工资的填每月工资收入（相对固定的、经常性的，税后）；年薪制填当月实际领取的；个体经营者填上季度纯收入合计；"
                    "离退休填每月总额；农民、学生等不用填",
                    needed=False,
                ),
            ),
            _due,
        ),
    ),
)
