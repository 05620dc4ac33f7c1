"""The autograded notebook: what formgrader and feedback show of a submission.

Locked cells and all nbgrader metadata come from the released form, only the answers from the trainee, so nothing that
was changed in a submission's stems, points or flags survives. Cells that a trainee added are kept without outputs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.nbgrader.submissions import (
    RECEIPT_FILE,
    SECRET_FILE,
    TIMESTAMP_FILE,
    Submission,
    cell_source,
    grade_id,
)

#: What the exchange wrote beside a submission and needs again to hand out its feedback.
CARRIED_FILES = (TIMESTAMP_FILE, SECRET_FILE, RECEIPT_FILE)
_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")


@dataclass(frozen=True)
class SourceCell:
    """A cell as nbgrader recorded it when the assignment was generated."""

    name: str
    cell_type: str
    locked: bool
    source: str
    checksum: str
    grade: bool
    solution: bool
    points: float | None

    def metadata(self) -> dict[str, Any]:
        """The nbgrader metadata that the cell must have."""
        nbgrader: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": self.name,
            "grade": self.grade,
            "solution": self.solution,
            "locked": self.locked,
            "task": False,
            "cell_type": self.cell_type,
            "checksum": self.checksum,
        }
        if self.points is not None:
            nbgrader["points"] = self.points
        return nbgrader


def _restored(cell: dict[str, Any], source: SourceCell, answers: Mapping[str, str]) -> dict[str, Any]:
    text = source.source if source.locked else answers.get(source.name, cell_source(cell))
    metadata: dict[str, Any] = {"nbgrader": source.metadata(), "deletable": False}
    if source.locked:
        metadata["editable"] = False
    return _cell(source.cell_type, text, metadata)


def _cell(cell_type: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": cell_type, "metadata": metadata, "source": source}
    return cell | {"execution_count": None, "outputs": []} if cell_type == "code" else cell


def autograded_notebook(
    submission: Submission, sources: Mapping[str, SourceCell], kernelspec: Any
) -> dict[str, Any]:
    """The notebook (nbformat 4.5) that is written to ``autograded/``."""
    cells: list[dict[str, Any]] = []
    placed: set[str] = set()
    for cell in submission.cells:
        name = grade_id(cell)
        if name is not None and name in sources:
            if name in placed:
                continue
            placed.add(name)
            restored = _restored(cell, sources[name], submission.answers)
        else:
            kind = cell.get("cell_type")
            restored = _cell(kind if kind in ("markdown", "code", "raw") else "raw", cell_source(cell), {})
        cells.append(restored)
    for name, source in sources.items():
        if name not in placed:  # missing, and accepted as such: shown empty, in its own place at the end
            blank = source if source.locked else SourceCell(**{**source.__dict__, "source": ""})
            cells.append(_restored({}, blank, {name: blank.source}))
    _name_cells(cells)
    metadata = {"kernelspec": kernelspec} if kernelspec else {}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _name_cells(cells: list[dict[str, Any]]) -> None:
    for number, cell in enumerate(cells):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cell["id"] = name if _ID.match(name) else f"cell-{number}"


def write_autograded(course: Path, submission: Submission, notebook: dict[str, Any]) -> None:
    """Write ``autograded/<account>/<assignment>/`` as nbgrader would: beside, then renamed into place."""
    folder = course / "autograded" / submission.account / submission.assignment
    beside = folder.with_name(f".{submission.assignment}.tmp")
    _remove(beside)
    beside.mkdir(parents=True)
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    (beside / f"{submission.assignment}.ipynb").write_text(text, encoding="utf-8")
    submitted = course / "submitted" / submission.account / submission.assignment
    for name in CARRIED_FILES:
        if (submitted / name).is_file() and not (submitted / name).is_symlink():
            shutil.copyfile(submitted / name, beside / name)
    _remove(folder)
    beside.replace(folder)


def discard_unfinished(course: Path, assignment: str) -> None:
    """Remove what a grader that was killed had begun to write beside."""
    for beside in (course / "autograded").glob(f"*/.{assignment}.tmp"):
        _remove(beside)


def _remove(folder: Path) -> None:
    """Remove a folder, also one whose files nbgrader made read-only."""
    if folder.exists():
        for name in folder.iterdir():
            os.chmod(name, 0o600) if name.is_file() and not name.is_symlink() else None  # noqa: PTH101
        shutil.rmtree(folder)
