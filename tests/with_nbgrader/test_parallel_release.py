"""Parallel forms through a real hall: everybody gets the form that was allotted to them, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.hall.client import HallNotFound
from trainer.model.paper import Paper
from trainer.model.people import Roster
from trainer.nbgrader.course import Course
from trainer.people.roster import write_roster
from trainer.workflow.allotment import audience_of, read_allocation, write_allocation
from trainer.workflow.papers import make, release
from trainer.workflow.people import import_roster, roster_of

from .conftest import BLUEPRINT, made_up_people
from .under_hub import Room

SMALL = (
    f"{BLUEPRINT.partition('sections:')[0]}sections:\n  - {{title: 判断, kind: judge, count: 2, points: 1}}\n"
)
FORMS = ["pingxing-a", "pingxing-b"]


@pytest.fixture
def course(room: Room) -> Course:
    return room.open()


@pytest.fixture
def paper(course: Course, bank_folder: Path) -> Paper:
    """Two forms, made and neither allotted nor released."""
    path = course.root / "blueprints" / "pingxing.yaml"
    path.write_text(SMALL.replace("quanti", "pingxing"), encoding="utf-8")
    return make(course, bank_folder, path, "7", forms=2).paper


@pytest.fixture
def seen(room: Room, course: Course) -> Callable[[str], list[str]]:
    """The forms of the paper in somebody's list."""

    def forms(account: str) -> list[str]:
        rows = room.seat(account).client.assignments(course.course_id)
        return sorted(row["assignment"] for row in rows if row["assignment"] in FORMS)

    return forms


def people_at_hall(room: Room, course: Course) -> list[object]:
    client = room.instructor.client
    return [client.assignment(course.course_id, form)["people"] for form in FORMS]


def test_without_an_allotment_everybody_sees_all(room, course, paper, seen):
    assert release(course, [paper.id]) == FORMS
    assert people_at_hall(room, course) == [None, None]
    assert seen("c01") == FORMS
    assert audience_of(course, paper).sentence == "还没有分卷，所有人都看得到各份卷。"


def test_an_allotment_is_told_to_the_hall(room, course, paper, seen):
    allotted = write_allocation(course, paper, roster_of(course))
    release(course, [paper.id], {"attempts": 2})
    for account, form in allotted.items():
        assert seen(account) == [form]
    other = next(form for form in FORMS if form != allotted["c01"])
    with pytest.raises(HallNotFound, match="没有发布过作业"):
        room.seat("c01").client.files(course.course_id, other)
    assert audience_of(course, paper).sentence == "每人只看到分给自己的一份。"
    room.instructor.verb("ReleaseAssignment", FORMS[0])
    assert seen("c01") == [allotted["c01"]], "nbgrader's own release leaves the rules as they are"


def test_somebody_enrolled_later(room, course, paper, seen):
    """No form until allotted, none in the hall until released again; nothing changes for others."""
    everybody = made_up_people()
    people, late = Roster(everybody.trainees[:-1]), everybody.trainees[-1]
    sheet = course.root / "名册.csv"
    write_roster(people, sheet)
    import_roster(course, sheet)
    before = write_allocation(course, paper, roster_of(course))
    release(course, [paper.id])

    write_roster(everybody, sheet)
    import_roster(course, sheet)
    assert "名册里还有 1 人没有分到卷，看不到" in audience_of(course, paper).sentence
    release(course, [paper.id])
    assert seen(late.account) == []
    write_allocation(course, paper, roster_of(course))
    after = read_allocation(course, paper)
    assert {account: after[account] for account in before} == before
    release(course, [paper.id])
    assert seen(late.account) == [after[late.account]]
    assert seen("c01") == [before["c01"]]


def test_everybody_may_be_asked_for_and_taken_back(room, course, paper, seen):
    allotted = write_allocation(course, paper, roster_of(course))
    release(course, [paper.id], everybody=True)
    assert seen("c01") == FORMS
    assert audience_of(course, paper, everybody=True).sentence == "所有人都看得到各份卷。"
    release(course, [FORMS[0]])
    release(course, [FORMS[1]])
    assert seen("c01") == [allotted["c01"]]


def test_a_single_form_is_everybodys_and_its_rule_is_left_alone(room, course, seen):
    release(course, ["keguan"])
    client = room.instructor.client
    assert client.assignment(course.course_id, "keguan")["people"] is None
    client.change_rules(course.course_id, "keguan", {"people": ["c01"]})
    release(course, ["keguan"])
    assert client.assignment(course.course_id, "keguan")["people"] == ["c01"]


def test_the_command_says_whom_it_is_for(room, course, paper):
    write_allocation(course, paper, roster_of(course))
    printed = room.instructor.command("trainer", "release", paper.id)
    assert printed.returncode == 0, printed.stderr
    assert "6 人" in printed.stdout
    assert "全题型小卷：每人只看到分给自己的一份。" in printed.stdout
    printed = room.instructor.command("trainer", "release", paper.id, "--everybody")
    assert "所有人都看得到各份卷。" in printed.stdout
    assert people_at_hall(room, course) == [None, None]


def test_without_a_hall_nobody_can_be_kept_from_a_form(course, paper, monkeypatch):
    write_allocation(course, paper, roster_of(course))
    monkeypatch.delenv("TRAINER_HALL_URL")
    assert audience_of(Course(course.root), paper).people is None
