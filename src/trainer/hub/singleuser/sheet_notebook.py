"""What a released notebook holds for the person who answers it: its parts in order, and the texts of its answer cells.

The notebook lies in the person's own folder, so it may be anything: what cannot be read is said in a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.errors import TrainerError
from trainer.hall.answers import read_json

#: What a released answer cell says before anybody wrote in it (trainer.kinds.reading.STUBS, which costs too much memory to
#: import here; a test compares them).
STUBS = ("（在这里写答案，写完请删掉这一行）", "YOUR ANSWER HERE")
_STEM = "-stem"


@dataclass(frozen=True)
class Part:
    """A piece of the paper: text to read (``cell`` is empty), or a question with its answer cell.

    ``definition`` is what a widget draws, None where the answer is typed; ``markdown`` is the text, or the question's stem
    where there is no definition. ``text`` is the answer, '' for none. ``code``: the answer is a program.
    """

    markdown: str = ""
    cell: str = ""
    definition: Mapping[str, Any] | None = None
    text: str = ""
    code: bool = False


def parts(content: bytes) -> list[Part]:
    """The parts of a notebook in order. Raises TrainerError."""
    found: list[Part] = []
    stem = ""
    for cell in _cells(_notebook(content)):
        name = _answer_cell(cell)
        if name is None:
            if stem:
                found.append(Part(markdown=stem))
            stem = ""
            if cell.get("cell_type") != "markdown":
                continue
            if _grade_id(cell).endswith(_STEM):
                stem = _source(cell)
            else:
                found.append(Part(markdown=_source(cell)))
            continue
        trainer = _dict(_dict(cell.get("metadata")).get("trainer"))
        drawn = isinstance(trainer.get("stem"), str)
        found.append(
            Part(
                markdown="" if drawn else stem,
                cell=name,
                definition=trainer if drawn else None,
                text=answer_of(_source(cell)),
                code=cell.get("cell_type") == "code",
            )
        )
        stem = ""
    return found


def answer_of(source: str) -> str:
    """The answer that an answer cell's source holds: without the lines that a released cell says by itself."""
    for stub in STUBS:
        source = source.replace(stub, "")
    return source.strip()


def with_texts(content: bytes, texts: Mapping[str, str]) -> bytes:
    """The notebook with these texts in its answer cells, everything else as it is. Raises TrainerError.

    The very same bytes when no answer differs, so that handing in twice is handing in the same.
    """
    notebook = _notebook(content)
    changed = False
    for cell in _cells(notebook):
        name = _answer_cell(cell) or ""
        if name not in texts or answer_of(_source(cell)) == texts[name].strip():
            continue
        changed = True
        text = texts[name]
        cell["source"] = text.splitlines(keepends=True) if isinstance(cell.get("source"), list) else text
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode() if changed else content


def _notebook(content: bytes) -> dict[str, Any]:
    try:
        notebook = read_json(content.decode("utf-8"))
    except ValueError:
        notebook = None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise TrainerError(
            "您文件夹里的试卷文件读不出来，可能被改坏了。答案都在服务器上；请告诉监考老师，删掉这个文件夹以后重新打开试卷。"
        )
    return notebook


def _cells(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if isinstance(cell, dict)]


def _answer_cell(cell: Mapping[str, Any]) -> str | None:
    """The name of an answer cell; None for every other cell."""
    nbgrader = _dict(_dict(cell.get("metadata")).get("nbgrader"))
    answers = nbgrader.get("solution") is True or nbgrader.get("task") is True
    name = nbgrader.get("grade_id")
    return name if answers and isinstance(name, str) else None


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(_dict(_dict(cell.get("metadata")).get("nbgrader")).get("grade_id", ""))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""
