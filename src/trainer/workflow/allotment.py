"""Which of the parallel forms each cadre sits: decided once, kept in people/, and told to the hall by a release."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from trainer.errors import NotFound
from trainer.model.paper import Paper
from trainer.model.people import Roster
from trainer.nbgrader.course import Course
from trainer.nbgrader.exchange import uses_hall
from trainer.people.replacing import replace_file
from trainer.workflow.people import roster_of


def allocate(paper: Paper, roster: Roster) -> dict[str, str]:
    """Which form each cadre sits (account → assignment): shared out evenly within each team, decided by the seed."""

    def drawn(account: str) -> bytes:
        return sha256(f"{paper.seed}/{paper.id}/{account}".encode()).digest()

    allotted: dict[str, str] = {}
    start = 0
    for team in dict.fromkeys(trainee.team for trainee in roster):
        members = sorted((t.account for t in roster if t.team == team), key=drawn)
        for number, account in enumerate(members):
            allotted[account] = paper.forms[(start + number) % len(paper.forms)].assignment
        start += len(members)
    return {trainee.account: allotted[trainee.account] for trainee in roster}


def _allocation_path(course: Course, paper: Paper) -> Path:
    return course.root / "people" / f"allocation-{paper.id}.csv"


def write_allocation(course: Course, paper: Paper, roster: Roster) -> dict[str, str]:
    """Decide who sits which form and keep it in people/; somebody who has a form already keeps it."""
    path = _allocation_path(course, paper)
    kept = read_allocation(course, paper)
    allotted = {account: kept.get(account, form) for account, form in allocate(paper, roster).items()}
    letters = {form.assignment: form.letter for form in paper.forms}
    lines = ["账号,姓名,卷别,作业"]
    for trainee in roster:
        name = trainee.name.replace('"', '""')
        assignment = allotted[trainee.account]
        lines.append(f'{trainee.account},"{name}",{letters[assignment]},{assignment}')
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, ("\ufeff" + "\r\n".join(lines) + "\r\n").encode())
    return allotted


def read_allocation(course: Course, paper: Paper) -> dict[str, str]:
    """Who sits which form (account → assignment); empty when it was never decided."""
    path = _allocation_path(course, paper)
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["账号"]: row["作业"] for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Audience:
    """Who gets the forms of a paper. ``people`` are the accounts by assignment, None where nobody is kept from a form.

    ``parallel``: whether there is more than one form. ``allotted``: whether it was ever decided who sits which.
    ``without`` are the people on the roster who have no form.
    """

    people: Mapping[str, Sequence[str]] | None
    parallel: bool
    allotted: bool
    without: Sequence[str]

    @property
    def sentence(self) -> str:
        """What a release means for people, in words; "" where there is nothing to say."""
        if not self.parallel:
            return ""
        if self.people is None:
            why = "" if self.allotted else "还没有分卷，"
            return f"{why}所有人都看得到各份卷。"
        missing = f"名册里还有 {len(self.without)} 人没有分到卷，看不到：请分卷以后再发布一次。"
        return f"每人只看到分给自己的一份。{missing if self.without else ''}"


def audience_of(course: Course, paper: Paper, *, everybody: bool = False) -> Audience:
    """Whom a release of the paper is for: those allotted to each form, or everybody.

    Everybody: asked for, never allotted, a single form, or no hall that could keep anybody from a form.
    """
    allotted = read_allocation(course, paper) if len(paper.forms) > 1 else {}
    people = None
    if allotted and not everybody and uses_hall(course.config):
        people = {
            form.assignment: sorted(who for who, what in allotted.items() if what == form.assignment)
            for form in paper.forms
        }
    try:
        roster = roster_of(course)
    except NotFound:
        roster = Roster(())
    without = [trainee.account for trainee in roster if trainee.account not in allotted]
    return Audience(people, len(paper.forms) > 1, bool(allotted), without if people is not None else [])
