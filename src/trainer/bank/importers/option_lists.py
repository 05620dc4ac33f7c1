"""Options that share one cell or one value: under letters, between separators, or as the list of a program."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from trainer.bank.importers.answers import LETTERS
from trainer.bank.importers.base import Raw
from trainer.bank.importers.words import fold

LABEL = re.compile(r"\s*[(\[【]?\s*([A-La-l])\s*[)\]】、.:,|]\s*|\s*([A-L])\s+(?=\S)")
CELL_MARK = re.compile(
    r"(?:^|(?<=[\s;；,，|$#、。）)?？!！:：”])|(?<=[\u4e00-\u9fff%”》\d]))[(\[【]?([A-L])\s?[)\]】、.:]\s*(?:\1[.、]\s*)?"
)
_KIND_LEAD = re.compile(r"\s*(?:单选|多选|判断|不定项|选择|填空)题?\s*[,，:：;；|\n]\s*")
_SEPARATORS = ("\n", "|", ";", "；", "$", "#", "@@", "\t", "||", "&&")


_LABEL_KEYS = (
    "label",
    "key",
    "letter",
    "name",
    "code",
    "id",
    "option",
    "value",
    "no",
    "prefix",
    "optionkey",
    "fldoptionindex",
)
_TEXT_KEYS = (
    "text",
    "content",
    "value",
    "title",
    "desc",
    "description",
    "label",
    "name",
    "optiontext",
    "fldoptiontext",
    "optioncontent",
)
_RIGHT_KEYS = ("iscorrect", "correct", "isright", "right", "isanswer", "istrue")


def split_options(text: str, raw: Raw) -> list[tuple[str, str]]:
    """Options that stand in one cell: under letters, or set apart by one kind of separator."""
    items = listed(text)
    if items is not None:
        return options_of(items, raw)
    lead = _KIND_LEAD.match(text)
    text = text[lead.end() :] if lead else text
    folded = fold(text)
    marks: list[re.Match[str]] = []
    for match in CELL_MARK.finditer(folded):
        if match[1] == LETTERS[len(marks)] if len(marks) < len(LETTERS) else False:
            marks.append(match)
    if len(marks) >= 2 and not text[: marks[0].start()].strip():
        ends = [match.start() for match in marks[1:]] + [len(text)]
        return [
            (match[1], text[match.end() : end].strip(" \n\t;；|$#,，"))
            for match, end in zip(marks, ends, strict=True)
        ]
    for separator in _SEPARATORS:
        parts = [part.strip() for part in text.split(separator)]
        while parts and not parts[-1]:
            parts.pop()
        if len(parts) > len(LETTERS):
            raw.doubt(f"选项有 {len(parts)} 个，超过 {len(LETTERS)} 个。")
        if len(parts) >= 2:
            return [(letter, _unlabelled(part, letter)) for letter, part in zip(LETTERS, parts, strict=False)]
    raw.doubt("选项写在一格里，分不开。")
    return [("A", text)]


def listed(text: str) -> list[Any] | None:
    """A cell that a program filled with a list: ["甲", "乙"], ['甲'], [{"text": "甲"}]; None for any other."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list) and all(isinstance(item, str | dict) for item in found):
            return found
    return None


def _unlabelled(part: str, letter: str) -> str:
    match = LABEL.match(fold(part))
    return part[match.end() :] if match and (match[1] or match[2] or "").upper() == letter else part


def options_of(value: Any, raw: Raw) -> list[tuple[str, str]]:
    """Options given as a text, a list or by label; the right ones that are marked become the answer."""
    if isinstance(value, str):
        return split_options(value, raw) if value.strip() else []
    if isinstance(value, dict):
        labels = {str(key).strip().upper(): text_of(text) for key, text in value.items() if text_of(text)}
        if all(label in LETTERS and len(label) == 1 for label in labels):
            return without_labels(labels)
        value = list(labels.values())
    if not isinstance(value, list):
        raw.doubt("选项的写法看不懂。")
        return []
    if len(value) > len(LETTERS):
        raw.doubt(f"选项有 {len(value)} 个，超过 {len(LETTERS)} 个。")
    found: list[tuple[str, str]] = []
    right = []
    for letter, item in zip(LETTERS, value, strict=False):
        label, text, correct = _option(item, letter)
        if text:
            found.append((label, text))
        right += [label] if correct else []
    if right:
        raw.answer = "".join(right)
    return without_labels(dict(found)) if len(dict(found)) == len(found) else found


def _option(item: Any, letter: str) -> tuple[str, str, bool]:
    """(label, text, whether it is marked as right) of one entry of a list of options."""
    if not isinstance(item, dict):
        return letter, text_of(item), False
    plain = {str(key).lower().replace("_", ""): value for key, value in item.items()}
    correct = any(plain.get(key) in (True, 1, "1", "true", "True") for key in _RIGHT_KEYS)
    label = ""
    for key in _LABEL_KEYS:
        given = text_of(plain.get(key)).strip(".、 ").upper()
        if len(given) == 1 and given in LETTERS:
            label = given
            plain.pop(key)
            break
    text = next((text_of(plain[key]) for key in _TEXT_KEYS if plain.get(key) not in (None, "")), "")
    return label or letter, text, correct


def text_of(value: Any) -> str:
    """A value as text, as people write it."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "对" if value else "错"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def without_labels(options: Mapping[str, str]) -> list[tuple[str, str]]:
    """Options given by label, without the label where the text repeats it."""
    return [(label, _unlabelled(text, label)) for label, text in options.items()]
