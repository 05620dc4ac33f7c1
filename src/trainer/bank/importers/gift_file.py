"""GIFT, Moodle's text format."""

from __future__ import annotations

import re
from typing import ClassVar

from trainer.bank.importers.base import Importer, Piece, Raw, Reading, Role, SourceLine
from trainer.bank.importers.text_file import decode

LETTERS = "ABCDEFGHIJKL"
_BRACES = re.compile(r"(?<!\\)([{}])")
_PART = re.compile(r"(?<!\\)([=~])\s*(%-?[\d.]+%)?")
_TITLE = re.compile(r"\s*::((?:\\.|[^\\:]|:(?!:))*)::")
_FORMAT = re.compile(r"\s*\[(?:html|markdown|plain|moodle)\]")
_ESCAPED = re.compile(r"\\([~=#{}:\\])")


class GiftImporter(Importer):
    suffixes: ClassVar[tuple[str, ...]] = (".gift",)
    title: ClassVar[str] = "GIFT"

    def read(self, name: str, content: bytes) -> Reading:
        text, notices = decode(name, content)
        reading = Reading(name, notices=notices)
        for number, block in _blocks(text):
            index = len(reading.lines)
            reading.lines.append(SourceLine(block, f"第 {number} 行"))
            if block.startswith(("//", "$CATEGORY")):
                role = Role.HEADING if block.startswith("$") else Role.NOISE
                reading.pieces.append(Piece(index, 0, len(block), role))
                continue
            raw = _question(block, f"第 {number} 行")
            if raw is None:
                reading.pieces.append(Piece(index, 0, len(block), Role.DOUBT))
                continue
            reading.raws.append(raw)
            reading.pieces.append(Piece(index, 0, len(block), Role.STEM, len(reading.raws) - 1))
        return reading


def _blocks(text: str) -> list[tuple[int, str]]:
    """(line, text) of each comment, category and question; questions are set apart by blank lines."""
    found: list[tuple[int, str]] = []
    open_at = 0
    part: list[str] = []
    for number, line in enumerate([*text.lstrip("\ufeff").splitlines(), ""], 1):
        plain = line.strip()
        alone = plain.startswith(("//", "$CATEGORY"))
        if part and (not plain or alone) and not _inside("\n".join(part)):
            found.append((open_at, "\n".join(part)))
            part = []
        if alone:
            found.append((number, plain))
        elif plain or part:
            open_at = open_at if part else number
            part.append(line.rstrip())
    if part:
        found.append((open_at, "\n".join(part).rstrip()))
    return found


def _inside(text: str) -> bool:
    """Whether a block's answers are still open; a block of many lines without an end is closed anyway."""
    braces = _BRACES.findall(text)
    return braces.count("{") > braces.count("}") and text.count("\n") < 60


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text.replace("\\n", "\n")).strip()


def _question(block: str, place: str) -> Raw | None:
    braces = list(_BRACES.finditer(block))
    if len(braces) < 2 or braces[0][1] != "{" or braces[1][1] != "}":
        return None
    before, inside, after = (
        block[: braces[0].start()],
        block[braces[0].end() : braces[1].start()],
        block[braces[1].end() :],
    )
    before = _TITLE.sub("", before, count=1)
    before = _FORMAT.sub("", before, count=1)
    stem = _plain(before) + (f" ____ {_plain(after)}" if after.strip() else "")
    raw = Raw(place, stem, answer_origin="GIFT")
    inside, _, general = inside.partition("####")
    raw.explanation = _plain(general)
    _answers(raw, inside.strip())
    if len(braces) > 2:
        raw.doubt("一道题里有几组花括号，看不懂。")
    return raw


def _answers(raw: Raw, inside: str) -> None:
    head = re.split(r"(?<!\\)#", inside, maxsplit=1)
    if head[0].strip().upper() in ("T", "TRUE", "F", "FALSE"):
        raw.kind, raw.answer = "judge", "对" if head[0].strip().upper().startswith("T") else "错"
        return
    if not inside:
        raw.kind = "case"
        return
    if inside.startswith("#"):
        raw.kind = "number"
        raw.answer = re.sub(r"^=", "", re.split(r"[:#]", inside[1:].strip())[0]).strip()
        return
    marks = list(_PART.finditer(inside))
    ends = [mark.start() for mark in marks[1:]] + [len(inside)]
    parts = [
        (
            mark[1],
            float(mark[2].strip("%")) if mark[2] else None,
            _plain(re.split(r"(?<!\\)#", inside[mark.end() : end])[0]),
        )
        for mark, end in zip(marks, ends, strict=True)
    ]
    if parts and all(sign == "=" for sign, _, _ in parts):
        _equal(raw, [text for _, _, text in parts])
        return
    raw.options = [(letter, text) for letter, (_, _, text) in zip(LETTERS, parts, strict=False)]
    right = [sign == "=" or (weight or 0) > 0 for sign, weight, _ in parts]
    raw.answer = "".join(
        letter for (letter, _), is_right in zip(raw.options, right, strict=False) if is_right
    )
    several = any(sign == "~" and (weight or 0) > 0 for sign, weight, _ in parts)
    raw.kind = "multiple" if several else "single"


def _equal(raw: Raw, texts: list[str]) -> None:
    if all("->" in text for text in texts):
        raw.kind = "match"
        raw.pairs = [
            (left.strip(), right.strip()) for left, _, right in (text.partition("->") for text in texts)
        ]
        return
    raw.kind = "blank"
    raw.accepted = texts
    raw.answer = texts[0]
    if "____" not in raw.stem:
        raw.stem += " ____"
