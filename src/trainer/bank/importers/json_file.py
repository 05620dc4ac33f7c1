"""JSON: a list of questions wherever it is, under any of the usual keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from trainer.bank.importers.base import CannotImport, Importer, Piece, Raw, Reading, Role, SourceLine
from trainer.bank.importers.columns import field_of
from trainer.bank.importers.option_lists import options_of, text_of, without_labels
from trainer.bank.importers.tables import index_bases
from trainer.bank.importers.text_file import decode
from trainer.bank.importers.words import kind_in, kind_of_title

_DEEPEST = 12


class JsonImporter(Importer):
    suffixes: ClassVar[tuple[str, ...]] = (".json",)
    title: ClassVar[str] = "JSON"

    def read(self, name: str, content: bytes) -> Reading:
        text, notices = decode(name, content)
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            data = _by_lines(text)
            if data is None:
                raise CannotImport(
                    f"“{name}”不是合法的 JSON，可能没有下载完整；请重新导出后再导入。"
                ) from None
        reading = Reading(name, notices=notices)
        for place, record, section in _records(data, "", "", 0):
            self._take(reading, place, record, section)
        index_bases(reading.raws)
        if not reading.raws:
            reading.notices.append("没有找到题目：JSON 里没有带题干和答案（或选项）的记录。")
        return reading

    @staticmethod
    def _take(reading: Reading, place: str, record: Any, section: str) -> None:
        line = json.dumps(record, ensure_ascii=False)
        reading.lines.append(SourceLine(line, place))
        raw = raw_of(place, record, section) if isinstance(record, dict) else None
        question = None
        if raw is not None:
            reading.raws.append(raw)
            question = len(reading.raws) - 1
        role = Role.NOISE if raw is None else Role.STEM
        reading.pieces.append(Piece(len(reading.lines) - 1, 0, len(line), role, question))


def _by_lines(text: str) -> list[Any] | None:
    """JSON Lines: one record a line."""
    try:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None
    return found if len(found) > 1 else None


def _records(data: Any, place: str, section: str, depth: int) -> Iterator[tuple[str, Any, str]]:
    """(place, record, kind named by the keys above) of every question, and of whatever else there is."""
    if depth > _DEEPEST:
        yield place or "开头", "（层次太深，没有读取）", section
    elif isinstance(data, list):
        for number, item in enumerate(data, 1):
            yield from _records(item, f"{place}第 {number} 条", section, depth + 1)
    elif (
        isinstance(data, dict)
        and not is_question(data)
        and any(isinstance(v, list | dict) for v in data.values())
    ):
        for key, value in data.items():
            kind = kind_of_title(str(key)) or section
            if isinstance(value, list | dict):
                yield from _records(value, f"{place}{key}：", kind, depth + 1)
            else:
                yield f"{place}{key}", {key: value}, kind
    else:
        yield place or "开头", data, section


def is_question(record: dict[str, Any]) -> bool:
    """Whether a record has a stem, and an answer or options."""
    fields = {field_of(str(key)) for key in record}
    stem = any(field_of(str(key)) == "stem" and isinstance(value, str) for key, value in record.items())
    return stem and bool(fields & {"answer", "options", "option:A"})


def raw_of(place: str, record: dict[str, Any], section: str) -> Raw | None:
    """A record as a question; None when it is none."""
    if not is_question(record):
        return None
    raw = Raw(place, kind=section, answer_origin="答案")
    lettered: dict[str, str] = {}
    for key, value in record.items():
        field = field_of(str(key))
        if field.startswith("option:"):
            lettered |= {field[-1]: text_of(value)} if text_of(value) else {}
        elif not _take_field(raw, field, value) and field != "number" and value not in (None, "", [], {}):
            raw.extras.append((str(key), text_of(value)[:300]))
    if lettered and not raw.options:
        raw.options = without_labels(dict(sorted(lettered.items())))
    return raw


def _take_field(raw: Raw, field: str, value: Any) -> bool:
    """Put the value of a known key into a question; False when it stays an extra."""
    if field == "stem" and isinstance(value, str) and not raw.stem:
        raw.stem = value
    elif field == "kind" and (named := _kind(value) or raw.kind):
        raw.kind = named
    elif field == "options" and not raw.options:
        raw.options = options_of(value, raw)
    elif field == "answer" and not raw.answer:
        raw.answer = _answer(value)
    elif field == "explanation" and not raw.explanation:
        raw.explanation = text_of(value)
    else:
        return False
    return True


def _kind(value: Any) -> str:
    return kind_in(value) if isinstance(value, str) else ""


def _answer(value: Any) -> str:
    """An answer as text; several as one a line, so that texts with commas stay whole."""
    if isinstance(value, list):
        parts = [text_of(part.get("text", part) if isinstance(part, dict) else part) for part in value]
        return "\n".join(parts)
    return text_of(value)
