"""Forms as ordinary nbgrader source notebooks.

The key, the explanation and the rubric never enter a notebook, not even the source: nbgrader keeps whatever metadata
and text it is given, and a file that does not hold the key cannot leak it. The stem stands in a locked cell (a stem in
a solution cell would be erased on release) and the answer is the text of its own cell, so that it counts in whatever
viewer it was typed. What a page needs to draw the question as something to tap stands in the answer cell's ``trainer``
metadata (see docs/explanation/question-cells.md); it is what the stem shows, as data. Cell names are positions (``q07``), not question ids, which would help to look the question up.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from trainer.kinds.base import all_kinds, question_from_snapshot
from trainer.kinds.reading import ANSWER_STUB
from trainer.model.paper import Form, Item, Paper
from trainer.model.points import as_text
from trainer.model.question import Question

CODE_STUB = "# 在这里写程序"
TEST_SUFFIX = "-test"
_CHINESE = "一二三四五六七八九十"


def graded_cell(item: Item) -> str:
    """The nbgrader grade cell that carries the points of an item: code is graded by its test cell."""
    executed = all_kinds()[str(item.question["kind"])].treatment == "executed"
    return f"{item.cell}{TEST_SUFFIX}" if executed else item.cell


def expected_cells(form: Form) -> list[str]:
    """Every cell of a form that a submission has to contain."""
    cells = []
    for item in form.items:
        cells += [f"{item.cell}-stem", item.cell]
        if graded_cell(item) != item.cell:
            cells.append(graded_cell(item))
    return cells


def _metadata(name: str, **flags: Any) -> dict[str, Any]:
    cell = {
        "schema_version": 3,
        "grade_id": name,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    return {"nbgrader": cell | flags}


def _cell(kind: str, name: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def _locked(name: str, source: str) -> dict[str, Any]:
    return _cell("markdown", name, source, _metadata(name, locked=True, cell_type="markdown"))


def _title(paper: Paper, form: Form) -> str:
    parts = [f"# {paper.title}"]
    several = f"**{form.letter} 卷**　" if len(paper.forms) > 1 else ""
    parts.append(f"{several}共 {len(form.items)} 题，满分 {as_text(form.full)} 分")
    parts += [paper.instructions] if paper.instructions else []
    parts.append(f"计分办法：{paper.marking.explain()}")
    return "\n\n".join(parts)


def _section(number: int, title: str, items: list[Item]) -> str:
    total = as_text(sum(item.hundredths for item in items))
    each = as_text(items[0].hundredths)
    heading = _CHINESE[number] if number < len(_CHINESE) else str(number + 1)
    return f"## {heading}、{title}（{len(items)} 题，每题 {each} 分，共 {total} 分）"


def _for_pages(paper: Paper, number: int, item: Item, question: Question) -> dict[str, Any]:
    """The ``trainer`` metadata of an answer cell: the kind, and where it can be drawn the whole question without its key."""
    kind = all_kinds()[question.kind]
    definition = kind.present(question, item.layout)
    if definition is None:
        return {"kind": question.kind}
    own_order = {"own_order": True} if paper.own_order and kind.arrangeable(question) else {}
    return {**definition, "number": number, "points": as_text(item.hundredths), **own_order}


def _item_cells(paper: Paper, number: int, item: Item) -> list[dict[str, Any]]:
    question = question_from_snapshot(item.question)
    kind = all_kinds()[question.kind]
    stem = f"**{number}.** {kind.show(question, item.layout)}\n\n*作答：{kind.instruction}。*"
    cells = [_locked(f"{item.cell}-stem", stem)]
    points = float(item.points)
    if kind.treatment != "executed":
        flags = _metadata(item.cell, grade=True, solution=True, points=points, cell_type="markdown")
        return [
            *cells,
            _cell(
                "markdown",
                item.cell,
                ANSWER_STUB,
                flags | {"trainer": _for_pages(paper, number, item, question)},
            ),
        ]
    starter, tests, hidden = (
        str(getattr(question, name, "")) for name in ("starter", "tests", "hidden_tests")
    )
    answer = f"{starter.rstrip()}\n\n### BEGIN SOLUTION\n{CODE_STUB}\n### END SOLUTION"
    if hidden.strip():
        tests = f"{tests.rstrip()}\n### BEGIN HIDDEN TESTS\n{hidden.strip()}\n### END HIDDEN TESTS"
    test = f"{item.cell}{TEST_SUFFIX}"
    solution = _metadata(item.cell, solution=True, cell_type="code")
    grade = _metadata(test, grade=True, locked=True, points=points, cell_type="code")
    return [*cells, _cell("code", item.cell, answer, solution), _cell("code", test, tests, grade)]


def form_notebook(paper: Paper, form: Form) -> dict[str, Any]:
    """The source notebook (nbformat 4.5) of a form."""
    cells = [_locked("title", _title(paper, form))]
    for number, title in enumerate(paper.sections):
        items = [item for item in form.items if item.section == title]
        cells.append(_locked(f"section-{number + 1}", _section(number, title, items)))
        for item in items:
            cells += _item_cells(paper, form.items.index(item) + 1, item)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write_source(paper: Paper, course: Path) -> list[Path]:
    """Write ``source/<assignment>/<assignment>.ipynb`` of every form, each folder whole or not at all."""
    written = []
    for form in paper.forms:
        folder = course / "source" / form.assignment
        beside = folder.with_name(f".{form.assignment}.tmp")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        text = json.dumps(form_notebook(paper, form), ensure_ascii=False, indent=1)
        (beside / f"{form.assignment}.ipynb").write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        beside.replace(folder)
        written.append(folder / f"{form.assignment}.ipynb")
    return written
