"""Progress while people sit a paper, and extra time for one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from trainer.console.given import whole
from trainer.console.papers import PaperPage
from trainer.console.rounds import FormState, Round
from trainer.errors import NotFound, UsageError
from trainer.model.people import Roster, Trainee
from trainer.nbgrader.course import Course
from trainer.workflow.allotment import read_allocation
from trainer.workflow.extra_time import extend

_MOST_MINUTES = 7 * 24 * 60
#: state → words; the order is that of the page.
STATES = {"absent": "未领卷", "working": "作答中", "submitted": "已交卷", "late": "迟交"}


class ProgressPage(PaperPage):
    """Who has fetched, saved, handed in; the script keeps it fresh."""

    async def view(self, *names: str) -> None:
        found, lines, trouble = await self._seen(names[0])
        self.show(
            "progress.html",
            round=found,
            lines=lines,
            sums=sums(lines),
            states=STATES,
            trouble=trouble,
            extended=self._extended(lines),
        )

    def _extended(self, lines: list[dict[str, Any]]) -> str:
        """What was just changed, in words: whoever has not fetched the paper yet has no line in the hall that shows it."""
        account, minutes = self.get_query_argument("account", ""), self.get_query_argument("minutes", "")
        name = next((line["name"] for line in lines if line["account"] == account), "")
        known = name and minutes.isdigit() and len(minutes) < 6
        return f"{account} {name}一共延长 {minutes} 分钟" if known else ""

    async def _seen(self, paper: str) -> tuple[Round, list[dict[str, Any]], str]:
        course, survey = await self.surveyed(paper)
        found = survey.of(paper)
        lines = await self.aside(lambda: list(progress_lines(course, found, survey.roster)))
        return found, lines, survey.trouble


class ProgressData(ProgressPage):
    """The same for the script."""

    scripted = True

    async def view(self, *names: str) -> None:
        found, lines, trouble = await self._seen(names[0])
        self.finish({"lines": lines, "sums": sums(lines), "label": found.label, "trouble": trouble})


class ExtraTimePage(PaperPage):
    """Extra time for one person, on all forms of the paper."""

    async def act(self, *names: str) -> None:
        course, survey = await self.surveyed(names[0])
        found = survey.of(names[0])
        account = self.get_body_argument("account", "").strip()
        minutes = whole(self, "minutes", "分钟数", 0, _MOST_MINUTES)
        if minutes is None:
            raise UsageError("没有写延长多少分钟，什么也没有改动。")
        if account not in survey.roster.by_account():
            raise NotFound(f"名册里没有账号 {account[:64]}，什么也没有改动。请核对。")
        await self.aside(lambda: extend(course, found.paper.id, account, minutes))
        self.console.note(
            self.account, f"延长时间 {found.paper.id}", {"account": account, "minutes": minutes}
        )
        self.go(f"papers/{found.paper.id}/progress?{urlencode({'account': account, 'minutes': minutes})}")


def progress_lines(course: Course, found: Round, roster: Roster) -> Iterator[dict[str, Any]]:
    """A line for each person expected, in the roster's order; then whoever is in the hall without being on the roster.

    Who is in the hall only on a form that is not theirs has a line for that too, when they have handed it in.
    """
    allotted = read_allocation(course, found.paper)
    forms = {state.form.assignment: state for state in found.forms}
    seen: dict[str, list[tuple[FormState, Mapping[str, Any]]]] = defaultdict(list)
    for state in found.forms:
        for user in state.users:
            seen[user["user"]].append((state, user))
    for trainee in roster:
        own, present = forms.get(allotted.get(trainee.account, "")), seen.pop(trainee.account, [])
        mine = [pair for pair in present if own in (None, pair[0])]
        yield from (_line(state, user, trainee) for state, user in mine)
        if not mine and (own is not None or not allotted):
            yield _line(own, {"user": trainee.account}, trainee)
        for state, user in present:
            if own not in (None, state) and user["submissions"]:
                yield _line(state, user, trainee, astray=True)
    for strangers in seen.values():
        for state, user in strangers:
            yield _line(state, user, None)


def _line(
    state: FormState | None, user: Mapping[str, Any], trainee: Trainee | None, *, astray: bool = False
) -> dict[str, Any]:
    submissions = user.get("submissions", 0)
    if submissions:
        kind = "late" if user["late"] else "submitted"
        answered = user["answers_submitted"]
    else:
        kind = "working" if user.get("fetched_at") or user.get("last_saved_at") else "absent"
        answered = user.get("answers_saved", 0)
    return {
        "account": user["user"],
        "name": trainee.name if trainee else "（不在名册上）",
        "team": trainee.team if trainee else "",
        "letter": (state.form.letter if state else "") + ("（不是本人的）" if astray else ""),
        "astray": astray,
        "state": kind,
        "fetched": user.get("fetched_at"),
        "saved": user.get("last_saved_at"),
        "answered": answered,
        "questions": len(state.form.items) if state else None,
        "submitted": user.get("last_submitted_at"),
        "times": submissions,
        "extra": user.get("extra_minutes", 0),
    }


def sums(lines: list[dict[str, Any]]) -> dict[str, int]:
    """How many are in which state; a form that is not one's own does not count."""
    counts = dict.fromkeys(STATES, 0)
    for line in lines:
        counts[line["state"]] += not line["astray"]
    return counts
