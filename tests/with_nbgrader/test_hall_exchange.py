"""nbgrader's exchange through a real hall: each verb, as nbgrader's commands and panels call it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trainer.hall.receipts import parse, verify
from trainer.model.paper import Form

from .conftest import sample_answers
from .under_hub import Room, Seat, refused

# -- release -----------------------------------------------------------------------------------------------------------


def test_the_first_release_sets_rules_from_contest_and_settings(room: Room) -> None:
    _write_contest(room)
    room.instructor.verb("ReleaseAssignment", "keguan", attempts=2, grace_seconds=30)
    row = room.instructor.client.assignment(room.course.course_id, "keguan")
    assert (row["title"], row["attempts"], row["counts"], row["late"], row["grace_seconds"], row["save"]) == (
        *("全题型小卷", 2, "last", "keep", 30, True),
    )
    assert datetime.fromisoformat(row["opens"]) == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert datetime.fromisoformat(row["closes"]) == datetime(2026, 11, 20, 3, tzinfo=UTC)


def _write_contest(room: Room) -> None:
    (room.course.root / "contests" / "keguan.yaml").write_text(
        "format: 1\nid: keguan\ntitle: 虚构的比赛\npaper: keguan\n"
        "opens: 2026-11-20T09:00:00+08:00\ncloses: 2026-11-20T11:00:00+08:00\n",
        encoding="utf-8",
    )


def test_releasing_again_changes_no_rules_and_other_content_needs_force(released: Room) -> None:
    course, client = released.course.course_id, released.instructor.client
    client.change_rules(course, "keguan", {"closes": "2030-01-01T00:00:00+08:00"})
    before = client.assignment(course, "keguan")
    released.instructor.verb("ReleaseAssignment", "keguan", attempts=1)
    assert client.assignment(course, "keguan")["released_at"] == before["released_at"]
    (released.course.root / "release" / "keguan" / "说明.txt").write_text("虚构的说明", encoding="utf-8")
    refused(released.instructor, "已经发布，而这次的内容不同", "ReleaseAssignment")
    released.instructor.verb("ReleaseAssignment", "keguan", force=True)
    after = client.assignment(course, "keguan")
    assert set(after["files"]) == {"keguan.ipynb", "说明.txt"}
    assert (after["closes"], after["attempts"]) == (before["closes"], None)


def test_what_cannot_be_released_is_a_sentence(room: Room) -> None:
    refused(room.instructor, "课程文件夹里没有作业 meiyou", "ReleaseAssignment", "meiyou")
    (room.course.root / "source" / "xin").mkdir()
    refused(room.instructor, "请先运行 nbgrader generate_assignment xin", "ReleaseAssignment", "xin")
    refused(room.instructor, "没有说是哪份作业", "ReleaseAssignment", "")
    (room.course.root / "release" / "keguan" / "钥匙.txt").symlink_to("/etc/hostname")
    refused(room.instructor, "“钥匙.txt”是一个链接", "ReleaseAssignment")


def test_a_trainee_cannot_do_what_instructors_do(released: Room) -> None:
    trainee = released.seat("c01")
    for verb in ("ReleaseAssignment", "Collect"):
        refused(trainee, "只有教师可以这样做", verb)
    refused(trainee, "只有教师可以这样做", "List", remove=True)
    folder = released.course.root / "feedback" / "c01" / "keguan"
    folder.mkdir(parents=True)
    (folder / "keguan.html").write_text("<p>假的</p>", encoding="utf-8")
    receipt = {"id": "0" * 16, "trainee": "c01", "assignment": "keguan"}
    (folder / "receipt.json").write_text(json.dumps(receipt))
    refused(trainee, "只有教师可以这样做", "ReleaseFeedback")


def test_no_hall_no_login_no_course_are_sentences(released: Room, tmp_path: Path) -> None:
    stranger = Seat(
        released.instructor.hall, released.course, "guessed", tmp_path, released.instructor.monkeypatch
    )
    refused(stranger, "没有登录，或者登录已经失效", "List")
    trainee = released.seat("c01")
    trainee.course.course_id, course_id = "", trainee.course.course_id
    refused(trainee, "没有说是哪个课程", "FetchAssignment")
    trainee.course.course_id = course_id
    trainee.sit_down()
    trainee.monkeypatch.setattr(trainee.hall, "url", "http+unix://%2Fnowhere%2Fhall.sock/services/hall/")
    refused(trainee, "连不上考场服务", "Submit" if (trainee.home / "keguan").is_dir() else "FetchAssignment")


# -- fetch -------------------------------------------------------------------------------------------------------------


def test_fetching_never_overwrites_and_replaces_only_what_is_missing(released: Room) -> None:
    (released.course.root / "release" / "keguan" / "图").mkdir()
    (released.course.root / "release" / "keguan" / "图" / "a.bin").write_bytes(b"\xff\x00")
    released.instructor.verb("ReleaseAssignment", "keguan", force=True)
    trainee = released.seat("c01")
    notebook = trainee.fetch("keguan")
    assert (trainee.home / "keguan" / "图" / "a.bin").read_bytes() == b"\xff\x00"
    assert [path.name for path in trainee.home.iterdir()] == ["keguan"]
    notebook.write_text("我写的")
    refused(trainee, "已经有文件夹 keguan", "FetchAssignment")
    (trainee.home / "keguan" / "图" / "a.bin").unlink()
    trainee.verb("FetchAssignment", "keguan", replace_missing_files=True)
    assert notebook.read_text() == "我写的"
    assert (trainee.home / "keguan" / "图" / "a.bin").read_bytes() == b"\xff\x00"


def test_the_folder_may_be_below_the_course(released: Room) -> None:
    trainee = released.seat("c01")
    trainee.verb("FetchAssignment", "keguan", path_includes_course=True)
    course = released.course.course_id
    assert (trainee.home / course / "keguan" / "keguan.ipynb").is_file()
    trainee.verb("Submit", "keguan", path_includes_course=True)
    assert [row["status"] for row in trainee.verb("List", path_includes_course=True)] == ["fetched"]
    assert len(trainee.client.submissions(course, "keguan")) == 1


def test_nothing_is_handed_out_before_its_time_or_after_it_was_taken_back(released: Room) -> None:
    trainee, client, course = released.seat("c01"), released.instructor.client, released.course.course_id
    client.change_rules(course, "keguan", {"opens": "2090-01-01T09:00:00+08:00"})
    refused(trainee, "还没有到开始时间", "FetchAssignment")
    assert [row["state"] for row in trainee.verb("List")] == ["not-open"]
    assert list(trainee.home.iterdir()) == []
    client.change_rules(course, "keguan", {"opens": None})
    released.instructor.verb("List", "keguan", remove=True)
    refused(trainee, "已被老师撤回", "FetchAssignment")
    refused(trainee, "没有发布过作业“meiyou”", "FetchAssignment", "meiyou")


# -- submit ------------------------------------------------------------------------------------------------------------


def test_handing_in_keeps_a_receipt_that_can_be_verified(released: Room, form: Form) -> None:
    trainee = released.seat("c01")
    receipt = trainee.hand_in(form, sample_answers(form, "right"))
    assert (receipt["trainee"], receipt["assignment"], receipt["late"]) == ("c01", "keguan", False)
    assert receipt["answers"] == len(form.items)
    kept = trainee.home / "回执"
    assert sorted(path.name for path in kept.iterdir()) == ["keguan-第1次.json", "keguan-第1次.txt"]
    assert json.loads((kept / "keguan-第1次.json").read_bytes()) == receipt
    assert parse((kept / "keguan-第1次.txt").read_text(encoding="utf-8")) == receipt
    assert verify(receipt, trainee.client.key()["keys"]).valid
    trainee.verb("Submit", "keguan")
    assert trainee.client.submissions(released.course.course_id, "keguan") == [receipt]


def test_a_receipt_that_cannot_be_kept_here_does_not_undo_the_submission(
    released: Room, form: Form, caplog: pytest.LogCaptureFixture
) -> None:
    trainee = released.seat("c01")
    (trainee.home / "回执").symlink_to("/nowhere")
    trainee.hand_in(form, {})
    assert "卷已经交上，只是回执没能存在这里" in caplog.text


def test_only_own_plain_files_travel(released: Room) -> None:
    trainee = released.seat("c01")
    folder = trainee.fetch("keguan").parent
    for name in (".ipynb_checkpoints", "feedback", "__pycache__"):
        (folder / name).mkdir()
        (folder / name / "x.txt").write_text("不交")
    (folder / ".hidden").write_text("不交")
    (folder / "草稿.txt").write_text("交")
    trainee.verb("Submit", "keguan")
    (receipt,) = trainee.client.submissions(released.course.course_id, "keguan")
    assert set(receipt["files"]) == {"keguan.ipynb", "草稿.txt"}


@pytest.mark.parametrize("how", ["file", "folder", "deep", "pipe", "whole"])
def test_links_and_special_files_are_refused(released: Room, tmp_path: Path, how: str) -> None:
    trainee = released.seat("c01")
    folder = trainee.fetch("keguan").parent
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("别人的")
    if how == "file":
        (folder / "偷.txt").symlink_to(secret / "key.txt")
    elif how == "folder":
        (folder / "偷").symlink_to(secret)
    elif how == "deep":
        (folder / "里").mkdir()
        (folder / "里" / "偷.txt").symlink_to("/etc/passwd")
    elif how == "pipe":
        os.mkfifo(folder / "管.txt")
    else:
        folder.rename(secret / "keguan")
        folder.symlink_to(secret / "keguan")
    refused(trainee, "特殊文件" if how == "pipe" else "是一个链接", "Submit")
    assert trainee.client.submissions(released.course.course_id, "keguan") == []


def test_names_that_lead_elsewhere_are_refused(released: Room) -> None:
    trainee = released.seat("c01")
    folder = trainee.fetch("keguan").parent
    (folder / "a\\..\\c02").write_text("x")
    refused(trainee, "不能用的字符", "Submit")
    assert trainee.client.submissions(released.course.course_id, "keguan") == []


def test_missing_notebooks_are_said_and_strict_refuses_them(
    released: Room, caplog: pytest.LogCaptureFixture
) -> None:
    trainee = released.seat("c01")
    trainee.fetch("keguan").rename(trainee.home / "keguan" / "别的.ipynb")
    refused(trainee, "没有交：缺少笔记本 keguan.ipynb", "Submit", strict=True)
    assert trainee.client.submissions(released.course.course_id, "keguan") == []
    trainee.verb("Submit", "keguan")
    assert "缺少笔记本：keguan.ipynb" in caplog.text
    assert "多出了笔记本：别的.ipynb" in caplog.text
    assert len(trainee.client.submissions(released.course.course_id, "keguan")) == 1


def test_what_cannot_be_handed_in_is_a_sentence(released: Room) -> None:
    trainee = released.seat("c01")
    trainee.fetch("keguan")
    refused(trainee, "这里的文件夹有：keguan", "Submit", "kegaun")
    refused(trainee, "不能用 --student 指定", "Submit", student="c02")
    for path in (trainee.home / "keguan").iterdir():
        path.unlink()
    refused(trainee, "文件夹 keguan 里没有文件", "Submit")
    released.instructor.client.change_rules(released.course.course_id, "keguan", {"attempts": 1})
    (trainee.home / "keguan" / "a.txt").write_text("1")
    trainee.verb("Submit", "keguan")
    (trainee.home / "keguan" / "a.txt").write_text("2")
    refused(trainee, "最多交 1 次", "Submit")


# -- list --------------------------------------------------------------------------------------------------------------


def test_the_list_has_the_shape_that_nbgraders_panel_reads(
    released: Room, form: Form, capsys: pytest.CaptureFixture[str]
) -> None:
    trainee = released.seat("c01")
    (row,) = trainee.verb("List")
    assert (row["assignment_id"], row["course_id"]) == ("keguan", released.course.course_id)
    assert (row["status"], row["state"]) == ("released", "open")
    assert [notebook["notebook_id"] for notebook in row["notebooks"]] == ["keguan"]
    trainee.hand_in(form, {})
    (row,) = trainee.verb("List", "ke*")
    assert (row["status"], row["path"]) == ("fetched", str(trainee.home / "keguan"))
    assert row["notebooks"] == [
        {"notebook_id": "keguan", "path": str(trainee.home / "keguan" / "keguan.ipynb")}
    ]
    assert trainee.verb("List", "quanti") == []
    trainee.verb("List", as_json=True)
    assert json.loads(capsys.readouterr().out)[0]["state"] == "submitted"


def test_lists_of_submissions_show_trainees_their_own_and_instructors_all(released: Room, form: Form) -> None:
    first, second = released.seat("c01"), released.seat("c02")
    for answers in ("wrong", "right"):
        first.hand_in(form, sample_answers(form, answers))
    second.hand_in(form, {})
    for option in ("inbound", "cached"):
        (group,) = first.verb("List", **{option: True})
        assert (group["student_id"], group["status"], len(group["submissions"])) == ("c01", "submitted", 2)
        assert [s["receipt"]["attempt"] for s in group["submissions"]] == [1, 2]
        assert first.verb("List", student="c02", **{option: True}) == []
    groups = released.instructor.verb("List", inbound=True)
    assert [(g["student_id"], len(g["submissions"])) for g in groups] == [("c01", 2), ("c02", 1)]
    assert [g["student_id"] for g in released.instructor.verb("List", inbound=True, student="c02")] == ["c02"]
    assert released.instructor.verb("List", cached=True) == []
    refused(released.instructor, "incompatible", "List", inbound=True, cached=True)


def test_submissions_are_never_removed(released: Room, form: Form) -> None:
    trainee = released.seat("c01")
    receipt = trainee.hand_in(form, {})
    for option in ("inbound", "cached"):
        refused(released.instructor, "一律保留，不能删除", "List", remove=True, **{option: True})
    (row,) = released.instructor.verb("List", "keguan", remove=True)
    assert row["status"] == "removed"
    assert released.instructor.verb("List") == []
    (group,) = trainee.verb("List", cached=True)
    assert [submission["receipt"] for submission in group["submissions"]] == [receipt]
    released.instructor.verb("ReleaseAssignment", "keguan")
    assert [row["assignment_id"] for row in released.instructor.verb("List")] == ["keguan"]


def test_one_persons_work_is_not_anothers(released: Room, form: Form) -> None:
    first, second = released.seat("c01"), released.seat("c02")
    receipt = first.hand_in(form, sample_answers(form, "right"))
    course = released.course.course_id
    from trainer.hall.client import HallError

    for attempt in (
        lambda: second.client.submission_files(course, "keguan", receipt["id"]),
        lambda: second.client.submissions(course, "keguan", "c01"),
        lambda: second.client.answers(course, "keguan", "c01"),
        lambda: second.client.feedback(course, "keguan", user="c01"),
        lambda: second.client.feedback(course, "keguan", submission=receipt["id"]),
    ):
        with pytest.raises(HallError):
            attempt()
    assert second.verb("List", inbound=True) == []
