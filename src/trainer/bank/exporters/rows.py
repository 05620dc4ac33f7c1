"""Questions as rows of the sheet that instructors fill in; read back they are the same questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.bank.importers.own_sheet import STATUSES
from trainer.bank.importers.report import Row, template
from trainer.bank.reader import Entry
from trainer.kinds.base import LETTERS, kind_of

#: Kinds that have more to them than a row can hold.
NO_ROW = frozenset({"code"})


def sheet_of(entries: list[Entry]) -> bytes:
    """A workbook with one row a question; those of :data:`NO_ROW` are left out. No entries: an empty template."""
    return template([_row(entry) for entry in entries if entry.question.kind not in NO_ROW])


def _row(entry: Entry) -> Row:
    question: Any = entry.question
    options, answer = _options_and_answer(question)
    sources = question.sources
    first = sources[0].regulation if sources else ""
    same = [str(source.article) for source in sources if source.regulation == first]
    cells = {
        "题目编号": question.id,
        "专题": entry.topic,
        "题型": kind_of(question).title,
        "题干": question.stem,
        **{f"选项{label}": text for label, text in options.items()},
        "答案": answer,
        "解析": question.explanation,
        "分值": str(question.points),
        "预计得分率": f"{question.facility:g}",
        "依据法规": first,
        "依据条": "、".join(same),
        "状态": STATUSES[question.status],
        "评分标准": "\n".join(f"{p.point}（{p.points}分）" for p in getattr(question, "rubric", ())),
        "出题人备注": question.author_note,
    }
    return Row((), cells)


def _options_and_answer(question: Any) -> tuple[dict[str, str], str]:
    build = _KINDS.get(question.kind)
    return build(question) if build else ({}, str(getattr(question, "reference", "")))


def _steps(question: Any) -> tuple[dict[str, str], str]:
    steps = [step for step, _ in question.ranked()]
    return dict(zip(LETTERS, steps, strict=False)), LETTERS[: len(steps)]


def _pairs(question: Any) -> tuple[dict[str, str], str]:
    pairs = [f"{pair.left} → {pair.right}" for pair in question.pairs]
    return dict(zip(LETTERS, pairs, strict=False)), ""


_KINDS: dict[str, Callable[[Any], tuple[dict[str, str], str]]] = {
    "single": lambda q: (dict(q.options), q.key),
    "multiple": lambda q: (dict(q.options), "".join(q.key)),
    "judge": lambda q: ({}, "对" if q.key else "错"),
    "blank": lambda q: ({}, "；".join("|".join(accepted) for accepted in q.key)),
    "number": lambda q: ({}, f"{q.key}{q.unit}"),
    "order": _steps,
    "match": _pairs,
}
