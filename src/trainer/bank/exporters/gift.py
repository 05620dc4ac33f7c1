"""GIFT, Moodle's text format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from trainer.bank.reader import Entry

_SPECIAL = re.compile(r"([~=#{}:\\])")
_BLANK = re.compile("_{4,}")


def gift(entries: Sequence[Entry]) -> str:
    """The questions in GIFT, one block each. What the format has no form for is said in a comment."""
    return "\n".join(_block(entry.question) for entry in entries)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.strip()).replace("\n", "\\n")


def _block(question: Any) -> str:
    answers, comment = _answers(question)
    why = f"####{_escaped(question.explanation)}" if question.explanation else ""
    head = f"// {comment}\n" if comment else ""
    stem = _BLANK.sub("____", question.stem)
    return f"{head}::{_escaped(question.id)}::{_escaped(stem)}{{{answers}{why}}}\n"


def _answers(question: Any) -> tuple[str, str]:
    """(what stands in the braces, a remark)."""
    build = _KINDS.get(question.kind)
    return build(question) if build else ("", "")


def _single(question: Any) -> tuple[str, str]:
    signs = {label: "=" if label == question.key else "~" for label in question.options}
    return _lines(signs[label] + _escaped(text) for label, text in question.options.items()), ""


def _multiple(question: Any) -> tuple[str, str]:
    right, wrong = f"%{round(100 / len(question.key), 5):g}%", "%-100%"
    weights = {label: right if label in question.key else wrong for label in question.options}
    return _lines(f"~{weights[label]}{_escaped(text)}" for label, text in question.options.items()), ""


def _judge(question: Any) -> tuple[str, str]:
    return ("TRUE" if question.key else "FALSE"), ""


def _blank(question: Any) -> tuple[str, str]:
    if len(question.key) == 1:
        return _lines(f"={_escaped(text)}" for text in question.key[0]), ""
    pairs = [(f"第 {n} 空", accepted[0]) for n, accepted in enumerate(question.key, 1)]
    return _matching(pairs), "有几个空的填空题，GIFT 没有这种题型，写成了连线。"


def _number(question: Any) -> tuple[str, str]:
    return f"#{question.key}:{question.tolerance}", f"单位：{question.unit}" if question.unit else ""


def _match(question: Any) -> tuple[str, str]:
    return _matching([(pair.left, pair.right) for pair in question.pairs]), ""


def _order(question: Any) -> tuple[str, str]:
    steps = [(f"第 {n} 步", step) for n, (step, _) in enumerate(question.ranked(), 1)]
    return _matching(steps), "排序题，GIFT 没有这种题型，写成了连线。"


_KINDS = {
    "single": _single,
    "multiple": _multiple,
    "judge": _judge,
    "blank": _blank,
    "number": _number,
    "match": _match,
    "order": _order,
}


def _lines(parts: Any) -> str:
    return "\n" + "\n".join(parts) + "\n"


def _matching(pairs: Sequence[tuple[str, str]]) -> str:
    return _lines(f"={_escaped(left)} -> {_escaped(right)}" for left, right in pairs)
