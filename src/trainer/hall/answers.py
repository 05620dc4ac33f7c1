"""What a notebook says about answers: which cells take one, how many are filled, and the notebook made of saved answers.

Notebooks come from trainees and are hostile until read: structure is counted before anything is parsed, nothing is
executed, and what is not understood is refused with a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from trainer.hall.bundle import Files, shown_path
from trainer.hall.refusals import Refused, invalid

#: notebook path → name of an answer cell → its text as released, stripped
Cells = Mapping[str, Mapping[str, str]]

#: Brackets, braces and commas in a document: far more than any notebook has, few enough to cost next to nothing.
MOST_STRUCTURE = 200_000
NOTEBOOK = ".ipynb"
_UNSEEN = " \t\r\n\x0b\x0c\u00a0\u200b\u200c\u200d\u2060\u3000\ufeff"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def read_json(text: str, most_structure: int = MOST_STRUCTURE) -> Any:
    """JSON of strangers: bounded in structure before parsing, in depth by the parser. Raises ValueError."""
    if len(text) > most_structure and sum(map(text.count, ",{[")) > most_structure:
        raise ValueError("too much structure")
    try:
        return _decode(text)
    except RecursionError:
        raise ValueError("too deep") from None


def released_cells(files: Files) -> dict[str, dict[str, str]]:
    """The answer cells of released files. Raises Refused (422) when a notebook among them cannot be read."""
    found: dict[str, dict[str, str]] = {}
    for path, content in files.items():
        if path.endswith(NOTEBOOK):
            cells = _cells(path, content)
            found[path] = {name: _source(cell).strip(_UNSEEN) for name, cell in _solutions(cells)}
    return found


def is_filled(text: str, released: str) -> bool:
    """Whether a text is an answer: something is left once what the released cell said is taken away."""
    return bool((text.replace(released, "") if released else text).strip(_UNSEEN))


def count_answers(files: Files, released: Cells) -> int:
    """How many of the released answer cells are filled in a submission. Raises Refused (422)."""
    total = 0
    for path, wanted in released.items():
        content = files.get(path)
        if content is not None:
            filled = {
                name
                for name, cell in _solutions(_cells(path, content))
                if name in wanted and is_filled(_source(cell), wanted[name])
            }
            total += len(filled)
    return total


def with_answers(files: Files, texts: Mapping[str, str]) -> Files:
    """The released files with saved texts in their answer cells."""
    made: Files = {}
    for path, content in files.items():
        made[path] = _filled_notebook(content, texts) if path.endswith(NOTEBOOK) else content
    return made


def _filled_notebook(content: bytes, texts: Mapping[str, str]) -> bytes:
    notebook = json.loads(content)
    for name, cell in _solutions(notebook["cells"]):
        if name in texts:
            cell["source"] = texts[name]
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _cells(path: str, content: bytes) -> list[dict[str, Any]]:
    try:
        notebook = read_json(content.decode("utf-8"))
    except ValueError:
        raise _unreadable(path) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise _unreadable(path)
    return cells


def _unreadable(path: str) -> Refused:
    return invalid(
        f"“{shown_path(path)}”不是完整的笔记本文件，或者里面的东西多得不正常，没有存上。"
        "请在编辑器里保存一次再试；不行就重新领卷。",
        "notebook",
    )


def _solutions(cells: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    """(name, cell) of the cells that nbgrader lets a trainee answer in."""
    found = []
    for cell in cells:
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if isinstance(nbgrader, dict) and (nbgrader.get("solution") is True or nbgrader.get("task") is True):
            name = nbgrader.get("grade_id")
            if isinstance(name, str):
                found.append((name, cell))
    return found


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""
