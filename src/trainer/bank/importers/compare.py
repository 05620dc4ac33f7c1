"""The same question twice, and the same question with two keys: within one import, and against the bank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from trainer.bank.importers.drafts import Draft
from trainer.bank.reader import Entry
from trainer.kinds.reading import comparable

#: What became of a draft; the value is the word in the report.
NEW, DOUBTFUL, REPEATED, KNOWN, CHANGED = "新题", "待审", "重复", "已在题库", "已更新"


def stem_of(text: str) -> str:
    """A stem reduced to what it asks, without blanks and punctuation."""
    return comparable(text)


def doubt_contradictions(drafts: Sequence[Draft]) -> None:
    """Doubt every question that another one of the import asks as well, with another key."""
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.raw.stem.strip():
            groups[stem_of(draft.raw.stem)].append(draft)
    for group in groups.values():
        if len(group) < 2:
            continue
        for draft in group:
            for other in group:
                if other is not draft and _comparable(draft, other) and _keyed(draft) != _keyed(other):
                    where = f"{other.file} {other.raw.place}" if other.file != draft.file else other.raw.place
                    draft.doubts.append(f"和{where}的题问的一样，答案却不同，请核对条文。")
                    break


def _comparable(draft: Draft, other: Draft) -> bool:
    """Whether two questions of one stem ask the same: without options, or with at least half of them in common."""
    if draft.key is None or other.key is None or "match" in (draft.kind, other.kind):
        return False
    mine, theirs = _option_texts(draft), _option_texts(other)
    if not mine or not theirs:
        return not mine and not theirs and draft.kind == other.kind
    return 2 * len(mine & theirs) >= max(len(mine), len(theirs)) and _keyed(draft) <= mine | theirs


def _option_texts(draft: Draft) -> set[str]:
    return {comparable(text) for _, text in draft.raw.options}


def _keyed(draft: Draft) -> frozenset[str]:
    """The key in words, so that letters of differently ordered options can be compared."""
    if draft.kind in ("single", "multiple") and draft.raw.options:
        options = dict(draft.raw.options)
        return frozenset(comparable(options.get(label, label)) for label in draft.key or ())
    return frozenset([comparable(str(draft.key))])


def sort_out(drafts: Sequence[Draft], entries: Iterable[Entry]) -> dict[int, tuple[str, str]]:
    """What becomes of each draft, by its position: (one of the words above, a remark)."""
    by_id = {entry.question.id: entry for entry in entries}
    asked = {_asked_of(entry): entry for entry in by_id.values()}
    seen: dict[tuple[str, ...], Draft] = {}
    found: dict[int, tuple[str, str]] = {}
    for position, draft in enumerate(drafts):
        found[position] = _outcome(draft, by_id, asked, seen)
    return found


def _outcome(
    draft: Draft,
    by_id: dict[str, Entry],
    asked: dict[tuple[str, ...], Entry],
    seen: dict[tuple[str, ...], Draft],
) -> tuple[str, str]:
    if draft.doubts or draft.definition is None:
        return DOUBTFUL, ""
    same = _asked(draft)
    if same in seen:
        first = seen[same]
        return REPEATED, f"和{first.file} {first.raw.place}的题相同"
    seen[same] = draft
    known = by_id.get(draft.id)
    if known is not None and draft.raw.own.get("id"):
        return CHANGED, ""
    known = known or asked.get(same)
    if known is None:
        return NEW, ""
    if _same_key(draft, known):
        return KNOWN, f"题库里已有 {known.question.id}"
    draft.doubts.append(f"题库里的 {known.question.id} 问的一样，答案却不同，请核对条文。")
    return DOUBTFUL, ""


def _asked(draft: Draft) -> tuple[str, ...]:
    lefts = {comparable(left) for left, _ in draft.raw.pairs}
    return (draft.kind, stem_of(draft.raw.stem), *sorted(_option_texts(draft) | lefts))


def _asked_of(entry: Entry) -> tuple[str, ...]:
    question: Any = entry.question
    shown = [
        *getattr(question, "options", {}).values(),
        *(pair.left for pair in getattr(question, "pairs", ())),
    ]
    if question.kind == "order":
        shown = [step for step, _ in question.ranked()]
    return (question.kind, stem_of(question.stem), *sorted({comparable(text) for text in shown}))


def _same_key(draft: Draft, entry: Entry) -> bool:
    key = getattr(entry.question, "key", None)
    options = getattr(entry.question, "options", None)
    if draft.kind == "number":
        return bool(str(key) == draft.key[0])
    if options is None:
        return key is None or comparable(str(key)) == comparable(str(draft.key))
    return frozenset(comparable(options[label]) for label in key or () if label in options) == _keyed(draft)
