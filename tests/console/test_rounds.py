"""What state a paper is in, and what comes next: from the numbers alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trainer.console import watching
from trainer.console.rounds import FormState, Round
from trainer.console.survey import _uncollected
from trainer.model.marks import Marking as MarkingRules
from trainer.model.paper import Form, Paper
from trainer.model.people import Roster, Trainee
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


def test_only_those_whom_a_form_was_allotted_to_are_counted():
    """Somebody who handed in the other form has not handed in this one."""
    strayed = {**SENT, "user": "c09"}
    form = state(row=out(), users=(SENT, strayed), own=frozenset({"c01", "c02", "c03"}))
    assert (form.submitted, form.label) == (1, "已提交 1/3")
    assert state(row=out(), users=(strayed,), own=frozenset({"c01"})).label == "已提交 0/3"


def test_an_allotment_that_the_hall_does_not_know_yet_is_seen():
    known, old = out() | {"people_count": 3}, out() | {"people_count": 2}
    assert not round_of(state(row=known), state(row=known)).unknown_at_hall
    assert round_of(state(row=known), state(row=old)).unknown_at_hall
    assert not round_of(state(row=out()), state(row=out())).limited
    assert not round_of(state(row=out()), state(row=out())).unknown_at_hall


def test_progress_of_somebody_with_a_form_that_is_not_theirs(monkeypatch):
    """Fetched only: as if they had not. Handed in: a line of its own, which no sum counts."""
    trainee = Trainee(account="c01", name="甲", team="甲镇")
    a, b = Form(letter="A", assignment="x-a", items=()), Form(letter="B", assignment="x-b", items=())
    monkeypatch.setattr(watching, "read_allocation", lambda *_: {"c01": "x-a"})

    def lines(*users):
        found = round_of(state(form=a, row=out()), state(form=b, row=out(), users=users))
        return list(watching.progress_lines(None, found, Roster((trainee,))))

    fetched = {"user": "c01", "submissions": 0, "fetched_at": "2026-11-20T09:00:00+08:00"}
    assert [(line["letter"], line["state"]) for line in lines(fetched)] == [("A", "absent")]
    both = lines({**SENT, "late": False, "answers_submitted": 3})
    assert [(line["letter"], line["state"]) for line in both] == [
        ("A", "absent"),
        ("B（不是本人的）", "submitted"),
    ]
    assert watching.sums(both) == {"absent": 1, "working": 0, "submitted": 0, "late": 0}


def test_what_came_after_the_last_collection_is_uncollected():
    early = {**SENT, "user": "c02", "last_submitted_at": "2026-11-20T09:00:00+08:00"}
    nothing = {"user": "c03", "submissions": 0, "last_submitted_at": None}
    users = (SENT, early, nothing)
    assert _uncollected(users, frozenset(), None) == 2
    assert _uncollected(users, frozenset({"c01"}), None) == 1
    between = datetime.fromisoformat("2026-11-20T09:30:00+08:00")
    assert _uncollected(users, frozenset({"c01"}), between) == 1
    assert _uncollected(users, frozenset(), between + timedelta(hours=1)) == 0
