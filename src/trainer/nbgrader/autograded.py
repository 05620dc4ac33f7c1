"""The autograded notebook: what formgrader and feedback show of a submission.

Locked cells and all nbgrader metadata come from the released form, only the answers from the trainee, so nothing that
was changed in a submission's stems, points or flags survives. Cells that a trainee added are kept without outputs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from trainer.nbgrader.submissions import (
    RECEIPT_FILE,
    SECRET_FILE,
    TIMESTAMP_FILE,
    cell_source,
    grade_id,
    regular_file,
)

#: What the exchange wrote beside a submission and needs again to hand out its feedback.
CARRIED_FILES = (TIMESTAMP_FILE, SECRET_FILE, RECEIPT_FILE)
_LARGEST_CARRIED = 1 << 20
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
    cells: Sequence[dict[str, Any]],
    answers: Mapping[str, str],
    sources: Mapping[str, SourceCell],
    kernelspec: Any,
) -> dict[str, Any]:
    """The notebook (nbformat 4.5) that is written to ``autograded/``, from a submission's cells and answers."""
    restored: list[dict[str, Any]] = []
    placed: set[str] = set()
    for cell in cells:
        name = grade_id(cell)
        if name is not None and name in sources:
            if name in placed:
                continue
            placed.add(name)
            restored.append(_restored(cell, sources[name], answers))
        else:
            kind = cell.get("cell_type")
            kind = kind if kind in ("markdown", "code", "raw") else "raw"
            restored.append(_cell(kind, cell_source(cell), {}))
    for name, source in sources.items():
        if name not in placed:  # missing, and accepted as such: shown empty, in its own place at the end
            blank = source if source.locked else replace(source, source="")
            restored.append(_restored({}, blank, {name: blank.source}))
    _name_cells(restored)
    metadata = {"kernelspec": kernelspec} if kernelspec else {}
    return {"cells": restored, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _name_cells(cells: list[dict[str, Any]]) -> None:
    for number, cell in enumerate(cells):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cell["id"] = name if _ID.match(name) else f"cell-{number}"


def encoded(notebook: Any) -> bytes:
    """A notebook as the bytes of its file."""
    return json.dumps(notebook, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class Encoder:
    """Autograded notebooks of one form as bytes: all that is the form's own is encoded once.

    The notebook is the one that :func:`autograded_notebook` makes.
    """

    _GAP = "\x00"

    def __init__(self, sources: Mapping[str, SourceCell], kernelspec: Any) -> None:
        self._sources = sources
        self._kernelspec = kernelspec
        # A cell whose name is no id is called after its place: such forms (never ours) are encoded cell by cell.
        self._plain = all(_ID.match(name) for name in sources)
        self._pieces = {name: self._piece(source) for name, source in sources.items()}
        whole = encoded(autograded_notebook([], {}, {}, kernelspec))
        self._head, _, self._tail = whole.partition(b"[]")

    def _piece(self, source: SourceCell) -> tuple[bytes, bytes]:
        """What stands before and after the text of a cell; all of it before when the text is the form's."""
        cell = _restored({}, source, {source.name: self._GAP})
        _name_cells([cell])
        if source.locked:
            return encoded(cell), b""
        before, _, after = encoded(cell).partition(encoded(self._GAP))
        return before, after

    def notebook(
        self, cells: Sequence[dict[str, Any]], names: Sequence[str | None], answers: Mapping[str, str]
    ) -> bytes:
        """The file of a submission's ``cells``, called by ``names`` (None: not nbgrader's), with these ``answers``."""
        if not self._plain:
            return encoded(autograded_notebook(cells, answers, self._sources, self._kernelspec))
        parts: list[bytes] = []
        pieces = dict(self._pieces)
        for cell, name in zip(cells, names, strict=True):
            piece = pieces.pop(name, None) if name is not None else None
            if piece is None:
                if name not in self._pieces:
                    parts.append(_added(cell, len(parts)))
                continue
            before, after = piece
            if after:
                text = answers.get(name) if name else None
                text = cell_source(cell) if text is None else text
                parts.append(before + orjson.dumps(text) + after)
            else:
                parts.append(before)
        parts += [before + (b'""' + after if after else b"") for before, after in pieces.values()]
        return self._head + b"[" + b",".join(parts) + b"]" + self._tail


def _added(cell: dict[str, Any], number: int) -> bytes:
    """A cell that a trainee added, encoded."""
    kind = cell.get("cell_type")
    restored = _cell(kind if kind in ("markdown", "code", "raw") else "raw", cell_source(cell), {})
    return encoded(restored | {"id": f"cell-{number}"})


def write_autograded(
    course: Path, account: str, assignment: str, notebook: bytes, names: Collection[str]
) -> None:
    """Write ``autograded/<account>/<assignment>/`` as nbgrader would: beside, then renamed into place.

    ``names`` are the names in the submitted folder; of these the files that the exchange needs again are carried over.
    """
    files = {f"{assignment}.ipynb": notebook}
    for name in CARRIED_FILES:
        if name in names:
            content = regular_file(f"{course}/submitted/{account}/{assignment}/{name}", _LARGEST_CARRIED)
            if content is not None:
                files[name] = content
    write_autograded_files(course, account, assignment, files)


def write_autograded_files(course: Path, account: str, assignment: str, files: Mapping[str, bytes]) -> None:
    """The same with all its files, by relative path."""
    own = f"{course}/autograded/{account}"
    beside, folder = f"{own}/.{assignment}.tmp", f"{own}/{assignment}"
    try:
        os.mkdir(beside)  # noqa: PTH102 - a thousand times a second: no Path objects here
    except FileNotFoundError:
        os.makedirs(beside)  # noqa: PTH103
    except FileExistsError:
        _remove(beside)
        os.mkdir(beside)  # noqa: PTH102
    for name, content in files.items():
        if "/" in name:
            os.makedirs(os.path.dirname(f"{beside}/{name}"), exist_ok=True)  # noqa: PTH103, PTH120
        _write(f"{beside}/{name}", content)
    try:
        os.rename(beside, folder)  # noqa: PTH104
    except OSError:  # there is one, and it is not empty
        _remove(folder)
        os.rename(beside, folder)  # noqa: PTH104


def has_autograded(course: Path, account: str, assignment: str) -> bool:
    """Whether the autograded notebook is there, with something in it."""
    try:
        return os.stat(f"{course}/autograded/{account}/{assignment}/{assignment}.ipynb").st_size > 0  # noqa: PTH116
    except OSError:
        return False


def _write(path: str, content: bytes) -> None:
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123
        left = memoryview(content)
        while left:
            left = left[file.write(left) or 0 :]


def discard_unfinished(course: Path, assignment: str) -> None:
    """Remove what a grader that was killed had begun to write beside."""
    for beside in (course / "autograded").glob(f"*/.{assignment}.tmp"):
        _remove(str(beside))


def _remove(path: str) -> None:
    """Remove a folder, also one whose files nbgrader made read-only."""
    folder = Path(path)
    if folder.exists():
        for name in folder.iterdir():
            os.chmod(name, 0o600) if name.is_file() and not name.is_symlink() else None  # noqa: PTH101
        shutil.rmtree(folder)
