"""What has to be looked at when a regulation is replaced: questions, papers and lessons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.bank.reader import read_bank
from trainer.bank.stale import Replaced, Resting, replaced, resting_on
from trainer.papers.files import find_papers
from trainer.workflow.lessons.end_tests import FOLDER


@dataclass(frozen=True)
class Touched:
    """A paper, a lesson or an end test that asks what rests on changed articles: where, and which questions."""

    kind: str
    name: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Stale:
    """``old``: questions on the replaced text; ``new``: questions on articles that changed, already on the new text."""

    pairs: tuple[Replaced, ...]
    old: tuple[Resting, ...]
    new: tuple[Resting, ...]
    touched: tuple[Touched, ...]


def find_stale(
    bank_folder: Path, since: str = "", *, course: Path | None = None, lessons: Path | None = None
) -> Stale:
    """What rests on regulations that were replaced. Raises NotFound and ProblemsFound.

    Papers are looked at by what they asked when they were made, lessons as they lie in their folder.
    """
    bank = read_bank(bank_folder, stale=True)
    pairs = replaced(bank.regulations, since)
    found = list(resting_on(bank, pairs))
    old = [one for one in found if one.on_old]
    stale = {one.entry.question.id for one in old}
    gone = {pair.old.id for pair in pairs}
    touched = [*_papers(course, gone), *_lessons(lessons, stale, gone)]
    return Stale(tuple(pairs), tuple(old), tuple(one for one in found if not one.on_old), tuple(touched))


def _papers(course: Path | None, gone: set[str]) -> Iterator[Touched]:
    for paper in find_papers(course) if course else ():
        asked = [
            item.question_id for form in paper.forms for item in form.items if _rests(item.question, gone)
        ]
        if asked:
            yield Touched("试卷", paper.id, tuple(dict.fromkeys(asked)))


def _lessons(folder: Path | None, stale: set[str], gone: set[str]) -> Iterator[Touched]:
    if folder is None:
        return
    for path in sorted(folder.glob("*.ipynb")):
        asked = [name for said in _exercises(path) if (name := _touched(said, stale, gone))]
        if asked:
            yield Touched("课", path.stem, tuple(asked))
    for path in sorted((folder / FOLDER).glob("*.txt")):
        asked = [one for one in re.split(r"\s+", path.read_text(encoding="utf-8-sig")) if one in stale]
        if asked:
            yield Touched("小测验", path.name, tuple(asked))


def _exercises(path: Path) -> list[dict[str, Any]]:
    """What the exercise cells of a notebook say; nothing where it cannot be read, which ``lessons check`` tells."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        said = [cell["metadata"].get("trainer", {}).get("exercise") for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [one for one in said if isinstance(one, dict)]


def _touched(said: Mapping[str, Any], stale: set[str], gone: set[str]) -> str:
    """The exercise, if it asks a question that is stale, or one of its own that is."""
    if said.get("question") in stale:
        return str(said["question"])
    inline = said.get("inline")
    return f"练习 {said.get('id')}" if isinstance(inline, dict) and _rests(inline, gone) else ""


def _rests(question: Mapping[str, Any], gone: set[str]) -> bool:
    sources = question.get("sources") or ()
    return any(isinstance(one, dict) and one.get("regulation") in gone for one in sources)
