"""Drafts: a question of a source with what was decided of it, and the bank's form of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from trainer.bank.importers.base import Raw
from trainer.bank.importers.own_sheet import rubric_of
from trainer.kinds.base import all_kinds
from trainer.kinds.reading import comparable
from trainer.model.validation import sentences

#: What a person has not decided yet gets these; the reference says so.
POINTS = {
    "single": "2",
    "multiple": "3",
    "judge": "1",
    "blank": "2",
    "number": "4",
    "order": "4",
    "match": "4",
    "case": "10",
}
FACILITY = "0.7"
RUBRIC = "对照参考答案，由出题人拆成得分要点"


@dataclass
class Draft:
    """One question of a source. ``definition`` is the bank's form of it; None when no valid one can be made."""

    raw: Raw
    file: str
    kind: str = ""
    key: Any = None
    doubts: list[str] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)
    definition: dict[str, Any] | None = None
    id: str = ""

    def doubt(self, sentence: str) -> None:
        """A reason why a person has to look first, said once."""
        if sentence not in self.doubts:
            self.doubts.append(sentence)

    def infer(self, sentence: str) -> None:
        """Something that the source does not say outright."""
        self.inferred.append(sentence)

    @property
    def confidence(self) -> str:
        """高, 中 (something was inferred), 低 (something is doubtful)."""
        return "低" if self.doubts else "中" if self.inferred else "高"


def content_id(raw: Raw) -> str:
    """An id that follows from what is asked: the same question in another file, or again, has the same."""
    options = sorted(comparable(text) for _, text in (*raw.options, *raw.pairs))
    return f"imp-{sha256(repr((comparable(raw.stem), options)).encode()).hexdigest()[:12]}"


def define(draft: Draft) -> None:
    """The bank's form of a draft, checked as the bank checks; what the bank would refuse is a doubt."""
    kind = all_kinds().get(draft.kind)
    if kind is None or draft.key is None:
        return
    definition = definition_of(draft)
    try:
        question = kind.question_type.model_validate(definition)
    except ValidationError as error:
        draft.doubts += [f"{what}" for _, what in sentences(error)]
        return
    problems = [what for _, what in kind.problems(question)]
    draft.doubts += [what for what in problems if not draft.doubts]
    if not problems:
        draft.definition = definition


def definition_of(draft: Draft) -> dict[str, Any]:
    """The fields of a question file, in the order in which people write them."""
    raw, own = draft.raw, draft.raw.own
    points = own.get("points") or POINTS[draft.kind]
    definition: dict[str, Any] = {
        "id": draft.id,
        "version": int(own.get("version") or 1),
        "kind": draft.kind,
        "status": own.get("status") or "draft",
        "points": points,
        "facility": own.get("facility") or FACILITY,
        "sources": _sources(own),
        "stem": raw.stem,
    }
    if draft.kind in ("single", "multiple"):
        definition |= {"options": dict(raw.options), "key": draft.key}
    elif draft.kind in ("judge", "blank"):
        definition["key"] = draft.key
    elif draft.kind == "number":
        definition |= {"key": draft.key[0]} | ({"unit": draft.key[1]} if draft.key[1] else {})
    elif draft.kind == "order":
        options = dict(raw.options)
        definition["steps"] = [options[label] for label in draft.key]
    elif draft.kind == "match":
        definition["pairs"] = [{"left": left, "right": right} for left, right in draft.key]
        definition |= {"distractors": raw.distractors} if raw.distractors else {}
    else:
        rubric = rubric_of(own.get("rubric", "")) or [{"point": RUBRIC, "points": points}]
        definition |= {"rubric": rubric, "reference": draft.key}
    definition["explanation"] = raw.explanation.strip()
    note = _note(draft)
    return definition | ({"author_note": note} if note else {})


def _sources(own: Mapping[str, str]) -> list[dict[str, Any]]:
    if not own.get("regulation"):
        return []
    articles = re.findall(r"\d+", own.get("article", ""))
    return [{"regulation": own["regulation"], "article": int(article)} for article in articles]


def _note(draft: Draft) -> str:
    """Where a draft comes from, and what else the source says of it; not shown to trainees."""
    if draft.raw.own.get("note") is not None:
        return draft.raw.own["note"]
    lines = [f"导入自“{draft.file}”{draft.raw.place}。"]
    lines += [
        f"{word}：{text}"
        for word, text in draft.raw.extras
        if text and word not in ("下划线", "变色选项", "选项前的图片")
    ]
    return "\n".join([*lines, *draft.inferred])[:2000]
