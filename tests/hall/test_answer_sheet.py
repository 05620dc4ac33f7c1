"""A paper as its trainee answers it, on a real hall: what stands where, which text is the later one, and handing in."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from trainer.errors import TrainerError
from trainer.hall.client import HallConflict, HallForbidden, HallUnreachable
from trainer.hub.singleuser.papers import RECEIPTS, PaperFolder
from trainer.hub.singleuser.sheet import AnswerSheet


@pytest.fixture
def release(instructor, name, notebook):
    def put(**rules):
        instructor.release("dangwu", name, {f"{name}.ipynb": notebook()}, {"title": "虚构卷", **rules})

    return put


@pytest.fixture
def sheet(zhang, name, tmp_path) -> AnswerSheet:
    return AnswerSheet(PaperFolder(tmp_path, zhang), "dangwu", name)


def file_of(sheet: AnswerSheet) -> Path:
    [path] = sheet.folder.glob("*.ipynb")
    return path


def write_file(sheet: AnswerSheet, content: bytes, later: float = 60) -> None:
    """As another program would, that much later (seconds)."""
    file_of(sheet).write_bytes(content)
    moment = time.time() + later
    os.utime(file_of(sheet), (moment, moment))


def soon(seconds: float) -> str:
    return (datetime.now().astimezone() + timedelta(seconds=seconds)).isoformat()


def test_the_paper_and_where_it_stands(release, sheet):
    release(closes=soon(3600), attempts=2)
    paper = sheet.paper()
    assert [part["cell"] for part in paper["parts"]] == ["q01", "q02", "q03"]
    state = sheet.state()
    assert (state["title"], state["state"], state["over"], state["attempts_left"]) == (
        "虚构卷",
        "working",
        False,
        2,
    )
    assert (state["answers"], state["in_file"], state["receipts"]) == ({}, {}, [])
    assert abs(datetime.fromisoformat(state["now"]) - datetime.now().astimezone()) < timedelta(minutes=1)


def test_what_is_saved_is_in_the_state_with_its_time(release, sheet):
    release()
    sheet.paper()
    saved = sheet.save("q01", "A", "")
    assert sheet.state()["answers"] == {"q01": {"text": "A", "saved_at": saved["saved_at"]}}
    with pytest.raises(HallConflict) as raised:
        sheet.save("q01", "B", "")
    assert raised.value.more == {"text": "A", "saved_at": saved["saved_at"]}


def test_a_text_that_only_the_file_has_is_the_later_one(release, sheet, notebook):
    release()
    sheet.paper()
    write_file(sheet, notebook("A", "  ", "对"))
    assert sheet.state()["in_file"] == {"q01": "A", "q03": "对"}
    sheet.save("q01", "B", None)
    assert sheet.state()["in_file"] == {"q01": "A", "q03": "对"}, (
        "written after that save, never seen by the hall"
    )
    write_file(sheet, notebook("A", "", "对"), later=-60)
    assert sheet.state()["in_file"] == {"q03": "对"}


def test_a_later_file_with_an_older_answer_does_not_win(release, sheet, notebook, zhang, name):
    """Another device changed the answer; this one's program wrote its file afterwards, for another question."""
    release()
    sheet.paper()
    sheet.save("q01", "A", "")
    zhang.save_answer("dangwu", name, "q01", "B")
    write_file(sheet, notebook("A", "新写的"))
    assert sheet.state()["in_file"] == {"q02": "新写的"}


def test_what_is_seen_is_handed_in(release, sheet, zhang, name, notebook):
    release()
    sheet.paper()
    sheet.save("q01", "A", "")
    answer = sheet.submit({"q01": "B", "q02": "", "q03": "对"}, None)
    receipt = answer["receipt"]
    assert (receipt["answers"], receipt["attempt"], answer["unanswered"]) == (2, 1, ["q02"])
    handed_in = zhang.submission_files("dangwu", name, receipt["id"])[f"{name}.ipynb"]
    assert handed_in == file_of(sheet).read_bytes()
    texts = {c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in json.loads(handed_in)["cells"]}
    assert (texts["q01"], texts["q03"], texts["q01-stem"]) == ("B", "对", "**1.** 虚构的题目")
    assert sorted(path.suffix for path in (sheet.papers.home / RECEIPTS).iterdir()) == [".json", ".txt"]
    assert sheet.submit({"q01": "B", "q02": "", "q03": "对"}, None)["receipt"] == receipt


def test_newer_answers_from_elsewhere_are_shown_before_handing_in(release, sheet, zhang, name):
    release()
    sheet.paper()
    first = sheet.save("q01", "A", "")
    elsewhere = zhang.save_answer("dangwu", name, "q01", "C")
    with pytest.raises(HallConflict) as raised:
        sheet.submit({"q01": "A", "q02": "x"}, {"q01": first["saved_at"], "q02": ""})
    assert raised.value.code == "newer-answers"
    assert raised.value.more == {"answers": {"q01": {"text": "C", "saved_at": elsewhere["saved_at"]}}}
    assert zhang.submissions("dangwu", name) == []
    assert (
        sheet.submit({"q01": "A", "q02": "x"}, {"q01": elsewhere["saved_at"], "q02": ""})["receipt"][
            "answers"
        ]
        == 2
    )


def test_questions_that_are_not_on_the_paper_are_not_handed_in(release, sheet, zhang, name):
    release()
    sheet.paper()
    with pytest.raises(TrainerError, match="对不上"):
        sheet.submit({"q77": "A"}, None)
    assert zhang.submissions("dangwu", name) == []


def test_before_the_time_there_is_only_the_time(release, sheet):
    release(opens=soon(3600))
    paper = sheet.paper()
    assert (paper["parts"], paper["state"]["state"]) == (None, "not-open")


def test_after_the_time_the_own_answers_are_shown_and_others_get_no_paper(
    release, sheet, instructor, name, li, tmp_path
):
    release()
    sheet.paper()
    sheet.save("q01", "A", "")
    instructor.change_rules("dangwu", name, {"closes": soon(-5)})
    paper = sheet.paper()
    assert (paper["state"]["state"], paper["state"]["over"], len(paper["parts"])) == ("closed", True, 3)
    with pytest.raises(HallConflict, match="时间已到"):
        sheet.save("q01", "B", None)
    late = sheet.submit({"q01": "A"}, None)["receipt"]
    assert late["late"] is True
    with pytest.raises(HallForbidden, match="截止"):
        AnswerSheet(PaperFolder(tmp_path / "li", li), "dangwu", name).paper()


def test_no_attempts_left_and_withdrawn(release, sheet, instructor, name):
    release(attempts=1)
    sheet.paper()
    sheet.submit({"q01": "A"}, None)
    with pytest.raises(HallConflict) as raised:
        sheet.submit({"q01": "B"}, None)
    assert raised.value.code == "no-attempts"
    assert sheet.state()["attempts_left"] == 0
    instructor.withdraw("dangwu", name)
    assert sheet.state()["withdrawn"] is True
    assert sheet.paper()["parts"], "what was answered can still be read"


def test_an_unreachable_hall_is_said_to_be_so(tmp_path, place):
    from trainer.hall.client import HallClient

    gone = HallClient(f"http+unix://{str(place / 'none.sock').replace('/', '%2F')}/services/hall/", "t")
    with pytest.raises(HallUnreachable):
        AnswerSheet(PaperFolder(tmp_path, gone), "dangwu", "x").state()


def test_links_and_broken_files_in_the_folder_are_refused(release, sheet, tmp_path):
    release()
    sheet.paper()
    path = file_of(sheet)
    path.write_text("{")
    with pytest.raises(TrainerError, match="读不出来"):
        sheet.paper()
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TrainerError, match="不是普通文件"):
        sheet.paper()
