"""How far a paper's round is, and what sensibly comes next: from the numbers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainer.model.contest import ContestRules
from trainer.model.paper import Form, Paper
from trainer.nbgrader.waiting import Marking


@dataclass(frozen=True)
class FormState:
    """One form of a paper: ``row`` is the hall's (empty when it was never released there), ``users`` its progress.

    ``expected`` is how many people are to sit it, ``collected`` the accounts in the course folder, ``uncollected`` how many
    have handed in something since, ``bad`` the accounts that the last grading refused, ``own`` those whom it was allotted to
    (None: nobody was allotted anything, and everybody counts).
    """

    form: Form
    row: Mapping[str, Any]
    users: Sequence[Mapping[str, Any]]
    expected: int
    collected: frozenset[str]
    uncollected: int
    marking: Marking
    bad: frozenset[str]
    pages: int
    given_back: bool
    own: frozenset[str] | None = None

    @property
    def released(self) -> bool:
        return bool(self.row) and not self.row["withdrawn"]

    @property
    def opens(self) -> datetime | None:
        return _moment(self.row.get("opens"))

    @property
    def closes(self) -> datetime | None:
        return _moment(self.row.get("closes"))

    @property
    def over(self) -> bool:
        return bool(self.row.get("over"))

    @property
    def people_at_hall(self) -> int | None:
        """How many people the hall lets at it; None: everybody."""
        return self.row.get("people_count")

    @property
    def handed_in(self) -> frozenset[str]:
        """Everybody who handed it in, whosever it is."""
        return self.collected | {user["user"] for user in self.users if user["submissions"]}

    @property
    def submitted(self) -> int:
        """How many of those who are to sit it have handed it in."""
        return len(self.handed_in if self.own is None else self.handed_in & self.own)

    @property
    def ungraded(self) -> frozenset[str]:
        """Collected, and neither graded nor refused by the last grading."""
        return self.collected - self.marking.graded - self.bad

    @property
    def stage(self) -> str:
        """In the order of a round: 未发布, 已发布, 已提交, 已评分, 已反馈."""
        if not self.released and not self.collected:
            return "未发布"
        if self.given_back:
            return "已反馈"
        if self.marking.graded and not self.ungraded and not self.uncollected:
            return "已评分"
        return "已提交" if self.handed_in else "已发布"

    @property
    def label(self) -> str:
        """The stage, with how many have handed in."""
        return f"已提交 {self.submitted}/{self.expected}" if self.stage == "已提交" else self.stage


@dataclass(frozen=True)
class Step:
    """What sensibly comes next: its words, and the part of the paper's page that has it (or another page)."""

    title: str
    place: str


@dataclass(frozen=True)
class Round:
    """A paper, its forms, the contest on it (None: none, or more than one), and when its board was made."""

    paper: Paper
    forms: tuple[FormState, ...]
    contests: tuple[ContestRules, ...]
    allotted: int
    board_at: datetime | None

    @property
    def stage(self) -> str:
        stages = {state.stage for state in self.forms}
        return stages.pop() if len(stages) == 1 else min(stages, key=STAGES.index)

    @property
    def label(self) -> str:
        """The stage of the whole, with how many have handed in."""
        return f"已提交 {self.submitted}/{self.expected}" if self.stage == "已提交" else self.stage

    @property
    def expected(self) -> int:
        """How many people; without an allotment everybody may sit any form."""
        numbers = [state.expected for state in self.forms]
        return sum(numbers) if self.allotted else max(numbers)

    @property
    def submitted(self) -> int:
        return sum(state.submitted for state in self.forms)

    @property
    def limited(self) -> bool:
        """Whether the hall gives people only the form that is theirs."""
        return any(state.people_at_hall is not None for state in self.forms)

    @property
    def unknown_at_hall(self) -> bool:
        """Whether the allotment has changed since the release told the hall of it."""
        out = [state for state in self.forms if state.released]
        return self.limited and any(state.people_at_hall != state.expected for state in out)

    @property
    def waiting(self) -> int:
        """Answers that wait for a person."""
        return sum(state.marking.answers for state in self.forms)

    @property
    def bad(self) -> int:
        return sum(len(state.bad & state.collected) for state in self.forms)

    @property
    def next(self) -> Step:
        """The main button: the first step of a round that has something to do."""
        states = self.forms
        graded = [state for state in states if state.marking.graded]
        steps = (
            (any(not s.released and not s.collected for s in states), Step("发布", "release")),
            (any(s.released and not s.over for s in states), Step("看进度", "progress")),
            (any(s.uncollected for s in states), Step("收卷", "collect")),
            (any(s.ungraded for s in states), Step("阅卷", "grade")),
            (self.waiting > 0, Step(f"评阅案例题（还有 {self.waiting} 题）", "essays")),
            (bool(self.contests and graded) and self.board_at is None, Step("出榜", "board")),
            (any(not s.given_back for s in graded), Step("发反馈", "feedback")),
            (self.board_at is not None, Step("看榜单", "board")),
        )
        return next((step for wanted, step in steps if wanted), Step("查看", "paper"))


STAGES = ("未发布", "已发布", "已提交", "已评分", "已反馈")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone()
