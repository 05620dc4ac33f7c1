"""The lessons: sound notebooks without code on show, whose examples are marked just as they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from trainer.grading.practice import judge
from trainer.hub.singleuser.lesson_text import as_html
from trainer.kinds.base import Kind, all_kinds, kind_of
from trainer.kinds.reading import ANSWER_STUB
from trainer.model.marks import Marking, Verdict
from trainer.model.points import Hundredths
from trainer.model.question import Question
from trainer.workflow.lessons.publishing import check_lessons, published_notebook

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "courses" / "notebooks").glob("*.ipynb"))
FULL = Hundredths(1200)
LESSONS = check_lessons(ROOT / "courses" / "notebooks", ROOT / "question_bank")
HOW_TO_ANSWER = next(lesson for lesson in LESSONS if lesson.about.id == "zenyang-dati")
_ROW = re.compile(r"^\| (?P<typed>.*?) \| (?P<verdict>[^|]*?) \|$", re.MULTILINE)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def examples() -> Iterator[tuple[Kind[Any], Question, tuple[int, ...], str]]:
    """(kind, question, layout, the table below it) of every exercise of the first lesson that has one."""
    cells = {cell["id"]: "".join(cell["source"]) for cell in HOW_TO_ANSWER.notebook["cells"]}
    for exercise in HOW_TO_ANSWER.exercises:
        if f"{exercise.id}-typed" in cells:
            question = exercise.question
            yield kind_of(question), question, exercise.layout, cells[f"{exercise.id}-typed"]


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


@each_notebook
def test_nothing_is_left_unrendered(path):
    """``**…。**字`` is no emphasis: a mark that closes after a full stop has to have a space or the end behind it."""
    shown = {cell["id"]: as_html("".join(cell["source"])) for cell in nbformat.read(path, as_version=4).cells}
    assert [where for where, text in shown.items() if "**" in text or "](" in text] == []


def test_every_kind_that_is_compared_has_an_example():
    compared = {name for name, kind in all_kinds().items() if kind.treatment == "compared"}
    assert {kind.name for kind, _, _, _ in examples()} == compared


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.about.id)
def test_published_notebooks_are_sound_and_hold_no_key(lesson):
    notebook = nbformat.from_dict(published_notebook(lesson))
    nbformat.validate(notebook)
    exercises = [cell for cell in notebook.cells if "exercise" in cell.metadata.get("trainer", {})]
    assert len(exercises) == len(lesson.exercises)
    for cell, exercise in zip(exercises, lesson.exercises, strict=True):
        assert exercise.question.explanation not in str(cell)
        assert set(cell.metadata["trainer"]) == {"exercise", "definition"}
        right = kind_of(exercise.question).samples(exercise.question, exercise.layout).right
        assert judge(exercise.entry, right).right


@pytest.mark.parametrize(("kind", "question", "layout", "typed", "verdict"), SPELLINGS)
def test_spellings_are_marked_as_the_lesson_says(kind, question, layout, typed, verdict):
    for text in (typed, f"{ANSWER_STUB}\n{typed}", f"{typed}\n\n{ANSWER_STUB}"):
        mark = kind.mark(question, layout, text, FULL, Marking())
        assert mark.verdict is verdict
        expected = {Verdict.CORRECT: mark.points == FULL, Verdict.PARTIAL: 0 < (mark.points or 0) < FULL}
        assert expected.get(verdict, mark.points == 0)


def test_the_lesson_quotes_the_released_answer_cell():
    assert ANSWER_STUB in str(HOW_TO_ANSWER.notebook["cells"][-2]["source"])
