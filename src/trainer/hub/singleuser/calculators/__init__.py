"""Calculators of lessons: forms that work without any script, answered in place by the person's own server."""

from __future__ import annotations

from trainer.hub.singleuser.calculators.dates import ADMISSION_DATES, TERM
from trainer.hub.singleuser.calculators.forms import Asked, Calculator, Form, Outcome, fill_in
from trainer.hub.singleuser.calculators.members import APPRAISAL_SUMMARY, SELF_CHECK
from trainer.hub.singleuser.calculators.money import DUES
from trainer.hub.singleuser.calculators.votes import VOTES

#: By the name that a lesson's cell has in ``metadata.trainer.calculator``.
CALCULATORS: dict[str, Calculator] = {
    one.name: one for one in (VOTES, ADMISSION_DATES, DUES, TERM, APPRAISAL_SUMMARY, SELF_CHECK)
}

__all__ = ["CALCULATORS", "Asked", "Calculator", "Form", "Outcome", "fill_in"]
