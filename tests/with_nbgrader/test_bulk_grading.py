"""``trainer grade``: every bad submission is reported and left as it was, and no kill loses anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trainer.errors import NotFound, TrainerError
from trainer.model.paper import Form, Paper
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade

from .conftest import Submit, gradebook_rows, sample_answers


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _not_json(path: Path) -> None:
    path.write_text("这不是笔记本", encoding="utf-8")


def _not_a_notebook(path: Path) -> None:
    path.write_text('{"cells": 3}')


def _a_list(path: Path) -> None:
    path.write_text("[1, 2]")


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 8)


def _deep(path: Path) -> None:
    path.write_text("[" * 100_000 + "]" * 100_000)


def _huge(path: Path) -> None:
    path.write_bytes(b'{"cells": [' + b" " * (50 * 1024 * 1024) + b"]}")


def _gone(path: Path) -> None:
    path.unlink()


def _link_out(path: Path) -> None:
    target = path.with_name("key.json")
    path.rename(target)
    path.symlink_to(target)


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _copy_beside(path: Path) -> None:
    path.with_name("副本.ipynb").write_bytes(path.read_bytes())


def _bad_time(path: Path) -> None:
    path.with_name("timestamp.txt").write_text("昨天下午")


def _edit(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        notebook = json.loads(path.read_bytes())
        change(notebook)
        path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")

    return spoil


def _without(name: str) -> Callable[[Path], None]:
    def drop(notebook: dict[str, Any]) -> None:
        notebook["cells"] = [c for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade_id"] != name]

    return _edit(drop)


def _two_answers(notebook: dict[str, Any]) -> None:
    cell = next(c for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade_id"] == "q01")
    notebook["cells"] += [{**cell, "source": "A", "id": "x1"}, {**cell, "source": "B", "id": "x2"}]


FAULTS = [
    pytest.param(_torn, "内容损坏", id="torn in half"),
    pytest.param(_not_json, "内容损坏", id="plain text"),
    pytest.param(_binary, "内容损坏", id="binary"),
    pytest.param(_deep, "内容损坏", id="nested too deep"),
    pytest.param(_not_a_notebook, "没有单元格", id="JSON without cells"),
    pytest.param(_a_list, "没有单元格", id="JSON list"),
    pytest.param(_huge, "文件太大", id="50 MB"),
    pytest.param(_gone, "缺少笔记本", id="no notebook"),
    pytest.param(_link_out, "不是普通文件", id="a link"),
    pytest.param(_fifo, "不是普通文件", id="a pipe that never ends"),
    pytest.param(_copy_beside, "多出了笔记本 副本.ipynb", id="an extra notebook"),
    pytest.param(_without("q03"), "少了第 3 题", id="an answer cell deleted"),
    pytest.param(_without("q03-stem"), "少了第 3 题", id="a stem deleted"),
    pytest.param(_edit(_two_answers), "第 1 题有 3 个作答格", id="two different answers to one question"),
    pytest.param(_bad_time, "交卷时间", id="a timestamp that is none"),
]


@pytest.mark.parametrize(("spoil", "said"), FAULTS)
def test_a_bad_submission_is_reported_and_stays_as_it_was(
    course: Course, paper: Paper, submit: Submit, spoil: Callable[[Path], None], said: str
) -> None:
    form = paper.forms[0]
    path = submit("c01", form, sample_answers(form, "right"))
    spoil(path)
    before = _contents(path.parent)
    submit("c02", form, sample_answers(form, "right"))
    (report,) = grade(course, [paper.id])
    assert [(line.account, said in line.reason) for line in report.bad] == [("c01", True)]
    assert report.graded == 1
    assert _contents(path.parent) == before
    assert [account for _, account, *_ in gradebook_rows(course)["submissions"]] == ["c02"]
    assert not (course.root / "autograded" / "c01").exists()


def _contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {p.name: (p.lstat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in folder.iterdir()}


def test_someone_who_is_not_on_the_roster_is_reported_and_not_enrolled(
    course: Course, paper: Paper, submit: Submit
) -> None:
    submit("moshengren", paper.forms[0], sample_answers(paper.forms[0], "right"))
    (report,) = grade(course, [paper.id])
    assert "名册里没有" in report.bad[0].reason
    assert "moshengren" not in json.dumps(gradebook_rows(course))


def test_accepting_a_fault_marks_what_is_there(course: Course, paper: Paper, submit: Submit) -> None:
    form = paper.forms[0]
    path = submit("c01", form, sample_answers(form, "right"))
    _without("q03")(path)
    _copy_beside(path)
    (report,) = grade(course, [paper.id], accept={"c01"})
    assert not report.bad
    scores = {cell: auto for _, _, cell, auto, *_ in gradebook_rows(course)["grades"]}
    assert scores["q03"] == 0
    assert scores["q01"] == float(form.items[0].points)


def test_a_pasted_copy_of_an_answer_cell_with_the_same_answer_is_harmless(
    course: Course, paper: Paper, submit: Submit
) -> None:
    form = paper.forms[0]

    def paste(notebook: dict[str, Any]) -> None:
        cell = next(c for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade_id"] == "q01")
        notebook["cells"].append({**cell, "id": "pasted"})

    submit("c01", form, sample_answers(form, "right"), edit=paste)
    (report,) = grade(course, [paper.id])
    assert report.graded == 1
    assert not report.bad


def test_tampering_with_stems_points_and_flags_changes_nothing(
    course: Course, paper: Paper, submit: Submit
) -> None:
    form = paper.forms[0]

    def tamper(notebook: dict[str, Any]) -> None:
        for cell in notebook["cells"]:
            nbgrader = cell["metadata"]["nbgrader"]
            if nbgrader["grade_id"].endswith("-stem"):
                cell["source"] = "答案是 A"
            if "points" in nbgrader:
                nbgrader["points"] = 1000
                nbgrader["grade"] = False
        notebook["cells"].insert(
            0,
            {
                "cell_type": "code",
                "id": "evil",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": "open('/tmp/should-not-exist-trainer', 'w')",
            },
        )

    submit("c01", form, sample_answers(form, "wrong"), edit=tamper)
    submit("c02", form, sample_answers(form, "wrong"))
    grade(course, [paper.id])
    rows = gradebook_rows(course)["grades"]
    by_account = {a: [row[2:] for row in rows if row[1] == a] for a in ("c01", "c02")}
    assert by_account["c01"] == by_account["c02"]
    assert not Path("/tmp/should-not-exist-trainer").exists()
    shown = json.loads(
        (course.root / "autograded/c01" / form.assignment / f"{form.assignment}.ipynb").read_bytes()
    )
    assert "答案是 A" not in json.dumps(shown, ensure_ascii=False)


def test_what_is_unchanged_is_not_graded_again_and_what_changed_is(
    course: Course, paper: Paper, submit: Submit
) -> None:
    form = paper.forms[0]
    submit("c01", form, sample_answers(form, "right"))
    submit("c02", form, sample_answers(form, "wrong"))
    grade(course, [paper.id])
    (again,) = grade(course, [paper.id])
    assert (again.graded, again.unchanged) == (0, 2)
    submit("c02", form, sample_answers(form, "right"), at="2026-11-20 02:10:00.000000 UTC")
    (changed,) = grade(course, [paper.id])
    assert (changed.graded, changed.unchanged) == (1, 1)
    scores = {a: s for _, a, cell, s, *_ in gradebook_rows(course)["grades"] if cell == "q01"}
    assert scores["c01"] == scores["c02"] > 0


_KILLED = """
import os, sys
from pathlib import Path
import trainer.nbgrader.form_grader as module
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade

name, after = sys.argv[2], int(sys.argv[3])
calls = 0
original = getattr(module, name) if hasattr(module, name) else getattr(module.Ledger, name)

def dying(*args, **kwargs):
    global calls
    calls += 1
    if calls > after:
        os._exit(9)
    return original(*args, **kwargs)

setattr(module if hasattr(module, name) else module.Ledger, name, dying)
course = Course(Path(sys.argv[1]))
course.config.Grading.batch_size = 2
grade(course, ["keguan"])
"""


@pytest.mark.parametrize(
    ("point", "after"),
    [
        pytest.param("record", 0, id="before the first transaction"),
        pytest.param("write_autograded", 0, id="after a transaction, before any notebook"),
        pytest.param("write_autograded", 3, id="between two notebooks of the second batch"),
        pytest.param("enter", 1, id="before the ledger knows of the second batch"),
    ],
)
def test_killed_anywhere_the_next_run_ends_as_if_nothing_had_happened(
    course: Course, paper: Paper, submit: Submit, point: str, after: int
) -> None:
    form = paper.forms[0]
    for number in range(1, 6):
        submit(
            f"c{number:02d}",
            form,
            sample_answers(form, ("right", "wrong", "malformed", "blank", "right")[number - 1]),
        )
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, course.root, point, str(after)], check=False, timeout=120
    )
    assert killed.returncode == 9
    (report,) = grade(course, [paper.id])
    assert report.graded + report.unchanged == 5
    rows = gradebook_rows(course)
    assert len(rows["grades"]) == 5 * len(form.items)
    essay = next(item.cell for item in form.items if item.section == "案例")
    missing = [row for row in rows["grades"] if row[3] is None and row[2] != essay]
    assert missing == []
    assert sorted(p.name for p in (course.root / "autograded").iterdir()) == [
        f"c{n:02d}" for n in range(1, 6)
    ]
    (settled,) = grade(course, [paper.id])
    assert (settled.graded, settled.unchanged) == (0, 5)
    assert gradebook_rows(course) == rows


def test_a_name_that_is_no_paper_is_a_sentence(course: Course) -> None:
    with pytest.raises(NotFound, match="没有叫 meiyou 的试卷"):
        grade(course, ["meiyou"])


def test_a_paper_that_was_made_anew_after_release_is_not_graded_with_the_wrong_key(
    course: Course, paper: Paper, submit: Submit
) -> None:
    from trainer.papers.files import paper_path, write_paper

    form = paper.forms[0]
    submit("c01", form, sample_answers(form, "right"))
    fewer = Form(letter="A", assignment=form.assignment, items=form.items[:-1])
    write_paper(paper.model_copy(update={"forms": (fewer,)}), paper_path(course.root, paper.id))
    with pytest.raises(TrainerError, match="对不上"):
        grade(course, [paper.id])


def test_a_paper_accepted_once_is_not_reported_again_until_it_changes(
    course: Course, paper: Paper, submit: Submit
) -> None:
    form = paper.forms[0]
    path = submit("c01", form, sample_answers(form, "right"))
    _without("q03")(path)
    grade(course, [paper.id], accept={"c01"})
    (again,) = grade(course, [paper.id])
    assert (again.bad, again.unchanged) == ((), 1)
    _torn(path)
    (changed,) = grade(course, [paper.id])
    assert "以前阅过的成绩保留着" in changed.bad[0].reason


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        pytest.param(
            "2026-11-20 09:35:00.250000 UTC", "2026-11-20 09:35:00.250000", id="as the exchange writes it"
        ),
        pytest.param("2026-11-20 09:35:00 +0800", "2026-11-20 01:35:00.000000", id="with an offset"),
        pytest.param(
            "2026-11-20 09:35:00.000000 CST", "2026-11-20 01:35:00.000000", id="China standard time"
        ),
    ],
)
def test_both_doors_read_the_same_moment(
    course: Course, paper: Paper, submit: Submit, written: str, stored: str
) -> None:
    submit("c01", paper.forms[0], sample_answers(paper.forms[0], "right"), at=written)
    grade(course, [paper.id])
    assert gradebook_rows(course)["submissions"][0][2] == stored
    subprocess.run(
        ["nbgrader", "autograde", "keguan", "--force"], cwd=course.root, check=True, capture_output=True
    )
    assert gradebook_rows(course)["submissions"][0][2] == stored
