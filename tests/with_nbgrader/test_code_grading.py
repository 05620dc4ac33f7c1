"""Code answers by both doors: hostile notebooks end in a mark, a comment or a row, and the others are graded."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.model.paper import Form, Item, Paper
from trainer.nbgrader.course import Course
from trainer.workflow.grading import grade

from .conftest import Submit, gradebook_rows, sample_answers

FULL = 5.0


@pytest.fixture
def course(course: Course) -> Course:
    """With small limits, in the configuration as an operator sets them."""
    with (course.root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(
            "c.CodeSandbox.cell_seconds = 5\nc.CodeSandbox.memory_mb = 300\nc.CodeSandbox.cells = 200\n"
        )
    return Course(course.root)


def code_item(form: Form) -> Item:
    return next(item for item in form.items if item.section == "实操")


def marks(course: Course, cell: str) -> dict[str, tuple[float | None, str | None]]:
    """Of each account the score of a code question and the comment on it."""
    rows = gradebook_rows(course)
    comments = {account: auto for _, account, name, auto, _ in rows["comments"] if name == cell}
    return {
        account: (score, comments[account])
        for _, account, name, score, *_ in rows["grades"]
        if name == f"{cell}-test"
    }


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def test_hostile_answers_get_no_marks_and_say_why(course: Course, full_paper: Paper, submit: Submit) -> None:
    form = full_paper.forms[0]
    item = code_item(form)
    right = sample_answers(form, "right")
    starter = str(item.question["starter"])
    function = starter.partition("def ")[2].partition("(")[0]
    evil = "class Evil:\n    __eq__ = lambda s, o: True\n"
    book = course.root / "gradebook.db"
    answers = {
        "c01": right[item.cell],
        "c02": f"{starter}\n{evil}{function} = lambda *a, **k: Evil()",
        "c03": f"{starter}\nimport os\nos._exit(0)",
        "c04": f"import sqlite3\nsqlite3.connect({str(book)!r}).execute('update grade set manual_score = 100')\n{right[item.cell]}",
        "c05": f"{starter}\ndef {function}(*a, **k):\n    while True: pass",
        "c06": f"name = input()\n{right[item.cell]}",
        "c07": f"{starter}\ndef {function}(*a, **k): return bytearray(100 << 30)",
        "c08": right[item.cell] + f"\nprint(open({str(course.root / 'submitted' / 'c01')!r}).read())",
        "c09": f"from unittest import mock\n{function} = mock.MagicMock(return_value=mock.ANY)",
    }
    for account, answer in answers.items():
        submit(account, form, right | {item.cell: answer})
    (report,) = grade(course, [full_paper.id])
    assert (report.graded, report.bad) == (9, ())
    assert report.protection
    found = marks(course, item.cell)
    assert {account: score for account, (score, _) in found.items()} == {
        "c01": FULL, "c02": 0, "c03": 0, "c04": 0, "c05": 0, "c06": 0, "c07": 0, "c08": FULL, "c09": 0,
    }  # fmt: skip
    said = {account: comment for account, (_, comment) in found.items()}
    assert said["c01"] is None
    assert "不是普通数据" in str(said["c02"])
    assert said["c03"] == "程序自己退出了（退出码 0），后面没有运行。"
    assert str(said["c04"]).startswith("程序运行出错：")
    assert said["c05"] == "运行超过 5 秒，已停止。"
    assert "input()" in str(said["c06"])
    assert "MemoryError" in str(said["c07"])
    manual = [row for row in gradebook_rows(course)["grades"] if row[4] is not None]
    assert manual == []
    shown = json.loads(
        (course.root / "autograded" / "c08" / form.assignment / f"{form.assignment}.ipynb").read_bytes()
    )
    assert cell_of(shown, item.cell)["outputs"][0]["ename"] in ("FileNotFoundError", "PermissionError")


def many_cells(notebook: dict[str, Any]) -> None:
    more = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": [], "execution_count": None}
    notebook["cells"] += [dict(more) for _ in range(100_000)]


def test_hostile_notebooks(course: Course, full_paper: Paper, submit: Submit) -> None:
    """What a notebook says of itself does not count; what cannot be read is a row; the others are graded."""
    form = full_paper.forms[0]
    item = code_item(form)
    right, test = sample_answers(form, "right"), f"{item.cell}-test"
    starter = {item.cell: str(item.question["starter"])}

    def rewrite(notebook: dict[str, Any]) -> None:
        cell_of(notebook, test)["source"] = "pass"

    def points(notebook: dict[str, Any]) -> None:
        cell_of(notebook, test)["metadata"]["nbgrader"] |= {
            "points": float("nan"),
            "grade": False,
            "solution": True,
        }

    def twice(notebook: dict[str, Any]) -> None:
        easy = copy.deepcopy(cell_of(notebook, test))
        easy["source"] = ""
        notebook["cells"] = [easy, *notebook["cells"], copy.deepcopy(easy)]

    def moved(notebook: dict[str, Any]) -> None:
        notebook["cells"].reverse()

    def deleted(notebook: dict[str, Any]) -> None:
        notebook["cells"].remove(cell_of(notebook, test))

    def outputs(notebook: dict[str, Any]) -> None:
        cell_of(notebook, test)["outputs"] = [
            {"output_type": "execute_result", "data": {"text/plain": "100"}}
        ]
        cell_of(notebook, item.cell)["metadata"]["trainer"] = {"note": "满分"}

    def kernel(notebook: dict[str, Any]) -> None:
        notebook["metadata"] = {"kernelspec": {"name": "../../etc", "language": "bash", "display_name": "x"}}

    wrong = right | starter
    for account, edit in {"c01": rewrite, "c02": points, "c03": twice, "c05": outputs, "c06": kernel}.items():
        submit(account, form, wrong, edit=edit)
    submit("c04", form, right, edit=moved)
    submit("c07", form, right, edit=deleted)
    submit("c08", form, right, edit=many_cells)
    deep = submit("c09", form, right)
    deep.write_text('{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}")
    link = submit("c10", form, right)
    link.unlink()
    link.symlink_to(course.root / "gradebook.db")
    submit("c11", form, right)
    (report,) = grade(course, [full_paper.id])
    reasons = {row.account: row.reason for row in report.bad}
    assert "单元格，可能被删掉了" in reasons.pop("c07")
    assert "个代码单元格，超过上限（200 个）" in reasons.pop("c08")
    assert "内容损坏" in reasons.pop("c09")
    assert "不是普通文件" in reasons.pop("c10")
    assert reasons == {}
    found = marks(course, item.cell)
    assert {account: score for account, (score, _) in found.items()} == {
        "c01": 0, "c02": 0, "c03": 0, "c04": FULL, "c05": 0, "c06": 0, "c11": FULL,
    }  # fmt: skip
    assert "满分" not in {comment for _, comment in found.values()}


def test_it_refuses_where_there_is_no_sandbox(
    course: Course, full_paper: Paper, paper: Paper, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainer.sandbox import landlock, view
    from trainer.sandbox.sandbox import NoSandbox

    monkeypatch.setattr(view, "bubblewrap", lambda: None)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    submit("c01", full_paper.forms[0], sample_answers(full_paper.forms[0], "right"))
    submit("c01", paper.forms[0], sample_answers(paper.forms[0], "right"))
    with pytest.raises(NoSandbox, match="请安装 bubblewrap"):
        grade(course, [full_paper.id])
    assert grade(course, [paper.id])[0].graded == 1
    course.config.CodeSandbox.unsafe_run_without_sandbox = True
    (report,) = grade(course, [full_paper.id])
    assert report.protection.startswith("没有任何保护")
    assert marks(course, code_item(full_paper.forms[0]).cell)["c01"] == (FULL, None)


def test_an_ordinary_course_with_assert_cells(course: Course) -> None:
    """nbgrader's own way of testing goes on working, within the sandbox, and says that its guarantee is weaker."""
    from nbformat.v4 import new_code_cell, new_notebook, writes

    def cell(name: str, source: str, **flags: Any) -> Any:
        own = {
            "schema_version": 3,
            "grade_id": name,
            "grade": False,
            "solution": False,
            "locked": False,
            "task": False,
        }
        return new_code_cell(source, metadata={"nbgrader": own | flags})

    source = course.root / "source" / "lianxi" / "lianxi.ipynb"
    source.parent.mkdir(parents=True)
    (source.parent / "data.csv").write_text("1,2,3")
    notebook = new_notebook(
        cells=[
            cell("setup", "total = sum(int(x) for x in open('data.csv').read().split(','))", locked=True),
            cell("a", "### BEGIN SOLUTION\nanswer = 6\n### END SOLUTION", solution=True),
            cell("a-test", "assert answer == total", grade=True, locked=True, points=2),
            cell("b-test", "answer / 12", grade=True, locked=True, points=2),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    source.write_text(writes(notebook), encoding="utf-8")
    _nbgrader(course, "generate_assignment", "lianxi")
    released = json.loads((course.root / "release" / "lianxi" / "lianxi.ipynb").read_bytes())
    secret = str(course.root / "gradebook.db")
    for account, answer in {
        "c01": "answer = 6",
        "c02": "answer = 5",
        "c03": f"answer = 6\nopen({secret!r})",
    }.items():
        folder = course.root / "submitted" / account / "lianxi"
        folder.mkdir(parents=True)
        released["cells"][1]["source"] = answer
        (folder / "lianxi.ipynb").write_text(json.dumps(released))
    said = _nbgrader(course, "autograde", "lianxi")
    scores = {(account, name): score for _, account, name, score, *_ in gradebook_rows(course)["grades"]}
    assert scores == {
        ("c01", "a-test"): 2, ("c01", "b-test"): 0.5, ("c02", "a-test"): 0, ("c02", "b-test"): pytest.approx(5 / 12),
        ("c03", "a-test"): 2, ("c03", "b-test"): 0.5,
    }  # fmt: skip
    assert "测试和学员的程序在同一个进程里运行" in said
    shown = json.loads((course.root / "autograded" / "c03" / "lianxi" / "lianxi.ipynb").read_bytes())
    assert shown["metadata"]["trainer"] == {"tests": "together"}
    assert shown["cells"][1]["outputs"][0]["output_type"] == "error"


def _nbgrader(course: Course, *arguments: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("nbgrader")), *arguments],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr
