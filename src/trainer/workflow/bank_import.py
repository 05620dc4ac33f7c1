"""Import question banks: read every file, settle, compare, write the drafts and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.bank.importers.base import Reading, read_source
from trainer.bank.importers.compare import (
    CHANGED,
    DOUBTFUL,
    NEW,
    doubt_contradictions,
    sort_out,
)
from trainer.bank.importers.drafts import Draft
from trainer.bank.importers.report import Row, draft_row, left_over, workbook
from trainer.bank.importers.settle import settle
from trainer.bank.importers.writing import PREFIX, replace_drafts, write_new
from trainer.bank.reader import Bank, Entry, read_bank
from trainer.errors import Conflict, NotFound
from trainer.model.question import Status

REPORT_NAME = "导入报告.xlsx"


@dataclass
class FileOutcome:
    """How one file fared: how many of its questions became what, and what was no question."""

    name: str
    questions: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    left_over: int = 0
    notices: tuple[str, ...] = ()


@dataclass
class Imported:
    """What an import did. ``doubtful`` are (file, place, stem, reasons) in the order of the sources."""

    files: list[FileOutcome]
    doubtful: list[tuple[str, str, str, str]]
    written: list[Path]
    report: Path
    tried_only: bool


def import_files(
    paths: Sequence[Path], bank_root: Path, topic: str = "", out: Path | None = None
) -> Imported:
    """Read all files, then write: first the drafts, then the report. ``topic`` "" writes no drafts.

    Raises what the reader of the bank raises, NotFound (a file, the topic), CannotImport (a file that cannot be
    read; then nothing is written) and Conflict (the report's folder is missing).
    """
    bank = read_bank(bank_root)
    if topic and topic not in bank.topics:
        raise NotFound(
            f"专题“{topic}”没有登记，能用的有：{'、'.join(f'{t}（{n}）' for t, n in bank.topics.items())}。"
        )
    target = _free(out or Path(REPORT_NAME))
    readings = [read_source(path) for path in paths]
    drafts = [settle(raw, reading.file, bank.regulations) for reading in readings for raw in reading.raws]
    for draft in drafts:
        _check_topic(draft, bank)
    doubt_contradictions(drafts)
    outcomes = sort_out(drafts, bank.entries)
    changed = _changes(drafts, outcomes, bank)
    rows = [
        draft_row(draft, *outcomes[i], draft.raw.own.get("topic") or topic) for i, draft in enumerate(drafts)
    ]
    written = _write(bank_root, drafts, outcomes, topic, changed)
    _write_report(target, rows, readings)
    return Imported(
        _summaries(readings, drafts, outcomes),
        [
            (draft.file, draft.raw.place, draft.raw.stem, rows[i].remarks[1])
            for i, draft in enumerate(drafts)
            if outcomes[i][0] == DOUBTFUL
        ],
        written,
        target,
        tried_only=not topic and not any(draft.raw.own.get("topic") for draft in drafts),
    )


def _free(path: Path) -> Path:
    """The path itself, or the first with a number behind it where nothing is yet."""
    if not path.parent.is_dir():
        raise Conflict(f"没有文件夹“{path.parent}”，报告写不进去；请先建好，或者改 --out。")
    candidates = (path.with_stem(f"{path.stem}-{n}") for n in range(2, 10_000))
    return path if not path.exists() else next(p for p in candidates if not p.exists())


def _check_topic(draft: Draft, bank: Bank) -> None:
    """A topic on our own sheet is an id or a name of the register."""
    named = draft.raw.own.get("topic")
    if not named:
        return
    found = named if named in bank.topics else next((t for t, n in bank.topics.items() if n == named), None)
    if found is None:
        draft.doubts.append(f"专题“{named}”没有登记。")
        draft.raw.own.pop("topic")
    else:
        draft.raw.own["topic"] = found


def _changes(
    drafts: Sequence[Draft], outcomes: dict[int, tuple[str, str]], bank: Bank
) -> dict[str, dict[str, dict[str, Any]]]:
    """File -> id -> corrected definition, for rows that carry the id of a draft that an import wrote."""
    entries = bank.by_id()
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for position, draft in enumerate(drafts):
        if outcomes[position][0] != CHANGED:
            continue
        entry = entries[draft.id]
        refused = _refusal(entry)
        if draft.definition is not None and _same(entry, draft.definition):
            outcomes[position] = ("已在题库", "没有改动")
        elif refused:
            draft.doubts.append(refused)
            outcomes[position] = (DOUBTFUL, "")
        elif draft.definition is not None:
            found.setdefault(entry.file, {})[draft.id] = draft.definition
    return found


def _refusal(entry: Entry) -> str | None:
    if entry.question.status is not Status.DRAFT:
        return (
            f"题库里的 {entry.question.id} 已经审过或停用，导入不会改动它；要改请直接改题目文件，版本号加一。"
        )
    if not Path(entry.file).name.startswith(PREFIX):
        return f"题库里的 {entry.question.id} 在手写的文件 {entry.file} 里，导入不会改动它，请直接改。"
    return None


def _same(entry: Entry, definition: Mapping[str, Any]) -> bool:
    """Whether a row says what the bank says already, in everything that a row can say."""
    if entry.question.kind != definition["kind"]:
        return False
    return _sayable(entry.question) == _sayable(type(entry.question).model_validate(definition))


def _sayable(question: Any) -> tuple[Any, ...]:
    fields = ("stem", "explanation", "status", "points", "options", "key", "unit", "pairs", "reference")
    steps = [step for step, _ in question.ranked()] if hasattr(question, "ranked") else []
    first = question.sources[0].regulation if question.sources else ""
    articles = [source.article for source in question.sources if source.regulation == first]
    return (
        first,
        articles,
        f"{question.facility:g}",
        steps,
        *(getattr(question, field, None) for field in fields),
    )


def _write(
    root: Path,
    drafts: Sequence[Draft],
    outcomes: dict[int, tuple[str, str]],
    topic: str,
    changed: dict[str, dict[str, dict[str, Any]]],
) -> list[Path]:
    written = []
    for name, definitions in changed.items():
        path = root.resolve().parent / name
        replace_drafts(path, definitions)
        written.append(path)
    fresh: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for position, draft in enumerate(drafts):
        where = draft.raw.own.get("topic") or topic
        if outcomes[position][0] == NEW and where and draft.definition is not None:
            fresh.setdefault((where, Path(draft.file).stem), []).append(draft.definition)
    written += [write_new(root / where, stem, where, found) for (where, stem), found in fresh.items()]
    return written


def _write_report(target: Path, rows: Sequence[Row], readings: Sequence[Reading]) -> None:
    rest = [row for reading in readings for row in left_over(reading)]
    notices = [f"{reading.file}：{notice}" for reading in readings for notice in reading.notices]
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(workbook(rows, rest, notices))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _summaries(
    readings: Sequence[Reading], drafts: Sequence[Draft], outcomes: dict[int, tuple[str, str]]
) -> list[FileOutcome]:
    found, position = [], 0
    for reading in readings:
        outcome = FileOutcome(
            reading.file, len(reading.raws), {}, len(left_over(reading)), tuple(reading.notices)
        )
        for _ in reading.raws:
            word = outcomes[position][0]
            outcome.outcomes[word] = outcome.outcomes.get(word, 0) + 1
            position += 1
        found.append(outcome)
    assert position == len(drafts)
    return found
