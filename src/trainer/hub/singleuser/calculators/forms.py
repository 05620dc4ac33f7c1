"""What a calculator is: forms with fields, and what becomes of what was filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from trainer.errors import TrainerError
from trainer.procedures.findings import Finding, Impossible
from trainer.procedures.working_days import WorkCalendar

Upload = tuple[str, bytes]
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
#: The longest text that is looked at, in characters.
_LONGEST = 60_000


@dataclass(frozen=True)
class Field:
    """One thing that a form asks for."""

    name: str
    label: str
    kind: Literal["number", "money", "date", "choice", "text", "area", "file"] = "number"
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    needed: bool = True


@dataclass(frozen=True)
class Table:
    """Rows of an outcome; at most four columns, to be read on a phone."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Outcome:
    """What a form comes to. ``pictures`` are SVG made by us; ``wrong`` is a sentence instead of all the rest."""

    findings: Sequence[Finding] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[str] = ()
    wrong: str = ""


@dataclass(frozen=True)
class Asked:
    """What was filled in, and what a computation depends on besides. Uploads are in memory, and kept nowhere."""

    texts: Mapping[str, str]
    today: date
    calendar: WorkCalendar
    files: Mapping[str, Upload] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What was filled in, without blanks around it; "" for nothing."""
        return self.texts.get(name, "").strip()[:_LONGEST]

    def chosen(self, name: str) -> str:
        """One of a field's choices. Raises Impossible."""
        value = self.text(name)
        if value not in {key for key, _ in self.fields[name].choices}:
            raise Impossible(f"请选一项“{self.fields[name].label}”。")
        return value

    def optional_number(self, name: str) -> int | None:
        """A whole number; None when nothing was filled in. Raises Impossible."""
        value = self.text(name).translate(_FULL_WIDTH)
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,6}", value):
            raise Impossible(f"“{self.fields[name].label}”要填一个整数，例如 18。")
        return int(value)

    def number(self, name: str) -> int:
        """A whole number that has to be there. Raises Impossible."""
        value = self.optional_number(name)
        if value is None:
            raise Impossible(f"请填“{self.fields[name].label}”。")
        return value

    def money(self, name: str) -> Decimal:
        """An amount in yuan. Raises Impossible."""
        text = self.text(name).translate(_FULL_WIDTH).replace(",", "").removesuffix("元").strip()
        if not text:
            raise Impossible(f"请填“{self.fields[name].label}”。")
        try:
            value = Decimal(text) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,4})?", text) else None
        except InvalidOperation:  # pragma: no cover - the pattern allows nothing else
            value = None
        if value is None:
            raise Impossible(f"“{self.fields[name].label}”要填金额，例如 4200 或 4200.50。")
        return value

    def optional_day(self, name: str) -> date | None:
        """A day; None when nothing was filled in. Raises Impossible."""
        text = self.text(name).translate(_FULL_WIDTH)
        if not text:
            return None
        match = _DAY.fullmatch(text)
        try:
            return date(*map(int, match.groups())) if match else _not_a_day(self.fields[name].label)
        except ValueError:
            return _not_a_day(self.fields[name].label)

    def day(self, name: str) -> date:
        """A day that has to be there. Raises Impossible."""
        found = self.optional_day(name)
        if found is None:
            raise Impossible(f"请填“{self.fields[name].label}”。")
        return found


def _not_a_day(label: str) -> date:
    raise Impossible(f"“{label}”要填日期，写成 2026-06-15。")


@dataclass(frozen=True)
class Form:
    """One thing that can be computed. ``compute`` raises TrainerError with the sentence to show."""

    name: str
    title: str
    fields: Sequence[Field]
    compute: Callable[[Asked], Outcome]

    @property
    def has_file(self) -> bool:
        """Whether something is uploaded with it."""
        return any(one.kind == "file" for one in self.fields)


@dataclass(frozen=True)
class Calculator:
    """A calculator: one form, or several of which one is filled in."""

    name: str
    title: str
    forms: Sequence[Form]

    def form(self, name: str) -> Form | None:
        """The form of a name."""
        return next((form for form in self.forms if form.name == name), None)


def fill_in(
    form: Form,
    texts: Mapping[str, str],
    files: Mapping[str, Upload],
    calendar: WorkCalendar,
    today: date,
) -> Outcome:
    """Compute; what is wrong with what was filled in is a sentence in the outcome."""
    asked = Asked(texts, today, calendar, files, {one.name: one for one in form.fields})
    try:
        return form.compute(asked)
    except TrainerError as error:
        return Outcome(wrong=str(error))
