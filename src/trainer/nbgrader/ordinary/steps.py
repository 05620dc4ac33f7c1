"""nbgrader's own steps of autograding, on one notebook, without a gradebook in between.

The preprocessors are nbgrader's and do what they always do; only what they would ask a database for comes from an
:class:`Outline`, and what they would write is kept for whoever writes the marks of all.
"""

from __future__ import annotations

import json
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError, ValidationError
from nbgrader.preprocessors import ClearOutput, DeduplicateIds, OverwriteCells, SaveAutoGrades
from traitlets.config import Config

from trainer.nbgrader.ordinary.outline import Outline
from trainer.nbgrader.submissions import Unreadable

_BROKEN = "不是完整的笔记本文件（内容损坏），请联系学员重新交卷"


class Records:
    """An outline as nbgrader's preprocessors ask a gradebook for it, and what they find, by cell name."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._sources = {source.name: source for source in outline.sources}
        self.grades: dict[str, SimpleNamespace] = {}
        self.comments: dict[str, SimpleNamespace] = {}
        self.db = SimpleNamespace(commit=lambda: None)

    def find_source_cell(self, name: str, *_: str) -> Any:
        return self._known(self._sources, name)

    def find_graded_cell(self, name: str, *_: str) -> Any:
        return SimpleNamespace(max_score=self._known(self._outline.points, name))

    def find_notebook(self, *_: str) -> Any:
        """Only what adding missing cells asks for."""
        graded = [SimpleNamespace(name=name, max_score=top) for name, top in self._outline.points.items()]
        tasks = set(self._outline.tasks)
        return SimpleNamespace(
            source_cells=list(self._outline.sources),
            grade_cells=[cell for cell in graded if cell.name not in tasks],
            solution_cells=[SimpleNamespace(name=n) for n in self._outline.comments if n not in tasks],
            task_cells=[cell for cell in graded if cell.name in tasks],
        )

    def find_grade(self, name: str, *_: str) -> Any:
        self._known(self._outline.points, name)
        return self.grades.setdefault(name, SimpleNamespace(manual_score=None, auto_score=None))

    def find_comment(self, name: str, *_: str) -> Any:
        if name not in self._outline.comments:
            raise MissingEntry(name)
        return self.comments.setdefault(name, SimpleNamespace(auto_comment=None))

    @staticmethod
    def _known(table: Any, name: str) -> Any:
        if name not in table:
            raise MissingEntry(name)
        return table[name]


def sanitized(raw: bytes, outline: Outline, config: Config) -> Any:
    """A submitted notebook as it is before it is run: locked cells, points and kernel are the assignment's.

    Raises Unreadable.
    """
    name = f"{outline.name}.ipynb"
    try:
        notebook = _parsed(raw)
        resources: dict[str, Any] = {"metadata": {}}
        notebook, _ = ClearOutput(config=config).preprocess(notebook, resources)
        notebook, _ = DeduplicateIds(config=config).preprocess(notebook, resources)
        for cell in notebook.cells:
            if not cell.metadata.get(
                "nbgrader", True
            ):  # an earlier copy of a cell; nbgrader would stumble over it
                del cell.metadata["nbgrader"]
        if outline.kernelspec:
            notebook.metadata["kernelspec"] = json.loads(outline.kernelspec)
        notebook = _overwritten(notebook, outline, config)
        _check_metadata(notebook)
    except Unreadable:
        raise
    except (SchemaTooOldError, SchemaTooNewError):
        raise Unreadable(
            f"{name} 的格式和现在的 nbgrader 不是同一个版本，请先用 nbgrader update 转换"
        ) from None
    except (ValidationError, MissingEntry):
        raise Unreadable(f"{name} 里 nbgrader 的标记被改坏了，请联系学员核实，或人工评阅") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RuntimeError):
        raise Unreadable(f"{name} {_BROKEN}") from None
    return notebook


def _parsed(raw: bytes) -> Any:
    """As nbformat reads it; a notebook of today's format without being held against its schema, which decides nothing."""
    text = raw.decode("utf-8")
    found = json.loads(text)
    if found.get("nbformat") != 4:
        return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    for cell in found["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return nbformat.from_dict(found)  # type: ignore[no-untyped-call]


def _overwritten(notebook: Any, outline: Outline, config: Config) -> Any:
    step = OverwriteCells(config=config)
    step.gradebook, step.notebook_id, step.assignment_id = Records(outline), outline.name, ""
    resources: dict[str, Any] = {}
    for at, cell in enumerate(notebook.cells):
        notebook.cells[at], _ = step.preprocess_cell(cell, resources, at)
    if step.add_missing_cells:
        notebook, _ = step.add_missing_grade_cells(notebook, resources)
        notebook, _ = step.add_missing_task_cells(notebook, resources)
    return notebook


def _check_metadata(notebook: Any) -> None:
    """nbgrader's check, which looks at nothing but cell types and nbgrader's own metadata: once for all that are alike."""
    _checked(
        json.dumps(
            [
                [cell.cell_type, cell.metadata["nbgrader"]]
                for cell in notebook.cells
                if "nbgrader" in cell.metadata
            ]
        )
    )


@lru_cache(maxsize=256)
def _checked(marked: str) -> None:
    cells = [
        {"cell_type": kind, "metadata": {"nbgrader": metadata}, "source": ""}
        for kind, metadata in json.loads(marked)
    ]
    MetadataValidator().validate_nb(nbformat.from_dict({"cells": cells}))  # type: ignore[no-untyped-call]


def marks(notebook: Any, outline: Outline, config: Config) -> tuple[list[float | None], list[str | None]]:
    """Scores and comments of a notebook that was run, by nbgrader's own rules, in the outline's order.

    A score is None where a person has to mark, and where the cell is gone. Raises MissingEntry.
    """
    records = Records(outline)
    step = SaveAutoGrades(config=config)
    step.gradebook = records
    step.notebook_id = step.assignment_id = step.student_id = ""
    for at, cell in enumerate(notebook.cells):
        step.preprocess_cell(cell, {}, at)
    scores = [records.grades[name].auto_score if name in records.grades else None for name in outline.grades]
    said = [
        records.comments[name].auto_comment if name in records.comments else None for name in outline.comments
    ]
    return scores, said
