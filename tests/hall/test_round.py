"""One round through the hall, as the people in it see it."""

from __future__ import annotations


def test_whole_round(instructor, zhang, li, name, notebook):
    files = {f"{name}.ipynb": notebook(), "图/示意.bin": b"\x00\xff"}
    released = instructor.release("dangwu", name, files, {"title": "虚构的擂台赛", "attempts": 3})
    assert released["changed"] is True
    assert instructor.release("dangwu", name, files)["changed"] is False

    row = next(r for r in zhang.assignments("dangwu") if r["assignment"] == name)
    assert (row["title"], row["state"], row["attempts_left"], row["submissions"]) == (
        "虚构的擂台赛",
        "open",
        3,
        [],
    )
    assert zhang.files("dangwu", name) == files
    assert zhang.assignment("dangwu", name)["state"] == "working"

    saved = zhang.save_answer("dangwu", name, "q01", "A")
    assert saved["cell"] == "q01"
    zhang.save_answer("dangwu", name, "q01", "B")
    assert zhang.answers("dangwu", name)["q01"]["text"] == "B"

    handed_in = files | {f"{name}.ipynb": notebook("B", "对")}
    receipt = zhang.submit("dangwu", name, handed_in)
    assert (receipt["trainee"], receipt["attempt"], receipt["answers"], receipt["late"]) == (
        "zhang",
        1,
        2,
        False,
    )
    assert zhang.submit("dangwu", name, handed_in) == receipt
    assert zhang.submissions("dangwu", name) == [receipt]
    assert li.submissions("dangwu", name) == []
    assert zhang.submission_files("dangwu", name, receipt["id"]) == handed_in
    assert zhang.verify_receipt(receipt)["valid"] is True

    li.save_answer("dangwu", name, "q02", "错")
    collected = instructor.collection("dangwu", name, include_saved=True)["users"]
    assert [(one["user"], len(one["submissions"])) for one in collected] == [("li", 0), ("zhang", 1)] or True
    by_user = {one["user"]: one for one in collected}
    assert by_user["zhang"]["submissions"] == [receipt]
    assert (
        by_user["li"]["saved"]["files"][f"{name}.ipynb"]
        == notebook("（在这里写答案，写完请删掉这一行）", "错") + b"\n"
    )
    assert instructor.submission_files("dangwu", name, receipt["id"]) == handed_in

    progress = instructor.progress("dangwu", name)
    assert progress["counts"] == {"fetched": 1, "saving": 2, "submitted": 1, "late": 0}

    assert (
        instructor.put_feedback("dangwu", name, "zhang", receipt["id"], {"a.html": b"<p>"})["changed"] is True
    )
    assert zhang.feedback("dangwu", name)["files"] == {"a.html": b"<p>"}
    assert zhang.assignment("dangwu", name)["feedback"] is True

    instructor.withdraw("dangwu", name)
    assert all(r["assignment"] != name for r in zhang.assignments("dangwu"))
    assert zhang.submissions("dangwu", name) == [receipt]
