"""Moodle XML, read without entities and without document type declarations."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, ClassVar

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from trainer.bank.importers.base import CannotImport, Importer, Piece, Raw, Reading, Role, SourceLine

LETTERS = "ABCDEFGHIJKL"
_TAGS = re.compile(r"<br\s*/?>|</p>|</li>|</div>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,500}>")


class MoodleImporter(Importer):
    suffixes: ClassVar[tuple[str, ...]] = (".xml",)
    title: ClassVar[str] = "Moodle XML"

    def read(self, name: str, content: bytes) -> Reading:
        try:
            root = fromstring(content, forbid_dtd=True)
        except DefusedXmlException:
            raise CannotImport(f"“{name}”里有外部实体声明，没有读取；请重新从 Moodle 导出。") from None
        except (ParseError, ValueError, LookupError):
            raise CannotImport(f"“{name}”不是合法的 XML，可能没有下载完整；请重新从 Moodle 导出。") from None
        if root.tag != "quiz":
            raise CannotImport(
                f"“{name}”不是 Moodle 的题库（最外层应当是 quiz）；请在 Moodle 里选“Moodle XML”格式导出。"
            )
        reading = Reading(name)
        for number, element in enumerate(root, 1):
            _take(reading, element, f"第 {number} 个 {element.tag}")
        return reading


def _take(reading: Reading, element: Any, place: str) -> None:
    shown = " ".join("".join(element.itertext()).split())[:2000]
    line, index = SourceLine(shown or element.tag, place), len(reading.lines)
    reading.lines.append(line)
    kind = element.get("type", "") if element.tag == "question" else ""
    if kind == "category" or element.tag != "question":
        reading.pieces.append(Piece(index, 0, len(line.text), Role.HEADING))
        return
    raw = Raw(place, _text(element.find("questiontext")), answer_origin="Moodle")
    raw.explanation = _text(element.find("generalfeedback"))
    _READERS.get(kind, _unknown)(raw, element)
    reading.raws.append(raw)
    reading.pieces.append(Piece(index, 0, len(line.text), Role.STEM, len(reading.raws) - 1))


def _text(element: Any) -> str:
    found = element.findtext("text") if element is not None else None
    text = _ANY_TAG.sub("", _TAGS.sub("\n", found or "").replace("<img", "〔图片〕<img"))
    return re.sub(r"\n\s*\n+", "\n", unescape(text)).strip()


def _answers(element: Any) -> list[tuple[str, float]]:
    found = []
    for answer in element.findall("answer"):
        try:
            fraction = float(answer.get("fraction", "0"))
        except ValueError:
            fraction = 0.0
        found.append((_text(answer), fraction))
    return found


def _choice(raw: Raw, element: Any) -> None:
    answers = _answers(element)
    raw.options = [(letter, text) for letter, (text, _) in zip(LETTERS, answers, strict=False)]
    single = (element.findtext("single") or "true").strip().lower() in ("true", "1")
    right = [letter for letter, (_, fraction) in zip(LETTERS, answers, strict=False) if fraction > 0]
    full = [letter for letter, (_, fraction) in zip(LETTERS, answers, strict=False) if fraction >= 100]
    raw.kind = "single" if single else "multiple"
    raw.answer = "".join(full if single else right)


def _truth(raw: Raw, element: Any) -> None:
    raw.kind = "judge"
    right = [text for text, fraction in _answers(element) if fraction > 0]
    raw.answer = right[0] if right else ""


def _short(raw: Raw, element: Any) -> None:
    raw.kind = "blank"
    raw.accepted = [text for text, fraction in _answers(element) if fraction >= 100]
    raw.answer = raw.accepted[0] if raw.accepted else ""
    if not re.search(r"_{2,}|[(（]\s*[)）]", raw.stem):
        raw.stem += " ____"


def _number(raw: Raw, element: Any) -> None:
    raw.kind = "number"
    answers = [text for text, fraction in _answers(element) if fraction >= 100]
    raw.answer = answers[0] if answers else ""


def _essay(raw: Raw, element: Any) -> None:
    raw.kind = "case"
    raw.answer = _text(element.find("graderinfo"))


def _match(raw: Raw, element: Any) -> None:
    raw.kind = "match"
    pairs = [(_text(sub), _text(sub.find("answer"))) for sub in element.findall("subquestion")]
    raw.pairs = [(left, right) for left, right in pairs if left]
    raw.distractors = [right for left, right in pairs if not left and right]


def _cloze(raw: Raw, _element: Any) -> None:
    """Short answers inside the text: {1:SHORTANSWER:=甲~=乙}; other fields are not understood."""
    fields: list[str] = []

    def field(match: re.Match[str]) -> str:
        accepted = [part[1:] for part in re.split(r"(?<!\\)~", match[1]) if part.startswith("=")]
        fields.append("|".join(re.sub(r"\\(.)", r"\1", re.split(r"(?<!\\)#", text)[0]) for text in accepted))
        return "____"

    raw.stem = re.sub(r"\{\d*:(?:SHORTANSWER|SA|SHORTANSWER_C)(?:_C)?:([^{}]*)\}", field, raw.stem)
    if "{" in raw.stem or not fields:
        raw.kind = "other:完形填空"
        return
    raw.kind, raw.answer = "blank", "；".join(fields)


def _unknown(raw: Raw, element: Any) -> None:
    raw.kind = f"other:{element.get('type') or '不明题型'}"


_READERS = {
    "multichoice": _choice,
    "truefalse": _truth,
    "shortanswer": _short,
    "numerical": _number,
    "essay": _essay,
    "matching": _match,
    "cloze": _cloze,
}
