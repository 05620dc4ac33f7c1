"""Looks at a course: its folder, its gradebook, and the hall; what it sees are the rounds of all papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from trainer.console.rounds import FormState, Round
from trainer.contest.files import find_contests
from trainer.errors import NotFound, TrainerError
from trainer.hall.client import HallClient, HallNotFound
from trainer.model.contest import ContestRules
from trainer.model.paper import Paper
from trainer.model.people import Roster
from trainer.nbgrader.course import Course
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.nbgrader.waiting import Marking, has_gradebook, marking_of
from trainer.papers.files import find_papers
from trainer.settings import Publishing
from trainer.workflow.allotment import read_allocation
from trainer.workflow.people import roster_of

BOARD_PAGE = "榜单.html"


@dataclass(frozen=True)
class Past:
    """What the console remembers of a paper: the lines that its last grading refused, and when it last collected."""

    refused: Sequence[Mapping[str, str]] = ()
    collected_at: datetime | None = None


#: What is remembered of a paper, by its id.
Remembered = Callable[[str], Past]


@dataclass(frozen=True)
class Survey:
    """What was seen: the papers' rounds, other assignments in the hall, the roster, and what could not be seen."""

    rounds: list[Round]
    others: list[Mapping[str, Any]]
    roster: Roster
    trouble: str

    def of(self, paper_id: str) -> Round:
        """The round of a paper. Raises NotFound."""
        for found in self.rounds:
            if found.paper.id == paper_id:
                return found
        raise NotFound("没有这份试卷。可能改了编号，请回总览看看。")


@dataclass
class Surveyor:
    """Looks at a course. What it has seen given back stays so: feedback is never taken away again."""

    hall: HallClient | None
    _given_back: set[tuple[str, str]] = field(default_factory=set)

    def rounds(self, course: Course, remembered: Remembered, only: str | None = None) -> Survey:
        """All papers, or ``only`` one of them. Raises ProblemsFound for a damaged paper or contest."""
        papers, contests = find_papers(course.root), find_contests(course.root)
        rows, trouble = self._rows(course)
        try:
            roster = roster_of(course)
        except NotFound:
            roster = Roster(())
        found = [
            self._round(course, paper, contests, roster, rows, remembered(paper.id))
            for paper in papers
            if only in (None, paper.id)
        ]
        ours = {form.assignment for paper in papers for form in paper.forms}
        others = [row for name, row in rows.items() if name not in ours]
        return Survey(found, others, roster, trouble)

    def _rows(self, course: Course) -> tuple[dict[str, Mapping[str, Any]], str]:
        if self.hall is None:
            return {}, "没有连上考场服务，发布、进度、收卷暂时用不了。"
        try:
            rows = self.hall.assignments(course.course_id, withdrawn=True)
        except TrainerError as error:
            return {}, f"考场服务没有应答，下面的发布情况可能不全：{error}"
        return {row["assignment"]: row for row in rows}, ""

    def _round(
        self,
        course: Course,
        paper: Paper,
        contests: Sequence[ContestRules],
        roster: Roster,
        rows: Mapping[str, Mapping[str, Any]],
        past: Past,
    ) -> Round:
        sitting = read_allocation(course, paper)
        allotted = Counter(sitting.values())
        states = []
        for form in paper.forms:
            name = form.assignment
            pages = sorted(path.parent.parent.name for path in _feedback(course, name))
            row = rows.get(name, {})
            users = self._users(course, name) if row else ()
            collected = frozenset(account for account, _ in course.submitted(name))
            states.append(
                FormState(
                    form=form,
                    row=row,
                    users=users,
                    expected=allotted[name] if allotted else len(roster),
                    collected=collected,
                    uncollected=_uncollected(users, collected, past.collected_at),
                    marking=_marking(course, name),
                    bad=frozenset(line["account"] for line in past.refused if line["assignment"] == name),
                    pages=len(pages),
                    given_back=bool(row) and bool(pages) and self._is_back(course, name, pages),
                    own=frozenset(who for who, what in sitting.items() if what == name) if sitting else None,
                )
            )
        own = tuple(rules for rules in contests if rules.paper == paper.id)
        return Round(paper, tuple(states), own, sum(allotted.values()), _board_time(course, own))

    def _users(self, course: Course, assignment: str) -> Sequence[Mapping[str, Any]]:
        assert self.hall is not None
        try:
            return list(self.hall.progress(course.course_id, assignment)["users"])
        except TrainerError:
            return ()

    def _is_back(self, course: Course, assignment: str, accounts: Sequence[str]) -> bool:
        """Whether people have their feedback in the hall. All get it at once, so that one who has it stands for all."""
        key = (course.course_id, assignment)
        if key not in self._given_back and self.hall is not None:
            for account in (accounts[0], accounts[-1]):
                try:
                    self.hall.feedback(*key, user=account)
                except HallNotFound:
                    continue
                except TrainerError:
                    return False
                self._given_back.add(key)
                break
        return key in self._given_back


def board_folder(course: Course, contest: str) -> tuple[str, ...]:
    """The folder of a contest's board, as names below the course folder. Raises NotFound when it lies elsewhere."""
    directory = Path(Publishing(config=course.config).directory)
    if directory.is_absolute() or ".." in directory.parts:
        raise NotFound("榜单导出到了课程文件夹以外，请在服务器上查看。")
    return (*directory.parts, contest)


def _board_time(course: Course, contests: Sequence[ContestRules]) -> datetime | None:
    for rules in contests:
        page = Path(course.root, *board_folder(course, rules.id), BOARD_PAGE)
        if page.is_file():
            return datetime.fromtimestamp(page.stat().st_mtime).astimezone()
    return None


def _feedback(course: Course, assignment: str) -> list[Path]:
    return list((course.root / "feedback").glob(f"*/{assignment}/{assignment}.html"))


def _marking(course: Course, assignment: str) -> Marking:
    if not has_gradebook(course):
        return Marking()
    with CourseGradebook(course.db_url) as gradebook:
        return marking_of(gradebook, assignment)


def _uncollected(users: Sequence[Mapping[str, Any]], collected: frozenset[str], last: datetime | None) -> int:
    """How many have handed in something that was not there at the last collection.

    What came before it was looked at then: a late one that does not count is never collected.
    """
    sent = [user for user in users if user["submissions"]]
    if last is None:
        return sum(user["user"] not in collected for user in sent)
    return sum(datetime.fromisoformat(user["last_submitted_at"]) > last for user in sent)
