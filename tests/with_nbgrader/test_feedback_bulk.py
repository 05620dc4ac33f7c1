"""``trainer feedback`` and stock ``nbgrader generate_feedback`` write the same bytes; what did not change is left alone."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from trainer.model.paper import Paper
from trainer.nbgrader import feedback_writing
from trainer.nbgrader.course import Course
from trainer.workflow import feedback as workflow
from trainer.workflow.feedback import generate_feedback
from trainer.workflow.grading import grade

from .conftest import Submit, sample_answers

#: One transparent pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
SCRIPT = "<script>alert(1)</script>"
FORGED = {
    "schema_version": 3,
    "grade_id": "q01-stem-x-stem",
    "grade": True,
    "solution": True,
    "locked": True,
    "task": False,
    "points": 100,
    "score": 100,
    "comment": SCRIPT,
}


def _outputs() -> list[dict[str, Any]]:
    table = {"text/html": [f"<table><td>{SCRIPT}</td></table>"], "text/plain": ["   票数\n", "甲  12"]}
    return [
        {"output_type": "stream", "name": "stdout", "text": ["\x1b[31m红\x1b[0m\n", SCRIPT]},
        {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": table},
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"image/png": PIXEL + "\n", "text/plain": "<图>"},
        },
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": '" onerror="alert(1)'}},
        {"output_type": "display_data", "metadata": {}, "data": {"application/javascript": "alert(1)"}},
        {"output_type": "error", "ename": "NameError", "evalue": f"没有 {SCRIPT}", "traceback": ["…"]},
    ]


def _forge(notebook: Path) -> None:
    """What a notebook that came round our own grading could hold: outputs, and cells that claim to be an instructor's."""
    document = json.loads(notebook.read_bytes())
    for cell in document["cells"]:
        if cell["cell_type"] == "code" and cell["metadata"]["nbgrader"]["solution"]:
            cell["outputs"] = _outputs()
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "q01-stem":
            cell["source"] = SCRIPT
            cell["attachments"] = {"x.png": {'image/png" onerror="alert(1)': PIXEL}}
        cell["metadata"]["trainer_note"] = {"explanation": SCRIPT, "citation": SCRIPT, "key": SCRIPT}
    document["cells"] += [
        {
            "cell_type": "markdown",
            "id": "own-1",
            "metadata": {"nbgrader": FORGED},
            "source": [SCRIPT, "\n二"],
        },
        {
            "cell_type": "markdown",
            "id": "own-2",
            "metadata": {"nbgrader": {"locked": True}},
            "source": SCRIPT,
        },
        {"cell_type": "raw", "id": "own-3", "metadata": {}, "source": SCRIPT},
    ]
    notebook.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def varied(course: Course, full_paper: Paper, submit: Submit) -> Course:
    """All nine kinds; marks and comments by people, extra credit, a penalty, answers that wait, outputs, forgeries."""
    form = full_paper.forms[0]
    for account, which in (("c01", "right"), ("c02", "wrong"), ("c03", "malformed"), ("c04", "blank")):
        submit(account, form, sample_answers(form, which))
    grade(course, [full_paper.id])
    for account in ("c01", "c02"):
        _forge(course.root / "autograded" / account / "quanti" / "quanti.ipynb")
    (course.root / "autograded" / "c01" / "quanti" / "数据").mkdir()
    (course.root / "autograded" / "c01" / "quanti" / "数据" / "票.csv").write_text(
        "甲,12\n", encoding="utf-8"
    )
    essay = next(item.cell for item in form.items if item.section == "案例")
    who = (
        "notebook_id = (select n.id from submitted_notebook n join submitted_assignment s on s.id = n.assignment_id"
        " where s.student_id = ?) and cell_id in (select id from base_cell where name = ?)"
    )
    with closing(sqlite3.connect(course.root / "gradebook.db")) as db, db:
        db.execute(f"update grade set manual_score = 7.25, extra_credit = 0.5 where {who}", ("c01", essay))
        db.execute(f"update comment set manual_comment = ? where {who}", (f"好。{SCRIPT}", "c01", essay))
        db.execute(f"update grade set auto_score = 0.67 where {who}", ("c02", form.items[0].cell))
        db.execute(f"update comment set manual_comment = '' where {who}", ("c02", form.items[0].cell))
        db.execute("update submitted_notebook set late_submission_penalty = 1.5 where rowid = 1")
    return course


def _everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_both_doors_write_the_same_bytes_and_nothing_that_runs(varied: Course, full_paper: Paper) -> None:
    done = subprocess.run(
        ["nbgrader", "generate_feedback", "quanti"],
        cwd=varied.root,
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    stock = _everything(varied.root / "feedback")
    for path in sorted((varied.root / "feedback").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert generate_feedback(varied, [full_paper.id]) == (4, [])
    ours = _everything(varied.root / "feedback")
    assert ours.keys() == stock.keys()
    assert "c01/quanti/数据/票.csv" in ours
    for name in ours:
        assert ours[name] == stock[name], name
    pages = {account: ours[f"{account}/quanti/quanti.html"][0].decode() for account in ("c01", "c02")}
    for page in pages.values():
        assert "<script" not in page
        assert "onerror" not in page
        assert "\x1b" not in page
        assert f'<img src="data:image/png;base64,{PIXEL}" alt="程序画的图">' in page
        assert "   票数\n甲  12" in page
        assert "NameError：没有 &lt;script&gt;" in page
    assert "7.75 ／ 10 分（部分得分）" in pages["c01"]
    assert "0.67 ／ 2 分" in pages["c02"]
    assert sum("迟交扣 1.5 分".encode() in content for content, _ in ours.values()) == 1


def test_what_did_not_change_is_left_alone(varied: Course, full_paper: Paper) -> None:
    generate_feedback(varied, [full_paper.id])
    pages = {path: path.stat().st_ino for path in (varied.root / "feedback").rglob("*") if path.is_file()}
    (varied.root / "feedback" / "c03" / "quanti" / "quanti.html").unlink()
    (varied.root / "feedback" / "c04" / "quanti" / ".quanti.html.tmp").write_text("写到一半")
    (varied.root / "feedback" / "c04" / "quanti" / "feedback.json").write_text("{")
    cell = full_paper.forms[0].items[0].cell
    with closing(sqlite3.connect(varied.root / "gradebook.db")) as db, db:
        db.execute(
            "update comment set manual_comment = '再看一遍' where notebook_id = (select n.id from submitted_notebook n"
            " join submitted_assignment s on s.id = n.assignment_id where s.student_id = 'c02')"
            " and cell_id in (select id from base_cell where name = ?)",
            (cell,),
        )
    assert generate_feedback(varied, [full_paper.id]) == (4, [])
    after = {path: path.stat().st_ino for path in (varied.root / "feedback").rglob("*") if path.is_file()}
    assert after.keys() == pages.keys()
    written = {f"{path.parent.parent.name}/{path.name}" for path in pages if pages[path] != after[path]}
    assert written == {"c02/quanti.html", "c03/quanti.html", "c04/feedback.json"}
    assert "再看一遍" in (varied.root / "feedback" / "c02" / "quanti" / "quanti.html").read_text(
        encoding="utf-8"
    )


def test_one_persons_trouble_never_stops_the_others(
    varied: Course, full_paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In worker processes, as for a large round."""
    monkeypatch.setattr(workflow, "_WORTH_WORKERS", 1)
    monkeypatch.setattr(workflow, "_BATCH", 1)
    autograded = varied.root / "autograded"
    (autograded / "c02" / "quanti" / "quanti.ipynb").write_text('{"cells": [7]}')
    (autograded / "c03" / "quanti" / "quanti.ipynb").write_text("[" * 100_000)
    (autograded / "c04" / "quanti").rename(autograded / "c04" / "weg")
    (autograded / "nemo").mkdir()
    (autograded / "nemo" / "quanti").symlink_to(autograded / "c01" / "quanti")
    pages, failed = generate_feedback(varied, [full_paper.id])
    assert pages == 1
    assert [account for account, _ in failed] == ["c02", "c03", "nemo"]
    assert all("损坏" in reason for account, reason in failed if account != "nemo")
    assert "成绩册里没有" in failed[2][1]
    assert [path.name for path in (varied.root / "feedback").iterdir()] == ["c01"]


def test_killed_while_writing_the_next_run_completes(
    varied: Course, full_paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from trainer.nbgrader.course import Course\n"
        "from trainer.workflow.feedback import generate_feedback\n"
        "left, replace = int(sys.argv[2]), Path.replace\n"
        "def dying(self, target):\n"
        "    global left\n"
        "    left -= 1\n"
        "    os.kill(os.getpid(), 9) if left < 0 else replace(self, target)\n"
        "Path.replace = dying\n"
        "generate_feedback(Course(Path(sys.argv[1])), ['quanti'])\n"
    )
    for renames in (0, 1, 4):
        done = subprocess.run(
            [sys.executable, "-c", killed, str(varied.root), str(renames)],
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == -9, done.stderr.decode()
    generate_feedback(varied, [full_paper.id])
    again = _everything(varied.root / "feedback")
    assert not [name for name in again if name.endswith(".tmp")]
    for path in (varied.root / "feedback").rglob("*"):
        path.unlink() if path.is_file() else None
    generate_feedback(varied, [full_paper.id])
    assert _everything(varied.root / "feedback") == again


def test_workers_do_not_load_what_they_do_not_need() -> None:
    heavy = ("nbgrader", "nbconvert", "sqlalchemy", "tornado", "pandas", "jupyter_core")
    code = f"import sys, {feedback_writing.__name__}; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
