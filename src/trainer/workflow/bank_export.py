"""Export questions: the sheet to fill in, a paper to print, GIFT and Moodle XML."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from trainer.bank.exporters.gift import gift
from trainer.bank.exporters.moodle import moodle_xml
from trainer.bank.exporters.paper_docx import answer_sheet, answers, paper
from trainer.bank.exporters.printed import Printed, from_bank, printed
from trainer.bank.exporters.rows import NO_ROW, sheet_of
from trainer.bank.reader import Bank, Entry, read_bank
from trainer.errors import Conflict, NotFound, UsageError
from trainer.kinds.base import all_kinds, question_from_snapshot
from trainer.model.paper import Form, Paper
from trainer.model.question import Status

ENDINGS = (".xlsx", ".docx", ".gift", ".xml")


def export_bank(
    bank_root: Path,
    target: Path,
    *,
    topic: str = "",
    kind: str = "",
    status: str = "reviewed",
    empty: bool = False,
) -> tuple[list[Path], int, int]:
    """Write the chosen questions in the format of ``target``'s ending: (files, questions, left out).

    ``status`` is one of the bank's or ``all``; ``empty`` gives the sheet without questions. Raises UsageError,
    NotFound (nothing to export) and Conflict (a file is there already).
    """
    if target.suffix.lower() not in ENDINGS:
        raise UsageError(f"看不出要什么格式，请写文件名，以 {'、'.join(ENDINGS)} 结尾。")
    bank = read_bank(bank_root)
    if topic and topic not in bank.topics:
        raise NotFound(f"专题“{topic}”没有登记，能用的有：{'、'.join(bank.topics)}。")
    if kind and kind not in all_kinds():
        raise NotFound(f"没有“{kind}”这种题型，能用的有：{'、'.join(all_kinds())}。")
    entries = [] if empty else _chosen(bank, topic, kind, status)
    if not entries and not empty:
        raise NotFound("没有符合条件的题目，请放宽 --topic、--kind 或 --status。")
    contents = _contents(bank, entries, target)
    _write(contents)
    left_out = (
        sum(entry.question.kind in NO_ROW for entry in entries) if target.suffix.lower() == ".xlsx" else 0
    )
    return list(contents), len(entries) - left_out, left_out


def _chosen(bank: Bank, topic: str, kind: str, status: str) -> list[Entry]:
    return [
        entry
        for entry in bank.entries
        if topic in ("", entry.topic)
        and kind in ("", entry.question.kind)
        and (status == "all" or entry.question.status is Status(status))
    ]


def _contents(bank: Bank, entries: list[Entry], target: Path) -> dict[Path, bytes]:
    ending = target.suffix.lower()
    if ending == ".xlsx":
        return {target: sheet_of(entries)}
    if ending == ".gift":
        return {target: gift(entries).encode()}
    if ending == ".xml":
        return {target: moodle_xml(entries)}
    return documents(target, target.stem, "", from_bank(bank, entries))


def documents(target: Path, title: str, instructions: str, questions: Sequence[Printed]) -> dict[Path, bytes]:
    """The three documents of a printed paper, by the file that each goes into."""
    return {
        target: paper(title, instructions, questions),
        target.with_stem(f"{target.stem}-答案"): answers(title, questions),
        target.with_stem(f"{target.stem}-答题卡"): answer_sheet(title, questions),
    }


def export_form(paper_made: Paper, form: Form, target: Path) -> list[Path]:
    """Print one form of a paper as it was made: same questions, same order of options. Raises Conflict."""
    if target.suffix.lower() != ".docx":
        raise UsageError("试卷只能导出为 .docx，请把文件名写成以 .docx 结尾。")
    questions = [
        printed(question_from_snapshot(item.question), item.layout, item.section, item.points, item.citation)
        for item in form.items
    ]
    contents = documents(
        target, f"{paper_made.title}（{form.letter.upper()} 卷）", paper_made.instructions, questions
    )
    _write(contents)
    return list(contents)


def _write(contents: dict[Path, bytes]) -> None:
    """All files or none: whatever is there already is left alone, and each is written beside, then renamed."""
    for path in contents:
        if path.exists():
            raise Conflict(f"“{path}”已经有了，没有覆盖；请换一个文件名，或先把它移走。")
        if not path.parent.is_dir():
            raise Conflict(f"没有文件夹“{path.parent}”，请先建好。")
    parts = {path: path.with_name(f".{path.name}.{secrets.token_hex(4)}.part") for path in contents}
    try:
        for path, content in contents.items():
            parts[path].write_bytes(content)
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
