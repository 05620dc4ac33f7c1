"""The lessons: sound notebooks without code on show, whose examples are marked just as they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from trainer.kinds.base import Kind, all_kinds
from trainer.kinds.reading import ANSWER_STUB
from trainer.model.marks import Marking, Verdict
from trainer.model.points import Hundredths
from trainer.model.question import Question

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "courses" / "notebooks").glob("*.ipynb"))
LESSON = next(path for path in NOTEBOOKS if path.name == "00-怎样答题.ipynb")
FULL = Hundredths(1200)
#: What a question of the bank has besides what an example says.
REST = {
    "id": "li-ti",
    "version": 1,
    "status": "reviewed",
    "points": "12",
    "facility": 0.8,
    "sources": [{"regulation": "li-ti", "article": 1}],
    "explanation": "例题。",
}
_ROW = re.compile(r"^\| (?P<typed>.*?) \| (?P<verdict>[^|]*?) \|$", re.MULTILINE)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def examples() -> Iterator[tuple[Kind[Any], Question, tuple[int, ...], str]]:
    """(kind, question, layout, what the lesson shows) of every worked example."""
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if "example" in cell.metadata:
            example = cell.metadata["example"]
            kind = all_kinds()[example["question"]["kind"]]
            question = kind.question_type.model_validate(REST | dict(example["question"]))
            yield kind, question, tuple(example["layout"]), cell.source


def rows(shown: str) -> list[tuple[str, Verdict]]:
    """(what is typed, what becomes of it) of a lesson's table."""
    found = [(row["typed"].replace("<br>", "\n"), row["verdict"]) for row in _ROW.finditer(shown)]
    assert found[0] == ("这样写", "怎么算")
    assert found[1] == ("---", "---")
    return [(typed, Verdict(verdict)) for typed, verdict in found[2:]]


SPELLINGS = [
    pytest.param(kind, question, layout, typed, verdict, id=f"{kind.name}: {typed!r}")
    for kind, question, layout, shown in examples()
    for typed, verdict in rows(shown)
]


@each_notebook
def test_valid_and_without_outputs(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []


@each_notebook
def test_no_code_is_on_show(path):
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if not cell.metadata.get("jupyter", {}).get("source_hidden")] == []


@each_notebook
def test_runs_from_top_to_bottom(path, tmp_path):
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()


def test_every_kind_that_is_compared_has_an_example():
    compared = {name for name, kind in all_kinds().items() if kind.treatment == "compared"}
    assert {kind.name for kind, _, _, _ in examples()} == compared


@pytest.mark.parametrize(
    ("kind", "question", "layout", "shown"), [pytest.param(*e, id=e[0].name) for e in examples()]
)
def test_examples_look_as_on_a_paper(kind, question, layout, shown):
    assert list(kind.problems(question)) == []
    quoted = "\n".join(
        line.removeprefix(">").removeprefix(" ") for line in shown.splitlines() if line.startswith(">")
    )
    assert quoted == kind.show(question, layout)
    assert f"## {kind.title}" in shown


@pytest.mark.parametrize(("kind", "question", "layout", "typed", "verdict"), SPELLINGS)
def test_spellings_are_marked_as_the_lesson_says(kind, question, layout, typed, verdict):
    for text in (typed, f"{ANSWER_STUB}\n{typed}", f"{typed}\n\n{ANSWER_STUB}"):
        mark = kind.mark(question, layout, text, FULL, Marking())
        assert mark.verdict is verdict
        expected = {Verdict.CORRECT: mark.points == FULL, Verdict.PARTIAL: 0 < (mark.points or 0) < FULL}
        assert expected.get(verdict, mark.points == 0)


def test_the_lesson_quotes_the_released_answer_cell():
    assert ANSWER_STUB in "".join(cell.source for cell in nbformat.read(LESSON, as_version=4).cells)
