"""Moodle XML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from lxml import etree

from trainer.bank.reader import Entry

_BLANK = re.compile("_{4,}")
_CLOZE = re.compile(r"([}#~/\"\\=])")


def moodle_xml(entries: Sequence[Entry]) -> bytes:
    """The questions as a Moodle quiz file. Questions with several blanks are cloze questions."""
    quiz = etree.Element("quiz")
    for entry in entries:
        _question(quiz, entry.question)
    return bytes(etree.tostring(quiz, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _question(quiz: Any, question: Any) -> None:
    kind, build = _KINDS.get(question.kind, ("essay", _essay))
    if question.kind == "blank" and len(question.key) > 1:
        kind, build = "cloze", _nothing
    element = etree.SubElement(quiz, "question", type=kind)
    _text(etree.SubElement(element, "name"), question.id, "plain")
    stem = _cloze(question) if kind == "cloze" else question.stem
    _text(etree.SubElement(element, "questiontext"), stem)
    _text(etree.SubElement(element, "generalfeedback"), question.explanation)
    etree.SubElement(element, "defaultgrade").text = str(question.points)
    build(element, question)


def _text(element: Any, text: str, form: str = "html") -> None:
    if form == "html":
        element.set("format", "html")
        text = escape(text, quote=False).replace("\n", "<br/>")
    etree.SubElement(element, "text").text = text


def _answer(parent: Any, text: str, fraction: float, form: str = "html") -> Any:
    answer = etree.SubElement(parent, "answer", fraction=f"{fraction:.5f}".rstrip("0").rstrip("."))
    _text(answer, text, form)
    return answer


def _choice(element: Any, question: Any) -> None:
    single = question.kind == "single"
    etree.SubElement(element, "single").text = "true" if single else "false"
    etree.SubElement(element, "shuffleanswers").text = "true" if question.shuffle else "false"
    etree.SubElement(element, "answernumbering").text = "ABCD"
    wrong = 0 if single else -100
    for label, text in question.options.items():
        _answer(element, text, 100 / (1 if single else len(question.key)) if label in question.key else wrong)


def _truth(element: Any, question: Any) -> None:
    for word, is_right in (("true", question.key), ("false", not question.key)):
        _answer(element, word, 100 if is_right else 0, "plain")


def _short(element: Any, question: Any) -> None:
    for text in question.key[0]:
        _answer(element, text, 100, "plain")


def _number(element: Any, question: Any) -> None:
    answer = _answer(element, str(question.key), 100, "plain")
    etree.SubElement(answer, "tolerance").text = str(question.tolerance)
    if question.unit:
        unit = etree.SubElement(etree.SubElement(element, "units"), "unit")
        etree.SubElement(unit, "multiplier").text = "1"
        etree.SubElement(unit, "unit_name").text = question.unit


def _match(element: Any, question: Any) -> None:
    if question.kind == "order":
        pairs = [(f"第 {n} 步", step) for n, (step, _) in enumerate(question.ranked(), 1)]
    else:
        pairs = [(pair.left, pair.right) for pair in question.pairs]
        pairs += [("", right) for right in question.distractors]
    for left, right in pairs:
        sub = etree.SubElement(element, "subquestion")
        _text(sub, left)
        _text(etree.SubElement(sub, "answer"), right, "plain")


def _essay(element: Any, question: Any) -> None:
    reference = getattr(question, "reference", "") or getattr(question, "solution", "")
    _text(etree.SubElement(element, "graderinfo"), reference)


def _nothing(element: Any, question: Any) -> None:
    """A cloze question has its answers in its text."""


def _cloze(question: Any) -> str:
    fields = iter(question.key)

    def field(_: re.Match[str]) -> str:
        accepted = "~".join("=" + _CLOZE.sub(r"\\\1", text) for text in next(fields, ()))
        return f"{{1:SHORTANSWER:{accepted}}}"

    return _BLANK.sub(field, question.stem)


_KINDS = {
    "single": ("multichoice", _choice),
    "multiple": ("multichoice", _choice),
    "judge": ("truefalse", _truth),
    "blank": ("shortanswer", _short),
    "number": ("numerical", _number),
    "match": ("matching", _match),
    "order": ("matching", _match),
}
