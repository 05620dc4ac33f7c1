"""The learning hall (学习大厅): what a person can learn, take, read and practise, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trainer.hall.learning_client import LearningClient
from trainer.hub.singleuser.lessons import Standing
from trainer.hub.singleuser.papers import Paper, PaperFolder
from trainer.model.points import as_text

#: So many lessons are shown at once; the others are folded away.
SHOWN = 4


@dataclass(frozen=True)
class LessonCard:
    """One line of 课程."""

    id: str
    title: str
    topic: str
    minutes: int
    standing: Standing
    opened: bool

    @property
    def state(self) -> str:
        if self.standing.finished:
            return "√ 已学完"
        return "学习中" if self.opened else "未开始"

    @property
    def action(self) -> str:
        if self.standing.finished:
            return "再看一遍"
        return "接着学" if self.opened else "开始学习"


@dataclass(frozen=True)
class MarkLine:
    """One line of 成绩与反馈. ``mark`` is empty while only the page of feedback was released."""

    course: str
    assignment: str
    title: str
    mark: str
    pending: int
    receipts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class LearningHall:
    """Everything on the page."""

    lessons: tuple[LessonCard, ...]
    more_lessons: tuple[LessonCard, ...]
    papers: tuple[Paper, ...]
    marks: tuple[MarkLine, ...]
    topics: tuple[Mapping[str, Any], ...]
    cleared: int

    @property
    def mistakes(self) -> int:
        return sum(int(topic["count"]) for topic in self.topics)

    @property
    def open_papers(self) -> int:
        return sum(paper.state in ("open", "working") for paper in self.papers)

    @property
    def finished(self) -> int:
        return sum(card.standing.finished for card in (*self.lessons, *self.more_lessons))


def look(papers: PaperFolder, hall: LearningClient) -> LearningHall:
    """Ask the hall. Raises HallError or HallUnreachable with the sentence to show."""
    mine = hall.learning()
    listed = papers.list()
    cards = [_card(row) for row in mine["lessons"]]
    shown = _first(cards)
    marks = {(row["course"], row["assignment"]): row for row in mine["marks"]}
    return LearningHall(
        lessons=tuple(shown),
        more_lessons=tuple(card for card in cards if card not in shown),
        papers=tuple(sorted(map(_with_marks, listed), key=_urgency)),
        marks=tuple(
            _line(paper, marks.get((paper.course, paper.assignment))) for paper in listed if paper.feedback
        ),
        topics=tuple(mine["mistakes"]["topics"]),
        cleared=int(mine["mistakes"]["cleared"]),
    )


def _card(row: Mapping[str, Any]) -> LessonCard:
    return LessonCard(
        id=row["lesson"],
        title=row["title"],
        topic=row["topic_title"],
        minutes=int(row["minutes"]),
        standing=Standing.read(row),
        opened=row["progress"] is not None,
    )


def _first(cards: list[LessonCard]) -> list[LessonCard]:
    """The lessons to go on with: those begun, then those not begun yet, then the finished ones."""

    def place(card: LessonCard) -> int:
        return 2 if card.standing.finished else 0 if card.opened else 1

    return sorted(cards, key=place)[:SHOWN]


def _with_marks(paper: Paper) -> Paper:
    return replace(paper, state="marked", state_text="已出分") if paper.feedback else paper


def _urgency(paper: Paper) -> int:
    """What can be done now comes first, what is over last."""
    order = {"working": 0, "open": 1, "not-open": 2, "submitted": 3, "marked": 4}
    return order.get(paper.state, 5)


def _line(paper: Paper, mark: Mapping[str, Any] | None) -> MarkLine:
    return MarkLine(
        course=paper.course,
        assignment=paper.assignment,
        title=paper.title,
        mark="" if mark is None else f"{as_text(mark['points'])} 分（满分 {as_text(mark['full'])} 分）",
        pending=0 if mark is None else int(mark["pending"]),
        receipts=paper.receipts,
    )
