"""Marking as a pure function of bytes: what it takes for a notebook, what it writes, and what it needs for that."""

from __future__ import annotations

import codecs
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.model.paper import Paper
from trainer.nbgrader.autograded import Encoder, SourceCell, autograded_notebook
from trainer.nbgrader.course import Course
from trainer.nbgrader.submissions import grade_id, parsed
from trainer.workflow.grading import grade

from .conftest import Submit, gradebook_rows, sample_answers


def test_a_worker_imports_neither_nbgrader_nor_a_database() -> None:
    code = "import sys, trainer.nbgrader.marking; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "nbgrader",
        "nbformat",
        "jsonschema",
        "sqlalchemy",
        "pandas",
        "matplotlib",
        "openpyxl",
        "distributed",
    }
    assert heavy.isdisjoint(done.stdout.split())


def test_our_description_of_the_tables_is_nbgraders() -> None:
    from nbgrader import api

    from trainer.nbgrader.tables import _METADATA

    for table in _METADATA.tables.values():
        theirs = api.Base.metadata.tables[table.name]
        assert [column.name for column in table.columns] == [column.name for column in theirs.columns]
        for column in table.columns:
            other = theirs.columns[column.name].type
            assert column.type.python_type is other.python_type, (table.name, column.name)
            assert column.primary_key == theirs.columns[column.name].primary_key


# -- what is taken for a notebook ------------------------------------------------------------------------------------

_MORE = '{"cells": [], "more": %s}'


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(_MORE % "NaN", id="NaN"),
        pytest.param(_MORE % "-Infinity", id="infinity"),
        pytest.param(_MORE % ("9" * 400), id="an integer of 400 digits"),
        pytest.param(_MORE % "1e999", id="a float too large"),
        pytest.param(_MORE % '"\\ud800"', id="a lone surrogate"),
        pytest.param(_MORE % '1, "more": 2', id="a key twice"),
        pytest.param(_MORE % ("[" * 400 + "]" * 400), id="deep, but not too deep"),
        pytest.param(codecs.BOM_UTF8.decode() + _MORE % "1", id="a byte order mark"),
        pytest.param((_MORE % '"甲"').encode("utf-16"), id="UTF-16"),
        pytest.param((_MORE % '"%"').encode().replace(b"%", b"\xed\xa0\x80"), id="a surrogate as UTF-8"),
        pytest.param("\n\t " + _MORE % "1" + " \r\n", id="white space around"),
    ],
)
def test_what_the_standard_library_reads_is_read(raw: str | bytes) -> None:
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    ours, theirs = parsed(data), json.loads(data)
    assert ours["cells"] == theirs["cells"] == []


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[1,]",
        '{"a": 01}',
        '{"a": "\n"}',
        "nul",
        '{"a": 1} x',
        "'a'",
        "\x00",
        "[" * 5000 + "]" * 5000,
    ],
)
def test_what_the_standard_library_refuses_is_refused(raw: str) -> None:
    for read in (json.loads, parsed):
        with pytest.raises((ValueError, RecursionError)):
            read(raw.encode())


# -- what is written -------------------------------------------------------------------------------------------------

_SOURCES = {
    name: SourceCell(
        name, kind, locked, f"题 “{name}”\n\x00 []", "abc", grade, solution, 2.5 if grade else None
    )
    for name, kind, locked, grade, solution in [
        ("title", "markdown", True, False, False),
        ("q01", "markdown", False, True, True),
        ("q02", "code", False, False, True),
        ("q02-test", "code", True, True, False),
    ]
}
_NAMES = st.sampled_from([*_SOURCES, "other", None, 3])
_CELL = st.fixed_dictionaries(
    {"metadata": st.one_of(st.none(), _NAMES.map(lambda name: {"nbgrader": {"grade_id": name}}))},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "evil", None]),
        "source": st.one_of(st.text(), st.lists(st.text()), st.none()),
    },
)


@settings(deadline=None)
@given(
    st.lists(_CELL, max_size=8), st.dictionaries(st.sampled_from(["q01", "q02"]), st.text()), st.booleans()
)
def test_the_encoded_notebook_is_the_notebook(
    cells: list[dict[str, Any]], answers: dict[str, str], plain: bool
) -> None:
    kernel = {"name": "python3"} if plain else None
    names = [grade_id(cell) for cell in cells]
    answers = {
        name: text.encode("utf-8", "replace").decode() for name, text in answers.items() if name in names
    }
    written = Encoder(_SOURCES, kernel).notebook(cells, names, answers)
    assert json.loads(written) == autograded_notebook(cells, answers, _SOURCES, kernel)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"metadata": {"nbgrader": {"grade_id": ["q01"]}}}, id="a name that is a list"),
        pytest.param({"metadata": {"nbgrader": "q01"}}, id="a text where a table should be"),
        pytest.param({"metadata": "nbgrader"}, id="metadata that are a text"),
        pytest.param({"metadata": {}, "source": {"a": 1}}, id="a source that is a table"),
        pytest.param(
            {"cell_type": {"x": 1}, "metadata": {}, "source": ["a", 3, None]}, id="a kind that is a table"
        ),
    ],
)
def test_odd_cells_are_taken_along_and_hurt_nobody(
    course: Course, paper: Paper, submit: Submit, odd: dict[str, Any]
) -> None:
    form = paper.forms[0]
    submit("c01", form, sample_answers(form, "right"), edit=lambda notebook: notebook["cells"].append(odd))
    (report,) = grade(course, [paper.id])
    assert (report.graded, report.bad) == (1, ())
    path = course.root / "autograded" / "c01" / form.assignment / f"{form.assignment}.ipynb"
    import nbformat

    nbformat.validate(nbformat.read(path, as_version=4))


# -- PostgreSQL ------------------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("postgresql")
def test_postgresql_gets_the_same_rows(
    course: Course, paper: Paper, submit: Submit, request: pytest.FixtureRequest
) -> None:
    """Graded, graded again with --force, and after a change, with a NUL in an answer: the same as in SQLite."""
    form = paper.forms[0]
    answers = sample_answers(form, "wrong")
    submit("c01", form, sample_answers(form, "right"))
    submit("c02", form, {cell: f"{text}\x00" for cell, text in answers.items()})
    url = request.getfixturevalue("postgresql").new().replace("postgresql://", "postgresql+psycopg://")
    _copy_gradebook(course, url)
    there = Course(course.root)
    there.db_url = url
    for change in (lambda: None, lambda: submit("c02", form, sample_answers(form, "malformed"))):
        change()
        expected = grade(course, [paper.id], force=True)
        assert grade(there, [paper.id], force=True) == expected
        assert _rows(url) == _rows(course.db_url)
    assert len(gradebook_rows(course)["grades"]) == 2 * len(form.items)


def _copy_gradebook(course: Course, url: str) -> None:
    """All that the gradebook has so far, in a new database."""
    from nbgrader import api
    from sqlalchemy import create_engine, select

    here, there = create_engine(course.db_url), create_engine(url)
    api.Base.metadata.create_all(there)
    with here.connect() as source, there.begin() as target:
        for table in api.Base.metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                target.execute(table.insert(), rows)
    here.dispose()
    there.dispose()


def _rows(url: str) -> dict[str, list[Any]]:
    from sqlalchemy import create_engine, select

    from trainer.nbgrader import tables

    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(connection.execute(select(table)).tuples(), key=repr)
            for table in (tables.SUBMITTED, tables.SUBMITTED_NOTEBOOK, tables.GRADE, tables.COMMENT)
        }
    engine.dispose()
    return found
