"""Drafts as question files: written beside and renamed, never over anything that people wrote."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from trainer.errors import Conflict
from trainer.model.question import BANK_FORMAT

PREFIX = "导入-"
_UNSAFE = re.compile(r"[^\w-]+")
_HEAD = "# 由 trainer bank import 写成的草稿；审过以后可以直接在这里改。\n"
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def write_new(folder: Path, name: str, topic: str, definitions: Sequence[dict[str, Any]]) -> Path:
    """Write a new file of drafts into a topic's folder; its name says what it was imported from. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    text = _text(topic, definitions)
    stem = PREFIX + (_UNSAFE.sub("-", name).strip("-")[:60] or "题目")
    for number in range(1, 10_000):
        path = folder / (f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml")
        if _placed(path, text):
            return path
    raise Conflict(f"{folder} 里同名的文件太多，请先整理。")


def _placed(path: Path, text: str) -> bool:
    """Put a whole file at ``path`` unless something is there; the link makes both one step."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def replace_drafts(path: Path, changed: dict[str, dict[str, Any]]) -> None:
    """Put corrected questions in the place of the drafts with their ids, in a file that an import wrote.

    Raises Conflict when people wrote the file: its comments and order are theirs.
    """
    if not path.name.startswith(PREFIX):
        raise Conflict(f"{path.name} 是手写的题目文件，导入不会改动它；请直接在文件里改。")
    data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_LOADER)  # noqa: S506 - a safe loader
    questions = [_merged(question, changed.get(question.get("id"))) for question in data["questions"]]
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_text(_text(data["topic"], questions), encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _merged(question: dict[str, Any], corrected: dict[str, Any] | None) -> dict[str, Any]:
    """A corrected question with what people added in the file that a sheet cannot say (facts, shuffle)."""
    if corrected is None or question.get("kind") != corrected["kind"]:
        return corrected or question
    return question | corrected


def _text(topic: str, definitions: Sequence[dict[str, Any]]) -> str:
    data = {"format": BANK_FORMAT, "topic": topic, "questions": list(definitions)}
    dumped: str = yaml.dump(data, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=1000)
    return _HEAD + dumped
