"""Key lists at the end of a paper or of its sections, and which question each entry belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trainer.bank.importers.base import Reading, Role
from trainer.bank.importers.words import fold

_ONE = r"(?:[A-La-l]{1,10}|[√×]|对|错|正确|错误)"
_RANGE = re.compile(
    r"(?:第\s*+)?(\d{1,4})\s*+(?:[-—–~至]|--)+\s*+(\d{1,4})\s*+题?\s*+[、.:)]*+\s*+([A-La-l√×对错][A-La-l√×对错\s、,;]*)"
)
_SINGLE = re.compile(
    rf"(?:[(\[【]\s*+)?(?:第\s*+)?(\d{{1,4}})\s*+题?\s*+[)\]】]?\s*+[、.:)\-—]*+\s*+[(]?\s*+({_ONE}(?:[、, ]+[A-L](?![A-Za-z、.:)]))*)\s*[)]?(?=[\s\d、,;.。(\[【第]|$)"
)
_HEAD = re.compile(
    r"^\s*+(?:[一二三四五六七八九十]{1,3}[、.])?\s*+[\u4e00-\u9fff]{0,8}?题?\s*+[:、]?\s*+(?=(?:[第(\[【]\s*+)?\d)"
)


@dataclass
class KeyEntry:
    """One answer of a list. ``piece`` is the index of the accounted piece that it stands in."""

    number: int
    answer: str
    place: str
    explanation: str = ""
    last: str = "answer"
    piece: int = -1


@dataclass
class KeyGroup:
    """A run of answers whose numbers rise; ``kind`` is what the heading over it says, or ""."""

    kind: str
    entries: list[KeyEntry] = field(default_factory=list)


@dataclass
class Section:
    """A section of the body: its kind and its questions, as indexes of the reading's raws."""

    kind: str
    questions: list[int] = field(default_factory=list)


def looks_like_key(text: str) -> bool:
    """Whether a line is nothing but numbers with answers: 1-5 ABCDA, 1.B 2.C 3.√."""
    plain = _without_head(fold(text))
    rest = _SINGLE.sub(" ", _RANGE.sub(" ", plain))
    return bool(_RANGE.search(plain) or _SINGLE.search(plain)) and not re.search(r"\w", rest)


def _without_head(plain: str) -> str:
    return _HEAD.sub("", plain, count=1)


def key_entries(text: str) -> list[tuple[int, str]]:
    """(number, answer) of a line of a key list; a range that does not come out even gives answers of ""."""
    plain = _without_head(fold(text))
    found: list[tuple[int, int, str]] = []
    for match in _RANGE.finditer(plain):
        first, last = int(match[1]), int(match[2])
        answers = _spread(match[3], last - first + 1)
        found += [(match.start(), first + i, answer) for i, answer in enumerate(answers)]
    blanked = _RANGE.sub(lambda match: " " * len(match[0]), plain)
    found += [(match.start(), int(match[1]), match[2].strip()) for match in _SINGLE.finditer(blanked)]
    return [(number, answer) for _, number, answer in sorted(found)]


def _spread(answers: str, count: int) -> list[str]:
    if not 0 < count <= 500:
        return []
    groups = [group for group in re.split(r"[\s、,;]+", answers.strip()) if group]
    if len(groups) == count:
        return groups
    signs = [sign for group in groups for sign in group]
    return signs if len(signs) == count else [""] * count


def apply_keys(reading: Reading, sections: list[Section], groups: list[KeyGroup]) -> None:
    """Give the answers of key lists to the questions that they belong to; what cannot be placed is doubtful."""
    groups = [group for group in groups if group.entries]
    if not groups:
        return
    open_sections = _runs(reading, sections)
    pairs = _paired(reading, open_sections, groups)
    if pairs is None:
        for group in groups:
            _doubt(reading, group)
        reading.notices.append(
            "文末的答案表和题目对不上（题号重复，又看不出属于哪一部分），没有采用，请核对。"
        )
        return
    for section, group in pairs:
        _fill(reading, section, group)


def _runs(reading: Reading, sections: list[Section]) -> list[Section]:
    """The sections that lack answers, cut where the numbers start again."""
    found: list[Section] = []
    for section in sections:
        last = 0
        run = Section(section.kind)
        for index in section.questions:
            number = reading.raws[index].number
            if number is not None and number <= last and run.questions:
                found.append(run)
                run = Section(section.kind)
            last = number if number is not None else last
            run.questions.append(index)
        found.append(run)
    return [s for s in found if s.questions and any(not reading.raws[i].answer for i in s.questions)]


def _paired(
    reading: Reading, sections: list[Section], groups: list[KeyGroup]
) -> list[tuple[Section, KeyGroup]] | None:
    kinds = [section.kind for section in sections]
    if all(group.kind for group in groups):
        names = [group.kind for group in groups]
        if len(set(names)) == len(names) and all(kinds.count(name) == 1 for name in names):
            return [(sections[kinds.index(group.kind)], group) for group in groups]
    if len(groups) == len(sections):
        if all(not g.kind or not s.kind or g.kind == s.kind for s, g in zip(sections, groups, strict=True)):
            return list(zip(sections, groups, strict=True))
        return None
    questions = [index for section in sections for index in section.questions]
    numbers = [reading.raws[index].number for index in questions]
    keyed = [entry.number for group in groups for entry in group.entries]
    if len(set(numbers)) == len(numbers) and len(set(keyed)) == len(keyed):
        whole = KeyGroup("", [entry for group in groups for entry in group.entries])
        return [(Section("", questions), whole)]
    return None


def _fill(reading: Reading, section: Section, group: KeyGroup) -> None:
    by_number: dict[int | None, list[int]] = {}
    for index in section.questions:
        by_number.setdefault(reading.raws[index].number, []).append(index)
    for entry in group.entries:
        named = by_number.get(entry.number, [])
        for index in named[:2]:
            _give(reading, index, entry)
            if len(named) > 1:
                reading.raws[index].doubt(f"题号 {entry.number} 有两道题，不知道答案表里的是哪一道的。")
    stray = [entry for entry in group.entries if entry.number not in by_number]
    if stray:
        _report_stray(reading, section, stray)


def _give(reading: Reading, index: int, entry: KeyEntry) -> None:
    """Give one answer to a question, or doubt it where the question says something else."""
    raw = reading.raws[index]
    if raw.answer and fold(raw.answer) != fold(entry.answer):
        raw.doubt(f"题目里的答案是“{raw.answer[:20]}”，答案表（{entry.place}）里是“{entry.answer[:20]}”。")
        return
    raw.answer, raw.answer_origin = entry.answer, f"答案表（{entry.place}）"
    raw.explanation = raw.explanation or entry.explanation
    if 0 <= entry.piece < len(reading.pieces):
        reading.pieces[entry.piece].question = index


def _report_stray(reading: Reading, section: Section, stray: list[KeyEntry]) -> None:
    """Answers without a question: the list may be shifted, so that none of its answers is certain."""
    numbers = "、".join(str(entry.number) for entry in stray[:5])
    reading.notices.append(f"答案表里的第 {numbers} 题在题目里没有找到，请核对。")
    for index in section.questions:
        if reading.raws[index].answer_origin.startswith("答案表"):
            reading.raws[index].doubt("答案表和这一部分的题号对不齐，答案可能错位。")
    for entry in stray:
        if 0 <= entry.piece < len(reading.pieces) and reading.pieces[entry.piece].question is None:
            reading.pieces[entry.piece].role = Role.DOUBT


def _doubt(reading: Reading, group: KeyGroup) -> None:
    for entry in group.entries:
        if 0 <= entry.piece < len(reading.pieces):
            reading.pieces[entry.piece].role = Role.DOUBT
