"""Whole rounds through a real hall: by our commands, by formgrader's calls, and by the stock commands themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trainer.bank.reader import read_bank
from trainer.errors import TrainerError, UsageError
from trainer.grading.mark import treatment_of
from trainer.grading.practice import judge
from trainer.hall.learning_client import LearningClient
from trainer.model.paper import Form
from trainer.nbgrader.course import Course
from trainer.nbgrader.entries import entries
from trainer.nbgrader.gradebook import CourseGradebook
from trainer.workflow.extra_time import extend
from trainer.workflow.feedback import generate_feedback
from trainer.workflow.grading import grade
from trainer.workflow.papers import collect, release

from .conftest import sample_answers
from .under_hub import Room, Seat, refused


def _entries(course: Course) -> dict[str, tuple[bool, datetime | None]]:
    with CourseGradebook(course.db_url) as gradebook:
        return {entry.account: (entry.late, entry.submitted_at) for entry in entries(gradebook, ["keguan"])}


# -- our own commands --------------------------------------------------------------------------------------------------


def test_a_round_by_the_workflow(room: Room, form: Form, bank_folder: Path) -> None:
    course = room.open()
    assert release(course, ["keguan"], {"attempts": 2}) == ["keguan"]
    first, second = room.seat("c01"), room.seat("c02")
    receipt = first.hand_in(form, sample_answers(form, "right"))
    second.hand_in(form, sample_answers(form, "wrong"))
    course = room.open()
    assert collect(course, ["keguan"]) == [("keguan", 2)]
    (report,) = grade(course, ["keguan"])
    assert (report.graded, report.bad) == (2, ())
    books = [LearningClient(room.instructor.hall.url, seat.token) for seat in (first, second)]
    assert [book.mistakes() for book in books] == [[], []], "no key before the feedback is released"
    assert _entries(course)["c01"] == (False, datetime.fromisoformat(receipt["received_at"]).astimezone(UTC))
    assert generate_feedback(course, ["keguan"], release=True) == (2, [])

    compared = {item.question_id: item for item in form.items if treatment_of(item) == "compared"}
    assert books[0].mistakes() == []
    wrong = {one["question"]: one for one in books[1].mistakes()}
    assert set(wrong) == set(compared)
    for name, item in compared.items():
        entry = wrong[name]["entry"]
        assert (entry["layout"], entry["citation"]) == (list(item.layout), item.citation)
        assert judge(entry, sample_answers(form, "right")[item.cell]).right
        assert not {"author_note", "facts"} & set(entry["question"])
    assert {one["topic_title"] for one in wrong.values()} <= set(read_bank(bank_folder).topics.values())
    marks = [book.learning()["marks"][0] for book in books]
    full = sum(item.hundredths for item in form.items)
    assert [(one["full"], one["pending"]) for one in marks] == [(full, 1), (full, 1)]
    assert marks[0]["points"] == sum(item.hundredths for item in compared.values())
    assert marks[1]["points"] < marks[0]["points"]

    (group,) = first.verb("List", cached=True)
    (before,) = group["submissions"]
    assert (before["has_exchange_feedback"], before["has_local_feedback"]) == (True, False)
    first.verb("FetchFeedback", "keguan")
    (after,) = first.verb("List", cached=True)[0]["submissions"]
    assert (after["has_local_feedback"], after["feedback_updated"]) == (True, False)
    page = Path(after["local_feedback_path"]) / "keguan.html"
    assert page.parent == first.home / "keguan" / "feedback" / before["timestamp"]
    made = course.root / "feedback" / "c01" / "keguan" / "keguan.html"
    assert page.read_bytes() == made.read_bytes()

    made.write_text(f"{made.read_text(encoding='utf-8')}<!-- 更正 -->", encoding="utf-8")
    room.instructor.verb("ReleaseFeedback", "keguan", student="c01")
    assert first.verb("List", cached=True)[0]["submissions"][0]["feedback_updated"] is True
    first.verb("FetchFeedback", "keguan")
    assert page.read_bytes() == made.read_bytes()
    assert second.verb("List", cached=True)[0]["submissions"][0]["has_exchange_feedback"] is True


def test_feedback_that_is_not_there_yet_is_no_error(
    released: Room, form: Form, caplog: pytest.LogCaptureFixture
) -> None:
    trainee = released.seat("c01")
    trainee.hand_in(form, {})
    trainee.verb("FetchFeedback", "keguan")
    assert "还没有反馈" in caplog.text
    assert not (trainee.home / "keguan" / "feedback").exists()


def test_times_from_the_command_line_and_extra_time_reach_hall_and_gradebook(room: Room, form: Form) -> None:
    course = room.open()
    now = datetime.now(UTC)
    release(course, ["keguan"], {"opens": now - timedelta(hours=1), "late": "accept"})
    seats = [room.seat(account) for account in ("c01", "c02", "c03")]
    seats[0].hand_in(form, {})
    closes = datetime.fromisoformat(seats[0].client.submissions(course.course_id, "keguan")[0]["received_at"])
    course = room.open()
    release(course, ["keguan"], {"closes": closes})
    assert extend(course, "keguan", "c02", 10) == ["keguan"]
    assert [seat.hand_in(form, {})["late"] for seat in seats[1:]] == [False, True]
    row = seats[1].client.assignment(course.course_id, "keguan")
    assert (row["extra_minutes"], row["state"]) == (10, "submitted")
    assert datetime.fromisoformat(row["closes"]) == closes + timedelta(minutes=10)
    course = room.open()
    collect(course, ["keguan"])
    grade(course, ["keguan"])
    assert {account: late for account, (late, _) in _entries(course).items()} == {
        "c01": False,
        "c02": False,
        "c03": True,
    }
    extend(course, "keguan", "c02", 0)
    collect(course, ["keguan"])
    (report,) = grade(course, ["keguan"])
    assert (report.graded, report.unchanged) == (1, 2)
    assert _entries(course)["c02"][0] is True


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own way
def test_stock_autograde_knows_extra_time_too(released: Room, form: Form) -> None:
    client, course = released.instructor.client, released.open()
    trainee = released.seat("c01")
    trainee.fetch("keguan")
    client.change_rules(course.course_id, "keguan", {"closes": datetime.now(UTC).isoformat()})
    client.extend(course.course_id, "keguan", "c01", 5)
    trainee.hand_in(form, {})
    course = released.open()
    collect(course, ["keguan"])
    outcome = course.api().autograde("keguan", "c01", force=True, create=False)
    assert outcome["success"], outcome
    assert _entries(course)["c01"][0] is False


def test_saved_answers_are_graded_and_pages_without_a_receipt_go_by_hand(released: Room, form: Form) -> None:
    course, cell = released.open(), form.items[0].cell
    right = sample_answers(form, "right")
    released.seat("c01").client.save_answer(course.course_id, "keguan", cell, right[cell])
    released.seat("c02").hand_in(form, right)
    assert collect(released.open(), ["keguan"]) == [("keguan", 1)]
    assert collect(released.open(), ["keguan"], include_saved=True) == [("keguan", 2)]
    submitted = course.root / "submitted"
    shutil.copytree(submitted / "c02", submitted / "c03")  # by hand, with a receipt that is not theirs
    (report,) = grade(course, ["keguan"])
    assert (report.graded, report.unanswered) == (3, len(form.items) - 1)
    pages, failed = generate_feedback(course, ["keguan"], release=True)
    assert (pages, sorted(account for account, _ in failed)) == (3, ["c01", "c03"])
    given = [
        released.seat(a).client.assignment(course.course_id, "keguan")["feedback"] for a in ("c02", "c03")
    ]
    assert given == [True, False]


def test_what_takes_a_hall_says_so_without_one(course: Course) -> None:
    with pytest.raises(UsageError, match="没有连上考场服务"):
        release(course, ["keguan"], {"attempts": 3})
    with pytest.raises(TrainerError, match="请去掉 --saved"):
        collect(course, ["keguan"], include_saved=True)
    with pytest.raises(TrainerError, match="不能给个人延长时间"):
        extend(course, "keguan", "c01", 5)
    closes = datetime(2026, 11, 20, 3, tzinfo=UTC)
    release(course, ["keguan"], {"closes": closes})
    with CourseGradebook(course.db_url) as gradebook:
        assert gradebook.cells_of("keguan").duedate == closes


def test_the_halls_refusal_is_all_that_our_command_says(released: Room) -> None:
    course = released.open()
    released.instructor.client.withdraw(course.course_id, "keguan")
    trainee = released.seat("c01")
    trainee.sit_down()
    with pytest.raises(
        TrainerError, match=r"^nbgrader release_assignment keguan 没有成功：只有教师可以这样做。$"
    ):
        release(Course(course.root), ["keguan"])


# -- formgrader --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own way
def test_formgraders_calls(room: Room, form: Form) -> None:
    api = room.open().api()
    assert api.exchange_is_functional
    assert api.get_released_assignments() == set()
    assert api.get_assignment("keguan")["status"] == "draft"
    assert api.release_assignment("keguan")["success"]
    assert api.get_released_assignments() == {"keguan"}
    assignments = {one["name"]: one for one in api.get_assignments()}
    assert (assignments["keguan"]["status"], assignments["keguan"]["releaseable"]) == ("released", True)
    assert assignments["quanti"]["status"] == "draft"

    trainee = room.seat("c01")
    receipt = trainee.hand_in(form, sample_answers(form, "right"))
    room.instructor.sit_down()
    assert api.get_submitted_students("keguan") == set()
    assert api.collect("keguan")["success"]
    assert api.get_submitted_students("keguan") == {"c01"}
    assert api.get_assignment("keguan")["num_submissions"] == 1
    received = datetime.fromisoformat(receipt["received_at"])
    assert api.get_submitted_timestamp("keguan", "c01").replace(tzinfo=UTC) == received
    submission = api.get_submission("keguan", "c01")
    assert (submission["autograded"], submission["needs_manual_grade"]) == (False, False)

    outcome = api.autograde("keguan", "c01", create=False)
    assert outcome["success"], outcome["error"]
    assert api.get_autograded_students("keguan") == {"c01"}
    assert (
        api.get_submission("keguan", "c01")["timestamp"]
        == received.astimezone(UTC).replace(tzinfo=None).isoformat()
    )
    assert api.generate_feedback("keguan", "c01")["success"]
    assert api.release_feedback("keguan", "c01")["success"]
    assert trainee.client.assignment(room.course.course_id, "keguan")["feedback_for"] == [receipt["id"]]

    newer = trainee.hand_in(form, sample_answers(form, "wrong"))
    room.instructor.sit_down()
    assert api.collect("keguan")["success"]
    assert api.get_autograded_students("keguan") == set()
    kept = room.course.root / "submitted" / "c01" / "keguan" / "receipt.json"
    assert json.loads(kept.read_bytes())["id"] == newer["id"]
    assert api.unrelease("keguan")["success"]
    assert api.get_released_assignments() == set()


def test_formgrader_is_told_when_there_is_no_hall(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.instructor.sit_down()
    monkeypatch.setenv("TRAINER_HALL_URL", "http+unix://%2Fnowhere%2Fhall.sock/services/hall/")
    api = Course(room.course.root).api()
    assert api.exchange_missing
    assert api.get_released_assignments() == set()


def test_the_assignment_list_in_lab(
    released: Room, form: Form, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbgrader.server_extensions.assignment_list.handlers import AssignmentList

    course, trainee = released.course.course_id, released.seat("c01")
    trainee.sit_down()
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(repository))
    panel = AssignmentList()
    panel.root_dir = str(trainee.home)
    assert panel.list_courses()["value"].count(course) == 1
    assert [row["status"] for row in panel.list_assignments(course)["value"]] == ["released"]
    assert panel.fetch_assignment(course, "keguan") == {"success": True}
    (fetched,) = panel.list_assignments(course)["value"]
    assert (fetched["status"], fetched["path"]) == ("fetched", "keguan")
    assert fetched["notebooks"] == [{"notebook_id": "keguan", "path": "keguan/keguan.ipynb"}]
    trainee.answer(form, sample_answers(form, "right"))
    assert panel.submit_assignment(course, "keguan") == {"success": True}
    (receipt,) = trainee.client.submissions(course, "keguan")
    released.instructor.client.put_feedback(course, "keguan", "c01", receipt["id"], {"keguan.html": b"<p>"})
    assert panel.fetch_feedback(course, "keguan") == {"success": True}
    submitted = panel.list_assignments(course)["value"][1]["submissions"][0]
    assert (submitted["has_local_feedback"], submitted["feedback_updated"]) == (True, False)
    assert submitted["local_feedback_path"] == f"keguan/feedback/{submitted['timestamp']}"
    released.instructor.client.withdraw(course, "keguan")
    assert panel.fetch_assignment(course, "keguan")["success"] is False


# -- the commands themselves -------------------------------------------------------------------------------------------


@pytest.fixture
def stranger_home() -> Iterator[Path]:
    """A home that somebody without an account on this machine can use."""
    with tempfile.TemporaryDirectory(prefix="home-") as name:
        home = Path(name)
        if os.getuid() == 0:
            os.chown(home, 234_567, 234_567)
        yield home


def _well(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_the_stock_commands_with_a_numeric_user(room: Room, form: Form, stranger_home: Path) -> None:
    """The trainee's run as a uid that has no passwd entry, when the tests may change theirs."""
    course = room.course.course_id
    teacher = room.instructor
    trainee = Seat(teacher.hall, room.course, "token-c01", stranger_home, teacher.monkeypatch)
    other = {"user": 234_567, "group": 234_567, "extra_groups": []} if os.getuid() == 0 else {}
    released = _well(teacher.command("nbgrader", "release_assignment", "keguan", "--force"))
    assert f"已发布到考场：{course} keguan" in released
    assert f"{course} keguan （未开始）" in _well(
        trainee.command("nbgrader", "list", "--course", course, **other)
    )
    _well(trainee.command("nbgrader", "fetch_assignment", "keguan", "--course", course, **other))
    trainee.answer(form, sample_answers(form, "right"))
    submitted = _well(trainee.command("nbgrader", "submit", "keguan", "--course", course, **other))
    assert "已交卷" in submitted
    (receipt,) = trainee.client.submissions(course, "keguan")
    assert receipt["id"] in submitted
    _well(teacher.command("nbgrader", "collect", "keguan", "--update"))
    assert (room.course.root / "submitted" / "c01" / "keguan" / "receipt.json").is_file()


def test_our_commands(room: Room, form: Form) -> None:
    teacher = room.instructor
    closes = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    _well(
        teacher.command(
            "trainer", "release", "keguan", f"--closes={closes}", "--counts=first", "--late=accept"
        )
    )
    row = teacher.client.assignment(room.course.course_id, "keguan")
    assert (row["counts"], row["late"]) == ("first", "accept")
    assert datetime.fromisoformat(row["closes"]) - datetime.fromisoformat(closes) < timedelta(seconds=1)
    assert "15" in _well(teacher.command("trainer", "extend", "keguan", "c01", "15"))
    assert room.seat("c01").client.assignment(room.course.course_id, "keguan")["extra_minutes"] == 15
    room.seat("c01").hand_in(form, {})
    done = json.loads(_well(teacher.command("trainer", "collect", "keguan", "--saved", "--format=json")))
    assert done["rows"] == [{"作业": "keguan", "份数": 1}]


def test_a_trainee_reads_in_chinese_why_not(released: Room) -> None:
    refused(released.seat("c01"), "^只有教师可以这样做。$", "Collect")
