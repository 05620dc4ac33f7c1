"""What state a paper is in, and what comes next: from the numbers alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trainer.console.rounds import FormState, Round
from trainer.console.survey import _uncollected
from trainer.model.marks import Marking as MarkingRules
from trainer.model.paper import Form, Paper
from trainer.nbgrader.waiting import Marking

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
SENT = {"user": "c01", "submissions": 1, "last_submitted_at": "2026-11-20T10:00:00+08:00"}


def state(**changes: Any) -> FormState:
    """A form that was never released, but for ``changes``."""
    given: dict[str, Any] = {
        "form": Form(letter="A", assignment="x", items=()),
        "row": {},
        "users": (),
        "expected": 3,
        "collected": frozenset(),
        "uncollected": 0,
        "marking": Marking(),
        "bad": frozenset(),
        "pages": 0,
        "given_back": False,
    }
    return FormState(**(given | changes))


def out(*, over: bool = False) -> dict[str, Any]:
    """The hall's row of a released form."""
    return {"withdrawn": False, "opens": None, "closes": "2026-11-20T10:30:00+08:00", "over": over}


def round_of(*states: FormState, board_at: datetime | None = None, contests: tuple[Any, ...] = ()) -> Round:
    paper = Paper(
        format=1, id="x", title="虚构", seed="1", blueprint={}, marking=MarkingRules(), sections=(),
        forms=tuple(one.form for one in states),
    )  # fmt: skip
    return Round(paper, states, contests, 0, board_at)


HERE = frozenset({"c01", "c02"})
GRADED = Marking(graded=HERE)
WAITING = Marking(graded=HERE, answers=4, people=2, first="n")


@pytest.mark.parametrize(
    ("form", "label", "following"),
    [
        (state(), "未发布", "发布"),
        (state(row=out() | {"withdrawn": True}), "未发布", "发布"),
        (state(row=out()), "已发布", "看进度"),
        (state(row=out(), users=(SENT,), uncollected=1), "已提交 1/3", "看进度"),
        (state(row=out(over=True), users=(SENT,), uncollected=1), "已提交 1/3", "收卷"),
        (state(row=out(over=True), collected=HERE), "已提交 2/3", "阅卷"),
        (state(row=out(over=True), collected=HERE, bad=frozenset({"c02"})), "已提交 2/3", "阅卷"),
        (state(row=out(over=True), collected=HERE, marking=WAITING), "已评分", "评阅案例题（还有 4 题）"),
        (state(row=out(over=True), collected=HERE, marking=GRADED), "已评分", "发反馈"),
        (state(collected=HERE, marking=GRADED, row={}), "已评分", "发反馈"),
        (
            state(row=out(over=True), collected=HERE, marking=GRADED, pages=2, given_back=True),
            "已反馈",
            "查看",
        ),
    ],
)
def test_the_label_and_the_next_verb(form, label, following):
    assert (form.label, round_of(form).next.title) == (label, following)


def test_a_refused_submission_does_not_hold_up_the_round():
    only_one = Marking(graded=frozenset({"c01"}))
    form = state(row=out(over=True), collected=HERE, marking=only_one, bad=frozenset({"c02"}))
    assert (form.stage, round_of(form).bad) == ("已评分", 1)


def test_a_board_comes_before_feedback_where_there_is_a_contest():
    form = state(row=out(over=True), collected=HERE, marking=GRADED)
    assert round_of(form, contests=("one",)).next.title == "出榜"
    assert round_of(form, contests=("one",), board_at=NOW).next.title == "发反馈"


def test_a_paper_is_as_far_as_its_last_form():
    done = state(row=out(over=True), collected=HERE, marking=GRADED)
    assert round_of(done, state()).label == "未发布"
    assert round_of(done, done).label == "已评分"


def test_what_came_after_the_last_collection_is_uncollected():
    early = {**SENT, "user": "c02", "last_submitted_at": "2026-11-20T09:00:00+08:00"}
    nothing = {"user": "c03", "submissions": 0, "last_submitted_at": None}
    users = (SENT, early, nothing)
    assert _uncollected(users, frozenset(), None) == 2
    assert _uncollected(users, frozenset({"c01"}), None) == 1
    between = datetime.fromisoformat("2026-11-20T09:30:00+08:00")
    assert _uncollected(users, frozenset({"c01"}), between) == 1
    assert _uncollected(users, frozenset(), between + timedelta(hours=1)) == 0
