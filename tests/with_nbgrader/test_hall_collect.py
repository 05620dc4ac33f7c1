"""Collecting from a real hall: what counts, whose time, and never half a folder."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trainer.model.paper import Form
from trainer.nbgrader.submissions import read_timestamp
from trainer.papers.files import paper_path

from .conftest import sample_answers
from .under_hub import Room, refused

#: What a collected folder holds.
WHOLE = ["keguan.ipynb", "receipt.json", "timestamp.txt"]


def _collected(room: Room, account: str) -> Path:
    return room.course.root / "submitted" / account / "keguan"


def _collected_id(room: Room, account: str) -> str:
    return str(json.loads((_collected(room, account) / "receipt.json").read_bytes())["id"])


def test_collecting_writes_whole_folders_with_the_servers_time(released: Room, form: Form) -> None:
    trainee = released.seat("c01")
    receipt = trainee.hand_in(form, sample_answers(form, "right"))
    released.seat("c02").hand_in(form, {})
    released.instructor.verb("Collect", "keguan", student="c01")
    folder = _collected(released, "c01")
    assert [path.name for path in folder.parent.parent.iterdir()] == ["c01"]
    assert sorted(path.name for path in folder.iterdir()) == WHOLE
    assert json.loads((folder / "receipt.json").read_bytes()) == receipt
    assert (folder / "keguan.ipynb").read_bytes() == (trainee.home / "keguan" / "keguan.ipynb").read_bytes()
    assert read_timestamp(folder) == datetime.fromisoformat(receipt["received_at"])
    from nbgrader.coursedir import CourseDirectory

    stock = CourseDirectory(root=str(released.course.root)).get_existing_timestamp(str(folder))
    assert stock.replace(tzinfo=UTC) == datetime.fromisoformat(receipt["received_at"])
    before = folder.stat().st_ino
    released.instructor.verb("Collect", "keguan", update=True)
    assert folder.stat().st_ino == before
    assert _collected(released, "c02").is_dir()


def test_a_newer_submission_needs_update(released: Room, form: Form) -> None:
    trainee = released.seat("c01")
    first = trainee.hand_in(form, sample_answers(form, "wrong"))
    released.instructor.verb("Collect", "keguan")
    second = trainee.hand_in(form, sample_answers(form, "right"))
    released.instructor.verb("Collect", "keguan")
    assert _collected_id(released, "c01") == first["id"]
    released.instructor.verb("Collect", "keguan", update=True)
    assert _collected_id(released, "c01") == second["id"]
    assert sorted(path.name for path in _collected(released, "c01").parent.iterdir()) == ["keguan"]


def test_what_is_newer_than_the_hall_knows_is_kept(released: Room, form: Form) -> None:
    """A paper handed in on a stick, or a hall restored from a backup."""
    released.seat("c01").hand_in(form, {})
    folder = _collected(released, "c01")
    folder.mkdir(parents=True)
    (folder / "keguan.ipynb").write_text("手工收的")
    (folder / "timestamp.txt").write_text("2090-01-01 00:00:00.000000 UTC")
    released.instructor.verb("Collect", "keguan", update=True)
    assert (folder / "keguan.ipynb").read_text() == "手工收的"
    (folder / "timestamp.txt").write_text("2020-01-01 00:00:00.000000 UTC")
    released.instructor.verb("Collect", "keguan", update=True)
    assert (folder / "receipt.json").is_file()


def test_the_rule_says_which_submission_counts(released: Room, form: Form) -> None:
    trainee, client, course = released.seat("c01"), released.instructor.client, released.course.course_id
    answers = [sample_answers(form, which) for which in ("blank", "right", "wrong")]
    answers.append({**answers[1], form.items[-1].cell: "另一种写法，得分相同"})
    ids = [trainee.hand_in(form, one)["id"] for one in answers]
    for rule, position in (("last", 3), ("first", 0), ("best", 1)):
        client.change_rules(course, "keguan", {"counts": rule})
        released.instructor.verb("Collect", "keguan", update=True)
        assert _collected_id(released, "c01") == ids[position], rule


def test_best_can_read_what_is_broken_and_needs_a_paper(released: Room, form: Form) -> None:
    trainee, client, course = released.seat("c01"), released.instructor.client, released.course.course_id
    client.change_rules(course, "keguan", {"counts": "best"})
    path = trainee.fetch("keguan")
    content = json.loads(path.read_bytes())
    right = trainee.hand_in(form, sample_answers(form, "wrong"))
    path.write_text(json.dumps(content | {"cells": content["cells"][:3]}), encoding="utf-8")
    trainee.verb("Submit", "keguan")
    released.instructor.verb("Collect", "keguan")
    assert _collected_id(released, "c01") == right["id"]
    paper_path(released.course.root, "keguan").unlink()
    refused(released.instructor, "papers 文件夹里没有它的试卷", "Collect", update=True)


def test_late_submissions_are_kept_and_count_only_if_the_rule_says_so(
    released: Room, form: Form, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = released.seat("c01"), released.seat("c02")
    client, course = released.instructor.client, released.course.course_id
    on_time = first.hand_in(form, sample_answers(form, "wrong"))
    second.fetch("keguan")
    client.change_rules(course, "keguan", {"closes": on_time["received_at"]})
    late = first.hand_in(form, sample_answers(form, "right"))
    only_late = second.hand_in(form, {})
    assert (late["late"], only_late["late"]) == (True, True)
    caplog.set_level("INFO")
    released.instructor.verb("Collect", "keguan")
    assert _collected_id(released, "c01") == on_time["id"]
    assert not _collected(released, "c02").exists()
    assert "没有收：c02 keguan（只有迟交的，按规则不算数）" in caplog.text
    client.change_rules(course, "keguan", {"late": "accept"})
    released.instructor.verb("Collect", "keguan", update=True, before_duedate=True)
    assert _collected_id(released, "c01") == on_time["id"]
    assert _collected_id(released, "c02") == only_late["id"]
    released.instructor.verb("Collect", "keguan", update=True)
    assert _collected_id(released, "c01") == late["id"]


def test_saved_answers_of_those_who_did_not_hand_in(
    released: Room, form: Form, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = released.seat("c01"), released.seat("c02")
    client, course = released.instructor.client, released.course.course_id
    cell = form.items[0].cell
    client.change_rules(course, "keguan", {"closes": "2090-01-01T00:00:00+08:00"})
    saved = first.client.save_answer(course, "keguan", cell, "A")
    second.client.save_answer(course, "keguan", cell, "B")
    receipt = second.hand_in(form, {})
    caplog.set_level("INFO")
    released.instructor.verb("Collect", "keguan", include_saved=True)
    assert not _collected(released, "c01").exists()
    assert "没有收：c01 keguan（还在作答）" in caplog.text
    past = datetime.fromisoformat(saved["saved_at"]) + timedelta(milliseconds=1)
    client.change_rules(course, "keguan", {"closes": past.isoformat()})
    released.instructor.verb("Collect", "keguan")
    assert not _collected(released, "c01").exists()
    for _ in range(2):
        released.instructor.verb("Collect", "keguan", include_saved=True, update=True)
        folder = _collected(released, "c01")
        assert sorted(path.name for path in folder.iterdir()) == [
            "keguan.ipynb",
            "saved-only.txt",
            "timestamp.txt",
        ]
        assert read_timestamp(folder) == datetime.fromisoformat(saved["saved_at"])
        assert _source(folder / "keguan.ipynb", cell) == "A"
        assert _collected_id(released, "c02") == receipt["id"]


def _source(path: Path, cell: str) -> str:
    cells = json.loads(path.read_bytes())["cells"]
    return next(c["source"] for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == cell)


def test_names_that_are_ours_cannot_be_forged_and_stop_nobody(released: Room, form: Form) -> None:
    trainee = released.seat("c01")
    folder = trainee.fetch("keguan").parent
    (folder / "timestamp.txt").write_text("2020-01-01 00:00:00.000000 UTC")
    (folder / "receipt.json").mkdir()
    (folder / "receipt.json" / "x").write_text("x")
    (folder / "submission_secret.txt").write_text("s" * 128)
    receipt = trainee.hand_in(form, {})
    assert set(receipt["files"]) == {
        *("keguan.ipynb", "receipt.json/x", "submission_secret.txt", "timestamp.txt"),
    }
    released.instructor.verb("Collect", "keguan")
    assert _collected_id(released, "c01") == receipt["id"]
    assert read_timestamp(_collected(released, "c01")) == datetime.fromisoformat(receipt["received_at"])
    assert not (_collected(released, "c01") / "submission_secret.txt").exists()


class Killed(BaseException):
    """Ends a verb where it stands: nothing in the product handles it."""


def test_a_killed_collection_leaves_whole_folders_and_is_done_again(
    released: Room, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = {f"c{number:02d}": released.seat(f"c{number:02d}") for number in range(1, 4)}
    old = {
        account: seat.hand_in(form, sample_answers(form, "wrong"))["id"] for account, seat in seats.items()
    }
    released.instructor.verb("Collect", "keguan")
    new = {
        account: seat.hand_in(form, sample_answers(form, "right"))["id"] for account, seat in seats.items()
    }
    deaths = 0
    while True:
        with monkeypatch.context() as patch:
            _die_at(deaths + 1, patch)
            try:
                released.instructor.verb("Collect", "keguan", update=True)
            except Killed:
                deaths += 1
            else:
                break
        for account in seats:
            folder = _collected(released, account)
            if folder.exists():
                assert sorted(path.name for path in folder.iterdir()) == WHOLE
                assert _collected_id(released, account) in (old[account], new[account])
    assert deaths > 10
    assert {account: _collected_id(released, account) for account in seats} == new
    submitted = released.course.root / "submitted"
    assert sorted(str(path.relative_to(submitted)) for path in submitted.glob("*/*")) == [
        f"{account}/keguan" for account in seats
    ]


def _die_at(count: int, patch: pytest.MonkeyPatch) -> None:
    """Let the n-th change of the disk be the one before which the process dies."""
    left = [count]

    def counting(function):
        def call(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return function(*args, **kwargs)

        return call

    for name in ("replace", "mkdir", "rename", "rmdir", "unlink", "write"):
        patch.setattr(os, name, counting(getattr(os, name)))


def test_two_collections_at_once_do_not_mix(released: Room, form: Form) -> None:
    from trainer.nbgrader.exchange.folders import only_one

    released.seat("c01").hand_in(form, {})
    with only_one(released.course.root):
        refused(released.instructor, "正在收卷", "Collect")
    released.instructor.verb("Collect", "keguan")
    assert _collected(released, "c01").is_dir()


def test_nothing_to_collect_is_no_error(released: Room, caplog: pytest.LogCaptureFixture) -> None:
    released.instructor.verb("Collect", "keguan", check_owner=True)
    assert "还没有 keguan 的交卷可收" in caplog.text
